//! The `rest` dialect: what a call does to the portal, before any fault interferes.

mod call;
mod schema;
mod write;

use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use call::Call;

use crate::chance;
use crate::core::Core;
use crate::form::FileSeen;
use crate::journal::Outcome;
use crate::ndxp::refusal::{Class, Refusal};
use crate::ndxp::validate::check_object;
use crate::ndxp::{Answer, ErrorCode, Twist};
use crate::service::Service;
use crate::sync::lock;

/// The service at a path; `None` when none is there.
pub(crate) fn service_at(core: &Core, path: &str) -> Option<Service> {
    let rest = &core.config.rest;
    let services = [
        (&rest.token_path, Service::Auth),
        (&rest.upload_path, Service::Upload),
        (&rest.create_path, Service::HandIn),
        (&rest.status_path, Service::SetStatus),
        (&rest.progress_path, Service::Progress),
        (&rest.lookup_path, Service::LookUp),
    ];
    services.into_iter().find(|(known, _)| *known == path).map(|(_, service)| service)
}

/// Does what the call asks for, twisted by a fault if one struck, and answers.
pub(crate) fn perform(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Answer {
    let done = match call.service {
        Service::Auth => token(core, call),
        _ => serve(core, call, twist, seq),
    };
    done.unwrap_or_else(|refusal| refuse(core, &refusal))
}

/// Ends every session and says so.
pub(crate) fn lapse_all(core: &Core) -> Answer {
    core.expire_sessions();
    refuse(core, &no_token())
}

/// Says that the dossier is known, whatever is true.
pub(crate) fn claim_exists(core: &Core, dossier: &str) -> Answer {
    refuse(core, &Refusal::exists(dossier))
}

/// Takes a file in with other bytes than were sent.
pub(crate) fn damage(core: &Core, call: &Call<'_>, seq: u64) -> Answer {
    let other =
        call.file.map(|file| FileSeen { sha256: file.sha256.chars().rev().collect(), size: file.size });
    perform(
        core,
        &Call { file: other.as_ref(), service: call.service, token: call.token, ..Call::default() },
        &Twist::None,
        seq,
    )
}

/// A refusal that says nothing: a code nobody documented.
pub(crate) fn unhelpful() -> Answer {
    told(200, Outcome::NotApplied, ErrorCode::Number(77), "Có lỗi xảy ra, vui lòng liên hệ quản trị", &())
}

fn token(core: &Core, call: &Call<'_>) -> Result<Answer, Refusal> {
    let item = checked(core, call)?;
    let rest = &core.config.rest;
    if item.text("client_id") != rest.client_id || item.text("client_secret") != rest.client_secret {
        return Err(Refusal::new(Class::Login, "Sai client_id hoặc client_secret"));
    }
    let token = lock(&core.tokens).open(Instant::now());
    let data = json!({
        "access_token": token, "expires_in": rest.token_life_s, "token_type": "Bearer", "scope": "default",
    });
    Ok(success(core, &data))
}

fn serve(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    if !lock(&core.tokens).is_live(call.token, Instant::now()) {
        return Err(no_token());
    }
    if let Some(problem) = &call.problem {
        return Err(problem.clone());
    }
    match call.service {
        Service::HandIn => write::hand_in(core, call, twist, seq),
        Service::SetStatus => write::set_status(core, call, twist, seq),
        Service::Progress => write::progress(core, call, twist, seq),
        Service::Upload => upload(core, call),
        _ => look_up(core, checked(core, call)?.code()),
    }
}

/// The one object of a call, held against its table.
fn checked<'c, 'a>(core: &Core, call: &'c Call<'a>) -> Result<&'c call::Item<'a>, Refusal> {
    if let Some(problem) = &call.problem {
        return Err(problem.clone());
    }
    let Some(item) = call.items.first() else {
        return Err(Refusal::new(Class::Malformed, "Nội dung gửi lên không phải JSON hợp lệ"));
    };
    check_object(call.table(), &item.members, core.config.rules.strict_fields)
        .map_err(|complaint| Refusal::about(Class::Content, item.code(), complaint.sentence()))?;
    Ok(item)
}

fn upload(core: &Core, call: &Call<'_>) -> Result<Answer, Refusal> {
    let Some(file) = call.file else {
        return Err(Refusal::new(Class::Content, "Trường files bắt buộc phải có"));
    };
    let id = lock(&core.uploads).take(file.clone(), core.config.seed);
    Ok(success(core, &json!([{ "IdTepTin": id, "HashTepTin": file.sha256 }])))
}

fn look_up(core: &Core, code: &str) -> Result<Answer, Refusal> {
    let lookup = &core.config.lookup;
    let store = lock(&core.store);
    let Some((body, steps)) = store.bodies(code) else { return Ok(success(core, &Value::Null)) };
    let mut fields = object(body);
    fields.insert("IdHoSo".to_owned(), id_of(core, code).into());
    if !lookup.files {
        fields.remove("DanhSachGiayToKetQua");
    }
    if lookup.steps {
        let steps: Vec<Value> = steps.map(|step| Value::Object(object(step))).collect();
        fields.insert("DanhSachTienDo".to_owned(), steps.into());
    }
    Ok(success(core, &fields))
}

/// The portal's own identifier of a dossier, which follows from its code.
fn id_of(core: &Core, code: &str) -> String {
    format!("hs-{:016x}", chance::mix(core.config.seed, &["dossier", code]))
}

/// Stored bodies were parsed before they were stored.
fn object(body: &str) -> Map<String, Value> {
    serde_json::from_str(body).unwrap_or_default()
}

fn no_token() -> Refusal {
    Refusal::new(Class::Session, "Token không hợp lệ hoặc đã hết hạn")
}

/// Success; the configured codes take turns.
fn success(core: &Core, data: &impl Serialize) -> Answer {
    let codes = &core.config.rest.success_codes;
    let turn = core.answers.fetch_add(1, Ordering::Relaxed);
    let code = codes.get(turn % codes.len().max(1)).cloned().unwrap_or(ErrorCode::Number(0));
    told(200, Outcome::Accepted, code, "Thành công", data)
}

fn refuse(core: &Core, refusal: &Refusal) -> Answer {
    let status = match refusal.class {
        Class::Session | Class::Login => 401,
        Class::Forbidden => 403,
        _ => 400,
    };
    let message = refusal.sentence(core.config.rules.name_offender);
    told(status, refusal.outcome(), ErrorCode::Number(status.into()), &message, &())
}

fn told(status: u16, outcome: Outcome, code: ErrorCode, message: &str, data: &impl Serialize) -> Answer {
    let json = json!({ "code": code, "message": message, "data": data }).to_string().into_bytes();
    Answer { outcome, status, code, json }
}
