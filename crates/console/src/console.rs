//! The console of one daemon, and its addresses.

use dongbo_model::locks::{lock, read, write};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use axum::Router;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use rand::rngs::StdRng;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::flow::Flow;
use crate::kept::Kept;
use crate::tls::Entrance;
use crate::{access, api, guard, live, pages};
use dongbo_ledger::{AuditCheck, LedgerError, Overview};
use dongbo_listeners::{Door, Limits, serve_http, serve_https};
use dongbo_model::Mode;
use dongbo_settings::Entry;
use dongbo_sync::acts::Acts;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::health::{LedgerFacts, Lookout};
use dongbo_sync::reconcile::RunBoard;

/// The least time for which a count of every unit serves.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Most pages that are kept up to date without being asked for again; the others stay as they are.
const MOST_LIVE: usize = 64;
/// Most who have a lot counted or looked up at once; the others wait.
const MOST_COUNTING: usize = 2;

/// The part of the configuration in force that the pages show or need.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// Every value with its origin; no secret is in them.
    pub entries: Vec<Entry>,
    /// The time within which a request lands.
    pub lands_within: Duration,
    /// The number of runs that are kept.
    pub keep_runs: u32,
    /// How a vendor's bridge is asked to send again, where there is one.
    pub bridge: dongbo_sync::resend::Settings,
    /// The reading of the indicators.
    pub indicators: dongbo_indicators::Settings,
    /// Whose reports are drawn up.
    pub report: dongbo_reports::Settings,
    /// Where published figures are found.
    pub publishing: dongbo_sync::views::Publishing,
}

/// The console of one daemon; cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    pub(crate) ctx: Ctx,
    pub(crate) board: Arc<RunBoard>,
    pub(crate) lookout: Lookout,
    pub(crate) stop: CancellationToken,
    pub(crate) live: Arc<Semaphore>,
    pub(crate) acts: Acts,
    /// The turns of those who have a lot counted or looked up.
    pub(crate) counting: Arc<Semaphore>,
    access: Arc<Access>,
    tls: Option<Arc<ServerConfig>>,
    units: Arc<Kept<BTreeMap<String, Overview>>>,
    flow: Arc<Kept<Flow>>,
    audit: Arc<Kept<AuditCheck>>,
    /// Of the units that somebody sees who does not see all.
    of_units: Arc<Mutex<BTreeMap<String, OfUnit>>>,
    in_force: Arc<RwLock<InForce>>,
}

/// Readings of one unit.
#[derive(Debug, Clone)]
struct OfUnit {
    facts: Arc<Kept<LedgerFacts>>,
    flow: Arc<Kept<Flow>>,
}

impl Default for OfUnit {
    fn default() -> Self {
        Self { facts: Arc::new(Kept::new(COUNT_EVERY)), flow: Arc::new(Kept::new(COUNT_EVERY)) }
    }
}

impl Console {
    /// The console of the daemon whose handles these are, until `stop`. By `door` come those who may; chance gives their sessions ids.
    #[must_use]
    pub fn new(
        (ctx, board, lookout): (Ctx, Arc<RunBoard>, Lookout),
        in_force: InForce,
        door: Entrance,
        chance: StdRng,
        stop: CancellationToken,
    ) -> Self {
        let Entrance { settings, tls } = door;
        Self {
            acts: Acts::new(ctx.clone(), Arc::clone(&board), lookout.clone()),
            access: Arc::new(Access::new(&settings, chance)),
            tls,
            of_units: Arc::default(),
            audit: Arc::new(Kept::new(Duration::ZERO)),
            ctx,
            board,
            lookout,
            stop,
            live: Arc::new(Semaphore::new(MOST_LIVE)),
            counting: Arc::new(Semaphore::new(MOST_COUNTING)),
            units: Arc::new(Kept::new(COUNT_EVERY)),
            flow: Arc::new(Kept::new(COUNT_EVERY)),
            in_force: Arc::new(RwLock::new(in_force)),
        }
    }

    /// Another configuration is in force from now on.
    pub fn adopt(&self, in_force: InForce) {
        *write(&self.in_force) = in_force;
    }

    pub(crate) fn in_force(&self) -> InForce {
        read(&self.in_force).clone()
    }

