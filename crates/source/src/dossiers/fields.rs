//! Reading of single fields: the value, or the finding that tells the staff of its defect.

mod values;

use std::borrow::Cow;

use dongbo_model::{Detail, Finding, FindingKind, Lang, Procedure, Status, Text, Unit, invisible};

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
    not_known: Vec<&'static str>,
}

impl<'f> Fields<'f> {
    pub(crate) fn new(
        mapping: &'f Mapping,
        list: &'static str,
        findings: &'f mut Vec<Finding>,
        observations: &'f mut Observations,
    ) -> Self {
        observations.next_row();
        Self { mapping, list, findings, observations, not_known: Vec::new() }
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
    pub(super) fn find(&mut self, kind: FindingKind, column: &'static str, detail: impl Into<String>) {
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
        // A truth value stands for a code of a list only where the mapping says for which.
        let is_code = table.is_written() || !matches!(value, Value::Bool(_));
        let local = Local::of(value).filter(|_| is_code);
        let known = local.as_ref().and_then(|local| local.translated(|local| table.get(local)));
        self.observations.keep_code(self.list, column, || match &local {
            Some(local) => {
                ObservedValue::code(table.name, &local.written, known.map(|known| known.code().to_owned()))
            }
            None => ObservedValue::Unreadable,
        });
        if known.is_none() {
            let codes: Vec<_> = T::ALL.iter().map(|value| value.code()).collect();
            self.find(FindingKind::BadValue, column, Detail::NoneOf.with(&[&codes.join(", ")]));
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

    /// The value that `read` finds; where nothing is written, the one that the mapping declares for what is not known.
    pub(super) fn known_or<T>(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        declared: Option<(T, &'static str)>,
        read: impl FnOnce(&mut Self, &'static str, Value<'_>) -> Option<T>,
    ) -> Option<T> {
        match declared {
            Some((declared, sent)) if value.is_blank() => {
                self.observations.keep_code(self.list, column, || ObservedValue::NotKnown { sent });
                self.not_known.push(column);
                Some(declared)
            }
            _ => read(self, column, value),
        }
    }

    /// The columns so far of which nothing is known locally.
    pub(super) fn not_known(&self) -> Vec<&'static str> {
        self.not_known.clone()
    }

    /// Whether the mapping says that nothing is sent at this status; it is observed when that is so.
    pub(super) fn skips(&mut self, column: &'static str, value: &Value<'_>) -> Option<String> {
        let local = Local::of(value.clone())?;
        local.translated(|local| self.mapping.tables.skips(local).then_some(()))?;
        let observed = || ObservedValue::code("status", &local.written, Some("skip".to_owned()));
        self.observations.keep_code(self.list, column, observed);
        Some(local.written.chars().take(SUBJECT_CHARS).collect())
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
        let known = |local: &str| mapping.tables.procedure.get(local);
        let procedure = self.mapped(column, value, FindingKind::UnmappedProcedure, known, |procedure| {
            procedure.code.as_str()
        })?;
        let complete = match &mapping.catalogue {
            Some(catalogue) => catalogue.complete(&procedure),
            None => procedure,
        };
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
        self.mapped(column, value, FindingKind::UnmappedUnit, known, |unit| unit.agency.as_str())
    }

    /// The code of a result or a component, as `table` translates it; empty when nothing is written there.
    pub(crate) fn paper_code(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        table: PaperCode,
    ) -> Option<Text> {
        if value.is_blank() {
            self.observe(column, || ObservedValue::Empty);
            return Some(Text::default());
        }
        let tables = &self.mapping.tables;
        let (kind, table) = match table {
            PaperCode::Result => (FindingKind::UnmappedResultCode, &tables.result_code),
            PaperCode::Component => (FindingKind::UnmappedComponentCode, &tables.component_code),
        };
        self.mapped(column, value, kind, |local| table.text(local), Text::as_str)
    }

    /// The code of a result or a component, which the contract may let be empty.
    pub(crate) fn paper_code_as_needed(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        table: PaperCode,
    ) -> Option<Text> {
        let text = self.as_needed(column, None, value, |fields, column, value| {
            fields.paper_code(column, value, table).filter(|code| !code.is_empty())
        });
        text.map(Option::unwrap_or_default)
    }

    /// A local code which the mapping must translate; the finding shows it, for it has to be added there.
    fn mapped<T>(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        kind: FindingKind,
        translate: impl Fn(&str) -> Option<T>,
        code: impl FnOnce(&T) -> &str,
    ) -> Option<T> {
        if value == Value::NotUtf8 {
            self.observe(column, || ObservedValue::Unreadable);
            self.find(FindingKind::BadText, column, "");
            return None;
        }
        let local = (!matches!(value, Value::Bool(_))).then(|| Local::of(value)).flatten();
        let Some(local) = local else {
            self.observe(column, || ObservedValue::Unreadable);
            self.find(FindingKind::BadValue, column, Detail::NotText.text(Lang::En));
            return None;
        };
        if local.written.is_empty() {
            self.observe(column, || ObservedValue::Empty);
            self.find(FindingKind::MissingField, column, "");
            return None;
        }
        let known = local.translated(translate);
        let national = || known.as_ref().map(|known| code(known).to_owned());
        let table = table_of(kind);
        self.observations
            .keep_code(self.list, column, || ObservedValue::code(table, &local.written, national()));
        if known.is_none() {
            let subject: String = local.written.chars().take(SUBJECT_CHARS).collect();
            self.findings.push(Finding::new(kind, subject, format!("{}.{column}", self.list)));
        }
        known
    }
}

/// A local code, as it is looked up in code tables.
struct Local<'v> {
    /// As it is written, without blanks at its ends.
    written: Cow<'v, str>,
    /// Without the noughts behind the point of a number that the database does not keep as text: `2.00` is 2.
    whole: Option<String>,
}

impl<'v> Local<'v> {
    /// `None` for a value that has no single written form.
    fn of(value: Value<'v>) -> Option<Self> {
        let whole = match &value {
            Value::Decimal(text) => text.split_once('.').and_then(|(whole, fraction)| {
                fraction.bytes().all(|digit| digit == b'0').then(|| whole.to_owned())
            }),
            _ => None,
        };
        let written = match value.written()? {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        Some(Self { written, whole })
    }

    /// Its meaning by `translate`. What nobody sees in it does not count.
    fn translated<T>(&self, translate: impl Fn(&str) -> Option<T>) -> Option<T> {
        let clean = || match invisible::cleaned(&self.written) {
            Cow::Owned(clean) => translate(clean.trim()),
            Cow::Borrowed(_) => None,
        };
        translate(&self.written).or_else(|| self.whole.as_deref().and_then(&translate)).or_else(clean)
    }
}

/// The codes that the portal has for papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaperCode {
    /// Of what a procedure returns.
    Result,
    /// Of what is handed in for it.
    Component,
}

/// The code table that lacks an entry when a finding is of `kind`.
const fn table_of(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::UnmappedProcedure => "procedure",
        FindingKind::UnmappedUnit => "unit",
        FindingKind::UnmappedResultCode => "result_code",
        FindingKind::UnmappedComponentCode => "component_code",
        _ => "status",
    }
}
