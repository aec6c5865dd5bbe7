//! Reading of single fields: the value, or the finding that tells the staff of its defect.

use chrono::{DateTime, SubsecRound as _, Utc};

use dongbo_model::{FileRole, Finding, FindingKind, Procedure, Status, Text, Unit};

use super::needs::{Need, need};
use super::observe::{Observations, ObservedValue};
use crate::mapping::{CodeTable, Coded, Mapping};
use crate::value::Value;

/// A subject is shown in lists: more than this of a local code helps nobody.
const SUBJECT_CHARS: usize = 60;

/// Reads the fields of one row of `list`, and gathers all that is wrong with them.
///
/// No method makes a value up: a missing or wrong one gives `None` and a finding. Findings name fields, never what
/// stands in them, except for codes of statuses, procedures and units.
pub(crate) struct Fields<'f> {
    mapping: &'f Mapping,
    list: &'static str,
    findings: &'f mut Vec<Finding>,
    observations: &'f mut Observations,
}

impl<'f> Fields<'f> {
    pub(crate) fn new(
        mapping: &'f Mapping,
        list: &'static str,
        findings: &'f mut Vec<Finding>,
        observations: &'f mut Observations,
    ) -> Self {
        observations.next_row();
        Self { mapping, list, findings, observations }
    }

    /// Keeps the value of `column`, when it is observed.
    fn observe(&mut self, column: &'static str, value: impl FnOnce() -> ObservedValue) {
        self.observations.keep(self.list, column, value);
    }

