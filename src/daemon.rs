//! The composition root: opens everything, binds, runs, reloads, and stops in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::class::ErrorClass;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::engine::{Base, BuildError, Died, Engine, ProofError};
use crate::http::{self, Pages};
use crate::ledger::{Ledger, LedgerError};
use crate::metrics::Metrics;
use crate::portal::{CallRecord, Observer};
use crate::push::Gate;
use crate::vitals::Vitals;

/// How far the portal's clock may be from ours before a warning.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// How long readers of the pages may take after a stop.
const REST_WITHIN: Duration = Duration::from_secs(1);

/// A daemon that could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The address for the pages is taken or not ours.
    #[error("cannot listen on http.listen = {address}: {source}; is another dongbo running?")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A directory cannot be made.
    #[error("cannot create {}: {source}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl StartError {
    /// Who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Build(error) => error.class(),
            Self::Ledger(error) => error.class(),
            Self::Listen { .. } | Self::Directory { .. } => ErrorClass::Config,
        }
    }
}

/// A new configuration that was not taken over; the old one stays in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// It cannot be read, or contradicts itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An engine cannot be made from it.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It did not prove itself against the live systems.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A reload cannot change these keys.
    #[error("{} cannot change while dongbo runs; restart it for that (systemctl restart dongbo)", .0.join(", "))]
    NeedsRestart(Vec<&'static str>),
}

/// Asks a running daemon to take the configuration over as it is now.
pub type Reload = tokio::sync::oneshot::Sender<Result<(), ReloadError>>;

/// Reads the configuration anew.
pub type Reader = Box<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>;

/// A daemon that is ready to run: everything is open, its listener is bound, nothing has been sent.
pub struct Daemon {
    config: Config,
    base: Base,
    observer: Observer,
    engine: Engine,
    listener: TcpListener,
    chance: StdRng,
}

impl Daemon {
    /// Opens everything that `config` names. The local database and the portal may be away: they are waited for.
    ///
    /// `seed` drives jitter and samples.
    ///
    /// # Errors
    /// When something is wrong that waiting does not cure.
    pub async fn prepare(config: &Config, clock: Clock, seed: u64) -> Result<Self, StartError> {
        if let Some(directory) = config.ledger.path.parent().filter(|path| !path.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)
                .map_err(|source| StartError::Directory { path: directory.to_owned(), source })?;
        }
        let metrics = Arc::new(Metrics::new(clock.now()));
        let base = Base {
            ledger: Ledger::open(&config.ledger.path).await?,
            gate: Gate::new(&config.push, clock.clone()),
            vitals: Arc::new(Vitals::new(clock.clone())),
            due: Arc::new(Notify::new()),
            metrics: Arc::clone(&metrics),
            clock,
        };
        let observer = observer(metrics);
        let mut chance = StdRng::seed_from_u64(seed);
        let mut engine = Engine::build(config, base.clone(), Arc::clone(&observer), chance.next_u64())?;
        engine.adopt_mapping().await?;
        let address = config.http.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        Ok(Self { config: config.clone(), base, observer, engine, listener, chance })
    }

    /// Where `/metrics` and `/healthz` are served.
    ///
    /// # Errors
    /// When the system does not know the listener's address.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// The ledger, for reading.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.base.ledger.clone()
    }

    /// What the pages show, for reading it without them.
    #[must_use]
    pub fn pages(&self) -> Pages {
        Pages {
            ledger: self.base.ledger.clone(),
            metrics: Arc::clone(&self.base.metrics),
            gate: Arc::clone(&self.base.gate),
            vitals: Arc::clone(&self.base.vitals),
            clock: self.base.clock.clone(),
        }
    }

    /// Works until `stop`, as [`Daemon::run_reloading`] does, and is never asked to reload.
    ///
    /// # Errors
    /// See there.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Died> {
        let (_orders, reloads) = mpsc::channel(1);
        let config = self.config.clone();
        self.run_reloading(stop, Box::new(move || Ok(config.clone())), reloads).await
    }

    /// Works until `stop`; then it finishes what is under way for up to eight seconds, gives back the rest and closes
    /// the ledger. For each of `reloads` the configuration is read anew: it takes over once it has proved itself
    /// against the live systems, until then and otherwise the old one stays.
    ///
    /// # Errors
    /// When a part of it ended by itself: then nothing is sent any more, so it stops for whoever can start it again.
    pub async fn run_reloading(
        self,
        stop: CancellationToken,
        read: Reader,
        mut reloads: mpsc::Receiver<Reload>,
    ) -> Result<(), Died> {
        let pages = self.pages();
        let Self { mut config, base, observer, mut engine, listener, mut chance } = self;
        let mut pages = tokio::spawn(http::serve(listener, pages, stop.clone()));
        tracing::info!(event = "daemon.started", "dongbo has started");
        let ended = loop {
            let engine_stop = stop.child_token();
            let mut running = tokio::spawn(engine.run(engine_stop.clone()));
            let next = tokio::select! {
                ended = &mut running => break ended,
                next = next_engine(&read, &mut reloads, &config, &base, &observer, &mut chance) => next,
            };
            engine_stop.cancel();
            if let Ok(Err(died)) = running.await {
                break Ok(Err(died));
            }
            let (new_config, new_engine) = next;
            base.gate.adopt(&new_config.push);
            config = new_config;
            engine = new_engine;
        };
        stop.cancel();
        if tokio::time::timeout(REST_WITHIN, &mut pages).await.is_err() {
            // A client that never ends its request would hold the stop up for ever.
            pages.abort();
        }
        base.ledger.close().await;
        tracing::info!(event = "daemon.stopped", "dongbo has stopped");
        ended.unwrap_or(Err(Died("the engine")))
    }
}

