//! A host with a daemon on it: the real engine on a ledger, a local database and a portal that can be taken from it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dongbo::clock::Clock;
use dongbo::config::Config;
use dongbo::drive::{Drive, Fate};
use dongbo::engine::{Base, Engine};
use dongbo::ledger::Ledger;
use dongbo::metrics::Metrics;
use dongbo::push::Gate;
use dongbo::vitals::Vitals;
use mock_portal::Desk;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::plan::Plan;
use super::shelf::Shelf;
use super::wire::{Shared, Wire};

/// A call that is not answered is given up after this.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(4);
/// The least wait before what is unknown is looked up.
pub const LOOKUP_AFTER: Duration = Duration::from_secs(5);

/// One life of a daemon: from its start to its stop or crash.
#[derive(Debug)]
pub struct Life {
    pub clock: Clock,
    over: AtomicBool,
    pub portal_away: AtomicBool,
    pub ledger_away: AtomicBool,
    pub source_away: AtomicBool,
}

impl Life {
    /// The power is cut: nothing of it happens any more.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.clock.halt();
    }

    /// What is taken from it in a window of time.
    pub fn away(&self, fault: Fault) -> &AtomicBool {
        match fault {
            Fault::PortalAway => &self.portal_away,
            Fault::LedgerAway => &self.ledger_away,
            _ => &self.source_away,
        }
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// A daemon at work.
pub struct Daemon {
    pub life: Arc<Life>,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<bool>,
}

/// What daemons are made of.
pub struct Site {
    pub config: Config,
    pub ledger: Ledger,
    pub desk: Arc<Desk>,
    pub shared: Arc<Mutex<Shared>>,
    pub clock: Clock,
    pub beside: Handle,
}

impl Site {
    /// Starts a daemon called `name` on a host whose clock is `clock`.
    pub fn start(&self, name: &str, clock: Clock, seed: u64) -> Daemon {
        let life = Arc::new(Life {
            clock: clock.clone(),
            over: AtomicBool::new(false),
            portal_away: AtomicBool::new(false),
            ledger_away: AtomicBool::new(false),
            source_away: AtomicBool::new(false),
        });
        let base = Base {
            ledger: self.ledger.driven(self.drive(&life, true)),
            metrics: Arc::new(Metrics::new(clock.now())),
            gate: Gate::new(&self.config.push, clock.clone()),
            vitals: Arc::new(Vitals::new(clock.clone())),
            due: Arc::new(Notify::new()),
            clock,
            desk: Arc::default(),
        };
        let wire = Wire {
            shared: Arc::clone(&self.shared),
            desk: Arc::clone(&self.desk),
            clock: self.clock.clone(),
            life: Arc::clone(&life),
            from: name.to_owned(),
        };
        let drive = self.drive(&life, false);
        let mut engine =
            Engine::simulated(&self.config, base, Arc::new(|_| {}), Arc::new(wire), drive, seed).unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let stop = stop.clone();
            async move { engine.adopt_mapping().await.is_ok() && engine.run(stop).await.is_ok() }
        });
        Daemon { life, stop, running }
    }

    /// Makes a daemon's calls of the ledger, or of the local database.
    fn drive(&self, life: &Arc<Life>, of_ledger: bool) -> Drive {
        let (life, shared) = (Arc::clone(life), Arc::clone(&self.shared));
        let fates = move |call: &'static str| {
            if life.is_over() {
                return Fate::Fails;
            }
            let fault = if of_ledger { Fault::LedgerAway } else { Fault::SourceAway };
            let mut shared = shared.lock().unwrap();
            if life.away(fault).load(Ordering::Relaxed) {
                shared.board.fire(fault);
                return Fate::Fails;
            }
            if !of_ledger || call != "commit" {
                return Fate::Made;
            }
            match shared.board.strike(Fault::strikes_commits) {
                Some(fault) => {
                    shared.trace.note(format_args!("{fault:?}"));
                    if fault == Fault::CrashAfterCommit {
                        life.end();
                    }
                    Fate::FailsAfterwards
                }
                None => Fate::Made,
            }
        };
        Drive::new(self.beside.clone(), Arc::new(fates))
    }
}

impl Daemon {
    /// Asks it to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether it is not at work any more.
    pub fn has_ended(&self) -> bool {
        self.life.is_over() || self.running.is_finished()
    }
}

pub fn config(plan: &Plan, shelf: &Shelf, folder: &Path) -> Config {
    let file = folder.join("dongbo.toml");
    let text = format!(
        r#"
[source]
url = "{local}"
mapping = "{mapping}"
poll_every = "2s"
overlap = "30s"
overlap_every = "10s"
page_size = 3
sweep = "*/30 * * * * *"
[ledger]
path = "{ledger}"
[portal]
adapter_url = "http://127.0.0.1:1"
dstcode = "VN:GOV:G22:DVC"
unit_code = "H48"
username = "dongbo"
password_file = "{password}"
connect_timeout = "1s"
read_timeout = "{timeout}s"
total_timeout = "{timeout}s"
login_pause = "2s"
batch_size = {batch}
steps_per_call = {steps}
[push]
calls_per_second = 20
max_concurrency = 4
lease = "20s"
live_for = "30s"
backoff_base = "1s"
backoff_cap = "15s"
lookup_after = "{lookup}s"
verify_after = "12s"
verify_share = {share:?}
breaker_failures = 3
breaker_drift = 3
probe_every = "5s"
[control]
socket = "{socket}"
"#,
        local = folder.join("local").display(),
        mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/config/mapping.example.toml"),
        ledger = folder.join("ledger").display(),
        password = shelf.path("password").display(),
        socket = folder.join("socket").display(),
        timeout = TOTAL_TIMEOUT.as_secs(),
        lookup = LOOKUP_AFTER.as_secs(),
        batch = plan.batch_size,
        steps = plan.steps_per_call,
        share = plan.verify_share,
    );
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file)).unwrap()
}
