//! The course of a run: time moves from one event to the next, and each event of the plan is brought about.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::Ledger;
use dongbo_model::clock::{Clock, later};
use futures_util::FutureExt as _;
use mock_portal::Desk;
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use tokio::runtime::Builder;
use tokio::sync::Notify;

use super::checks;
use super::fault::{Board, Fault};
use super::host::{Daemon, Site, settings};
use super::local::{Local, Open};
use super::plan::{HORIZON, Plan};
use super::shelf::{Room, Shelf};
use super::trace::Trace;
use super::wire::Shared;

/// After the world has healed, all has to be done within this, and the time by which clocks were set back: what is put off waits that
/// much longer.
const HEALED_WITHIN: Duration = Duration::from_secs(900);
/// Time between two looks at whether all is done.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A sweep of every daemon comes within this after the world has healed.
const SWEPT_WITHIN: Duration = Duration::from_secs(33);

/// More turns at one moment are a busy loop.
const MOST_TURNS_AT_ONCE: u32 = 5_000;

/// The end of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The seed of the plan.
    pub seed: u64,
    /// A hash over everything that happened, in order; one seed always gives one hash.
    pub hash: u64,
    /// The promises that were broken; none when all is well.
    pub problems: Vec<String>,
    /// The number of times that each fault struck.
    pub fired: BTreeMap<Fault, u32>,
    /// Everything that happened, in words, when that was asked for.
    pub lines: Vec<String>,
}

enum Event {
    Change,
    Commit(Open),
    Strike(Fault),
    Back(Fault, usize),
    Start(usize),
    Accept(String, usize),
}

struct Driver {
    site: Site,
    local: Local,
    /// By host; `None` while nothing runs there.
    daemons: Vec<Option<Daemon>>,
    clocks: Vec<Clock>,
    events: BTreeMap<(DateTime<Utc>, u64), Event>,
    next: u64,
    chance: StdRng,
    /// The time by which the daemons' clocks were set back in all.
    set_back: Duration,
    /// Goes with the run.
    _room: Room,
}

/// Runs a plan; with `kept` the outcome tells everything that happened.
pub fn run(plan: &Plan, shelf: &Shelf, kept: bool) -> Outcome {
    let idle = Arc::new(Notify::new());
    let wake = Arc::clone(&idle);
    let turned = Arc::new(AtomicBool::new(false));
    let turn = Arc::clone(&turned);
    // The runtime parks when no task has anything to do: that is when time may move.
    let runtime = Builder::new_current_thread()
        .on_thread_park(move || {
            turn.store(true, Ordering::Relaxed);
            wake.notify_one();
        })
        .build()
        .unwrap();
    let outcome = runtime.block_on(async {
        let mut driver = Driver::new(plan, shelf, kept);
        let problems = driver.live(&idle).await;
        driver.finish(plan.seed, problems, shelf).await
    });
    drop(runtime);
    outcome
}

impl Driver {
    fn new(plan: &Plan, shelf: &Shelf, kept: bool) -> Self {
        let start: DateTime<Utc> = "2024-03-04T01:00:00.250Z".parse().unwrap();
        let clock = Clock::manual(start);
        let mut chance = StdRng::seed_from_u64(plan.seed ^ 0x5eed);
        let mut child = || StdRng::seed_from_u64(chance.next_u64());
        let (local, on_wire) = (child(), child());
        let quiet = shelf.quiet();
        let room = shelf.fresh(plan.two_sources);
        let second = plan.two_sources.then(|| room.path().join("second"));
        let local = Local::open(&room.path().join("local"), second.as_deref(), quiet.clone(), local);
        let ledger = quiet.finish(Ledger::of(&room.ledger)).unwrap();
        let mut board = Board::default();
        plan.faults.iter().map(|(_, fault)| *fault).chain(plan.unmet).for_each(|fault| board.plan(fault));
        let shared = Shared {
            board,
            trace: Trace::new(clock.clone(), kept),
            chance: on_wire,
            refused: Default::default(),
            under_way: 0,
            excused: Default::default(),
            late: Default::default(),
            repeated: Default::default(),
            accepted: Default::default(),
        };
        let mut portal = mock_portal::Config { seed: plan.seed, ..mock_portal::Config::default() };
        portal.ndxp.session_life_s = 1_000_000_000;
        let site = Site {
            config: settings(plan, shelf, &room),
            ledger,
            desk: Arc::new(Desk::new(portal).unwrap()),
            shared: Arc::new(Mutex::new(shared)),
            clock: clock.clone(),
            beside: shelf.beside(),
        };
        let clocks: Vec<Clock> = (0..plan.daemons).map(|_| clock.of_another_host()).collect();
        let mut driver = Self {
            site,
            local,
            daemons: (0..plan.daemons).map(|_| None).collect(),
            clocks,
            events: BTreeMap::new(),
            next: 0,
            chance,
            set_back: Duration::ZERO,
            _room: room,
        };
        for host in 0..plan.daemons {
            driver.start(host);
        }
        for at in &plan.changes {
            driver.plan(*at, Event::Change);
        }
        for (at, fault) in &plan.faults {
            driver.plan(*at, Event::Strike(*fault));
        }
        driver
    }

