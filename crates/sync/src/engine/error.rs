//! Reasons why an engine cannot be made, does not prove itself, or has ended by itself.

use crate::files::FilesError;
use crate::files::store::StoreError;
use crate::owner_store::RequesterError;
use crate::resend::BridgeError;
use dongbo_indicators::BookError;
use dongbo_ledger::LedgerError;
use dongbo_model::ErrorClass;
use dongbo_model::schedule::ScheduleError;
use dongbo_portal::{Answer, PortalError};
use dongbo_source::{MappingError, SourceError};

/// An engine that could not be made from its configuration.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The mapping file cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The local database's address or password is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The portal's address, secret or certificate is wrong.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// Files cannot be brought to the portal as they are configured.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The vendor's bridge cannot be asked as it is configured.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// The schedule of sweeps is wrong.
    #[error("source.sweep: {0}")]
    Schedule(#[from] ScheduleError),
    /// The sources cannot be numbered in the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file that the indicators need cannot be used.
    #[error(transparent)]
    Indicators(#[from] BookError),
    /// The officer who answers for looks into owners' stores is not known.
    #[error(transparent)]
    Requester(#[from] RequesterError),
    /// The schedule of the catalogue is wrong.
    #[error("catalogue.refresh: {0}")]
    Refresh(ScheduleError),
}

impl BuildError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Source(error) => error.class(),
            Self::Portal(error) => error.class(),
            Self::Files(error) => error.class(),
            Self::Ledger(error) => error.class(),
            Self::Bridge(_)
            | Self::Mapping(_)
            | Self::Schedule(_)
            | Self::Indicators(_)
            | Self::Requester(_)
            | Self::Refresh(_) => ErrorClass::Config,
        }
    }
}

/// A configuration that did not prove itself against the live systems.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The mapping does not fit the local database, or that cannot be asked.
    #[error("the local database does not take it: {0}")]
    Source(#[from] SourceError),
    /// A store of files does not let us read.
    #[error("a store of files does not take it: {0}")]
    Store(#[from] StoreError),
    /// The portal does not let us in.
    #[error("the portal does not take it ({}): {}", .0.outcome.name(), .0.message)]
    Portal(Answer),
}

impl ProofError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Source(error) => error.class(),
            Self::Store(error) => error.class(),
            Self::Portal(answer) => answer.outcome.class(),
        }
    }
}

/// A part of the engine ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum Died {
    /// It met a fault of ours.
    #[error("{0} has ended by itself; please report this with the log before it")]
    Part(&'static str),
    /// The ledger is damaged, and only a start can set it aside.
    #[error(
        "the ledger is damaged ({0}): dongbo ends. When it is started again it sets the file aside, builds a new ledger \
         from the local database and looks everything up on the portal. Check the disk (dmesg, smartctl)"
    )]
    Ledger(String),
}
