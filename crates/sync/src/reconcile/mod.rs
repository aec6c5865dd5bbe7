//! Comparing both sides regularly: the local database with the ledger, the ledger with the portal's counts, and single
//! dossiers with what the portal shows of them. A difference is kept with its cause and age, reported, and sent again
//! when that is wanted.
//!
//! Sending alone assumes that the portal kept what it accepted; this verifies it. Runs come by schedule or on request,
//! never two at once.

mod checkpoint;
mod counts;
mod files;
mod judge;
mod lag;
mod look;
mod note;
mod progress;
mod repair;
mod request;
mod run;
mod run_board;
mod sample_bound;
pub(crate) mod schedules;
mod settings;
mod summary;

pub use settings::Settings;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

pub use crate::compare_jobs::{Job, JobStates};
pub use note::{Note, NoteKind};
pub use progress::Progress;
pub use request::{RunRequest, Scope};
pub use run_board::{Done, Failed, RunBoard, RunFailure, RunsState, Ticket};
pub use sample_bound::{CONFIDENCE, upper_bound};
pub use summary::{CellTotals, Meaning, MonthPlan, Sample, Summary};

use crate::ctx::Ctx;
use crate::files::Delivery;
use crate::inquiry::Inquiry;
use crate::intake::{Intake, IntakeError};
use crate::sources::{ReadError, Sources};
use crate::vitals::Part;
use checkpoint::Checkpoint;
use dongbo_ledger::{Difference, FilesIn, LedgerError, RunRecord, Standing};
use dongbo_model::{Cell, DossierCode};
use dongbo_model::{ErrorClass, FoundBy};
use dongbo_portal::Reader;
use dongbo_source::{Reading, SourceError};
use files::Files;
pub(crate) use judge::Ages;
pub(crate) use look::nowhere;
use run::Run;
pub(crate) use run::tell_differences;

/// Dossiers read from the local database at once.
const READ_AT_ONCE: u32 = 200;

/// Compares both sides.
pub struct Reconciler {
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// The local databases.
    pub sources: Sources,
    /// The portal.
    pub portal: Reader,
    /// Its counts; `None` when they are not compared.
    pub(crate) inquiry: Option<Inquiry>,
    /// `[reconcile]`.
    pub config: Settings,
    /// The folder for the files of runs.
    pub folder: PathBuf,
    /// Compare everything local with the ledger, each what is in one source.
    pub sweepers: Vec<Intake>,
    /// The lock of comparisons: never two at once, sweeps of the schedule included.
    pub alone: Arc<Mutex<()>>,
    /// The board on which runs are requested.
    pub board: Arc<RunBoard>,
    /// Draws samples.
    pub chance: StdRng,
    /// The longest that one call, or one question to the local database, may take.
    pub longest_call: Duration,
}

/// A run that could not be made. Everything that it wrote down until then is true.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The local database failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The sweep failed.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The files of the run could not be written.
    #[error("the files of the run cannot be written: {0}; look at reconcile.directory")]
    Files(#[from] std::io::Error),
}

impl From<ReadError> for ReconcileError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Ledger(error) => Self::Ledger(error),
            ReadError::Source(error) => Self::Source(error),
        }
    }
}

impl ReconcileError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Ledger(error) => error.class(),
            Self::Source(error) => error.class(),
            Self::Intake(error) => error.class(),
            Self::Files(_) => ErrorClass::Config,
        }
    }
}

impl ReconcileError {
    /// The thing that failed.
    const fn failed(&self) -> Failed {
        match self {
            Self::Ledger(_) | Self::Intake(IntakeError::Ledger(_)) => Failed::Ledger,
            Self::Source(_) | Self::Intake(_) => Failed::Source,
            Self::Files(_) => Failed::Files,
        }
    }
}

impl Reconciler {
    /// A reconciler that reads `sources`, sweeps by `intakes`, is asked for runs on `board` and puts the files of its runs into `folder`.
    pub(crate) fn new(
        config: &Settings,
        folder: PathBuf,
        ctx: Ctx,
        (sources, intakes): (Sources, Vec<Intake>),
        (portal, call_timeout, inquiry): (Reader, Duration, Option<Inquiry>),
        board: Arc<RunBoard>,
        seed: u64,
    ) -> Self {
        let longest_query = intakes.iter().map(Intake::longest_query).max().unwrap_or_default();
        Self {
            inquiry,
            ctx,
            sources,
            portal,
            config: config.clone(),
            folder,
            alone: intakes.first().map(|intake| Arc::clone(&intake.alone)).unwrap_or_default(),
            longest_call: longest_query.max(call_timeout.saturating_mul(2)),
            sweepers: intakes,
            board,
            // Its own, so that what it draws shifts nothing that sending draws.
            chance: StdRng::seed_from_u64(seed.rotate_left(32)),
        }
    }

