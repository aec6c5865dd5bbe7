//! The portal in the dialect that the configuration names.

use std::ops::Deref;
use std::sync::Arc;

use crate::answer::Answer;
use crate::call::{Observer, Sent};
use crate::error::PortalError;
use crate::lookup::{Expected, Seen};
use crate::ndxp::{CatalogueFields, ListedProcedure, Ndxp, NdxpForm, ProcedureDetail, Proxy};
use crate::outcome::Outcome;
use crate::rest::Rest;
use crate::settings::{Dialect, Settings};
use crate::transport::Transport;
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Finding, Mode, Status, Step};

/// The portal, shared by all workers, for those who write to it. Cheap to clone.
#[derive(Clone)]
pub struct Portal(Reader);

/// The portal for those who only look: nothing that it can do changes anything there. Cheap to clone.
#[derive(Clone)]
pub struct Reader(Way);

/// The portal's catalogue of procedures, for those who only look.
#[derive(Clone)]
pub struct Listing(Ndxp);

/// The dialects.
#[derive(Clone)]
enum Way {
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

impl Deref for Portal {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.0
    }
}

impl From<Ndxp> for Portal {
    fn from(ndxp: Ndxp) -> Self {
        Self(Reader(Way::Ndxp(ndxp)))
    }
}

impl Portal {
    /// Sets the portal up in the dialect of `config`: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file that `config` names cannot be used, the address is no URL, or the HTTP client cannot be built.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        Reader::new(config, clock, observer).map(Self)
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
        Reader::by(transport, config, clock, observer).map(Self)
    }

    /// The portal for those who only look.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.0.clone()
    }

    /// The dialect in which files are uploaded; `None` where the portal fetches them.
    #[must_use]
    pub fn uploads(&self) -> Option<Rest> {
        match self.way() {
            Way::Ndxp(_) | Way::Proxy(_) => None,
            Way::Rest(rest) => Some(rest.clone()),
        }
    }

    const fn way(&self) -> &Way {
        &self.0.0
    }

    /// Creates dossiers that the portal does not have yet; one a call where [`Reader::writing`] is in parts. One with an
    /// identifier is handed in again, where the portal takes that.
    pub async fn create(&self, dossiers: &[Sent<'_>]) -> Answer {
        match (self.way(), dossiers) {
            (Way::Ndxp(ndxp), _) => ndxp.create(&bare(dossiers)).await,
            (Way::Proxy(proxy), _) => proxy.create(&bare(dossiers)).await,
            (Way::Rest(rest), [one]) => rest.create(*one).await,
            (Way::Rest(_), _) => {
                Answer::local(Outcome::Config, "a create of dialect rest carries one dossier")
            }
        }
    }

    /// Replaces what the portal has of dossiers: all of it, or in parts the status and what belongs to it.
    pub async fn update(&self, dossiers: &[Sent<'_>]) -> Answer {
        match self.way() {
            Way::Ndxp(ndxp) => ndxp.update(&bare(dossiers)).await,
            Way::Proxy(proxy) => proxy.update(&bare(dossiers)).await,
            Way::Rest(rest) => rest.update(dossiers).await,
        }
    }

    /// Appends steps, in this order. Not idempotent: after [`Outcome::Unknown`] look the dossier up.
    pub async fn append_steps(&self, steps: &[(Sent<'_>, &Step)]) -> Answer {
        let bare = || steps.iter().map(|(sent, step)| (&sent.dossier.code, *step)).collect::<Vec<_>>();
        match self.way() {
            Way::Ndxp(ndxp) => ndxp.append_steps(&bare()).await,
            Way::Proxy(proxy) => proxy.append_steps(&bare()).await,
            Way::Rest(rest) => rest.append_steps(steps).await,
        }
    }
}

impl Reader {
    /// Sets the reading side up, as [`Portal::new`] does all of it.
    ///
    /// # Errors
    /// As [`Portal::new`].
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let way = match config.dialect {
            Dialect::Ndxp => match config.ndxp.form {
                NdxpForm::Adapter => Way::Ndxp(Ndxp::new(config, clock, observer)?),
                NdxpForm::Proxy => Way::Proxy(Proxy::new(config, clock, observer)?),
            },
            Dialect::Rest => Way::Rest(Rest::new(config, clock, observer)?),
        };
        Ok(Self(way))
    }

    /// The reading side at the other end of `transport`.
    ///
    /// # Errors
    /// As [`Portal::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &Settings,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        let way = match config.dialect {
            Dialect::Ndxp => match config.ndxp.form {
                NdxpForm::Adapter => Way::Ndxp(Ndxp::by(transport, config, clock, observer)?),
                NdxpForm::Proxy => Way::Proxy(Proxy::by(transport, config, clock, observer)?),
            },
            Dialect::Rest => Way::Rest(Rest::by(transport, config, clock, observer)?),
        };
        Ok(Self(way))
    }

    /// Whether the portal fetches the files that it is told of; otherwise they are uploaded.
    #[must_use]
    pub const fn fetches_files(&self) -> bool {
        matches!(self.0, Way::Ndxp(_) | Way::Proxy(_))
    }

    /// The catalogue of procedures; `None` where this dialect has none.
    #[must_use]
    pub fn listing(&self) -> Option<Listing> {
        match &self.0 {
            Way::Ndxp(ndxp) => Some(Listing(ndxp.clone())),
            Way::Proxy(_) | Way::Rest(_) => None,
        }
    }

    /// The way in which a dossier's content reaches the portal.
    #[must_use]
    pub fn writing(&self) -> Writing {
        match &self.0 {
            Way::Ndxp(_) | Way::Proxy(_) => Writing::Whole,
            Way::Rest(rest) => Writing::InParts { resubmits: rest.resubmits() },
        }
    }

    /// Whether a dossier can be looked up. Where it cannot, an unknown outcome is sent again, and nothing is compared.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        match &self.0 {
            Way::Ndxp(_) | Way::Rest(_) => true,
            Way::Proxy(proxy) => proxy.looks_up(),
        }
    }

    /// Whether the portal expects that a dossier goes from one status to the other. By a province's proxy a cancellation
    /// brings it back to the beginning.
    #[must_use]
    pub fn expects_move(&self, before: Status, after: Status) -> bool {
        before.can_lead_to(after)
            || matches!(self.0, Way::Proxy(_)) && matches!(after, Status::Registered | Status::Accepted)
    }

    /// The reason why this dialect cannot express `dossier`, whatever the portal would answer; `None` when it can.
    #[must_use]
    pub fn objection(&self, dossier: &Dossier) -> Option<Finding> {
        match &self.0 {
            Way::Ndxp(_) | Way::Proxy(_) => None,
            Way::Rest(rest) => rest.objection(dossier),
        }
    }

    /// A dossier as it is written on the wire: its content, and its steps.
    #[must_use]
    pub fn written(&self, dossier: &Dossier) -> serde_json::Value {
        let Expected { content, steps, .. } = match &self.0 {
            Way::Ndxp(ndxp) => ndxp.expected(dossier),
            Way::Proxy(proxy) => proxy.expected(dossier),
            Way::Rest(rest) => rest.expected(dossier),
        };
        serde_json::json!({ "dossier": content, "steps": steps })
    }

    /// Compares the portal's record of `dossier` with it; `None` when the portal does not know it. In watch mode what a vendor's
    /// bridge has of its own is no difference.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier, mode: Mode) -> Result<Option<Seen>, Answer> {
        match &self.0 {
            Way::Ndxp(ndxp) => ndxp.look_up(dossier, mode).await,
            Way::Proxy(proxy) => proxy.look_up(dossier, mode).await,
            Way::Rest(rest) => rest.look_up(dossier, mode).await,
        }
    }

    /// Looks a dossier up only to see whether the portal works: that it does not know the dossier is as good as that it
    /// does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        match &self.0 {
            Way::Ndxp(ndxp) => ndxp.probe(code).await,
            Way::Proxy(proxy) => proxy.probe(code).await,
            Way::Rest(rest) => rest.probe(code).await,
        }
    }

    /// Logs in anew, whether or not a session is open.
    pub async fn log_in(&self) -> Answer {
        match &self.0 {
            Way::Ndxp(ndxp) => ndxp.log_in().await,
            Way::Proxy(proxy) => proxy.log_in().await,
            Way::Rest(rest) => rest.log_in().await,
        }
    }
}

impl Listing {
    /// Every procedure that the portal lists.
    ///
    /// # Errors
    /// The answer, when it gave no list.
    pub async fn procedures(&self) -> Result<Vec<ListedProcedure>, Answer> {
        self.0.procedures().await
    }

    /// The details of one procedure, in these fields; `None` when the portal does not know it.
    ///
    /// # Errors
    /// The answer, when it gave none.
    pub async fn procedure(
        &self,
        code: &str,
        fields: CatalogueFields<'_>,
    ) -> Result<Option<ProcedureDetail>, Answer> {
        self.0.procedure(code, fields).await
    }
}

fn bare<'a>(dossiers: &[Sent<'a>]) -> Vec<&'a Dossier> {
    dossiers.iter().map(|sent| sent.dossier).collect()
}
