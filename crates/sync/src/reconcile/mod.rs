//! Comparing both sides regularly: the local database with the ledger, the ledger with the portal's counts, and single
//! dossiers with what the portal shows of them. A difference is kept with its cause and age, reported, and sent again
//! when that is wanted.
//!
//! Sending alone assumes that the portal kept what it accepted; this verifies it. Runs come by schedule or on request,
//! never two at once.

mod counts;
mod files;
mod judge;
mod lag;
mod look;
mod note;
mod repair;
mod request;
mod run;
mod run_board;
mod sample_bound;
pub(crate) mod schedules;
mod settings;
mod summary;

pub use settings::Settings;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::Mutex;

pub use crate::compare_jobs::{Job, JobStates};
pub use note::{Note, NoteKind};
pub use request::{RunRequest, Scope};
pub use run_board::{Done, Progress, RunBoard, RunsState};
pub use sample_bound::{CONFIDENCE, upper_bound};
pub use summary::{CellTotals, MonthPlan, Sample, Summary};

use crate::ctx::Ctx;
use crate::intake::{Intake, IntakeError};
use crate::vitals::Part;
use dongbo_ledger::{Difference, LedgerError, RunRecord};
use dongbo_model::{Cell, DossierCode};
use dongbo_model::{ErrorClass, FoundBy};
use dongbo_portal::{Evaluation, Portal, PortalError};
use dongbo_source::{Reading, Source, SourceError};
use files::Files;
use judge::Ages;
use run::Run;

/// Differences read at once.
const PAGE: u32 = 1_000;
/// Dossiers read from the local database at once.
const READ_AT_ONCE: u32 = 200;

/// Compares both sides.
pub struct Reconciler {
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// The local database.
    pub source: Arc<Source>,
    /// The portal.
    pub portal: Portal,
    /// Its counts; `None` when they are not compared.
    pub evaluation: Option<Evaluation>,
    /// `[reconcile]`.
    pub config: Settings,
    /// The folder for the files of runs.
    pub folder: PathBuf,
    /// Compares everything local with the ledger.
    pub sweeper: Intake,
    /// The lock of comparisons: never two at once, sweeps of the schedule included.
    pub alone: Arc<Mutex<()>>,
    /// The board on which runs are requested.
    pub board: Arc<RunBoard>,
    /// Draws samples and jitter.
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

impl Reconciler {
    /// A reconciler that reads by `intake`, is asked for runs on `board` and puts the files of its runs into `folder`.
    ///
    /// # Errors
    /// When the address or the certificate of the evaluation API cannot be used.
    pub fn new(
        config: &Settings,
        folder: PathBuf,
        intake: Intake,
        portal: Portal,
        of_portal: &dongbo_portal::Settings,
        board: Arc<RunBoard>,
        seed: u64,
    ) -> Result<Self, PortalError> {
        let clock = intake.ctx.clock.clone();
        Ok(Self {
            evaluation: Evaluation::new(&config.evaluation_url, &config.root_department, of_portal, clock)?,
            ctx: intake.ctx.clone(),
            source: Arc::clone(&intake.source),
            portal,
            config: config.clone(),
            folder,
            alone: Arc::clone(&intake.alone),
            longest_call: intake.longest_query().max(of_portal.total_timeout.saturating_mul(2)),
            sweeper: intake,
            board,
            // Its own, so that what it draws shifts nothing that sending draws.
            chance: StdRng::seed_from_u64(seed.rotate_left(32)),
        })
    }

    /// Makes one run. Nobody else may compare meanwhile.
    ///
    /// # Errors
    /// When the ledger, the local database or the disk fails.
    pub async fn reconcile(&mut self, ticket: u64, request: &RunRequest) -> Result<Summary, ReconcileError> {
        let began = self.ctx.clock.now();
        let id = began.format("%Y%m%dT%H%M%S%3fZ").to_string();
        let board = Arc::clone(&self.board);
        let mut run = Run {
            request,
            ticket,
            summary: Summary {
                id: id.clone(),
                jobs: request.jobs.clone(),
                scope: request.scope.clone(),
                by: request.by.clone(),
                started_at: began,
                dossiers: self.ctx.ledger.known().await?,
                ..Summary::default()
            },
            files: Files::begin(&self.folder, &id)?,
            board: &board,
            clock: self.ctx.clock.clone(),
            next_look_up: began,
            drawn: HashSet::new(),
            failures: 0,
        };
        for &job in &request.jobs {
            run.progressed(job, 0, 0, Duration::ZERO);
            match job {
                Job::Sweep => run.summary.swept = Some(self.sweeper.sweep(Part::Reconcile).await?),
                Job::Counts => self.count(&mut run).await?,
                Job::LookUps => self.look(&mut run).await?,
                Job::Catalogue => self.catalogue(&mut run).await?,
            }
        }
        if request.jobs.iter().any(|job| matches!(job, Job::Counts | Job::LookUps)) {
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
        for &job in request.jobs.iter().filter(|job| request.scope.is_all() && **job != Job::Sweep) {
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

    /// Hands every open difference to `take`, in the order of the codes.
    async fn each_difference(
        &self,
        found_by: Option<FoundBy>,
        mut take: impl FnMut(&Difference),
    ) -> Result<(), LedgerError> {
        let mut after = String::new();
        loop {
            let mut page = self.ctx.ledger.open_differences(found_by, &after, PAGE).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let Some(last) = page.last().map(|difference| difference.code.clone()) else { return Ok(()) };
            // The last code of a full page may go on in the next one.
            if !is_last && page.first().is_some_and(|first| first.code != last) {
                page.retain(|difference| difference.code != last);
            }
            page.iter().for_each(&mut take);
            if is_last {
                return Ok(());
            }
            let Some(read) = page.last() else { return Ok(()) };
            after.clone_from(&read.code);
        }
    }

    /// Reads dossiers as they are to be shown: with those of their files that are proved.
    async fn read(&self, codes: &[DossierCode]) -> Result<Vec<Reading>, ReconcileError> {
        let mut readings = self.source.read(codes).await?;
        let Some(delivery) = &self.sweeper.delivery else { return Ok(readings) };
        let known = self.ctx.ledger.known_files(codes).await?;
        let now = self.ctx.clock.now();
        for (code, reading) in codes.iter().zip(&mut readings) {
            if let Reading::Dossier(dossier) = reading {
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
            let readings = self.source.read(&codes).await?;
            let placed: Vec<(String, Cell)> = codes
                .iter()
                .zip(readings)
                .filter_map(|(code, reading)| match reading {
                    Reading::Dossier(dossier) => dossier.cell().map(|cell| (code.to_string(), cell)),
                    Reading::Absent | Reading::Defective(_) => None,
                })
                .collect();
            if !placed.is_empty() {
                self.ctx.ledger.place(&placed).await?;
            }
        }
    }
}
