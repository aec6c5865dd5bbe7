//! The dossiers that the portal holds.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::counters::Counters;
use crate::error::Error;
use crate::facts::{self, Cells, Facts};
use crate::lifecycle;

/// The kind of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `isUpdating` "False".
    Create,
    /// `isUpdating` "True".
    Update,
    /// A processing step.
    Step,
}

/// One accepted write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRecord {
    /// Number of the call in the log.
    pub call: u64,
    /// The kind of the write.
    pub operation: Operation,
    /// `TrangThaiHoSo`, or the step's `TrangThai`.
    pub status: u8,
    /// `GhiChu`; empty for a step.
    pub note: String,
}

/// A write that passed validation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Write<'a> {
    pub(crate) operation: Operation,
    pub(crate) code: &'a str,
    pub(crate) body: &'a str,
    pub(crate) status: u8,
    /// Whether the status may lie before the one that the dossier has.
    pub(crate) is_cancellation: bool,
    pub(crate) note: &'a str,
    /// `ThoiDiemXuLy` of a step.
    pub(crate) at: &'a str,
    /// Hash of all fields of a step.
    pub(crate) fingerprint: u64,
}

#[derive(Debug)]
struct Step {
    body: Box<str>,
    at: Box<str>,
    fingerprint: u64,
}

#[derive(Debug, Default)]
struct Dossier {
    body: Box<str>,
    status: u8,
    revision: Option<u64>,
    creates: u64,
    steps: Vec<Step>,
    history: Vec<WriteRecord>,
    /// Number of times beyond the first that the dossier is shown and counted.
    surplus: u32,
    /// The counts of `body` and `steps`, once they were counted.
    facts: Option<Box<Facts>>,
}

/// A dossier as the outside sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DossierView {
    /// `MaHoSo`.
    pub code: String,
    /// Number of creates that were accepted.
    pub creates: u64,
    /// The dossier as last accepted.
    pub fields: Map<String, Value>,
    /// Its steps in order of arrival.
    pub steps: Vec<Map<String, Value>>,
    /// Its accepted writes in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<WriteRecord>,
}

/// An order to spoil a stored dossier behind everybody's back. The parts given are done in this order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Damage {
    /// Fields to overwrite.
    pub set: Map<String, Value>,
    /// A step to lose, by place.
    pub drop_step: Option<usize>,
    /// A step to show twice, by place.
    pub duplicate_step: Option<usize>,
    /// Two steps to exchange, by place.
    pub swap_steps: Option<(usize, usize)>,
    /// Number of times to show and count the dossier.
    pub copies: Option<u32>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    creates: u64,
    updates: u64,
    steps: u64,
    duplicate_steps: u64,
    steps_out_of_order: u64,
    backward_moves: u64,
    created_twice: u64,
}

/// All dossiers, in the order of their codes.
#[derive(Debug, Default)]
pub(crate) struct Store {
    dossiers: BTreeMap<Box<str>, Dossier>,
    tally: Tally,
    /// Rises with every change that can be counted.
    version: u64,
}

impl Store {
    pub(crate) fn knows(&self, code: &str) -> bool {
        self.dossiers.contains_key(code)
    }

    /// Stores an admitted write; a step of a dossier that is gone meanwhile is dropped.
    pub(crate) fn apply(&mut self, write: &Write<'_>, call: u64) {
        let record = WriteRecord {
            call,
            operation: write.operation,
            status: write.status,
            note: write.note.to_owned(),
        };
        match write.operation {
            Operation::Step => self.append_step(write, record),
            Operation::Create | Operation::Update => self.replace(write, record),
        }
    }

    fn append_step(&mut self, write: &Write<'_>, record: WriteRecord) {
        let Some(dossier) = self.dossiers.get_mut(write.code) else { return };
        self.tally.steps += 1;
        if dossier.steps.iter().any(|step| step.fingerprint == write.fingerprint) {
            self.tally.duplicate_steps += 1;
        }
        // Fourteen digits each: the order of the text is the order of time.
        if dossier.steps.last().is_some_and(|last| write.at < &*last.at) {
            self.tally.steps_out_of_order += 1;
        }
        let step = Step { body: write.body.into(), at: write.at.into(), fingerprint: write.fingerprint };
        dossier.steps.push(step);
        dossier.facts = None;
        self.version += 1;
        dossier.history.push(record);
    }

    fn replace(&mut self, write: &Write<'_>, record: WriteRecord) {
        let is_create = write.operation == Operation::Create;
        let revision = revision(write.note);
        let dossier = match self.dossiers.entry(write.code.into()) {
            Entry::Vacant(place) => place.insert(Dossier::default()),
            Entry::Occupied(place) => {
                let dossier = place.into_mut();
                self.tally.backward_moves += u64::from(dossier.is_ahead_of(write, revision));
                self.tally.created_twice += u64::from(is_create);
                dossier
            }
        };
        if is_create {
            dossier.creates += 1;
            self.tally.creates += 1;
        } else {
            self.tally.updates += 1;
        }
        self.version += 1;
        dossier.body = write.body.into();
        dossier.facts = None;
        dossier.status = write.status;
        dossier.revision = revision.or(dossier.revision);
        dossier.history.push(record);
    }

    /// The bodies of a dossier and of its steps.
    pub(crate) fn bodies(&self, code: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
        let dossier = self.dossiers.get(code)?;
        Some((&dossier.body, dossier.steps.iter().map(|step| &*step.body)))
    }

    /// Number of times that a dossier is shown.
    pub(crate) fn copies(&self, code: &str) -> u32 {
        self.dossiers.get(code).map_or(0, |dossier| dossier.surplus.saturating_add(1))
    }

