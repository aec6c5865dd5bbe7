//! The circuit breaker: stops all sending when the portal is in trouble, and lets single probes through.

use std::time::Duration;

use chrono::{DateTime, Utc};

use dongbo_model::Trouble;
use dongbo_model::clock::later;
use dongbo_portal::{Answer, Outcome};

/// The effect of an answer on the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Sending stops.
    Opened(Trouble),
    /// Sending goes on.
    Closed,
}

/// A pure state machine over answers and moments.
#[derive(Debug)]
pub struct Breaker {
    failures_to_open: u32,
    drifts_to_open: u32,
    probe_every: Duration,
    failures: u32,
    drifts: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    trouble: Trouble,
    probe_at: DateTime<Utc>,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(failures_to_open: u32, drifts_to_open: u32, probe_every: Duration) -> Self {
        Self { failures_to_open, drifts_to_open, probe_every, failures: 0, drifts: 0, open: None }
    }

    /// The reason why sending is stopped; `None` while it goes on.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.open.map(|open| open.trouble)
    }

    /// When the next probe may go; `None` while sending goes on.
    #[must_use]
    pub fn probe_at(&self) -> Option<DateTime<Utc>> {
        self.open.map(|open| open.probe_at)
    }

    /// Takes in the answer to an ordinary call. While the breaker is open, answers to calls that were under way when it
    /// opened change nothing: only a probe closes it.
    pub fn record(&mut self, answer: &Answer, now: DateTime<Utc>) -> Change {
        if self.open.is_some() {
            return Change::None;
        }
        match self.judge(answer) {
            Some(trouble) => {
                self.open = Some(Open { trouble, probe_at: later(now, self.probe_every) });
                Change::Opened(trouble)
            }
            None => Change::None,
        }
    }

    /// Takes in the answer to a probe: it closes the breaker, or puts the next probe off by a whole interval.
    pub fn record_probe(&mut self, answer: &Answer, now: DateTime<Utc>) -> Change {
        let Some(open) = &mut self.open else { return Change::None };
        let trouble = match answer.outcome {
            Outcome::Auth => Some(Trouble::Auth),
            Outcome::Config => Some(Trouble::Config),
            Outcome::Unknown if answer.drift => Some(Trouble::Drift),
            Outcome::Unknown | Outcome::Transient | Outcome::Throttled => Some(Trouble::Down),
            Outcome::Delivered | Outcome::Duplicate | Outcome::Rejected | Outcome::NotFound => None,
        };
        if let Some(trouble) = trouble {
            *open = Open { trouble, probe_at: later(now, self.probe_every) };
            return Change::None;
        }
        self.open = None;
        self.failures = 0;
        self.drifts = 0;
        Change::Closed
    }

    fn judge(&mut self, answer: &Answer) -> Option<Trouble> {
        match answer.outcome {
            Outcome::Auth => return Some(Trouble::Auth),
            Outcome::Config => return Some(Trouble::Config),
            Outcome::Unknown | Outcome::Delivered if answer.drift => {
                self.drifts = self.drifts.saturating_add(1);
                self.failures = 0;
            }
            Outcome::Unknown | Outcome::Transient => {
                self.failures = self.failures.saturating_add(1);
                self.drifts = 0;
            }
            Outcome::Throttled => {}
            Outcome::Delivered | Outcome::Duplicate | Outcome::Rejected | Outcome::NotFound => {
                self.failures = 0;
                self.drifts = 0;
            }
        }
        if self.drifts >= self.drifts_to_open {
            Some(Trouble::Drift)
        } else if self.failures >= self.failures_to_open {
            Some(Trouble::Down)
        } else {
            None
        }
    }
}
