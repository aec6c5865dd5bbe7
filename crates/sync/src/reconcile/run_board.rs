//! The board on which runs are requested, and on which the state of the present, the last and the next runs is shown.
//! It outlives engines: a run that a reload interrupts goes on with the next engine.

use dongbo_model::locks::lock;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::checkpoint::Checkpoint;
use super::progress::{Amount, Progress};
use super::request::RunRequest;
use super::summary::Summary;
use crate::compare_jobs::{Job, JobStates};
use dongbo_model::vocabulary;

/// Most requests that wait for their turn.
const MOST_WAITING: usize = 16;
/// Runs whose ends are kept for those who asked for them.
const ENDS_KEPT: usize = 16;

/// The board of one daemon.
#[derive(Debug, Default)]
pub struct RunBoard {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    last_ticket: u64,
    waiting: VecDeque<Order>,
    running: Option<Running>,
    ended: VecDeque<Done>,
    jobs: JobStates,
}

/// A request for a run with its ticket, and where an interrupted one goes on.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) ticket: u64,
    pub(super) request: RunRequest,
    pub(super) goes_on: Option<Checkpoint>,
}

#[derive(Debug)]
struct Running {
    order: Order,
    progress: Progress,
    /// The amount that was done when the job was begun or gone on with.
    before: u64,
    cancel: CancellationToken,
    cancelled_by: Option<String>,
}

/// The ticket of a request, and whether it shares it with an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The ticket of the run.
    pub ticket: u64,
    /// Whether the run was under way, or asked for, already.
    pub joined: bool,
}

vocabulary! {
    /// The thing for which a run failed.
    pub enum Failed
    texts {
        /// The failure and what to do, in a sentence.
        text
    }
    {
        /// The ledger.
        Ledger = "ledger", [
            "sổ theo dõi không đọc hoặc không ghi được; xem: dongbo check",
            "the ledger cannot be read or written; see: dongbo check"
        ];
        /// The local database.
        Source = "source", [
            "không đọc được cơ sở dữ liệu một cửa; xem: dongbo check",
            "the local database cannot be read; see: dongbo check"
        ];
        /// The folder of the files of runs.
        Files = "files", [
            "không ghi được tệp của lần đối chiếu; xem reconcile.directory và dung lượng đĩa",
            "the files of the run cannot be written; look at reconcile.directory and the disk"
        ];
    }
}

/// The failure of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailure {
    /// The thing that failed.
    pub what: Failed,
    /// The error in English.
    pub error: String,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The ticket of the run.
    pub ticket: u64,
    /// Its findings, or why it failed.
    pub result: Result<Summary, RunFailure>,
}

/// The state of runs, as one who asked for a run sees it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RunsState {
    /// The run that goes on.
    pub running: Option<Progress>,
    /// Whether the run that was asked for waits for its turn.
    pub waiting: bool,
    /// The end of the run that was asked for.
    pub done: Option<Done>,
}

impl RunBoard {
    /// Requests a run and gives its ticket. One that is under way, or waits, and does what is asked is joined; behind any
    /// other one it waits for its turn. `None` when too many wait.
    pub fn request(&self, request: RunRequest) -> Option<Ticket> {
        let mut state = self.lock();
        let under_way = state.running.iter().filter(|running| running.cancelled_by.is_none());
        let mut orders = under_way.map(|running| &running.order).chain(&state.waiting);
        if let Some(order) = orders.find(|order| order.request.answers(&request)) {
            return Some(Ticket { ticket: order.ticket, joined: true });
        }
        if state.waiting.len() >= MOST_WAITING {
            return None;
        }
        let ticket = state.next_ticket();
        state.waiting.push_back(Order { ticket, request, goes_on: None });
        drop(state);
        self.wake.notify_one();
        Some(Ticket { ticket, joined: false })
    }

