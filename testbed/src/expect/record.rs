//! One row of any table, read leniently: what cannot be read is noted, not guessed.

use std::cell::RefCell;

use chrono::{Datelike as _, NaiveDateTime};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization as _;

/// A row and the reasons found so far why it cannot be sent.
#[derive(Debug)]
pub(super) struct Record {
    fields: Map<String, Value>,
    defects: RefCell<Vec<String>>,
}

impl Record {
    /// The row from its JSON text. Text that is not UTF-8 is itself a defect; the rest of the row is still read.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let fields = match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        };
        let record = Self { defects: RefCell::default(), fields: fields.clone().unwrap_or_default() };
        if std::str::from_utf8(bytes).is_err() {
            record.defect("text is not UTF-8".to_owned());
        } else if fields.is_none() {
            record.defect("row cannot be read".to_owned());
        }
        record
    }

    pub(super) fn defect(&self, reason: String) {
        self.defects.borrow_mut().push(reason);
    }

    pub(super) fn into_defects(self) -> Vec<String> {
        self.defects.into_inner()
    }

    pub(super) fn take_defects(&self) -> Vec<String> {
        self.defects.take()
    }

    /// A column as text of the wire: composed (NFC), without blanks at the ends, `""` when missing.
    pub(super) fn text(&self, column: &str) -> String {
        match self.fields.get(column) {
            Some(Value::String(text)) => text.nfc().collect::<String>().trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A column as [`Self::text`] reads it; one of more than `limit` characters is noted as a defect.
    pub(super) fn limited(&self, column: &str, limit: usize) -> String {
        let text = self.text(column);
        let length = text.chars().count();
        if length > limit {
            self.defect(format!("{column} has {length} characters, the portal takes {limit}"));
        }
        text
    }

    /// The text, noting a defect when it is missing.
    pub(super) fn required(&self, text: String, column: &str) -> String {
        if text.is_empty() {
            self.defect(format!("{column} is missing"));
        }
        text
    }

    /// A time as `yyyyMMddHHmmss` in Vietnam, `""` when missing.
    pub(super) fn time(&self, column: &str) -> String {
        let text = self.text(column);
        if text.is_empty() {
            return text;
        }
        match read_time(&text) {
            Some(time) => time.format("%Y%m%d%H%M%S").to_string(),
            None => {
                self.defect(format!("{column} is not a date"));
                String::new()
            }
        }
    }
}

/// SQLite has `2026-09-15 08:00:00.000000`, PostgreSQL's JSON `2026-09-15T08:00:00+07:00`, both in Vietnamese time.
/// No dossier is older than the law which made it, so an ancient year is a mistake and not a date.
fn read_time(text: &str) -> Option<NaiveDateTime> {
    let local = text.strip_suffix("+07:00").unwrap_or(text).replacen('T', " ", 1);
    NaiveDateTime::parse_from_str(&local, "%Y-%m-%d %H:%M:%S%.f").ok().filter(|time| time.year() >= 1900)
}
