//! PostgreSQL's binary values, read by hand: its numbers go beyond what the driver's types hold without panicking,
//! and text may be no UTF-8 where the database's encoding is SQL_ASCII.

use std::borrow::Cow;

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgTypeKind, PgValueFormat, PgValueRef};
use sqlx::{Postgres, Type, TypeInfo as _, ValueRef as _};

use super::layout::ColumnKind;
use super::session::uuid as number;
use crate::value::Value;

/// The way in which values of a type are read; `None` for a type that cannot be read.
pub(crate) fn kind(info: &PgTypeInfo) -> Option<ColumnKind> {
    Some(match info.name() {
        "TEXT" | "VARCHAR" | "NAME" | "JSON" | "UNKNOWN" | "citext" => ColumnKind::Text,
        "CHAR" => ColumnKind::Padded,
        "BOOL" => ColumnKind::Bool,
        "INT2" => ColumnKind::Int2,
        "INT4" => ColumnKind::Int4,
        "INT8" => ColumnKind::Int8,
        "FLOAT4" => ColumnKind::Float4,
        "FLOAT8" => ColumnKind::Float8,
        "NUMERIC" => ColumnKind::Numeric,
        "TIMESTAMPTZ" => ColumnKind::Instant,
        "TIMESTAMP" => ColumnKind::Local,
        "DATE" => ColumnKind::Date,
        "UUID" => ColumnKind::Uuid,
        "JSONB" => ColumnKind::Jsonb,
        _ if matches!(info.kind(), PgTypeKind::Enum(_)) => ColumnKind::Text,
        _ => return None,
    })
}

/// Reads one value; bytes that are not what the kind promises give [`Value::Other`].
pub(crate) fn read<'r>(value: &PgValueRef<'r>, kind: ColumnKind) -> Value<'r> {
    if value.is_null() {
        return Value::Null;
    }
    let Ok(bytes) = value.as_bytes() else { return Value::Other };
    if value.format() == PgValueFormat::Text {
        return Value::from_bytes(bytes);
    }
    binary(bytes, kind).unwrap_or(Value::Other)
}

fn binary(bytes: &[u8], kind: ColumnKind) -> Option<Value<'_>> {
    Some(match kind {
        ColumnKind::Text | ColumnKind::Bytes | ColumnKind::Dynamic => Value::from_bytes(bytes),
        ColumnKind::Padded => Value::from_bytes(bytes.trim_ascii_end()),
        ColumnKind::Bool => Value::Bool(*bytes.first()? != 0),
        ColumnKind::Int2 => Value::Int(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        ColumnKind::Int4 => Value::Int(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        ColumnKind::Int8 => Value::Int(i64::from_be_bytes(bytes.try_into().ok()?)),
        ColumnKind::Float4 => Value::Real(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        ColumnKind::Float8 => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
        ColumnKind::Numeric => Value::Decimal(Cow::Owned(numeric(bytes)?)),
        ColumnKind::Instant => Value::Instant(i64::from_be_bytes(bytes.try_into().ok()?)),
        ColumnKind::Local => Value::Local(i64::from_be_bytes(bytes.try_into().ok()?)),
        ColumnKind::Date => Value::Date(i32::from_be_bytes(bytes.try_into().ok()?)),
        ColumnKind::Uuid => Value::Text(Cow::Owned(uuid(bytes)?)),
        // The first byte is the version of the form; there is only one.
        ColumnKind::Jsonb => Value::from_bytes(bytes.strip_prefix(&[1])?),
        ColumnKind::Unsigned | ColumnKind::Bit => return None,
    })
}

/// A header of four 16-bit numbers (count of digits, weight of the first, sign, digits after the point), then the
/// digits, each worth four decimal ones.
fn numeric(bytes: &[u8]) -> Option<String> {
    let (head, digits) = bytes.split_at_checked(8)?;
    let (words, _) = head.as_chunks::<2>();
    let [_, weight, sign, scale] = words else { return None };
    let weight = i16::from_be_bytes(*weight);
    let scale = usize::from(u16::from_be_bytes(*scale));
    let mut text = String::new();
    match u16::from_be_bytes(*sign) {
        0x0000 => {}
        0x4000 => text.push('-'),
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    }
    let (groups, _) = digits.as_chunks::<2>();
    let group = |place: i16| {
        let index = usize::try_from(i32::from(weight) - i32::from(place)).ok();
        index.and_then(|index| groups.get(index)).map_or(0, |group| u16::from_be_bytes(*group))
    };
    let mut whole = String::new();
    for place in (0..=weight).rev() {
        whole.push_str(&format!("{:04}", group(place)));
    }
    let whole = whole.trim_start_matches('0');
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if scale > 0 {
        let mut fraction = String::new();
        let mut place = -1_i16;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(place)));
            place = place.checked_sub(1)?;
        }
        fraction.truncate(scale);
        text.push('.');
        text.push_str(&fraction);
    }
    Some(text)
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let number = u128::from_be_bytes(bytes.try_into().ok()?);
    let mut hex = format!("{number:032x}");
    for at in [20, 16, 12, 8] {
        hex.insert(at, '-');
    }
    Some(hex)
}

/// A `uuid` as a parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PgUuid(u128);

impl PgUuid {
    /// The one that `text` names, or the least one.
    pub(crate) fn read(text: &str) -> Self {
        Self(number(text).unwrap_or_default())
    }
}

impl Type<Postgres> for PgUuid {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(2_950))
    }
}

impl PgHasArrayType for PgUuid {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(2_951))
    }
}

impl Encode<'_, Postgres> for PgUuid {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0.to_be_bytes());
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::{numeric, uuid};

    fn encoded(words: &[i16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn numerics_are_written_out_exactly() {
        for (words, text) in [
            (&[0, 0, 0, 0][..], "0"),
            (&[1, 1, 0, 0, 5], "50000"),
            (&[2, 0, 0x4000, 2, 1, 2500], "-1.25"),
            (&[1, -1, 0, 4, 12], "0.0012"),
            (&[2, 1, 0, 2, 1, 5000], "15000.00"),
        ] {
            assert_eq!(numeric(&encoded(words)).as_deref(), Some(text));
        }
        assert_eq!(numeric(&[0; 3]), None);
    }

    #[test]
    fn a_uuid_has_its_dashes() {
        assert_eq!(uuid(&[0xab; 16]).as_deref(), Some("abababab-abab-abab-abab-abababababab"));
    }
}
