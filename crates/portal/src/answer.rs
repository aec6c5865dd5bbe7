//! The result of one call.

use std::time::Duration;

use crate::outcome::Outcome;
use dongbo_model::{DossierCode, PortalId};

/// The result of one call: its meaning, and everything of the portal's answer that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The meaning.
    pub outcome: Outcome,
    /// An answer arrived in full and no rule knows its meaning: a run of them says that the contract has changed.
    pub drift: bool,
    /// The HTTP status; `None` when no answer came.
    pub http_status: Option<u16>,
    /// The portal's `error_code` as text; empty when it gave none.
    pub portal_code: String,
    /// The portal's own words without personal data, or a description of what failed on the way; at most 500
    /// characters. Empty when all was delivered.
    pub message: String,
    /// The dossiers of this call that the answer names.
    pub named: Vec<DossierCode>,
    /// The verdicts on single dossiers, when the portal gives them.
    pub items: Vec<ItemVerdict>,
    /// How long the portal asks dongbo to wait.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// An answer that does not come from the portal: only outcome and message are known.
    #[must_use]
    pub fn local(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            drift: false,
            http_status: None,
            portal_code: String::new(),
            message: message.into(),
            named: Vec::new(),
            items: Vec::new(),
            retry_after: None,
        }
    }

    /// The answer when the portal reports success without what success has to bring: the outcome is unknown, and the
    /// contract has changed.
    pub(crate) fn drifted(self, message: impl Into<String>) -> Self {
        Self { outcome: Outcome::Unknown, drift: true, message: message.into(), ..self }
    }

    /// The answer to a look-up that only asks whether the portal works: a portal that does not know the dossier works.
    pub(crate) fn of_probe(self) -> Self {
        match self.outcome {
            Outcome::NotFound => Self { outcome: Outcome::Delivered, ..self },
            _ => self,
        }
    }
}

/// The verdict on one dossier of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemVerdict {
    /// The dossier.
    pub code: DossierCode,
    /// The meaning for this dossier.
    pub outcome: Outcome,
    /// The portal's code for this dossier as text; empty when it gave none.
    pub portal_code: String,
    /// The portal's words on this dossier, without personal data.
    pub message: String,
    /// The identifier that the portal gave it with this call, in a dialect in which it does.
    pub portal_id: Option<PortalId>,
}
