//! The two languages of what people read, and how each writes numbers and times.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;

/// Declares texts in both languages: each is a function of the language, and of arguments that the texts name.
#[macro_export]
macro_rules! texts {
    ($($name:ident($($argument:ident),*): $vi:literal, $en:literal;)*) => {
        $(fn $name(lang: $crate::Lang, $($argument: impl std::fmt::Display),*) -> String {
            match lang {
                $crate::Lang::Vi => format!($vi),
                $crate::Lang::En => format!($en),
            }
        })*
    };
}

/// The text in place of a number that cannot be computed, in either language: it is neither 0 nor 100.
pub const NOT_APPLICABLE: &str = "N/A";

/// From so many seconds on, hours do not count any more.
const A_WEEK: u64 = 7 * 86_400;

crate::vocabulary! {
    /// A language of what people read.
    #[derive(Default)]
    pub enum Lang
    columns {
        /// The language's own name.
        itself: &'static str
    }
    {
        /// Tiếng Việt.
        #[default]
        Vi = "vi" => "Tiếng Việt";
        /// English.
        En = "en" => "English";
    }
}

impl Lang {
    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'t>(self, vi: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }

    /// A count with its thousands marked: `12.000` or `12,000`.
    #[must_use]
    pub fn count(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push_str(self.pick(".", ","));
            }
            text.push(digit);
        }
        text
    }

    /// A count with what is counted: `1 hồ sơ`, `1 dossier`, `2 dossiers`.
    #[must_use]
    pub fn many(self, number: u64, vi: &str, one: &str, more: &str) -> String {
        let noun = match self {
            Self::Vi => vi,
            Self::En if number == 1 => one,
            Self::En => more,
        };
        format!("{} {noun}", self.count(number))
    }

    /// So many dossiers.
    #[must_use]
    pub fn dossiers(self, number: u64) -> String {
        self.many(number, "hồ sơ", "dossier", "dossiers")
    }

    /// `part` of `whole` as percent, rounded down: 100 is never said of less. A dash when there is no whole. No line breaks within it.
    #[must_use]
    pub fn percent(self, part: u64, whole: u64) -> String {
        let Some(hundredths) = (u128::from(part) * 10_000).checked_div(u128::from(whole)) else {
            return "–".to_owned();
        };
        let (full, rest) = (hundredths / 100, hundredths % 100);
        if part >= whole { self.percentage(full) } else { self.percentage(format_args!("{full}.{rest:02}")) }
    }

    /// A number that is written with a point, as a percentage without a line break in it: `66,67 %`.
    #[must_use]
    pub fn percentage(self, number: impl std::fmt::Display) -> String {
        format!("{}\u{a0}%", self.decimal(&number.to_string()))
    }

    /// A number that is written with a point, with the language's own mark in its place.
    #[must_use]
    pub fn decimal(self, number: &str) -> String {
        number.replace('.', self.pick(",", "."))
    }

    /// A moment by the clocks of Vietnam, to the minute.
    #[must_use]
    pub fn moment(self, at: DateTime<Utc>) -> String {
        let form = self.pick("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M");
        at.with_timezone(&Ho_Chi_Minh).format(form).to_string()
    }

    /// A moment by the clocks of Vietnam, to the second.
    #[must_use]
    pub fn second(self, at: DateTime<Utc>) -> String {
        let form = self.pick("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S");
        at.with_timezone(&Ho_Chi_Minh).format(form).to_string()
    }

    /// The distance of a moment from `now`: `4 phút trước`, `sau 2 phút`.
    #[must_use]
    pub fn relative(self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let apart = at - now;
        let span = self.span(apart.abs().to_std().unwrap_or_default());
        match self {
            _ if apart.abs() < TimeDelta::seconds(1) => if apart > TimeDelta::zero() {
                self.pick("sau giây lát", "in a moment")
            } else {
                self.pick("vừa xong", "just now")
            }
            .to_owned(),
            Self::Vi if apart < TimeDelta::zero() => format!("{span} trước"),
            Self::Vi => format!("sau {span}"),
            Self::En if apart < TimeDelta::zero() => format!("{span} ago"),
            Self::En => format!("in {span}"),
        }
    }

    /// A moment, and how far it lies from `now`. One that is less than a minute away needs no date.
    #[must_use]
    pub fn near(self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let relative = self.relative(at, now);
        if (at - now).abs() < TimeDelta::minutes(1) {
            return relative;
        }
        format!("{}, {relative}", self.moment(at))
    }

    /// A moment in short, by the clocks of Vietnam: without its date on the day of `now`.
    #[must_use]
    pub fn at(self, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
        let local = |moment: DateTime<Utc>| moment.with_timezone(&Ho_Chi_Minh);
        if local(at).date_naive() == local(now).date_naive() {
            local(at).format("%H:%M").to_string()
        } else {
            self.moment(at)
        }
    }

    /// A size in the largest unit of which it has one: `512 MiB`, `1,5 GiB`.
    #[must_use]
    pub fn bytes(self, bytes: u64) -> String {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let Some((unit, of)) = units.into_iter().find(|(_, of)| bytes >= *of) else {
            return format!("{bytes} B");
        };
        let (whole, tenth) = (bytes / of, bytes % of * 10 / of);
        if whole >= 10 || tenth == 0 {
            format!("{} {unit}", self.count(whole))
        } else {
            self.decimal(&format!("{whole}.{tenth} {unit}"))
        }
    }

    /// A length of time in its two largest units, rounded down; days (and hours within a week), hours and minutes,
    /// minutes or seconds.
    #[must_use]
    pub fn span(self, length: Duration) -> String {
        let seconds = length.as_secs();
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
        let day = if days == 1 { "day" } else { "days" };
        let (large, small) = match seconds {
            0..60 => ((seconds, self.pick("giây", "s")), None),
            60..3_600 => ((minutes, self.pick("phút", "min")), None),
            3_600..86_400 => ((hours, self.pick("giờ", "h")), Some((minutes % 60, self.pick("phút", "min")))),
            86_400..A_WEEK => ((days, self.pick("ngày", day)), Some((hours % 24, self.pick("giờ", "h")))),
            _ => ((days, self.pick("ngày", day)), None),
        };
        let written = |(number, unit): (u64, &str)| format!("{} {unit}", self.count(number));
        match small {
            Some(small) if small.0 > 0 => format!("{} {}", written(large), written(small)),
            _ => written(large),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::Lang::{En, Vi};

    #[test]
    fn what_is_nearly_complete_is_never_said_to_be() {
        assert_eq!(Vi.percent(99_999, 100_000), "99,99\u{a0}%");
        assert_eq!(En.percent(99_999, 100_000), "99.99\u{a0}%");
        assert_eq!(Vi.percent(u64::MAX - 1, u64::MAX), "99,99\u{a0}%");
        assert_eq!((Vi.percent(7, 7), En.percent(7, 7)), ("100\u{a0}%".to_owned(), "100\u{a0}%".to_owned()));
        assert_eq!((Vi.percent(0, 3), Vi.percent(0, 0)), ("0,00\u{a0}%".to_owned(), "–".to_owned()));
    }

    #[test]
    fn thousands_are_marked() {
        assert_eq!(
            (Vi.count(1_234_567), En.count(1_234_567)),
            ("1.234.567".to_owned(), "1,234,567".to_owned())
        );
        assert_eq!((Vi.count(999), En.count(1_000)), ("999".to_owned(), "1,000".to_owned()));
        assert_eq!(
            (Vi.dossiers(1), En.dossiers(1), En.dossiers(2)),
            ("1 hồ sơ".to_owned(), "1 dossier".to_owned(), "2 dossiers".to_owned())
        );
    }

    #[test]
    fn moments_are_told_by_the_clocks_of_vietnam_and_from_now() {
        let now: DateTime<Utc> = "2026-11-22T00:35:00Z".parse().unwrap();
        assert_eq!(Vi.near(now - TimeDelta::minutes(4), now), "22/11/2026 07:31, 4 phút trước");
        assert_eq!(En.near(now + TimeDelta::minutes(2), now), "2026-11-22 07:37, in 2 min");
        assert_eq!((Vi.relative(now, now), En.relative(now, now)), ("vừa xong".into(), "just now".into()));
        assert_eq!(
            (Vi.near(now, now), En.near(now - TimeDelta::seconds(59), now)),
            ("vừa xong".into(), "59 s ago".into())
        );
        let earlier = |hours| Vi.at(now - TimeDelta::hours(hours), now);
        assert_eq!((earlier(7), earlier(8)), ("00:35".into(), "21/11/2026 23:35".into()));
        let soon = now + TimeDelta::milliseconds(900);
        assert_eq!(
            (Vi.relative(soon, now), En.relative(soon, now)),
            ("sau giây lát".into(), "in a moment".into())
        );
    }

    #[test]
    fn a_span_has_at_most_two_units() {
        for (seconds, vi, en) in [
            (45, "45 giây", "45 s"),
            (3_599, "59 phút", "59 min"),
            (3_600, "1 giờ", "1 h"),
            (86_399, "23 giờ 59 phút", "23 h 59 min"),
            (86_400, "1 ngày", "1 day"),
            (183_600, "2 ngày 3 giờ", "2 days 3 h"),
            (29_376_000, "340 ngày", "340 days"),
        ] {
            let span = Duration::from_secs(seconds);
            assert_eq!((Vi.span(span), En.span(span)), (vi.to_owned(), en.to_owned()));
        }
    }

    #[test]
    fn a_size_is_told_in_its_largest_unit() {
        for (bytes, vi) in [(1_023, "1023 B"), (1 << 29, "512 MiB"), (3 << 29, "1,5 GiB"), (1 << 30, "1 GiB")]
        {
            assert_eq!(Vi.bytes(bytes), vi);
        }
    }
}
