//! The comparison of the expectation with what the portal shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Expectation, ExpectedDossier};

/// The number of items that a list of findings keeps; all are counted.
const CAP: usize = 50;
/// The text shown for a field that is not there.
const ABSENT: &str = "<absent>";

/// Findings of one sort: all counted, the first ones kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The total number.
    pub total: usize,
    /// The first of them.
    pub first: Vec<T>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { total: 0, first: Vec::new() }
    }
}

impl<T> Listed<T> {
    fn add(&mut self, item: T) {
        self.total += 1;
        if self.first.len() < CAP {
            self.first.push(item);
        }
    }
}

/// A field which the portal shows otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Code of the dossier.
    pub code: String,
    /// Name of the field on the wire.
    pub field: String,
    /// The expected value; lists as JSON text.
    pub expected: String,
    /// The value found.
    pub found: String,
}

/// The result of the comparison. Dossiers are named by their codes; one dossier counts once in each list of steps.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Dossiers which the portal shows exactly, with their steps, and created once.
    pub equal: usize,
    /// Dossiers which the portal does not show.
    pub missing: Listed<String>,
    /// Dossiers which only the portal shows, leaving out those that are held locally.
    pub unexpected: Listed<String>,
    /// Fields which differ.
    pub different: Listed<Difference>,
    /// Dossiers of which a step is missing.
    pub steps_missing: Listed<String>,
    /// Dossiers of which a step is shown more often than it happened.
    pub steps_twice: Listed<String>,
    /// Dossiers with a step which never happened.
    pub steps_unexpected: Listed<String>,
    /// Dossiers whose steps are not in order.
    pub steps_out_of_order: Listed<String>,
    /// Dossiers which were created more than once.
    pub created_twice: Listed<String>,
}

impl Report {
    /// Whether the portal shows exactly what it must.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self == &Self { equal: self.equal, ..Self::default() }
    }
}

/// Compares with the mock portal's dossiers: the items of all pages of `GET /admin/dossiers`, each
/// `{"code", "creates", "fields": {…}, "steps": [{…}]}`, in any order.
///
/// Every field is compared, and strictly: a number in place of text is a difference.
#[must_use]
pub fn compare<'a>(expected: &Expectation, portal: impl IntoIterator<Item = &'a Value>) -> Report {
    let mut report = Report::default();
    let held: BTreeSet<&str> = expected.held.iter().filter_map(|held| held.code.as_deref()).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for page in portal {
        let code = page.get("code").and_then(Value::as_str).unwrap_or(ABSENT);
        let before = findings(&report);
        // The same code on two items is two dossiers, whatever the items say of themselves.
        if !seen.insert(code) || page.get("creates").and_then(Value::as_u64) != Some(1) {
            report.created_twice.add(code.to_owned());
        }
        match expected.dossiers.get(code) {
            Some(dossier) => {
                compare_fields(&mut report, code, dossier, page.get("fields").and_then(Value::as_object));
                compare_steps(&mut report, code, dossier, page.get("steps").and_then(Value::as_array));
                report.equal += usize::from(findings(&report) == before);
            }
            None if held.contains(code) => {}
            None => report.unexpected.add(code.to_owned()),
        }
    }
    for code in expected.dossiers.keys().filter(|code| !seen.contains(code.as_str())) {
        report.missing.add(code.clone());
    }
    report
}

fn findings(report: &Report) -> usize {
    report.different.total
        + report.steps_missing.total
        + report.steps_twice.total
        + report.steps_unexpected.total
        + report.steps_out_of_order.total
        + report.created_twice.total
}

fn compare_fields(
    report: &mut Report,
    code: &str,
    dossier: &ExpectedDossier,
    found: Option<&Map<String, Value>>,
) {
    let scalars = dossier.scalars.iter().map(|(name, text)| (name, Value::String(text.clone())));
    let lists = dossier.lists.iter().map(|(name, list)| (name, list.clone()));
    let mut expected: BTreeMap<&String, Value> = scalars.chain(lists).collect();
    let mut differ = |field: &str, expected: Option<&Value>, found: Option<&Value>| {
        if expected != found {
            let (expected, found) = (show(expected), show(found));
            report.different.add(Difference {
                code: code.to_owned(),
                field: field.to_owned(),
                expected,
                found,
            });
        }
    };
    for (field, value) in found.into_iter().flatten() {
        differ(field, expected.remove(field).as_ref(), Some(value));
    }
    for (field, value) in expected {
        differ(field, Some(&value), None);
    }
}

fn show(value: Option<&Value>) -> String {
    match value {
        None => ABSENT.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn compare_steps(report: &mut Report, code: &str, dossier: &ExpectedDossier, found: Option<&Vec<Value>>) {
    let expected: Vec<Value> = dossier
        .steps
        .iter()
        .map(|step| step.iter().map(|(name, text)| (name.clone(), Value::String(text.clone()))).collect())
        .collect();
    let mut taken = vec![false; expected.len()];
    let mut order = Vec::new();
    let (mut twice, mut unexpected) = (false, false);
    for step in found.into_iter().flatten() {
        let place = expected.iter().zip(&taken).position(|(known, taken)| known == step && !*taken);
        match place {
            Some(place) => {
                if let Some(taken) = taken.get_mut(place) {
                    *taken = true;
                }
                order.push(place);
            }
            None if expected.contains(step) => twice = true,
            None => unexpected = true,
        }
    }
    let mut note = |when: bool, list: fn(&mut Report) -> &mut Listed<String>| {
        if when {
            list(report).add(code.to_owned());
        }
    };
    note(taken.contains(&false), |report| &mut report.steps_missing);
    note(twice, |report| &mut report.steps_twice);
    note(unexpected, |report| &mut report.steps_unexpected);
    note(!order.is_sorted(), |report| &mut report.steps_out_of_order);
}
