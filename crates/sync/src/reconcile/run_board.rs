//! The board on which runs are requested, and on which the state of the present, the last and the next runs is shown.
//! It outlives engines.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::request::RunRequest;
use super::summary::Summary;
use crate::compare_jobs::{Job, JobStates};

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
    /// The amount that is done.
    pub done: u64,
    /// The amount in all, as far as it is known.
    pub of: u64,
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

    pub(super) fn progressed(&self, ticket: u64, job: Job, done: u64, of: u64) {
        self.lock().running = Some(Progress { ticket, job, done, of });
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
