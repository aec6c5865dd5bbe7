//! The comparison of a whole dossier.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::canonical::{canonical, scalar};
use super::expected::{Expected, RESULTS};
use super::facts::Record;
use super::own_form::OwnForm;
use super::steps::{Histories, StepsSeen};
use super::{Lookup, bridge, differences, papers, steps};
use crate::answer::Answer;
use crate::envelope::is_nothing;
use crate::outcome::Outcome;
use crate::parse::Parsed;
use dongbo_model::{DifferenceKind, Differing, Dossier, Facts, Layer, Mode, PortalHistory, PortalId, Status};

const CODE: &str = "MaHoSo";
/// The identifier that a portal of dialect `rest` gives.
const PORTAL_ID: &str = "IdHoSo";

/// The portal's record of a dossier, compared with ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whether everything but the steps is as it is to be.
    pub content_equal: bool,
    /// The status that the portal shows; `None` when it shows none that is known.
    pub status: Option<Status>,
    /// The processing history.
    pub steps: StepsSeen,
    /// Both histories, when they do not fit together.
    pub histories: Option<Histories>,
    /// All differences, one by one; empty when everything is as it is to be.
    pub differing: Vec<Differing>,
    /// The identifier that the portal has given it, in a dialect that has one.
    pub portal_id: Option<PortalId>,
    /// The form in which the portal shows the content, when all that differs in it says the same.
    pub own_form: Option<OwnForm>,
    /// The facts of the dossier as the portal shows them; `None` when everything is as it is to be.
    pub facts: Option<Box<Facts>>,
}

impl Seen {
    /// The processing history, when a person `accepted` the portal's as it is.
    #[must_use]
    pub fn steps_beside(&self, accepted: Option<&PortalHistory>) -> StepsSeen {
        let covered = self.histories.as_ref().zip(accepted);
        let covered = covered.and_then(|(histories, accepted)| histories.covered_by(accepted));
        covered.map_or(self.steps, StepsSeen::Prefix)
    }

    /// The differences that count when the portal is known to keep the content in this form, as [`OwnForm`] is written, and its history
    /// was `accepted` as it is.
    #[must_use]
    pub fn differing_from(&self, form: Option<&str>, accepted: Option<&PortalHistory>) -> Vec<Differing> {
        let lacks = self.histories.as_ref().zip(accepted);
        let lacks = lacks.and_then(|(histories, accepted)| histories.lacking(accepted));
        let own = self.own_form.as_ref().filter(|own| form.is_some_and(|form| form == own.to_string()));
        let fields: Vec<&str> = own.map(|own| own.fields.split(',').collect()).unwrap_or_default();
        let counts =
            |differing: &&Differing| !differing.subject.split(',').all(|field| fields.contains(&field));
        let is_of_steps = |differing: &&Differing| differing.kind.layer() == Layer::Steps;
        let counted = self.differing.iter().filter(counts);
        match lacks {
            None => counted.cloned().collect(),
            Some(lacking) => {
                counted.filter(|differing| !is_of_steps(differing)).cloned().chain(lacking).collect()
            }
        }
    }
}

/// Compares the record in the answer to a look-up of `dossier` with the expected one; `None` when the portal does not
/// know the dossier. In watch mode what a vendor's bridge has of its own is no difference.
///
/// # Errors
/// The answer, when the look-up did not succeed or shows something else.
pub(crate) fn seen(
    parsed: Parsed,
    dossier: &Dossier,
    expected: Expected,
    (lookup, mode): (&Lookup, Mode),
) -> Result<Option<Seen>, Answer> {
    let Parsed { answer, result, .. } = parsed;
    match answer.outcome {
        Outcome::Delivered => {}
        Outcome::NotFound => return Ok(None),
        _ => return Err(answer),
    }
    let result: Option<Value> = result.and_then(|result| serde_json::from_str(result.get()).ok());
    let Some((result, Ok(found))) = result.as_ref().map(|result| (result, pick(result, dossier))) else {
        return Err(answer.drifted("the look-up succeeded without showing the dossier that was asked for"));
    };
    let Some(found) = found else { return Ok(None) };
    let mut seen = compare(dossier, expected, found, (lookup, mode));
    seen.differing.extend(duplicated(result, dossier));
    // To take a missing list for no steps would show every step twice.
    if lookup.settings.steps && seen.steps == StepsSeen::NotReturned {
        let field = &lookup.settings.steps_field;
        return Err(answer.drifted(format!(
            "the look-up shows no list {field} of steps; set portal.lookup.steps_field to where they are, or \
             portal.lookup.steps to false when there are none"
        )));
    }
    Ok(Some(seen))
}

/// The element of `result` that is the dossier; `Err` when there is something and it is not there.
fn pick<'a>(result: &'a Value, dossier: &Dossier) -> Result<Option<&'a Value>, ()> {
    let elements = match result {
        // What some systems answer in place of an empty list.
        Value::Bool(false) => return Ok(None),
        nothing if is_nothing(nothing) => return Ok(None),
        Value::Array(elements) => elements.as_slice(),
        one => std::slice::from_ref(one),
    };
    elements.iter().find(|element| is_it(element, dossier)).map(Some).ok_or(())
}

