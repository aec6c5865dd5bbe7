//! Periods for which figures are made: a month, a quarter, half a year or a year in Vietnam.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{Month, day_of};

/// A month, a quarter, half a year or a year in Vietnam. It is written as `2026-08`, `2026-Q3`, `2026-H1` or `2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A month.
    Month(Month),
    /// A quarter of a year, from 1 to 4.
    Quarter(i64, i64),
    /// Half a year, 1 or 2.
    Half(i64, i64),
    /// A year.
    Year(i64),
}

impl Period {
    /// The quarter that `month` lies in.
    #[must_use]
    pub const fn quarter_of(month: Month) -> Self {
        Self::Quarter(month.year(), (month.number() + 2) / 3)
    }

    /// Its months.
    #[must_use]
    pub const fn months(self) -> RangeInclusive<Month> {
        let (first, many) = match self {
            Self::Month(month) => (month.0, 1),
            Self::Quarter(year, number) => (year * 12 + (number - 1) * 3, 3),
            Self::Half(year, number) => (year * 12 + (number - 1) * 6, 6),
            Self::Year(year) => (year * 12, 12),
        };
        Month(first)..=Month(first + many - 1)
    }

    /// The first moment after it.
    #[must_use]
    pub fn ends(self) -> DateTime<Utc> {
        Month(self.months().end().0 + 1).begins()
    }

    /// Its first and its last day.
    #[must_use]
    pub fn days(self) -> (NaiveDate, NaiveDate) {
        (day_of(self.months().start().begins()), day_of(self.ends() - TimeDelta::seconds(1)))
    }

    /// Reads `2026-08`, `2026-Q3`, `2026-H1` or `2026`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let year = |text: &str| text.parse::<i64>().ok().filter(|year| (1..=9_998).contains(year));
        let part = |mark: &str, most: i64| {
            let (of, number) = text.split_once(mark)?;
            Some((year(of)?, number.parse::<i64>().ok().filter(|number| (1..=most).contains(number))?))
        };
        if text.contains("-Q") {
            part("-Q", 4).map(|(year, number)| Self::Quarter(year, number))
        } else if text.contains("-H") {
            part("-H", 2).map(|(year, number)| Self::Half(year, number))
        } else if text.contains('-') {
            Month::parse(text).filter(|month| month.year() < 9_999).map(Self::Month)
        } else {
            year(text).map(Self::Year)
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(month) => month.fmt(f),
            Self::Quarter(year, number) => write!(f, "{year:04}-Q{number}"),
            Self::Half(year, number) => write!(f, "{year:04}-H{number}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Period;

    #[test]
    fn a_period_is_read_as_it_is_written_and_knows_its_days() {
        for (text, first, last) in [
            ("2026-08", "2026-08-01", "2026-08-31"),
            ("2028-02", "2028-02-01", "2028-02-29"),
            ("2026-Q4", "2026-10-01", "2026-12-31"),
            ("2026-H1", "2026-01-01", "2026-06-30"),
            ("2026-H2", "2026-07-01", "2026-12-31"),
            ("2026", "2026-01-01", "2026-12-31"),
        ] {
            let period = Period::parse(text).unwrap();
            let (begins, ends) = period.days();
            assert_eq!(
                (period.to_string(), begins.to_string(), ends.to_string()),
                (text.into(), first.into(), last.into())
            );
        }
        assert_eq!(Period::parse("2026-Q3").unwrap().ends().to_rfc3339(), "2026-09-30T17:00:00+00:00");
        for wrong in [
            "", "2026-13", "2026-Q0", "2026-Q5", "2026-H0", "2026-H3", "-H1", "Q3", "08-2026", "20x6", "0",
            "-5", "99999",
        ] {
            assert_eq!(Period::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_month_lies_in_its_quarter() {
        for number in 1..=12 {
            let month = crate::Month(2026 * 12 + number - 1);
            assert!(Period::quarter_of(month).months().contains(&month), "{month}");
        }
    }
}
