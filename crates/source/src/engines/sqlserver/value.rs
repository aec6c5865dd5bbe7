//! The values of SQL Server, as the client hands them over: no calendar is asked before a field is read.

use std::borrow::Cow;

use chrono::{Days, NaiveDate};
use tiberius::numeric::Numeric;
use tiberius::time::{Date, DateTime, DateTime2, SmallDateTime};
use tiberius::{ColumnData, ColumnType, Row};

use crate::engines::layout::{ColumnKind, FoundColumn, Moment, ResultRow};
use crate::value::Value;

/// Days from the first day of `datetime` and of `datetime2` to that of ours.
const SINCE_1900: i64 = 36_524;
const SINCE_YEAR_1: i64 = 730_119;
/// A day in tenths of a microsecond, the finest that there is.
const DAY: i64 = 864_000_000_000;
const MINUTE: i64 = 600_000_000;
const MILLISECOND: i64 = 10_000;

/// The way in which values of a type are read; `None` for a type that cannot be read.
fn kind(of: ColumnType) -> Option<ColumnKind> {
    Some(match of {
        ColumnType::Bit | ColumnType::Bitn => ColumnKind::Bool,
        ColumnType::Int1 | ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8 | ColumnType::Intn => {
            ColumnKind::Int8
        }
        ColumnType::Float4 | ColumnType::Float8 | ColumnType::Floatn => ColumnKind::Float8,
        ColumnType::Money | ColumnType::Money4 | ColumnType::Decimaln | ColumnType::Numericn => {
            ColumnKind::Numeric
        }
        ColumnType::Datetime | ColumnType::Datetime4 | ColumnType::Datetimen | ColumnType::Datetime2 => {
            ColumnKind::Local
        }
        ColumnType::DatetimeOffsetn => ColumnKind::Instant,
        ColumnType::Daten => ColumnKind::Date,
        ColumnType::Guid => ColumnKind::Uuid,
        ColumnType::BigVarChar
        | ColumnType::BigChar
        | ColumnType::NVarchar
        | ColumnType::NChar
        | ColumnType::Text
        | ColumnType::NText
        | ColumnType::Xml
        | ColumnType::Null => ColumnKind::Text,
        ColumnType::BigVarBin | ColumnType::BigBinary | ColumnType::Image => ColumnKind::Bytes,
        ColumnType::SSVariant => ColumnKind::Dynamic,
        ColumnType::Timen | ColumnType::Udt => return None,
    })
}

/// The first time that a column of this type can hold. One that may be empty does not say whether it is a `datetime` or a
/// `smalldatetime`.
pub(crate) fn first_moment(type_name: &str) -> &'static str {
    match type_name {
        "Datetime" => "1753-01-01 00:00:00",
        "Datetime4" | "Datetimen" => "1900-01-01 00:00:00",
        _ => "0001-01-01 00:00:00",
    }
}

/// The columns of a result.
pub(super) fn found(columns: &[tiberius::Column]) -> Vec<FoundColumn> {
    let found = |column: &tiberius::Column| FoundColumn {
        name: column.name().to_owned(),
        kind: kind(column.column_type()),
        type_name: format!("{:?}", column.column_type()),
    };
    columns.iter().map(found).collect()
}

impl ResultRow for Row {
    fn value(&self, index: usize, _: ColumnKind) -> Value<'_> {
        self.get_column_data(index).map_or(Value::Other, read)
    }

    fn bytes(&self, index: usize) -> Option<Vec<u8>> {
        match self.get_column_data(index).ok()? {
            ColumnData::Binary(bytes) => Some(bytes.as_deref().unwrap_or_default().to_vec()),
            ColumnData::String(None) => Some(Vec::new()),
            _ => None,
        }
    }

    fn size(&self) -> (usize, usize) {
        (self.len(), self.cells().map(|(_, data)| length(data)).sum())
    }

    fn found(&self) -> Vec<FoundColumn> {
        found(self.columns())
    }

    fn moment(&self, index: usize) -> Option<Moment> {
        moment(self.get_column_data(index).ok()?)
    }
}

