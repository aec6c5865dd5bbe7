//! What the portal shows, compared with what it is to show.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::differ;
use super::reading::{Envelope, Reading};
use super::{Answer, Outcome};
use crate::settings::{Dialect, LookupSettings};
use dongbo_model::{DifferenceKind, Differing, Dossier, PortalId, Status, Text};

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
    /// The identifier that the portal has given it, in a dialect that has one.
    pub portal_id: Option<PortalId>,
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
/// The identifier that a portal of dialect `rest` gives.
const PORTAL_ID: &str = "IdHoSo";

/// A dossier of ours in a dialect's own words, as far as that carries it.
pub(super) struct Ours {
    /// Everything but the steps.
    pub(super) content: Map<String, Value>,
    /// The field that holds the status.
    pub(super) status: &'static str,
    /// The steps; a look-up need not repeat the dossier's code and identifier in each.
    pub(super) steps: Vec<Value>,
    /// A step with nothing in it, which has every field that one has.
    pub(super) step_form: Value,
}

/// What the answer to a look-up of `dossier` shows of it; `None` when the portal does not know it.
///
/// # Errors
/// The answer, when the look-up did not succeed or shows something else.
pub(super) fn seen(
    reading: Reading,
    dialect: Dialect,
    dossier: &Dossier,
    ours: Ours,
    lookup: &LookupSettings,
) -> Result<Option<Seen>, Answer> {
    let Reading { answer, body, .. } = reading;
    match answer.outcome {
        Outcome::Delivered => {}
        Outcome::NotFound => return Ok(None),
        _ => return Err(answer),
    }
    let strange = |message: String, answer: Answer| Answer {
        outcome: Outcome::Unknown,
        drift: true,
        message,
        ..answer
    };
    let result = Envelope::parse(&body, dialect).ok().and_then(|envelope| envelope.result);
    let result: Option<Value> = result.and_then(|result| serde_json::from_str(result.get()).ok());
    let Some(Ok(found)) = result.as_ref().map(|result| pick(result, dossier)) else {
        let message = "the look-up succeeded without showing the dossier that was asked for".to_owned();
        return Err(strange(message, answer));
    };
    let Some(found) = found else { return Ok(None) };
    let mut seen = compare(dossier, ours, found, lookup);
    seen.differing.extend(duplicated(result.as_ref().map_or(0, |result| copies(result, dossier))));
    // To take a missing list for no steps would show every step twice.
    if lookup.steps && seen.steps == StepsSeen::NotReturned {
        let field = &lookup.steps_field;
        let message = format!(
            "the look-up shows no list {field} of steps; set portal.lookup.steps_field to where they are, or \
             portal.lookup.steps to false when there are none"
        );
        return Err(strange(message, answer));
    }
    Ok(Some(seen))
}

/// The element of `result` that is the dossier; `Err` when there is something and it is not there.
fn pick<'a>(result: &'a Value, dossier: &Dossier) -> Result<Option<&'a Value>, ()> {
    let elements = match result {
        Value::Null => return Ok(None),
        Value::Array(elements) if elements.is_empty() => return Ok(None),
        Value::Array(elements) => elements.as_slice(),
        one => std::slice::from_ref(one),
    };
    elements.iter().find(|element| is_it(element, dossier)).map(Some).ok_or(())
}

fn is_it(element: &Value, dossier: &Dossier) -> bool {
    element.get(CODE).is_some_and(|code| scalar(code, "").is_some_and(|code| code == dossier.code.as_str()))
}

/// Compares what the portal shows with `ours`. What it shows beyond our fields is left out of account.
fn compare(dossier: &Dossier, ours: Ours, theirs: &Value, lookup: &LookupSettings) -> Seen {
    let text = |field| theirs.get(field).and_then(|value| scalar(value, ""));
    let status = text(ours.status).and_then(|code| Status::from_code(&code));
    let (steps, steps_differing) = steps(&ours, theirs, lookup);
    let (content_equal, mut differing) = content(dossier, ours.content, theirs, lookup);
    differing.extend(steps_differing);
    Seen {
        status,
        steps,
        portal_id: text(PORTAL_ID).and_then(|id| PortalId::new(&id)),
        content_equal,
        differing,
    }
}

/// What is to be said when the portal shows the dossier `copies` times.
fn duplicated(copies: usize) -> Option<Differing> {
    (copies > 1).then(|| Differing::plain(DifferenceKind::Duplicated, "", "1", copies.to_string()))
}

/// How many elements of `result` are the dossier.
fn copies(result: &Value, dossier: &Dossier) -> usize {
    result.as_array().map_or(1, |elements| elements.iter().filter(|it| is_it(it, dossier)).count())
}

fn content(
    dossier: &Dossier,
    mut wanted: Map<String, Value>,
    theirs: &Value,
    lookup: &LookupSettings,
) -> (bool, Vec<Differing>) {
    if !lookup.files {
        wanted.remove(RESULTS);
    }
    let wanted = Value::Object(wanted);
    let theirs = unsigned(dossier, theirs);
    let wanted = unsigned(dossier, &wanted);
    let equal = canon(Some(&wanted), &wanted) == canon(Some(&theirs), &wanted);
    let Some(fields) = wanted.as_object() else { return (equal, Vec::new()) };
    let mut differing = if equal { Vec::new() } else { differ::fields(fields, &theirs) };
    if lookup.files {
        differing.extend(differ::papers(dossier, fields, &theirs));
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

fn steps(ours: &Ours, theirs: &Value, lookup: &LookupSettings) -> (StepsSeen, Vec<Differing>) {
    let Some(Value::Array(shown)) = theirs.get(&lookup.steps_field).filter(|_| lookup.steps) else {
        return (StepsSeen::NotReturned, Vec::new());
    };
    let shown: Vec<Canon> = shown.iter().map(|step| canon(Some(step), &ours.step_form)).collect();
    let ours: Vec<Canon> = ours.steps.iter().map(|step| canon(Some(step), step)).collect();
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

/// A step without what names its dossier, which a look-up need not repeat in every step.
pub(super) fn step_template(step: &impl Serialize, names: &[&str]) -> Value {
    let mut step = template(step);
    for name in names {
        step.remove(*name);
    }
    Value::Object(step)
}

/// A wire form as a value.
pub(super) fn template(wire: &impl Serialize) -> Map<String, Value> {
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
            let form = form_of(ours);
            let mut items: Vec<Canon> = theirs.iter().map(|item| canon(Some(item), &form)).collect();
            items.sort();
            Canon::List(items)
        }
        (Value::String(_), None) => Canon::Scalar(String::new()),
        (Value::String(ours), Some(theirs)) => scalar(theirs, ours).map_or(Canon::Alien, Canon::Scalar),
        _ => Canon::Alien,
    }
}

/// The form of a list's items: the first one's, with lists that are empty in it taken from where they are not.
fn form_of(items: &[Value]) -> Cow<'_, Value> {
    let Some(first) = items.first() else { return Cow::Owned(Value::Null) };
    let mut form = Cow::Borrowed(first);
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    for (name, value) in items.iter().skip(1).filter_map(Value::as_object).flatten() {
        if form.get(name).is_some_and(is_empty)
            && !is_empty(value)
            && let Some(place) = form.to_mut().get_mut(name)
        {
            place.clone_from(value);
        }
    }
    form
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
