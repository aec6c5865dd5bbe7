//! The portal in the dialect that the configuration names.

use std::sync::Arc;

use crate::answer::Answer;
use crate::call::{Observer, Sent};
use crate::error::PortalError;
use crate::lookup::Seen;
use crate::ndxp::{Ndxp, NdxpForm, Proxy};
use crate::outcome::Outcome;
use crate::rest::Rest;
use crate::settings::{Dialect, Settings};
use crate::transport::Transport;
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Finding, Status, Step};

/// The portal, shared by all workers. Cheap to clone.
#[derive(Clone)]
pub enum Portal {
    /// The adapter on the national data exchange platform.
    Ndxp(Ndxp),
    /// A province's proxy before that adapter.
    Proxy(Proxy),
    /// Calls with a token.
    Rest(Rest),
}

/// The way in which a dossier's content reaches the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// A create and an update each carry all of it.
    Whole,
    /// A create carries what was handed in, one dossier a call, and an update the status and what belongs to it.
    InParts {
        /// Whether a create of a known dossier replaces what was handed in.
        resubmits: bool,
    },
}

impl Portal {
    /// Sets the portal up in the dialect of `config`: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file that `config` names cannot be used, the address is no URL, or the HTTP client cannot be built.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        match config.dialect {
            Dialect::Ndxp => match config.ndxp.form {
                NdxpForm::Adapter => Ndxp::new(config, clock, observer).map(Self::Ndxp),
                NdxpForm::Proxy => Proxy::new(config, clock, observer).map(Self::Proxy),
            },
            Dialect::Rest => Rest::new(config, clock, observer).map(Self::Rest),
        }
    }

    /// The portal at the other end of `transport`.
    ///
    /// # Errors
    /// As [`Portal::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &Settings,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        match config.dialect {
            Dialect::Ndxp => match config.ndxp.form {
                NdxpForm::Adapter => Ndxp::by(transport, config, clock, observer).map(Self::Ndxp),
                NdxpForm::Proxy => Proxy::by(transport, config, clock, observer).map(Self::Proxy),
            },
            Dialect::Rest => Rest::by(transport, config, clock, observer).map(Self::Rest),
        }
    }

    /// The way in which a dossier's content reaches the portal.
    #[must_use]
    pub fn writing(&self) -> Writing {
        match self {
            Self::Ndxp(_) | Self::Proxy(_) => Writing::Whole,
            Self::Rest(rest) => Writing::InParts { resubmits: rest.resubmits() },
        }
    }

    /// Whether a dossier can be looked up. Where it cannot, an unknown outcome is sent again, and nothing is compared.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        match self {
            Self::Ndxp(_) | Self::Rest(_) => true,
            Self::Proxy(proxy) => proxy.looks_up(),
        }
    }

    /// Whether the portal expects that a dossier goes from one status to the other. By a province's proxy a cancellation
    /// brings it back to the beginning.
    #[must_use]
    pub fn expects_move(&self, before: Status, after: Status) -> bool {
        before.can_lead_to(after)
            || matches!(self, Self::Proxy(_)) && matches!(after, Status::Registered | Status::Accepted)
    }

    /// The reason why this dialect cannot express `dossier`, whatever the portal would answer; `None` when it can.
    #[must_use]
    pub fn objection(&self, dossier: &Dossier) -> Option<Finding> {
        match self {
            Self::Ndxp(_) | Self::Proxy(_) => None,
            Self::Rest(rest) => rest.objection(dossier),
        }
    }

    /// Creates dossiers that the portal does not have yet; one a call where [`Portal::writing`] is in parts. One with an
    /// identifier is handed in again, where the portal takes that.
    pub async fn create(&self, dossiers: &[Sent<'_>]) -> Answer {
        match (self, dossiers) {
            (Self::Ndxp(ndxp), _) => ndxp.create(&bare(dossiers)).await,
            (Self::Proxy(proxy), _) => proxy.create(&bare(dossiers)).await,
            (Self::Rest(rest), [one]) => rest.create(*one).await,
            (Self::Rest(_), _) => {
                Answer::local(Outcome::Config, "a create of dialect rest carries one dossier")
            }
        }
    }

    /// Replaces what the portal has of dossiers: all of it, or in parts the status and what belongs to it.
    pub async fn update(&self, dossiers: &[Sent<'_>]) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.update(&bare(dossiers)).await,
            Self::Proxy(proxy) => proxy.update(&bare(dossiers)).await,
            Self::Rest(rest) => rest.update(dossiers).await,
        }
    }

    /// Appends steps, in this order. Not idempotent: after [`Outcome::Unknown`] look the dossier up.
    pub async fn append_steps(&self, steps: &[(Sent<'_>, &Step)]) -> Answer {
        let bare = || steps.iter().map(|(sent, step)| (&sent.dossier.code, *step)).collect::<Vec<_>>();
        match self {
            Self::Ndxp(ndxp) => ndxp.append_steps(&bare()).await,
            Self::Proxy(proxy) => proxy.append_steps(&bare()).await,
            Self::Rest(rest) => rest.append_steps(steps).await,
        }
    }

    /// Compares the portal's record of `dossier` with it; `None` when the portal does not know it.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier) -> Result<Option<Seen>, Answer> {
        match self {
            Self::Ndxp(ndxp) => ndxp.look_up(dossier).await,
            Self::Proxy(proxy) => proxy.look_up(dossier).await,
            Self::Rest(rest) => rest.look_up(dossier).await,
        }
    }

    /// Looks a dossier up only to see whether the portal works: that it does not know the dossier is as good as that it
    /// does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.probe(code).await,
            Self::Proxy(proxy) => proxy.probe(code).await,
            Self::Rest(rest) => rest.probe(code).await,
        }
    }

    /// Logs in anew, whether or not a session is open.
    pub async fn log_in(&self) -> Answer {
        match self {
            Self::Ndxp(ndxp) => ndxp.log_in().await,
            Self::Proxy(proxy) => proxy.log_in().await,
            Self::Rest(rest) => rest.log_in().await,
        }
    }
}

fn bare<'a>(dossiers: &[Sent<'a>]) -> Vec<&'a Dossier> {
    dossiers.iter().map(|sent| sent.dossier).collect()
}
