//! The gate that every call to the portal passes: how many at once, how many a second, and whether at all.

mod breaker;
mod limits;
mod pressure;
mod report;
mod state;

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub use breaker::{Breaker, Change};
pub use limits::Limits;
pub use pressure::Load;
pub use report::report_change;
pub use state::{Stream, Way};

use crate::vitals::Vitals;
use dongbo_model::Trouble;
use dongbo_model::clock::{Clock, earlier, later};
use dongbo_portal::Answer;
use state::{BURST, State};

/// Sending is stopped, by the breaker or the operator: no call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed;

/// Reasons why a call may not go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotNow {
    /// All permits are out, or live work goes first: [`Gate::ready`] tells when to ask again.
    Busy,
    /// The rate allows the next call at this moment.
    Until(DateTime<Utc>),
    /// Sending is stopped.
    Closed,
}

/// Shared by everything that calls the portal.
#[derive(Debug)]
pub struct Gate {
    state: Mutex<State>,
    live_ready: Notify,
    background_ready: Notify,
    rest_ready: Notify,
    /// Notified of every change of whether calls may go. No `watch`: that wakes the waiting tasks in random order.
    turned: Notify,
    /// Held while the ledger is asked for a pause and the answer is acted on, so that no older answer comes later.
    pub(crate) adopting: tokio::sync::Mutex<()>,
    clock: Clock,
}

/// The trouble for which sending is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The trouble.
    pub trouble: Trouble,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The portal's words when it was last asked, masked.
    pub words: String,
    /// When it is asked again.
    pub probe_at: DateTime<Utc>,
}

/// Leave to make one call; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    epoch: u64,
    began: DateTime<Utc>,
    /// Whether it counts among the calls that are under way.
    has_place: bool,
}

/// A call's wait at the gate; whoever waits behind it is called when it is over.
struct Queued<'g> {
    gate: &'g Gate,
    stream: Stream,
}

impl Gate {
    /// An open gate that begins with one call at a time.
    #[must_use]
    pub fn new(limits: impl Into<Limits>, clock: Clock) -> Arc<Self> {
        let state = State::new(&limits.into(), clock.now());
        Arc::new(Self {
            state: Mutex::new(state),
            live_ready: Notify::new(),
            background_ready: Notify::new(),
            rest_ready: Notify::new(),
            turned: Notify::new(),
            adopting: tokio::sync::Mutex::default(),
            clock,
        })
    }

    /// Leave for one call of `stream`, or why there is none now.
    ///
    /// # Errors
    /// [`NotNow`] says what to wait for.
    pub fn try_acquire(self: &Arc<Self>, stream: Stream) -> Result<Permit, NotNow> {
        let now = self.clock.now();
        let mut state = self.lock();
        state.follow_clock(now);
        if state.way() != Way::Open {
            return Err(NotNow::Closed);
        }
        if f64::from(state.in_use.saturating_add(1)) > state.limit || state.others_go_before(stream) {
            state.has_to_wait(stream);
            return Err(NotNow::Busy);
        }
        let earliest = earlier(state.next_call, BURST);
        if now < earliest {
            state.has_to_wait(stream);
            return Err(NotNow::Until(earliest));
        }
        if !state.interval.is_zero() {
            state.next_call = later(state.next_call.max(now), state.interval);
        }
        match stream {
            Stream::Live => {
                state.live_waits = false;
                self.background_ready.notify_one();
            }
            Stream::Background => {
                state.background_waits = false;
                state.passed_over =
                    if state.rest_waiting > 0 { state.passed_over.saturating_add(1) } else { 0 };
            }
            Stream::Rest => state.passed_over = 0,
        }
        state.in_use = state.in_use.saturating_add(1);
        self.call_the_rest(&state);
        Ok(Permit { gate: Arc::clone(self), epoch: state.epoch, began: now, has_place: true })
    }

