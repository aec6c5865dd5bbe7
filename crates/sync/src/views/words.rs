//! Numbers of indicators as people read them.

use crate::telling::Role;
use dongbo_indicators::{Hundredths, Indicator, OfficialValue, Value};
use dongbo_model::{Lang, NOT_APPLICABLE, texts};

texts! {
    days(number): "{number} ngày", "{number} days";
    points_too(ratio, points): "{ratio} ({points} điểm)", "{ratio} ({points} points)";
}

/// The sign for a number that is not published, which is not 0.
#[must_use]
pub fn absent() -> String {
    "–".to_owned()
}

/// A number with two decimals.
#[must_use]
pub fn number(lang: Lang, number: Option<Hundredths>) -> String {
    number.map_or_else(|| NOT_APPLICABLE.to_owned(), |number| lang.decimal(&number.to_string()))
}

/// Whether the counts that an indicator is made of are shown beside it: those of times tell nothing.
#[must_use]
pub const fn shows_counts(indicator: Indicator) -> bool {
    !matches!(indicator, Indicator::MeanTime | Indicator::OnlineFaster)
}

/// A ratio as percent or days.
#[must_use]
pub fn ratio_told(lang: Lang, indicator: Indicator, ratio: Hundredths) -> String {
    if indicator == Indicator::MeanTime {
        days(lang, number(lang, Some(ratio)))
    } else {
        lang.percentage(ratio)
    }
}

fn with_counts(lang: Lang, indicator: Indicator, ratio: Hundredths, counts: Option<(u64, u64)>) -> String {
    let shown = ratio_told(lang, indicator, ratio);
    match counts.filter(|_| shows_counts(indicator)) {
        Some((over, under)) => format!("{shown} ({}/{})", lang.count(over), lang.count(under)),
        None => shown,
    }
}

/// A value as percent or days, with the counts that it is made of.
#[must_use]
pub fn told(lang: Lang, indicator: Indicator, value: &Value) -> String {
    let Some(ratio) = value.ratio else { return NOT_APPLICABLE.to_owned() };
    with_counts(lang, indicator, ratio, Some((value.numerator, value.denominator)))
}

/// A published value as percent or days, with the counts as far as they are published.
#[must_use]
pub fn published_told(lang: Lang, indicator: Indicator, value: &OfficialValue) -> String {
    let Some(ratio) = value.ratio else { return absent() };
    with_counts(lang, indicator, ratio, value.numerator.zip(value.denominator))
}

/// How much `ours` is more than `theirs`, in percentage points, points or days.
#[must_use]
pub fn apart(ours: Option<Hundredths>, theirs: Option<Hundredths>) -> Option<f64> {
    let (ours, theirs) = ours.zip(theirs)?;
    let apart = i32::try_from(i64::from(ours.0) - i64::from(theirs.0)).ok()?;
    Some(f64::from(apart) / 100.0)
}

/// A difference with its sign; nothing when there is none.
#[must_use]
pub fn signed(lang: Lang, apart: Option<f64>) -> String {
    match apart {
        Some(apart) if apart != 0.0 => lang.decimal(&format!("{apart:+.2}")),
        _ => String::new(),
    }
}

/// A difference in percentage points (of a mean time days) and, where it costs any, in points; with its meaning.
#[must_use]
pub fn difference(lang: Lang, ratio: Option<f64>, points: Option<f64>) -> (Role, String) {
    let shown = match (signed(lang, ratio), signed(lang, points)) {
        (ratio, points) if points.is_empty() => ratio,
        (ratio, points) => points_too(lang, ratio, points),
    };
    let role = if points.is_some_and(|points| points > 0.0) { Role::Bad } else { Role::Faint };
    (role, shown.trim_start().to_owned())
}
