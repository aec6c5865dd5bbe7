//! One call: the dossier sent, the view that reading the answer has of it, and its record for the metrics.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::envelope::{Envelope, NoEnvelope};
use crate::obstacle::Obstacle;
use crate::service::Service;
use crate::session::NewSession;
use crate::verdict::Verdict;
use dongbo_model::{Dossier, DossierCode, PortalId};

/// A dossier to be sent, with the identifier that the portal gave it, where it has given one.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The dossier.
    pub dossier: &'a Dossier,
    /// The portal's identifier; `None` when it is not known, and in a dialect that has none.
    pub id: Option<&'a PortalId>,
}

/// A call of a dialect, as far as sending it and reading its answer depend on it.
pub(crate) trait Call {
    /// The service.
    fn service(&self) -> Service;
    /// The dossiers in it.
    fn codes(&self) -> Vec<&DossierCode>;
    /// The personal data in it.
    fn personal(&self) -> Vec<&str>;
    /// Whether the answer can be that there is no such dossier.
    fn can_miss(&self) -> bool;
    /// Whether it writes dossiers, so that the answer may hold a verdict on each.
    fn writes(&self) -> bool;
    /// The names of the fields of its records, which an answer may echo.
    fn fields(&self) -> Vec<String>;
    /// Parses the envelope of an answer in this dialect.
    ///
    /// # Errors
    /// The body is cut off, or is not the JSON object that was agreed.
    fn envelope(body: &[u8]) -> Result<Envelope<'_>, NoEnvelope>;
    /// The session in the answer to a successful log-in.
    fn session(envelope: &Envelope<'_>) -> Option<NewSession>;
}

/// The record of one exchange with the portal, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The service.
    pub service: Service,
    /// The verdict. A lapsed session shows only here: the call is repeated after a log-in.
    pub outcome: Verdict,
    /// The HTTP status; `None` when no answer came.
    pub http_status: Option<u16>,
    /// The time from the first byte sent, connecting included, to the last received.
    pub elapsed: Duration,
    /// The portal's clock less this machine's, to the second, when the answer is dated.
    pub clock_offset: Option<TimeDelta>,
    /// When the portal's certificate ends, or ended when it was refused for that; `None` over plain HTTP, and when no
    /// handshake came so far.
    pub certificate_end: Option<DateTime<Utc>>,
    /// What stood between us and the portal, when something did.
    pub obstacle: Option<Obstacle>,
}

/// A function that is given the record of every exchange. It is called within the call, so it must be quick.
pub type Observer = Arc<dyn Fn(&CallRecord) + Send + Sync>;
