//! The board on which runs are requested, and on which the state of the present, the last and the next runs is shown.
//! It outlives engines.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::request::RunRequest;
use super::summary::Summary;
use crate::compare_jobs::{Job, JobStates};
use dongbo_model::clock::later;

/// The board of one daemon.
#[derive(Debug, Default)]
pub struct RunBoard {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    last_ticket: u64,
    waiting: Option<(u64, RunRequest)>,
    running: Option<Progress>,
    done: Option<Done>,
    jobs: JobStates,
}

/// The progress of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The ticket of its request; 0 for a run of the schedule.
    pub ticket: u64,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) done: u64,
    pub(super) of: u64,
    pub(super) pace: Duration,
}

impl Amount {
    /// When all of it is done, at the pace so far and no sooner than the configuration allows.
    fn expected_end(self, begun: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let left = self.of.checked_sub(self.done)?;
        let so_far = (now - begun).to_std().unwrap_or_default().as_secs_f64();
        let each = match self.done {
            0 => self.pace.as_secs_f64(),
            done => (so_far / float(done)).max(self.pace.as_secs_f64()),
        };
        let known = self.of > 0 && (self.done > 0 || !self.pace.is_zero());
        let wait = Duration::try_from_secs_f64(each * float(left)).ok().filter(|_| known)?;
        Some(later(now, wait))
    }
}

fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The ticket of its request; 0 for a run of the schedule.
    pub ticket: u64,
    /// Its findings, or why it failed.
    pub result: Result<Summary, String>,
}

/// The state of runs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunsState {
    /// The run that goes on.
    pub running: Option<Progress>,
    /// Whether a request waits for its turn.
    pub waiting: bool,
    /// The run that ended last.
    pub done: Option<Done>,
}

impl RunBoard {
    /// Requests a run and gives its ticket; `None` while another request waits or a run goes on.
    pub fn request(&self, request: RunRequest) -> Option<u64> {
        let mut state = self.lock();
        if state.waiting.is_some() || state.running.is_some() {
            return None;
        }
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        state.waiting = Some((ticket, request));
        drop(state);
        self.wake.notify_one();
        Some(ticket)
    }

    /// The state of runs.
    pub fn state(&self) -> RunsState {
        let state = self.lock();
        RunsState {
            running: state.running.clone(),
            waiting: state.waiting.is_some(),
            done: state.done.clone(),
        }
    }

    /// The progress of the run that goes on.
    pub fn progress(&self) -> Option<Progress> {
        self.lock().running.clone()
    }

    /// The state of each job, and the bound of the last sample.
    pub fn jobs(&self) -> JobStates {
        self.lock().jobs.clone()
    }

    /// Takes the request that waits, with its ticket.
    pub(super) fn take_request(&self) -> Option<(u64, RunRequest)> {
        self.lock().waiting.take()
    }

    /// Returns when a request waits.
    pub(super) async fn requested(&self) {
        loop {
            let requested = self.wake.notified();
            if self.lock().waiting.is_some() {
                return;
            }
            requested.await;
        }
    }

    /// Shows how far `job` of the run with this ticket has come at `now`.
    pub(super) fn progressed(&self, ticket: u64, job: Job, amount: Amount, now: DateTime<Utc>) {
        let mut state = self.lock();
        let before = state.running.as_ref().filter(|before| before.ticket == ticket && before.job == job);
        let begun = before.map_or(now, |before| before.begun);
        let Amount { done, of, .. } = amount;
        let expected_end = amount.expected_end(begun, now);
        state.running = Some(Progress { ticket, job, begun, done, of, expected_end });
    }

    pub(super) fn ended(&self, ticket: u64, result: Result<Summary, String>) {
        let mut state = self.lock();
        state.running = None;
        if let Ok(summary) = &result {
            state.jobs.bound = summary.sample.bound.or(state.jobs.bound);
        }
        state.done = Some(Done { ticket, result });
    }

    pub(super) fn fared(&self, job: Job, last: DateTime<Utc>, broken_off: u64) {
        let jobs = &mut self.lock().jobs;
        jobs.last.insert(job, last);
        jobs.broken_off.insert(job, broken_off);
    }

    pub(super) fn plans(&self, next: BTreeMap<Job, DateTime<Utc>>, due: BTreeMap<Job, DateTime<Utc>>) {
        let jobs = &mut self.lock().jobs;
        jobs.next = next;
        jobs.due = due;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, RunBoard};
    use crate::compare_jobs::Job;
    use chrono::{DateTime, TimeDelta};
    use std::time::Duration;

    #[test]
    fn the_end_is_foretold_by_the_budget_first_and_then_by_what_was_done() {
        let board = RunBoard::default();
        let begun = DateTime::UNIX_EPOCH;
        let pace = Duration::from_millis(500);
        let after = |seconds, done, of| {
            board.progressed(7, Job::LookUps, Amount { done, of, pace }, begun + TimeDelta::seconds(seconds));
            let progress = board.progress().unwrap();
            assert_eq!((progress.begun, progress.done, progress.of), (begun, done, of));
            (progress.share(), progress.expected_end.map(|end| (end - begun).num_seconds()))
        };
        // 5,000 look-ups at 120 a minute take 42 minutes.
        assert_eq!(after(0, 0, 5_000), (Some(0.0), Some(2_500)));
        assert_eq!(after(1_000, 1_000, 5_000), (Some(0.2), Some(5_000)), "it is slower than it may be");
        assert_eq!(after(1_001, 5_000, 5_000), (Some(1.0), Some(1_001)));
        assert_eq!(after(1_002, 0, 0), (None, None), "nobody knows how much it is");
    }

    #[test]
    fn another_job_begins_anew() {
        let board = RunBoard::default();
        let amount = Amount { done: 0, of: 0, pace: Duration::ZERO };
        board.progressed(0, Job::Counts, amount, DateTime::UNIX_EPOCH);
        let later = DateTime::UNIX_EPOCH + TimeDelta::minutes(3);
        board.progressed(0, Job::LookUps, amount, later);
        assert_eq!(board.progress().unwrap().begun, later);
    }
}
