//! A count of what happens often and is told in the log once a minute at most.

use dongbo_model::locks::lock;
use std::sync::Mutex;
use std::time::Duration;

use dongbo_model::clock::{Clock, Mark};

/// The log tells no more often.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// The count since it was told last.
pub(super) struct Tally {
    clock: Clock,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    at: Option<Mark>,
    since: u64,
}

impl Tally {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, told: Mutex::default() }
    }

    /// Counts one more, and gives the count when it is to be told.
    pub(super) fn count(&self) -> Option<u64> {
        let mut told = lock(&self.told);
        told.since = told.since.saturating_add(1);
        if told.at.is_some_and(|at| self.clock.since(at) < TOLD_EVERY) {
            return None;
        }
        told.at = Some(self.clock.mark());
        Some(std::mem::take(&mut told.since))
    }
}