    fn now(&self) -> DateTime<Utc> {
        self.site.clock.now()
    }

    /// Lets `event` happen after `wait`.
    fn plan(&mut self, wait: Duration, event: Event) {
        self.next += 1;
        self.events.insert((later(self.now(), wait), self.next), event);
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.site.shared.lock().unwrap().trace.note(what);
    }

    /// Lets everything happen, waits until all is done and says what is wrong then.
    async fn live(&mut self, idle: &Notify) -> Vec<String> {
        let healed = later(self.now(), HORIZON);
        let mut look = later(healed, SWEPT_WITHIN);
        let mut turns_at_once = 0;
        loop {
            idle.notified().await;
            self.restart_ended();
            let sleeper = self.site.clock.next_sleeper().now_or_never();
            let event = self.events.keys().next().map(|(at, _)| *at);
            let Some(next) = [sleeper, event, Some(look)].into_iter().flatten().min() else { continue };
            let now = self.now();
            turns_at_once = if next > now { 0 } else { turns_at_once + 1 };
            if turns_at_once > MOST_TURNS_AT_ONCE {
                return vec!["something turns without end while time stands still".to_owned()];
            }
            // All that is due at one moment comes one after the other; who was woken by it comes first.
            self.site.clock.advance_to(next.max(now));
            if event == Some(next) {
                if let Some((_, event)) = self.events.pop_first() {
                    self.happen(event);
                    look = look.max(later(next, SWEPT_WITHIN));
                }
            } else if look == next && sleeper != Some(next) {
                look = later(next, LOOK_EVERY);
                let give_up = later(healed, HEALED_WITHIN + self.set_back);
                if self.events.is_empty() {
                    let left = checks::left_to_do(&self.site, &self.daemons);
                    if left.is_none() && next <= give_up && self.operator_acts() {
                        look = later(next, SWEPT_WITHIN);
                        continue;
                    }
                    if left.is_none() {
                        return checks::problems(&self.site, &self.local);
                    }
                    if next > give_up {
                        let mut problems = checks::problems(&self.site, &self.local);
                        problems.insert(0, format!("not done in time: {}", left.unwrap_or_default()));
                        return problems;
                    }
                    // A fault that waits for a call gets one.
                    if self.site.shared.lock().unwrap().board.armed() > 0 {
                        (0..3).for_each(|_| self.happen(Event::Change));
                        look = later(next, SWEPT_WITHIN);
                    }
                }
            }
        }
    }

