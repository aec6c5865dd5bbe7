//! The times at which runs are made: by schedule while this daemon leads, and on request.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::note::NoteKind;
use super::request::{RunRequest, Scope};
use super::run_board::{Order, RunFailure};
use super::summary::Summary;
use super::{Reconciler, RunBoard};
use crate::compare_jobs::Job;
use crate::crew::{Again, Worker};
use crate::failures::Work;
use crate::reconcile::Settings;
use crate::vitals::Part;
use chrono::{DateTime, Utc};
use dongbo_model::ErrorClass;
use dongbo_model::clock::later;
use dongbo_model::schedule::Schedule;

/// The wait until a run of the schedule that failed, or that another daemon should have made, is considered again.
const AGAIN_AFTER: Duration = Duration::from_secs(600);

/// The name under which the schedule asks for runs.
const SCHEDULE: &str = "schedule";

/// A run that goes on; when it is dropped before its end, as by a reload, it goes back on the board.
struct Present<'d> {
    board: &'d RunBoard,
    ended: bool,
}

impl Present<'_> {
    fn end(mut self, result: Result<Summary, RunFailure>) {
        self.ended = true;
        self.board.ended(result);
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.board.interrupted();
        }
    }
}

/// The end of a run for its schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Whole,
    Cancelled,
    Failed,
}

/// Makes runs by schedule and on request. One that a reload interrupts goes on; one that a stop breaks off is not made up for:
/// the next one goes on where it is most worth it.
pub(crate) struct Comparing {
    reconciler: Reconciler,
    began: DateTime<Utc>,
    last: BTreeMap<Job, DateTime<Utc>>,
    not_before: BTreeMap<Job, DateTime<Utc>>,
    /// When a person cancelled the run of each; the ledger does not take these for runs.
    cancelled: BTreeMap<Job, DateTime<Utc>>,
}

impl From<Reconciler> for Comparing {
    fn from(reconciler: Reconciler) -> Self {
        let began = reconciler.ctx.clock.now();
        Self {
            reconciler,
            began,
            last: BTreeMap::new(),
            not_before: BTreeMap::new(),
            cancelled: BTreeMap::new(),
        }
    }
}

impl Worker for Comparing {
    type Error = Infallible;

    fn part(&self) -> Part {
        Part::Reconcile
    }

    async fn once(&mut self) -> Result<Again, Infallible> {
        self.reconciler.see_how_jobs_fared(&mut self.last).await;
        let first = self.plan();
        if let Some(order) = self.reconciler.board.take_request() {
            let jobs = if order.request.by == SCHEDULE { order.request.jobs.clone() } else { Vec::new() };
            let made = self.reconciler.make(order).await;
            self.note(&jobs, made);
            return Ok(Again::Now);
        }
        let now = self.reconciler.ctx.clock.now();
        match first {
            None => Ok(Again::Woken),
            Some((_, at)) if at > now => Ok(Again::AtOrWoken(at)),
            Some((job, _)) => {
                self.run_scheduled(job).await;
                Ok(Again::Now)
            }
        }
    }

    fn failed(&mut self, error: &Infallible, _: Duration) {
        match *error {}
    }

    async fn woken(&self) {
        self.reconciler.board.requested().await;
    }

    fn longest(&self) -> Duration {
        self.reconciler.longest_call
    }
}

impl Comparing {
    /// Plans when each job runs next, shows that on the board, and gives the first.
    fn plan(&self) -> Option<(Job, DateTime<Utc>)> {
        let now = self.reconciler.ctx.clock.now();
        let due: BTreeMap<Job, DateTime<Utc>> = self
            .reconciler
            .schedules()
            .iter()
            .filter_map(|(job, schedule)| Some((*job, schedule.next(self.last(*job))?)))
            .collect();
        // One that was missed, however often, is made up for once, and at once.
        let next: BTreeMap<Job, DateTime<Utc>> = due
            .iter()
            .map(|(job, due)| (*job, self.not_before.get(job).copied().unwrap_or(now).max(now).max(*due)))
            .collect();
        self.reconciler.board.plans(next.clone(), due);
        next.into_iter().min_by_key(|(job, at)| (*at, *job))
    }

    async fn run_scheduled(&mut self, job: Job) {
        let order = self.reconciler.board.scheduled(self.reconciler.scheduled(job));
        let leads = self.reconciler.ctx.vitals.moments().leads;
        let made = if leads { self.reconciler.make(order).await } else { Made::Failed };
        self.note(&[job], made);
    }

    /// Notes how a run of the schedule ended. One that a person cancelled has had its turn.
    fn note(&mut self, jobs: &[Job], made: Made) {
        let now = self.reconciler.ctx.clock.now();
        for &job in jobs {
            match made {
                Made::Whole | Made::Cancelled => {
                    self.last.insert(job, now);
                    self.not_before.remove(&job);
                }
                Made::Failed => {
                    self.not_before.insert(job, later(now, AGAIN_AFTER));
                }
            }
            if made == Made::Cancelled {
                self.cancelled.insert(job, now);
            }
        }
    }

    /// When the run of `job` that counts for its schedule ended last.
    fn last(&self, job: Job) -> DateTime<Utc> {
        let last = self.last.get(&job).copied().unwrap_or(self.began);
        self.cancelled.get(&job).copied().map_or(last, |cancelled| cancelled.max(last))
    }
}

