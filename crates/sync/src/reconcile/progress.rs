//! The progress of a run: how far its job has come, and when it is expected to end.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compare_jobs::Job;
use dongbo_model::clock::later;

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The ticket of the run.
    pub ticket: u64,
    /// The person or schedule that asked for it.
    pub by: String,
    /// The job that it does now.
    pub job: Job,
    /// When it began this job.
    pub begun: DateTime<Utc>,
    /// The amount that is done.
    pub done: u64,
    /// The amount in all; 0 while it is not known.
    pub of: u64,
    /// When this job is expected to end; `None` while that cannot be foretold.
    pub expected_end: Option<DateTime<Utc>>,
}

impl Progress {
    /// The share that is done, from 0 to 1; `None` while the whole is not known.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| (float(self.done) / float(self.of)).min(1.0))
    }
}

/// The amounts of one job, and the least time that one of them takes by the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Amount {
    pub(super) done: u64,
    pub(super) of: u64,
    pub(super) pace: Duration,
}

impl Amount {
    /// When all of it is done, at the pace since `before` was done at `begun` and no sooner than the configuration allows.
    pub(super) fn expected_end(
        self,
        begun: DateTime<Utc>,
        before: u64,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let left = self.of.checked_sub(self.done)?;
        let so_far = (now - begun).to_std().unwrap_or_default().as_secs_f64();
        let done = self.done.saturating_sub(before);
        let each = match done {
            0 => self.pace.as_secs_f64(),
            done => (so_far / float(done)).max(self.pace.as_secs_f64()),
        };
        let known = self.of > 0 && (done > 0 || !self.pace.is_zero());
        let wait = Duration::try_from_secs_f64(each * float(left)).ok().filter(|_| known)?;
        Some(later(now, wait))
    }
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
