//! Working time: hours of work on the days of work, with a file of holidays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};
use chrono_tz::Asia::Ho_Chi_Minh;
use dongbo_model::day_of;
use dongbo_settings::hint;
use serde::Deserialize;

/// The farthest that a moment is looked for, so that a calendar without a working day ends a search.
const MOST_DAYS: u32 = 4_000;
/// The working hours of a day: a limit of one working day, and the law's time for acceptance.
pub(crate) const HOURS_OF_A_DAY: i64 = 8;

/// The working calendar of an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Beginning and end of work, in order.
    hours: Vec<(NaiveTime, NaiveTime)>,
    off: BTreeSet<NaiveDate>,
    /// Days of the weekend on which work is done in return for another day off.
    working: BTreeSet<NaiveDate>,
    /// Years of the file, and whether all of their days off were announced.
    years: BTreeMap<i32, bool>,
}

/// The reason why a file is no calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// It is no TOML of this shape.
    #[error("{message}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Unreadable {
        /// The reader's words, with the place.
        message: String,
        /// The key that was meant.
        hint: Option<String>,
    },
    /// The hours of work are not in order, or not eight.
    #[error("hours: {0}")]
    Hours(String),
    /// A table of a year is called something else.
    #[error("year.{0}: no year")]
    Year(String),
    /// A day is listed where it cannot be.
    #[error("year {year}: {day} {flaw}")]
    Day {
        /// The year's table.
        year: i32,
        /// The day.
        day: NaiveDate,
        /// The fault.
        flaw: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hours: Vec<[NaiveTime; 2]>,
    year: BTreeMap<String, Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    announced: bool,
    off: Vec<NaiveDate>,
    #[serde(default)]
    working: Vec<NaiveDate>,
}