impl Reconciler {
    /// Takes over from the ledger when each job last ended, and how it fared: runs of other daemons and of commands count.
    /// A job that cannot be read stays as it was.
    async fn see_how_jobs_fared(&self, last: &mut BTreeMap<Job, DateTime<Utc>>) {
        for &job in Job::ALL {
            if let (Ok(Some(at)), Ok(broken_off)) =
                (self.ctx.ledger.cursor(job.cursor()).await, self.broken_off(job).await)
            {
                last.insert(job, at);
                self.board.fared(job, at, broken_off);
            }
        }
    }

    /// The schedules that are in force; they were checked with the configuration.
    fn schedules(&self) -> BTreeMap<Job, Schedule> {
        let config = &self.config;
        let jobs = [
            (Job::Counts, &config.counts),
            (Job::LookUps, &config.look_ups),
            (Job::Catalogue, &config.catalogue),
        ];
        jobs.into_iter()
            .filter(|(job, _)| *job == Job::LookUps || self.inquiry.is_some())
            .filter_map(|(job, expression)| Some((job, Settings::schedule(expression).ok()??)))
            .collect()
    }

    fn scheduled(&self, job: Job) -> RunRequest {
        RunRequest {
            jobs: vec![job],
            scope: Scope::default(),
            full: false,
            repair: self.config.repair,
            yes: false,
            by: SCHEDULE.to_owned(),
        }
    }

    /// Makes the run that is asked for on the board, for a command while no daemon runs. The board shows its end.
    pub async fn make_requested(&mut self) {
        if let Some(order) = self.board.take_request() {
            self.make(order).await;
        }
    }

    /// Makes a run and logs it.
    async fn make(&mut self, order: Order) -> Made {
        let board = Arc::clone(&self.board);
        let Order { request, goes_on, .. } = order.clone();
        let cancel = board.begins(order, self.ctx.clock.now());
        let present = Present { board: &board, ended: false };
        let alone = Arc::clone(&self.alone);
        let vitals = Arc::clone(&self.ctx.vitals);
        let waiting = vitals.waits(Part::Reconcile);
        // A run that is cancelled before its turn goes through without doing anything.
        let _alone = cancel.run_until_cancelled(alone.lock()).await;
        drop(waiting);
        match self.reconcile(&request, goes_on, cancel).await {
            Ok(summary) => {
                tell(&summary);
                self.ctx.failures.worked(Work::Compare, "", "");
                self.ctx.metrics.compared(summary.looked_up, summary.repaired);
                let made = if summary.is_cancelled() { Made::Cancelled } else { Made::Whole };
                present.end(Ok(summary));
                made
            }
            Err(error) => {
                self.ctx.metrics.comparing_failed();
                // Who ordered a run hears of it; the schedule has nobody to tell.
                if request.by == SCHEDULE {
                    self.ctx.failures.failed(Work::Compare, "", "", error.class(), error.to_string());
                }
                tracing::error!(
                    event = "reconcile.failed",
                    class = error.class().name(),
                    by = %request.by,
                    "Both sides could not be compared: {error}"
                );
                present.end(Err(RunFailure { what: error.failed(), error: error.to_string() }));
                Made::Failed
            }
        }
    }
}

fn tell_cancelled(summary: &Summary) {
    tracing::info!(
        event = "reconcile.cancelled",
        run = %summary.id,
        by = %summary.by,
        looked_up = summary.looked_up,
        different = summary.different,
        left = summary.left,
        notes = summary.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        duration_s = summary.seconds(),
        "Reconciliation was cancelled after {} look-ups; what was found is kept",
        summary.looked_up
    );
}

/// One line on a run.
pub(super) fn tell(summary: &Summary) {
    if summary.is_cancelled() {
        tell_cancelled(summary);
        return;
    }
    let count = |many: &BTreeMap<String, u64>| {
        many.iter().map(|(name, many)| format!("{name}={many}")).collect::<Vec<_>>().join(" ")
    };
    let bound = summary.sample.bound;
    tracing::info!(
        event = "reconcile.done",
        run = %summary.id,
        by = %summary.by,
        jobs = summary.jobs.iter().map(|job| job.name()).collect::<Vec<_>>().join("+"),
        dossiers = summary.dossiers,
        cells = summary.cells.compared,
        cells_different = summary.cells.different,
        looked_up = summary.looked_up,
        equal = summary.equal,
        different = summary.different,
        in_flight = summary.in_flight,
        left = summary.left,
        opened = summary.opened,
        closed = summary.closed,
        repaired = summary.repaired,
        by_kind = count(&summary.by_kind),
        by_layer = count(&summary.by_layer),
        by_age = count(&summary.by_age),
        notes = summary.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        bound,
        duration_s = summary.seconds(),
        "Reconciliation done: {} looked up, {} equal, {} differ; {} differences are open, {} more than pending",
        summary.looked_up,
        summary.equal,
        summary.different,
        summary.by_age.values().sum::<u64>(),
        summary.serious()
    );
    if let Some(class) =
        summary.notes.iter().any(|note| note.is(NoteKind::Guarded)).then_some(ErrorClass::Config)
    {
        tracing::warn!(
            event = "reconcile.guarded",
            class = class.name(),
            run = %summary.id,
            "More differs in a month than reconcile.repair_share allows to be sent again unasked; look at it (dongbo \
             reconcile list), then say dongbo reconcile --repair --yes"
        );
    }
}
