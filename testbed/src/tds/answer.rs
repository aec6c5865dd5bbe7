//! The answers of the server, token by token.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike as _};

/// A type of SQL Server that a column is given in, in the place of that of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TdsType {
    /// `datetime2` with so many digits of a second.
    DateTime2(u8),
    /// `datetimeoffset` with so many digits of a second, seven hours ahead of UTC.
    DateTimeOffset(u8),
    /// `datetime`.
    DateTime,
    /// `smalldatetime`.
    SmallDateTime,
    /// `date`.
    Date,
    /// `uniqueidentifier`.
    Guid,
    /// `decimal` with so many digits behind the point.
    Decimal(u8),
    /// `money`.
    Money,
    /// `bit`.
    Bit,
    /// `varchar` of the code page 1258, for texts that are ASCII.
    Varchar,
    /// `bigint`.
    Bigint,
    /// `float`.
    Float,
    /// `nvarchar(4000)`.
    Nvarchar,
    /// `nvarchar(max)`.
    NvarcharMax,
    /// `varbinary(max)`.
    VarbinaryMax,
}

/// A value as the office has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Vietnamese_CI_AS.
const COLLATION: [u8; 5] = [0x2a, 0x04, 0xd0, 0x00, 0x00];
const ERROR_BIT: u16 = 2;
const MORE: u16 = 1;
const COUNTED: u16 = 0x10;
const ATTENDED: u16 = 0x20;

/// A message of tokens.
#[derive(Debug, Default)]
pub(super) struct Answer(pub(super) Vec<u8>);

