//! The JSON of an answer in dialect `ndxp`.

use serde::Serialize;

use crate::config::Config;
use crate::core::Core;
use crate::outcome::{ErrorCode, Outcome};
use crate::wire::answer::Answer;
use crate::wire::refusal::{Class, Refusal};

#[derive(Serialize)]
struct Plain<'a> {
    error_code: &'a ErrorCode,
    message: &'a str,
}

pub(super) fn session_opened(session: &str) -> Answer {
    let code = ErrorCode::Number(0);
    // The token is hexadecimal, so it needs no escaping.
    let json = format!(r#"{{"session":"{session}","error_code":0}}"#).into_bytes();
    Answer { outcome: Outcome::Accepted, status: 200, code, json }
}

/// Success; the configured codes take turns. `result` is the inside of the result list, as JSON.
pub(super) fn success(core: &Core, result: &str) -> Answer {
    let code = core.next_success_code(&core.config.ndxp.success_codes);
    let head = to_json(&Plain { error_code: &code, message: "Thành công" });
    let mut json = Vec::with_capacity(head.len() + result.len() + 16);
    json.extend_from_slice(head.strip_suffix(b"}").unwrap_or(&head));
    json.extend_from_slice(br#","result":["#);
    json.extend_from_slice(result.as_bytes());
    json.extend_from_slice(b"]}");
    Answer { outcome: Outcome::Accepted, status: 200, code, json }
}

/// Success with a list of results.
pub(super) fn list<T: Serialize>(core: &Core, items: impl IntoIterator<Item = T>) -> Answer {
    let items: Vec<String> = items.into_iter().filter_map(|item| serde_json::to_string(&item).ok()).collect();
    success(core, &items.join(","))
}

pub(super) fn refusal(config: &Config, refusal: &Refusal) -> Answer {
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
    Answer { outcome: refusal.outcome(), status, code, json }
}

/// A refusal that says nothing: a code nobody documented.
pub(crate) fn unhelpful() -> Answer {
    let code = ErrorCode::from("77");
    let json = to_json(&Plain {
        error_code: &code, message: "Có lỗi xảy ra, vui lòng liên hệ quản trị"
    });
    Answer { outcome: Outcome::NotApplied, status: 200, code, json }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Plain text and numbers always serialise.
    serde_json::to_vec(value).unwrap_or_default()
}
