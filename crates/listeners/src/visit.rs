//! One connection as its listener sees it: what it is doing, since when, and how long it may go on.

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::settings::Limits;

/// One connection. Whoever serves it says when a request has come and when its answer is over.
#[derive(Debug)]
pub struct Visit {
    limits: Limits,
    state: Mutex<State>,
    ended: CancellationToken,
    /// Notified when this connection could make room.
    room: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// How long the client may go on taking nothing. Waiting uses it up, and what is taken gives it back.
    patience: Duration,
    stalled_since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The client sends a request.
    Asking,
    /// The client has an answer to come.
    Answered,
    /// The client could send another request.
    Idle,
}

/// Reasons why a connection is ended by its listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// No whole request came in time.
    Head,
    /// No further request came in time.
    Idle,
    /// The answer is not taken, or too slowly.
    Stalled,
}

impl Visit {
    pub(crate) fn new(limits: Limits, room: Arc<Notify>) -> Self {
        let state = State {
            phase: Phase::Asking,
            since: Instant::now(),
            patience: limits.stall_timeout,
            stalled_since: None,
        };
        Self { limits, state: Mutex::new(state), ended: CancellationToken::new(), room }
    }

    /// Notes that a whole request has come.
    pub fn asked(&self) {
        self.enter(Phase::Answered);
    }

    /// Notes that the answer has been handed over.
    pub fn answered(&self) {
        self.enter(Phase::Idle);
        self.room.notify_one();
    }

    /// Notes that bytes came from the client.
    pub(crate) fn heard(&self) {
        let mut state = self.lock();
        if state.phase == Phase::Idle {
            state.enter(Phase::Asking);
        }
    }

    /// Notes that the client takes nothing at present.
    pub(crate) fn stalls(&self) {
        self.lock().stalled_since.get_or_insert_with(Instant::now);
    }

    /// Notes that the client took `bytes`.
    pub(crate) fn took(&self, bytes: usize) {
        let mut state = self.lock();
        let stalled = state.stalled_since.take().map(|since| since.elapsed()).unwrap_or_default();
        let longest = self.limits.stall_timeout;
        let earned = u64::try_from(bytes)
            .unwrap_or(u64::MAX)
            .saturating_mul(1_000_000)
            .checked_div(self.limits.least_rate)
            .map_or(longest, Duration::from_micros);
        state.patience = state.patience.saturating_sub(stalled).saturating_add(earned).min(longest);
    }

    /// Since when the client has nothing to come, when it can make room for others.
    pub(crate) fn waits_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.phase != Phase::Answered && state.stalled_since.is_none()).then_some(state.since)
    }

    /// Ends the connection.
    pub(crate) fn end(&self) {
        self.ended.cancel();
    }

    /// Whether its listener ended it.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Waits until the listener ends the connection: `None` for the room that it takes, else for what is overdue.
    pub(crate) async fn is_to_end(&self) -> Option<Overdue> {
        let watch_every = (self.limits.shortest() / 4).max(Duration::from_millis(5));
        let overdue = async {
            loop {
                match self.deadline() {
                    Some((deadline, overdue)) if deadline <= Instant::now() => return overdue,
                    Some((deadline, _)) => {
                        tokio::time::sleep_until(deadline.min(Instant::now() + watch_every)).await;
                    }
                    None => tokio::time::sleep(watch_every).await,
                }
            }
        };
        self.ended.run_until_cancelled(overdue).await
    }

    /// When the connection is to be ended as things stand, and why.
    fn deadline(&self) -> Option<(Instant, Overdue)> {
        let state = self.lock();
        if let Some(since) = state.stalled_since {
            return Some((since + state.patience, Overdue::Stalled));
        }
        match state.phase {
            Phase::Asking => Some((state.since + self.limits.header_timeout, Overdue::Head)),
            Phase::Idle => Some((state.since + self.limits.idle_timeout, Overdue::Idle)),
            Phase::Answered => None,
        }
    }

    fn enter(&self, phase: Phase) {
        self.lock().enter(phase);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}
