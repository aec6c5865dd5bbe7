//! The `ndxp` dialect: what a call does to the portal, before any fault interferes.

mod answer;
mod call;
pub(crate) mod node;
pub(crate) mod refusal;
pub(crate) mod schema;
pub(crate) mod validate;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) use answer::Answer;
pub use answer::ErrorCode;
pub(crate) use call::{Call, Entrance};
use refusal::{Class, Refusal};
pub(crate) use write::Twist;

use crate::catalogue::{Catalogue, Procedure};
use crate::core::Core;
use crate::files::{Ids, Role};
use crate::service::Service;
use crate::sync::lock;

/// Does what the call asks for, twisted by a fault if one struck, and answers.
pub(crate) fn perform(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Answer {
    let done = if call.service == Service::Auth { log_in(core, call) } else { serve(core, call, twist, seq) };
    done.unwrap_or_else(|refusal| Answer::refusal(&refusal, &core.config))
}

/// The answer to a call whose `dstcode` header leads elsewhere.
pub(crate) fn wrong_routing(core: &Core) -> Answer {
    Answer::refusal(&Refusal::new(Class::Forbidden, "Mã định tuyến dstcode không đúng"), &core.config)
}

/// Ends every session and says so.
pub(crate) fn lapse_all(core: &Core) -> Answer {
    core.expire_sessions();
    Answer::refusal(&Refusal::session(), &core.config)
}

/// Says that the dossier is known, whatever is true.
pub(crate) fn claim_exists(core: &Core, dossier: &str) -> Answer {
    Answer::refusal(&Refusal::exists(dossier), &core.config)
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
    Ok(Answer::session_opened(&session))
}

fn serve(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    if let Some(problem) = call.problem.as_ref().filter(|problem| problem.class == Class::Malformed) {
        return Err(problem.clone());
    }
    if !lock(&core.sessions).is_live(&call.session, Instant::now()) {
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
        Service::LookUp => look_up(core, &call.key),
        Service::Procedure => {
            let catalogue = lock(&core.catalogue);
            let found =
                catalogue.procedure(&call.key).map(|procedure| ProcedureDetail::new(&catalogue, procedure));
            Ok(list(core, found))
        }
        Service::Procedures => {
            let catalogue = lock(&core.catalogue);
            let procedures = catalogue.procedures.iter();
            Ok(list(core, procedures.map(|it| ProcedureName { code: &it.code, name: &it.name })))
        }
        Service::Agencies => Ok(list(core, &core.config.catalogue.agencies)),
        Service::Fields => Ok(list(core, &core.config.catalogue.fields)),
        Service::Auth
        | Service::HandIn
        | Service::SetStatus
        | Service::Progress
        | Service::Upload
        | Service::Unknown => Err(Refusal::new(Class::UnknownService, "Trường service không hợp lệ")),
    }
}

fn look_up(core: &Core, code: &str) -> Result<Answer, Refusal> {
    if code.is_empty() {
        return Err(Refusal::new(Class::Content, "Trường mahoso bắt buộc phải có"));
    }
    let lookup = &core.config.lookup;
    let store = lock(&core.store);
    let Some((body, steps)) = store.bodies(code) else { return Ok(success(core, "")) };
    let mut found = match (lookup.files, lookup.file_hash && core.config.pull.enabled) {
        (false, _) => Cow::Owned(without_result_papers(body)),
        (true, true) => Cow::Owned(with_hashes(core, code, body)),
        (true, false) => Cow::Borrowed(body),
    };
    if lookup.steps {
        // A stored dossier always has members, so the list goes in behind the last, before the brace.
        let text = found.to_mut();
        text.pop();
        text.push_str(r#","DanhSachTienDo":["#);
        for (index, step) in steps.enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(step);
        }
        text.push_str("]}");
    }
    let copies = (1..store.copies(code)).fold(found.to_string(), |all, _| format!("{all},{found}"));
    Ok(success(core, &copies))
}

const RESULT_PAPERS: &str = "DanhSachGiayToKetQua";

fn without_result_papers(body: &str) -> String {
    let mut fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(body).unwrap_or_default();
    fields.remove(RESULT_PAPERS);
    serde_json::to_string(&fields).unwrap_or_default()
}

/// The dossier as sent, and with each result paper the hash of what the portal holds of it.
fn with_hashes(core: &Core, code: &str, body: &str) -> String {
    let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(body) else { return body.to_owned() };
    let book = lock(&core.files.book);
    let mut ids = Ids::default();
    for paper in fields.get_mut(RESULT_PAPERS).and_then(Value::as_array_mut).into_iter().flatten() {
        let text = |name| paper.get(name).and_then(Value::as_str).unwrap_or_default();
        let file = ids.next(text("GiayToId"), text("TenGiayTo"));
        let hash = book.hash(code, Role::Result, &file).unwrap_or_default();
        if let Some(paper) = paper.as_object_mut() {
            paper.insert("HashTepTin".to_owned(), hash.into());
        }
    }
    Value::Object(fields).to_string()
}

/// Success; the configured codes take turns.
fn success(core: &Core, result: &str) -> Answer {
    let codes = &core.config.ndxp.success_codes;
    let turn = core.answers.fetch_add(1, Ordering::Relaxed);
    let code = codes.get(turn % codes.len().max(1)).cloned().unwrap_or(ErrorCode::Number(0));
    Answer::success(code, result)
}

fn list<T: Serialize>(core: &Core, items: impl IntoIterator<Item = T>) -> Answer {
    let items: Vec<String> = items.into_iter().filter_map(|item| serde_json::to_string(&item).ok()).collect();
    success(core, &items.join(","))
}

#[derive(Serialize)]
struct ProcedureName<'a> {
    #[serde(rename = "MATTHC")]
    code: &'a str,
    #[serde(rename = "TENTTHC")]
    name: &'a str,
}

/// A procedure in `LayThuTuc`. The names of fees and results are assumed: the guide is silent.
#[derive(Serialize)]
#[serde(rename_all = "UPPERCASE")]
struct ProcedureDetail<'a> {
    #[serde(flatten)]
    name: ProcedureName<'a>,
    linhvucthuchien: Vec<&'a crate::catalogue::Field>,
    philephi: Vec<Fee>,
    ketquathuchien: Vec<ResultPaper<'a>>,
}

#[derive(Serialize)]
struct Fee {
    #[serde(rename = "MUCPHI")]
    amount: String,
}

#[derive(Serialize)]
struct ResultPaper<'a> {
    #[serde(rename = "TENKETQUA")]
    name: &'a str,
}

impl<'a> ProcedureDetail<'a> {
    fn new(catalogue: &'a Catalogue, procedure: &'a Procedure) -> Self {
        let result = procedure.result.as_str();
        Self {
            name: ProcedureName { code: &procedure.code, name: &procedure.name },
            linhvucthuchien: catalogue.field(&procedure.field).into_iter().collect(),
            philephi: (procedure.fee > 0)
                .then(|| Fee { amount: procedure.fee.to_string() })
                .into_iter()
                .collect(),
            ketquathuchien: (!result.is_empty())
                .then_some(ResultPaper { name: result })
                .into_iter()
                .collect(),
        }
    }
}
