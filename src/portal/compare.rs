//! What the portal shows, compared with what it is to show.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::differ;
use super::wire::{WireDossier, WireStep};
use crate::config::portal::LookupConfig;
use crate::dossier::{DifferenceKind, Differing, Dossier, Status, Text};

/// What a look-up showed, compared with our dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Everything but the steps is as it is to be.
    pub content_equal: bool,
    /// The status that the portal shows; `None` when it shows none that is known.
    pub status: Option<Status>,
    /// The processing history.
    pub steps: StepsSeen,
    /// Everything in which it is not as it is to be, one by one; empty when all is.
    pub differing: Vec<Differing>,
}

/// The portal's processing history, compared with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepsSeen {
    /// The look-up does not return steps.
    NotReturned,
    /// The portal has exactly our first so many, in order.
    Prefix(usize),
    /// It has others, another order, or more.
    Differ {
        /// How many of our steps it shows once too often.
        twice: usize,
    },
}

/// The list that `lookup.files` is about.
pub(super) const RESULTS: &str = "DanhSachGiayToKetQua";
const CODE: &str = "MaHoSo";
const STATUS: &str = "TrangThaiHoSo";

/// The element of `result` that is the dossier; `Err` when there are elements and none is.
pub(super) fn pick<'a>(result: &'a Value, dossier: &Dossier) -> Result<Option<&'a Value>, ()> {
    let elements = match result {
        Value::Null => return Ok(None),
        Value::Array(elements) if elements.is_empty() => return Ok(None),
        Value::Array(elements) => elements,
        _ => return Err(()),
    };
    elements.iter().find(|element| is_it(element, dossier)).map(Some).ok_or(())
}

fn is_it(element: &Value, dossier: &Dossier) -> bool {
    element.get(CODE).is_some_and(|code| scalar(code, "").is_some_and(|code| code == dossier.code.as_str()))
}

/// Compares what the portal shows with `ours`. What it shows beyond our fields is left out of account.
pub(super) fn compare(ours: &Dossier, theirs: &Value, lookup: &LookupConfig) -> Seen {
    let status = theirs.get(STATUS).and_then(|status| scalar(status, ""));
    let (content_equal, mut differing) = content(ours, theirs, lookup);
    let (steps, steps_differing) = steps(ours, theirs, lookup);
    differing.extend(steps_differing);
    Seen { content_equal, status: status.and_then(|code| Status::from_code(&code)), steps, differing }
}

/// What is to be said when the portal shows the dossier `copies` times.
pub(super) fn duplicated(copies: usize) -> Option<Differing> {
    (copies > 1).then(|| Differing::plain(DifferenceKind::Duplicated, "", "1", copies.to_string()))
}

/// How many elements of `result` are the dossier.
pub(super) fn copies(result: &Value, dossier: &Dossier) -> usize {
    result.as_array().map_or(0, |elements| elements.iter().filter(|it| is_it(it, dossier)).count())
}

fn content(ours: &Dossier, theirs: &Value, lookup: &LookupConfig) -> (bool, Vec<Differing>) {
    let mut wanted = template(&WireDossier::new(ours));
    if !lookup.files {
        wanted.remove(RESULTS);
    }
    let wanted = Value::Object(wanted);
    let theirs = unsigned(ours, theirs);
    let wanted = unsigned(ours, &wanted);
    let equal = canon(Some(&wanted), &wanted) == canon(Some(&theirs), &wanted);
    let Some(fields) = wanted.as_object() else { return (equal, Vec::new()) };
    let mut differing = if equal { Vec::new() } else { differ::fields(fields, &theirs) };
    if lookup.files {
        differing.extend(differ::papers(ours, fields, &theirs));
    }
    (equal, differing)
}

/// The dossier with our own links without what signs them: that changes with time and says nothing of the file.
fn unsigned<'a>(ours: &Dossier, shown: &'a Value) -> Cow<'a, Value> {
    let shipped = ours.results.iter().filter_map(|result| result.shipped.as_ref());
    let shipped = shipped.chain(ours.papers.iter().filter_map(|paper| paper.shipped.as_ref()));
    let references: Vec<&str> = shipped.map(|shipped| shipped.reference.as_str()).collect();
    if references.is_empty() {
        return Cow::Borrowed(shown);
    }
    let mut shown = shown.clone();
    for (list, link) in [(RESULTS, "DuongDanTepTinKetQua"), ("TaiLieuNop", "DuongDanTaiTepTin")] {
        let items = shown.get_mut(list).and_then(Value::as_array_mut);
        for link in items.into_iter().flatten().filter_map(|item| item.get_mut(link)) {
            let bare = link.as_str().and_then(|text| text.split('?').next()).unwrap_or_default();
            if references.contains(&bare) {
                *link = Value::String(bare.to_owned());
            }
        }
    }
    Cow::Owned(shown)
}

