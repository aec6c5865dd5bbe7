//! The composition root: opens everything, binds, runs, and stops in order.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::class::ErrorClass;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{self, Pages};
use crate::intake::{Intake, MAPPING_MEMO};
use crate::ledger::{Ledger, LedgerError};
use crate::metrics::Metrics;
use crate::portal::{CallRecord, Ndxp, Observer, PortalError};
use crate::push::{Gate, Pusher};
use crate::schedule::ScheduleError;
use crate::source::{Mapping, MappingError, Source, SourceError};

/// How far the portal's clock may be from ours before a warning.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// How long what is under way may take after a stop; leases take care of what takes longer.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// How long readers of the pages and a query of the local database may take after that.
const REST_WITHIN: Duration = Duration::from_secs(1);

/// A daemon that could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The mapping file cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The local database's address or password is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The portal's address, secret or certificate is wrong.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// The ledger cannot be opened.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The schedule of sweeps is wrong.
    #[error("source.sweep: {0}")]
    Schedule(#[from] ScheduleError),
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
            Self::Source(error) => error.class(),
            Self::Portal(error) => error.class(),
            Self::Ledger(error) => error.class(),
            Self::Mapping(_) | Self::Schedule(_) | Self::Listen { .. } | Self::Directory { .. } => {
                ErrorClass::Config
            }
        }
    }
}

/// A daemon that is ready to run: everything is open, its listener is bound, nothing has been sent.
pub struct Daemon {
    intake: Intake,
    pusher: Pusher,
    pages: Pages,
    listener: TcpListener,
    ledger: Ledger,
}

impl Daemon {
    /// Opens everything that `config` names. The local database and the portal may be away: they are waited for.
    ///
    /// `seed` drives jitter and samples.
    ///
    /// # Errors
    /// When something is wrong that waiting does not cure.
    pub async fn prepare(config: &Config, clock: Clock, seed: u64) -> Result<Self, StartError> {
        let metrics = Arc::new(Metrics::new());
        let mapping = Mapping::load(&config.source.mapping)?;
        let mapping_digest = mapping.digest().to_owned();
        let source = Arc::new(Source::open(&config.source, mapping, clock.clone())?);
        let portal = Ndxp::new(&config.portal, clock.clone(), observer(Arc::clone(&metrics)))?;
        if let Some(directory) = config.ledger.path.parent().filter(|path| !path.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)
                .map_err(|source| StartError::Directory { path: directory.to_owned(), source })?;
        }
        let ledger = Ledger::open(&config.ledger.path).await?;
        let address = config.http.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;

        let new_mapping = match ledger.memo(MAPPING_MEMO).await? {
            Some(before) if before == mapping_digest => None,
            Some(_) => {
                let freed = ledger.free_held(clock.now()).await?;
                tracing::info!(
                    event = "mapping.changed",
                    freed,
                    "The mapping has changed: {freed} held dossiers are tried again and everything is compared once"
                );
                Some(mapping_digest)
            }
            None => {
                ledger.remember(MAPPING_MEMO, &mapping_digest).await?;
                None
            }
        };
        if !config.portal.lookup.steps {
            tracing::warn!(
                event = "portal.steps_unseen",
                "portal.lookup.steps is off: a step whose answer was lost may be shown twice, as nothing can tell"
            );
        }
        let gate = Gate::new(&config.push, clock.clone());
        let due = Arc::new(Notify::new());
        let intake = Intake {
            source: Arc::clone(&source),
            ledger: ledger.clone(),
            clock: clock.clone(),
            metrics: Arc::clone(&metrics),
            config: config.source.clone(),
            live_for: config.push.live_for,
            due: Arc::clone(&due),
            wake: Arc::new(Notify::new()),
            sweeps: config.source.sweep.parse()?,
            new_mapping,
        };
        let pusher = Pusher {
            ledger: ledger.clone(),
            source,
            portal: Arc::new(portal),
            gate: Arc::clone(&gate),
            clock: clock.clone(),
            metrics: Arc::clone(&metrics),
            config: config.push.clone(),
            batch_size: config.portal.batch_size,
            steps_per_call: config.portal.steps_per_call,
            call_timeout: config.portal.total_timeout,
            page_size: usize::try_from(config.source.page_size).unwrap_or(usize::MAX),
            owner: format!("pid {}", std::process::id()),
            due,
            chance: StdRng::seed_from_u64(seed),
        };
        let pages = Pages { ledger: ledger.clone(), metrics, gate, clock };
        Ok(Self { intake, pusher, pages, listener, ledger })
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
        self.ledger.clone()
    }

    /// What the pages show, for reading it without them.
    #[must_use]
    pub fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// Works until `stop`. Then it takes nothing new, finishes what is under way for up to eight seconds, gives back the
    /// rest and closes the ledger.
    ///
    /// # Errors
    /// When a part of it ended by itself: then nothing is sent any more, so it stops for whoever can start it again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Died> {
        let mut pages = tokio::spawn(http::serve(self.listener, self.pages, stop.clone()));
        let mut intake = tokio::spawn(self.intake.run(stop.clone()));
        let mut pusher = tokio::spawn(self.pusher.run(stop.child_token()));
        tracing::info!(event = "daemon.started", "dongbo has started");
        let died = tokio::select! {
            () = stop.cancelled() => None,
            _ = &mut pusher => Some(Died { part: "sending" }),
            _ = &mut intake => Some(Died { part: "reading the local database" }),
        };
        // Parts that end because they were told to may be quicker than the word that they were.
        let died = died.filter(|_| !stop.is_cancelled());
        stop.cancel();
        if !pusher.is_finished() && tokio::time::timeout(STOP_WITHIN, &mut pusher).await.is_err() {
            pusher.abort();
            tracing::warn!(
                event = "daemon.stop_late",
                "Some calls did not end in time; their dossiers will be looked up when dongbo starts again"
            );
        }
        let rest = async {
            let _ = (&mut pages).await;
            if !intake.is_finished() {
                let _ = (&mut intake).await;
            }
        };
        if tokio::time::timeout(REST_WITHIN, rest).await.is_err() {
            // A client that never ends its request would hold the stop up for ever.
            pages.abort();
            intake.abort();
        }
        self.ledger.close().await;
        tracing::info!(event = "daemon.stopped", "dongbo has stopped");
        died.map_or(Ok(()), Err)
    }
}

/// A part of the daemon ended while nobody had asked it to.
#[derive(Debug, thiserror::Error)]
#[error("{part} has ended by itself; please report this with the log before it")]
pub struct Died {
    part: &'static str,
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