    /// Has an operator act, and each dossier whose steps were accepted make a further step; `false` when there was nothing to do.
    fn operator_acts(&mut self) -> bool {
        // On a host of the daemons, whose clock may have been set.
        let now = self.clocks.first().map_or_else(|| self.now(), Clock::now);
        let Some(accepted) = checks::act_as_operator(&self.site, now) else { return false };
        self.note(format_args!("an operator acts on {accepted:?}"));
        for code in accepted {
            if let Some(dossier) = self.local.dossiers.iter().position(|model| model.code == code) {
                let step = self.local.step(dossier, self.now());
                self.happen(Event::Commit(step));
            }
        }
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Change => {
                let change = self.local.draw(self.now());
                self.happen(Event::Commit(change));
            }
            Event::Commit(change) => {
                let told = self.local.commit(&change);
                self.note(format_args!("{told}"));
            }
            Event::Strike(fault) => self.strike(fault),
            Event::Back(fault, host) => self.heal(fault, host),
            Event::Start(host) => self.start(host),
            // A refusal that nobody met would prove nothing.
            Event::Accept(code, dossier)
                if !self.site.shared.lock().unwrap().board.has_struck(Fault::Refusal) =>
            {
                self.plan(Duration::from_secs(1), Event::Accept(code, dossier));
            }
            Event::Accept(code, dossier) => {
                self.note(format_args!("the portal takes {code} again"));
                self.site.shared.lock().unwrap().refused.remove(&code);
                let change = self.local.change(dossier, self.now());
                self.happen(Event::Commit(change));
            }
        }
    }

    fn strike(&mut self, fault: Fault) {
        self.note(format_args!("{fault:?} comes"));
        let shared = Arc::clone(&self.site.shared);
        let fire = || shared.lock().unwrap().board.fire(fault);
        if fault.strikes_calls() || fault.strikes_commits() {
            shared.lock().unwrap().board.arm(fault);
            return;
        }
        let host = self.chance.random_range(0..self.daemons.len());
        // Some outlast a lease.
        let window = Duration::from_millis(self.chance.random_range(4_000..45_000));
        match fault {
            Fault::PortalAway | Fault::LedgerAway | Fault::SourceAway | Fault::SecondSourceAway => {
                let Some(daemon) = &self.daemons[host] else {
                    return self.plan(Duration::from_secs(1), Event::Strike(fault));
                };
                daemon.life.away(fault).store(true, Ordering::Relaxed);
                self.plan(window, Event::Back(fault, host));
                if fault == Fault::PortalAway {
                    // So that somebody wants to go there.
                    self.plan(Duration::from_millis(100), Event::Change);
                }
            }
            Fault::Refusal => {
                let Some(dossier) = self.local.any() else {
                    self.happen(Event::Change);
                    return self.plan(Duration::from_secs(1), Event::Strike(fault));
                };
                let code = self.local.dossiers[dossier].code.clone();
                shared.lock().unwrap().refused.insert(code.clone());
                let change = self.local.change(dossier, self.now());
                self.happen(Event::Commit(change));
                if self.chance.random_ratio(1, 2) {
                    self.plan(window, Event::Accept(code, dossier));
                }
            }
            Fault::Crash => {
                if let Some(daemon) = &self.daemons[host] {
                    daemon.life.end();
                    fire();
                } else {
                    self.plan(Duration::from_secs(1), Event::Strike(fault));
                }
            }
            Fault::Restart => {
                if let Some(daemon) = &self.daemons[host] {
                    daemon.stop();
                    fire();
                } else {
                    self.plan(Duration::from_secs(1), Event::Strike(fault));
                }
            }
            Fault::ClockForward | Fault::ClockBack => {
                let seconds = Duration::from_secs(self.chance.random_range(10..600));
                let mut by = TimeDelta::from_std(seconds).unwrap();
                if fault == Fault::ClockBack {
                    self.set_back += seconds;
                    by = -by;
                }
                self.note(format_args!("the clocks step by {} s", by.num_seconds()));
                // A ledger has one time: daemons on SQLite live on one host.
                self.clocks.iter().for_each(|clock| clock.step(by));
                if fault == Fault::ClockForward {
                    // What is under way is looked for and confirmed too early by such clocks: only a comparison finds it then.
                    let mut shared = shared.lock().unwrap();
                    let late = std::mem::take(&mut shared.late);
                    shared.excused.extend(late);
                    let late = shared.excused.clone();
                    shared.repeated.extend(late);
                }
                fire();
            }
            Fault::LateCommit | Fault::VeryLateCommit => {
                let change = self.local.draw(self.now());
                let wait = if fault == Fault::LateCommit { 3_000..25_000 } else { 35_000..50_000 };
                let wait = Duration::from_millis(self.chance.random_range(wait));
                self.plan(wait, Event::Commit(change));
                fire();
            }
            _ => {}
        }
    }

    /// Ends a window of time, but not before anybody has met it: who crashes within it meets nothing.
    fn heal(&mut self, fault: Fault, host: usize) {
        let met = self.site.shared.lock().unwrap().board.fired.contains_key(&fault);
        let Some(daemon) = self.daemons[host].as_ref().filter(|_| met) else {
            if !met {
                self.plan(Duration::from_secs(1), Event::Strike(fault));
            }
            return;
        };
        daemon.life.away(fault).store(false, Ordering::Relaxed);
        self.note(format_args!("{fault:?} ends for daemon {host}"));
    }

    fn start(&mut self, host: usize) {
        self.note(format_args!("daemon {host} starts"));
        // A crashed host's clock stands; its next life has another that shows the same.
        let clock = self.site.clock.of_another_host();
        clock.step(self.clocks[host].now() - self.site.clock.now());
        self.clocks[host] = clock.clone();
        let seed = self.chance.next_u64();
        self.daemons[host] = Some(self.site.start(&format!("daemon {host}"), clock, seed));
    }

    /// Daemons that crashed or stopped start again after a while.
    fn restart_ended(&mut self) {
        for host in 0..self.daemons.len() {
            if self.daemons[host].as_ref().is_some_and(Daemon::has_ended) {
                self.note(format_args!("daemon {host} has ended"));
                self.daemons[host] = None;
                let wait = Duration::from_millis(self.chance.random_range(500..15_000));
                self.plan(wait, Event::Start(host));
            }
        }
    }

    async fn finish(self, seed: u64, mut problems: Vec<String>, shelf: &Shelf) -> Outcome {
        for daemon in self.daemons.iter().flatten() {
            daemon.life.end();
        }
        self.local.close();
        shelf.quiet().finish(self.site.ledger.close());
        let mut shared = self.site.shared.lock().unwrap();
        for silent in shared.board.silent() {
            problems.push(format!("{silent:?} was planned and never struck"));
        }
        Outcome {
            seed,
            hash: shared.trace.hash(),
            problems,
            fired: shared.board.fired.clone(),
            lines: shared.trace.lines.take().unwrap_or_default(),
        }
    }
}
