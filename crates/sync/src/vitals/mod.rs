//! Proof of life and freshness: every part reports the work that it has finished.
//!
//! Alive means finished work. Nothing in here is fed by a timer, so a part that hangs is seen: its count stands still.

mod part;
mod readers;

use dongbo_model::locks::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, watch};

pub use part::Part;
pub use readers::ReaderMoments;

use dongbo_model::clock::{Clock, later};
use readers::Readers;

/// The width of one count of finished dossiers.
const SLOT: TimeDelta = TimeDelta::seconds(10);
/// The number of them that is kept: five minutes show how fast sending goes now.
const SLOTS: usize = 30;
/// The longest that a piece of work without a limit of its own may take: a question to a store of files, a write into the
/// ledger.
pub const LONGEST_PIECE: Duration = Duration::from_secs(60);
/// Time that any part may need on top of its longest piece of work: waits between tries, the ledger, a busy host.
const MARGIN: Duration = Duration::from_secs(60);

/// The work that the parts of the daemon have finished, and when. It outlives engines, and is shared by their parts.
#[derive(Debug)]
pub struct Vitals {
    clock: Clock,
    progress: Notify,
    damage: watch::Sender<Option<String>>,
    state: Mutex<State>,
}

/// A part that has finished nothing for longer than its longest piece of work can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standstill {
    /// The part.
    pub part: Part,
    /// When it last finished something; `None` when it never did.
    pub since: Option<DateTime<Utc>>,
}

/// When something was last done and will be done next; `None` when it never was, or is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments {
    /// The last poll of the local database that was completed.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last time the portal accepted something and the ledger holds it.
    pub last_acknowledged: Option<DateTime<Utc>>,
    /// The last full sweep that was completed.
    pub last_sweep: Option<DateTime<Utc>>,
    /// The next poll.
    pub next_poll: Option<DateTime<Utc>>,
    /// The next full sweep.
    pub next_sweep: Option<DateTime<Utc>>,
    /// Whether this daemon is the one on its ledger that reads the local database.
    pub leads: bool,
    /// Whether it has completed a poll since it began to.
    pub has_read: bool,
    /// When it last got a page of changes into the ledger.
    pub last_page: Option<DateTime<Utc>>,
    /// How often it polls.
    pub poll_every: Duration,
    /// The portal's catalogue of procedures; `None` while none was ever fetched.
    pub catalogue: Option<CatalogueSeen>,
}

/// The portal's catalogue of procedures as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueSeen {
    /// When its list was fetched.
    pub at: DateTime<Utc>,
    /// Procedures in it.
    pub known: usize,
    /// Procedures that were in an earlier one and are in it no more.
    pub vanished: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Signs that no reader of a source knows, and those of polls and sweeps that were recalled.
    moments: Moments,
    readers: Readers,
    /// Finished dossiers by slot, the newest last.
    finished: Vec<(DateTime<Utc>, u64)>,
    began: Option<DateTime<Utc>>,
    pulses: BTreeMap<Part, Pulse>,
}

/// The state of one part.
#[derive(Debug, Clone, Copy, Default)]
struct Pulse {
    /// The number of its workers that are on duty.
    on_duty: u32,
    /// The longest that one piece of its work may take.
    longest: Duration,
    /// Pieces of work that it has finished.
    finished: u64,
    last_finished: Option<DateTime<Utc>>,
    /// When it last began a piece of work after a rest.
    began: Option<DateTime<Utc>>,
    /// It rests until this moment.
    rests_until: Option<DateTime<Utc>>,
    /// The number of its workers that wait for something they cannot hasten: their turn at the gate, an order, a lock.
    waiting: u32,
}

impl Pulse {
    /// The time after which it counts as hung when it neither finishes anything nor rests.
    fn patience(&self) -> Duration {
        self.longest.saturating_mul(2).saturating_add(MARGIN)
    }

    /// Whether it has said that it rests, and it is not overdue.
    fn rests(&self, now: DateTime<Utc>) -> bool {
        self.waiting > 0 || self.rests_until.is_some_and(|until| later(until, self.patience()) >= now)
    }
}

/// A worker's time on duty: while it lasts its part is expected to finish work. It ends when this is dropped.
#[derive(Debug)]
pub struct OnDuty {
    vitals: Arc<Vitals>,
    part: Part,
}

impl Drop for OnDuty {
    fn drop(&mut self) {
        self.vitals.change(self.part, |pulse| {
            pulse.on_duty = pulse.on_duty.saturating_sub(1);
            if pulse.on_duty == 0 {
                pulse.rests_until = None;
            }
        });
    }
}

/// A worker's wait for something that is not its to hurry; it ends when this is dropped.
#[derive(Debug)]
pub struct Waiting<'v> {
    vitals: &'v Vitals,
    part: Part,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let now = self.vitals.clock.now();
        self.vitals.change(self.part, |pulse| {
            pulse.waiting = pulse.waiting.saturating_sub(1);
            pulse.began = Some(now);
        });
    }
}