/// The bytes of a value, a text in the server's own two for each character.
pub(super) fn length(data: &ColumnData<'_>) -> usize {
    match data {
        ColumnData::String(text) => text.as_deref().map_or(0, |text| text.encode_utf16().count() * 2),
        ColumnData::Binary(bytes) => bytes.as_deref().map_or(0, <[u8]>::len),
        ColumnData::Xml(text) => text.as_deref().map_or(0, |text| text.as_ref().len()),
        _ => 16,
    }
}

fn read<'r>(data: &'r ColumnData<'static>) -> Value<'r> {
    value(data).unwrap_or(Value::Null)
}

/// `None` for nothing.
fn value<'r>(data: &'r ColumnData<'static>) -> Option<Value<'r>> {
    Some(match data {
        ColumnData::U8(number) => Value::Int((*number)?.into()),
        ColumnData::I16(number) => Value::Int((*number)?.into()),
        ColumnData::I32(number) => Value::Int((*number)?.into()),
        ColumnData::I64(number) => Value::Int((*number)?),
        ColumnData::F32(number) => Value::Real((*number)?.into()),
        ColumnData::F64(number) => Value::Real((*number)?),
        ColumnData::Bit(truth) => Value::Bool((*truth)?),
        ColumnData::String(text) => written(text.as_deref()?),
        ColumnData::Guid(id) => Value::Text(Cow::Owned((*id)?.hyphenated().to_string().to_uppercase())),
        ColumnData::Binary(bytes) => Value::from_bytes(bytes.as_deref()?),
        ColumnData::Numeric(number) => Value::Decimal(Cow::Owned(decimal((*number)?))),
        ColumnData::Xml(text) => written(text.as_deref()?.as_ref()),
        ColumnData::Date(date) => Value::Date(i32::try_from(days((*date)?)).ok()?),
        ColumnData::DateTimeOffset(time) => {
            (*time)?;
            Value::Instant(moment(data)?.number.div_euclid(10))
        }
        ColumnData::DateTime(_) | ColumnData::SmallDateTime(_) | ColumnData::DateTime2(_) => {
            Value::Local(moment(data)?.number.div_euclid(10))
        }
        ColumnData::Time(time) => {
            (*time)?;
            Value::Other
        }
    })
}

/// A text, in which the client has put this mark for what could not be read.
fn written(text: &str) -> Value<'_> {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Value::NotUtf8;
    }
    Value::Text(Cow::Borrowed(text))
}

/// The digits of a decimal number.
fn decimal(number: Numeric) -> String {
    let digits = number.value().unsigned_abs().to_string();
    let sign = if number.value() < 0 { "-" } else { "" };
    let scale = usize::from(number.scale());
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The time that a value is, as its column takes it back: with as many digits as the type has, and the offset that it has.
fn moment(data: &ColumnData<'_>) -> Option<Moment> {
    let at = |number: i64, digits: usize| Moment { text: text(number, digits), number };
    Some(match data {
        ColumnData::DateTime(time) => at(of_datetime((*time)?), 3),
        ColumnData::SmallDateTime(time) => at(of_smalldatetime((*time)?), 0),
        ColumnData::DateTime2(time) => {
            let time = (*time)?;
            at(of_datetime2(time)?, time.time().scale().into())
        }
        ColumnData::DateTimeOffset(time) => {
            let time = (*time)?;
            let number = of_datetime2(time.datetime2())?;
            let offset = i64::from(time.offset());
            let local = text(number + offset * MINUTE, time.datetime2().time().scale().into());
            let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs());
            Moment { text: format!("{local} {sign}{:02}:{:02}", minutes / 60, minutes % 60), number }
        }
        ColumnData::Date(date) => {
            let number = days((*date)?) * DAY;
            Moment { text: text(number, 0).split(' ').next()?.to_owned(), number }
        }
        _ => return None,
    })
}

fn days(date: Date) -> i64 {
    i64::from(date.days()) - SINCE_YEAR_1
}

/// A `datetime` counts three-hundredths of a second, and is written in milliseconds.
fn of_datetime(time: DateTime) -> i64 {
    let millis = (i64::from(time.seconds_fragments()) * 10 + 1) / 3;
    (i64::from(time.days()) - SINCE_1900) * DAY + millis * MILLISECOND
}