fn steps(ours: &Dossier, theirs: &Value, lookup: &LookupConfig) -> (StepsSeen, Vec<Differing>) {
    let Some(Value::Array(shown)) = theirs.get(&lookup.steps_field).filter(|_| lookup.steps) else {
        return (StepsSeen::NotReturned, Vec::new());
    };
    let ours: Vec<Canon> = ours
        .steps
        .iter()
        .map(|step| {
            let step = step_template(&WireStep::new("", step));
            canon(Some(&step), &step)
        })
        .collect();
    let form = step_template(&WireStep::EMPTY);
    let shown: Vec<Canon> = shown.iter().map(|step| canon(Some(step), &form)).collect();
    let differing = differ::steps(&ours, &shown);
    if ours.starts_with(&shown) {
        return (StepsSeen::Prefix(shown.len()), differing);
    }
    let mut surplus: BTreeMap<&Canon, (usize, usize)> = BTreeMap::new();
    ours.iter().for_each(|step| surplus.entry(step).or_default().0 += 1);
    shown.iter().for_each(|step| surplus.entry(step).or_default().1 += 1);
    let twice = surplus.values().filter(|(ours, _)| *ours > 0);
    let twice = twice.map(|(ours, shown)| shown.saturating_sub(*ours)).sum();
    (StepsSeen::Differ { twice }, differing)
}

/// A step without the dossier's code, which a look-up need not repeat in every step.
fn step_template(step: &WireStep<'_>) -> Value {
    let mut step = template(step);
    step.remove(CODE);
    Value::Object(step)
}

fn template(wire: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(wire) {
        Ok(Value::Object(fields)) => fields,
        // Our wire forms are objects of texts and lists, which always serialise.
        _ => Map::new(),
    }
}

/// A value in the one form in which it is compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Canon {
    Scalar(String),
    /// The order of a list is of no account.
    List(Vec<Canon>),
    /// The values of the template's fields, in the template's order.
    Object(Vec<Canon>),
    /// What the template has no place for: equal to nothing of ours.
    Alien,
}

/// `value` in the form of `template`, which is ours: other fields are left out, and a missing one is empty.
pub(super) fn canon(value: Option<&Value>, template: &Value) -> Canon {
    match (template, value) {
        (Value::Object(fields), Some(Value::Object(theirs))) => {
            Canon::Object(fields.iter().map(|(name, field)| canon(theirs.get(name), field)).collect())
        }
        (Value::Array(_), None | Some(Value::Null)) => Canon::List(Vec::new()),
        (Value::Array(_), Some(Value::String(text))) if text.trim().is_empty() => Canon::List(Vec::new()),
        (Value::Array(ours), Some(Value::Array(theirs))) => {
            // All items of a list of ours have one form. Where we have none, any item of theirs is one too many.
            let form = ours.first().unwrap_or(&Value::Null);
            let mut items: Vec<Canon> = theirs.iter().map(|item| canon(Some(item), form)).collect();
            items.sort();
            Canon::List(items)
        }
        (Value::String(_), None) => Canon::Scalar(String::new()),
        (Value::String(ours), Some(theirs)) => scalar(theirs, ours).map_or(Canon::Alien, Canon::Scalar),
        _ => Canon::Alien,
    }
}

/// A scalar as trimmed text in NFC. A truth value is written as `like` writes them.
pub(super) fn scalar(value: &Value, like: &str) -> Option<String> {
    let text = match value {
        Value::Null => "",
        Value::String(text) => text,
        Value::Number(number) => return Some(number.to_string()),
        Value::Bool(flag) => match (flag, like) {
            (true, "True" | "False") => "True",
            (false, "True" | "False") => "False",
            (true, _) => "1",
            (false, _) => "0",
        },
        Value::Array(_) | Value::Object(_) => return None,
    };
    Some(Text::new(text).as_str().to_owned())
}
