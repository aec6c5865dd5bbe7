//! The working part of the daemon: hears of local changes and sends them. A reload replaces it as a whole.

mod error;

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio_util::sync::CancellationToken;

pub use error::{BuildError, Died, ProofError};

use crate::Settings;
use crate::catalogue::{Refresher, Refreshing};
use crate::crew::{Cause, Crew, Post, Worker};
use crate::ctx::Ctx;
use crate::files::{Delivery, Files, FilesError};
use crate::housekeeping::Housekeeper;
use crate::inquiry::Inquiry;
use crate::intake::{Intake, Leader, MAPPING_MEMO};
use crate::owner_store::Looker;
use crate::published::Publisher;
use crate::push::{Pusher, SENDING_ENDS_WITHIN, Sending, Streams, Watcher};
use crate::reconcile::schedules::Comparing;
use crate::reconcile::{Ages, Reconciler, RunBoard};
use crate::reporting::Reporter;
use crate::resend::Resender;
use crate::sources::{OneSource, SourceCalls, Sources};
use crate::summing::Summer;
use crate::vitals::Part;
use dongbo_indicators::Book;
use dongbo_ledger::{LedgerError, SourcesAdopted, WantedSource};
use dongbo_model::Mode;
use dongbo_model::backoff::Backoff;
use dongbo_portal::{Observer, Outcome, Portal, Reader, Transport, Writing};

/// The name of this daemon, made of host, process and a random part, so that no other daemon on the ledger has it.
fn owner(chance: &mut StdRng) -> String {
    let system = rustix::system::uname();
    let host = system.nodename().to_string_lossy().into_owned();
    format!("{host} pid {} {:04x}", std::process::id(), chance.random::<u16>())
}

/// The two sides as the configuration names them.
struct Sides {
    sources: Sources,
    portal: Reader,
    /// Whoever has none cannot write to the portal.
    writes: Option<Writes>,
    /// The sources that are only watched; `None` when there are none.
    watched: Option<Sources>,
}

/// The portal for whoever writes to it, and the only sources whose dossiers that is for.
struct Writes {
    portal: Portal,
    sources: Sources,
}

impl Sides {
    async fn open(config: &Settings, ctx: &Ctx, observer: Observer) -> Result<Self, BuildError> {
        let of_portal = dongbo_portal::Settings { hash_key: ctx.hash_key.clone(), ..config.portal.clone() };
        let clock = || ctx.clock.clone();
        let sources = Sources::open(config, ctx, None).await?;
        if sources.of_mode(Mode::Push).is_some() {
            return Ok(Self::writing(sources, Portal::new(&of_portal, clock(), observer)?));
        }
        let portal = Reader::new(&of_portal, clock(), observer)?;
        Ok(Self { watched: Some(sources.clone()), sources, portal, writes: None })
    }

    fn writing(sources: Sources, portal: Portal) -> Self {
        Self {
            portal: portal.reader(),
            writes: sources.of_mode(Mode::Push).map(|sources| Writes { portal, sources }),
            watched: sources.of_mode(Mode::Watch),
            sources,
        }
    }

    /// The way of files to the portal; `None` when dongbo delivers none.
    fn delivery(&self, config: &Settings) -> Result<Option<Arc<Delivery>>, FilesError> {
        let Some(Writes { portal, sources }) = &self.writes else { return Ok(None) };
        Ok(Delivery::open(&config.files, sources, portal)?)
    }

    /// The readers of each source.
    fn intakes(
        &self,
        config: &Settings,
        ctx: &Ctx,
        delivery: Option<&Arc<Delivery>>,
    ) -> Result<Vec<Intake>, BuildError> {
        let alone = Arc::default();
        let intake = |one: &Arc<OneSource>| {
            let ctx = self.sources.ctx_of(ctx, one);
            let delivery = delivery.filter(|_| one.settings.mode == Mode::Push).cloned();
            Intake::new(ctx, one, config.push.live_for, delivery, &alone).map_err(BuildError::Schedule)
        };
        self.sources.iter().map(intake).collect()
    }

    fn reconciler(
        &self,
        config: &Settings,
        ctx: &Ctx,
        intakes: Vec<Intake>,
        board: &Arc<RunBoard>,
        inquiry: Option<Inquiry>,
        seed: u64,
    ) -> Reconciler {
        Reconciler::new(
            &config.reconcile,
            config.reconcile.folder(&config.ledger.path),
            ctx.clone(),
            (self.sources.clone(), intakes),
            (self.portal.clone(), config.portal.total_timeout, inquiry),
            Arc::clone(board),
            seed,
        )
    }
}

