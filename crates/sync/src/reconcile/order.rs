//! What a run is to do, and what it found.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::note::{Note, NoteKind};
use crate::jobs::Job;
use dongbo_model::{Age, Cell, Month};

/// What of the dossiers a run is about: those that meet every condition that is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The month of receipt.
    pub month: Option<Month>,
    /// The national code of the unit.
    pub agency: Option<String>,
    /// The national code of the procedure.
    pub procedure: Option<String>,
    /// One dossier.
    pub dossier: Option<String>,
}

impl Scope {
    /// Whether it is about everything.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a cell lies in it. A dossier's cell that is not known lies in a scope that asks for none.
    #[must_use]
    pub fn holds(&self, cell: Option<&Cell>) -> bool {
        let is = |wanted: Option<&str>, what: fn(&Cell) -> &str| {
            wanted.is_none_or(|wanted| cell.is_some_and(|cell| what(cell) == wanted))
        };
        self.month.is_none_or(|month| cell.is_some_and(|cell| cell.month == month))
            && is(self.agency.as_deref(), |cell| &cell.agency)
            && is(self.procedure.as_deref(), |cell| &cell.procedure)
    }
}

/// What a run is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What to compare, in this order.
    pub jobs: Vec<Job>,
    /// What of it.
    pub scope: Scope,
    /// Whether to look everything up, without a budget for the run.
    pub full: bool,
    /// Whether to send again what differs.
    pub repair: bool,
    /// Whether to do so when it is more than the configured share of a month.
    pub yes: bool,
    /// In whose name.
    pub by: String,
}

/// Dossiers of one month that would be sent again, and whether that is more than may be without a person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthPlan {
    /// The month of receipt, as `2026-03`.
    pub month: String,
    /// Dossiers to be sent again.
    pub dossiers: u64,
    /// All dossiers of the month.
    pub of: u64,
    /// Whether `--yes` is needed.
    pub guarded: bool,
}

/// What a run compared and found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Summary {
    /// Its name, which sorts by time.
    pub id: String,
    /// What it compared.
    pub jobs: Vec<Job>,
    /// What of it.
    pub scope: Scope,
    /// In whose name.
    pub by: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Dossiers that the ledger knows.
    pub dossiers: u64,
    /// Local dossiers that the sweep found to differ from the ledger, and had read again; `None` without a sweep.
    pub swept: Option<u64>,
    /// Cells of the portal's counts that were compared, and how they stood.
    pub cells: CellTotals,
    /// Calls to the evaluation API.
    pub count_calls: u64,
    /// Look-ups that were answered.
    pub looked_up: u64,
    /// Of these, those that showed everything as it is to be.
    pub equal: u64,
    /// Of these, those that did not.
    pub different: u64,
    /// Dossiers that were on their way, of which nothing can be said.
    pub in_flight: u64,
    /// Look-ups that were not answered.
    pub unanswered: u64,
    /// Dossiers that the budget left for later runs.
    pub left: u64,
    /// The sample, and what it says of all.
    pub sample: Sample,
    /// Open differences by kind.
    pub by_kind: BTreeMap<String, u64>,
    /// Open differences by layer.
    pub by_layer: BTreeMap<String, u64>,
    /// Open differences by age.
    pub by_age: BTreeMap<String, u64>,
    /// Differences that were not open before.
    pub opened: u64,
    /// Differences that are gone.
    pub closed: u64,
    /// What would be sent again, or was, by month.
    pub plan: Vec<MonthPlan>,
    /// Dossiers that were sent again.
    pub repaired: u64,
    /// What the run could not do.
    pub notes: Vec<Note>,
}

/// How many cells stood how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellTotals {
    /// Compared in all.
    pub compared: u64,
    /// Both sides count the same.
    pub equal: u64,
    /// They do not.
    pub different: u64,
    /// They do not, by no more than is on its way.
    pub pending: u64,
    /// The portal has not counted them: `null`.
    pub uncounted: u64,
}

/// A sample, and what it says of all.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Dossiers that were drawn and looked up, those on their way apart.
    pub looked_at: u64,
    /// Of these, those that differ.
    pub different: u64,
    /// With a confidence of 95 % a smaller share of all differs; `None` without a sample.
    pub bound: Option<f64>,
}

impl Summary {
    /// Open differences that are more than pending.
    #[must_use]
    pub fn serious(&self) -> u64 {
        self.by_age.iter().filter(|(age, _)| *age != Age::Pending.name()).map(|(_, many)| many).sum()
    }

    /// Whether both sides are equal, as far as was compared.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.serious() == 0
    }

    /// Whether the portal broke `job` off: it refused its counts, or did not answer look-ups. What was not compared then,
    /// nobody knows.
    #[must_use]
    pub fn broke_off(&self, job: Job) -> bool {
        let note = match job {
            Job::Sweep => return false,
            Job::Counts | Job::Catalogue => NoteKind::CountsBrokenOff,
            Job::LookUps => NoteKind::LookUpsBrokenOff,
        };
        self.notes.iter().any(|known| known.is(note))
    }

    /// How long it took, in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        (self.ended_at - self.started_at).num_seconds()
    }
}
