//! The typed values of a table, and how each is written.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use dongbo_model::{Lang, NOT_APPLICABLE, day_of};

/// A value of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// Words.
    Text(String),
    /// A number of dossiers, files or other things that a command lists.
    Count(u64),
    /// A number of things that no command lists.
    Number(u64),
    /// A part of a whole, shown as percent; without a whole it is not applicable, and neither 0 nor 100 %.
    Share {
        /// The part.
        part: u64,
        /// The whole.
        whole: u64,
    },
    /// A percentage in hundredths, as a formula rounded it; `None` where it cannot be computed.
    Percent(Option<u32>),
    /// A number in hundredths; `None` where it cannot be computed.
    Decimal(Option<u32>),
    /// A day in Vietnam.
    Day(NaiveDate),
    /// A length of time; `None` where nothing was measured.
    Span(Option<Duration>),
    /// Nothing: the cell is empty.
    Empty,
}

impl Figure {
    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The day in Vietnam that `at` lies in.
    #[must_use]
    pub fn day_of(at: DateTime<Utc>) -> Self {
        Self::Day(day_of(at))
    }

    /// The value as people read it in `lang`.
    #[must_use]
    pub fn shown(&self, lang: Lang) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(many) | Self::Number(many) => lang.count(*many),
            Self::Share { whole: 0, .. } | Self::Span(None) | Self::Percent(None) | Self::Decimal(None) => {
                NOT_APPLICABLE.to_owned()
            }
            Self::Percent(Some(hundredths)) => {
                lang.percentage(format_args!("{}.{:02}", hundredths / 100, hundredths % 100))
            }
            Self::Decimal(Some(hundredths)) => two_decimals(lang, *hundredths),
            Self::Share { part, whole } => lang.percent(*part, *whole),
            Self::Day(day) => written_day(lang, *day),
            Self::Span(Some(length)) => lang.span(*length),
            Self::Empty => String::new(),
        }
    }

    /// Whether it may lead back to dossiers.
    #[must_use]
    pub const fn leads(&self) -> bool {
        self.is_number() && !matches!(self, Self::Number(_))
    }

    /// Whether it is a day or a place in a list, which stands in the middle of its column.
    #[must_use]
    pub fn is_short(&self) -> bool {
        match self {
            Self::Day(_) => true,
            Self::Text(text) => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        }
    }

    /// Whether it is a number, which stands at the right of its column.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Count(_)
                | Self::Number(_)
                | Self::Share { .. }
                | Self::Span(_)
                | Self::Percent(_)
                | Self::Decimal(_)
        )
    }
}

/// A day: `05/08/2026`, or `2026-08-05` in English.
pub(crate) fn written_day(lang: Lang, day: NaiveDate) -> String {
    day.format(lang.pick("%d/%m/%Y", "%Y-%m-%d")).to_string()
}

/// A number in hundredths with both of its decimals: `1.234,50` or `1,234.50`.
fn two_decimals(lang: Lang, hundredths: u32) -> String {
    format!("{}{}{:02}", lang.count(u64::from(hundredths / 100)), lang.pick(",", "."), hundredths % 100)
}

/// The share `part / whole` as a ratio of at most four decimals, rounded down as [`Lang::percent`] does: what a spreadsheet
/// shows of it is what people read elsewhere. `None` when there is no whole.
pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    hundredths(part, whole).map(|hundredths| hundredths / 10_000.0)
}

/// The percentage of [`ratio`].
pub(crate) fn percentage(part: u64, whole: u64) -> Option<f64> {
    hundredths(part, whole).map(|hundredths| hundredths / 100.0)
}

/// Hundredths of a percent, rounded down.
fn hundredths(part: u64, whole: u64) -> Option<f64> {
    let hundredths = (u128::from(part) * 10_000).checked_div(u128::from(whole))?;
    Some(f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)))
}

/// A number with at most two decimals and none that are 0: `1.234,5` or `1,234.5`.
pub(crate) fn number(lang: Lang, value: f64) -> String {
    let written = format!("{:.2}", value.abs());
    let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
    let decimals = decimals.trim_end_matches('0');
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| lang.count(whole));
    let sign = if value <= -0.005 { "-" } else { "" };
    if decimals.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}{}{decimals}", lang.pick(",", "."))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::NaiveDate;
    use dongbo_model::Lang::{En, Vi};

    use super::{Figure, number, percentage, ratio};

    #[test]
    fn values_are_written_as_vietnamese_offices_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 8, 5).unwrap();
        for (figure, vi, en) in [
            (Figure::Count(1_234_567), "1.234.567", "1,234,567"),
            (Figure::Share { part: 2, whole: 3 }, "66,66\u{a0}%", "66.66\u{a0}%"),
            (Figure::Share { part: 99_999, whole: 100_000 }, "99,99\u{a0}%", "99.99\u{a0}%"),
            (Figure::Share { part: 0, whole: 0 }, "N/A", "N/A"),
            (Figure::Percent(Some(10_000)), "100,00\u{a0}%", "100.00\u{a0}%"),
            (Figure::Percent(None), "N/A", "N/A"),
            (Figure::Decimal(Some(123_405)), "1.234,05", "1,234.05"),
            (Figure::Day(day), "05/08/2026", "2026-08-05"),
            (Figure::Span(Some(Duration::from_mins(95))), "1 giờ 35 phút", "1 h 35 min"),
            (Figure::Span(None), "N/A", "N/A"),
            (Figure::Empty, "", ""),
        ] {
            assert_eq!((figure.shown(Vi), figure.shown(En)), (vi.to_owned(), en.to_owned()));
        }
    }

    #[test]
    fn a_share_is_never_rounded_up_to_the_whole() {
        assert_eq!((ratio(99_999, 100_000), ratio(3, 3), ratio(0, 0)), (Some(0.9999), Some(1.0), None));
        assert_eq!((percentage(99_999, 100_000), percentage(1, 0)), (Some(99.99), None));
    }

    #[test]
    fn a_number_has_the_marks_of_its_language_and_no_idle_zeros() {
        for (value, vi, en) in [
            (1234.5, "1.234,5", "1,234.5"),
            (0.0, "0", "0"),
            (99.99, "99,99", "99.99"),
            (-0.001, "0", "0"),
            (-2.25, "-2,25", "-2.25"),
        ] {
            assert_eq!((number(Vi, value), number(En, value)), (vi.to_owned(), en.to_owned()));
        }
    }
}
