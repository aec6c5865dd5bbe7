//! Summaries of runs, as files, the ledger and the control socket keep them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::note::{Note, NoteKind};
use super::request::Scope;
use crate::compare_jobs::Job;
use dongbo_model::Age;

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

/// The findings of a run, in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Summary {
    /// Its name, which sorts by time.
    pub id: String,
    /// The jobs that it did.
    pub jobs: Vec<Job>,
    /// The dossiers that it was about.
    pub scope: Scope,
    /// The person or schedule that asked for it.
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
    /// Of these, those that showed something else.
    pub different: u64,
    /// Dossiers that were on their way, of which nothing can be said.
    pub in_flight: u64,
    /// Look-ups that were not answered.
    pub unanswered: u64,
    /// Dossiers that the budget left for later runs.
    pub left: u64,
    /// The sample, and its meaning for all.
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
    /// Dossiers that would be sent again, or were, by month.
    pub plan: Vec<MonthPlan>,
    /// Dossiers that were sent again.
    pub repaired: u64,
    /// The things that the run could not do.
    pub notes: Vec<Note>,
}

/// The number of cells by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CellTotals {
    /// Compared in all.
    pub compared: u64,
    /// Both sides count the same.
    pub equal: u64,
    /// They differ.
    pub different: u64,
    /// They differ by no more than is on its way.
    pub pending: u64,
    /// The portal has not counted them: `null`.
    pub uncounted: u64,
}

/// A sample, and its meaning for all.
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

    /// Whether the portal broke `job` off: it refused its counts, or did not answer look-ups. The state of what was not
    /// compared then is unknown.
    #[must_use]
    pub fn broke_off(&self, job: Job) -> bool {
        let note = match job {
            Job::Sweep => return false,
            Job::Counts | Job::Catalogue => NoteKind::CountsBrokenOff,
            Job::LookUps => NoteKind::LookUpsBrokenOff,
        };
        self.notes.iter().any(|noted| noted.is(note))
    }

    /// Its duration in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        (self.ended_at - self.started_at).num_seconds()
    }
}
