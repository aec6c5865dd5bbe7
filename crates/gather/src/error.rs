//! The failures of drawing up a report.

use dongbo_indicators::BookError;
use dongbo_ledger::LedgerError;
use dongbo_model::ErrorClass;
use dongbo_reports::{LettersError, WriteError};

/// The reason why a report could not be drawn up.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file that the indicators need cannot be used.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The register of letters of apology cannot be used.
    #[error(transparent)]
    Letters(#[from] LettersError),
    /// The document cannot be put together.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl GatherError {
    /// Who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Book(_) | Self::Letters(_) => ErrorClass::Config,
            Self::Write(error) => error.class(),
        }
    }
}
