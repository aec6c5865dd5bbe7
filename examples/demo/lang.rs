//! The two languages, and how each writes numbers.

use clap::ValueEnum;

/// A language of the demo's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Tiếng Việt
    Vi,
    /// English
    En,
}

impl Lang {
    /// A count with its thousands marked: `12.000` or `12,000`.
    pub(crate) fn count(self, number: u64) -> String {
        let mark = match self {
            Self::Vi => '.',
            Self::En => ',',
        };
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(mark);
            }
            text.push(digit);
        }
        text
    }

    /// A number with `places` places behind the point, or the comma.
    pub(crate) fn decimal(self, number: f64, places: usize) -> String {
        let text = format!("{number:.places$}");
        match self {
            Self::Vi => text.replace('.', ","),
            Self::En => text,
        }
    }

    /// A share of one as percent, rounded down, so that `100` is never said of less.
    pub(crate) fn percent(self, share: f64) -> String {
        let places = if share < 1.0 { 2 } else { 0 };
        format!("{}%", self.decimal((share * 10_000.0).floor() / 100.0, places))
    }
}

/// `part` of `whole`, 0 when there is no whole.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    let float = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}
