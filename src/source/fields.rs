//! Reading single fields: the value, or the finding that tells the staff what is wrong with it.

use chrono::{DateTime, SubsecRound as _, Utc};

use crate::dossier::{Finding, FindingKind, Procedure, Status, Text, Unit};

use super::mapping::Mapping;
use super::tables::{Coded, Table};
use super::value::Value;

/// A subject is shown in lists: more than this of a local code helps nobody.
const SUBJECT_CHARS: usize = 60;

/// Reads the fields of one row of `list`, and gathers all that is wrong with them.
///
/// No method makes a value up: what is missing or wrong gives `None` and a finding. Findings name fields, never what
/// stands in them, except for codes of statuses, procedures and units.
pub(super) struct Fields<'f> {
    mapping: &'f Mapping,
    list: &'static str,
    findings: &'f mut Vec<Finding>,
}

impl<'f> Fields<'f> {
    pub(super) fn new(mapping: &'f Mapping, list: &'static str, findings: &'f mut Vec<Finding>) -> Self {
        Self { mapping, list, findings }
    }

    /// Adds a finding about `column`.
    pub(super) fn find(&mut self, kind: FindingKind, column: &str, detail: impl Into<String>) {
        self.findings.push(Finding::new(kind, format!("{}.{column}", self.list), detail));
    }

    /// Text that may be empty.
    pub(super) fn text(&mut self, column: &str, value: Value<'_>) -> Text {
        if value == Value::NotUtf8 {
            self.find(FindingKind::BadText, column, "");
            return Text::default();
        }
        match value.written() {
            Some(text) => Text::new(text),
            None => {
                self.find(FindingKind::BadValue, column, "not text");
                Text::default()
            }
        }
    }

    /// Text that may be empty and has at most `limit` characters.
    pub(super) fn short_text(&mut self, column: &str, value: Value<'_>, limit: usize) -> Text {
        let text = self.text(column, value);
        // Every character has a byte at least, so that most texts need no counting.
        if text.as_str().len() > limit {
            let length = text.as_str().chars().count();
            if length > limit {
                self.find(FindingKind::TooLong, column, format!("{length} characters, limit {limit}"));
            }
        }
        text
    }

    /// Text that must not be empty and has at most `limit` characters.
    pub(super) fn required_text(&mut self, column: &str, value: Value<'_>, limit: usize) -> Option<Text> {
        let before = self.findings.len();
        let text = self.short_text(column, value, limit);
        if text.is_empty() && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        (!text.is_empty()).then_some(text)
    }

    /// A moment, to the second; `None` when nothing is written there.
    pub(super) fn moment(&mut self, column: &str, value: Value<'_>) -> Option<DateTime<Utc>> {
        if let Ok(moment) = self.mapping.dates.read(&value) {
            return moment.map(|moment| moment.trunc_subsecs(0));
        }
        let kind = if value == Value::NotUtf8 { FindingKind::BadText } else { FindingKind::BadDate };
        self.find(kind, column, "");
        None
    }

    /// A moment that must be there.
    pub(super) fn required_moment(&mut self, column: &str, value: Value<'_>) -> Option<DateTime<Utc>> {
        let before = self.findings.len();
        let moment = self.moment(column, value);
        if moment.is_none() && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        moment
    }

    /// Yes or no; `None` when nothing is written there.
    pub(super) fn flag(&mut self, column: &str, value: Value<'_>) -> Option<bool> {
        let said = match &value {
            Value::Bool(said) => Some(*said),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            Value::Text(text) => match text.trim() {
                "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
                "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
                _ => None,
            },
            _ => None,
        };
        if said.is_none() && !value.is_blank() {
            self.find(FindingKind::BadValue, column, "neither 0 nor 1");
        }
        said
    }

    /// Yes or no, which must be there.
    pub(super) fn required_flag(&mut self, column: &str, value: Value<'_>) -> Option<bool> {
        if value.is_blank() {
            self.find(FindingKind::MissingField, column, "");
            return None;
        }
        self.flag(column, value)
    }

    /// A whole number of at least nought; `None` when nothing is written there.
    pub(super) fn count(&mut self, column: &str, value: Value<'_>) -> Option<u64> {
        if value.is_blank() {
            return None;
        }
        let number = match value {
            Value::Int(number) => u64::try_from(number).ok(),
            other => other.written().and_then(|text| whole(&text)),
        };
        if number.is_none() {
            self.find(FindingKind::BadValue, column, "no whole number of at least 0");
        }
        number
    }

    /// A running number; nought when the query gives none.
    pub(super) fn sequence(&mut self, column: &str, value: Value<'_>) -> i64 {
        let number = match &value {
            Value::Int(number) => Some(*number),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() && !value.is_blank() {
            self.find(FindingKind::BadValue, column, "no whole number");
        }
        number.unwrap_or_default()
    }

    /// A value of a code list; `None` when nothing is written there.
    pub(super) fn coded<T: Coded>(&mut self, column: &str, value: Value<'_>, table: &Table<T>) -> Option<T> {
        if value.is_blank() {
            return None;
        }
        let known = value.written().and_then(|local| table.get(local.trim()));
        if known.is_none() {
            let codes: Vec<_> = T::ALL.iter().map(|value| value.code()).collect();
            self.find(FindingKind::BadValue, column, format!("stands for none of {}", codes.join(", ")));
        }
        known
    }

    /// A value of a code list, which must be there.
    pub(super) fn required_code<T: Coded>(
        &mut self,
        column: &str,
        value: Value<'_>,
        table: &Table<T>,
    ) -> Option<T> {
        if value.is_blank() {
            self.find(FindingKind::MissingField, column, "");
            return None;
        }
        self.coded(column, value, table)
    }

    /// The national status.
    pub(super) fn status(&mut self, column: &str, value: Value<'_>) -> Option<Status> {
        let mapping = self.mapping;
        self.mapped(column, value, FindingKind::UnmappedStatus, |local| mapping.tables.status.get(local))
    }

    /// The national procedure.
    pub(super) fn procedure(&mut self, column: &str, value: Value<'_>) -> Option<Procedure> {
        let mapping = self.mapping;
        self.mapped(column, value, FindingKind::UnmappedProcedure, |local| {
            mapping.tables.procedure(local).cloned()
        })
    }

    /// The unit as the portal knows it.
    pub(super) fn unit(&mut self, column: &str, value: Value<'_>) -> Option<Unit> {
        let mapping = self.mapping;
        self.mapped(column, value, FindingKind::UnmappedUnit, |local| mapping.tables.unit(local))
            .map(|code| Unit { code })
    }

    /// A local code which the mapping must translate; the finding shows it, for it has to be added there.
    fn mapped<T>(
        &mut self,
        column: &str,
        value: Value<'_>,
        kind: FindingKind,
        translate: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if value == Value::NotUtf8 {
            self.find(FindingKind::BadText, column, "");
            return None;
        }
        let Some(local) = value.written() else {
            self.find(FindingKind::BadValue, column, "not text");
            return None;
        };
        let local = local.trim();
        if local.is_empty() {
            self.find(FindingKind::MissingField, column, "");
            return None;
        }
        let known = translate(local);
        if known.is_none() {
            let subject: String = local.chars().take(SUBJECT_CHARS).collect();
            self.findings.push(Finding::new(kind, subject, format!("{}.{column}", self.list)));
        }
        known
    }
}

/// A whole number also as `15000.00`, which is how decimals of money come.
fn whole(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte == b'0') => whole.parse().ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}