impl Calendar {
    /// Reads a calendar file (`config/holidays.toml` says what is in one).
    ///
    /// # Errors
    /// It is no TOML of this shape, its hours are not eight, or a day is listed twice or under another year.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let File { hours, year: years } =
            toml::from_str(text).map_err(|error| CalendarError::Unreadable {
                message: error.to_string().trim_end().to_owned(),
                hint: hint::nearest_hint(error.message()),
            })?;
        let hours: Vec<_> = hours.into_iter().map(|[from, to]| (from, to)).collect();
        let in_order = hours.iter().all(|(from, to)| from < to)
            && hours.iter().zip(hours.iter().skip(1)).all(|(one, next)| one.1 <= next.0);
        let all = hours.iter().fold(TimeDelta::zero(), |all, (from, to)| all + (*to - *from));
        if !in_order || all != TimeDelta::hours(HOURS_OF_A_DAY) {
            return Err(CalendarError::Hours(format!(
                "expected spans in order that make {HOURS_OF_A_DAY} hours, found {} minutes",
                all.num_minutes()
            )));
        }
        let (mut off, mut working, mut known) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        for (name, days) in years {
            let Ok(year) = name.parse::<i32>() else { return Err(CalendarError::Year(name)) };
            let take = |day: NaiveDate, weekend: bool, into: &mut BTreeSet<NaiveDate>| {
                let flaw = match () {
                    () if day.year() != year => "is of another year",
                    () if is_weekend(day) != weekend => {
                        if weekend {
                            "is no day of a weekend"
                        } else {
                            "is a day of a weekend, which is off without being listed"
                        }
                    }
                    () if !into.insert(day) => "is listed twice",
                    () => return Ok(()),
                };
                Err(CalendarError::Day { year, day, flaw })
            };
            for day in days.off {
                take(day, false, &mut off)?;
            }
            for day in days.working {
                take(day, true, &mut working)?;
            }
            known.insert(year, days.announced);
        }
        Ok(Self { hours, off, working, years: known })
    }

    /// Whether the holidays of `year` are all announced; `None` when the file does not have the year, so that only weekends are off.
    #[must_use]
    pub fn announced(&self, year: i32) -> Option<bool> {
        self.years.get(&year).copied()
    }

    /// Whether `day` is a day of work.
    #[must_use]
    pub fn is_working(&self, day: NaiveDate) -> bool {
        self.working.contains(&day) || (!is_weekend(day) && !self.off.contains(&day))
    }

    /// The spans of work on `day`.
    fn spans(&self, day: NaiveDate) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> + '_ {
        let hours = if self.is_working(day) { self.hours.as_slice() } else { &[] };
        hours.iter().filter_map(move |(from, to)| Some((moment(day, *from)?, moment(day, *to)?)))
    }

    /// The working time from `from` to `to`; none when `to` is not later.
    #[must_use]
    pub fn working_time(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        let mut all = TimeDelta::zero();
        let mut day = day_of(from);
        let last = day_of(to).min(day.checked_add_days(Days::new(MOST_DAYS.into())).unwrap_or(day));
        while day <= last {
            for (begin, end) in self.spans(day) {
                all += (end.min(to) - begin.max(from)).max(TimeDelta::zero());
            }
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        all
    }

    /// The moment at which `time` of work has passed since `from`.
    #[must_use]
    pub fn after(&self, from: DateTime<Utc>, time: TimeDelta) -> DateTime<Utc> {
        let (mut left, mut day) = (time, day_of(from));
        for _ in 0..MOST_DAYS {
            for (begin, end) in self.spans(day) {
                let begin = begin.max(from);
                if end - begin >= left && end > begin {
                    return begin + left;
                }
                left -= (end - begin).max(TimeDelta::zero());
            }
            let Some(next) = day.succ_opt() else { break };
            day = next;
        }
        DateTime::<Utc>::MAX_UTC
    }

    /// The `count`-th day of work after `day`.
    #[must_use]
    pub fn working_day_after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        let mut at = day;
        let mut left = count;
        for _ in 0..MOST_DAYS {
            if left == 0 {
                return at;
            }
            let Some(next) = at.succ_opt() else { break };
            at = next;
            left -= u32::from(self.is_working(at));
        }
        NaiveDate::MAX
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The moment at which it is `time` on `day` in Vietnam.
fn moment(day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    Ho_Chi_Minh.from_local_datetime(&day.and_time(time)).earliest().map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

    use super::{Calendar, CalendarError};

    /// The calendar that dongbo ships.
    pub(crate) fn shipped() -> Calendar {
        Calendar::parse(include_str!("../../../config/holidays.toml")).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(&format!("{text}:00+07:00")).unwrap().with_timezone(&Utc)
    }

    #[test]
    fn days_off_and_days_worked_in_return_are_those_announced() {
        let calendar = shipped();
        for off in
            ["2025-01-29", "2025-05-02", "2026-01-02", "2026-02-17", "2026-04-27", "2026-08-31", "2026-11-29"]
        {
            assert!(!calendar.is_working(day(off)), "{off}");
        }
        for worked in ["2025-04-26", "2026-01-10", "2026-08-22", "2026-11-30"] {
            assert!(calendar.is_working(day(worked)), "{worked}");
        }
        assert_eq!((calendar.announced(2026), calendar.announced(2027)), (Some(true), Some(false)));
        assert_eq!(calendar.announced(2031), None, "only weekends are known");
    }

    #[test]
    fn working_time_leaves_out_noon_nights_weekends_and_holidays() {
        let calendar = shipped();
        let hours = |from, to| calendar.working_time(at(from), at(to)).num_minutes();
        assert_eq!(hours("2026-11-30T07:30", "2026-11-30T17:00"), 8 * 60);
        assert_eq!(hours("2026-11-30T11:00", "2026-11-30T13:30"), 60);
        assert_eq!(hours("2026-11-27T16:00", "2026-11-30T08:30"), 2 * 60, "over a weekend");
        assert_eq!(hours("2026-02-13T16:00", "2026-02-23T08:30"), 2 * 60, "over Tết");
        assert_eq!(hours("2026-11-30T09:00", "2026-11-30T08:00"), 0, "backwards");
    }

    #[test]
    fn eight_hours_of_work_after_a_moment_are_one_day_of_work_later() {
        let calendar = shipped();
        let eight = TimeDelta::hours(8);
        for (from, then) in [
            ("2026-11-26T09:00", "2026-11-27T09:00"),
            ("2026-11-27T15:00", "2026-11-30T15:00"),
            ("2026-11-28T10:00", "2026-11-30T17:00"),
            ("2026-02-13T17:00", "2026-02-23T17:00"),
        ] {
            assert_eq!(calendar.after(at(from), eight), at(then), "{from}");
            assert_eq!(calendar.working_time(at(from), at(then)), eight);
        }
        assert_eq!(calendar.working_day_after(day("2026-11-27"), 3), day("2026-12-02"));
        assert_eq!(calendar.working_day_after(day("2026-11-28"), 0), day("2026-11-28"));
    }

    #[test]
    fn a_file_that_is_no_calendar_says_where_it_goes_wrong() {
        let hours = "hours = [[\"07:30:00\", \"11:30:00\"], [\"13:00:00\", \"17:00:00\"]]\n";
        let parse = |rest: &str| Calendar::parse(&format!("{hours}{rest}")).unwrap_err();
        let unknown = parse("[year.2026]\nanounced = true\noff = []\n");
        assert!(
            matches!(&unknown, CalendarError::Unreadable { hint: Some(hint), .. } if hint.contains("announced")),
            "{unknown}"
        );
        let weekend = parse("[year.2026]\nannounced = true\noff = [\"2026-11-29\"]\n");
        assert!(matches!(weekend, CalendarError::Day { flaw, .. } if flaw.contains("weekend")));
        let other = parse("[year.2026]\nannounced = true\noff = [\"2027-01-01\"]\n");
        assert!(matches!(other, CalendarError::Day { flaw: "is of another year", .. }));
        assert!(matches!(
            Calendar::parse("hours = [[\"08:00:00\", \"12:00:00\"]]\n[year]\n"),
            Err(CalendarError::Hours(_))
        ));
    }
}
