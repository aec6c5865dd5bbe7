//! Days and moments as they are typed.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

use super::super::speech::Advice;

/// The first or last part of a range: a whole day by Vietnamese clocks, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Day(NaiveDate),
    Moment(DateTime<Utc>),
}

impl Bound {
    /// Its first moment.
    pub(super) fn start(&self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => midnight(*day),
            Self::Moment(at) => *at,
        }
    }

    /// The moment after its last.
    pub(super) fn end(&self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => day.checked_add_days(Days::new(1)).map_or(DateTime::<Utc>::MAX_UTC, midnight),
            Self::Moment(at) => *at,
        }
    }
}

/// The beginning of a day in Vietnam.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let midnight = Ho_Chi_Minh.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
    midnight.map_or(DateTime::<Utc>::MIN_UTC, |at| at.with_timezone(&Utc))
}

/// Reads a day or a moment.
pub(super) fn parse(typed: &str) -> Result<Bound, Advice> {
    let day = ["%Y-%m-%d", "%d/%m/%Y"].iter().find_map(|form| NaiveDate::parse_from_str(typed, form).ok());
    let moment = || DateTime::parse_from_rfc3339(typed).ok().map(|at| Bound::Moment(at.with_timezone(&Utc)));
    day.map(Bound::Day).or_else(moment).ok_or_else(|| {
        Advice::new(
            "hãy ghi 31/01/2026, 2026-01-31 hoặc 2026-01-31T08:00:00+07:00",
            "write 2026-01-31, 31/01/2026 or 2026-01-31T08:00:00+07:00",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_day_is_a_day_in_vietnam_and_its_end_is_included() {
        for typed in ["2026-01-31", "31/01/2026"] {
            let day = parse(typed).unwrap();
            assert_eq!(day.start().to_rfc3339(), "2026-01-30T17:00:00+00:00");
            assert_eq!(day.end().to_rfc3339(), "2026-01-31T17:00:00+00:00");
        }
        let moment = parse("2026-01-31T08:00:00+07:00").unwrap();
        assert_eq!(moment.start(), moment.end());
        assert!(parse("31-01-2026").is_err() && parse("2026-02-30").is_err());
    }
}
