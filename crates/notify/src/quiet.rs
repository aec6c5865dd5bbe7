//! The hours of a day in which alerts wait.

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

/// A span of every day by the clocks of Vietnam, which may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: NaiveTime,
    to: NaiveTime,
}

/// A text that is no span of a day.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no span of a day; write it like \"21:00-06:00\"")]
pub struct QuietHoursError(String);

impl QuietHours {
    /// Reads `HH:MM-HH:MM`; an empty text is none.
    ///
    /// # Errors
    /// When the text is something else, or the span is empty.
    pub fn parse(text: &str) -> Result<Option<Self>, QuietHoursError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        let span = text.split_once('-').and_then(|(from, to)| time(from).zip(time(to)));
        match span {
            Some((from, to)) if from != to => Ok(Some(Self { from, to })),
            _ => Err(QuietHoursError(text.to_owned())),
        }
    }

    /// Whether `at` lies in them.
    #[must_use]
    pub fn has(&self, at: DateTime<Utc>) -> bool {
        let time = at.with_timezone(&Ho_Chi_Minh).time();
        if self.from < self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QuietHours;

    #[test]
    fn a_night_goes_over_midnight_in_vietnam() {
        let night = QuietHours::parse("21:00-06:00").unwrap().unwrap();
        let noon = QuietHours::parse("11:30-13:30").unwrap().unwrap();
        for (at, in_night, in_noon) in [
            ("2026-03-01T14:00:00Z", true, false),
            ("2026-03-01T22:59:59Z", true, false),
            ("2026-03-01T23:00:00Z", false, false),
            ("2026-03-01T13:59:59Z", false, false),
            ("2026-03-01T05:00:00Z", false, true),
            ("2026-03-01T06:30:00Z", false, false),
        ] {
            let at = at.parse().unwrap();
            assert_eq!((night.has(at), noon.has(at)), (in_night, in_noon), "{at}");
        }
    }

    #[test]
    fn what_is_no_span_is_refused_with_an_example() {
        assert!(QuietHours::parse(" ").unwrap().is_none());
        for wrong in ["21", "21-6", "25:00-06:00", "06:00-06:00", "21:00"] {
            assert!(QuietHours::parse(wrong).unwrap_err().to_string().contains("21:00-06:00"), "{wrong}");
        }
    }
}
