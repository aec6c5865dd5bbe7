//! The forms in which a column without a type of its own writes times, learnt from its values, so that `:since` is written as they
//! are.

use chrono::{DateTime, FixedOffset, Utc};

use dongbo_model::clock::earlier;

use crate::engines::Mark;
use crate::mapping::{Dates, NoDate};
use crate::value::Value;

/// The most forms of one column that are kept.
const MOST_FORMS: usize = 24;
/// The moments that a number of seconds since 1970 may name: from 2000 to 2100.
const SECONDS: std::ops::Range<i64> = 946_684_800..4_102_444_800;
/// Units of a second in which numbers count since 1970. For the moments above their numbers do not overlap, neither with each
/// other nor with a date's digits.
const UNITS: [i64; 4] = [1, 1_000, 1_000_000, 1_000_000_000];

/// The kind of value that a number is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Real,
}

/// One form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// ISO 8601, or nearly.
    Iso {
        /// The character between date and time; `None` for a date alone.
        separator: Option<char>,
        seconds: bool,
        zone: Zone,
    },
    /// `yyyyMMdd`, with `HHmm` and `ss` or without.
    Digits { length: usize, kind: Kind },
    /// Time since 1970 in units of a second.
    Epoch { unit: i64, kind: Kind },
    /// One of the mapping's own.
    Own(String),
}

/// The end of a time in ISO 8601.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Zone {
    /// By the mapping's zone.
    Unsaid,
    /// UTC as a letter.
    Letter(char),
    /// An offset, as it is written.
    Offset(String, FixedOffset),
}

impl Form {
    /// The form of `value`, which names `moment`; `None` for a value of a type of its own.
    pub(crate) fn of(value: &Value<'_>, moment: DateTime<Utc>, dates: &Dates, own: &str) -> Option<Self> {
        match value {
            Value::Text(text) | Value::Decimal(text) => {
                let is_own = |form: &&str| {
                    let local = moment.with_timezone(&dates.zone);
                    local.format(form).to_string() == **text
                };
                let owns = dates.formats.iter().map(String::as_str).chain([own]);
                Self::of_text(text.trim(), moment)
                    .or_else(|| owns.into_iter().find(is_own).map(|form| Self::Own(form.to_owned())))
            }
            Value::Int(number) => Self::of_number(*number, Kind::Int, moment),
            Value::Real(_) => Some(Self::Epoch { unit: 1, kind: Kind::Real }),
            _ => None,
        }
    }

    fn of_text(text: &str, moment: DateTime<Utc>) -> Option<Self> {
        if let Some(number) = whole_part(text) {
            return Self::of_number(number, Kind::Text, moment);
        }
        let (date, rest) = text.split_at_checked(10)?;
        let is_iso = date.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !is_iso {
            return None;
        }
        let Some(separator) = rest.chars().next() else {
            return Some(Self::Iso { separator: None, seconds: false, zone: Zone::Unsaid });
        };
        let time = rest.get(separator.len_utf8()..)?;
        let end = time.find(|c: char| !matches!(c, '0'..='9' | ':' | '.' | ',')).unwrap_or(time.len());
        let (clock, zone) = time.split_at_checked(end)?;
        let seconds = clock.matches(':').count() > 1;
        let zone = match zone.trim_start() {
            "" => Zone::Unsaid,
            "Z" | "z" => Zone::Letter(zone.trim_start().chars().next()?),
            written => Zone::Offset(zone.to_owned(), offset(written)?),
        };
        Some(Self::Iso { separator: Some(separator), seconds, zone })
    }

    fn of_number(number: i64, kind: Kind, moment: DateTime<Utc>) -> Option<Self> {
        let unit = UNITS.into_iter().find(|unit| number.div_euclid(*unit) == moment.timestamp());
        if let Some(unit) = unit {
            return Some(Self::Epoch { unit, kind });
        }
        Some(Self::Digits { length: number.to_string().len(), kind })
    }

    /// `moment` in this form, cut so that no later moment comes before it.
    pub(crate) fn write(&self, moment: DateTime<Utc>, dates: &Dates) -> Mark {
        let local = moment.with_timezone(&dates.zone);
        match self {
            Self::Iso { separator: None, .. } => Mark::Text(local.format("%Y-%m-%d").to_string()),
            Self::Iso { separator: Some(separator), seconds, zone } => {
                let clock = if *seconds { "%H:%M:%S" } else { "%H:%M" };
                let form = format!("%Y-%m-%d{separator}{clock}");
                Mark::Text(match zone {
                    Zone::Unsaid => local.format(&form).to_string(),
                    Zone::Letter(letter) => format!("{}{letter}", moment.format(&form)),
                    Zone::Offset(written, offset) => {
                        format!("{}{written}", moment.with_timezone(offset).format(&form))
                    }
                })
            }
            Self::Digits { length, kind } => {
                let form = match length {
                    8 => "%Y%m%d",
                    12 => "%Y%m%d%H%M",
                    _ => "%Y%m%d%H%M%S",
                };
                let digits = local.format(form).to_string();
                match kind {
                    Kind::Text => Mark::Text(digits),
                    Kind::Int | Kind::Real => digits.parse().map_or(Mark::Text(digits), Mark::Int),
                }
            }
            Self::Epoch { unit, kind } => {
                let number = moment.timestamp().saturating_mul(*unit);
                match kind {
                    Kind::Text => Mark::Text(number.to_string()),
                    Kind::Int | Kind::Real => Mark::Int(number),
                }
            }
            Self::Own(form) => Mark::Text(local.format(form).to_string()),
        }
    }