    /// Makes one run, or goes on with one that was interrupted, until it is done or cancelled. Nobody else may compare
    /// meanwhile.
    async fn reconcile(
        &mut self,
        request: &RunRequest,
        goes_on: Option<Checkpoint>,
        cancel: CancellationToken,
    ) -> Result<Summary, ReconcileError> {
        let board = Arc::clone(&self.board);
        let (summary, jobs_done, mut place) = match goes_on {
            Some(Checkpoint { summary, jobs_done, place }) => (summary, jobs_done, place),
            None => (self.beginning(request).await?, 0, None),
        };
        announce(&summary, jobs_done > 0 || place.is_some());
        let mut run = Run {
            request,
            files: Files::begin(&self.folder, &summary.id)?,
            summary,
            board: &board,
            clock: self.ctx.clock.clone(),
            cancel,
            jobs_done,
            next_look_up: self.ctx.clock.now(),
            drawn: Arc::default(),
            failures: 0,
        };
        for &job in request.jobs.iter().skip(jobs_done) {
            if run.cancel.is_cancelled() {
                break;
            }
            run.keep(place.clone());
            run.progressed(job, 0, 0, Duration::ZERO);
            match job {
                Job::Sweep => self.sweep(&mut run).await?,
                Job::Counts => self.count(&mut run).await?,
                Job::LookUps => self.look(&mut run, place.take()).await?,
                Job::Catalogue => self.catalogue(&mut run).await?,
            }
            run.jobs_done += 1;
        }
        if run.cancel.is_cancelled() {
            let by = board.cancelled_by().unwrap_or_default();
            run.note(Note::about(NoteKind::Cancelled, by));
        } else if request.jobs.iter().any(|job| matches!(job, Job::Counts | Job::LookUps)) {
            self.find_lagging(&mut run).await?;
            self.explain_cells(&mut run).await?;
            self.repair(&mut run).await?;
        }
        let sample = &mut run.summary.sample;
        if sample.looked_at > 0 {
            sample.bound = Some(upper_bound(sample.looked_at, sample.different));
        }
        self.finish(run).await
    }

    /// The summary of a run that begins now.
    async fn beginning(&self, request: &RunRequest) -> Result<Summary, LedgerError> {
        let began = self.ctx.clock.now();
        Ok(Summary {
            id: began.format("%Y%m%dT%H%M%S%3fZ").to_string(),
            jobs: request.jobs.clone(),
            scope: request.scope.clone(),
            by: request.by.clone(),
            started_at: began,
            dossiers: self.ctx.ledger.known().await?,
            ..Summary::default()
        })
    }

    /// Compares everything local with the ledger. Cancelled, it goes on the next time where it was.
    async fn sweep(&self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let of = run.summary.dossiers;
        let progressed = |done: u64| run.progressed(Job::Sweep, done, of.max(done), Duration::ZERO);
        let swept = self.sweep_all(progressed);
        if let Some(swept) = run.cancel.run_until_cancelled(swept).await {
            run.summary.swept = Some(swept?);
        }
        Ok(())
    }

    /// Sweeps one source after another. One of several that cannot be read is told of, and left to its own schedule.
    async fn sweep_all(&self, progressed: impl Fn(u64) + Send + Sync) -> Result<u64, IntakeError> {
        let (mut found, mut read, mut swept) = (0_u64, 0_u64, false);
        let mut failed = None;
        for sweeper in &self.sweepers {
            let done = AtomicU64::new(0);
            let of_this = |many: u64| {
                done.store(many, Ordering::Relaxed);
                progressed(read.saturating_add(many));
            };
            match sweeper.sweep(Part::Reconcile, of_this).await {
                Ok(differences) => {
                    found = found.saturating_add(differences);
                    swept = true;
                }
                Err(error @ IntakeError::Ledger(_)) => return Err(error),
                Err(error) => {
                    if self.sweepers.len() > 1 {
                        sweeper.report("sweep", &error, Duration::ZERO);
                    }
                    failed = Some(error);
                }
            }
            read = read.saturating_add(done.into_inner());
        }
        match failed {
            Some(error) if !swept => Err(error),
            _ => Ok(found),
        }
    }

    /// The way of files to the portal; `None` when dongbo delivers none.
    fn delivery(&self) -> Option<&Arc<Delivery>> {
        self.sweepers.iter().find_map(|sweeper| sweeper.delivery.as_ref())
    }

