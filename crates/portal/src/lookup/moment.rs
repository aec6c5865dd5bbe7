//! Moments in every form in which portals write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

/// Forms of a moment without a zone, which is the wall clock of Vietnam.
const FORMS: [&str; 8] = [
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%d/%m/%Y %H:%M:%S%.f",
    "%d-%m-%Y %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%d/%m/%Y %H:%M",
];
/// Forms of a moment with a zone, besides RFC 3339.
const ZONED: [&str; 3] = ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z"];
/// Forms of a day.
const DAYS: [&str; 4] = ["%Y%m%d", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"];
/// The form in which moments are compared.
const COMPARED: &str = "%Y%m%d%H%M%S";

/// A moment in the form in which moments are compared; `None` for what is none. The first year of the calendar, which some systems
/// write for no date, is `""`.
pub(super) fn compared(text: &str) -> Option<String> {
    let local = moment(text)?;
    let none = local.date() <= NaiveDate::from_ymd_opt(1, 1, 3)?;
    Some(if none { String::new() } else { local.format(COMPARED).to_string() })
}

/// The moment itself; `None` for what is none, and for what stands for no date.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(&compared(text)?, COMPARED).ok()?;
    Ho_Chi_Minh.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc))
}

/// A moment as it is written to the portal.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.with_timezone(&Ho_Chi_Minh).format(COMPARED).to_string()
}

/// Whether `day` is the day of `moment`, without a time.
pub(super) fn is_day_of(day: &str, moment_text: &str) -> bool {
    let day = DAYS.iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok());
    day.is_some() && day == moment(moment_text).map(|moment| moment.date())
}

fn moment(text: &str) -> Option<NaiveDateTime> {
    // The cheapest look first: most texts are no moments.
    if !(12..=35).contains(&text.len()) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(thousandths) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        let thousandths = thousandths.split_once('+').map_or(thousandths, |(before, _)| before);
        let instant = DateTime::from_timestamp_millis(thousandths.parse().ok()?)?;
        return Some(Ho_Chi_Minh.from_utc_datetime(&instant.naive_utc()).naive_local());
    }
    let zoned = DateTime::parse_from_rfc3339(text).ok();
    let zoned = zoned.or_else(|| ZONED.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()));
    if let Some(zoned) = zoned {
        return Some(Ho_Chi_Minh.from_utc_datetime(&zoned.naive_utc()).naive_local());
    }
    // `%Y` would take any number of digits.
    let is_plain = text.len() != 14 || text.bytes().all(|byte| byte.is_ascii_digit());
    let mut forms =
        FORMS.iter().enumerate().filter(|(place, _)| *place > 0 || (is_plain && text.len() == 14));
    forms.find_map(|(_, form)| NaiveDateTime::parse_from_str(text, form).ok())
}

#[cfg(test)]
mod tests {
    use super::{compared, is_day_of};

    #[test]
    fn one_moment_is_one_however_it_is_written() {
        for text in [
            "20250915080203",
            "2025-09-15T08:02:03",
            "2025-09-15 08:02:03",
            "2025-09-15T08:02:03.000",
            "2025-09-15T08:02:03.987",
            "2025-09-15T08:02:03+07:00",
            "2025-09-15T08:02:03+0700",
            "2025-09-15 08:02:03 +07:00",
            "2025-09-15T01:02:03Z",
            "2025-09-15T01:02:03.000Z",
            "15/09/2025 08:02:03",
            "/Date(1757898123000)/",
            "/Date(1757898123000+0700)/",
        ] {
            assert_eq!(compared(text).as_deref(), Some("20250915080203"), "{text}");
        }
        for none in ["0001-01-01T00:00:00", "00010101000000", "0001-01-01T00:00:00Z"] {
            assert_eq!(compared(none).as_deref(), Some(""), "{none}");
        }
        for other in [
            "",
            "079123456789",
            "H48.57-250915-0001",
            "20251315080203",
            "0912345678",
            "1.001193",
            "12345678901234567",
        ] {
            assert_eq!(compared(other), None, "{other}");
        }
    }

    #[test]
    fn a_day_is_the_day_of_its_moments_only() {
        for day in ["20250915", "2025-09-15", "15/09/2025"] {
            assert!(is_day_of(day, "20250915080203"), "{day}");
            assert!(
                !is_day_of(day, "20250916080203") && !is_day_of(day, "") && !is_day_of(day, "x"),
                "{day}"
            );
        }
    }
}
