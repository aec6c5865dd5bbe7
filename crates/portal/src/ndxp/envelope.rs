//! The envelope of an answer in this dialect, and the session in it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::envelope::{Envelope, NoEnvelope, even_null, text};
use crate::session::NewSession;
use dongbo_settings::Secret;

#[derive(Deserialize)]
struct NdxpEnvelope<'a> {
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "even_null")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session: Option<&'a RawValue>,
}

impl<'a> From<NdxpEnvelope<'a>> for Envelope<'a> {
    fn from(envelope: NdxpEnvelope<'a>) -> Self {
        let NdxpEnvelope { error_code: code, message, result, session } = envelope;
        Self { code, message, result, session }
    }
}

/// Parses the envelope of an answer.
pub(super) fn parse(body: &[u8]) -> Result<Envelope<'_>, NoEnvelope> {
    Envelope::parse::<NdxpEnvelope<'_>>(body)
}

/// The session in the answer to a log-in; the portal does not say how long it is valid.
pub(super) fn session(envelope: &Envelope<'_>) -> Option<NewSession> {
    let token = text(envelope.session).filter(|token| !token.is_empty())?;
    Some(NewSession { token: Secret::new(token), lifetime: None })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::envelope::NoEnvelope;

    fn stated(json: &str) -> (String, String) {
        let statement = parse(json.as_bytes()).ok().unwrap().statement();
        (statement.code, statement.message)
    }

    #[test]
    fn a_code_is_one_as_number_and_as_text() {
        for json in [r#"{"error_code":-3}"#, r#"{"error_code":"-3"}"#, r#" {"error_code":" -3 ","x":{}}"#] {
            assert_eq!(stated(json).0, "-3", "{json}");
        }
        assert_eq!(stated("\u{feff}{\"error_code\":\"00\",\"message\":\"Thành công\"}").1, "Thành công");
        for json in [r#"{"error_code":null}"#, r#"{"error_code":0.0}"#, r#"{"error_code":true}"#, "{}"] {
            assert_eq!(stated(json).0, "", "{json}");
        }
        assert_eq!(stated(r#"{"message":{"vi":"lỗi"}}"#).1, "");
    }

    #[test]
    fn what_is_no_object_is_no_answer() {
        for (body, why) in [
            ("", NoEnvelope::SomethingElse),
            ("<html></html>", NoEnvelope::SomethingElse),
            ("[0,\"x\"]", NoEnvelope::SomethingElse),
            ("{'error_code':0}", NoEnvelope::SomethingElse),
            (r#"{"error_code":0}{"#, NoEnvelope::SomethingElse),
            (r#"{"error_code":0,"error_code":1}"#, NoEnvelope::SomethingElse),
            (r#"{"error_code":0,"mess"#, NoEnvelope::CutOff),
        ] {
            assert_eq!(parse(body.as_bytes()).err(), Some(why), "{body}");
        }
        assert!(parse(b"{\"message\":\"\xff\"}").is_err());
    }

    #[test]
    fn an_absent_result_is_told_from_an_empty_one() {
        let result = |json| parse(json).ok().unwrap().result.map(|raw| raw.get().to_owned());
        assert_eq!(result(b"{}"), None);
        assert_eq!(result(br#"{"result":null}"#).as_deref(), Some("null"));
        assert_eq!(result(br#"{"result":[ ]}"#).as_deref(), Some("[ ]"));
    }
}
