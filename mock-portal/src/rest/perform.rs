//! The services: the token, checks that every call passes, and the call of the right one.

use std::time::Instant;

use serde_json::{Value, json};

use super::answer;
use super::call::Call;
use super::check::{dossier_id, only_item};
use super::write;
use crate::config::UploadAnswer;
use crate::core::Core;
use crate::form::UploadedFile;
use crate::service::Service;
use crate::store::object;
use crate::sync::lock;
use crate::wire::answer::Answer;
use crate::wire::batch::Twist;
use crate::wire::refusal::{Class, Refusal};

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

/// Obeys a call, twisted by a fault if one struck, and answers.
pub(crate) fn perform(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Answer {
    let done = match call.service {
        Service::Auth => token(core, call),
        _ => serve(core, call, twist, seq),
    };
    done.unwrap_or_else(|refusal| answer::refusal(core, &refusal))
}

/// Ends every session; the answer says so.
pub(crate) fn lapse_all(core: &Core) -> Answer {
    core.expire_sessions();
    answer::refusal(core, &no_token())
}

/// The answer that the dossier is known, whatever is true.
pub(crate) fn claim_exists(core: &Core, dossier: &str) -> Answer {
    answer::refusal(core, &Refusal::exists(dossier))
}

/// Takes a file in with other bytes than were sent.
pub(crate) fn damage(core: &Core, call: &Call<'_>, seq: u64) -> Answer {
    let other =
        call.file.map(|file| UploadedFile { sha256: file.sha256.chars().rev().collect(), size: file.size });
    let call = Call { file: other.as_ref(), service: call.service, token: call.token, ..Call::default() };
    perform(core, &call, &Twist::None, seq)
}

fn token(core: &Core, call: &Call<'_>) -> Result<Answer, Refusal> {
    let item = only_item(core, call)?;
    let rest = &core.config.rest;
    if item.text("client_id") != rest.client_id || item.text("client_secret") != rest.client_secret {
        return Err(Refusal::new(Class::Login, "Sai client_id hoặc client_secret"));
    }
    let token = lock(&core.tokens).open(Instant::now());
    let data = json!({
        "access_token": token, "expires_in": rest.token_life_s, "token_type": "Bearer", "scope": "default",
    });
    Ok(answer::success(core, &data))
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
        Service::Progress => write::append_steps(core, call, twist, seq),
        Service::Upload => upload(core, call),
        _ => Ok(look_up(core, only_item(core, call)?.code())),
    }
}

fn upload(core: &Core, call: &Call<'_>) -> Result<Answer, Refusal> {
    let Some(file) = call.file else {
        return Err(Refusal::new(Class::Content, "Trường files bắt buộc phải có"));
    };
    let id = lock(&core.uploads).take(file.clone(), core.config.seed);
    let receipt = json!([{ "IdTepTin": id, "HashTepTin": file.sha256 }]);
    Ok(match core.config.rest.upload_answer {
        UploadAnswer::Plain => answer::success(core, &receipt),
        UploadAnswer::Wrapped => {
            answer::success(core, &json!([{ "response": { "code": 0, "message": "", "data": receipt } }]))
        }
    })
}

fn look_up(core: &Core, code: &str) -> Answer {
    let lookup = &core.config.lookup;
    let store = lock(&core.store);
    let Some((body, steps)) = store.bodies(code) else { return answer::success(core, &Value::Null) };
    let mut fields = object(body);
    fields.insert("IdHoSo".to_owned(), dossier_id(core, code).into());
    if !lookup.files {
        fields.remove("DanhSachGiayToKetQua");
    }
    if lookup.steps {
        let steps: Vec<Value> = steps.map(|step| Value::Object(object(step))).collect();
        fields.insert("DanhSachTienDo".to_owned(), steps.into());
    }
    answer::success(core, &fields)
}

fn no_token() -> Refusal {
    Refusal::new(Class::Session, "Token không hợp lệ hoặc đã hết hạn")
}
