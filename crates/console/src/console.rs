//! The console of one daemon, and its addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::flow::Flow;
use crate::kept::Kept;
use crate::{guard, live, pages};
use dongbo_ledger::{LedgerError, Overview};
use dongbo_listeners::{Door, Limits, serve_http};
use dongbo_settings::Entry;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::health::Lookout;
use dongbo_sync::reconcile::RunBoard;

/// The least time for which a count of every unit serves.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Most pages that are kept up to date without being asked for again; the others stay as they are.
const MOST_LIVE: usize = 64;

/// The part of the configuration in force that the pages show or need.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// Every value with its origin; no secret is in them.
    pub entries: Vec<Entry>,
    /// The time within which a request lands.
    pub lands_within: Duration,
    /// The number of runs that are kept.
    pub keep_runs: u32,
}

/// The console of one daemon; cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    pub(crate) ctx: Ctx,
    pub(crate) board: Arc<RunBoard>,
    pub(crate) lookout: Lookout,
    pub(crate) stop: CancellationToken,
    pub(crate) live: Arc<Semaphore>,
    units: Arc<Kept<BTreeMap<String, Overview>>>,
    flow: Arc<Kept<Flow>>,
    in_force: Arc<RwLock<InForce>>,
}

impl Console {
    /// The console of the daemon whose handles these are, until `stop`.
    #[must_use]
    pub fn new(
        ctx: Ctx,
        board: Arc<RunBoard>,
        lookout: Lookout,
        in_force: InForce,
        stop: CancellationToken,
    ) -> Self {
        Self {
            ctx,
            board,
            lookout,
            stop,
            live: Arc::new(Semaphore::new(MOST_LIVE)),
            units: Arc::new(Kept::new(COUNT_EVERY)),
            flow: Arc::new(Kept::new(COUNT_EVERY)),
            in_force: Arc::new(RwLock::new(in_force)),
        }
    }

    /// Another configuration is in force from now on.
    pub fn adopt(&self, in_force: InForce) {
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = in_force;
    }

    pub(crate) fn in_force(&self) -> InForce {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The counts of every unit.
    pub(crate) async fn units(&self) -> Result<Arc<BTreeMap<String, Overview>>, LedgerError> {
        let now = self.ctx.clock.now();
        self.units.get(async || self.ctx.ledger.overview_by_unit(now).await).await
    }

    /// Today's flow: the acceptances of the portal.
    pub(crate) async fn flow(&self) -> Result<Arc<Flow>, LedgerError> {
        let now = self.ctx.clock.now();
        self.flow.get(async || Flow::read(&self.ctx.ledger, now).await).await
    }
}

/// Serves the console on a listener that is bound already, until its stop.
pub async fn serve(listener: TcpListener, limits: Limits, console: Console) {
    let stop = console.stop.clone();
    let router = Router::new()
        .route("/", get(pages::overview::answer))
        .route("/dossiers", get(pages::dossiers::answer))
        .route("/dossier", get(pages::dossier::answer))
        .route("/work", get(pages::work::answer))
        .route("/comparison", get(pages::comparison::answer))
        .route("/system", get(pages::system::answer))
        .route("/live", get(live::answer))
        .route(
            "/console.css",
            get(|| asset("text/css; charset=utf-8", include_str!("../assets/console.css"))),
        )
        .route(
            "/console.js",
            get(|| asset("text/javascript; charset=utf-8", include_str!("../assets/console.js"))),
        )
        .route("/icon.svg", get(|| asset("image/svg+xml", include_str!("../assets/icon.svg"))))
        .fallback(pages::nowhere)
        .layer(from_fn(guard::guard))
        .with_state(console);
    serve_http(Door::new(listener, "console.listen", limits), router, stop).await;
}

async fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
