//! The dates that a dossier can have: not the ones that stand for "empty", and none that no office was open on.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::Deserialize;

use dongbo_model::clock::{Clock, later};
use dongbo_model::{Detail, invisible};
use std::fmt;

use super::dates::{Dates, NoDate, postgres_text};
use crate::value::Value;

/// Days that programs write where there is no date, whatever the plausible dates are.
const STAND_INS: [(i32, u32, u32); 9] = [
    (1, 1, 1),
    (1753, 1, 1),
    (1899, 12, 30),
    (1899, 12, 31),
    (1900, 1, 1),
    (1970, 1, 1),
    (1980, 1, 1),
    (2099, 12, 31),
    (9999, 12, 31),
];
/// The most characters of a written date that are quoted.
const QUOTED_CHARS: usize = 40;
const DAY: Duration = Duration::from_secs(86_400);
/// The farthest that dates may lie ahead.
const FARTHEST: Duration = Duration::from_secs(86_400 * 3_652_425);

/// The key `plausible_dates` as it is written.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PlausibleFile {
    from: String,
    #[serde(with = "humantime_serde")]
    ahead: Duration,
}

impl Default for PlausibleFile {
    fn default() -> Self {
        Self { from: "2000-01-01".to_owned(), ahead: DAY * 3_653 }
    }
}

/// The dates that a dossier can have.
#[derive(Debug, Clone)]
pub(crate) struct Plausible {
    from: NaiveDate,
    ahead: Duration,
    /// Written days that mean "empty".
    empty: BTreeSet<String>,
    /// Tells what lies ahead; a mapping that nothing is read by has none.
    clock: Option<(Clock, DateTime<Utc>)>,
}

/// The reason why a value is no date of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Implausible {
    /// It is no date at all.
    NoDate,
    /// It does not say its zone, and the mapping wants it said.
    NoZone,
    /// It is one that programs write where there is none.
    StandsIn,
    /// It is before the first plausible day.
    Before(NaiveDate),
    /// It is later than dates lie ahead.
    After(NaiveDate),
}

impl Implausible {
    /// The reason, with the date as it is written where that can hold nothing of a person.
    pub(crate) fn words(&self, written: Option<&str>) -> String {
        let (plain, quoting, day) = match self {
            Self::NoDate => (Detail::NoDate, Detail::NoDateWritten, None),
            Self::NoZone => (Detail::NoZone, Detail::NoZoneWritten, None),
            Self::StandsIn => (Detail::StandsIn, Detail::StandsInWritten, None),
            Self::Before(day) => (Detail::Before, Detail::BeforeWritten, Some(day)),
            Self::After(day) => (Detail::After, Detail::AfterWritten, Some(day)),
        };
        let mut values = Vec::<&dyn fmt::Display>::new();
        values.extend(written.as_ref().map(|written| written as &dyn fmt::Display));
        values.extend(day.map(|day| day as &dyn fmt::Display));
        if written.is_some() { quoting.with(&values) } else { plain.with(&values) }
    }
}

impl Plausible {
    /// Checks the keys `plausible_dates` and `empty_dates` and adds what is wrong with them to `problems`.
    pub(super) fn check(
        written: Option<PlausibleFile>,
        empty: Vec<String>,
        problems: &mut Vec<String>,
    ) -> Self {
        let written = written.unwrap_or_default();
        let from = written.from.parse().unwrap_or_else(|_| {
            let from = invisible::shown(&written.from);
            problems.push(format!(
                "plausible_dates.from: \"{from}\" is not a date; an example is \"2000-01-01\""
            ));
            NaiveDate::MIN
        });
        if written.ahead > FARTHEST {
            problems.push("plausible_dates.ahead: at most 10000 years".to_owned());
        }
        for day in &empty {
            if !is_day(day) && !matches!(day.as_str(), "infinity" | "-infinity") {
                let day = invisible::shown(day);
                problems.push(format!(
                    "empty_dates: \"{day}\" is not a date; examples are \"1900-01-01\", \"infinity\" and \"-infinity\""
                ));
            }
        }
        Self { from, ahead: written.ahead, empty: empty.into_iter().collect(), clock: None }
    }

