//! One value as the database gave it, before the mapping gives it a meaning.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A raw value, borrowed from its row where that is possible.
///
/// Timestamps stay numbers: PostgreSQL knows `infinity` and years that the calendar library does not.
#[derive(Clone, PartialEq, Default)]
pub(crate) enum Value<'a> {
    /// Nothing.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Real(f64),
    /// A decimal number as the database writes it: digits, one point at most, a sign; or `NaN`, `Infinity`.
    Decimal(Cow<'a, str>),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes that should be text and are no UTF-8.
    NotUtf8,
    /// Microseconds since 2000-01-01 UTC.
    Instant(i64),
    /// Microseconds since 2000-01-01 by a clock whose zone is not said.
    Local(i64),
    /// Days since 2000-01-01.
    Date(i32),
    /// A value that no field takes, such as a list.
    Other,
}

impl fmt::Debug for Value<'_> {
    /// Shows the kind only: the value may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Bool(_) => "Bool",
            Self::Int(_) => "Int",
            Self::Real(_) => "Real",
            Self::Decimal(_) => "Decimal",
            Self::Text(_) => "Text",
            Self::NotUtf8 => "NotUtf8",
            Self::Instant(_) | Self::Local(_) | Self::Date(_) => "Time",
            Self::Other => "Other",
        })
    }
}

impl<'a> Value<'a> {
    /// Text, or [`Value::NotUtf8`] when the bytes are none.
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(Cow::Borrowed(text)),
            Err(_) => Self::NotUtf8,
        }
    }

    /// The value as text; `None` for values that have no single written form.
    pub(crate) fn written(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Null => Cow::Borrowed(""),
            Self::Bool(truth) => Cow::Borrowed(if truth { "1" } else { "0" }),
            Self::Int(number) => match number {
                // The codes of nearly every column that holds numbers.
                0 => Cow::Borrowed("0"),
                1 => Cow::Borrowed("1"),
                2 => Cow::Borrowed("2"),
                _ => Cow::Owned(number.to_string()),
            },
            Self::Real(number) => Cow::Owned(number.to_string()),
            Self::Decimal(text) | Self::Text(text) => text,
            Self::NotUtf8 | Self::Instant(_) | Self::Local(_) | Self::Date(_) | Self::Other => return None,
        })
    }

    /// `true` for nothing, and for text of blanks only.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Int))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::Real(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