fn is_it(element: &Value, dossier: &Dossier) -> bool {
    element.get(CODE).is_some_and(|code| scalar(code, "").is_some_and(|code| code == dossier.code.as_str()))
}

/// The difference when `result` shows the dossier more than once.
fn duplicated(result: &Value, dossier: &Dossier) -> Option<Differing> {
    let elements = result.as_array()?;
    let copies = elements.iter().filter(|element| is_it(element, dossier)).count();
    (copies > 1).then(|| Differing::plain(DifferenceKind::Duplicated, "", "1", copies.to_string()))
}

/// Compares the portal's record with the expected one. Fields that only the portal has do not count.
fn compare(dossier: &Dossier, expected: Expected, theirs: &Value, (lookup, mode): (&Lookup, Mode)) -> Seen {
    let text = |field| theirs.get(field).and_then(|value| scalar(value, ""));
    let status = text(expected.status).and_then(|code| Status::from_code(&code));
    let (steps, steps_differing, histories) = steps::compare(&expected, theirs, lookup);
    let carried = expected.content.clone();
    let (content_equal, mut differing, own_form) = match mode {
        Mode::Push => content(dossier, expected.content, theirs, lookup),
        Mode::Watch => brought(dossier, expected.content, theirs, lookup),
    };
    differing.extend(steps_differing);
    let facts = (!differing.is_empty()).then(|| {
        let shown = lookup.settings.steps.then(|| theirs.get(&lookup.settings.steps_field)).flatten();
        let record = Record {
            carried: &carried,
            theirs,
            status,
            steps: shown.and_then(Value::as_array),
            files: lookup.settings.files,
        };
        Box::new(record.facts(dossier))
    });
    Seen {
        status,
        steps,
        histories,
        portal_id: text(PORTAL_ID).and_then(|id| PortalId::new(&id)),
        content_equal,
        differing,
        own_form,
        facts,
    }
}

/// Whether everything but the steps is equal, in what it differs, and the portal's own form of it.
fn content(
    dossier: &Dossier,
    mut wanted: Map<String, Value>,
    theirs: &Value,
    lookup: &Lookup,
) -> (bool, Vec<Differing>, Option<OwnForm>) {
    if !lookup.settings.files {
        wanted.remove(RESULTS);
    }
    let wanted = Value::Object(wanted);
    let theirs = unsigned(dossier, theirs);
    let wanted = unsigned(dossier, &wanted);
    let equal = canonical(Some(&wanted), &wanted) == canonical(Some(&theirs), &wanted);
    let Some(fields) = wanted.as_object() else { return (equal, Vec::new(), None) };
    let mut differing = if equal { Vec::new() } else { differences::of_fields(fields, &theirs, &lookup.key) };
    if lookup.settings.files {
        differing.extend(papers::compare(dossier, fields, &theirs, &lookup.key));
    }
    let own_form = if equal { None } else { OwnForm::of(fields, &theirs, &lookup.key) };
    (equal, differing, own_form)
}

/// As [`content`], of a dossier that a vendor's bridge has brought.
fn brought(
    dossier: &Dossier,
    mut wanted: Map<String, Value>,
    theirs: &Value,
    lookup: &Lookup,
) -> (bool, Vec<Differing>, Option<OwnForm>) {
    let theirs = bridge::without_its_own(&mut wanted, theirs);
    let carries_results = lookup.settings.files && wanted.contains_key(RESULTS);
    let (_, differing, own_form) = content(dossier, wanted, &theirs, lookup);
    let differing = bridge::that_count(dossier, differing, carries_results);
    (differing.is_empty(), differing, own_form)
}

/// The record with the links to our own files cut before their signatures, which change with time and say nothing of the
/// file.
fn unsigned<'a>(ours: &Dossier, record: &'a Value) -> Cow<'a, Value> {
    let shipped = ours.results.iter().filter_map(|result| result.shipped.as_ref());
    let shipped = shipped.chain(ours.papers.iter().filter_map(|paper| paper.shipped.as_ref()));
    let references: Vec<&str> = shipped.map(|shipped| shipped.reference.as_str()).collect();
    if references.is_empty() {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    for (list, link) in [(RESULTS, "DuongDanTepTinKetQua"), ("TaiLieuNop", "DuongDanTaiTepTin")] {
        let items = record.get_mut(list).and_then(Value::as_array_mut);
        for link in items.into_iter().flatten().filter_map(|item| item.get_mut(link)) {
            let bare = link.as_str().and_then(|text| text.split('?').next()).unwrap_or_default();
            if references.contains(&bare) {
                *link = Value::String(bare.to_owned());
            }
        }
    }
    Cow::Owned(record)
}
