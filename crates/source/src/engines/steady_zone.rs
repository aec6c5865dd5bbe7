//! Zones that can be told to a server as an offset, for it may not know their names.

use chrono::{DateTime, Offset as _};
use chrono_tz::Tz;

/// Moments between which a zone must not change its offset to be told as one: months from 1980 to 2037, in seconds.
const FIRST_MONTH: i64 = 315_532_800;
const MONTH: i64 = 2_629_746;
const MONTHS: i64 = 58 * 12;

/// The offset that `zone` has had since 1980 and has in the years to come; `None` when it changes.
pub(super) fn steady_offset(zone: Tz) -> Option<String> {
    let offset = |seconds: i64| {
        DateTime::from_timestamp(seconds, 0).map(|moment| moment.with_timezone(&zone).offset().fix())
    };
    let first = offset(FIRST_MONTH)?;
    let steady = (0..MONTHS).all(|month| offset(FIRST_MONTH + month * MONTH) == Some(first));
    steady.then(|| first.to_string())
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::steady_offset;

    #[test]
    fn only_a_zone_that_keeps_its_offset_is_told_as_one() {
        assert_eq!(steady_offset(Tz::Asia__Ho_Chi_Minh).as_deref(), Some("+07:00"));
        assert_eq!(steady_offset(Tz::Etc__GMTPlus5).as_deref(), Some("-05:00"));
        assert_eq!(steady_offset(Tz::Europe__Paris), None);
    }
}