    /// These dates, with `clock` to tell what lies ahead.
    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        let now = clock.now();
        Self { clock: Some((clock, now)), ..self }
    }

    /// The moment of a dossier that `value` names; `None` when nothing is written there, or what means that.
    pub(crate) fn read(
        &self,
        dates: &Dates,
        value: &Value<'_>,
    ) -> Result<Option<DateTime<Utc>>, Implausible> {
        let read = dates.any(value);
        if self.means_empty(dates, value, read.as_ref().ok().copied().flatten()) {
            return Ok(None);
        }
        let Some(moment) = read.map_err(|NoDate| stand_in_or_none(dates, value))? else { return Ok(None) };
        let day = day_of(dates, moment);
        if stands_in(day) || stands_in(moment.date_naive()) {
            return Err(Implausible::StandsIn);
        }
        if day < self.from {
            return Err(Implausible::Before(self.from));
        }
        match &self.clock {
            // Nearly every date was past when dongbo started, and asking for the time costs more.
            Some((clock, started)) if moment > *started => {
                let last = later(clock.now(), self.ahead);
                if moment > last { Err(Implausible::After(day_of(dates, last))) } else { Ok(Some(moment)) }
            }
            _ => Ok(Some(moment)),
        }
    }

    /// Whether the mapping says that this date means "empty", by its day in the mapping's zone or as it is written.
    fn means_empty(&self, dates: &Dates, value: &Value<'_>, moment: Option<DateTime<Utc>>) -> bool {
        if self.empty.is_empty() {
            return false;
        }
        let of_moment = moment.map(|moment| {
            let day = day_of(dates, moment);
            format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
        });
        let written = native(dates, value).or_else(|| match value {
            Value::Text(text) => Some(text.trim().to_owned()),
            _ => None,
        });
        let day = written.as_deref().filter(|text| !text.ends_with("BC")).and_then(|text| text.get(..10));
        [of_moment.as_deref(), written.as_deref(), day]
            .into_iter()
            .flatten()
            .any(|text| self.empty.contains(text))
    }
}

/// A text that is no day of any calendar can still be what programs write where there is none.
fn stand_in_or_none(dates: &Dates, value: &Value<'_>) -> Implausible {
    match value {
        Value::Text(text) if text.trim().starts_with("0000-00-00") => Implausible::StandsIn,
        Value::Instant(i64::MAX | i64::MIN)
        | Value::Local(i64::MAX | i64::MIN)
        | Value::Date(i32::MAX | i32::MIN) => Implausible::StandsIn,
        _ if dates.lacks_zone(value) => Implausible::NoZone,
        _ => Implausible::NoDate,
    }
}

/// The day of `moment` in the mapping's zone; at the ends of the calendar library's time no zone is reckoned with.
fn day_of(dates: &Dates, moment: DateTime<Utc>) -> NaiveDate {
    if (-9_999..=99_999).contains(&moment.year()) {
        moment.with_timezone(&dates.zone).date_naive()
    } else {
        moment.date_naive()
    }
}

fn stands_in(day: NaiveDate) -> bool {
    STAND_INS.contains(&(day.year(), day.month(), day.day()))
}

/// Four digits, two and two, with hyphens; `0000-00-00` is one too.
fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// A value of one of PostgreSQL's types for dates, as PostgreSQL writes it; `None` for other values.
fn native(dates: &Dates, value: &Value<'_>) -> Option<String> {
    let written = match value {
        Value::Instant(micros) => postgres_text(*micros, Some(dates.zone)),
        Value::Local(micros) => postgres_text(*micros, None),
        Value::Date(i32::MAX) => "infinity".to_owned(),
        Value::Date(i32::MIN) => "-infinity".to_owned(),
        Value::Date(days) => postgres_text(i64::from(*days).saturating_mul(86_400_000_000), None)
            .replace(" 00:00:00.000000", ""),
        _ => return None,
    };
    Some(written.replace(".000000", ""))
}

