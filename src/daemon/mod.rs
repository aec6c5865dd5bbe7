//! The composition root: opens everything, binds, runs, reloads, and stops in order.

mod console;
mod reload;
mod start;
mod time;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Entry, Loaded, SettingsError};
use crate::control::{Control, LevelSetter, Reload, Socket};
use crate::http::{self, Pages};
use crate::open_files::Share;
use crate::systemd::notify::Notifier;
use crate::systemd::{status_line, watchdog};
use dongbo_console::{Console, Entrance};
use dongbo_ledger::LedgerLock;
use dongbo_ledger::{self, Ledger, LedgerError};
use dongbo_model::backoff::{LONGEST_RETRY, retry_waits};
use dongbo_model::clock::{CLOCK_TOLERANCE, Clock};
use dongbo_model::{ErrorClass, Lang};
use dongbo_notify::Messenger;
use dongbo_portal::{CallRecord, Observer};
use dongbo_settings::ownership;
use dongbo_sync::acts::Acts;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine::{Died, Engine};
use dongbo_sync::health::Lookout;
use dongbo_sync::metrics;
use dongbo_sync::metrics::{Certificate, Metrics};
use dongbo_sync::reconcile::RunBoard;

pub use start::StartError;

use reload::next_engine;

/// The longest that readers of the pages may take after a stop.
const REST_WITHIN: Duration = Duration::from_secs(1);

/// The time between two notes of when the daemon last polled and was heard by the portal.
const REMEMBER_EVERY: Duration = Duration::from_secs(30);

/// The surroundings of a daemon that runs as a service of its own.
pub struct Outside {
    /// Receives that the daemon is ready, that it is alive, how it stands and that it stops.
    pub notifier: Notifier,
    /// Orders to reload, and where commands put theirs.
    pub reloads: (mpsc::Sender<Reload>, mpsc::Receiver<Reload>),
    /// Reads the configuration anew.
    pub read: Box<dyn Fn() -> Result<Loaded, SettingsError> + Send + Sync>,
    /// The values of the configuration that it starts with, with their origins, for those who look at it.
    pub entries: Vec<Entry>,
    /// Sets the levels of the log; `None` when the log is not the daemon's.
    pub levels: Option<LevelSetter>,
    /// The language of what people read on its pages and in the line of its unit.
    pub lang: Lang,
}

/// A daemon that is ready to run: everything is open, its listener is bound, nothing has been sent.
pub struct Daemon {
    config: Config,
    ctx: Ctx,
    board: Arc<RunBoard>,
    lookout: Lookout,
    observer: Observer,
    engine: Engine,
    listener: TcpListener,
    /// `None` where none is configured, or where its address cannot be had.
    console: Option<(TcpListener, Entrance)>,
    socket: Socket,
    chance: StdRng,
    /// Ends after everything else of it. A ledger on a server needs none.
    lock: Option<LedgerLock>,
}

impl Daemon {
    /// Opens everything that `config` names. The local database and the portal may be away: they are waited for.
    ///
    /// `seed` drives jitter and samples.
    ///
    /// # Errors
    /// When something is wrong that waiting does not cure.
    pub async fn prepare(config: &Config, clock: Clock, seed: u64) -> Result<Self, StartError> {
        let lock = (!config.ledger.is_shared()).then(|| own_file(&config.ledger.path)).transpose()?;
        let ledger = open_ledger(config, &clock).await?;
        let ctx = Ctx::new(ledger, clock, &config.push).hashing().await;
        if let Some(rebuilt) = ctx.ledger.rebuilt().await? {
            ctx.metrics.ledger_rebuilt(rebuilt.at);
        }
        ctx.recall().await?;
        time::follow(&ctx).await;
        let board = Arc::default();
        let observer = observer(Arc::clone(&ctx.metrics));
        let mut chance = StdRng::seed_from_u64(seed);
        let mut engine =
            Engine::build(&config.sync(), ctx.clone(), &board, Arc::clone(&observer), chance.next_u64())
                .await?;
        engine.adopt_sources().await?;
        engine.adopt_catalogue().await?;
        let address = config.http.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        let console = console::listen(config).await;
        let socket = Socket::bind(&config.control.socket).await?;
        let lookout = Lookout::new(ctx.clone(), Arc::clone(&board));
        Ok(Self {
            config: config.clone(),
            ctx,
            board,
            lookout,
            observer,
            engine,
            listener,
            console,
            socket,
            chance,
            lock,
        })
    }

