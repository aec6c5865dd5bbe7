//! Takes requests in and answers them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use chrono::DateTime;
use serde_json::{Value, json};

use super::{CLIENT, CLIENT_SECRET, Manner, PASSWORD, Shared, TestSync, UNIT, USER, files, wire};
use crate::Error;
use crate::time::local;

type Shares = State<Arc<Shared>>;
type Parameters = Query<HashMap<String, String>>;

pub(super) fn app(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/auth/realms/digo/protocol/openid-connect/token", post(token))
        .route("/api/pa/dossier/search", get(search))
        .route("/api/pa/dossier/{id}/--online", get(dossier))
        .route("/api/pa/dossier-fee/--by-dossiers", get(fees))
        .route("/api/fi/file/{id}", get(file))
        .route("/api/bdtc/nps-dossier/--test-sync", post(test_sync))
        .with_state(shared)
}

/// A token for a password, a secret, or an earlier token.
async fn token(State(shared): Shares, body: Bytes) -> Response {
    let form: HashMap<String, String> = form(&body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    let refused =
        |error: &str| (StatusCode::UNAUTHORIZED, axum::Json(json!({"error": error}))).into_response();
    if field("client_id") != CLIENT {
        return refused("invalid_client");
    }
    match field("grant_type") {
        "password" if field("username") == USER && field("password") == PASSWORD => {
            state.counters.sign_ins += 1
        }
        "client_credentials" if field("client_secret") == CLIENT_SECRET => state.counters.sign_ins += 1,
        "refresh_token" if state.tokens.contains_key(field("refresh_token")) => state.counters.renewals += 1,
        _ => return refused("invalid_grant"),
    }
    let lasts = shared.config.token_lasts;
    let (token, refresh) = (state.new_token(lasts), state.new_token(lasts * 6));
    axum::Json(json!({
        "access_token": token,
        "expires_in": lasts.as_secs(),
        "refresh_token": refresh,
        "refresh_expires_in": lasts.as_secs() * 6,
        "token_type": "Bearer",
    }))
    .into_response()
}

fn form(body: &[u8]) -> HashMap<String, String> {
    let query = format!("http://form/?{}", String::from_utf8_lossy(body));
    let parsed = query.parse().ok().and_then(|uri| Query::try_from_uri(&uri).ok());
    parsed.map(|Query(form)| form).unwrap_or_default()
}

/// The answer that a request gets before it is looked at, if it gets one.
fn at_the_door(shared: &Shared, headers: &HeaderMap) -> Option<Response> {
    let mut state = shared.state();
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !token.is_some_and(|token| state.holds(token)) {
        return Some(StatusCode::UNAUTHORIZED.into_response());
    }
    if state.manner == Manner::Throttles {
        return Some((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response());
    }
    if state.stumbles(shared.config.errors_per_mille) {
        let body = json!({"status": 500, "error": "Internal Server Error", "message": null});
        return Some((StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response());
    }
    None
}

fn answered(result: Result<Response, Error>) -> Response {
    result.unwrap_or_else(|error| (StatusCode::BAD_REQUEST, error.to_string()).into_response())
}

async fn search(State(shared): Shares, headers: HeaderMap, Query(asked): Parameters) -> Response {
    if let Some(answer) = at_the_door(&shared, &headers) {
        return answer;
    }
    let manner = {
        let mut state = shared.state();
        state.counters.searches += 1;
        state.manner
    };
    match manner {
        Manner::NoJson => {
            return ([(header::CONTENT_TYPE, "text/html")], "<html>Đang bảo trì</html>").into_response();
        }
        Manner::Endless => return endless(),
        _ => {}
    }
    answered(page(&shared, &asked, manner).await)
}

fn endless() -> Response {
    let blank = Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b' '; 65_536]));
    let blanks = futures_util::stream::repeat(blank);
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(blanks)).into_response()
}

/// The conditions of a search, with the column that each is about.
const RANGES: [(&str, &str, &str); 6] = [
    ("applied-from", "ngay_nop", ">="),
    ("applied-to", "ngay_nop", "<="),
    ("accepted-from", "ngay_tiep_nhan", ">="),
    ("accepted-to", "ngay_tiep_nhan", "<="),
    ("appointment-from", "ngay_hen_tra", ">="),
    ("appointment-to", "ngay_hen_tra", "<="),
];

