//! What goes back on the wire.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::refusal::{Class, Refusal};
use crate::config;
use crate::journal::Outcome;

/// An `error_code`: portals send numbers and strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ErrorCode {
    /// Sent as a JSON number.
    Number(i64),
    /// Sent as a JSON string.
    Text(Cow<'static, str>),
}

impl From<&'static str> for ErrorCode {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// An answer of the portal, before any fault spoils it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    pub(crate) code: ErrorCode,
    pub(crate) json: Vec<u8>,
}

#[derive(Serialize)]
struct Plain<'a> {
    error_code: &'a ErrorCode,
    message: &'a str,
}

impl Answer {
    pub(crate) fn session_opened(session: &str) -> Self {
        let code = ErrorCode::Number(0);
        // The token is hexadecimal, so it needs no escaping.
        let json = format!(r#"{{"session":"{session}","error_code":0}}"#).into_bytes();
        Self { outcome: Outcome::Accepted, status: 200, code, json }
    }

    /// `result` is the inside of the result list, as JSON.
    pub(crate) fn success(code: ErrorCode, result: &str) -> Self {
        let head = to_json(&Plain { error_code: &code, message: "Thành công" });
        let mut json = Vec::with_capacity(head.len() + result.len() + 16);
        json.extend_from_slice(head.strip_suffix(b"}").unwrap_or(&head));
        json.extend_from_slice(br#","result":["#);
        json.extend_from_slice(result.as_bytes());
        json.extend_from_slice(b"]}");
        Self { outcome: Outcome::Accepted, status: 200, code, json }
    }

    pub(crate) fn refusal(refusal: &Refusal, config: &config::Config) -> Self {
        let code = match refusal.class {
            Class::Login => ErrorCode::Number(1),
            Class::Session => ErrorCode::Number(-1),
            Class::Content => ErrorCode::from("-2"),
            Class::Exists => config.ndxp.exists_code.clone(),
            Class::UnknownDossier => ErrorCode::from("-4"),
            Class::TooMany => ErrorCode::from("-5"),
            Class::Forbidden => ErrorCode::from("-6"),
            Class::UnknownService => ErrorCode::from("-7"),
            Class::Malformed => ErrorCode::from("-8"),
            Class::UnknownProcedure => ErrorCode::from("-9"),
        };
        let status = if refusal.class == Class::Session { config.ndxp.session_lapse_status } else { 200 };
        let message = refusal.sentence(config.rules.name_offender);
        let json = to_json(&Plain { error_code: &code, message: &message });
        Self { outcome: refusal.outcome(), status, code, json }
    }

    /// A refusal that says nothing: a code nobody documented.
    pub(crate) fn unhelpful() -> Self {
        let code = ErrorCode::from("77");
        let json = to_json(&Plain {
            error_code: &code, message: "Có lỗi xảy ra, vui lòng liên hệ quản trị"
        });
        Self { outcome: Outcome::NotApplied, status: 200, code, json }
    }
}

pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Plain text and numbers always serialise.
    serde_json::to_vec(value).unwrap_or_default()
}