impl Vitals {
    /// Vitals of a daemon that has finished nothing yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, progress: Notify::new(), damage: watch::Sender::new(None), state: Mutex::default() }
    }

    /// Puts a worker of `part` on duty, one piece of whose work takes `longest` at most.
    #[must_use]
    pub fn on_duty(self: &Arc<Self>, part: Part, longest: Duration) -> OnDuty {
        let now = self.clock.now();
        self.change(part, |pulse| {
            pulse.on_duty = pulse.on_duty.saturating_add(1);
            // Of several workers the slowest counts.
            pulse.longest = if pulse.on_duty > 1 { pulse.longest.max(longest) } else { longest };
            pulse.began = Some(now);
        });
        OnDuty { vitals: Arc::clone(self), part }
    }

    /// `part` begins a piece of work, and rests no more.
    pub fn begins(&self, part: Part) {
        let now = self.clock.now();
        self.change(part, |pulse| {
            pulse.began = Some(now);
            pulse.rests_until = None;
        });
    }

    /// `part` has nothing to do until `until`, unless it is woken before.
    pub fn rests(&self, part: Part, until: DateTime<Utc>) {
        self.change(part, |pulse| pulse.rests_until = Some(until));
        // What rests holds up no proof of life any more.
        self.progress.notify_one();
    }

    /// A worker of `part` waits for something that is not its to hurry, until the returned value is dropped.
    #[must_use]
    pub fn waits(&self, part: Part) -> Waiting<'_> {
        self.change(part, |pulse| pulse.waiting = pulse.waiting.saturating_add(1));
        self.progress.notify_one();
        Waiting { vitals: self, part }
    }

    /// Whether this daemon reads the local database, from now on. A daemon that does not has no poll and no sweep to
    /// come.
    pub fn lead(&self, leads: bool) {
        let mut state = self.lock();
        state.moments.leads = leads;
        state.readers.lead(leads);
    }

    /// Records the size of the portal's catalogue, whose list was fetched `at`.
    pub fn catalogue(&self, at: DateTime<Utc>, known: usize, vanished: usize) {
        self.lock().moments.catalogue = Some(CatalogueSeen { at, known, vanished });
    }

    /// The longest that a dossier's way to the portal may take.
    #[must_use]
    pub fn longest_sending(&self) -> Duration {
        self.lock().pulse(Part::Live).longest
    }

    /// When `part` last finished a piece of work; `None` before the first.
    #[must_use]
    pub fn last_progress(&self, part: Part) -> Option<DateTime<Utc>> {
        self.lock().pulse(part).last_finished
    }

    /// The last moment until which `part` has lived as it should, up to `now`: it finished a piece of work, or nothing was
    /// expected of it. `None` before the first piece of work of a vital part.
    #[must_use]
    pub fn last_sign_of_life(&self, part: Part, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let pulse = self.lock().pulse(part);
        let idle = !part.is_vital() && (pulse.on_duty == 0 || pulse.rests(now));
        if idle { Some(now) } else { pulse.last_finished.max(pulse.began.filter(|_| !part.is_vital())) }
    }

    /// The parts from which work is expected now.
    #[must_use]
    pub fn expected(&self) -> Vec<Part> {
        self.lock().expected().map(|(part, _)| part).collect()
    }

    /// The part that has stood still for longest, if one does: one of the first three has finished nothing yet, or any
    /// has finished nothing for two of its longest pieces of work and a minute. A part that rests until a known moment
    /// does not stand still, nor does sending until `sending_rests`, when the portal is asked again.
    #[must_use]
    pub fn standstill(&self, sending_rests: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Standstill> {
        let state = self.lock();
        let stands = |(part, pulse): (Part, Pulse)| {
            let since = pulse.last_finished;
            let unready = part.is_vital() && since.is_none();
            let sending_rests = sending_rests.filter(|_| part.calls_portal());
            let active = since.max(pulse.began).max(pulse.rests_until).max(sending_rests);
            let late = active.is_some_and(|active| later(active, pulse.patience()) < now);
            (unready || (pulse.waiting == 0 && late)).then_some(Standstill { part, since })
        };
        state.expected().filter_map(stands).min_by_key(|standstill| standstill.since)
    }

    /// `part` has finished a piece of work.
    pub fn progressed(&self, part: Part) {
        let now = self.clock.now();
        self.change(part, |pulse| {
            pulse.finished = pulse.finished.wrapping_add(1);
            pulse.last_finished = Some(now);
        });
        self.progress.notify_one();
    }

    /// The ledger was found damaged in this way: nothing that is written to it can be relied on.
    pub fn ledger_damaged(&self, what: String) {
        self.damage.send_modify(|damage| {
            damage.get_or_insert(what);
        });
    }

    /// Waits until the ledger is found damaged, and says how.
    pub async fn ledger_damage(&self) -> String {
        let mut damage = self.damage.subscribe();
        // The sender lives as long as we do.
        let found = damage.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
        found.unwrap_or_default()
    }

    /// Waits until every part from which work is expected has finished some since `seen`, or rests, and gives how far all
    /// are then.
    pub async fn all_progressed(&self, seen: &Progress) -> Progress {
        loop {
            let progressed = self.progress.notified();
            if self.lagging(seen).is_none() {
                return self.progress();
            }
            progressed.await;
        }
    }

    /// A part that has finished nothing since `seen` and does not rest.
    fn lagging(&self, seen: &Progress) -> Option<Part> {
        let (state, now) = (self.lock(), self.clock.now());
        let lags = |(part, pulse): &(Part, Pulse)| seen.of(*part) == pulse.finished && !pulse.rests(now);
        state.expected().find(lags).map(|(part, _)| part)
    }

    /// The amount of work that each part has finished.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress(self.lock().pulses.iter().map(|(part, pulse)| (*part, pulse.finished)).collect())
    }

    /// A poll of `source` was completed at `at`.
    pub fn polled(&self, source: &str, at: DateTime<Utc>) {
        let mut state = self.lock();
        let reader = state.readers.of(source);
        reader.last_poll = Some(at);
        reader.has_read = true;
    }

    /// A page of changes of `source` came into the ledger at `at`.
    pub fn read_page(&self, source: &str, at: DateTime<Utc>) {
        self.lock().readers.of(source).last_page = Some(at);
    }

    /// Polls of `source` come this often.
    pub fn polls_every(&self, source: &str, every: Duration) {
        self.lock().readers.of(source).poll_every = every;
    }

    /// Takes over what a daemon before this one knew of polls, of what the portal accepted, and of sweeps.
    pub fn recall(
        &self,
        poll: Option<DateTime<Utc>>,
        acknowledged: Option<DateTime<Utc>>,
        sweep: Option<DateTime<Utc>>,
    ) {
        let moments = &mut self.lock().moments;
        moments.last_poll = moments.last_poll.max(poll);
        moments.last_acknowledged = moments.last_acknowledged.max(acknowledged);
        moments.last_sweep = moments.last_sweep.max(sweep);
    }

    /// The next poll of `source` comes at `at`.
    pub fn next_poll(&self, source: &str, at: DateTime<Utc>) {
        self.lock().readers.of(source).next_poll = Some(at);
    }

    /// A full sweep of `source` was completed at `at`.
    pub fn swept(&self, source: &str, at: DateTime<Utc>) {
        self.lock().readers.of(source).last_sweep = Some(at);
    }

    /// The next full sweep of `source` comes at `at`; `None` when none will.
    pub fn next_sweep(&self, source: &str, at: Option<DateTime<Utc>>) {
        self.lock().readers.of(source).next_sweep = at;
    }

    /// The ledger holds since `at` that the portal accepted `dossiers` more.
    pub fn acknowledged(&self, at: DateTime<Utc>, dossiers: u64) {
        let mut state = self.lock();
        state.moments.last_acknowledged = Some(at);
        state.began.get_or_insert(at);
        match state.finished.last_mut() {
            Some((slot, many)) if at - *slot < SLOT => *many = many.saturating_add(dossiers),
            _ => state.finished.push((at, dossiers)),
        }
        let surplus = state.finished.len().saturating_sub(SLOTS);
        state.finished.drain(..surplus);
    }

    /// When everything last happened.
    #[must_use]
    pub fn moments(&self) -> Moments {
        let state = self.lock();
        state.readers.over(state.moments)
    }

    /// When the readers of each source last did something and will next, by its name.
    #[must_use]
    pub fn readers(&self) -> Vec<(String, ReaderMoments)> {
        self.lock().readers.each()
    }

    /// The sources are these from now on.
    pub fn begin_engine(&self, sources: &[&str]) {
        self.lock().readers.keep(sources);
    }

    /// The time that `backlog` dossiers take at the rate of the last five minutes; `None` when nothing was accepted in
    /// them, so that nothing can be foretold.
    #[must_use]
    pub fn forecast(&self, backlog: u64, now: DateTime<Utc>) -> Option<Duration> {
        let state = self.lock();
        let window = SLOT * i32::try_from(SLOTS).unwrap_or(i32::MAX);
        let since = state.began?.max(now - window);
        let finished: u64 = state.finished.iter().filter(|(at, _)| *at >= since).map(|(_, many)| many).sum();
        let elapsed = (now - since).to_std().ok()?.max(Duration::from_secs(1));
        if finished == 0 {
            return None;
        }
        let millis = elapsed.as_millis().saturating_mul(u128::from(backlog)) / u128::from(finished);
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    fn change(&self, part: Part, how: impl FnOnce(&mut Pulse)) {
        how(self.lock().pulses.entry(part).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn pulse(&self, part: Part) -> Pulse {
        self.pulses.get(&part).copied().unwrap_or_default()
    }

    /// The vital parts, and the others while a worker of theirs is on duty.
    fn expected(&self) -> impl Iterator<Item = (Part, Pulse)> {
        let of = |&part: &Part| (part, self.pulse(part));
        Part::ALL.iter().map(of).filter(|(part, pulse)| part.is_vital() || pulse.on_duty > 0)
    }
}

/// The amount of work that each part has finished; only differences mean something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress(BTreeMap<Part, u64>);

impl Progress {
    /// The number of pieces of work that `part` has finished.
    #[must_use]
    pub fn of(&self, part: Part) -> u64 {
        self.0.get(&part).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
