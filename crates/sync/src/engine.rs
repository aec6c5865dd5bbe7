//! The working part of the daemon: hears of local changes and sends them. A reload replaces it as a whole.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Settings;
use crate::catalogue::Refresher;
use crate::ctx::Ctx;
use crate::files::store::StoreError;
use crate::files::{Files, FilesError};
use crate::housekeeping::Housekeeper;
use crate::intake::{Intake, MAPPING_MEMO};
use crate::push::Pusher;
use crate::reconcile::{Reconciler, RunBoard};
use dongbo_database::SimulatedCalls;
use dongbo_ledger::LedgerError;
use dongbo_model::Catalogue;
use dongbo_model::ErrorClass;
use dongbo_model::backoff::Backoff;
use dongbo_model::schedule::ScheduleError;
use dongbo_portal::{Answer, Evaluation, Observer, Outcome, Portal, PortalError, Transport, Writing};
use dongbo_source::{Mapping, MappingError, Source, SourceError};

/// How long what is under way may take after a stop; leases take care of what takes longer.
const STOP_WITHIN: Duration = Duration::from_secs(8);
/// How long a query of the local database may take after that.
const REST_WITHIN: Duration = Duration::from_secs(1);

/// An engine that could not be made from its configuration.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The mapping file cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The local database's address or password is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The portal's address, secret or certificate is wrong.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// Files cannot be brought to the portal as they are configured.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The schedule of sweeps is wrong.
    #[error("source.sweep: {0}")]
    Schedule(#[from] ScheduleError),
    /// The schedule of the catalogue is wrong.
    #[error("catalogue.refresh: {0}")]
    Refresh(ScheduleError),
}

impl BuildError {
    /// Who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Source(error) => error.class(),
            Self::Portal(error) => error.class(),
            Self::Files(error) => error.class(),
            Self::Mapping(_) | Self::Schedule(_) | Self::Refresh(_) => ErrorClass::Config,
        }
    }
}

/// A configuration that did not prove itself against the live systems.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The mapping does not fit the local database, or that cannot be asked.
    #[error("the local database does not take it: {0}")]
    Source(#[from] SourceError),
    /// A store of files does not let us read.
    #[error("a store of files does not take it: {0}")]
    Store(#[from] StoreError),
    /// The portal does not let us in.
    #[error("the portal does not take it ({}): {}", .0.outcome.name(), .0.message)]
    Portal(Answer),
}

impl ProofError {
    /// Who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Source(error) => error.class(),
            Self::Store(error) => error.class(),
            Self::Portal(answer) => answer.outcome.class(),
        }
    }
}

/// A part of the engine ended while nobody had asked it to.
#[derive(Debug, thiserror::Error)]
pub enum Died {
    /// It met a fault of ours.
    #[error("{0} has ended by itself; please report this with the log before it")]
    Part(&'static str),
    /// The ledger is damaged, and only a start can set it aside.
    #[error(
        "the ledger is damaged ({0}): dongbo ends. When it is started again it sets the file aside, builds a new ledger \
         from the local database and looks everything up on the portal. Check the disk (dmesg, smartctl)"
    )]
    Ledger(String),
}

/// Host, process and chance: whoever else works on the ledger has another name.
fn owner(chance: &mut StdRng) -> String {
    let system = rustix::system::uname();
    let host = system.nodename().to_string_lossy().into_owned();
    format!("{host} pid {} {:04x}", std::process::id(), chance.random::<u16>())
}

/// The mapping, with a catalogue that is to be filled when the configuration wants one.
fn mapping(config: &Settings) -> Result<Mapping, MappingError> {
    let catalogue = config.catalogue.enabled.then(Catalogue::default);
    Mapping::load_with(&config.source.mapping, catalogue)
}

/// Everything between the local database and the portal, ready to run; nothing has been read or sent.
pub struct Engine {
    ctx: Ctx,
    source: Arc<Source>,
    portal: Portal,
    mapping_digest: String,
    intake: Intake,
    pusher: Pusher,
    /// A simulation has none.
    reconciler: Option<Reconciler>,
    /// `None` when the mapping names no files.
    files: Option<Files>,
    /// Only when the configuration wants the catalogue.
    refresher: Option<Refresher>,
    housekeeper: Housekeeper,
}

impl Engine {
    /// Makes an engine from `config`. Neither the local database nor the portal is asked anything yet.
    ///
    /// Runs are requested on `board`; `seed` drives jitter and samples.
    ///
    /// # Errors
    /// When something is wrong that waiting does not cure.
    pub fn build(
        config: &Settings,
        ctx: Ctx,
        board: &Arc<RunBoard>,
        observer: Observer,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let mapping = mapping(config)?;
        let source = Arc::new(Source::open(&config.source, mapping.clone(), ctx.clock.clone())?);
        let portal = Portal::new(&config.portal, ctx.clock.clone(), observer)?;
        let mut engine = Self::assemble(config, ctx, source, portal, mapping, seed)?;
        engine.reconciler = Some(engine.compare(config, board, seed)?);
        Ok(engine)
    }