    /// The address of `/metrics` and `/healthz`.
    ///
    /// # Errors
    /// When the system does not know the listener's address.
    pub fn address(&self) -> std::io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// The address of the console, and whether it speaks TLS; `None` where none is served.
    #[must_use]
    pub fn console_address(&self) -> Option<(std::net::SocketAddr, bool)> {
        let (listener, entrance) = self.console.as_ref()?;
        Some((listener.local_addr().ok()?, entrance.speaks_tls()))
    }

    /// The ledger, for reading.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.ctx.ledger.clone()
    }

    /// The contents of the HTTP pages, to be read without HTTP.
    #[must_use]
    pub fn pages(&self) -> Pages {
        let lookout = self.lookout.clone();
        Pages { ctx: self.ctx.clone(), board: Arc::clone(&self.board), lookout, lang: Lang::default() }
    }

    /// Works until `stop`, with nothing around it.
    ///
    /// # Errors
    /// See [`Daemon::run_within`].
    pub async fn run(self, stop: CancellationToken) -> Result<(), Died> {
        let config = self.config.clone();
        let outside = Outside {
            notifier: Notifier::default(),
            reloads: mpsc::channel(1),
            read: Box::new(move || {
                Ok(Loaded { config: config.clone(), entries: Vec::new(), files: Vec::new() })
            }),
            entries: Vec::new(),
            levels: None,
            lang: Lang::default(),
        };
        self.run_within(outside, stop).await
    }

    /// Works until `stop`; then it finishes what is under way for up to eight seconds, gives back the rest and closes
    /// the ledger. For each order to reload, the configuration is read anew: it takes over once it has proved itself
    /// against the live systems, until then and otherwise the old one stays.
    ///
    /// # Errors
    /// When a part of it ended by itself: then nothing is sent any more, so it stops for its supervisor to start it
    /// again.
    pub async fn run_within(self, mut outside: Outside, stop: CancellationToken) -> Result<(), Died> {
        let pages = Pages { lang: outside.lang, ..self.pages() };
        let Self {
            mut config,
            ctx,
            board,
            lookout,
            observer,
            mut engine,
            listener,
            console,
            socket,
            mut chance,
            lock,
        } = self;
        let notifier = outside.notifier.clone();
        let control = Control {
            ctx: ctx.clone(),
            board: Arc::clone(&board),
            lookout: lookout.clone(),
            acts: Acts::new(ctx.clone(), Arc::clone(&board), lookout.clone()),
            reloads: outside.reloads.0.clone(),
            levels: outside.levels.clone(),
        };
        let shown = config.shown(std::mem::take(&mut outside.entries));
        let mut beside = JoinSet::new();
        let limits = config.limits();
        let pages_for_people = console.map(|(listener, entrance)| {
            let handles = (ctx.clone(), Arc::clone(&board), lookout.clone());
            // Ids of sessions are guessed by nobody: their chance is the system's.
            let chance = StdRng::from_seed(rand::random());
            let console = Console::new(handles, shown, entrance, chance, stop.clone());
            beside.spawn(dongbo_console::serve(listener, limits.clone(), console.clone()));
            console
        });
        beside.spawn(http::serve(listener, limits.clone(), pages.clone(), stop.clone()));
        beside.spawn(socket.serve(control, limits, stop.clone()));
        beside.spawn(time::keep(ctx.clone(), stop.clone()));
        beside.spawn(remember(ctx.clone(), stop.clone()));
        watchdog::fit(&notifier, &config);
        notifier.ready();
        if !notifier.is_silent() {
            beside.spawn(keep_informed(notifier.clone(), ctx.clone(), lookout, outside.lang, stop.clone()));
        }
        tell_of_open_files(&config);
        tracing::info!(event = "daemon.started", "dongbo has started");
        let ended = loop {
            let engine_stop = stop.child_token();
            let textfile = keep_textfile(&config, pages.clone(), engine_stop.clone());
            let seed = chance.next_u64();
            let engine_of_all =
                match Messenger::new(&ctx, &pages.lookout, &config.notify, config.basis(), seed) {
                    Some(messenger) => engine.with(messenger),
                    None => engine,
                };
            let mut running = tokio::spawn(engine_of_all.run(engine_stop.clone()));
            let next = tokio::select! {
                ended = &mut running => break ended,
                Some(_) = beside.join_next() => {
                    let died = (!stop.is_cancelled()).then_some(Died::Part("serving pages and commands, or talking to systemd,"));
                    stop.cancel();
                    let ended = running.await;
                    break died.map_or(ended, |died| Ok(Err(died)));
                }
                next = next_engine(&mut outside.reloads.1, &outside.read, &config, &ctx, &board, &observer, &mut chance) => next,
            };
            engine_stop.cancel();
            drop(textfile.await);
            if let Ok(Err(died)) = running.await {
                break Ok(Err(died));
            }
            let (Loaded { config: new_config, entries, .. }, new_engine) = next;
            if let Some(console) = &pages_for_people {
                console.adopt(new_config.shown(entries));
            }
            ctx.gate.adopt(&new_config.push);
            watchdog::fit(&notifier, &new_config);
            if let Some(levels) = &outside.levels {
                // They were checked with the rest of the configuration.
                drop(levels(Some(&new_config.log.level)));
            }
            config = new_config;
            engine = new_engine;
        };
        stop.cancel();
        // A client that never ends its request would hold the stop up for ever: it is left behind.
        drop(tokio::time::timeout(REST_WITHIN, async { while beside.join_next().await.is_some() {} }).await);
        drop(beside);
        ctx.ledger.close().await;
        if let Ok(Err(Died::Ledger(damage))) = &ended {
            condemn_ledger(&config.ledger.path, damage);
        }
        drop(lock);
        tracing::info!(event = "daemon.stopped", "dongbo has stopped");
        ended.unwrap_or(Err(Died::Part("the engine")))
    }
}