    /// Rises with every change that can be counted.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// Everything counted.
    pub(crate) fn cells(&mut self) -> Cells {
        let mut cells = Cells::new();
        for Dossier { body, steps, facts, surplus, .. } in self.dossiers.values_mut() {
            let facts = facts.get_or_insert_with(|| {
                let steps: Vec<_> = steps.iter().map(|step| object(&step.body)).collect();
                Box::new(Facts::of(&object(body), &steps))
            });
            // Almost every dossier meets a cell that is there.
            if !cells.contains_key(&facts.place) {
                cells.insert(facts.place.clone(), facts::Cell::default());
            }
            let Some(cell) = cells.get_mut(&facts.place) else { continue };
            for _ in 0..=*surplus {
                cell.add(&facts.cell);
            }
        }
        cells
    }

    /// Stores a dossier that nobody sent, as one that was born on the portal.
    pub(crate) fn plant(&mut self, code: &str, fields: &Map<String, Value>) {
        self.version += 1;
        let body = Value::Object(fields.clone()).to_string();
        self.dossiers.insert(code.into(), Dossier { body: body.into(), ..Dossier::default() });
    }

    pub(crate) fn view(&self, code: &str) -> Option<DossierView> {
        self.dossiers.get(code).map(|dossier| dossier.view(code, true))
    }

    /// A page of dossiers with codes after `after`.
    pub(crate) fn page(&self, after: &str, limit: usize, history: bool) -> Vec<DossierView> {
        let range = (Bound::Excluded(after), Bound::Unbounded);
        let page = self.dossiers.range::<str, _>(range).take(limit);
        page.map(|(code, dossier)| dossier.view(code, history)).collect()
    }

    pub(crate) fn remove(&mut self, code: &str) -> bool {
        self.version += 1;
        self.dossiers.remove(code).is_some()
    }

    /// Spoils a dossier; `Ok(false)` if it is not there. Nothing is done unless all of it can be.
    pub(crate) fn damage(&mut self, code: &str, damage: &Damage) -> Result<bool, Error> {
        let Some(dossier) = self.dossiers.get_mut(code) else { return Ok(false) };
        let count =
            dossier.steps.len() - usize::from(damage.drop_step.is_some_and(|n| n < dossier.steps.len()));
        let grown = count + usize::from(damage.duplicate_step.is_some());
        let misses = [
            damage.drop_step.is_some_and(|place| place >= dossier.steps.len()),
            damage.duplicate_step.is_some_and(|place| place >= count),
            damage.swap_steps.is_some_and(|(one, other)| one.max(other) >= grown),
        ];
        if misses.contains(&true) {
            return Err(Error::InvalidDamage(format!("there are only {} steps", dossier.steps.len())));
        }
        if !damage.set.is_empty() {
            let mut fields = object(&dossier.body);
            fields.extend(damage.set.clone());
            let status = fields.get("TrangThaiHoSo").and_then(Value::as_str);
            dossier.status = status.and_then(|text| text.parse().ok()).unwrap_or(dossier.status);
            dossier.revision = fields.get("GhiChu").and_then(Value::as_str).and_then(revision);
            dossier.body = Value::Object(fields).to_string().into();
        }
        dossier.facts = None;
        self.version += 1;
        if let Some(copies) = damage.copies {
            dossier.surplus = copies.saturating_sub(1);
        }
        if let Some(place) = damage.drop_step {
            dossier.steps.remove(place);
        }
        if let Some(step) = damage.duplicate_step.and_then(|place| dossier.steps.get(place)) {
            let copy = Step { body: step.body.clone(), at: step.at.clone(), fingerprint: step.fingerprint };
            dossier.steps.push(copy);
        }
        if let Some((one, other)) = damage.swap_steps {
            dossier.steps.swap(one, other);
        }
        Ok(true)
    }

    pub(crate) fn count_into(&self, counters: &mut Counters) {
        counters.creates = self.tally.creates;
        counters.updates = self.tally.updates;
        counters.steps = self.tally.steps;
        counters.duplicate_steps = self.tally.duplicate_steps;
        counters.steps_out_of_order = self.tally.steps_out_of_order;
        counters.backward_moves = self.tally.backward_moves;
        counters.created_twice = self.tally.created_twice;
        counters.dossiers = u64::try_from(self.dossiers.len()).unwrap_or(u64::MAX);
    }

    pub(crate) fn reset_counters(&mut self) {
        self.tally = Tally::default();
    }
}

impl Dossier {
    /// Whether a write of this revision moves the dossier backward.
    fn is_ahead_of(&self, write: &Write<'_>, revision: Option<u64>) -> bool {
        let back_in_life = !write.is_cancellation && !lifecycle::is_reachable(self.status, write.status);
        let back_in_revision = matches!((self.revision, revision), (Some(old), Some(new)) if new < old);
        back_in_life || back_in_revision
    }

    fn view(&self, code: &str, history: bool) -> DossierView {
        DossierView {
            code: code.to_owned(),
            creates: self.creates,
            fields: object(&self.body),
            steps: self.steps.iter().map(|step| object(&step.body)).collect(),
            history: if history { self.history.clone() } else { Vec::new() },
        }
    }
}

/// The fields of a stored body, which was parsed before it was stored.
pub(crate) fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

/// The `rev=<n>` that a simulator writes into `GhiChu` to number its versions.
fn revision(note: &str) -> Option<u64> {
    let (_, rest) = note.split_once("rev=")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| rest.get(..end).unwrap_or(rest));
    digits.parse().ok()
}

#[cfg(test)]
mod tests;