    /// Waits for leave for one call of `stream`.
    ///
    /// # Errors
    /// [`Closed`] when sending is stopped, or is stopped meanwhile.
    pub async fn acquire(self: &Arc<Self>, stream: Stream) -> Result<Permit, Closed> {
        if stream == Stream::Rest {
            self.lock().rest_waiting += 1;
        }
        let _queued = Queued { gate: self, stream };
        loop {
            let turned = self.turned();
            match self.try_acquire(stream) {
                Ok(permit) => return Ok(permit),
                Err(NotNow::Closed) => return Err(Closed),
                Err(NotNow::Busy) => {
                    tokio::select! {
                        biased;
                        () = turned => {}
                        () = self.ready(stream) => {}
                    }
                }
                Err(NotNow::Until(at)) => {
                    tokio::select! {
                        biased;
                        () = turned => {}
                        () = self.clock.sleep_until(at) => {}
                    }
                }
            }
        }
    }

    /// Waits until it is worth asking for a permit of `stream` again.
    pub async fn ready(&self, stream: Stream) {
        match stream {
            Stream::Live => self.live_ready.notified().await,
            Stream::Background => self.background_ready.notified().await,
            Stream::Rest => self.rest_ready.notified().await,
        }
    }

    /// Says that `stream` has nothing to send, so that nobody waits for it.
    pub fn is_idle(&self, stream: Stream) {
        let mut state = self.lock();
        match stream {
            Stream::Live if state.live_waits => {
                state.live_waits = false;
                self.background_ready.notify_one();
            }
            Stream::Background => state.background_waits = false,
            Stream::Live | Stream::Rest => {}
        }
        self.call_the_rest(&state);
    }

    /// Calls one of the rest when its turn has come.
    fn call_the_rest(&self, state: &State) {
        if state.rest_waiting > 0 && !state.others_go_before(Stream::Rest) {
            self.rest_ready.notify_one();
        }
    }

    /// Takes in the answer to a call at another door of the portal, an upload or one of the catalogue. A portal that asks
    /// for less gets less of everything; whether sending goes on, only calls about dossiers tell.
    pub fn record_beside(&self, permit: &Permit, answer: &Answer) {
        let now = self.clock.now();
        let mut state = self.lock();
        state.follow_clock(now);
        state.adapt_beside(permit.epoch, answer, now);
    }

    /// Takes in the answer to a call of this `load` that was made with `permit`: adapts the concurrency and feeds the breaker.
    pub fn record(&self, permit: &Permit, load: Load, answer: &Answer) -> Change {
        let now = self.clock.now();
        let mut state = self.lock();
        state.follow_clock(now);
        let lasted = (now - permit.began).to_std().unwrap_or_default();
        state.adapt(permit.epoch, load, answer, lasted, now);
        let change = state.breaker.record(answer, now);
        if let Change::Opened(_) = change {
            state.words.clone_from(&answer.message);
            state.since = Some(now);
        }
        self.announce(change, &mut state);
        change
    }

    /// Takes in the answer to a probe. When it reopens the gate, sending begins again with one call at a time.
    pub fn record_probe(&self, answer: &Answer) -> Change {
        let now = self.clock.now();
        let mut state = self.lock();
        let change = state.breaker.record_probe(answer, now);
        if change == Change::Closed {
            state.begin_again();
        } else if state.breaker.trouble().is_some() {
            state.words.clone_from(&answer.message);
        }
        self.announce(change, &mut state);
        change
    }

    /// Takes over the numbers of a new configuration that has proved itself at the portal: sending goes on, slowly at
    /// first.
    pub fn adopt(&self, limits: impl Into<Limits>) {
        let mut state = self.lock();
        state.adopt(&limits.into());
        self.announce(Change::Closed, &mut state);
    }

    /// The reason why sending is stopped, and when the next probe may go; `None` while it goes on.
    pub fn closed(&self) -> Option<(Trouble, DateTime<Utc>)> {
        let state = self.lock();
        state.breaker.trouble().zip(state.breaker.probe_at())
    }