/// A reconciler by itself, for a command that compares both sides while no daemon runs. Runs are requested on `board`.
///
/// # Errors
/// When something in `config` is wrong that waiting does not cure.
pub async fn reconciler(
    config: &Settings,
    ctx: &Ctx,
    observer: Observer,
    board: &Arc<RunBoard>,
    seed: u64,
) -> Result<Reconciler, BuildError> {
    let sides = Sides::open(config, ctx, observer).await?;
    let delivery = sides.delivery(config)?;
    let intakes = sides.intakes(config, ctx, delivery.as_ref())?;
    let inquiry = Inquiry::new(&config.reconcile, &config.portal, ctx, seed)?;
    Ok(sides.reconciler(config, ctx, intakes, board, inquiry, seed))
}

/// Has a crew hire somebody.
type Hire = Box<dyn FnOnce(&mut Crew) + Send + Sync>;

/// Everything between the local database and the portal, ready to run; nothing has been read or sent.
pub struct Engine {
    ctx: Ctx,
    sides: Sides,
    intakes: Vec<Intake>,
    sending: Box<Sending>,
    /// A simulation has none.
    reconciler: Option<Reconciler>,
    /// `None` when no mapping names files.
    files: Option<Files>,
    resender: Resender,
    /// Only when the configuration wants the catalogue.
    refresher: Option<Refresher>,
    /// Only when there is an evaluation API whose figures are to be fetched.
    publisher: Option<Publisher>,
    /// Only when reports are to be drawn up on schedule.
    reporter: Option<Reporter>,
    /// Only when stores of owners are to be looked into.
    looker: Option<Looker>,
    /// A simulation has none.
    summer: Option<Summer>,
    housekeeper: Housekeeper,
    /// Workers of the floors above, to be hired with the others.
    others: Vec<Hire>,
    /// How long a claim lasts.
    lease: Duration,
}

impl Engine {
    /// Makes an engine from `config`. Neither the local database nor the portal is asked anything yet.
    ///
    /// Runs are requested on `board`; `seed` drives jitter and samples.
    ///
    /// # Errors
    /// When something is wrong that waiting does not cure.
    pub async fn build(
        config: &Settings,
        ctx: Ctx,
        board: &Arc<RunBoard>,
        observer: Observer,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let sides = Sides::open(config, &ctx, observer).await?;
        let mut engine = Self::assemble(config, ctx, sides, seed)?;
        let inquiry = Inquiry::new(&config.reconcile, &config.portal, &engine.ctx, seed)?;
        engine.publisher = Publisher::new(config, &engine.ctx, inquiry.as_ref());
        engine.looker = Looker::new(config, &engine.ctx, &engine.sides.sources, seed)?;
        engine.reporter = Reporter::new(config, &engine.ctx);
        let (ctx, intakes) = (&engine.ctx, engine.intakes.clone());
        engine.reconciler = Some(engine.sides.reconciler(config, ctx, intakes, board, inquiry, seed));
        // A file that cannot be used is told at the start.
        Book::open(&config.indicators, Vec::new())?;
        let live_for = config.push.live_for;
        let (ctx, config) = (engine.ctx.clone(), config.indicators.clone());
        engine.summer = Some(Summer { ctx, config, form: String::new(), live_for, targets_at: None });
        Ok(engine)
    }

    /// Makes an engine for a simulation: what is said to the portal goes by `transport`, and the calls of each
    /// local database go through its `calls`.
    ///
    /// # Errors
    /// As [`Engine::build`].
    pub async fn simulated(
        config: &Settings,
        ctx: Ctx,
        observer: Observer,
        transport: Arc<dyn Transport>,
        calls: SourceCalls,
        seed: u64,
    ) -> Result<Self, BuildError> {
        let sources = Sources::open(config, &ctx, Some(&calls)).await?;
        let portal = Portal::by(transport, &config.portal, ctx.clock.clone(), observer)?;
        Self::assemble(config, ctx, Sides::writing(sources, portal), seed)
    }

