//! Schedules in Vietnamese time.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

/// When something runs again and again: a cron expression with seconds, read in Asia/Ho_Chi_Minh.
#[derive(Debug, Clone)]
pub struct Schedule(cron::Schedule);

/// A cron expression that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{expression:?} is not a schedule: {source}; six fields are needed, for example \"0 0 2 * * *\" for 2:00 every night"
)]
pub struct ScheduleError {
    expression: String,
    source: cron::error::Error,
}

impl Schedule {
    /// The first moment after `now`; `None` when there is none any more.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.after(&now.with_timezone(&Ho_Chi_Minh)).next().map(|at| at.with_timezone(&Utc))
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(expression: &str) -> Result<Self, ScheduleError> {
        cron::Schedule::from_str(expression)
            .map(Self)
            .map_err(|source| ScheduleError { expression: expression.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn two_at_night_is_two_in_vietnam() {
        let schedule: Schedule = "0 0 2 * * *".parse().unwrap();
        let noon = "2026-03-01T05:00:00Z".parse().unwrap();
        assert_eq!(schedule.next(noon).unwrap().to_rfc3339(), "2026-03-01T19:00:00+00:00");
    }

    #[test]
    fn a_wrong_expression_is_named_with_an_example() {
        let error = "every night".parse::<Schedule>().unwrap_err().to_string();
        assert!(error.contains("every night") && error.contains("0 0 2 * * *"), "{error}");
    }
}