impl Answer {
    fn short(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    /// A text with its length in one byte.
    fn name(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().take(255).collect();
        self.0.push(u8::try_from(units.len()).unwrap_or(u8::MAX));
        units.into_iter().for_each(|unit| self.short(unit));
    }

    /// The server takes the log-in.
    pub(super) fn welcome(mut self) -> Self {
        let mut body = Self::default();
        body.0.extend([1, 0x74, 0, 0, 4]);
        body.name("Microsoft SQL Server");
        body.0.extend([16, 0, 0x10, 0]);
        self.0.push(0xad);
        self.short(u16::try_from(body.0.len()).unwrap_or(u16::MAX));
        self.0.append(&mut body.0);
        self.done()
    }

    pub(super) fn error(mut self, number: u32, class: u8, message: &str) -> Self {
        let mut body = Self::default();
        body.0.extend(number.to_le_bytes());
        body.0.extend([1, class]);
        let units: Vec<u16> = message.encode_utf16().collect();
        body.short(u16::try_from(units.len()).unwrap_or(u16::MAX));
        units.into_iter().for_each(|unit| body.short(unit));
        body.name("thay-the");
        body.name("");
        body.0.extend(1_u32.to_le_bytes());
        self.0.push(0xaa);
        self.short(u16::try_from(body.0.len()).unwrap_or(u16::MAX));
        self.0.append(&mut body.0);
        self.end(0xfd, ERROR_BIT, 0);
        self
    }

    /// A transaction begins (8), or is rolled back (10).
    pub(super) fn transaction(mut self, change: u8) -> Self {
        let descriptor = [1, 0, 0, 0, 0, 0, 0, 1];
        self.0.extend([0xe3, 11, 0, change]);
        if change == 8 {
            self.0.push(8);
            self.0.extend(descriptor);
            self.0.push(0);
        } else {
            self.0.extend([0, 8]);
            self.0.extend(descriptor);
        }
        self
    }

    pub(super) fn done(mut self) -> Self {
        self.end(0xfd, 0, 0);
        self
    }

    /// The client's wish that a statement be stopped is heard.
    pub(super) fn attended(mut self) -> Self {
        self.end(0xfd, ATTENDED, 0);
        self
    }

    /// The end of a call.
    pub(super) fn returned(mut self, rows: usize) -> Self {
        self.end(0xff, MORE | COUNTED, u64::try_from(rows).unwrap_or_default());
        self.0.extend([0x79, 0, 0, 0, 0]);
        self.end(0xfe, 0, 0);
        self
    }

    fn end(&mut self, token: u8, status: u16, rows: u64) {
        self.0.push(token);
        self.short(status);
        self.short(0xc1);
        self.0.extend(rows.to_le_bytes());
    }

    /// The columns of a result.
    pub(super) fn columns(mut self, columns: &[(String, TdsType)]) -> Self {
        self.0.push(0x81);
        self.short(u16::try_from(columns.len()).unwrap_or_default());
        for (name, kind) in columns {
            self.0.extend([0; 4]);
            self.short(9);
            match *kind {
                TdsType::Bigint => self.0.extend([0x26, 8]),
                TdsType::Float => self.0.extend([0x6d, 8]),
                TdsType::Bit => self.0.extend([0x68, 1]),
                TdsType::Guid => self.0.extend([0x24, 16]),
                TdsType::Money => self.0.extend([0x6e, 8]),
                TdsType::Decimal(scale) => self.0.extend([0x6a, 17, 38, scale]),
                TdsType::Date => self.0.push(0x28),
                TdsType::DateTime => self.0.extend([0x6f, 8]),
                TdsType::SmallDateTime => self.0.extend([0x6f, 4]),
                TdsType::DateTime2(scale) => self.0.extend([0x2a, scale]),
                TdsType::DateTimeOffset(scale) => self.0.extend([0x2b, scale]),
                TdsType::VarbinaryMax => self.0.extend([0xa5, 0xff, 0xff]),
                TdsType::Varchar | TdsType::Nvarchar | TdsType::NvarcharMax => {
                    let most = if *kind == TdsType::NvarcharMax { 0xffff } else { 8_000 };
                    self.0.push(if *kind == TdsType::Varchar { 0xa7 } else { 0xe7 });
                    self.short(most);
                    self.0.extend(COLLATION);
                }
            }
            self.name(name);
        }
        self
    }

    /// A row of these columns.
    pub(super) fn row(&mut self, columns: &[(String, TdsType)], cells: &[Cell]) {
        self.0.push(0xd1);
        for ((_, kind), cell) in columns.iter().zip(cells) {
            self.value(*kind, cell);
        }
    }

    fn value(&mut self, kind: TdsType, cell: &Cell) {
        match kind {
            TdsType::VarbinaryMax => self.long(match cell {
                Cell::Bytes(bytes) => Some(bytes.clone()),
                Cell::Text(text) => Some(text.clone().into_bytes()),
                _ => None,
            }),
            TdsType::NvarcharMax => self.long(text(cell).map(|text| units(&text))),
            TdsType::Nvarchar | TdsType::Varchar => match text(cell) {
                None => self.short(0xffff),
                Some(text) => {
                    let bytes = if kind == TdsType::Nvarchar { units(&text) } else { text.into_bytes() };
                    self.short(u16::try_from(bytes.len()).unwrap_or_default());
                    self.0.extend(bytes);
                }
            },
            _ => {
                let bytes = short_value(kind, cell).unwrap_or_default();
                self.0.push(u8::try_from(bytes.len()).unwrap_or_default());
                self.0.extend(bytes);
            }
        }
    }

    fn long(&mut self, bytes: Option<Vec<u8>>) {
        let Some(bytes) = bytes else { return self.0.extend(u64::MAX.to_le_bytes()) };
        self.0.extend(u64::try_from(bytes.len()).unwrap_or_default().to_le_bytes());
        if !bytes.is_empty() {
            self.0.extend(u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes());
            self.0.extend(bytes);
        }
        self.0.extend([0; 4]);
    }
}

fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn text(cell: &Cell) -> Option<String> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// A value whose length stands in one byte; `None` for nothing, and for what is none of the kind.
fn short_value(kind: TdsType, cell: &Cell) -> Option<Vec<u8>> {
    let written = text(cell)?;
    Some(match kind {
        TdsType::Bigint => written.parse::<i64>().ok()?.to_le_bytes().to_vec(),
        TdsType::Float => written.parse::<f64>().ok()?.to_le_bytes().to_vec(),
        TdsType::Bit => vec![u8::from(written != "0")],
        TdsType::Guid => guid(&written)?,
        TdsType::Decimal(scale) => decimal(&written, scale)?,
        TdsType::Money => {
            let tenths = scaled(&written, 4)?;
            let (high, low) = (i32::try_from(tenths >> 32).ok()?, u32::try_from(tenths & 0xffff_ffff).ok()?);
            [high.to_le_bytes(), low.to_le_bytes()].concat()
        }
        _ => time(kind, moment(&written)?)?,
    })
}

fn guid(written: &str) -> Option<Vec<u8>> {
    let digits: String = written.chars().filter(|c| *c != '-').collect();
    let mut bytes = u128::from_str_radix(&digits, 16).ok()?.to_be_bytes();
    for (one, other) in [(0, 3), (1, 2), (4, 5), (6, 7)] {
        bytes.swap(one, other);
    }
    Some(bytes.to_vec())
}

/// The number times ten to the power of `scale`.
fn scaled(written: &str, scale: u8) -> Option<i64> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let fraction = format!("{fraction:0<width$}", width = usize::from(scale));
    format!("{whole}{}", fraction.get(..usize::from(scale))?).parse().ok()
}

