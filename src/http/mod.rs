//! The HTTP pages `/metrics`, `/healthz` and `/readyz`.

mod pages;
mod settings;

pub use settings::Settings;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use pages::{PageError, Pages};

use dongbo_ledger::{Layer, LayerState, LedgerError, Overview};
use dongbo_listeners::{Door, Limits, serve_http};
use dongbo_model::{Lang, invisible};
use dongbo_sync::health::Report;
use dongbo_sync::metrics::format::Format;

/// Serves the pages on a listener that is bound already, until `stop`.
pub async fn serve(listener: TcpListener, limits: Limits, pages: Pages, stop: CancellationToken) {
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .with_state(pages);
    serve_http(Door::new(listener, "http.listen", limits), router, stop).await;
}

async fn metrics(State(pages): State<Pages>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = Format::asked_for(accept);
    match pages.metrics(format).await {
        Ok(text) => ([(header::CONTENT_TYPE, format.content_type())], text).into_response(),
        Err(PageError::Ledger(error)) => unavailable(&error),
        Err(error @ PageError::Format(_)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
        }
    }
}

/// Reports how things stand. It answers with 200 whatever the verdict is: it is a page to read, and `/readyz` one to act on.
async fn health(State(pages): State<Pages>) -> Response {
    let seen = pages.lookout.look().await;
    let counts = seen.counted.as_ref().ok().map(|counted| counts_of(&counted.overview, &pages));
    document(StatusCode::OK, &HealthPage { report: seen.health.report(pages.lang), counts })
}

/// A page for machines, which can be shown on a terminal too (curl).
fn document(status: StatusCode, page: &impl Serialize) -> Response {
    match serde_json::to_string(page) {
        Ok(json) => {
            let json = invisible::in_json(&json).into_owned();
            (status, [(header::CONTENT_TYPE, "application/json")], json).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// The verdict, and the counts while the ledger can be read.
#[derive(Serialize)]
struct HealthPage {
    #[serde(flatten)]
    report: Report,
    #[serde(flatten)]
    counts: Option<Value>,
}

/// Reports whether this daemon sees and works. It can be asked often: many who ask cost the ledger one look.
async fn ready(State(pages): State<Pages>) -> Response {
    let now = pages.ctx.clock.now();
    let vitals = &pages.ctx.vitals;
    let parts: Map<String, Value> = vitals
        .expected()
        .into_iter()
        .map(|part| (part.name().to_owned(), json!(vitals.last_progress(part))))
        .collect();
    let reason = match pages.ctx.standstill(now) {
        Some(standstill) => {
            let part = standstill.part.name();
            Some(match standstill.since {
                Some(since) => format!("{part} has finished nothing since {since}"),
                None => format!("{part} has finished nothing yet"),
            })
        }
        None => {
            let seen = pages.lookout.look().await;
            let blinding = seen.health.reasons.iter().find(|reason| reason.kind.blinds());
            blinding.map(|reason| reason.text(Lang::En, now))
        }
    };
    let status = if reason.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let page = json!({ "ready": reason.is_none(), "reason": reason, "last_progress": parts });
    document(status, &page)
}

fn counts_of(overview: &Overview, pages: &Pages) -> Value {
    let layers: Map<String, Value> = Layer::ALL
        .iter()
        .map(|&layer| {
            let counts = overview.counts.of(layer);
            let mut row: Map<String, Value> = LayerState::ALL
                .iter()
                .map(|&state| (state.name().to_owned(), json!(counts.of(state))))
                .collect();
            row.insert("completeness".to_owned(), json!(overview.completeness(layer)));
            (layer.name().to_owned(), Value::Object(row))
        })
        .collect();
    json!({
        "sending": pages.ctx.gate.sending(),
        "paused_until": pages.ctx.gate.paused_until(),
        "next_probe": pages.ctx.gate.closed().map(|(_, probe_at)| probe_at),
        "dossiers": overview.dossiers,
        "layers": layers,
        "oldest_unsent": overview.oldest_unsent,
        "in_doubt": overview.in_doubt,
        "to_verify": overview.to_verify,
        "findings": overview.findings.iter().map(|(kind, many)| (kind.clone(), json!(many))).collect::<Map<_, _>>(),
    })
}

fn unavailable(error: &LedgerError) -> Response {
    tracing::error!(
        event = "ledger.read_failed",
        class = error.class().name(),
        "A page cannot be shown, because the ledger cannot be read: {error}"
    );
    (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
}
