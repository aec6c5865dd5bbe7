//! Where orders for runs are left, and how the present run and the next ones stand. It outlives engines.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::order::{Order, Summary};
use crate::jobs::{Job, JobStates};

/// The desk of one daemon.
#[derive(Debug, Default)]
pub struct Desk {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    last_ticket: u64,
    waiting: Option<(u64, Order)>,
    running: Option<Progress>,
    done: Option<Done>,
    jobs: JobStates,
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The ticket of its order; 0 for a run of the schedule.
    pub ticket: u64,
    /// What it does now.
    pub job: Job,
    /// How much of it is done.
    pub done: u64,
    /// How much it is in all, as far as is known.
    pub of: u64,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The ticket of its order; 0 for a run of the schedule.
    pub ticket: u64,
    /// What it found, or why it failed.
    pub result: Result<Summary, String>,
}

/// How runs stand.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeskState {
    /// The run that goes on.
    pub running: Option<Progress>,
    /// Whether an order waits for its turn.
    pub waiting: bool,
    /// The run that ended last.
    pub done: Option<Done>,
}

impl Desk {
    /// Leaves an order and gives its ticket; `None` while another one waits or a run goes on.
    pub fn order(&self, order: Order) -> Option<u64> {
        let mut state = self.lock();
        if state.waiting.is_some() || state.running.is_some() {
            return None;
        }
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        state.waiting = Some((ticket, order));
        drop(state);
        self.wake.notify_one();
        Some(ticket)
    }

    /// How runs stand.
    pub fn state(&self) -> DeskState {
        let state = self.lock();
        DeskState {
            running: state.running.clone(),
            waiting: state.waiting.is_some(),
            done: state.done.clone(),
        }
    }

    /// When each job ended and runs next, how it fared, and the bound of the last sample.
    pub fn jobs(&self) -> JobStates {
        self.lock().jobs.clone()
    }

    /// Takes the order that waits, with its ticket.
    pub(super) fn take_order(&self) -> Option<(u64, Order)> {
        self.lock().waiting.take()
    }

    /// Returns when an order waits.
    pub(super) async fn ordered(&self) {
        loop {
            let ordered = self.wake.notified();
            if self.lock().waiting.is_some() {
                return;
            }
            ordered.await;
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
