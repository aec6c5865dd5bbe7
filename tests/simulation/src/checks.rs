//! The promises that must hold when the world has healed, checked against the reference model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use dongbo_connections::{CallFate, SimulatedCalls};
use dongbo_ledger::{HistoryAct, Layer, LayerState, Overview};
use dongbo_model::FindingKind;
use mock_portal::{DossierView, Operation};

use super::host::{Daemon, FIRST, SECOND, Site};
use super::local::{Local, Model};

/// The reason why the run is not over; `None` when all is done.
pub(crate) fn left_to_do(site: &Site, daemons: &[Option<Daemon>]) -> Option<String> {
    if daemons.iter().any(Option::is_none) {
        return Some("a daemon is down".to_owned());
    }
    let shared = site.shared.lock().unwrap();
    if shared.under_way > 0 || shared.board.armed() > 0 {
        return Some(format!(
            "{} requests under way, {} faults armed",
            shared.under_way,
            shared.board.armed()
        ));
    }
    drop(shared);
    let overview = overview(site);
    let open = |layer: &Layer| {
        let counts = overview.counts.of(*layer);
        counts.of(LayerState::Due) + counts.of(LayerState::InFlight) + counts.of(LayerState::Waiting)
    };
    let open: u64 = Layer::ALL.iter().map(open).sum();
    let unconfirmed = quiet(site).finish(site.ledger.unconfirmed()).unwrap();
    (open + overview.to_verify > 0 || unconfirmed.is_some()).then(|| format!("{overview:?} {unconfirmed:?}"))
}

fn quiet(site: &Site) -> SimulatedCalls {
    SimulatedCalls::new(site.beside.clone(), Arc::new(|_| CallFate::Made))
}

fn overview(site: &Site) -> Overview {
    quiet(site).finish(site.ledger.overview(site.clock.now())).unwrap()
}

/// Has an operator do what only a person can, when nothing else is left to do. Gives the dossiers whose steps were accepted; `None` when
/// there was nothing to do.
pub(crate) fn act_as_operator(site: &Site, now: DateTime<Utc>) -> Option<Vec<String>> {
    let calls = quiet(site);
    let repeated = std::mem::take(&mut site.shared.lock().unwrap().repeated);
    if !repeated.is_empty() {
        // What a comparison finds, and has repaired, ends with this.
        let codes: Vec<&str> = repeated.iter().map(String::as_str).collect();
        calls.finish(site.ledger.send_again(&codes, now)).unwrap();
        return Some(Vec::new());
    }
    let findings = calls.finish(site.ledger.open_findings(1_000)).unwrap();
    let excused = site.shared.lock().unwrap().excused.clone();
    let differ: Vec<String> = findings
        .into_iter()
        .filter(|found| found.finding.kind == FindingKind::StepsDiffer && excused.contains(&found.code))
        .map(|found| found.code)
        .collect();
    if differ.is_empty() {
        return None;
    }
    let accept = HistoryAct::Accept;
    let preview = calls.finish(site.ledger.preview_histories(&differ, accept)).unwrap();
    let done = calls.finish(site.ledger.settle_histories(&preview.rows, accept, "operator", now)).unwrap();
    site.shared.lock().unwrap().accepted.extend(differ.iter().cloned());
    (done > 0).then_some(differ)
}

/// All that is wrong.
pub(crate) fn problems(site: &Site, local: &Local) -> Vec<String> {
    let mut problems = Vec::new();
    let shown: BTreeMap<String, DossierView> =
        site.desk.dossiers().into_iter().map(|view| (view.code.clone(), view)).collect();
    let findings = quiet(site).finish(site.ledger.open_findings(1_000)).unwrap();
    let shared = site.shared.lock().unwrap();
    let mut held = 0;
    for model in &local.dossiers {
        let code = model.code.as_str();
        let view = shown.get(code);
        problems.extend(is_of_another_source(site, model));
        if shared.refused.contains(code) {
            held += 1;
            let is_accepted = shared.accepted.contains(code);
            problems.extend(view.and_then(|view| is_wrong_while_refused(model, view, is_accepted)));
            continue;
        }
        match view {
            None => problems.push(format!("{code} is not on the portal")),
            // What landed very late or twice may have shown a step twice; then a person was told, and accepted it.
            Some(view) => {
                let is_accepted = shared.accepted.contains(code);
                problems.extend(is_wrong(model, view, is_accepted));
                if !is_accepted {
                    problems.extend(has_wrong_facts(site, model));
                }
            }
        }
    }
    for code in shown.keys().filter(|code| !local.dossiers.iter().any(|model| model.code == **code)) {
        problems.push(format!("{code} is on the portal and nowhere else"));
    }
    let overview = overview(site);
    if overview.dossiers != local.dossiers.len() as u64 {
        problems.push(format!("the ledger knows {} of {}", overview.dossiers, local.dossiers.len()));
    }
    if overview.held != held {
        problems.push(format!("{} are held and {held} should be: {findings:?}", overview.held));
    }
    for layer in Layer::ALL {
        let counts = overview.counts.of(*layer);
        let sum: u64 = LayerState::ALL.iter().map(|&state| counts.of(state)).sum();
        if sum != overview.dossiers {
            problems.push(format!("the states of {layer:?} add up to {sum} of {}", overview.dossiers));
        }
    }
    let holders = quiet(site).finish(site.ledger.lease_holders()).unwrap();
    if !holders.is_empty() {
        problems.push(format!("leases are left: {holders:?}"));
    }
    problems
}

