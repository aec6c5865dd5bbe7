//! Instants as the portal writes them: `yyyyMMddHHmmss`, the wall clock of Vietnam.

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Serialize, Serializer};

/// A date ready to be written, or a missing one.
pub(super) struct WireDate([u8; 14]);

impl WireDate {
    /// No date: `""`.
    pub(super) const MISSING: Self = Self([0; 14]);

    /// The wall clock of Vietnam at `at`. Years beyond four digits have no form here and count as missing; reading the
    /// local database refuses them long before.
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        // Not by way of `naive_local`, which panics at the end of time.
        let local = at.with_timezone(&chrono_tz::Asia::Ho_Chi_Minh);
        let Some(year) = u32::try_from(local.year()).ok().filter(|year| *year <= 9_999) else {
            return Self::MISSING;
        };
        // A leap second is chrono's second 59 with more than a billion nanoseconds, so two digits always do.
        let parts = [year / 100, year % 100, local.month(), local.day(), local.hour(), local.minute()];
        let mut text = [0; 14];
        let pairs = text.chunks_exact_mut(2);
        for (pair, number) in pairs.zip(parts.into_iter().chain([local.second()])) {
            pair.copy_from_slice(&two_digits(number));
        }
        Self(text)
    }

    fn as_str(&self) -> &str {
        if self.0.starts_with(&[0]) { "" } else { std::str::from_utf8(&self.0).unwrap_or_default() }
    }
}

fn two_digits(number: u32) -> [u8; 2] {
    let digit = |value: u32| u8::try_from(value % 10).map_or(b'0', |value| b'0' + value);
    [digit(number / 10), digit(number)]
}

impl Serialize for WireDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeZone, Utc};

    use super::WireDate;

    fn written(rfc3339: &str) -> String {
        WireDate::new(rfc3339.parse::<DateTime<Utc>>().unwrap()).as_str().to_owned()
    }

    #[test]
    fn dates_are_the_wall_clock_of_vietnam() {
        assert_eq!(written("2025-09-15T01:02:03Z"), "20250915080203");
        assert_eq!(written("2025-12-31T17:00:00Z"), "20260101000000", "the year turns seven hours earlier");
        assert_eq!(written("2024-02-28T17:00:00Z"), "20240229000000");
        assert_eq!(written("2025-09-15T01:02:03.999Z"), "20250915080203", "seconds are cut, not rounded");
        assert_eq!(written("1970-01-01T00:00:00Z"), "19700101080000", "Saigon was at UTC+8 before 1975");
    }

    #[test]
    fn what_has_no_four_digit_year_is_missing() {
        assert_eq!(WireDate::new(DateTime::<Utc>::MAX_UTC).as_str(), "");
        assert_eq!(WireDate::new(Utc.with_ymd_and_hms(-5, 1, 1, 0, 0, 0).unwrap()).as_str(), "");
        assert_eq!(WireDate::MISSING.as_str(), "");
    }
}
