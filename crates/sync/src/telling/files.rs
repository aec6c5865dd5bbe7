//! The files of one dossier that the portal does not have.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::file_trouble::TroubleView;
use dongbo_ledger::{FileState, OpenFile};

/// A file that the portal does not have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WaitingFile {
    /// The name of its role.
    pub role: String,
    /// The name of its state.
    #[schemars(with = "FileState")]
    pub state: &'static str,
    /// Failures, or announcements that nobody answered, in a row.
    pub attempts: u32,
    /// When it is seen to next.
    pub due_at: Option<DateTime<Utc>>,
    /// The trouble that keeps it waiting, which time or an operator ends; `null` when there is none.
    pub trouble: Option<TroubleView>,
    /// The open findings about it, which `findings` tells in full.
    pub findings: Vec<String>,
    /// Its state.
    #[serde(skip)]
    pub of: FileState,
}

impl WaitingFile {
    /// The file, unless the portal has it.
    #[must_use]
    pub fn of(file: OpenFile) -> Option<Self> {
        (file.state != FileState::Arrived).then(|| Self {
            role: file.role,
            state: file.state.name(),
            attempts: file.attempts,
            due_at: file.due_at,
            trouble: file.trouble.map(TroubleView::from),
            findings: file.findings.into_iter().map(|(kind, _)| kind).collect(),
            of: file.state,
        })
    }

    /// Whether a person has to act.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.of == FileState::Held || !self.findings.is_empty()
    }
}
