//! `/metrics` and `/healthz`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::class::ErrorClass;
use crate::clock::Clock;
use crate::ledger::{Layer, LayerState, Ledger, LedgerError, Overview};
use crate::metrics::Metrics;
use crate::push::Gate;
use crate::vitals::Vitals;

/// What the pages are made from.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Where everything stands.
    pub ledger: Ledger,
    /// What was counted.
    pub metrics: Arc<Metrics>,
    /// Whether sending goes on.
    pub gate: Arc<Gate>,
    /// What is finished, and when.
    pub vitals: Arc<Vitals>,
    /// The time.
    pub clock: Clock,
}

/// Serves the pages on a listener that is bound already, until `stop`.
pub async fn serve(listener: TcpListener, pages: Pages, stop: CancellationToken) {
    let router =
        Router::new().route("/metrics", get(metrics)).route("/healthz", get(health)).with_state(pages);
    let served =
        axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await;
    if let Err(error) = served {
        tracing::error!(
            event = "http.stopped",
            class = ErrorClass::Bug.name(),
            "The metrics pages are served no more: {error}; restart dongbo"
        );
    }
}

async fn metrics(State(pages): State<Pages>) -> Response {
    let now = pages.clock.now();
    let overview = match pages.ledger.overview(now).await {
        Ok(overview) => overview,
        Err(error) => return unavailable(&pages, &error),
    };
    let trouble = pages.gate.closed().map(|(trouble, _)| trouble);
    match pages.metrics.render(&overview, trouble, pages.gate.limit(), &pages.vitals.moments(), now) {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn health(State(pages): State<Pages>) -> Response {
    let now = pages.clock.now();
    match pages.ledger.overview(now).await {
        Ok(overview) => Json(health_of(&overview, &pages)).into_response(),
        Err(error) => unavailable(&pages, &error),
    }
}

fn health_of(overview: &Overview, pages: &Pages) -> Value {
    let stopped = pages.gate.closed();
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
        "status": if stopped.is_some() || pages.gate.paused() { "degraded" } else { "ok" },
        "sending": pages.gate.sending(),
        "paused_until": pages.gate.paused_until(),
        "next_probe": stopped.map(|(_, probe_at)| probe_at),
        "dossiers": overview.dossiers,
        "layers": layers,
        "oldest_unsent": overview.oldest_unsent,
        "in_doubt": overview.in_doubt,
        "to_verify": overview.to_verify,
        "findings": overview.findings.iter().map(|(kind, many)| (kind.clone(), json!(many))).collect::<Map<_, _>>(),
    })
}

fn unavailable(pages: &Pages, error: &LedgerError) -> Response {
    pages.metrics.ledger_failed();
    tracing::error!(
        event = "ledger.read_failed",
        class = error.class().name(),
        "A page cannot be shown, because the ledger cannot be read: {error}"
    );
    (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
}
