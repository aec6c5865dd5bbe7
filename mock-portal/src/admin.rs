//! The admin API: look inside, break things, count.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::catalogue::Procedure;
use crate::core::Core;
use crate::counters::Counters;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::faults::{ArmedRule, FaultRule};
use crate::files::{FileView, PullRule};
use crate::gate::{Gate, stopped};
use crate::journal::CallEntry;
use crate::store::{Damage, DossierView};
use crate::sync::lock;
use crate::uploads::UploadView;

type Shared = State<Arc<Core>>;

/// Serves until the portal stops.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let stop = stopped(core.gate.watch());
    let router = Router::new()
        .route("/admin/counters", get(counters))
        .route("/admin/counters/reset", post(reset_counters))
        .route("/admin/dossiers", get(dossiers))
        .route("/admin/dossiers/{code}", get(dossier).delete(delete_dossier))
        .route("/admin/dossiers/{code}/damage", post(damage))
        .route("/admin/evaluation", post(set_evaluation))
        .route("/admin/uploads", get(uploads))
        .route("/admin/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/admin/faults/{id}", delete(remove_fault))
        .route("/admin/files", get(files))
        .route("/admin/files/rules", get(pull_rules).put(set_pull_rules))
        .route("/admin/files/fetch", post(fetch_files))
        .route("/admin/procedures", get(procedures).put(set_procedures))
        .route("/admin/down", post(set_down))
        .route("/admin/calls", get(calls))
        .route("/admin/sessions/expire", post(expire_sessions))
        .with_state(core);
    let server = axum::serve(listener, router).into_future();
    tokio::select! {
        ended = server => if let Err(error) = ended {
            tracing::error!(%error, "the admin API ended");
        },
        // Not gracefully: an idle keep-alive connection must not hold the stop up.
        () = stop => {}
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "not found" }))).into_response()
}

fn invalid(error: &Error) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": error.to_string() }))).into_response()
}

async fn counters(State(core): Shared) -> Json<Counters> {
    Json(core.counters())
}

async fn reset_counters(State(core): Shared) -> StatusCode {
    core.reset_counters();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DossierPage {
    after: String,
    limit: usize,
    history: bool,
}

impl Default for DossierPage {
    fn default() -> Self {
        Self { after: String::new(), limit: 100, history: false }
    }
}

async fn dossiers(State(core): Shared, Query(page): Query<DossierPage>) -> Json<Vec<DossierView>> {
    Json(lock(&core.store).page(&page.after, page.limit, page.history))
}

async fn dossier(State(core): Shared, Path(code): Path<String>) -> Response {
    let found = lock(&core.store).view(&code);
    found.map_or_else(not_found, |dossier| Json(dossier).into_response())
}

async fn delete_dossier(State(core): Shared, Path(code): Path<String>) -> Response {
    if core.forget(&code) { StatusCode::NO_CONTENT.into_response() } else { not_found() }
}

async fn damage(State(core): Shared, Path(code): Path<String>, Json(damage): Json<Damage>) -> Response {
    match lock(&core.store).damage(&code, &damage) {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => not_found(),
        Err(error) => invalid(&error),
    }
}

async fn set_evaluation(State(core): Shared, Json(evaluation): Json<Evaluation>) -> StatusCode {
    *lock(&core.evaluation) = evaluation;
    StatusCode::NO_CONTENT
}

async fn uploads(State(core): Shared) -> Json<Vec<UploadView>> {
    Json(core.uploaded())
}

async fn faults(State(core): Shared) -> Json<Vec<ArmedRule>> {
    Json(core.faults.list())
}

async fn add_faults(State(core): Shared, Json(order): Json<Value>) -> Response {
    let order = if order.is_array() { order } else { Value::Array(vec![order]) };
    let rules: Vec<FaultRule> = match serde_json::from_value(order) {
        Ok(rules) => rules,
        Err(error) => return invalid(&Error::InvalidRule(error.to_string())),
    };
    // All or none: half a scenario is no scenario.
    let checked = rules.iter().try_for_each(FaultRule::validate);
    let added: Result<Vec<String>, Error> =
        checked.and_then(|()| rules.into_iter().map(|rule| core.faults.add(rule)).collect());
    match added {
        Ok(ids) => Json(json!({ "ids": ids })).into_response(),
        Err(error) => invalid(&error),
    }
}

async fn clear_faults(State(core): Shared) -> StatusCode {
    core.faults.clear();
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(core): Shared, Path(id): Path<String>) -> Response {
    if core.faults.remove(&id) { StatusCode::NO_CONTENT.into_response() } else { not_found() }
}

async fn procedures(State(core): Shared) -> Json<Vec<Procedure>> {
    Json(lock(&core.catalogue).procedures.clone())
}

async fn set_procedures(State(core): Shared, Json(procedures): Json<Vec<Procedure>>) -> StatusCode {
    lock(&core.catalogue).procedures = procedures;
    StatusCode::NO_CONTENT
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FilesOf {
    dossier: Option<String>,
}

async fn files(State(core): Shared, Query(of): Query<FilesOf>) -> Json<Vec<FileView>> {
    Json(lock(&core.files.book).views(of.dossier.as_deref()))
}

async fn pull_rules(State(core): Shared) -> Json<Vec<PullRule>> {
    Json(core.files.rules())
}

async fn set_pull_rules(State(core): Shared, Json(order): Json<Value>) -> Response {
    let rules = serde_json::from_value(order).map_err(|error| Error::InvalidRule(error.to_string()));
    match rules.and_then(|rules| core.files.set_rules(rules)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => invalid(&error),
    }
}

async fn fetch_files(State(core): Shared) -> Response {
    if !core.config.pull.enabled {
        return (StatusCode::CONFLICT, Json(json!({ "error": "pull.enabled is off" }))).into_response();
    }
    core.files.fetch_now().await;
    Json(lock(&core.files.book).views(None)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Down {
    down: bool,
}

async fn set_down(State(core): Shared, Json(order): Json<Down>) -> StatusCode {
    core.gate.turn(if order.down { Gate::Down } else { Gate::Open });
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CallPage {
    after: u64,
    limit: usize,
}

impl Default for CallPage {
    fn default() -> Self {
        Self { after: 0, limit: 1_000 }
    }
}

async fn calls(State(core): Shared, Query(page): Query<CallPage>) -> Json<Vec<CallEntry>> {
    Json(core.journal.calls(page.after, page.limit))
}

async fn expire_sessions(State(core): Shared) -> StatusCode {
    core.expire_sessions();
    StatusCode::NO_CONTENT
}
