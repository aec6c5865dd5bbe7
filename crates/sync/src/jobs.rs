//! The jobs of comparing both sides, and how each of them stands. Their names are in metrics, on the control socket and
//! in the ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A part of comparing both sides that runs by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// Everything local against the ledger.
    Sweep,
    /// The portal's counts against the ledger's.
    Counts,
    /// Dossiers looked up on the portal.
    LookUps,
    /// The portal's list of procedures.
    Catalogue,
}

impl Job {
    /// Every job.
    pub const ALL: &'static [Self] = &[Self::Sweep, Self::Counts, Self::LookUps, Self::Catalogue];

    /// The stable name in metrics, logs and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Counts => "counts",
            Self::LookUps => "look_ups",
            Self::Catalogue => "catalogue",
        }
    }

    /// The job of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|job| job.name() == name)
    }

    /// The name under which the ledger keeps when it last ended.
    #[must_use]
    pub(crate) const fn cursor(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Counts => "reconcile.counts",
            Self::LookUps => "reconcile.look_ups",
            Self::Catalogue => "reconcile.catalogue",
        }
    }

    /// The memo of how many of its runs in a row the portal broke off.
    pub(crate) fn broken_off_memo(self) -> String {
        format!("{}.broken_off", self.cursor())
    }
}

/// When each job last ended and runs next, how it fared, and what the last sample says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobStates {
    /// When each last ended.
    pub last: BTreeMap<Job, DateTime<Utc>>,
    /// When each runs next.
    pub next: BTreeMap<Job, DateTime<Utc>>,
    /// When the next run of each is to begin by its schedule; past while it is under way or overdue.
    pub due: BTreeMap<Job, DateTime<Utc>>,
    /// How many runs of each in a row the portal has broken off, up to the last one.
    pub broken_off: BTreeMap<Job, u64>,
    /// The bound of the last sample.
    pub bound: Option<f64>,
}
