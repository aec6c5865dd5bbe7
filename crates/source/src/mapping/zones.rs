//! Names of time zones as vendors and operators write them: those of the IANA, those of Windows, and offsets.

use chrono_tz::{TZ_VARIANTS, Tz};

/// Names of Windows, with the zone that has its rules.
const WINDOWS: [(&str, Tz); 66] = [
    ("Afghanistan Standard Time", Tz::Asia__Kabul),
    ("Altai Standard Time", Tz::Asia__Barnaul),
    ("Arab Standard Time", Tz::Asia__Riyadh),
    ("Arabian Standard Time", Tz::Asia__Dubai),
    ("Arabic Standard Time", Tz::Asia__Baghdad),
    ("AUS Central Standard Time", Tz::Australia__Darwin),
    ("AUS Eastern Standard Time", Tz::Australia__Sydney),
    ("Azerbaijan Standard Time", Tz::Asia__Baku),
    ("Bangladesh Standard Time", Tz::Asia__Dhaka),
    ("Cen. Australia Standard Time", Tz::Australia__Adelaide),
    ("Central Asia Standard Time", Tz::Asia__Bishkek),
    ("Central Europe Standard Time", Tz::Europe__Budapest),
    ("Central European Standard Time", Tz::Europe__Warsaw),
    ("Central Pacific Standard Time", Tz::Pacific__Guadalcanal),
    ("Central Standard Time", Tz::America__Chicago),
    ("China Standard Time", Tz::Asia__Shanghai),
    ("E. Africa Standard Time", Tz::Africa__Nairobi),
    ("E. Australia Standard Time", Tz::Australia__Brisbane),
    ("E. Europe Standard Time", Tz::Europe__Chisinau),
    ("Eastern Standard Time", Tz::America__New_York),
    ("Egypt Standard Time", Tz::Africa__Cairo),
    ("Ekaterinburg Standard Time", Tz::Asia__Yekaterinburg),
    ("FLE Standard Time", Tz::Europe__Kiev),
    ("GMT Standard Time", Tz::Europe__London),
    ("GTB Standard Time", Tz::Europe__Bucharest),
    ("Georgian Standard Time", Tz::Asia__Tbilisi),
    ("Greenwich Standard Time", Tz::Atlantic__Reykjavik),
    ("Hawaiian Standard Time", Tz::Pacific__Honolulu),
    ("India Standard Time", Tz::Asia__Kolkata),
    ("Iran Standard Time", Tz::Asia__Tehran),
    ("Israel Standard Time", Tz::Asia__Jerusalem),
    ("Jordan Standard Time", Tz::Asia__Amman),
    ("Korea Standard Time", Tz::Asia__Seoul),
    ("Magadan Standard Time", Tz::Asia__Magadan),
    ("Middle East Standard Time", Tz::Asia__Beirut),
    ("Mountain Standard Time", Tz::America__Denver),
    ("Myanmar Standard Time", Tz::Asia__Yangon),
    ("N. Central Asia Standard Time", Tz::Asia__Novosibirsk),
    ("Nepal Standard Time", Tz::Asia__Kathmandu),
    ("New Zealand Standard Time", Tz::Pacific__Auckland),
    ("North Asia East Standard Time", Tz::Asia__Irkutsk),
    ("North Asia Standard Time", Tz::Asia__Krasnoyarsk),
    ("North Korea Standard Time", Tz::Asia__Pyongyang),
    ("Omsk Standard Time", Tz::Asia__Omsk),
    ("Pacific Standard Time", Tz::America__Los_Angeles),
    ("Pakistan Standard Time", Tz::Asia__Karachi),
    ("Romance Standard Time", Tz::Europe__Paris),
    ("Russian Standard Time", Tz::Europe__Moscow),
    ("SA Pacific Standard Time", Tz::America__Bogota),
    ("SE Asia Standard Time", Tz::Asia__Ho_Chi_Minh),
    ("Singapore Standard Time", Tz::Asia__Singapore),
    ("South Africa Standard Time", Tz::Africa__Johannesburg),
    ("Sri Lanka Standard Time", Tz::Asia__Colombo),
    ("Taipei Standard Time", Tz::Asia__Taipei),
    ("Tasmania Standard Time", Tz::Australia__Hobart),
    ("Tokyo Standard Time", Tz::Asia__Tokyo),
    ("Tomsk Standard Time", Tz::Asia__Tomsk),
    ("Turkey Standard Time", Tz::Europe__Istanbul),
    ("Ulaanbaatar Standard Time", Tz::Asia__Ulaanbaatar),
    ("Vladivostok Standard Time", Tz::Asia__Vladivostok),
    ("W. Australia Standard Time", Tz::Australia__Perth),
    ("W. Central Africa Standard Time", Tz::Africa__Lagos),
    ("W. Europe Standard Time", Tz::Europe__Berlin),
    ("W. Mongolia Standard Time", Tz::Asia__Hovd),
    ("West Asia Standard Time", Tz::Asia__Tashkent),
    ("Yakutsk Standard Time", Tz::Asia__Yakutsk),
];