    fn compare(&self, config: &Settings, board: &Arc<RunBoard>, seed: u64) -> Result<Reconciler, BuildError> {
        Ok(Reconciler {
            ctx: self.ctx.clone(),
            source: Arc::clone(&self.source),
            portal: self.portal.clone(),
            evaluation: Evaluation::new(
                &config.reconcile.evaluation_url,
                &config.reconcile.root_department,
                &config.portal,
                self.ctx.clock.clone(),
            )?,
            config: config.reconcile.clone(),
            folder: config.reconcile.folder(&config.ledger.path),
            sweeper: self.intake.clone(),
            alone: Arc::clone(&self.intake.alone),
            board: Arc::clone(board),
            // Its own, so that what it draws shifts nothing that sending draws.
            chance: StdRng::seed_from_u64(seed.rotate_left(32)),
        })
    }

    /// What compares both sides, for who has no daemon run; a simulation has none.
    #[must_use]
    pub fn into_reconciler(self) -> Option<Reconciler> {
        self.reconciler
    }

    /// The same in a simulation: what is said to the portal goes by `transport`, and every call of the local database
    /// goes through `calls`.
    ///
    /// # Errors
    /// As [`Engine::build`].
    pub fn simulated(
        config: &Settings,
        ctx: Ctx,
        observer: Observer,
        transport: Arc<dyn Transport>,
        calls: SimulatedCalls,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let mapping = mapping(config)?;
        let source =
            Arc::new(Source::open(&config.source, mapping.clone(), ctx.clock.clone())?.simulated(calls));
        let portal = Portal::by(transport, &config.portal, ctx.clock.clone(), observer)?;
        Self::assemble(config, ctx, source, portal, mapping, seed)
    }

    fn assemble(
        config: &Settings,
        ctx: Ctx,
        source: Arc<Source>,
        portal: Portal,
        mapping: Mapping,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let catalogue = mapping.catalogue().unwrap_or_default();
        let mut chance = StdRng::seed_from_u64(seed);
        let owner = owner(&mut chance);
        let backoff = Backoff { base: config.push.backoff_base, cap: config.push.backoff_cap };
        let files = Files::new(&config.files, backoff, &ctx, &source, &portal, &owner, || {
            StdRng::from_rng(&mut chance)
        })?;
        let delivery = files.as_ref().map(Files::delivery);
        let intake = Intake {
            ctx: ctx.clone(),
            source: Arc::clone(&source),
            config: config.source.clone(),
            live_for: config.push.live_for,
            wake: Arc::new(Notify::new()),
            sweeps: config.source.sweep.parse()?,
            alone: Arc::new(tokio::sync::Mutex::new(())),
            mapping: mapping.digest().to_owned(),
            new_mapping: None,
            delivery: delivery.clone(),
        };
        let pusher = Pusher {
            ctx: ctx.clone(),
            source: Arc::clone(&source),
            portal: portal.clone(),
            catalogue: catalogue.clone(),
            config: config.push.clone(),
            batch_size: config.portal.batch_size,
            steps_per_call: config.portal.steps_per_call,
            call_timeout: config.portal.total_timeout,
            page_size: usize::try_from(config.source.page_size).unwrap_or(usize::MAX),
            owner,
            chance,
            delivery,
        };
        if !config.portal.lookup.steps {
            tracing::warn!(
                event = "portal.steps_unseen",
                "portal.lookup.steps is off: a step whose answer was lost may be shown twice, as nothing can tell"
            );
        }
        if portal.writing() == (Writing::InParts { resubmits: false }) {
            tracing::warn!(
                event = "portal.changes_not_carried",
                "portal.rest.resubmit is off: what changes of applicant, dates and papers after a dossier's create is not sent"
            );
        }
        let refresher = match &portal {
            Portal::Ndxp(ndxp) if config.catalogue.enabled => Some(Refresher {
                ctx: ctx.clone(),
                portal: ndxp.clone(),
                config: config.catalogue.clone(),
                schedule: config.catalogue.refresh.parse().map_err(BuildError::Refresh)?,
                view: catalogue,
                procedures: mapping.procedures(),
            }),
            Portal::Ndxp(_) | Portal::Rest(_) => None,
        };
        let housekeeper = Housekeeper { ctx: ctx.clone(), keep: config.ledger.keep_history };
        let mapping_digest = mapping.digest().to_owned();
        let reconciler = None;
        Ok(Self {
            ctx,
            source,
            portal,
            mapping_digest,
            intake,
            pusher,
            reconciler,
            files,
            refresher,
            housekeeper,
        })
    }

