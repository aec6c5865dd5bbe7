//! The envelope of an answer in this dialect, and the token in it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::envelope::{Envelope, Names, NoEnvelope, scalar, text};
use crate::session::NewSession;
use dongbo_settings::Secret;

const NAMES: Names = Names { code: "code", message: "message", result: "data", session: None };

/// The content of `data` in the answer to a log-in.
#[derive(Deserialize)]
struct Token<'a> {
    #[serde(borrow)]
    access_token: &'a RawValue,
    /// Seconds.
    #[serde(borrow, default)]
    expires_in: Option<&'a RawValue>,
}

/// Parses the envelope of an answer.
pub(super) fn parse(body: &[u8]) -> Result<Envelope<'_>, NoEnvelope> {
    Envelope::parse(body, &NAMES)
}

/// The session in the answer to a log-in: `access_token` in `data`, valid for `expires_in`.
pub(super) fn session(envelope: &Envelope<'_>) -> Option<NewSession> {
    let token: Token<'_> = serde_json::from_str(envelope.result.as_deref()?.get()).ok()?;
    let seconds = scalar(token.expires_in).and_then(|seconds| seconds.parse().ok());
    let text = text(Some(token.access_token)).filter(|token| !token.is_empty())?;
    Some(NewSession { token: Secret::new(text), lifetime: seconds.map(Duration::from_secs) })
}

#[cfg(test)]
mod tests {
    use super::{parse, session};

    #[test]
    fn each_dialect_has_its_own_envelope() {
        let parse = |json: &'static str| parse(json.as_bytes()).ok().unwrap();
        let rest = parse(r#"{"code":400,"message":"Thiếu","data":null,"error_code":0}"#);
        assert_eq!((rest.statement().code.as_str(), rest.result.is_some()), ("400", true));
        let token = |json| session(&parse(json));
        let opened = token(r#"{"code":0,"data":{"access_token":"t","expires_in":"3600"}}"#).unwrap();
        assert_eq!((opened.token.expose(), opened.lifetime.unwrap().as_secs()), ("t", 3_600));
        assert_eq!(token(r#"{"code":0,"data":{"access_token":"t"}}"#).unwrap().lifetime, None);
        for none in [r#"{"data":{"access_token":""}}"#, r#"{"data":{}}"#, r#"{"access_token":"t"}"#] {
            assert!(token(none).is_none(), "{none}");
        }
    }
}