/// Waits for an order to reload whose configuration proves itself, and tells each who asked what became of it.
async fn next_engine(
    read: &Reader,
    reloads: &mut mpsc::Receiver<Reload>,
    config: &Config,
    base: &Base,
    observer: &Observer,
    chance: &mut StdRng,
) -> (Config, Engine) {
    loop {
        let Some(asked) = reloads.recv().await else { std::future::pending().await };
        let proved = match prove(read, config, base, observer, chance.next_u64()).await {
            Ok(proved) => proved,
            Err(error) => {
                base.metrics.reload_failed();
                tracing::error!(
                    event = "config.reload_failed",
                    "The new configuration is not taken over, the old one stays in force: {error}"
                );
                // Who asked may have gone, and the log says it too.
                drop(asked.send(Err(error)));
                continue;
            }
        };
        base.metrics.reloaded(base.clock.now());
        tracing::info!(event = "config.reloaded", "The new configuration has proved itself and takes over");
        drop(asked.send(Ok(())));
        return proved;
    }
}

async fn prove(
    read: &Reader,
    config: &Config,
    base: &Base,
    observer: &Observer,
    seed: u64,
) -> Result<(Config, Engine), ReloadError> {
    let new = read()?;
    let fixed: Vec<&'static str> =
        [("ledger.path", new.ledger.path != config.ledger.path), ("http.listen", new.http != config.http)]
            .into_iter()
            .filter_map(|(key, changed)| changed.then_some(key))
            .collect();
    if !fixed.is_empty() {
        return Err(ReloadError::NeedsRestart(fixed));
    }
    let mut engine = Engine::build(&new, base.clone(), Arc::clone(observer), seed)?;
    engine.prove().await?;
    engine.adopt_mapping().await?;
    Ok((new, engine))
}

/// Counts every call, and warns once when the portal's clock and ours part.
fn observer(metrics: Arc<Metrics>) -> Observer {
    let warned = AtomicBool::new(false);
    Arc::new(move |record: &CallRecord| {
        metrics.called(record);
        if let Some(offset) = record.clock_offset {
            let apart = offset.abs() > CLOCK_TOLERANCE;
            if apart && !warned.swap(apart, Ordering::Relaxed) {
                tracing::warn!(
                    event = "portal.clock_offset",
                    offset_s = offset.num_seconds(),
                    "The portal's clock is {} s from ours; check the clock of this host (timedatectl)",
                    offset.num_seconds()
                );
            } else if !apart {
                warned.store(false, Ordering::Relaxed);
            }
        }
    })
}