    /// Cancels the run that goes on, and those that wait, in the name of `by`. Returns how many; what a run has found by
    /// then is kept.
    pub fn cancel(&self, by: &str) -> usize {
        let mut state = self.lock();
        let waiting: Vec<Order> = state.waiting.drain(..).collect();
        for order in &waiting {
            let result = Ok(Summary::never_begun(&order.request, by));
            state.end(Done { ticket: order.ticket, result });
        }
        let running = state.running.as_mut().filter(|running| running.cancelled_by.is_none());
        let stopped = running.map_or(0, |running| {
            running.cancelled_by = Some(by.to_owned());
            running.cancel.cancel();
            1
        });
        waiting.len() + stopped
    }

    /// The state of runs, with the end of the run with this ticket.
    pub fn state(&self, ticket: u64) -> RunsState {
        let state = self.lock();
        RunsState {
            running: state.running.as_ref().map(|running| running.progress.clone()),
            waiting: state.waiting.iter().any(|order| order.ticket == ticket),
            done: state.ended.iter().find(|done| done.ticket == ticket).cloned(),
        }
    }

    /// The progress of the run that goes on.
    pub fn progress(&self) -> Option<Progress> {
        self.lock().running.as_ref().map(|running| running.progress.clone())
    }

    /// The state of each job, and the bound of the last sample.
    pub fn jobs(&self) -> JobStates {
        self.lock().jobs.clone()
    }

    /// Takes the request whose turn it is.
    pub(super) fn take_request(&self) -> Option<Order> {
        self.lock().waiting.pop_front()
    }

    /// A run of the schedule, with a ticket of its own.
    pub(super) fn scheduled(&self, request: RunRequest) -> Order {
        let ticket = self.lock().next_ticket();
        Order { ticket, request, goes_on: None }
    }

    /// Returns when a request waits.
    pub(super) async fn requested(&self) {
        loop {
            let requested = self.wake.notified();
            if !self.lock().waiting.is_empty() {
                return;
            }
            requested.await;
        }
    }

    /// Shows that a run is under way. The token is cancelled when somebody cancels it.
    pub(super) fn begins(&self, order: Order, now: DateTime<Utc>) -> CancellationToken {
        let cancel = CancellationToken::new();
        let progress = Progress {
            ticket: order.ticket,
            by: order.request.by.clone(),
            job: order.request.jobs.first().copied().unwrap_or(Job::LookUps),
            begun: now,
            done: 0,
            of: 0,
            expected_end: None,
        };
        self.lock().running =
            Some(Running { order, progress, before: 0, cancel: cancel.clone(), cancelled_by: None });
        cancel
    }

    /// Shows how far the run has come with `job` at `now`.
    pub(super) fn progressed(&self, job: Job, amount: Amount, now: DateTime<Utc>) {
        let mut state = self.lock();
        let Some(running) = state.running.as_mut() else { return };
        let progress = &mut running.progress;
        // The amount in all is known a while after a job has begun, and so is what was done before it was gone on with.
        if progress.job != job || progress.of == 0 {
            (progress.job, progress.begun, running.before) = (job, now, amount.done);
        }
        (progress.done, progress.of) = (amount.done, amount.of);
        progress.expected_end = amount.expected_end(progress.begun, running.before, now);
    }

    /// Keeps where the run goes on when it is interrupted.
    pub(super) fn keep(&self, checkpoint: Checkpoint) {
        if let Some(running) = self.lock().running.as_mut() {
            running.order.goes_on = Some(checkpoint);
        }
    }

    /// The person who cancelled the run that goes on.
    pub(super) fn cancelled_by(&self) -> Option<String> {
        self.lock().running.as_ref().and_then(|running| running.cancelled_by.clone())
    }