    /// Counts what is open, writes the files, and keeps the run.
    async fn finish(&self, run: Run<'_>) -> Result<Summary, ReconcileError> {
        let Run { mut summary, files, request, .. } = run;
        let mut lists = files.lists()?;
        let mut written = Ok(());
        self.each_difference(None, |difference| {
            let named = request.scope.dossier.as_ref().is_none_or(|code| *code == difference.code);
            if !named || !request.scope.holds(Some(&difference.cell)) {
                return;
            }
            *summary.by_kind.entry(difference.kind.name().to_owned()).or_default() += 1;
            *summary.by_layer.entry(difference.layer.name().to_owned()).or_default() += 1;
            *summary.by_age.entry(difference.age.name().to_owned()).or_default() += 1;
            if written.is_ok() {
                written = lists.add(difference);
            }
        })
        .await?;
        written?;
        lists.end()?;
        summary.files_missing = self.ctx.ledger.files_missing(&files_in(&request.scope)).await?;
        summary.ended_at = self.ctx.clock.now();
        files.end(&summary, self.config.keep_runs)?;
        let record = RunRecord {
            id: summary.id.clone(),
            started_at: summary.started_at,
            ended_at: summary.ended_at,
            summary: serde_json::to_string(&summary).map_err(std::io::Error::from)?,
        };
        self.ctx.ledger.add_run(&record, self.config.keep_runs).await?;
        // A run of less than everything does not stand for the schedule's.
        let whole = request.scope.is_all() && !summary.is_cancelled();
        for &job in request.jobs.iter().filter(|job| whole && **job != Job::Sweep) {
            self.ctx.ledger.move_cursor(job.cursor(), summary.ended_at).await?;
            let broken_off = if summary.broke_off(job) { self.broken_off(job).await? + 1 } else { 0 };
            self.ctx.ledger.remember(&job.broken_off_memo(), &broken_off.to_string()).await?;
        }
        Ok(summary)
    }

    /// The number of runs of `job` in a row that the portal has broken off, up to the last one.
    async fn broken_off(&self, job: Job) -> Result<u64, LedgerError> {
        let kept = self.ctx.ledger.memo(&job.broken_off_memo()).await?;
        Ok(kept.and_then(|kept| kept.parse().ok()).unwrap_or(0))
    }

    fn ages(&self) -> Ages {
        Ages::of(&self.config)
    }

    async fn each_difference(
        &self,
        found_by: Option<FoundBy>,
        take: impl FnMut(&Difference),
    ) -> Result<(), LedgerError> {
        self.ctx.ledger.each_difference(found_by, take).await
    }

    /// Reads dossiers, which stand so, from the first on as many as there is room for, as they are to be shown: with those of their
    /// files that are proved. A vendor's bridge has files of its own.
    async fn read_some(
        &self,
        codes: &[DossierCode],
        before: &HashMap<String, Standing>,
    ) -> Result<Vec<Reading>, ReconcileError> {
        let mut readings = self.sources.read_some(&self.ctx, codes).await?;
        let Some(delivery) = self.delivery() else { return Ok(readings) };
        let known = self.ctx.ledger.known_files(codes).await?;
        let now = self.ctx.clock.now();
        for (code, reading) in codes.iter().zip(&mut readings) {
            let watched = before.get(code.as_str()).is_some_and(|its| self.sources.watches(its.source));
            if let Reading::Dossier(dossier) = reading
                && !watched
            {
                delivery.ship(dossier, known.get(code.as_str()).map(Vec::as_slice).unwrap_or_default(), now);
            }
        }
        Ok(readings)
    }

    /// Finds out the cells of dossiers that were accepted before cells were noted.
    async fn place_unplaced(&self) -> Result<(), ReconcileError> {
        let mut after = String::new();
        loop {
            let page = self.ctx.ledger.unplaced(&after, READ_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(last);
            let codes: Vec<DossierCode> = page.iter().filter_map(|code| DossierCode::new(code)).collect();
            let mut placed: Vec<(String, Cell)> = Vec::new();
            let mut left = codes.as_slice();
            while !left.is_empty() {
                let readings = self.sources.read_some(&self.ctx, left).await?;
                let (these, others) = left.split_at(readings.len().min(left.len()));
                for (code, reading) in these.iter().zip(readings) {
                    if let Reading::Dossier(dossier) = reading {
                        placed.extend(dossier.cell().map(|cell| (code.to_string(), cell)));
                    }
                }
                left = others;
            }
            if !placed.is_empty() {
                self.ctx.ledger.place(&placed).await?;
            }
        }
    }
}

/// Logs that a run begins, or goes on.
fn announce(summary: &Summary, goes_on: bool) {
    tracing::info!(
        event = "reconcile.began",
        run = %summary.id,
        by = %summary.by,
        jobs = summary.jobs.iter().map(|job| job.name()).collect::<Vec<_>>().join("+"),
        dossiers = summary.dossiers,
        goes_on,
        "Reconciliation {}; dongbo status shows how far it is, dongbo reconcile cancel ends it",
        if goes_on { "goes on where it was interrupted" } else { "begins" }
    );
}

fn files_in(scope: &Scope) -> FilesIn {
    FilesIn {
        dossier: scope.dossier.clone(),
        agency: scope.agency.clone(),
        procedure: scope.procedure.clone(),
        month: scope.month,
    }
}