    /// The form as people write it down.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Iso { separator: None, .. } => "YYYY-MM-DD".to_owned(),
            Self::Iso { separator: Some(separator), seconds, zone } => {
                let clock = if *seconds { "HH:MM:SS" } else { "HH:MM" };
                let zone = match zone {
                    Zone::Unsaid => String::new(),
                    Zone::Letter(letter) => letter.to_string(),
                    Zone::Offset(written, _) => written.clone(),
                };
                format!("YYYY-MM-DD{separator}{clock}{zone}")
            }
            Self::Digits { length, kind: Kind::Text } => format!("text of {length} digits"),
            Self::Digits { length, .. } => format!("number of {length} digits"),
            Self::Epoch { unit, .. } => match unit {
                1 => "seconds since 1970".to_owned(),
                unit => format!("1/{unit} s since 1970"),
            },
            Self::Own(form) => form.clone(),
        }
    }
}

/// The offset that is written as `+07`, `+0700` or `+07:00`.
fn offset(written: &str) -> Option<FixedOffset> {
    let (sign, digits) = match written.split_at_checked(1)? {
        ("+", digits) => (1, digits.replace(':', "")),
        ("-", digits) => (-1, digits.replace(':', "")),
        _ => return None,
    };
    let number = |part: &str| part.parse::<i32>().ok();
    let hours = number(digits.get(..2)?)?;
    let minutes = digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), number)?;
    FixedOffset::east_opt(sign * (hours * 3_600 + minutes * 60))
}

/// The moment of a change: as every date is read, and numbers that count since 1970 as well.
pub(crate) fn read(value: &Value<'_>, dates: &Dates) -> Result<Option<DateTime<Utc>>, NoDate> {
    let read = dates.read(value);
    if read.is_ok() {
        return read;
    }
    let moment = match value {
        Value::Int(number) => since_1970(*number),
        Value::Text(text) | Value::Decimal(text) => whole_part(text.trim()).and_then(since_1970),
        Value::Real(seconds) if SECONDS.contains(&whole(*seconds)?) => {
            DateTime::from_timestamp(whole(*seconds)?, 0)
        }
        _ => None,
    };
    moment.map(Some).ok_or(NoDate)
}

fn since_1970(number: i64) -> Option<DateTime<Utc>> {
    let unit = UNITS.into_iter().find(|unit| SECONDS.contains(&number.div_euclid(*unit)))?;
    let nanos = number.rem_euclid(unit).saturating_mul(1_000_000_000 / unit);
    DateTime::from_timestamp(number.div_euclid(unit), u32::try_from(nanos).ok()?)
}

/// The number that a text of digits is, without the fraction that may follow.
fn whole_part(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().all(|byte| byte.is_ascii_digit()) { whole.parse().ok() } else { None }
}

/// The whole seconds of a number, none of which a plain conversion could get wrong.
fn whole(seconds: f64) -> Result<i64, NoDate> {
    format!("{:.0}", seconds.floor()).parse().map_err(|_| NoDate)
}

/// The forms that one column was seen to have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forms(Vec<Form>);

impl Forms {
    pub(crate) fn add(&mut self, form: &Form) {
        if self.0.len() < MOST_FORMS && !self.0.contains(form) {
            self.0.push(form.clone());
        }
    }

