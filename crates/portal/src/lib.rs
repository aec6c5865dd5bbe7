//! The national portal: calls, session, and what its answers mean.

mod call;
mod catalogue;
mod certificate;
mod classify;
mod compare;
mod dialects;
mod differ;
mod error;
mod evaluation;
mod http;
mod line;
mod mask;
mod ndxp;
mod reading;
mod rest;
mod session;
mod settings;
mod tls;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::catalogue::{CatalogueFields, ListedProcedure, ProcedureDetail};
pub use self::certificate::{certificate_end, certificate_ends};
pub use self::compare::{Seen, StepsSeen};
pub use self::dialects::{Portal, Sent, Writing};
pub use self::error::PortalError;
pub use self::evaluation::{Evaluation, EvaluationError, Formality, Group as CountGroup, Row as CountRow};
pub use self::http::{Body, Fault, Form, NoAnswer, Reply, Request, Transport};
pub use self::ndxp::Ndxp;
pub use self::rest::{ApplicantKinds, RestSettings};
pub use self::rest::{Content, NotUploaded, Receipt, Rest};
pub use self::settings::{Dialect, LookupSettings, Settings, Verdict, VerdictRule};
use dongbo_model::{DossierCode, PortalId};

/// Every service that is called in any dialect, by the name that a [`CallRecord`] has.
pub const SERVICES: [&str; 10] = [
    call::LOG_IN,
    call::UPSERT,
    call::APPEND_STEPS,
    call::LOOK_UP,
    call::PROCEDURES,
    call::PROCEDURE,
    rest::CREATE,
    rest::UPDATE,
    rest::APPEND_STEPS,
    rest::UPLOAD,
];

/// What came of a call, for who decides what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it means.
    pub outcome: Outcome,
    /// An answer arrived in full and nobody has taught us what it means: a run of them says that the contract has
    /// drifted.
    pub drift: bool,
    /// The HTTP status, when an answer came at all.
    pub http_status: Option<u16>,
    /// The portal's `error_code` as text; empty when it gave none.
    pub portal_code: String,
    /// The portal's own words without personal data, or what failed on the way; at most 500 characters. Empty when
    /// all was delivered.
    pub message: String,
    /// The dossiers of this call that the answer speaks of.
    pub named: Vec<DossierCode>,
    /// The verdicts on single dossiers, when the portal gives them.
    pub items: Vec<ItemVerdict>,
    /// How long the portal asks us to wait.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// An answer of which nothing but the outcome and a message of ours is known.
    #[must_use]
    pub fn of_ours(outcome: Outcome, message: impl Into<String>) -> Self {
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
}

/// The verdict on one dossier of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemVerdict {
    /// Which dossier.
    pub code: DossierCode,
    /// What it means for this one.
    pub outcome: Outcome,
    /// The portal's words on this one, without personal data.
    pub message: String,
    /// The identifier that the portal gave it with this call, in a dialect in which it does.
    pub portal_id: Option<PortalId>,
}

/// What an answer means for the dossiers of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The portal has applied it.
    Delivered,
    /// Not applied: the portal knows this dossier already, so it has to be updated instead.
    Duplicate,
    /// Perhaps applied, perhaps not: only a look-up can tell.
    Unknown,
    /// Not applied: the portal asks us to slow down.
    Throttled,
    /// Surely not applied, and goes away by itself.
    Transient,
    /// Refused for its content: a person has to act.
    Rejected,
    /// Not applied: the portal does not know the dossier that was to be changed.
    NotFound,
    /// Not applied: log-in, certificate or permission is refused, and an operator has to act.
    Auth,
    /// Not applied: the address or the set-up is wrong, and an operator has to act.
    Config,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Self] = &[
        Self::Delivered,
        Self::Duplicate,
        Self::Unknown,
        Self::Throttled,
        Self::Transient,
        Self::Rejected,
        Self::NotFound,
        Self::Auth,
        Self::Config,
    ];

    /// The stable name in ledger, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        classify::verdict(self).name()
    }
}

/// One exchange with the portal, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The service by its name on the wire, or `log_in`.
    pub service: &'static str,
    /// What it meant. A lapsed session shows here only: the call is repeated after a log-in.
    pub outcome: Verdict,
    /// The HTTP status, when an answer came at all.
    pub http_status: Option<u16>,
    /// From the first byte sent, connecting included, to the last received.
    pub elapsed: Duration,
    /// The portal's clock less ours, to the second, when its answer says what time it is.
    pub clock_offset: Option<TimeDelta>,
    /// When the portal's certificate ends, or ended when it was refused for that; `None` over plain HTTP, and when no
    /// handshake came so far.
    pub certificate_end: Option<DateTime<Utc>>,
}

/// Is told of every exchange. Called within the call, so it must be quick.
pub type Observer = Arc<dyn Fn(&CallRecord) + Send + Sync>;
