//! The jobs of comparing both sides, and how each of them stands. Their names are in metrics, on the control socket and
//! in the ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use dongbo_model::vocabulary;

vocabulary! {
    /// A part of comparing both sides that runs by itself.
    pub enum Job
    texts {
        /// The name for people.
        text
    }
    {
        /// Everything local against the ledger.
        Sweep = "sweep", ["Rà soát một cửa", "Sweep"];
        /// The portal's counts against the ledger's.
        Counts = "counts", ["So số đếm", "Counts"];
        /// Dossiers looked up on the portal.
        LookUps = "look_ups", ["Tra cứu hồ sơ", "Look-ups"];
        /// The portal's list of procedures.
        Catalogue = "catalogue", ["Danh mục thủ tục", "Catalogue"];
    }
}

impl Job {
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
    /// The number of runs of each in a row that the portal has broken off, up to the last one.
    pub broken_off: BTreeMap<Job, u64>,
    /// The bound of the last sample.
    pub bound: Option<f64>,
}
