//! What can go wrong with the ledger, and what the operator can do.

use crate::class::ErrorClass;

/// A ledger operation that did not happen. Nothing of it is written: each is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be opened or created.
    #[error(
        "cannot open the ledger {path}: {source}; check that the directory exists and is writable by dongbo"
    )]
    Open {
        /// Where the ledger was to be.
        path: String,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The tables cannot be brought to this version.
    #[error("cannot bring the ledger {path} to this version: {source}; a newer dongbo may have written it")]
    Migrate {
        /// Where the ledger is.
        path: String,
        /// What the migration said.
        source: sqlx::migrate::MigrateError,
    },
    /// An operation failed: a full disk, an unreadable page, a file taken away.
    #[error(
        "ledger operation {operation} failed: {source}; check free space and permissions of its directory"
    )]
    Operation {
        /// The operation's name.
        operation: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A batch could not be written as JSON for its statement.
    #[error("ledger operation {operation} could not encode its batch: {source}")]
    Encode {
        /// The operation's name.
        operation: &'static str,
        /// What went wrong.
        source: serde_json::Error,
    },
}

impl LedgerError {
    /// Who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Open { .. } | Self::Migrate { .. } => ErrorClass::Config,
            Self::Operation { .. } => ErrorClass::Transient,
            Self::Encode { .. } => ErrorClass::Bug,
        }
    }

    /// Names the operation that a database error happened in.
    pub(super) fn during(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Operation { operation, source }
    }
}
