//! The limits of a gate.

use std::time::Duration;

use super::breaker::Breaker;

/// The numbers that a gate keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most calls at one time.
    pub max_concurrency: u32,
    /// Most calls a second; 0 sets no limit.
    pub calls_per_second: u32,
    /// However long the portal asks us to wait, it is asked again after this.
    pub longest_pause: Duration,
    /// Failures in a row after which sending stops.
    pub failures: u32,
    /// Answers in a row that nobody understands, after which sending stops.
    pub drifts: u32,
    /// Time between probes while sending is stopped.
    pub probe_every: Duration,
}

impl Limits {
    pub(super) const fn breaker(&self) -> Breaker {
        Breaker::new(self.failures, self.drifts, self.probe_every)
    }

    pub(super) fn most_calls(&self) -> f64 {
        f64::from(self.max_concurrency.max(1))
    }

    /// The time between two calls at the allowed rate; nothing when there is no limit.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(1).checked_div(self.calls_per_second).unwrap_or(Duration::ZERO)
    }
}