    /// Puts the run that goes on back before all others; whoever works on next goes on with it.
    pub(super) fn interrupted(&self) {
        let mut state = self.lock();
        if let Some(running) = state.running.take() {
            state.waiting.push_front(running.order);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Shows the end of the run that goes on.
    pub(super) fn ended(&self, result: Result<Summary, RunFailure>) {
        let mut state = self.lock();
        let Some(running) = state.running.take() else { return };
        if let Ok(summary) = &result {
            state.jobs.bound = summary.sample.bound.or(state.jobs.bound);
        }
        state.end(Done { ticket: running.order.ticket, result });
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
        lock(&self.state)
    }
}

impl State {
    fn next_ticket(&mut self) -> u64 {
        self.last_ticket += 1;
        self.last_ticket
    }

    fn end(&mut self, done: Done) {
        self.ended.push_front(done);
        self.ended.truncate(ENDS_KEPT);
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, RunBoard, Ticket};
    use crate::compare_jobs::Job;
    use crate::reconcile::{RunRequest, Scope};
    use chrono::{DateTime, TimeDelta};
    use std::time::Duration;

    fn request(jobs: &[Job]) -> RunRequest {
        let scope = Scope::default();
        let by = "lan".to_owned();
        RunRequest { jobs: jobs.to_vec(), scope, full: false, repair: false, yes: false, by }
    }

    /// A board with a run of look-ups under way, of the schedule.
    fn looking() -> RunBoard {
        let board = RunBoard::default();
        let order = board.scheduled(request(&[Job::LookUps]));
        board.begins(order, DateTime::UNIX_EPOCH);
        board
    }

    #[test]
    fn the_end_is_foretold_by_the_budget_first_and_then_by_what_was_done() {
        let board = looking();
        let begun = DateTime::UNIX_EPOCH;
        let pace = Duration::from_millis(500);
        let after = |seconds, done, of| {
            board.progressed(Job::LookUps, Amount { done, of, pace }, begun + TimeDelta::seconds(seconds));
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
    fn another_job_and_a_run_that_goes_on_are_forecast_by_what_they_do_themselves() {
        let board = looking();
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        board.progressed(Job::Counts, Amount::default(), at(1));
        board.progressed(Job::LookUps, Amount::default(), at(3));
        board.progressed(Job::LookUps, Amount { done: 4_000, of: 5_000, pace: Duration::ZERO }, at(4));
        assert_eq!(board.progress().unwrap().begun, at(4));
        board.progressed(Job::LookUps, Amount { done: 4_500, of: 5_000, pace: Duration::ZERO }, at(9));
        assert_eq!(board.progress().unwrap().expected_end, Some(at(14)), "4,000 were done before");
    }

    #[test]
    fn a_run_under_way_is_joined_and_another_one_waits_for_its_turn() {
        let board = looking();
        let plain = request(&[Job::Counts, Job::LookUps]);
        assert_eq!(board.request(plain.clone()), Some(Ticket { ticket: 1, joined: true }));
        let repair = RunRequest { repair: true, ..plain };
        assert_eq!(board.request(repair.clone()), Some(Ticket { ticket: 2, joined: false }));
        assert_eq!(board.request(repair), Some(Ticket { ticket: 2, joined: true }), "it waits already");
        let one = RunRequest {
            scope: Scope { dossier: Some("H1".to_owned()), ..Scope::default() },
            ..request(&[Job::LookUps])
        };
        assert_eq!(board.request(one), Some(Ticket { ticket: 3, joined: false }));
        assert!(board.state(3).waiting && !board.state(1).waiting);
    }

    #[test]
    fn a_cancelled_run_is_not_joined_and_those_that_wait_end_too() {
        let board = RunBoard::default();
        let cancel = board.begins(board.scheduled(request(&[Job::LookUps])), DateTime::UNIX_EPOCH);
        let repair = RunRequest { repair: true, ..request(&[Job::LookUps]) };
        board.request(repair);
        assert_eq!(board.cancel("hoa"), 2);
        assert!(cancel.is_cancelled());
        assert_eq!(board.cancelled_by().as_deref(), Some("hoa"));
        assert!(board.state(2).done.unwrap().result.unwrap().is_cancelled());
        assert_eq!(board.cancel("hoa"), 0, "there is nothing more to cancel");
        assert_eq!(board.request(request(&[Job::LookUps])), Some(Ticket { ticket: 3, joined: false }));
    }

    #[test]
    fn an_interrupted_run_keeps_its_ticket_and_comes_first() {
        let board = looking();
        board.request(request(&[Job::Counts]));
        board.interrupted();
        assert_eq!(board.progress(), None);
        let tickets = [board.take_request(), board.take_request()].map(|order| order.unwrap().ticket);
        assert_eq!(tickets, [1, 2]);
    }
}