/// The value as the local database writes it, when it is a date or written like one: of anything else nobody knows what
/// it holds.
pub(crate) fn quoted(dates: &Dates, value: &Value<'_>) -> Option<String> {
    let text = match value {
        Value::Text(text) | Value::Decimal(text) => invisible::shown(text.trim()).into_owned(),
        Value::Int(number) => number.to_string(),
        value => return native(dates, value),
    };
    let is_date = matches!(dates.any(value), Ok(Some(_)));
    ((is_date || is_like_a_date(&text)) && text.chars().count() <= QUOTED_CHARS).then_some(text)
}

/// Three numbers with one kind of mark between them, of at most four digits, two and four; behind them only what a time of
/// day has. Neither a telephone number nor one of an identity card is written so.
fn is_like_a_date(text: &str) -> bool {
    let parts = |mark: char| {
        let mut parts = text.splitn(3, mark);
        Some((parts.next()?, parts.next()?, parts.next()?))
    };
    let Some((first, second, rest)) = ['-', '/', '.'].into_iter().find_map(parts) else { return false };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (third, time) = rest.split_at(end);
    let are_digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let word = |word: &str| {
        matches!(word.to_ascii_uppercase().as_str(), "" | "T" | "Z" | "SA" | "CH" | "AM" | "PM" | "BC")
    };
    are_digits(first, 4)
        && are_digits(second, 2)
        && are_digits(third, 4)
        && time.split(|c: char| c.is_ascii_digit() || " :.,+-".contains(c)).all(word)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono_tz::Asia::Ho_Chi_Minh;
    use dongbo_model::clock::Clock;

    use super::{DAY, Implausible, Plausible, PlausibleFile, is_like_a_date, quoted};
    use crate::mapping::dates::Dates;
    use crate::value::Value;

    fn dates() -> Dates {
        Dates { zone: Ho_Chi_Minh, needs_zone: false, formats: Vec::new() }
    }

    fn plausible(from: &str, ahead: Duration, empty: &[&str]) -> Plausible {
        let mut problems = Vec::new();
        let empty = empty.iter().map(|day| (*day).to_owned()).collect();
        let written = PlausibleFile { from: from.to_owned(), ahead };
        let plausible = Plausible::check(Some(written), empty, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        plausible.with_clock(Clock::manual("2026-08-01T00:00:00Z".parse().unwrap()))
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    const INFINITE: [Value<'static>; 3] =
        [Value::Instant(i64::MAX), Value::Local(i64::MIN), Value::Date(i32::MAX)];

    #[test]
    fn a_date_that_lacks_its_zone_is_told_where_the_mapping_wants_it_said() {
        let dates = Dates { needs_zone: true, ..dates() };
        let plausible = Plausible::check(None, Vec::new(), &mut Vec::new());
        let read = |text: &'static str| plausible.read(&dates, &Value::Text(text.into()));
        assert_eq!(read("2022-09-21T10:15:00.000"), Err(Implausible::NoZone));
        assert_eq!(read("hôm qua"), Err(Implausible::NoDate));
        let moment = read("2022-09-21T10:15:00.000+0700").unwrap();
        assert_eq!(moment, read("2022-09-21T03:15:00.000+0000").unwrap());
        assert!(moment.is_some());
    }

    #[test]
    fn what_programs_write_where_there_is_no_date_is_none_however_wide_the_plausible_dates_are() {
        let wide = plausible("0001-01-01", super::FARTHEST, &[]);
        for written in [
            "1900-01-01",
            "1900-01-01 00:00:00",
            "01/01/1900",
            "1970-01-01 00:00:00",
            "1970-01-01 07:00:00",
            "1970-01-01T00:00:00Z",
            "1753-01-01",
            "0001-01-01 00:00:00",
            "0000-00-00",
            "0000-00-00 00:00:00",
            "2099-12-31",
            "9999-12-31 23:59:59",
            "1899-12-30",
        ] {
            assert_eq!(wide.read(&dates(), &text(written)), Err(Implausible::StandsIn), "{written}");
        }
        for value in INFINITE {
            assert_eq!(wide.read(&dates(), &value), Err(Implausible::StandsIn));
        }
        assert!(wide.read(&dates(), &text("1969-06-01")).unwrap().is_some());
    }

    #[test]
    fn dates_are_plausible_from_a_day_on_and_so_far_ahead() {
        let usual = plausible("2000-01-01", DAY * 365, &[]);
        for written in ["2000-01-01", "2026-08-01 12:00:00", "2027-07-31 23:00:00"] {
            assert!(usual.read(&dates(), &text(written)).unwrap().is_some(), "{written}");
        }
        for written in ["1999-12-31 23:59:59", "20/09/25", "0025-09-20"] {
            assert!(matches!(usual.read(&dates(), &text(written)), Err(Implausible::Before(_))), "{written}");
        }
        for written in ["2027-08-02", "20/09/2568", "2030-01-01T00:00:00Z"] {
            assert!(matches!(usual.read(&dates(), &text(written)), Err(Implausible::After(_))), "{written}");
        }
        assert_eq!(usual.read(&dates(), &text("hôm qua")), Err(Implausible::NoDate));
        assert_eq!(usual.read(&dates(), &Value::Int(1_757_899_800)), Err(Implausible::NoDate));
    }

    #[test]
    fn a_date_that_the_mapping_calls_empty_is_nothing_in_every_writing() {
        let told = plausible("2000-01-01", DAY, &["1900-01-01", "0000-00-00", "infinity", "0001-01-01"]);
        for written in
            ["1900-01-01", "01/01/1900 00:00:00", "19000101", "0000-00-00 00:00:00", "0001-01-01T00:00:00"]
        {
            assert_eq!(told.read(&dates(), &text(written)), Ok(None), "{written}");
        }
        assert_eq!(told.read(&dates(), &Value::Date(i32::MAX)), Ok(None));
        assert_eq!(
            told.read(&dates(), &Value::Local(i64::MIN)),
            Err(Implausible::StandsIn),
            "minus infinity"
        );
        assert_eq!(told.read(&dates(), &text("9999-12-31")), Err(Implausible::StandsIn));
    }

    #[test]
    fn only_what_is_written_like_a_date_is_quoted() {
        for written in [
            "20/09/25 17:00",
            "2025-13-45",
            "20/09/2025 5:00:00 CH",
            "0000-00-00 00:00:00",
            "2568-09-20T00:00:00Z",
        ] {
            assert_eq!(quoted(&dates(), &text(written)).as_deref(), Some(written));
        }
        for written in [
            "079123456789",
            "0912.345.678",
            "Nguyễn Văn A",
            "20/09/2025 Nguyễn",
            "1757899800",
            "079-12-3456789",
        ] {
            assert_eq!(quoted(&dates(), &text(written)), None, "{written}");
            assert!(!is_like_a_date(written));
        }
        assert_eq!(quoted(&dates(), &Value::Date(i32::MAX)).as_deref(), Some("infinity"));
        assert_eq!(quoted(&dates(), &Value::Date(0)).as_deref(), Some("2000-01-01"));
        assert_eq!(quoted(&dates(), &Value::Local(1_000_000)).as_deref(), Some("2000-01-01 00:00:01"));
    }

    #[test]
    fn days_that_are_none_are_told() {
        let mut problems = Vec::new();
        let written = PlausibleFile { from: "01/01/2000".to_owned(), ahead: DAY };
        Plausible::check(Some(written), vec!["1.1.1900".to_owned()], &mut problems);
        assert_eq!(problems.len(), 2);
    }
}