    fn assemble(config: &Settings, ctx: Ctx, sides: Sides, seed: u64) -> Result<Self, BuildError> {
        let Sides { sources, portal, writes, watched } = &sides;
        let mut chance = StdRng::seed_from_u64(seed);
        let owner = owner(&mut chance);
        let backoff = Backoff { base: config.push.backoff_base, cap: config.push.backoff_cap };
        let files = match writes {
            Some(Writes { portal, sources }) => {
                Files::new(config, backoff, &ctx, sources, portal, &owner, || StdRng::from_rng(&mut chance))?
            }
            None => None,
        };
        let delivery = files.as_ref().map(Files::delivery);
        let catalogue = sources.catalogue();
        warn_of_limits(config, portal);
        let streams = Streams {
            ctx: ctx.clone(),
            portal: portal.clone(),
            config: config.push.clone(),
            call_timeout: config.portal.total_timeout,
            owner,
        };
        let watcher = watched.as_ref().map(|sources| Watcher {
            sources: sources.clone(),
            config: config.watch.clone(),
            pace: config.reconcile.pace(),
            counted: !config.reconcile.evaluation_url.is_empty(),
            ages: Ages::of(&config.reconcile),
            // Its own, so that what it draws shifts nothing that sending draws.
            chance: StdRng::seed_from_u64(seed.rotate_left(16)),
        });
        let pusher = writes.as_ref().map(|Writes { portal, sources }| Pusher {
            sources: sources.clone(),
            portal: portal.clone(),
            catalogue: catalogue.clone(),
            batch_size: config.portal.batch_size,
            steps_per_call: config.portal.steps_per_call(),
            delivery: delivery.clone(),
            chance,
        });
        Ok(Self {
            intakes: sides.intakes(config, &ctx, delivery.as_ref())?,
            sending: Box::new(Sending { streams, pusher, watcher }),
            reconciler: None,
            publisher: None,
            reporter: None,
            looker: None,
            resender: Resender::new(&config.bridge, ctx.clone(), watched.as_ref())?,
            files,
            refresher: match portal.listing() {
                Some(listing) if config.catalogue.enabled => Some(Refresher {
                    ctx: ctx.clone(),
                    portal: listing,
                    schedule: config.catalogue.refresh.parse().map_err(BuildError::Refresh)?,
                    config: config.catalogue.clone(),
                    view: catalogue,
                    procedures: sources.iter().map(|one| one.mapping.procedures()).collect(),
                    longest_call: config.portal.total_timeout.saturating_mul(2),
                }),
                Some(_) | None => None,
            },
            summer: None,
            housekeeper: Housekeeper { ctx: ctx.clone(), keep: config.ledger.keep_history },
            others: Vec::new(),
            lease: config.push.lease,
            ctx,
            sides,
        })
    }

    /// Proves the configuration against the live systems: every query of the mapping, and the log-in at the portal.
    ///
    /// # Errors
    /// When the local database or the portal rejects the configuration, or cannot be reached.
    pub async fn prove(&self) -> Result<(), ProofError> {
        for one in self.sides.sources.iter() {
            one.source.probe().await?;
        }
        if let Some(files) = &self.files {
            files.probe().await?;
        }
        let answer = self.sides.portal.log_in().await;
        match answer.outcome {
            Outcome::Delivered => Ok(()),
            _ => Err(ProofError::Portal(answer)),
        }
    }