    /// Adds a form that another query showed, when it is of a sort that is known already.
    pub(crate) fn add_alike(&mut self, form: &Form) {
        let sort = std::mem::discriminant(form);
        if self.0.iter().any(|known| std::mem::discriminant(known) == sort) {
            self.add(form);
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The forms by name when there are several, so that values do not sort as the times that they name.
    pub(crate) fn mixed(&self) -> Vec<String> {
        if self.0.len() < 2 { Vec::new() } else { self.0.iter().map(Form::name).collect() }
    }

    /// The value from which on every form names `start` and all later moments; `None` while no form is known.
    pub(crate) fn beginning(&self, start: DateTime<Utc>, dates: &Dates) -> Option<Mark> {
        // A fraction of the second is not written, and sorts before some ends of a time.
        let start = earlier(start, std::time::Duration::from_secs(1));
        let written = self.0.iter().map(|form| form.write(start, dates));
        written.min_by(|one, other| match (one, other) {
            (Mark::Text(one), Mark::Text(other)) => one.cmp(other),
            // Numbers come before all text.
            (Mark::Text(_), _) => std::cmp::Ordering::Greater,
            (_, Mark::Text(_)) => std::cmp::Ordering::Less,
            (Mark::Int(one), Mark::Int(other)) => one.cmp(other),
            _ => std::cmp::Ordering::Equal,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use chrono_tz::Asia::Ho_Chi_Minh;

    use super::{Form, Forms, read};
    use crate::engines::Mark;
    use crate::mapping::Dates;
    use crate::value::Value;

    const OWN: &str = "%d.%m.%Y %H:%M";

    fn dates() -> Dates {
        Dates { zone: Ho_Chi_Minh, needs_zone: false, formats: vec![OWN.to_owned()] }
    }

    fn moment() -> DateTime<Utc> {
        "2025-09-15T20:30:00Z".parse().unwrap()
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    #[test]
    fn since_is_written_as_the_values_are() {
        for (value, wanted) in [
            ("2025-09-16 03:30:00", "2025-09-16 03:30:00"),
            ("2025-09-16 03:30:00.123456", "2025-09-16 03:30:00"),
            ("2025-09-16T03:30", "2025-09-16T03:30"),
            ("2025-09-15T20:30:00Z", "2025-09-15T20:30:00Z"),
            ("2025-09-15T20:30:00.5Z", "2025-09-15T20:30:00Z"),
            ("2025-09-15 20:30:00+00:00", "2025-09-15 20:30:00+00:00"),
            ("2025-09-15 20:30:00 +0000", "2025-09-15 20:30:00 +0000"),
            ("2025-09-16 03:30:00.1+07", "2025-09-16 03:30:00+07"),
            ("2025-09-15T15:30:00-05:00", "2025-09-15T15:30:00-05:00"),
            ("2025-09-16", "2025-09-16"),
            ("20250916033000", "20250916033000"),
            ("202509160330", "202509160330"),
            ("16.09.2025 03:30", "16.09.2025 03:30"),
            ("1757968200", "1757968200"),
            ("1757968200.123456", "1757968200"),
            ("1757968200123", "1757968200000"),
        ] {
            let read = read(&text(value), &dates()).unwrap().unwrap();
            let form = Form::of(&text(value), read, &dates(), OWN).unwrap();
            assert_eq!(form.write(moment(), &dates()), Mark::Text(wanted.to_owned()), "{value}");
        }
        for (number, wanted) in [
            (20_250_916_033_000, 20_250_916_033_000),
            (1_757_968_200, 1_757_968_200),
            (1_757_968_200_123_456, 1_757_968_200_000_000),
        ] {
            let read = read(&Value::Int(number), &dates()).unwrap().unwrap();
            let form = Form::of(&Value::Int(number), read, &dates(), OWN).unwrap();
            assert_eq!(form.write(moment(), &dates()), Mark::Int(wanted), "{number}");
        }
    }

    #[test]
    fn numbers_since_1970_are_read_in_every_unit_and_no_date_is_taken_for_one() {
        for number in [1_757_968_200, 1_757_968_200_000, 1_757_968_200_000_000, 1_757_968_200_000_000_000] {
            assert_eq!(read(&Value::Int(number), &dates()), Ok(Some(moment())));
        }
        assert_eq!(read(&Value::Real(1_757_968_200.75), &dates()), Ok(Some(moment())));
        assert_eq!(read(&Value::Int(20_250_916_033_000), &dates()), Ok(Some(moment())));
        for number in [0, 7, 20_251_399, 946_684_799, 99_999_999_999_999_999] {
            assert!(read(&Value::Int(number), &dates()).is_err(), "{number}");
        }
        assert!(read(&Value::Real(2_460_933.5), &dates()).is_err());
    }

    #[test]
    fn the_beginning_is_before_later_moments_in_every_form() {
        let mut forms = Forms::default();
        for value in ["2025-09-16 03:30:00", "2025-09-15T20:30:00Z", "2025-09-15 20:30:00+00:00"] {
            forms.add(&Form::of(&text(value), moment(), &dates(), OWN).unwrap());
        }
        let beginning = forms.beginning(moment(), &dates()).unwrap();
        assert_eq!(beginning, Mark::Text("2025-09-15 20:29:59+00:00".to_owned()));
        assert_eq!(forms.mixed().len(), 3);
        forms.add(&Form::of(&Value::Int(1_757_968_200), moment(), &dates(), OWN).unwrap());
        assert_eq!(forms.beginning(moment(), &dates()), Some(Mark::Int(1_757_968_199)));
    }
}
