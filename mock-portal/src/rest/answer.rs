//! The JSON of an answer in dialect `rest`.

use serde::Serialize;
use serde_json::json;

use crate::core::Core;
use crate::outcome::{ErrorCode, Outcome};
use crate::wire::answer::Answer;
use crate::wire::refusal::{Class, Refusal};

/// Success; the configured codes take turns.
pub(super) fn success(core: &Core, data: &impl Serialize) -> Answer {
    let code = core.next_success_code(&core.config.rest.success_codes);
    answer(200, Outcome::Accepted, code, "Thành công", data)
}

pub(super) fn refusal(core: &Core, refusal: &Refusal) -> Answer {
    let status = match refusal.class {
        Class::Session | Class::Login => 401,
        Class::Forbidden => 403,
        _ => 400,
    };
    let message = refusal.sentence(core.config.rules.name_offender);
    answer(status, refusal.outcome(), ErrorCode::Number(status.into()), &message, &())
}

/// A refusal that says nothing: a code nobody documented.
pub(crate) fn unhelpful() -> Answer {
    answer(200, Outcome::NotApplied, ErrorCode::Number(77), "Có lỗi xảy ra, vui lòng liên hệ quản trị", &())
}

fn answer(status: u16, outcome: Outcome, code: ErrorCode, message: &str, data: &impl Serialize) -> Answer {
    let json = json!({ "code": code, "message": message, "data": data }).to_string().into_bytes();
    Answer { outcome, status, code, json }
}