fn decimal(written: &str, scale: u8) -> Option<Vec<u8>> {
    let number = scaled(written, scale)?;
    let mut bytes = vec![u8::from(number >= 0)];
    bytes.extend(u128::from(number.unsigned_abs()).to_le_bytes());
    Some(bytes)
}

/// A time that the office has written.
fn moment(written: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(written, "%Y-%m-%d %H:%M:%S%.f").ok()
}

fn time(kind: TdsType, at: NaiveDateTime) -> Option<Vec<u8>> {
    let since =
        |year: i32, at: NaiveDateTime| Some((at.date() - NaiveDate::from_ymd_opt(year, 1, 1)?).num_days());
    let date = |at: NaiveDateTime| Some(since(1, at)?.to_le_bytes().get(..3)?.to_vec());
    let clock = |at: NaiveDateTime, scale: u8| {
        let of_day =
            i64::from(at.num_seconds_from_midnight()) * 10_000_000 + i64::from(at.nanosecond() / 100);
        let unit = 10_i64.checked_pow(7_u32.checked_sub(scale.into())?)?;
        let length = if scale < 3 {
            3
        } else if scale < 5 {
            4
        } else {
            5
        };
        Some((of_day / unit).to_le_bytes().get(..length)?.to_vec())
    };
    Some(match kind {
        TdsType::Date => date(at)?,
        TdsType::DateTime => {
            let ticks = i64::from(at.num_seconds_from_midnight()) * 300
                + (i64::from(at.nanosecond()) * 3 + 5_000_000) / 10_000_000;
            let days = i32::try_from(since(1900, at)?).ok()?;
            [days.to_le_bytes(), u32::try_from(ticks).ok()?.to_le_bytes()].concat()
        }
        TdsType::SmallDateTime => {
            let minutes = u16::try_from(at.num_seconds_from_midnight() / 60).ok()?;
            [u16::try_from(since(1900, at)?).ok()?.to_le_bytes(), minutes.to_le_bytes()].concat()
        }
        TdsType::DateTime2(scale) => [clock(at, scale)?, date(at)?].concat(),
        TdsType::DateTimeOffset(scale) => {
            let utc = at.checked_sub_signed(TimeDelta::hours(7))?;
            [clock(utc, scale)?, date(utc)?, 420_i16.to_le_bytes().to_vec()].concat()
        }
        _ => return None,
    })
}
