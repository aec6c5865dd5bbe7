//! The parts of `dongbo why`, as machines read them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::local::LocalView;
use dongbo_ledger::Difference;
use dongbo_sync::telling::{AttemptView, DossierView, FindingView, WaitingFile};

/// One dossier's story.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WhyView {
    pub(super) code: String,
    /// Whether the ledger knows it.
    pub(super) known: bool,
    pub(super) dossier: Option<DossierView>,
    /// What comparing both sides found and is not gone.
    pub(super) differences: Vec<Difference>,
    pub(super) attempts_in_all: u64,
    pub(super) attempts: Vec<AttemptView>,
    pub(super) findings: Vec<FindingView>,
    /// The files of it that the portal does not have.
    pub(super) files: Vec<WaitingFile>,
    /// The dossier in the local database now; `null` with `--offline`.
    pub(super) local: Option<LocalView>,
    /// For a code that the ledger does not know: like codes that it knows.
    pub(super) similar: Vec<String>,
    /// For a code that only the local database knows: the sweep that finds it at the latest.
    pub(super) next_sweep: Option<DateTime<Utc>>,
}