async fn page(shared: &Shared, asked: &HashMap<String, String>, manner: Manner) -> Result<Response, Error> {
    let field = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let number = |name: &str| field(name).parse::<i64>().ok();
    let (number, size) = (number("page").unwrap_or(0), number("size").unwrap_or(10).clamp(1, 200));
    let shown = if manner == Manner::RepeatsSlice { 0 } else { number };
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values = Vec::new();
    if field("ancestor-agency-id") != UNIT {
        conditions.push("1 = 0".to_owned());
    }
    if !field("code-match").is_empty() {
        values.push(field("code-match").to_owned());
        conditions.push(format!("ma_ho_so = ?{}", values.len()));
    }
    for (name, column, compares) in RANGES {
        if field(name).is_empty() {
            continue;
        }
        let moment = DateTime::parse_from_str(field(name), "%Y-%m-%dT%H:%M:%S%.3f%z")
            .map_err(|_| Error::Unsupported(format!("{name} is not a moment")))?;
        values.push(local(moment.to_utc()).format("%Y-%m-%d %H:%M:%S").to_string());
        conditions.push(format!("{column} {compares} ?{}", values.len()));
    }
    let order = match (field("sort"), manner) {
        (_, Manner::Unsorted) => "id",
        ("appointmentDate,asc", _) => "ngay_hen_tra, id",
        _ => "cap_nhat_luc DESC, id DESC",
    };
    let condition = conditions.join(" AND ");
    let ids = wire::ids(&shared.pool, &condition, &values, order, (size, shown * size)).await?;
    let total = wire::count(&shared.pool, &condition, &values).await?;
    let content = wire::dossiers(&shared.pool, &ids, manner).await?;
    let last = (shown + 1) * size >= total;
    let mut body = json!({
        "content": content,
        "number": number,
        "size": size,
        "numberOfElements": content.len(),
        "first": number == 0,
        "last": last && manner != Manner::RepeatsSlice,
    });
    if let (Some(fields), "page" | "") = (body.as_object_mut(), field("spec")) {
        fields.insert("totalElements".to_owned(), total.into());
        fields.insert("totalPages".to_owned(), ((total + size - 1) / size).into());
    }
    Ok(axum::Json(body).into_response())
}

async fn dossier(State(shared): Shares, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(answer) = at_the_door(&shared, &headers) {
        return answer;
    }
    let manner = {
        let mut state = shared.state();
        state.counters.details += 1;
        state.manner
    };
    let Some(id) = wire::row_id(&id) else { return StatusCode::NOT_FOUND.into_response() };
    answered(wire::dossiers(&shared.pool, &[id], manner).await.map(|found| match found.into_iter().next() {
        Some(dossier) => axum::Json(dossier).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }))
}

async fn fees(State(shared): Shares, headers: HeaderMap, Query(asked): Parameters) -> Response {
    if let Some(answer) = at_the_door(&shared, &headers) {
        return answer;
    }
    let ids = asked.get("dossier-ids").map(String::as_str).unwrap_or_default();
    let ids: Vec<i64> = ids.split(',').filter_map(wire::row_id).collect();
    answered(wire::fees(&shared.pool, &ids).await.map(|fees| axum::Json(Value::Array(fees)).into_response()))
}

async fn file(State(shared): Shares, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(answer) = at_the_door(&shared, &headers) {
        return answer;
    }
    shared.state().counters.files += 1;
    answered(files::bytes(&shared, &id).await.map(|bytes| match bytes {
        // As it does, without a name and without parts.
        Some(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }))
}

async fn test_sync(State(shared): Shares, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(answer) = at_the_door(&shared, &headers) {
        return answer;
    }
    let asked: TestSync = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let bridge = {
        let mut state = shared.state();
        state.asked.push(asked.clone());
        state.bridge.clone()
    };
    let done = match bridge {
        Some(bridge) => bridge(asked).await,
        None => Ok(()),
    };
    match done {
        Ok(()) => "OK".into_response(),
        Err(words) => words.into_response(),
    }
}
