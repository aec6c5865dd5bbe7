//! The words for the result of a call: the outcome that the portal counts, and the code that the client reads.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The real effect of a call, whatever the answer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not decided yet, or the client left before it was.
    Pending,
    /// Done.
    Accepted,
    /// Refused: a create of a known dossier.
    Exists,
    /// Refused for its session.
    SessionLapsed,
    /// Refused for another reason.
    Rejected,
    /// Part of the batch was applied and part refused.
    Partial,
    /// A fault came before anything was done.
    NotApplied,
}

impl Outcome {
    /// The name of the outcome in the counters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Exists => "exists",
            Self::SessionLapsed => "session_lapsed",
            Self::Rejected => "rejected",
            Self::Partial => "partial",
            Self::NotApplied => "not_applied",
        }
    }
}

/// An `error_code`: portals send numbers and strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorCode {
    /// Sent as a JSON number.
    Number(i64),
    /// Sent as a JSON string.
    Text(Cow<'static, str>),
}

impl From<&'static str> for ErrorCode {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}