/// Says how many files the process may have open, and what they are for.
fn tell_of_open_files(config: &Config) {
    let share = Share::of(config);
    let Some(most) = share.most else { return };
    let (kept, each, wanted) = (share.kept, config.limits().max_connections, share.wanted(config));
    if share.is_short(config) {
        tracing::warn!(
            event = "daemon.few_files",
            class = ErrorClass::Config.name(),
            most,
            kept,
            connections = each,
            "This process may have {most} files open and keeps {kept} for its work, so each listener takes {each} connections \
             and not {}: set LimitNOFILE={wanted} or more (systemctl edit dongbo)",
            config.listeners.max_connections
        );
    } else {
        tracing::info!(
            event = "daemon.files",
            most,
            kept,
            connections = each,
            "This process may have {most} files open; {kept} are kept for its work, and each listener takes up to {each} \
             connections"
        );
    }
}

/// Notes beside the ledger's file that it is damaged, so that the next start sets it aside.
fn condemn_ledger(path: &Path, damage: &str) {
    if let Err(error) = dongbo_ledger::condemn(path, damage) {
        tracing::error!(
            event = "ledger.not_condemned",
            class = ErrorClass::Transient.name(),
            "It could not be noted beside the ledger that it is damaged: {error}; if the next start does not set it \
             aside, move it away"
        );
    }
}

