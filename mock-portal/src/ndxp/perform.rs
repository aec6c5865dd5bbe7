//! The services: log-in, checks that every call passes, and the call of the right one.

use std::time::Instant;

use serde_json::json;

use super::call::Call;
use super::{answer, look_up, procedures, questions, write};
use crate::chance;
use crate::core::Core;
use crate::service::Service;
use crate::sync::lock;
use crate::wire::answer::Answer;
use crate::wire::batch::Twist;
use crate::wire::refusal::{Class, Refusal};

/// Obeys a call, twisted by a fault if one struck, and answers.
pub(crate) fn perform(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Answer {
    let done = if call.service == Service::Auth { log_in(core, call) } else { serve(core, call, twist, seq) };
    done.unwrap_or_else(|refusal| answer::refusal(&core.config, &refusal))
}

/// The answer to a call whose `dstcode` header leads elsewhere.
pub(crate) fn wrong_routing(core: &Core) -> Answer {
    let refusal = Refusal::new(Class::Forbidden, "Mã định tuyến dstcode không đúng");
    answer::refusal(&core.config, &refusal)
}

/// Ends every session; the answer says so.
pub(crate) fn lapse_all(core: &Core) -> Answer {
    core.expire_sessions();
    answer::refusal(&core.config, &Refusal::session())
}

/// The answer that the dossier is known, whatever is true.
pub(crate) fn claim_exists(core: &Core, dossier: &str) -> Answer {
    answer::refusal(&core.config, &Refusal::exists(dossier))
}

fn log_in(core: &Core, call: &Call<'_>) -> Result<Answer, Refusal> {
    if let Some(problem) = &call.problem {
        return Err(problem.clone());
    }
    let ndxp = &core.config.ndxp;
    if call.username != ndxp.username || call.password != ndxp.password {
        return Err(Refusal::login());
    }
    let session = lock(&core.sessions).open(Instant::now());
    Ok(answer::session_opened(&session))
}

fn serve(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    if let Some(problem) = call.problem.as_ref().filter(|problem| problem.class == Class::Malformed) {
        return Err(problem.clone());
    }
    if !call.by_proxy && !lock(&core.sessions).is_live(&call.session, Instant::now()) {
        return Err(Refusal::session());
    }
    let units = &core.config.ndxp.units;
    if call.unit.is_empty() || !(units.is_empty() || units.contains(&call.unit)) {
        return Err(Refusal::new(Class::Forbidden, "Mã đơn vị (madonvi) không hợp lệ"));
    }
    if let Some(problem) = &call.problem {
        return Err(problem.clone());
    }
    match call.service {
        Service::Upsert | Service::AppendSteps => write::write(core, call, twist, seq),
        Service::LookUp => look_up::look_up(core, &call.key),
        Service::Procedure => Ok(procedures::one(core, &call.key)),
        Service::Procedures => Ok(procedures::all(core)),
        Service::Agencies => Ok(answer::list(core, &core.config.catalogue.agencies)),
        Service::Fields => Ok(answer::list(core, &core.config.catalogue.fields)),
        Service::Questions => Ok(questions::all(core)),
        Service::Answers => questions::take(core, call),
        Service::ApplicantCode => applicant_code(core, &call.key),
        Service::Auth
        | Service::HandIn
        | Service::SetStatus
        | Service::Progress
        | Service::Upload
        | Service::Unknown => Err(Refusal::new(Class::UnknownService, "Trường service không hợp lệ")),
    }
}

/// `TraCuuTechID`: the portal's own code of the applicant with this tax or identity number. Names of fields are assumed.
fn applicant_code(core: &Core, number: &str) -> Result<Answer, Refusal> {
    if number.is_empty() {
        return Err(Refusal::new(Class::Content, "Trường mstorcmnd bắt buộc phải có"));
    }
    let code = chance::mix(core.config.seed, &["applicant", number]);
    Ok(answer::list(core, [json!({ "MaDoiTuong": format!("{code:016X}") })]))
}