/// Offsets by whole hours have zones of their own, whose names count the other way.
const BY_HOUR: [Tz; 27] = [
    Tz::Etc__GMTPlus12,
    Tz::Etc__GMTPlus11,
    Tz::Etc__GMTPlus10,
    Tz::Etc__GMTPlus9,
    Tz::Etc__GMTPlus8,
    Tz::Etc__GMTPlus7,
    Tz::Etc__GMTPlus6,
    Tz::Etc__GMTPlus5,
    Tz::Etc__GMTPlus4,
    Tz::Etc__GMTPlus3,
    Tz::Etc__GMTPlus2,
    Tz::Etc__GMTPlus1,
    Tz::UTC,
    Tz::Etc__GMTMinus1,
    Tz::Etc__GMTMinus2,
    Tz::Etc__GMTMinus3,
    Tz::Etc__GMTMinus4,
    Tz::Etc__GMTMinus5,
    Tz::Etc__GMTMinus6,
    Tz::Etc__GMTMinus7,
    Tz::Etc__GMTMinus8,
    Tz::Etc__GMTMinus9,
    Tz::Etc__GMTMinus10,
    Tz::Etc__GMTMinus11,
    Tz::Etc__GMTMinus12,
    Tz::Etc__GMTMinus13,
    Tz::Etc__GMTMinus14,
];

/// The zone that `written` names; `None` when no zone is called so.
pub(super) fn zone(written: &str) -> Option<Tz> {
    let name = written.trim();
    // The old name of the same zone; many servers know only the new one.
    if name.eq_ignore_ascii_case("Asia/Saigon") || name.eq_ignore_ascii_case("ICT") {
        return Some(Tz::Asia__Ho_Chi_Minh);
    }
    let iana = || TZ_VARIANTS.iter().copied().find(|zone| zone.name().eq_ignore_ascii_case(name));
    let windows =
        || WINDOWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, zone)| *zone);
    iana().or_else(windows).or_else(|| by_offset(name))
}

/// An offset from UTC: `+07:00`, `UTC+7`, `GMT+0700`, `(UTC+07:00) Bangkok, Hanoi, Jakarta`, or `<+07>-07` as PostgreSQL
/// writes it. It is always ahead of UTC where it has a plus, as people mean it.
fn by_offset(name: &str) -> Option<Tz> {
    let inner = |open: char, close: char| name.strip_prefix(open)?.split(close).next();
    let text = inner('(', ')').or_else(|| inner('<', '>')).unwrap_or(name).trim();
    let upper = text.to_uppercase();
    let prefix = ["UTC", "GMT"].into_iter().find_map(|prefix| upper.strip_prefix(prefix));
    let offset = prefix.unwrap_or(&upper).trim();
    if offset == "Z" || (prefix.is_some() && offset.is_empty()) {
        return Some(Tz::UTC);
    }
    let (ahead, digits) = match offset.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, offset.strip_prefix(['-', '−'])?),
    };
    let digits = digits.trim();
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| {
        let all = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| text.parse::<usize>().ok()).flatten()
    };
    match (ahead, number(hours)?, number(minutes)?) {
        (true, hours, 0) => BY_HOUR.get(hours + 12).copied(),
        (false, hours, 0) => BY_HOUR.get(12_usize.checked_sub(hours)?).copied(),
        (true, 3, 30) => Some(Tz::Asia__Tehran),
        (true, 4, 30) => Some(Tz::Asia__Kabul),
        (true, 5, 30) => Some(Tz::Asia__Kolkata),
        (true, 5, 45) => Some(Tz::Asia__Kathmandu),
        (true, 6, 30) => Some(Tz::Asia__Yangon),
        (true, 9, 30) => Some(Tz::Australia__Darwin),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::{WINDOWS, zone};

    #[test]
    fn one_zone_has_many_names() {
        for name in [
            "Asia/Ho_Chi_Minh",
            "Asia/Saigon",
            "asia/ho_chi_minh",
            "ASIA/SAIGON",
            "SE Asia Standard Time",
            "se asia standard time",
            " ICT ",
        ] {
            assert_eq!(zone(name), Some(Tz::Asia__Ho_Chi_Minh), "{name}");
        }
        for name in [
            "+07:00",
            "+7",
            "+07",
            "+0700",
            "UTC+7",
            "utc+07:00",
            "UTC +7",
            "GMT+7",
            "(UTC+07:00) Bangkok, Hanoi, Jakarta",
            "<+07>-07",
            "Etc/GMT-7",
        ] {
            assert_eq!(zone(name), Some(Tz::Etc__GMTMinus7), "{name}");
        }
        for name in ["UTC", "Z", "utc", "+00:00", "-00:00"] {
            assert!(matches!(zone(name), Some(Tz::UTC | Tz::Etc__UTC)), "{name}");
        }
        assert_eq!(zone("-05:00"), Some(Tz::Etc__GMTPlus5));
        assert_eq!(zone("+06:30"), Some(Tz::Asia__Yangon));
        assert_eq!(zone("Tokyo Standard Time"), Some(Tz::Asia__Tokyo));
    }

    #[test]
    fn what_is_no_zone_is_none() {
        for name in [
            "",
            "Asia/Hanoi",
            "Giờ Việt Nam",
            "7",
            "+15",
            "-13",
            "+07:0",
            "+07:60",
            "+7:7",
            "UTC+",
            "+",
            "+777",
        ] {
            assert_eq!(zone(name), None, "{name}");
        }
        assert!(WINDOWS.iter().all(|(name, _)| name.ends_with(" Standard Time")));
    }
}
