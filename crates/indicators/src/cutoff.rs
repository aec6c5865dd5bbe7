//! The day up to which the dossiers of a period are judged.

use chrono::{DateTime, NaiveDate, Utc};
use dongbo_model::{Month, Period, day_of};

/// The day up to which dossiers are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoff {
    /// The day at which a dossier that has not ended is taken to end.
    pub day: NaiveDate,
    /// Its month: what ended later had not ended yet.
    pub month: Month,
}

impl Cutoff {
    /// The last day of `period`, and while it lasts today.
    #[must_use]
    pub fn of(period: Period, now: DateTime<Utc>) -> Self {
        Self { day: day_of(now).min(period.days().1), month: Month::of(now).min(*period.months().end()) }
    }
}

/// The period of the length of `period` that lies directly before it.
#[must_use]
pub const fn period_before(period: Period) -> Period {
    match period {
        Period::Month(Month(month)) => Period::Month(Month(month - 1)),
        Period::Quarter(year, 1) => Period::Quarter(year - 1, 4),
        Period::Quarter(year, quarter) => Period::Quarter(year, quarter - 1),
        Period::Half(year, 1) => Period::Half(year - 1, 2),
        Period::Half(year, half) => Period::Half(year, half - 1),
        Period::Year(year) => Period::Year(year - 1),
    }
}

#[cfg(test)]
mod tests {
    use dongbo_model::Period;

    use super::{Cutoff, period_before};

    #[test]
    fn the_period_before_has_its_length() {
        for (period, before) in [
            ("2026-01", "2025-12"),
            ("2026-Q1", "2025-Q4"),
            ("2026-Q3", "2026-Q2"),
            ("2026-H1", "2025-H2"),
            ("2026-H2", "2026-H1"),
            ("2026", "2025"),
        ] {
            let before_it = Period::parse(period).map(period_before);
            assert_eq!(before_it, Period::parse(before), "{period}");
        }
    }

    #[test]
    fn a_period_that_lasts_is_judged_up_to_today_and_one_that_is_over_up_to_its_last_day() {
        let at = |text: &str| Cutoff::of(Period::Quarter(2026, 3), text.parse().unwrap()).day.to_string();
        assert_eq!(at("2026-08-15T18:00:00Z"), "2026-08-16", "it is tomorrow in Vietnam");
        assert_eq!(at("2026-09-30T17:00:00Z"), "2026-09-30");
        assert_eq!(at("2027-01-01T00:00:00Z"), "2026-09-30");
    }
}