    /// Takes over the sources, of which some may be new and others be left, and takes note of a mapping that is not the one of the
    /// last complete sweep: what was held is tried again, and everything of that source is compared once. Of a source that was watched
    /// and is sent for now nobody knows what a vendor's bridge has sent since: what the portal may lack is looked up before anything
    /// is sent. Of one that is watched now and was sent for before, what was held is looked for.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn adopt_sources(&mut self) -> Result<(), LedgerError> {
        let sources = &self.sides.sources;
        let wanted = |one: &Arc<OneSource>| WantedSource {
            id: one.id,
            name: one.name.clone(),
            mode: one.settings.mode,
        };
        let wanted: Vec<WantedSource> = sources.iter().map(wanted).collect();
        tell_adopted(&self.ctx.ledger.adopt_sources(&wanted, self.ctx.clock.now()).await?, &wanted);
        for (one, intake) in sources.iter().zip(&mut self.intakes) {
            let ledger = &intake.ctx.ledger;
            let (memo, digest) = (ledger.own(MAPPING_MEMO), one.mapping.digest());
            match ledger.memo(&memo).await? {
                Some(before) if before == digest => {}
                Some(_) => {
                    let freed = ledger.free_held(self.ctx.clock.now()).await?;
                    ledger.judge_held_files_anew(self.ctx.clock.now()).await?;
                    tracing::info!(
                        event = "mapping.changed",
                        source = intake.ctx.log_source(),
                        freed,
                        "The mapping has changed: {freed} held dossiers are tried again and everything is compared once"
                    );
                    intake.new_mapping = Some(digest.to_owned());
                }
                None => ledger.remember(&memo, digest).await?,
            }
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

    /// This engine, with a worker of a floor above among its own.
    #[must_use]
    pub fn with(mut self, worker: impl Worker + 'static) -> Self {
        self.others.push(Box::new(|crew| crew.hire(worker)));
        self
    }

    /// Works until `stop`. Then it takes nothing new, finishes what is under way for up to eight seconds and gives back
    /// the rest.
    ///
    /// # Errors
    /// When a part of it ended by itself: then nothing is sent any more, so it stops for its supervisor to start it
    /// again.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Died> {
        self.ctx.failures.begin_engine();
        let names: Vec<&str> = self.intakes.iter().map(|intake| &*intake.ctx.source).collect();
        self.ctx.vitals.begin_engine(&names);
        let mut crew = Crew::new(self.ctx.clone(), stop.clone());
        crew.hire(Leader { ctx: self.ctx.clone(), intakes: self.intakes });
        let sending = Post {
            part: Part::Live,
            longest: self.lease,
            stop_within: SENDING_ENDS_WITHIN,
            may_outlast: false,
        };
        crew.hire_stream(sending, self.sending.run(stop.child_token()));
        if let Some(reconciler) = self.reconciler {
            crew.hire(Comparing::from(reconciler));
        }
        crew.hire(self.resender);
        if let Some(files) = self.files {
            files.join(&mut crew, &stop);
        }
        if let Some(refresher) = self.refresher {
            crew.hire(Refreshing::from(refresher));
        }
        if let Some(publisher) = self.publisher {
            crew.hire(publisher);
        }
        if let Some(reporter) = self.reporter {
            crew.hire(reporter);
        }
        if let Some(looker) = self.looker {
            crew.hire(looker);
        }
        if let Some(summer) = self.summer {
            crew.hire(summer);
        }
        crew.hire(self.housekeeper);
        for hire in self.others {
            hire(&mut crew);
        }
        let vitals = Arc::clone(&self.ctx.vitals);
        match crew.run_until(vitals.ledger_damage()).await.cause {
            Some(Cause::Died(part)) => Err(Died::Part(part.doing())),
            Some(Cause::Trouble(damage)) => Err(Died::Ledger(damage)),
            None => Ok(()),
        }
    }
}

/// Tells what has become of the sources that the ledger knew.
fn tell_adopted(adopted: &SourcesAdopted, wanted: &[WantedSource]) {
    if let (Some(before), [WantedSource { name, .. }]) = (&adopted.renamed_from, wanted) {
        tracing::info!(
            event = "source.renamed",
            source = name,
            before,
            "The source {before} is called {name} from now on; its dossiers stay its own"
        );
    }
    for name in &adopted.left {
        tracing::warn!(
            event = "source.left",
            source = name,
            "The configuration names the source {name} no more: its dossiers stay as they are and are read no more, unless another \
             source gives them; nothing is taken back from the portal"
        );
    }
    for changed in adopted.modes.iter().filter(|changed| changed.dossiers > 0) {
        tracing::warn!(
            event = "mode.changed",
            source = changed.name,
            mode = changed.mode.name(),
            dossiers = changed.dossiers,
            "The mode of source {} is {} now; {} dossiers are looked up",
            changed.name,
            changed.mode.name(),
            changed.dossiers
        );
    }
    if adopted.moved > 0 {
        tracing::info!(
            event = "source.dossiers_moved",
            dossiers = adopted.moved,
            "{} dossiers that several sources give are read from another one from now on",
            adopted.moved
        );
    }
}

/// Warns of promises that the configuration does not let dongbo keep.
fn warn_of_limits(config: &Settings, portal: &Reader) {
    if !portal.looks_up() {
        tracing::warn!(
            event = "portal.nothing_seen",
            "portal.ndxp.lookup_path is empty: what the portal has is never seen, so that what was sent without an answer is \
             sent again, a step may be shown twice, and nothing is compared"
        );
    } else if !config.portal.lookup.steps {
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
}
