//! The cells of the portal's counts.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use serde::{Deserialize, Serialize};

use super::Dossier;

/// A unit, a procedure and a month of receipt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// The national code of the unit (`DonViXuLy`).
    pub agency: String,
    /// The national code of the procedure (`MaTTHC`).
    pub procedure: String,
    /// The month of `NgayTiepNhan` in Vietnam.
    pub month: Month,
}

/// A month in Vietnam, as one number: year * 12 + month - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(pub i64);

impl Month {
    /// The month that `at` lies in.
    #[must_use]
    pub fn of(at: DateTime<Utc>) -> Self {
        let local = at.with_timezone(&Ho_Chi_Minh);
        Self(i64::from(local.year()) * 12 + i64::from(local.month0()))
    }

    /// Its first moment.
    #[must_use]
    pub fn begins(self) -> DateTime<Utc> {
        let year = i32::try_from(self.year()).unwrap_or(i32::MAX);
        let month = u32::try_from(self.number()).unwrap_or(1);
        let first = NaiveDate::from_ymd_opt(year, month, 1).map(|day| day.and_time(NaiveTime::MIN));
        let first = first.and_then(|first| Ho_Chi_Minh.from_local_datetime(&first).earliest());
        first.map_or(DateTime::<Utc>::MAX_UTC, |first| first.with_timezone(&Utc))
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i64 {
        self.0.div_euclid(12)
    }

    /// The month of the year, from 1.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0.rem_euclid(12) + 1
    }

    /// Reads `2026-03`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (year.parse::<i64>().ok()?, month.parse::<i64>().ok()?);
        ((1..=12).contains(&month) && (1..=9_999).contains(&year)).then_some(Self(year * 12 + month - 1))
    }
}

/// The day in Vietnam that `at` lies in.
#[must_use]
pub fn day_of(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Ho_Chi_Minh).date_naive()
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.agency, self.procedure, self.month)
    }
}

impl Dossier {
    /// The cell of the portal's counts that it is in; `None` when it was not received, for then it is in none.
    #[must_use]
    pub fn cell(&self) -> Option<Cell> {
        self.received_at.map(|received_at| Cell {
            agency: self.unit.code.as_str().to_owned(),
            procedure: self.procedure.code.as_str().to_owned(),
            month: Month::of(received_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Month;

    #[test]
    fn a_month_is_one_in_vietnam_and_is_read_as_it_is_written() {
        let at = "2026-02-28T17:00:00Z".parse().unwrap();
        assert_eq!(Month::of(at).to_string(), "2026-03");
        assert_eq!(Month::parse("2026-03"), Some(Month::of(at)));
        assert_eq!((Month::of(at).year(), Month::of(at).number()), (2026, 3));
        for wrong in ["2026", "2026-13", "2026-0", "x-1", ""] {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }
}
