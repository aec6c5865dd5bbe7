//! Summaries of runs, as files, the ledger and the control socket keep them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::note::{Note, NoteKind};
use super::request::{RunRequest, Scope};
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
    /// Files of dossiers in scope that the portal does not have yet.
    #[serde(default)]
    pub files_missing: u64,
}

/// The meaning of a run for both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// So many differences are more than pending.
    Differs(u64),
    /// Nothing was found to differ for long, and something was not compared.
    Unfinished,
    /// Nothing was found to differ for long, and the portal lacks so many files.
    FilesMissing(u64),
    /// So many differences are pending.
    Pending(u64),
    /// Both sides are equal, as far as was compared.
    Equal,
}

/// The number of cells by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
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

    /// Whether both sides are equal, as far as was compared, but for what is merely pending.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        matches!(self.meaning(), Meaning::Equal | Meaning::Pending(_))
    }

    /// The meaning of the run, the gravest first.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let all: u64 = self.by_age.values().sum();
        match (self.serious(), self.is_unfinished(), self.files_missing, all) {
            (0, false, 0, 0) => Meaning::Equal,
            (0, false, 0, pending) => Meaning::Pending(pending),
            (0, false, files, _) => Meaning::FilesMissing(files),
            (0, true, ..) => Meaning::Unfinished,
            (serious, ..) => Meaning::Differs(serious),
        }
    }

    /// Whether something that was to be compared was not: a person or the portal ended the run early, or nothing at all was
    /// compared.
    fn is_unfinished(&self) -> bool {
        let compares = |job: &Job| matches!(job, Job::Counts | Job::LookUps);
        let nothing = self.looked_up == 0 && self.cells.compared == 0 && self.in_flight == 0;
        self.is_cancelled()
            || self.jobs.iter().any(|job| self.broke_off(*job))
            || self.unanswered > 0
            || self.dossiers > 0 && nothing && self.jobs.iter().any(compares)
    }

    /// Whether a person cancelled it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.notes.iter().any(|note| note.is(NoteKind::Cancelled))
    }

    /// The summary of a run that `by` cancelled before it began.
    pub(super) fn never_begun(request: &RunRequest, by: &str) -> Self {
        Self {
            jobs: request.jobs.clone(),
            scope: request.scope.clone(),
            by: request.by.clone(),
            notes: vec![Note::about(NoteKind::Cancelled, by)],
            ..Self::default()
        }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Meaning, Summary};
    use crate::compare_jobs::Job;

    #[test]
    fn equal_is_said_only_when_all_was_compared_and_nothing_is_missing() {
        let equal = Summary { jobs: vec![Job::LookUps], dossiers: 9, looked_up: 9, ..Summary::default() };
        let ages = |age: &str| BTreeMap::from([(age.to_owned(), 2)]);
        let noted = |note: &str| Summary { notes: vec![note.into()], ..equal.clone() };
        let table = [
            (equal.clone(), Meaning::Equal),
            (Summary { by_age: ages("pending"), ..equal.clone() }, Meaning::Pending(2)),
            (
                Summary { files_missing: 3, by_age: ages("pending"), ..equal.clone() },
                Meaning::FilesMissing(3),
            ),
            (Summary { unanswered: 1, files_missing: 3, ..equal.clone() }, Meaning::Unfinished),
            (noted("cancelled:lan"), Meaning::Unfinished),
            (noted("look_ups_broken_off"), Meaning::Unfinished),
            (noted("over_budget"), Meaning::Equal),
            (Summary { looked_up: 0, ..equal.clone() }, Meaning::Unfinished),
            (Summary { looked_up: 0, dossiers: 0, ..equal.clone() }, Meaning::Equal),
            (Summary { by_age: ages("late"), unanswered: 1, ..equal.clone() }, Meaning::Differs(2)),
        ];
        for (summary, meaning) in table {
            assert_eq!(summary.meaning(), meaning, "{summary:?}");
        }
    }
}
