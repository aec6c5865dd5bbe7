//! The period that a question is about.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use super::question::Question;

/// Whole months, from the first day of one to the last day of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
}

impl Period {
    /// The period in the form that most groups are asked in.
    pub(super) fn by_type(question: &Question) -> Option<Self> {
        let (month, many) = match question.time_type.as_str() {
            "year" => (1, 12),
            "quarter" if (1..=4).contains(&question.quarter) => (question.quarter * 3 - 2, 3),
            "month" => (question.month, 1),
            _ => return None,
        };
        Self::of(NaiveDate::from_ymd_opt(question.year, month, 1)?, many)
    }

    /// The period in the form of the one group that is asked by days, which have to be those of whole months.
    pub(super) fn by_days(question: &Question) -> Option<Self> {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let (first, last) = (day(&question.from_date)?, day(&question.to_date)?);
        let whole = first.day() == 1 && last.checked_add_days(Days::new(1))?.day() == 1;
        (whole && first < last).then_some(Self { first, last })
    }

    fn of(first: NaiveDate, many: u32) -> Option<Self> {
        let last = first.checked_add_months(Months::new(many))?.checked_sub_days(Days::new(1))?;
        Some(Self { first, last })
    }

    /// The period of the same length before it.
    pub(super) fn before(self) -> Option<Self> {
        let many = (self.last.year() - self.first.year()) * 12 + self.last.month0().cast_signed()
            - self.first.month0().cast_signed()
            + 1;
        let many = u32::try_from(many).ok()?;
        Self::of(self.first.checked_sub_months(Months::new(many))?, many)
    }

    /// The twelve months up to its end.
    pub(super) fn year_up_to(self) -> impl Iterator<Item = Self> {
        let begins = move |back: u32| {
            let first = self.last.with_day(1)?.checked_sub_months(Months::new(back))?;
            Self::of(first, 1)
        };
        (0..12).rev().filter_map(begins)
    }

    /// Whether a month lies in it.
    pub(super) fn contains(self, year: i32, month: u32) -> bool {
        NaiveDate::from_ymd_opt(year, month, 1).is_some_and(|day| self.first <= day && day <= self.last)
    }
}