/// A `smalldatetime` counts minutes.
fn of_smalldatetime(time: SmallDateTime) -> i64 {
    (i64::from(time.days()) - SINCE_1900) * DAY + i64::from(time.seconds_fragments()) * MINUTE
}

fn of_datetime2(time: DateTime2) -> Option<i64> {
    let unit = 10_i64.checked_pow(7_u32.checked_sub(time.time().scale().into())?)?;
    let of_day = i64::try_from(time.time().increments()).ok()?.checked_mul(unit)?;
    days(time.date()).checked_mul(DAY)?.checked_add(of_day)
}

/// A time as SQL Server writes it, with so many digits of a second.
fn text(number: i64, digits: usize) -> String {
    let day = number.div_euclid(DAY);
    let of_day = number.rem_euclid(DAY);
    let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
    let shift = Days::new(day.unsigned_abs());
    let date = if day < 0 { first.checked_sub_days(shift) } else { first.checked_add_days(shift) };
    let seconds = of_day / (DAY / 86_400);
    let fraction = format!("{:07}", of_day % (DAY / 86_400));
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let date = date.unwrap_or(first);
    match fraction.get(..digits.min(7)).filter(|fraction| !fraction.is_empty()) {
        Some(fraction) => format!("{date} {clock}.{fraction}"),
        None => format!("{date} {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use tiberius::ColumnData;
    use tiberius::numeric::Numeric;
    use tiberius::time::{Date, DateTime, DateTime2, DateTimeOffset, SmallDateTime, Time};

    use super::{Value, moment, read};

    #[test]
    fn times_are_written_as_their_columns_take_them_back() {
        let noon = Time::new(432_000_000_000 + 1_234_567, 7);
        let date = DateTime2::new(Date::new(739_617), noon);
        for (data, text, micros) in [
            (
                ColumnData::DateTime2(Some(date)),
                "2026-01-02 12:00:00.1234567",
                Value::Local(820_670_400_123_456),
            ),
            (
                ColumnData::DateTimeOffset(Some(DateTimeOffset::new(date, 420))),
                "2026-01-02 19:00:00.1234567 +07:00",
                Value::Instant(820_670_400_123_456),
            ),
            (
                ColumnData::DateTime(Some(DateTime::new(46_022, 12_960_001))),
                "2026-01-02 12:00:00.003",
                Value::Local(820_670_400_003_000),
            ),
            (
                ColumnData::SmallDateTime(Some(SmallDateTime::new(46_022, 720))),
                "2026-01-02 12:00:00",
                Value::Local(820_670_400_000_000),
            ),
            (ColumnData::Date(Some(Date::new(739_617))), "2026-01-02", Value::Date(9_498)),
            (ColumnData::Date(Some(Date::new(0))), "0001-01-01", Value::Date(-730_119)),
        ] {
            assert_eq!(moment(&data).unwrap().text, text);
            assert!(read(&data) == micros, "{text}");
        }
        assert!(read(&ColumnData::DateTime2(None)) == Value::Null);
    }

    #[test]
    fn numbers_texts_and_keys_are_read_exactly() {
        let decimal = |value, scale| {
            let data = ColumnData::Numeric(Some(Numeric::new_with_scale(value, scale)));
            read(&data).written().unwrap().into_owned()
        };
        assert!(decimal(1_500_000, 2) == "15000.00");
        assert!(decimal(-5, 3) == "-0.005");
        assert!(decimal(7, 0) == "7");
        let id = "a0b1c2d3-0000-0000-0000-00000000000f".parse().unwrap();
        assert!(
            read(&ColumnData::Guid(Some(id))) == Value::Text("A0B1C2D3-0000-0000-0000-00000000000F".into())
        );
        assert!(read(&ColumnData::String(Some("\u{fffd}".into()))) == Value::NotUtf8);
        assert!(read(&ColumnData::Binary(Some((&b"\xff"[..]).into()))) == Value::NotUtf8);
        assert!(read(&ColumnData::U8(Some(255))) == Value::Int(255));
    }
}
