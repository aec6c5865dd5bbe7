//! The envelope of an answer in this dialect, and the session in it.

use crate::envelope::{Envelope, Names, NoEnvelope, text};
use crate::session::NewSession;
use dongbo_settings::Secret;

const NAMES: Names =
    Names { code: "error_code", message: "message", result: "result", session: Some("session") };

/// Parses the envelope of an answer.
pub(super) fn parse(body: &[u8]) -> Result<Envelope<'_>, NoEnvelope> {
    Envelope::parse(body, &NAMES)
}

/// The session in the answer to a log-in; the portal does not say how long it is valid.
pub(super) fn session(envelope: &Envelope<'_>) -> Option<NewSession> {
    let token = text(envelope.session).filter(|token| !token.is_empty())?;
    Some(NewSession { token: Secret::new(token), lifetime: None })
}