/// Where there are two local systems, the ledger knows of each dossier which of them has it.
fn is_of_another_source(site: &Site, model: &Model) -> Option<String> {
    if site.config.sources.len() < 2 {
        return None;
    }
    let story = quiet(site).finish(site.ledger.story(&model.code, 1, site.clock.now())).unwrap();
    let (source, wanted) = (story.map(|story| story.source), if model.of_second { SECOND } else { FIRST });
    (source.as_deref() != Some(wanted))
        .then(|| format!("{} is {wanted}'s and the ledger says {source:?}", model.code))
}

fn is_wrong(model: &Model, view: &DossierView, steps_accepted: bool) -> Option<String> {
    let last = model.versions.last()?;
    let wanted = (format!("rev={}", last.revision), last.status.to_string(), model.steps.clone());
    let mut steps = steps(view, steps_accepted);
    // The step that was made since is there, behind all.
    if steps_accepted && steps.last() == model.steps.last() && are_some_of(&steps, model) {
        steps.clone_from(&model.steps);
    }
    // The names of dialect `ndxp`, or else those of `rest`.
    let either = |one: &str, other: &str| {
        if view.fields.contains_key(one) { text(view, one) } else { text(view, other) }
    };
    let shown = (either("GhiChu", "NoiDungYKien"), either("TrangThaiHoSo", "TrangThai"), steps);
    if wanted != shown {
        return Some(format!("{} is {shown:?} on the portal and {wanted:?} here", model.code));
    }
    let creates = view.history.iter().filter(|write| write.operation == Operation::Create).count();
    (view.creates != 1 || creates != 1).then(|| format!("{} was created {creates} times", model.code))
}

/// The facts for the indicators, which are alike on both sides when everything is in step.
fn has_wrong_facts(site: &Site, model: &Model) -> Option<String> {
    let facts = quiet(site).finish(site.ledger.dossier_facts(&model.code)).unwrap();
    let status = model.versions.last()?.status.to_string();
    let are_right = facts.local == facts.portal
        && facts.local.as_ref().is_some_and(|local| local.status.code() == status)
        && facts.steps_accepted_at.len() == model.steps.len();
    (!are_right).then(|| format!("{} has the facts {facts:?} and is {status} here", model.code))
}

/// A state that it was in, with the steps that it had.
/// Whether these are steps of `model` in its order, though some may lack: the portal lost them before others, and a person accepted that.
fn are_some_of(steps: &[String], model: &Model) -> bool {
    let mut ours = model.steps.iter();
    steps.iter().all(|step| ours.any(|one| one == step))
}

fn is_wrong_while_refused(model: &Model, view: &DossierView, steps_accepted: bool) -> Option<String> {
    let (note, status, steps) =
        (text(view, "GhiChu"), text(view, "TrangThaiHoSo"), steps(view, steps_accepted));
    let was = model
        .versions
        .iter()
        .any(|version| format!("rev={}", version.revision) == note && version.status.to_string() == status);
    let fit = model.steps.starts_with(&steps) || steps_accepted && are_some_of(&steps, model);
    (!was || !fit).then(|| format!("{} never was {note} {status} {steps:?}", model.code))
}

fn text(view: &DossierView, name: &str) -> String {
    view.fields.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// The steps that the portal shows; `once` those that it shows twice, where a person accepted that.
fn steps(view: &DossierView, once: bool) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let content = |step: &serde_json::Map<String, serde_json::Value>| {
        step.get("NoiDungXuLy").and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    view.steps.iter().map(content).filter(|step| !once || seen.insert(step.clone())).collect()
}
