//! The portal in whichever dialect the configuration says.

use std::sync::Arc;

use super::{Answer, Ndxp, Observer, PortalError, Seen, Transport};
use crate::clock::Clock;
use crate::config::portal::{Dialect, PortalConfig};
use crate::dossier::{Dossier, DossierCode, Step};

/// The portal as all workers share it. Cheap to clone.
#[derive(Clone)]
pub enum Portal {
    /// The adapter on the national data exchange platform.
    Ndxp(Ndxp),
}

impl Portal {
    /// Sets the portal up in the dialect of `config`: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file is missing or holds something else, or the address is no URL.
    pub fn new(config: &PortalConfig, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        match config.dialect {
            Dialect::Ndxp => Ndxp::new(config, clock, observer).map(Self::Ndxp),
        }
    }

    /// The portal that is spoken to by `transport`.
    ///
    /// # Errors
    /// As [`Portal::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &PortalConfig,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        match config.dialect {
            Dialect::Ndxp => Ndxp::by(transport, config, clock, observer).map(Self::Ndxp),
        }
    }

    /// Creates dossiers that the portal does not have yet.
    pub async fn create(&self, dossiers: &[&Dossier]) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.create(dossiers).await,
        }
    }

    /// Replaces dossiers that the portal has.
    pub async fn update(&self, dossiers: &[&Dossier]) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.update(dossiers).await,
        }
    }

    /// Appends steps, in this order. Not idempotent: after [`super::Outcome::Unknown`] look the dossier up.
    pub async fn append_steps(&self, steps: &[(&DossierCode, &Step)]) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.append_steps(steps).await,
        }
    }

    /// Compares what the portal shows of `dossier` with it; `None` when the portal does not know it.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier) -> Result<Option<Seen>, Answer> {
        match self {
            Self::Ndxp(ndxp) => ndxp.look_up(dossier).await,
        }
    }

    /// Looks a dossier up for no other reason than to see whether the portal works. That it does not know the
    /// dossier is as good as that it does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.probe(code).await,
        }
    }

    /// Logs in anew, whether or not a session is open.
    pub async fn log_in(&self) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.log_in().await,
        }
    }
}