/// Makes the file's folder, and sure that no other daemon works on the file.
fn own_file(path: &Path) -> Result<LedgerLock, StartError> {
    if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
        ownership::create_dir_all(directory)
            .map_err(|source| StartError::Directory { path: directory.to_owned(), source })?;
    }
    Ok(LedgerLock::take(path)?)
}

/// Sets the ledger's file aside when it cannot be trusted, and says so.
async fn rescue(config: &Config, clock: &Clock) -> Result<(), LedgerError> {
    let path = &config.ledger.path;
    if let Some(rebuilt) = dongbo_ledger::rescue(path, config.push.lookup_after, clock.now()).await? {
        tracing::error!(
            event = "ledger.rebuilt",
            class = ErrorClass::Transient.name(),
            set_aside = %rebuilt.set_aside.display(),
            reason = rebuilt.reason,
            paused = rebuilt.paused,
            "The ledger {} could not be trusted ({}) and was set aside as {}. A new one is built from the local database, \
             and every dossier is looked up on the portal before anything is sent for it. Check the disk (dmesg, smartctl)",
            path.display(),
            rebuilt.reason,
            rebuilt.set_aside.display()
        );
    }
    Ok(())
}

/// Opens the ledger, a file after a look at whether it can be trusted. A server that is away, or that refuses a log-in
/// which a new password file may mend, is waited for.
async fn open_ledger(config: &Config, clock: &Clock) -> Result<Ledger, LedgerError> {
    if !config.ledger.is_shared() {
        rescue(config, clock).await?;
    }
    let mut waits = retry_waits();
    loop {
        let error = match Ledger::of(&config.ledger).await {
            Ok(ledger) => return Ok(ledger),
            Err(error) => error,
        };
        if !config.ledger.is_shared() || error.class() == ErrorClass::Config {
            return Err(error);
        }
        let wait = waits.next().unwrap_or(LONGEST_RETRY);
        tracing::error!(
            event = "ledger.away",
            class = error.class().name(),
            retry_in_s = wait.as_secs_f64(),
            "The ledger's server is waited for: {error}"
        );
        clock.sleep(wait).await;
    }
}

/// Keeps the metrics in a file when one is configured, until `stop`.
fn keep_textfile(config: &Config, pages: Pages, stop: CancellationToken) -> JoinHandle<()> {
    let metrics::Settings { textfile_every, .. } = config.metrics;
    let file = config.metrics.file().map(Path::to_owned);
    tokio::spawn(async move {
        if let Some(file) = file {
            pages.keep_textfile(&file, textfile_every, stop).await;
        }
    })
}

/// Writes down every half minute, and at the end, when the daemon last polled and was heard by the portal.
async fn remember(ctx: Ctx, stop: CancellationToken) {
    while stop.run_until_cancelled(ctx.clock.sleep(REMEMBER_EVERY)).await.is_some() {
        ctx.remember().await;
    }
    ctx.remember().await;
}

/// Reports to systemd how things stand until `stop`, and then that the daemon stops.
async fn keep_informed(notifier: Notifier, ctx: Ctx, lookout: Lookout, lang: Lang, stop: CancellationToken) {
    let tell = async {
        tokio::join!(
            watchdog::run(&notifier, &ctx.vitals, &ctx.clock),
            status_line::run(&notifier, &lookout, lang, &ctx.clock),
        )
    };
    stop.run_until_cancelled(tell).await;
    notifier.stopping();
}

/// Counts every call, and warns once when the portal's clock and ours part.
fn observer(metrics: Arc<Metrics>) -> Observer {
    let warned = AtomicBool::new(false);
    Arc::new(move |record: &CallRecord| {
        metrics.called(record);
        if let Some(end) = record.certificate_end {
            metrics.certificate_ends(Certificate::Portal, end);
        }
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
