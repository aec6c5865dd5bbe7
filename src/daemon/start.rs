//! Reasons why a daemon could not start.

use std::path::PathBuf;

use crate::control::BindError;
use dongbo_ledger::LedgerError;
use dongbo_ledger::LockError;
use dongbo_model::ErrorClass;
use dongbo_sync::engine::BuildError;

/// A daemon that could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Another daemon works on the ledger, or it cannot be found out whether one does.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The address for the pages is taken or not ours.
    #[error("cannot listen on http.listen = {address}: {source}; is another dongbo running?")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The socket for commands cannot be opened.
    #[error(transparent)]
    Control(#[from] BindError),
    /// A directory cannot be made.
    #[error("cannot create {}: {source}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

impl StartError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Build(error) => error.class(),
            Self::Lock(error) => error.class(),
            Self::Ledger(error) => error.class(),
            Self::Listen { .. } | Self::Control(_) | Self::Directory { .. } => ErrorClass::Config,
        }
    }
}
