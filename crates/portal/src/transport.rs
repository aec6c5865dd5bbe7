//! The contract of whatever carries a request to the portal and its answer back: HTTP, or a simulation.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use reqwest::Url;

use dongbo_settings::Secret;

/// How a request goes to the portal and its answer comes back. Besides HTTP there is the one of a simulation.
pub trait Transport: Send + Sync {
    /// Sends `request`. An `Ok` is any answer, whatever its status.
    fn post<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Reply, NoAnswer>>;
}

/// One POST to the portal.
pub struct Request<'a> {
    /// Where to.
    pub url: &'a Url,
    /// What goes as `Authorization: Bearer`.
    pub token: Option<&'a Secret>,
    /// What is sent.
    pub body: Body,
}

/// What a request carries.
pub enum Body {
    /// JSON.
    Json(Vec<u8>),
    /// A form with a file, which is read while it is sent.
    Form(Form),
}

/// A form of known length that is read while it is sent.
pub struct Form {
    /// Its media type, with the boundary between its parts.
    pub media_type: String,
    /// Its bytes, and nothing but them.
    pub content: BoxStream<'static, io::Result<Bytes>>,
    /// How many they are.
    pub length: u64,
    /// How long the whole exchange may take, in place of `portal.total_timeout`.
    pub within: Duration,
}

/// An answer, as far as it came.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// How long the portal asks us to wait.
    pub retry_after: Option<Duration>,
    /// The portal's clock less ours, when it says what time it is.
    pub clock_offset: Option<TimeDelta>,
    /// When the certificate ends that the portal showed.
    pub certificate_end: Option<DateTime<Utc>>,
    /// The media type, for messages; only its letters, so that it cannot carry anything else.
    pub media_type: String,
    /// The body, or why it did not come in full.
    pub body: Result<Vec<u8>, String>,
}

/// No answer came at all.
#[derive(Debug)]
pub struct NoAnswer {
    /// How far the request came.
    pub fault: Fault,
    /// When the certificate ended for which the portal was not talked to.
    pub certificate_end: Option<DateTime<Utc>>,
}

/// How far a request came that was not answered.
#[derive(Debug)]
pub enum Fault {
    /// The request surely did not reach the portal.
    NotSent(String),
    /// The portal refuses to talk to us, so it did not take the request in.
    Refused(String),
    /// The request may have reached the portal.
    Lost(String),
}