    /// The trouble for which sending is stopped, with all that is known of it; `None` while it goes on.
    pub fn stopped(&self) -> Option<Stopped> {
        let state = self.lock();
        let (trouble, probe_at) = state.breaker.trouble().zip(state.breaker.probe_at())?;
        let since = state.since.unwrap_or(probe_at);
        Some(Stopped { trouble, since, words: state.words.clone(), probe_at })
    }

    /// The portal's words when it was last found in trouble, masked; empty while it is in none.
    pub fn portal_words(&self) -> String {
        self.lock().words.clone()
    }

    /// Lets no call through, not even a probe, while `paused`; calls under way go on. Returns whether that is news.
    pub fn pause(&self, paused: bool) -> bool {
        let mut state = self.lock();
        let news = state.paused != paused;
        if news {
            state.paused = paused;
            self.tell(&mut state);
        }
        news
    }

    /// Whether sending goes on, as a stable name: `open`, `paused` by the operator, or the portal's trouble.
    pub fn sending(&self) -> &'static str {
        let state = self.lock();
        if state.paused { "paused" } else { state.breaker.trouble().map_or("open", Trouble::name) }
    }

    /// Whether the operator has paused sending.
    pub fn paused(&self) -> bool {
        self.lock().paused
    }

    /// The time that sending `backlog` dossiers takes at the rate of the last minutes; `None` when it cannot be
    /// predicted, as while sending is stopped.
    pub fn forecast(&self, vitals: &Vitals, backlog: u64, now: DateTime<Utc>) -> Option<Duration> {
        if backlog == 0 {
            return Some(Duration::ZERO);
        }
        let goes_on = !self.paused() && self.closed().is_none();
        goes_on.then(|| vitals.forecast(backlog, now)).flatten()
    }

    /// Until when the portal has asked us to wait; `None` when calls may go.
    pub fn paused_until(&self) -> Option<DateTime<Utc>> {
        let earliest = earlier(self.lock().next_call, BURST);
        (earliest > self.clock.now() + TimeDelta::seconds(1)).then_some(earliest)
    }

    /// The number of calls that may be under way at once now.
    pub fn limit(&self) -> f64 {
        self.lock().limit.floor()
    }

    /// Whether calls may go.
    pub fn way(&self) -> Way {
        self.lock().way()
    }

    /// Waits until it is `wanted`.
    pub async fn until(&self, wanted: Way) {
        loop {
            let turned = self.turned();
            if self.way() == wanted {
                return;
            }
            turned.await;
        }
    }

    /// Waits for the next change of whether calls may go, counted from this call on.
    pub fn turned(&self) -> Notified<'_> {
        self.turned.notified()
    }

    fn announce(&self, change: Change, state: &mut State) {
        if change != Change::None {
            self.tell(state);
        }
    }

    fn tell(&self, state: &mut State) {
        self.turned.notify_waiters();
        // Whoever waited gives its work back when the gate closes, and asks anew when it opens.
        state.live_waits = false;
        state.background_waits = false;
        self.live_ready.notify_one();
        self.background_ready.notify_one();
        self.call_the_rest(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Permit {
    /// Gives the call's place back while the call goes on: a long upload, which its own limits bound, stands in nobody's
    /// way.
    pub fn give_place_back(&mut self) {
        if std::mem::take(&mut self.has_place) {
            let mut state = self.gate.lock();
            state.in_use = state.in_use.saturating_sub(1);
            if state.live_waits {
                self.gate.live_ready.notify_one();
            } else {
                self.gate.background_ready.notify_one();
            }
            self.gate.call_the_rest(&state);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.give_place_back();
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        if self.stream == Stream::Rest {
            let mut state = self.gate.lock();
            state.rest_waiting = state.rest_waiting.saturating_sub(1);
        }
        self.gate.is_idle(self.stream);
    }
}

#[cfg(test)]
mod tests;
