//! The decisions of the gate, without waiting: who goes first, how many at once, how many a second, and whether at all.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::breaker::Breaker;
use super::limits::Limits;
use super::pressure::{Load, Pressure, is_said};
use dongbo_model::clock::later;
use dongbo_portal::{Answer, Outcome};

/// The time by which calls may run ahead of the even rate: timers are no finer than a millisecond, so at high rates
/// some have to go together.
pub(super) const BURST: Duration = Duration::from_millis(20);

/// Background calls that may pass while one of the rest waits; then that one goes.
const MOST_PASSED_OVER: u32 = 15;

/// The stream of work that a call belongs to. Live changes pass first, then the background, then the rest; but of the
/// background no more than fifteen calls pass while one of the rest waits, so that a backlog does not stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Dossiers that have just changed.
    Live,
    /// Retries and backfill.
    Background,
    /// Files, look-ups of reconciliation, the catalogue.
    Rest,
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

#[derive(Debug)]
pub(super) struct State {
    pub(super) breaker: Breaker,
    pressure: Pressure,
    pub(super) paused: bool,
    /// The portal's words when it was last found in trouble.
    pub(super) words: String,
    /// Since when it is in trouble.
    pub(super) since: Option<DateTime<Utc>>,
    /// Grows by one with every `limit` successes: the fraction carries the part of a step.
    pub(super) limit: f64,
    pub(super) max: f64,
    pub(super) in_use: u32,
    pub(super) live_waits: bool,
    pub(super) background_waits: bool,
    /// The number of the rest that wait.
    pub(super) rest_waiting: u32,
    /// Background calls that have passed while one of the rest waited.
    pub(super) passed_over: u32,
    /// Rises when the limit is halved, so that calls begun before do not halve it again.
    pub(super) epoch: u64,
    pub(super) interval: Duration,
    /// However long the portal asks us to wait, it is asked again after this.
    pub(super) longest_pause: Duration,
    /// When the next call would go if calls went at exactly the allowed rate.
    pub(super) next_call: DateTime<Utc>,
    /// The latest moment at which the gate was asked.
    pub(super) asked_at: DateTime<Utc>,
}

impl State {
    /// An open gate's, that begins with one call at a time.
    pub(super) fn new(limits: &Limits, now: DateTime<Utc>) -> Self {
        Self {
            breaker: limits.breaker(),
            pressure: Pressure::default(),
            paused: false,
            words: String::new(),
            since: None,
            limit: 1.0,
            max: limits.most_calls(),
            in_use: 0,
            live_waits: false,
            background_waits: false,
            rest_waiting: 0,
            passed_over: 0,
            epoch: 0,
            interval: limits.interval(),
            longest_pause: limits.longest_pause,
            next_call: DateTime::<Utc>::MIN_UTC,
            asked_at: now,
        }
    }

    /// Takes over the numbers of a new configuration: sending goes on, slowly at first.
    pub(super) fn adopt(&mut self, limits: &Limits) {
        self.breaker = limits.breaker();
        self.begin_again();
        self.max = limits.most_calls();
        self.interval = limits.interval();
        self.longest_pause = limits.longest_pause;
    }

    pub(super) fn way(&self) -> Way {
        if self.paused {
            Way::Paused
        } else if self.breaker.trouble().is_some() {
            Way::Stopped
        } else {
            Way::Open
        }
    }

    /// A clock that is set back takes the next call with it: sending would stop until the old time is reached again.
    pub(super) fn follow_clock(&mut self, now: DateTime<Utc>) {
        if now < self.asked_at {
            let back = self.asked_at - now;
            self.next_call = self.next_call.checked_sub_signed(back).unwrap_or(self.next_call);
        }
        self.asked_at = now;
    }

    /// Whether calls of another stream go before one of `stream`.
    pub(super) fn others_go_before(&self, stream: Stream) -> bool {
        let rest_is_due = self.rest_waiting > 0 && self.passed_over >= MOST_PASSED_OVER;
        match stream {
            Stream::Live => false,
            Stream::Background => self.live_waits || rest_is_due,
            Stream::Rest => self.live_waits || (self.background_waits && !rest_is_due),
        }
    }

    pub(super) fn has_to_wait(&mut self, stream: Stream) {
        match stream {
            Stream::Live => self.live_waits = true,
            Stream::Background => self.background_waits = true,
            // Those who wait are counted.
            Stream::Rest => {}
        }
    }

    /// Adapts the concurrency to the answer to a call of this `load` that was begun in this epoch and lasted so long, and keeps to
    /// what the portal asks for. A failure by itself takes nothing back, and gives nothing either.
    pub(super) fn adapt(
        &mut self,
        begun_in: u64,
        load: Load,
        answer: &Answer,
        lasted: Duration,
        now: DateTime<Utc>,
    ) {
        // An answer to a call from before the last halving tells of the load before it.
        let is_sign = begun_in == self.epoch && self.pressure.shows(load, answer, lasted, self.limit < 2.0);
        if is_sign {
            self.ease_off();
        } else if matches!(
            answer.outcome,
            Outcome::Delivered | Outcome::Duplicate | Outcome::Rejected | Outcome::NotFound
        ) {
            self.grow();
        }
        self.heed_wait(answer, now);
    }

    /// Adapts the concurrency to the answer to a call at another door of the portal: only its own word counts.
    pub(super) fn adapt_beside(&mut self, begun_in: u64, answer: &Answer, now: DateTime<Utc>) {
        if is_said(answer) {
            if begun_in == self.epoch {
                self.ease_off();
            }
        } else if answer.outcome == Outcome::Delivered {
            self.grow();
        }
        self.heed_wait(answer, now);
    }

    /// Halves the concurrency, once for all calls that are under way together.
    fn ease_off(&mut self) {
        self.limit = (self.limit / 2.0).max(1.0);
        self.epoch = self.epoch.wrapping_add(1);
        self.pressure.forget_signs();
    }

    fn heed_wait(&mut self, answer: &Answer, now: DateTime<Utc>) {
        if answer.outcome == Outcome::Throttled
            && let Some(wait) = answer.retry_after
        {
            let pause = wait.min(self.longest_pause);
            self.next_call = self.next_call.max(later(later(now, pause), BURST));
        }
    }

    /// Takes one answer's share of a step up.
    fn grow(&mut self) {
        self.limit = (self.limit + 1.0 / self.limit).min(self.max);
    }

    /// After trouble: one call at a time, and what was begun before counts no more.
    pub(super) fn begin_again(&mut self) {
        self.limit = 1.0;
        self.epoch = self.epoch.wrapping_add(1);
        self.pressure.forget_signs();
        self.words.clear();
        self.since = None;
    }
}
