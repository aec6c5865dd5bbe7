//! The gate that every call to the portal passes: how many at once, how many a second, and whether at all.

mod breaker;
mod limits;
mod pause;
mod report;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub use breaker::{Breaker, Change};
pub use limits::Limits;
pub use pause::adopt_pause;
pub use report::report_change;

use crate::vitals::{Part, Vitals};
use dongbo_model::Trouble;
use dongbo_model::clock::{Clock, earlier, later};
use dongbo_portal::{Answer, Outcome};

/// How far calls may run ahead of the even rate: timers are no finer than a millisecond, so at high rates some have to
/// go together.
const BURST: Duration = Duration::from_millis(20);

/// Which of the two streams of work a call belongs to. Live changes pass first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// What changed just now.
    Live,
    /// Retries and backfill.
    Background,
}

impl Stream {
    /// The part whose work this stream does.
    #[must_use]
    pub const fn part(self) -> Part {
        match self {
            Self::Live => Part::Live,
            Self::Background => Part::Background,
        }
    }
}

/// Why a call may not go now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotNow {
    /// All permits are out, or live work goes first: [`Gate::ready`] tells when to ask again.
    Busy,
    /// The rate allows the next call at this moment.
    Until(DateTime<Utc>),
    /// Sending is stopped.
    Closed,
}

/// Whether calls may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They may.
    Open,
    /// The portal is in trouble: only probes may.
    Stopped,
    /// The operator has paused sending: nothing may, not even a probe.
    Paused,
}

/// Shared by everything that calls the portal.
#[derive(Debug)]
pub struct Gate {
    state: Mutex<State>,
    live_ready: Notify,
    background_ready: Notify,
    /// Told of every change of whether calls may go. No `watch`: that wakes who waits in an order by chance.
    turned: Notify,
    /// Held while the ledger is asked for a pause and the answer is acted on, so that no older answer comes later.
    adopting: tokio::sync::Mutex<()>,
    clock: Clock,
}

#[derive(Debug)]
struct State {
    breaker: Breaker,
    paused: bool,
    /// What the portal said when it was found in trouble, last.
    words: String,
    /// Grows by one with every `limit` successes: the fraction carries the part of a step.
    limit: f64,
    max: f64,
    in_use: u32,
    live_waits: bool,
    /// Rises when the limit is halved, so that calls begun before do not halve it again.
    epoch: u64,
    interval: Duration,
    /// However long the portal asks us to wait, it is asked again after this.
    longest_pause: Duration,
    /// When the next call would go if calls went at exactly the allowed rate.
    next_call: DateTime<Utc>,
    /// The latest moment at which the gate was asked.
    asked_at: DateTime<Utc>,
}

/// Leave to make one call; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    epoch: u64,
}

