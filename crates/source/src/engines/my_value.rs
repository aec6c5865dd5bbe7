//! The binary values of MySQL and MariaDB, read by hand: the driver takes dates of noughts for nothing at all, and refuses what
//! only looks like a date.

use std::borrow::Cow;

use chrono::NaiveDate;
use sqlx::mysql::{MySqlTypeInfo, MySqlValueRef};
use sqlx::{Decode, MySql, Type, TypeInfo as _};

use super::layout::ColumnKind;
use crate::value::Value;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The way in which values of a type are read; `None` for a type that cannot be read.
pub(super) fn kind(info: &MySqlTypeInfo) -> Option<ColumnKind> {
    let is_text = <str as Type<MySql>>::compatible(info);
    Some(match info.name() {
        // tinyint(1) is a number as any other: it may hold more than two.
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" => ColumnKind::Int8,
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" => ColumnKind::Unsigned,
        "BIT" => ColumnKind::Bit,
        "FLOAT" => ColumnKind::Float4,
        "DOUBLE" => ColumnKind::Float8,
        "DECIMAL" => ColumnKind::Numeric,
        "DATETIME" | "TIMESTAMP" => ColumnKind::Local,
        "DATE" => ColumnKind::Date,
        "JSON" | "SET" | "ENUM" | "NULL" => ColumnKind::Text,
        _ if is_text => ColumnKind::Text,
        "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" | "BINARY" | "VARBINARY" => ColumnKind::Bytes,
        _ => return None,
    })
}

/// The bytes of a value as they came; `None` for nothing.
pub(super) fn raw(value: MySqlValueRef<'_>) -> Option<&[u8]> {
    <&[u8] as Decode<'_, MySql>>::decode(value).ok()
}

/// Reads one value; bytes that are not what the kind promises give [`Value::Other`].
pub(super) fn read(bytes: &[u8], kind: ColumnKind) -> Value<'_> {
    binary(bytes, kind).unwrap_or(Value::Other)
}

fn binary(bytes: &[u8], kind: ColumnKind) -> Option<Value<'_>> {
    Some(match kind {
        ColumnKind::Text | ColumnKind::Bytes => Value::from_bytes(bytes),
        ColumnKind::Int8 => Value::Int(signed(bytes)?),
        ColumnKind::Unsigned => whole(unsigned(bytes.iter().rev())?),
        ColumnKind::Bit => whole(unsigned(bytes.iter())?),
        ColumnKind::Float4 => Value::Real(f32::from_le_bytes(bytes.try_into().ok()?).into()),
        ColumnKind::Float8 => Value::Real(f64::from_le_bytes(bytes.try_into().ok()?)),
        ColumnKind::Numeric => Value::Decimal(Cow::Borrowed(std::str::from_utf8(bytes).ok()?)),
        ColumnKind::Local => moment(bytes)?,
        ColumnKind::Date => date(bytes)?,
        _ => return None,
    })
}

fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match *bytes {
        [byte] => i64::from(i8::from_le_bytes([byte])),
        [low, high] => i64::from(i16::from_le_bytes([low, high])),
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => i64::from_le_bytes(bytes.try_into().ok()?),
    })
}

/// The number that the bytes make, the first of which weighs most.
fn unsigned<'b>(bytes: impl ExactSizeIterator<Item = &'b u8>) -> Option<u64> {
    (bytes.len() <= 8).then(|| bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn whole(number: u64) -> Value<'static> {
    match i64::try_from(number) {
        Ok(number) => Value::Int(number),
        Err(_) => Value::Decimal(Cow::Owned(number.to_string())),
    }
}

/// The parts of a date with a time; what is nought at the end is left out on the wire.
#[derive(Debug, Default, Clone, Copy)]
struct Parts {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    micros: u32,
}

impl Parts {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first()?;
        if usize::from(*length) != rest.len() {
            return None;
        }
        let mut parts = Self::default();
        let Some((date, rest)) = rest.split_first_chunk::<4>() else { return Some(parts) };
        let [low, high, month, day] = *date;
        (parts.year, parts.month, parts.day) = (u16::from_le_bytes([low, high]), month, day);
        let Some((time, rest)) = rest.split_first_chunk::<3>() else { return Some(parts) };
        [parts.hour, parts.minute, parts.second] = *time;
        if let Some(micros) = rest.first_chunk::<4>() {
            parts.micros = u32::from_le_bytes(*micros);
        }
        Some(parts)
    }

    /// Days since 2000-01-01; `None` for a date that no calendar has, as one of noughts.
    fn days(self) -> Option<i64> {
        let date = NaiveDate::from_ymd_opt(self.year.into(), self.month.into(), self.day.into())?;
        Some((date - NaiveDate::from_ymd_opt(2000, 1, 1)?).num_days())
    }

    fn micros_of_day(self) -> i64 {
        let seconds = i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60 + i64::from(self.second);
        seconds * 1_000_000 + i64::from(self.micros)
    }
}

fn moment(bytes: &[u8]) -> Option<Value<'_>> {
    let parts = Parts::read(bytes)?;
    Some(match parts.days() {
        Some(days) => Value::Local(days * DAY + parts.micros_of_day()),
        None => {
            let Parts { year, month, day, hour, minute, second, .. } = parts;
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            Value::Text(Cow::Owned(text))
        }
    })
}

fn date(bytes: &[u8]) -> Option<Value<'_>> {
    let parts = Parts::read(bytes)?;
    Some(match parts.days().and_then(|days| i32::try_from(days).ok()) {
        Some(days) => Value::Date(days),
        None => {
            let Parts { year, month, day, .. } = parts;
            Value::Text(Cow::Owned(format!("{year:04}-{month:02}-{day:02}")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{ColumnKind, Value, read};

    #[test]
    fn a_date_of_noughts_is_what_the_database_writes_and_not_nothing() {
        assert!(read(&[0], ColumnKind::Local) == Value::Text("0000-00-00 00:00:00".into()));
        assert!(read(&[0], ColumnKind::Date) == Value::Text("0000-00-00".into()));
        assert!(read(&[4, 0xea, 0x07, 2, 0], ColumnKind::Date) == Value::Text("2026-02-00".into()));
        assert!(read(&[4, 0xd0, 0x07, 1, 2], ColumnKind::Date) == Value::Date(1));
        let noon = [11, 0xd0, 0x07, 1, 2, 12, 0, 0, 5, 0, 0, 0];
        assert!(read(&noon, ColumnKind::Local) == Value::Local((86_400 + 43_200) * 1_000_000 + 5));
        assert!(read(&[9, 1], ColumnKind::Local) == Value::Other);
    }

    #[test]
    fn numbers_are_read_by_their_width_and_sign() {
        assert!(read(&[0xff], ColumnKind::Int8) == Value::Int(-1));
        assert!(read(&[0xff], ColumnKind::Unsigned) == Value::Int(255));
        assert!(read(&[0xff; 8], ColumnKind::Unsigned) == Value::Decimal("18446744073709551615".into()));
        assert!(read(&[0x01, 0x00], ColumnKind::Bit) == Value::Int(256));
        assert!(read(&[0; 9], ColumnKind::Bit) == Value::Other);
        assert!(read(&[0xfe, 0xff], ColumnKind::Int8) == Value::Int(-2));
    }
}
