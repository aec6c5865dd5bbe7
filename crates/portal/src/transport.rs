//! The contract of whatever carries a request to the portal and its answer back: HTTP, or a simulation.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use reqwest::Url;
use tokio::sync::OwnedSemaphorePermit;

use crate::obstacle::Obstacle;
use dongbo_settings::Secret;

/// A way for requests to the portal and for its answers.
pub trait Transport: Send + Sync {
    /// Sends `request`. An `Ok` is any answer, whatever its status.
    fn post<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, NoAnswer>>;
}

/// One POST to the portal.
pub struct Request<'a> {
    /// The address.
    pub url: &'a Url,
    /// The token for the header `Authorization: Bearer`.
    pub token: Option<&'a Secret>,
    /// The content.
    pub body: Body,
}

/// The content of a request.
pub enum Body {
    /// JSON.
    Json(Vec<u8>),
    /// A form with a file, which is read while it is sent.
    Form(Form),
}

/// A form of known length that is read while it is sent.
pub struct Form {
    /// The media type, with the boundary between the parts.
    pub media_type: String,
    /// The bytes of the whole form.
    pub content: BoxStream<'static, io::Result<Bytes>>,
    /// The number of bytes.
    pub length: u64,
    /// The limit of the whole exchange, in place of `portal.total_timeout`.
    pub within: Duration,
}

/// An answer, as far as it came.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// How long the portal asks dongbo to wait.
    pub retry_after: Option<Duration>,
    /// The portal's clock less this machine's, when the answer is dated.
    pub clock_offset: Option<TimeDelta>,
    /// The end of the portal's certificate.
    pub certificate_end: Option<DateTime<Utc>>,
    /// The media type, for messages; cut to letters and `/+-.`, so that it cannot carry personal data.
    pub media_type: String,
    /// The body, or the reason why it did not arrive in full.
    pub body: Result<Vec<u8>, String>,
    /// The share of the room for large answers that a large one takes until it has been read.
    pub large: Option<OwnedSemaphorePermit>,
}

/// The failure of a request to which no answer came.
#[derive(Debug)]
pub struct NoAnswer {
    /// How far the request came.
    pub fault: Fault,
    /// The end of the portal's certificate, when it was refused because it has ended.
    pub certificate_end: Option<DateTime<Utc>>,
}

/// How far a request came that was not answered.
#[derive(Debug)]
pub enum Fault {
    /// The request certainly did not reach the portal.
    NotSent(String),
    /// The portal refuses our certificate, so it did not take the request in.
    Refused(String),
    /// Something stands between us and the portal, which certainly did not get the request.
    Blocked(Obstacle),
    /// The request may have reached the portal.
    Lost(String),
}