    /// The mapping that the fields are read by.
    pub(crate) const fn mapping(&self) -> &'f Mapping {
        self.mapping
    }

    /// Adds a finding about `column`.
    pub(crate) fn find(&mut self, kind: FindingKind, column: &'static str, detail: impl Into<String>) {
        self.findings.push(Finding::new(kind, format!("{}.{column}", self.list), detail));
    }

    /// A value that `read` finds unless nothing is written there, as the contract needs it at this status: `Some(None)` where
    /// it is not needed and not there, `None` when it is missing or wrong.
    #[expect(
        clippy::option_option,
        reason = "a value that may be absent is another thing than one that cannot be read"
    )]
    pub(crate) fn as_needed<T>(
        &mut self,
        column: &'static str,
        status: Option<Status>,
        value: Value<'_>,
        read: impl FnOnce(&mut Self, &'static str, Value<'_>) -> Option<T>,
    ) -> Option<Option<T>> {
        let may_be_empty = match need(self.mapping.contract, self.list, column) {
            Need::Unused => return Some(None),
            Need::Optional => true,
            Need::OptionalAt(statuses) => status.is_some_and(|status| statuses.contains(&status)),
            Need::Usual => false,
        };
        let before = self.findings.len();
        let found = read(self, column, value);
        if found.is_none() && !may_be_empty && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        (self.findings.len() == before).then_some(found)
    }

    /// Text that the contract may let be empty, of at most `limit` characters.
    pub(crate) fn text_as_needed(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        limit: usize,
    ) -> Option<Text> {
        let text = self.as_needed(column, None, value, |fields, column, value| {
            Some(fields.short_text(column, value, limit)).filter(|text| !text.is_empty())
        });
        text.map(Option::unwrap_or_default)
    }

    /// Text that may be empty.
    pub(crate) fn text(&mut self, column: &'static str, value: Value<'_>) -> Text {
        if value == Value::NotUtf8 {
            self.observe(column, || ObservedValue::Unreadable);
            self.find(FindingKind::BadText, column, "");
            return Text::default();
        }
        match value.written().map(Text::new) {
            Some(text) => {
                self.observe(column, || match text.as_str().chars().count() {
                    0 => ObservedValue::Empty,
                    chars => ObservedValue::Text { chars },
                });
                text
            }
            None => {
                self.observe(column, || ObservedValue::Unreadable);
                self.find(FindingKind::BadValue, column, "not text");
                Text::default()
            }
        }
    }

    /// Text that may be empty and has at most `limit` characters.
    pub(crate) fn short_text(&mut self, column: &'static str, value: Value<'_>, limit: usize) -> Text {
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
    pub(crate) fn required_text(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        limit: usize,
    ) -> Option<Text> {
        let before = self.findings.len();
        let text = self.short_text(column, value, limit);
        if text.is_empty() && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        (!text.is_empty()).then_some(text)
    }

    /// The link by which another server gives a file, and its key in a store. When the mapping names a store, a file with
    /// neither is missing there, which holds that file only.
    pub(crate) fn whereabouts(&mut self, role: FileRole, link: Value<'_>, file: Value<'_>) -> (Text, Text) {
        let before = self.findings.len();
        let (link, file) = (self.text("link", link), self.text("file", file));
        let has_store = self.mapping.files().of(role).is_some();
        if !file.is_empty() && !has_store {
            self.find(FindingKind::BadValue, "file", "the mapping has no [files] for it");
        }
        if link.is_empty() && file.is_empty() && !has_store && self.findings.len() == before {
            self.find(FindingKind::MissingField, "link", "");
        }
        (link, file)
    }

    /// A moment, to the second; `None` when nothing is written there.
    pub(crate) fn moment(&mut self, column: &'static str, value: Value<'_>) -> Option<DateTime<Utc>> {
        if let Ok(moment) = self.mapping.dates.read(&value) {
            let moment = moment.map(|moment| moment.trunc_subsecs(0));
            self.observe(column, || moment.map_or(ObservedValue::Empty, ObservedValue::Moment));
            return moment;
        }
        self.observe(column, || ObservedValue::Unreadable);
        let kind = if value == Value::NotUtf8 { FindingKind::BadText } else { FindingKind::BadDate };
        self.find(kind, column, "");
        None
    }

    /// A moment that must be there.
    pub(crate) fn required_moment(
        &mut self,
        column: &'static str,
        value: Value<'_>,
    ) -> Option<DateTime<Utc>> {
        let before = self.findings.len();
        let moment = self.moment(column, value);
        if moment.is_none() && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        moment
    }

    /// Yes or no; `None` when nothing is written there.
    pub(crate) fn flag(&mut self, column: &'static str, value: Value<'_>) -> Option<bool> {
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
        let blank = value.is_blank();
        self.observe(column, || observed(said.map(ObservedValue::Flag), blank));
        if said.is_none() && !blank {
            self.find(FindingKind::BadValue, column, "neither 0 nor 1");
        }
        said
    }

    /// A whole number of at least nought; `None` when nothing is written there.
    pub(crate) fn count(&mut self, column: &'static str, value: Value<'_>) -> Option<u64> {
        if value.is_blank() {
            self.observe(column, || ObservedValue::Empty);
            return None;
        }
        let number = match value {
            Value::Int(number) => u64::try_from(number).ok(),
            other => other.written().and_then(|text| whole(&text)),
        };
        self.observe(column, || observed(number.map(ObservedValue::Number), false));
        if number.is_none() {
            self.find(FindingKind::BadValue, column, "no whole number of at least 0");
        }
        number
    }

    /// A running number; nought when the query gives none.
    pub(crate) fn sequence(&mut self, column: &'static str, value: Value<'_>) -> i64 {
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
    pub(crate) fn coded<T: Coded>(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        table: &CodeTable<T>,
    ) -> Option<T> {
        if value.is_blank() {
            self.observe(column, || ObservedValue::Empty);
            return None;
        }
        let local = value.written();
        let known = local.as_deref().and_then(|local| table.get(local.trim()));
        self.observations.keep_code(self.list, column, || match &local {
            Some(local) => {
                ObservedValue::code(table.name, local.trim(), known.map(|known| known.code().to_owned()))
            }
            None => ObservedValue::Unreadable,
        });
        if known.is_none() {
            let codes: Vec<_> = T::ALL.iter().map(|value| value.code()).collect();
            self.find(FindingKind::BadValue, column, format!("stands for none of {}", codes.join(", ")));
        }
        known
    }

    /// A value of a code list, which must be there.
    pub(crate) fn required_code<T: Coded>(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        table: &CodeTable<T>,
    ) -> Option<T> {
        if value.is_blank() {
            self.observe(column, || ObservedValue::Empty);
            self.find(FindingKind::MissingField, column, "");
            return None;
        }
        self.coded(column, value, table)
    }

    /// The national status.
    pub(crate) fn status(&mut self, column: &'static str, value: Value<'_>) -> Option<Status> {
        let mapping = self.mapping;
        let known = |local: &str| mapping.tables.status.get(local);
        self.mapped(column, value, FindingKind::UnmappedStatus, known, |status| status.code())
    }

    /// The national procedure.
    pub(crate) fn procedure(&mut self, column: &'static str, value: Value<'_>) -> Option<Procedure> {
        let mapping = self.mapping;
        let known = |local: &str| mapping.tables.procedure(local).cloned();
        let procedure = self.mapped(column, value, FindingKind::UnmappedProcedure, known, |procedure| {
            procedure.code.as_str()
        })?;
        let Some(catalogue) = &mapping.catalogue else { return Some(procedure) };
        let complete = catalogue.complete(&procedure);
        let lacks = complete.lacks();
        if lacks.is_empty() {
            return Some(complete);
        }
        let subject = complete.code.as_str();
        self.findings.push(Finding::new(FindingKind::UnnamedProcedure, subject, lacks.join(", ")));
        None
    }

    /// The unit as the portal knows it.
    pub(crate) fn unit(&mut self, column: &'static str, value: Value<'_>) -> Option<Unit> {
        let mapping = self.mapping;
        let known = |local: &str| mapping.tables.unit(local);
        self.mapped(column, value, FindingKind::UnmappedUnit, known, Text::as_str).map(|code| Unit { code })
    }

    /// A local code which the mapping must translate; the finding shows it, for it has to be added there.
    fn mapped<T>(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        kind: FindingKind,
        translate: impl FnOnce(&str) -> Option<T>,
        code: impl FnOnce(&T) -> &str,
    ) -> Option<T> {
        if value == Value::NotUtf8 {
            self.observe(column, || ObservedValue::Unreadable);
            self.find(FindingKind::BadText, column, "");
            return None;
        }
        let Some(local) = value.written() else {
            self.observe(column, || ObservedValue::Unreadable);
            self.find(FindingKind::BadValue, column, "not text");
            return None;
        };
        let local = local.trim();
        if local.is_empty() {
            self.observe(column, || ObservedValue::Empty);
            self.find(FindingKind::MissingField, column, "");
            return None;
        }
        let known = translate(local);
        let national = || known.as_ref().map(|known| code(known).to_owned());
        let table = table_of(kind);
        self.observations.keep_code(self.list, column, || ObservedValue::code(table, local, national()));
        if known.is_none() {
            let subject: String = local.chars().take(SUBJECT_CHARS).collect();
            self.findings.push(Finding::new(kind, subject, format!("{}.{column}", self.list)));
        }
        known
    }
}

/// The code table that lacks an entry when a finding is of `kind`.
const fn table_of(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::UnmappedProcedure => "procedure",
        FindingKind::UnmappedUnit => "unit",
        _ => "status",
    }
}

/// ObservedValue a column holds of which `read` could be made.
fn observed(read: Option<ObservedValue>, blank: bool) -> ObservedValue {
    read.unwrap_or(if blank { ObservedValue::Empty } else { ObservedValue::Unreadable })
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
