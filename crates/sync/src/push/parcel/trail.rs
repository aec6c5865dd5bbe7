//! The calls of one claim.

use chrono::{DateTime, Utc};

use dongbo_ledger::Attempt;
use dongbo_portal::Answer;

/// The calls that were made for a dossier under one claim, and the answer to the last.
#[derive(Debug)]
pub(super) struct Trail {
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    operations: Vec<&'static str>,
    outcome: &'static str,
    http_status: Option<u16>,
    portal_code: String,
    message: String,
}

impl Trail {
    /// A trail without calls, the first of which began at `started_at`.
    pub(super) fn from(started_at: DateTime<Utc>) -> Self {
        Self {
            started_at,
            ended_at: started_at,
            operations: Vec::new(),
            outcome: "",
            http_status: None,
            portal_code: String::new(),
            message: String::new(),
        }
    }

    /// Notes a call of `operation`, which had its `answer` at `now`.
    pub(super) fn note(&mut self, operation: &'static str, answer: &Answer, now: DateTime<Utc>) {
        self.ended_at = now;
        self.operations.push(operation);
        self.outcome = answer.outcome.name();
        self.http_status = answer.http_status;
        self.portal_code.clone_from(&answer.portal_code);
        self.message.clone_from(&answer.message);
    }

    /// Has the portal's own words of another answer told.
    pub(super) fn say(&mut self, words: &str) {
        words.clone_into(&mut self.message);
    }

    /// When the last call ended.
    pub(super) const fn ended_at(&self) -> DateTime<Utc> {
        self.ended_at
    }

    /// The trail as the ledger keeps it.
    pub(super) fn into_attempt(self) -> Attempt {
        Attempt {
            started_at: self.started_at,
            ended_at: self.ended_at,
            operations: self.operations.join(","),
            outcome: self.outcome,
            http_status: self.http_status,
            portal_code: self.portal_code,
            message: self.message,
        }
    }
}
