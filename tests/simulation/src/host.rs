//! A host with a daemon on it: the real engine on a ledger, a local database and a portal that can be taken from it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dongbo_connections::{CallFate, SimulatedCalls};
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;
use dongbo_portal::Dialect;
use dongbo_settings::HashKey;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine::Engine;
use dongbo_sync::sources::SourceCalls;
use dongbo_sync::{Settings, push};
use mock_portal::Desk;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::plan::Plan;
use super::shelf::{Room, Shelf};
use super::wire::{Shared, Wire};

/// The names of two local systems.
pub(crate) const FIRST: &str = "mot";
pub(crate) const SECOND: &str = "hai";
/// A call that is not answered is given up after this.
pub(crate) const TOTAL_TIMEOUT: Duration = Duration::from_secs(4);
/// The least wait before what is unknown is looked up.
pub(crate) const LOOKUP_AFTER: Duration = Duration::from_secs(5);
/// No request lands later than this after it was given up.
pub(crate) const LANDS_WITHIN: Duration = Duration::from_secs(40);

/// One life of a daemon: from its start to its stop or crash.
#[derive(Debug)]
pub(crate) struct Life {
    pub clock: Clock,
    over: AtomicBool,
    pub portal_away: AtomicBool,
    pub ledger_away: AtomicBool,
    pub source_away: AtomicBool,
    pub second_source_away: AtomicBool,
}

impl Life {
    /// The power is cut: nothing of it happens any more.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.clock.halt();
    }

    /// The flag for what is taken from it in a window of time.
    pub(crate) fn away(&self, fault: Fault) -> &AtomicBool {
        match fault {
            Fault::PortalAway => &self.portal_away,
            Fault::LedgerAway => &self.ledger_away,
            Fault::SecondSourceAway => &self.second_source_away,
            _ => &self.source_away,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// A daemon at work.
pub(crate) struct Daemon {
    pub life: Arc<Life>,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<bool>,
}

/// The parts that every daemon of a run is made of.
pub(crate) struct Site {
    pub config: Settings,
    pub ledger: Ledger,
    pub desk: Arc<Desk>,
    pub shared: Arc<Mutex<Shared>>,
    pub clock: Clock,
    pub beside: Handle,
}

impl Site {
    /// Starts a daemon called `name` on a host whose clock is `clock`.
    pub(crate) fn start(&self, name: &str, clock: Clock, seed: u64) -> Daemon {
        let life = Arc::new(Life {
            clock: clock.clone(),
            over: AtomicBool::new(false),
            portal_away: AtomicBool::new(false),
            ledger_away: AtomicBool::new(false),
            source_away: AtomicBool::new(false),
            second_source_away: AtomicBool::new(false),
        });
        let ledger = self.ledger.simulated(self.calls(&life, Fault::LedgerAway));
        let ctx = Ctx::new(ledger, clock, &self.config.push);
        let wire = Wire {
            shared: Arc::clone(&self.shared),
            desk: Arc::clone(&self.desk),
            clock: self.clock.clone(),
            life: Arc::clone(&life),
            from: name.to_owned(),
        };
        let first = self.calls(&life, Fault::SourceAway);
        let second = self.calls(&life, Fault::SecondSourceAway);
        let calls: SourceCalls =
            Arc::new(move |name| if name == SECOND { second.clone() } else { first.clone() });
        let config = self.config.clone();
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let stop = stop.clone();
            async move {
                // The ledger may be away; then the daemon is started again.
                let built =
                    Engine::simulated(&config, ctx, Arc::new(|_| {}), Arc::new(wire), calls, seed).await;
                let Ok(mut engine) = built else { return false };
                engine.adopt_sources().await.is_ok() && engine.run(stop).await.is_ok()
            }
        });
        Daemon { life, stop, running }
    }

    /// The daemon's calls of the ledger, or of a local database, all of which fail while the fault `away` lasts.
    fn calls(&self, life: &Arc<Life>, away: Fault) -> SimulatedCalls {
        let (life, shared) = (Arc::clone(life), Arc::clone(&self.shared));
        let fates = move |call: &'static str| {
            if life.is_over() {
                return CallFate::Fails;
            }
            let mut shared = shared.lock().unwrap();
            if life.away(away).load(Ordering::Relaxed) {
                shared.board.fire(away);
                return CallFate::Fails;
            }
            if away != Fault::LedgerAway || call != "commit" {
                return CallFate::Made;
            }
            match shared.board.strike(Fault::strikes_commits) {
                Some(fault) => {
                    shared.trace.note(format_args!("{fault:?}"));
                    if fault == Fault::CrashAfterCommit {
                        life.end();
                    }
                    CallFate::FailsAfterwards
                }
                None => CallFate::Made,
            }
        };
        SimulatedCalls::new(self.beside.clone(), Arc::new(fates))
    }
}

impl Daemon {
    /// Asks it to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether it is not at work any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.life.is_over() || self.running.is_finished()
    }
}

/// The settings of a daemon in the world of `plan`.
pub(crate) fn settings(plan: &Plan, shelf: &Shelf, room: &Room) -> Settings {
    let seconds = Duration::from_secs;
    let source = |name: &str, file: &str| dongbo_source::Settings {
        name: name.to_owned(),
        url: room.path().join(file).display().to_string(),
        mapping: concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/mapping.example.toml").into(),
        poll_every: seconds(2),
        overlap: seconds(30),
        overlap_every: seconds(10),
        page_size: 3,
        sweep: "*/30 * * * * *".to_owned(),
        ..dongbo_source::Settings::default()
    };
    Settings {
        sources: match plan.two_sources {
            true => vec![source(FIRST, "local"), source(SECOND, "second")],
            false => vec![source("", "local")],
        },
        ledger: room.ledger.clone(),
        portal: dongbo_portal::Settings {
            dialect: if plan.rest { Dialect::Rest } else { Dialect::Ndxp },
            adapter_url: if plan.rest { "http://127.0.0.1:1/rest" } else { "http://127.0.0.1:1" }.to_owned(),
            dstcode: if plan.rest { "" } else { "VN:GOV:G22:DVC" }.to_owned(),
            unit_code: if plan.rest { "" } else { "H48" }.to_owned(),
            username: "dongbo".to_owned(),
            password_file: shelf.path("password"),
            connect_timeout: seconds(1),
            read_timeout: TOTAL_TIMEOUT,
            total_timeout: TOTAL_TIMEOUT,
            login_pause: seconds(2),
            batch_size: plan.batch_size,
            steps_per_call: Some(plan.steps_per_call),
            // One for all daemons and all their lives, as a ledger keeps it.
            hash_key: HashKey::read(&"5".repeat(64)),
            ..dongbo_portal::Settings::default()
        },
        push: push::Settings {
            calls_per_second: 20,
            max_concurrency: 4,
            lease: seconds(20),
            live_for: seconds(30),
            backoff_base: seconds(1),
            backoff_cap: seconds(15),
            lookup_after: LOOKUP_AFTER,
            verify_after: seconds(12),
            lands_within: LANDS_WITHIN,
            verify_share: plan.verify_share,
            breaker_failures: 3,
            breaker_drift: 3,
            most_writes_a_day: 5,
            probe_every: seconds(5),
        },
        ..Settings::default()
    }
}
