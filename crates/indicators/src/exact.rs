//! Ratios of counts, exact until they are shown.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A number with two decimals: a percentage, points, or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hundredths(pub u32);

impl Hundredths {
    /// Reads `80`, `66.67` or, as it is written in Vietnamese, `66,67`; `None` when it is no such number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 2 {
            return None;
        }
        let tenths = if rest.len() == 1 { 10 } else { 1 };
        let rest = rest.parse::<u32>().ok()?.checked_mul(tenths)?;
        whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(rest).map(Self)
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl JsonSchema for Hundredths {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Hundredths".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

impl Serialize for Hundredths {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Hundredths {
    /// Takes an integer or a number with at most two decimals that is not negative.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Self::parse(&number.to_string())
            .ok_or_else(|| serde::de::Error::custom("expected a number from 0 with at most two decimals"))
    }
}

/// From here on a number is no count of dossiers; below it no formula's product leaves 128 bits.
const MOST: u64 = 100_000_000_000;

/// A ratio of whole numbers, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    over: u128,
    under: u128,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self { over: 0, under: 1 };

    /// `over` of `under`; `None` when there is nothing to divide by, or a number is too large for a count.
    #[must_use]
    pub fn ratio(over: u64, under: u64) -> Option<Self> {
        (under > 0 && over < MOST && under < MOST).then(|| Self::reduced(u128::from(over), u128::from(under)))
    }

    fn reduced(over: u128, under: u128) -> Self {
        let (mut a, mut b) = (over, under);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        let common = a.max(1);
        Self { over: over / common, under: (under / common).max(1) }
    }

    /// This multiplied by `over` / `under`.
    #[must_use]
    pub fn times(self, over: u32, under: u32) -> Self {
        Self::reduced(
            self.over.saturating_mul(u128::from(over)),
            self.under.saturating_mul(u128::from(under.max(1))),
        )
    }

    /// This and `other` together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let over =
            self.over.saturating_mul(other.under).saturating_add(other.over.saturating_mul(self.under));
        Self::reduced(over, self.under.saturating_mul(other.under))
    }

    /// This, or `most` when it is more.
    #[must_use]
    pub fn at_most(self, most: u32) -> Self {
        if self.over > self.under.saturating_mul(u128::from(most)) {
            Self { over: u128::from(most), under: 1 }
        } else {
            self
        }
    }

    /// With two decimals, half up.
    #[must_use]
    pub fn hundredths(self) -> Hundredths {
        let doubled = self.over.saturating_mul(200).saturating_add(self.under);
        Hundredths(u32::try_from(doubled / self.under.saturating_mul(2)).unwrap_or(u32::MAX))
    }

    /// As percent with two decimals, half up.
    #[must_use]
    pub fn percent(self) -> Hundredths {
        self.times(100, 1).hundredths()
    }
}

#[cfg(test)]
mod tests {
    use super::{Exact, Hundredths};

    #[test]
    fn a_ratio_is_rounded_half_up_once_and_not_made_of_nothing() {
        let percent = |over, under| Exact::ratio(over, under).map(|ratio| ratio.percent().to_string());
        assert_eq!(percent(1, 8).as_deref(), Some("12.50"));
        assert_eq!(percent(1, 800).as_deref(), Some("0.13"), "0.125 goes up");
        assert_eq!(percent(2, 3).as_deref(), Some("66.67"));
        assert_eq!((percent(0, 0), percent(5, 0), percent(u64::MAX, 1)), (None, None, None));
        assert_eq!(percent(0, 7).as_deref(), Some("0.00"));
    }

    #[test]
    fn the_largest_counts_keep_to_128_bits() {
        let most = super::MOST - 1;
        let sum = [most - 2, most - 4, most - 6].into_iter().fold(Exact::ZERO, |sum, under| {
            sum.plus(Exact::ratio(most, under).unwrap().times(6, 1).at_most(6))
        });
        assert_eq!(sum.hundredths(), Hundredths(1_800));
    }

    #[test]
    fn numbers_are_read_with_either_mark_and_not_with_more_decimals() {
        assert_eq!(Hundredths::parse("66,67"), Some(Hundredths(6_667)));
        assert_eq!(
            (Hundredths::parse("80"), Hundredths::parse("7.5")),
            (Some(Hundredths(8_000)), Some(Hundredths(750)))
        );
        for wrong in ["", "-1", "1.234", "1.", ".5", "x", "99999999999"] {
            assert_eq!(Hundredths::parse(wrong), None, "{wrong}");
        }
    }
}