    /// The counts of every unit.
    pub(crate) async fn units(&self) -> Result<Arc<BTreeMap<String, Overview>>, LedgerError> {
        let now = self.ctx.clock.now();
        self.units.get(async || self.ctx.ledger.overview_by_unit(now).await).await
    }

    /// Today's flow: the acceptances of the portal, of one unit or of all.
    pub(crate) async fn flow(&self, unit: Option<&str>) -> Result<Arc<Flow>, LedgerError> {
        let now = self.ctx.clock.now();
        let kept = unit.map_or_else(|| Arc::clone(&self.flow), |unit| self.of_unit(unit).flow);
        kept.get(async || Flow::read(&self.ctx.ledger, unit, now).await).await
    }

    /// The ledger's facts of one unit.
    pub(crate) async fn facts_of(&self, unit: &str) -> Result<Arc<LedgerFacts>, LedgerError> {
        let now = self.ctx.clock.now();
        let ledger = &self.ctx.ledger;
        let read = async || {
            let overview = ledger.overview_of(Some(unit), now).await?;
            LedgerFacts::read(ledger, &overview, (Some(unit), now)).await
        };
        self.of_unit(unit).facts.get(read).await
    }

    /// Whether dongbo only watches all sources: nothing is sent then.
    pub(crate) async fn only_watches(&self) -> Result<bool, LedgerError> {
        let sources = self.ctx.ledger.sources().await?;
        let mut read = sources.iter().filter(|source| source.left_at.is_none()).peekable();
        Ok(read.peek().is_some() && read.all(|source| source.mode == Mode::Watch))
    }

    /// Whether the audit log is whole.
    pub(crate) async fn audit(&self) -> Result<Arc<AuditCheck>, LedgerError> {
        self.audit.get(async || self.ctx.ledger.check_audit(None).await).await
    }

    fn of_unit(&self, unit: &str) -> OfUnit {
        let mut units = lock(&self.of_units);
        units.entry(unit.to_owned()).or_default().clone()
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Whether browsers reach this console over TLS.
    pub(crate) fn is_over_tls(&self) -> bool {
        self.tls.is_some() || self.access.is_behind_proxy()
    }
}

/// Serves the console on a listener that is bound already, until its stop.
pub async fn serve(listener: TcpListener, limits: Limits, console: Console) {
    let stop = console.stop.clone();
    let router = Router::new()
        .route("/", get(pages::overview::answer))
        .route(pages::overview::WALL, get(pages::overview::wall))
        .route("/dossiers", get(pages::dossiers::answer))
        .route("/dossier", get(pages::dossier::answer))
        .route("/work", get(pages::work::answer))
        .route("/comparison", get(pages::comparison::answer))
        .route(pages::resend::PATH, get(pages::resend::answer).post(pages::resend::carry_out))
        .route("/resend/result.csv", get(pages::resend::results))
        .route("/indicators", get(pages::indicators::answer))
        .route(pages::indicators::REPORT, get(pages::indicators::report))
        .route(pages::behind::PATH, get(pages::behind::answer))
        .route(pages::behind::TABLE, get(pages::behind::table))
        .route("/system", get(pages::system::answer))
        .route("/live", get(live::answer))
        .route("/login", get(access::login).post(access::enter))
        .route("/logout", post(access::leave))
        .route("/order", get(pages::orders::ask).post(pages::orders::carry_out))
        .route(
            "/console.css",
            get(|| asset("text/css; charset=utf-8", include_str!("../assets/console.css"))),
        )
        .route(
            "/console.js",
            get(|| asset("text/javascript; charset=utf-8", include_str!("../assets/console.js"))),
        )
        .route("/icon.svg", get(|| asset("image/svg+xml", include_str!("../assets/icon.svg"))))
        .merge(api::router())
        .fallback(pages::nowhere)
        .layer(from_fn_with_state(console.clone(), access::admit))
        .layer(from_fn_with_state(console.clone(), guard::guard));
    let tls = console.tls.clone();
    let router = router.with_state(console);
    let door = Door::new(listener, "console.listen", limits);
    match tls {
        Some(tls) => serve_https(door, tls, router, stop).await,
        None => serve_http(door, router, stop).await,
    }
}

async fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
