//! The JSON object in which the portal wraps every answer.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::classify::Statement;

/// The parts of an answer's JSON that are agreed; all else is ignored. Each dialect parses its own into this.
pub(crate) struct Envelope<'a> {
    pub(crate) code: Option<&'a RawValue>,
    pub(crate) message: Option<&'a RawValue>,
    /// `None` when it is not there; `Some` of `null` when it is there and empty.
    pub(crate) result: Option<&'a RawValue>,
    /// The session, in the dialect that has it beside the result.
    pub(crate) session: Option<&'a RawValue>,
}

/// The way in which a body is not the JSON object that was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoEnvelope {
    /// It ends too early: it did not arrive in full.
    CutOff,
    /// It arrived in full and is something else.
    SomethingElse,
}

impl<'a> Envelope<'a> {
    /// Parses a body whose envelope has the fields of `W`.
    ///
    /// # Errors
    /// The body is cut off, or is not such an object.
    pub(crate) fn parse<W: Deserialize<'a> + Into<Self>>(body: &'a [u8]) -> Result<Self, NoEnvelope> {
        // Some servers put a byte order mark before their JSON.
        let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
        // An array would be taken for the fields in their order.
        if json.first() != Some(&b'{') {
            return Err(NoEnvelope::SomethingElse);
        }
        match serde_json::from_slice::<W>(json) {
            Ok(envelope) => Ok(envelope.into()),
            Err(error) if error.is_eof() => Err(NoEnvelope::CutOff),
            Err(_) => Err(NoEnvelope::SomethingElse),
        }
    }

    /// Code and message as rules look at them.
    pub(crate) fn statement(&self) -> Statement {
        Statement {
            code: scalar(self.code).unwrap_or_default(),
            message: text(self.message).unwrap_or_default(),
        }
    }
}

/// Deserialises a field that is there, also when it is `null`.
pub(crate) fn even_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A JSON text.
pub(crate) fn text(raw: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

/// A JSON text, or a whole number as text: portals send codes either way.
pub(crate) fn scalar(raw: Option<&RawValue>) -> Option<String> {
    match text(raw) {
        Some(text) => Some(text.trim().to_owned()),
        None => raw?.get().parse::<i64>().ok().map(|number| number.to_string()),
    }
}