impl Gate {
    /// An open gate that begins with one call at a time.
    #[must_use]
    pub fn new(limits: impl Into<Limits>, clock: Clock) -> Arc<Self> {
        let limits = limits.into();
        let state = State {
            breaker: limits.breaker(),
            paused: false,
            words: String::new(),
            limit: 1.0,
            max: limits.most_calls(),
            in_use: 0,
            live_waits: false,
            epoch: 0,
            interval: limits.interval(),
            longest_pause: limits.longest_pause,
            next_call: DateTime::<Utc>::MIN_UTC,
            asked_at: clock.now(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            live_ready: Notify::new(),
            background_ready: Notify::new(),
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
        state.heed_clock(now);
        if state.way() != Way::Open {
            return Err(NotNow::Closed);
        }
        if f64::from(state.in_use.saturating_add(1)) > state.limit {
            state.live_waits |= stream == Stream::Live;
            return Err(NotNow::Busy);
        }
        if stream == Stream::Background && state.live_waits {
            return Err(NotNow::Busy);
        }
        let earliest = earlier(state.next_call, BURST);
        if now < earliest {
            state.live_waits |= stream == Stream::Live;
            return Err(NotNow::Until(earliest));
        }
        if !state.interval.is_zero() {
            state.next_call = later(state.next_call.max(now), state.interval);
        }
        if stream == Stream::Live {
            state.live_waits = false;
            self.background_ready.notify_one();
        }
        state.in_use = state.in_use.saturating_add(1);
        Ok(Permit { gate: Arc::clone(self), epoch: state.epoch })
    }

    /// Waits until it is worth asking for a permit of `stream` again.
    pub async fn ready(&self, stream: Stream) {
        match stream {
            Stream::Live => self.live_ready.notified().await,
            Stream::Background => self.background_ready.notified().await,
        }
    }

    /// Says that the live stream has nothing to send, so that nobody waits for it.
    pub fn live_is_idle(&self) {
        let mut state = self.lock();
        if state.live_waits {
            state.live_waits = false;
            self.background_ready.notify_one();
        }
    }

    /// Takes in the answer to a call made with `permit`: adapts the concurrency and feeds the breaker.
    pub fn record(&self, permit: &Permit, answer: &Answer) -> Change {
        let now = self.clock.now();
        let mut state = self.lock();
        state.heed_clock(now);
        match answer.outcome {
            Outcome::Delivered | Outcome::Duplicate | Outcome::Rejected | Outcome::NotFound => {
                state.limit = (state.limit + 1.0 / state.limit).min(state.max);
            }
            Outcome::Throttled | Outcome::Transient | Outcome::Unknown => {
                if permit.epoch == state.epoch {
                    state.limit = (state.limit / 2.0).max(1.0);
                    state.epoch = state.epoch.wrapping_add(1);
                }
            }
            Outcome::Auth | Outcome::Config => {}
        }
        if answer.outcome == Outcome::Throttled
            && let Some(wait) = answer.retry_after
        {
            let pause = wait.min(state.longest_pause);
            state.next_call = state.next_call.max(later(later(now, pause), BURST));
        }
        let change = state.breaker.record(answer, now);
        if let Change::Opened(_) = change {
            state.words.clone_from(&answer.message);
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
        let limits = limits.into();
        let mut state = self.lock();
        state.breaker = limits.breaker();
        state.begin_again();
        state.max = limits.most_calls();
        state.interval = limits.interval();
        state.longest_pause = limits.longest_pause;
        self.announce(Change::Closed, &mut state);
    }

    /// Why sending is stopped, and when the next probe may go; `None` while it goes on.
    pub fn closed(&self) -> Option<(Trouble, DateTime<Utc>)> {
        let state = self.lock();
        state.breaker.trouble().zip(state.breaker.probe_at())
    }

    /// What the portal said when it was last found in trouble, masked; empty while it is in none.
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

    /// How long sending `backlog` dossiers takes at the rate of the last minutes; `None` when that cannot be foretold,
    /// as while sending is stopped.
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

    /// How many calls may be under way at once now.
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
        self.live_ready.notify_one();
        self.background_ready.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn way(&self) -> Way {
        if self.paused {
            Way::Paused
        } else if self.breaker.trouble().is_some() {
            Way::Stopped
        } else {
            Way::Open
        }
    }

    /// A clock that is set back takes the next call with it: sending would stop until the old time is reached again.
    fn heed_clock(&mut self, now: DateTime<Utc>) {
        if now < self.asked_at {
            let back = self.asked_at - now;
            self.next_call = self.next_call.checked_sub_signed(back).unwrap_or(self.next_call);
        }
        self.asked_at = now;
    }

    /// After trouble: one call at a time, and what was begun before counts no more.
    fn begin_again(&mut self) {
        self.limit = 1.0;
        self.epoch = self.epoch.wrapping_add(1);
        self.words.clear();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.in_use = state.in_use.saturating_sub(1);
        if state.live_waits {
            self.gate.live_ready.notify_one();
        } else {
            self.gate.background_ready.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
