//! The local key of a row, as the database and as logs have it.

use crate::engines::{Mark, uuid};
use crate::mapping::KeyType;
use crate::value::Value;

/// The key as a parameter that finds the same row again; `None` when `value` is no key of this `kind`.
pub(crate) fn mark(kind: KeyType, value: &Value<'_>) -> Option<Mark> {
    match (kind, value) {
        (KeyType::Integer, Value::Int(number)) => Some(Mark::Int(*number)),
        (KeyType::Integer, Value::Text(text) | Value::Decimal(text)) => {
            text.trim().parse().ok().map(Mark::Int)
        }
        (KeyType::Text, Value::Text(text) | Value::Decimal(text)) => {
            Some(Mark::Text(text.clone().into_owned()))
        }
        (KeyType::Text, Value::Int(number)) => Some(Mark::Text(number.to_string())),
        (KeyType::Uuid, Value::Text(text)) => uuid(text).map(|_| Mark::Uuid(text.clone().into_owned())),
        _ => None,
    }
}

/// The place of a row as text.
pub(crate) fn written(mark: &Mark) -> String {
    match mark {
        Mark::Text(text) | Mark::Uuid(text) => text.clone(),
        Mark::Int(number) => number.to_string(),
        Mark::Real(number) => number.to_string(),
    }
}
