//! Requests for runs: what to compare, of which dossiers, and whether to send again what differs.

use serde::{Deserialize, Serialize};

use crate::compare_jobs::Job;
use dongbo_model::{Cell, Month};

/// The dossiers that a run is about: those that meet every condition that is set.
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
        let is = |wanted: Option<&str>, field: fn(&Cell) -> &str| {
            wanted.is_none_or(|wanted| cell.is_some_and(|cell| field(cell) == wanted))
        };
        self.month.is_none_or(|month| cell.is_some_and(|cell| cell.month == month))
            && is(self.agency.as_deref(), |cell| &cell.agency)
            && is(self.procedure.as_deref(), |cell| &cell.procedure)
    }
}

/// A request for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// The jobs, in the order in which they are done.
    pub jobs: Vec<Job>,
    /// The dossiers that it is about.
    pub scope: Scope,
    /// Whether to look everything up, without a budget for the run.
    pub full: bool,
    /// Whether to send again what differs.
    pub repair: bool,
    /// Whether to do so when it is more than the configured share of a month.
    pub yes: bool,
    /// The person or schedule that asks for it.
    pub by: String,
}

impl RunRequest {
    /// Whether this run tells what `asked` asks: it is about the same dossiers, does at least one of its jobs, and does no
    /// less with what it finds.
    pub(super) fn answers(&self, asked: &Self) -> bool {
        self.scope == asked.scope
            && self.jobs.iter().any(|job| asked.jobs.contains(job))
            && (self.full || !asked.full)
            && self.repair == asked.repair
            && (self.yes || !asked.yes)
    }
}