    /// Proves the configuration against the live systems: every query of the mapping, and the log-in at the portal.
    ///
    /// # Errors
    /// What the local database or the portal has against it, or that they cannot be asked.
    pub async fn prove(&self) -> Result<(), ProofError> {
        self.source.probe().await?;
        if let Some(files) = &self.files {
            files.probe().await?;
        }
        let answer = self.portal.log_in().await;
        match answer.outcome {
            Outcome::Delivered => Ok(()),
            _ => Err(ProofError::Portal(answer)),
        }
    }

    /// Takes note of a mapping that is not the one of the last complete sweep: what was held is tried again, and
    /// everything is compared once.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn adopt_mapping(&mut self) -> Result<(), LedgerError> {
        let ledger = &self.ctx.ledger;
        match ledger.memo(MAPPING_MEMO).await? {
            Some(before) if before == self.mapping_digest => {}
            Some(_) => {
                let freed = ledger.free_held(self.ctx.clock.now()).await?;
                ledger.judge_held_files_anew(self.ctx.clock.now()).await?;
                tracing::info!(
                    event = "mapping.changed",
                    freed,
                    "The mapping has changed: {freed} held dossiers are tried again and everything is compared once"
                );
                self.intake.new_mapping = Some(self.mapping_digest.clone());
            }
            None => ledger.remember(MAPPING_MEMO, &self.mapping_digest).await?,
        }
        Ok(())
    }

    /// Takes over what the ledger has of the portal's catalogue.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn adopt_catalogue(&self) -> Result<(), LedgerError> {
        match &self.refresher {
            Some(refresher) => refresher.load().await,
            None => Ok(()),
        }
    }

    /// Works until `stop`. Then it takes nothing new, finishes what is under way for up to eight seconds and gives back
    /// the rest.
    ///
    /// # Errors
    /// When a part of it ended by itself: then nothing is sent any more, so it stops for whoever can start it again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Died> {
        let reading = self.intake.config.connect_timeout.saturating_add(self.intake.config.statement_timeout);
        self.ctx.vitals.allow(reading, self.pusher.config.lease);
        let vitals = Arc::clone(&self.ctx.vitals);
        let clock = self.ctx.clock;
        let mut intake = tokio::spawn(self.intake.run(stop.clone()));
        let mut pusher = tokio::spawn(self.pusher.run(stop.child_token()));
        let mut comparing = self.reconciler.map(|it| tokio::spawn(it.run(stop.child_token())));
        let mut files = self.files.map(|files| tokio::spawn(files.run(stop.child_token())));
        let mut refresher = self.refresher.map(|refresher| tokio::spawn(refresher.run(stop.clone())));
        let mut housekeeper = tokio::spawn(self.housekeeper.run(stop.clone()));
        let died = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            damage = vitals.ledger_damage() => Some(Died::Ledger(damage)),
            _ = &mut pusher => Some(Died::Part("sending")),
            _ = &mut intake => Some(Died::Part("reading the local database")),
            () = ended(comparing.as_mut()) => Some(Died::Part("comparing both sides")),
            () = ended(files.as_mut()) => Some(Died::Part("bringing files to the portal")),
            () = ended(refresher.as_mut()) => Some(Died::Part("fetching the catalogue")),
            _ = &mut housekeeper => Some(Died::Part("keeping house in the ledger")),
        };
        // Parts that end because they were told to may be quicker than the word that they were.
        let died = died.filter(|_| !stop.is_cancelled());
        stop.cancel();
        // A call of the catalogue changes nothing, and what is old can go tomorrow: nobody waits for them.
        refresher.inspect(JoinHandle::abort);
        housekeeper.abort();
        if !pusher.is_finished() && clock.timeout(STOP_WITHIN, &mut pusher).await.is_none() {
            pusher.abort();
            tracing::warn!(
                event = "daemon.stop_late",
                "Some calls did not end in time; their dossiers will be looked up when dongbo starts again"
            );
        }
        if !intake.is_finished() && clock.timeout(REST_WITHIN, &mut intake).await.is_none() {
            intake.abort();
        }
        if let Some(mut comparing) = comparing.filter(|it| !it.is_finished())
            && clock.timeout(REST_WITHIN, &mut comparing).await.is_none()
        {
            comparing.abort();
        }
        if let Some(files) = files.as_mut()
            && !files.is_finished()
            && clock.timeout(REST_WITHIN, &mut *files).await.is_none()
        {
            files.abort();
        }
        died.map_or(Ok(()), Err)
    }
}

/// Ends with the task; never when there is none.
async fn ended(task: Option<&mut JoinHandle<()>>) {
    match task {
        Some(task) => drop(task.await),
        None => std::future::pending().await,
    }
}
