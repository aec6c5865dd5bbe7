//! Looking into the stores of dossiers' owners: by the leading daemon, on schedule, a sample at a time, one look after another.
//!
//! Of each dossier in the sample the owner's identity is read from the local system at that moment, sent with the question, and kept
//! nowhere: the ledger has how many results were looked for and found. A sample that a restart interrupts is not gone on with; the
//! next one comes by the schedule.

mod draw;
mod settings;

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use draw::draw;
pub use settings::{RequesterError, Settings};

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::engine::BuildError;
use crate::sources::{ReadError, Sources};
use crate::vitals::Part;
use dongbo_ledger::{OwnerStoreCount, OwnerStoreLook};
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::{Mark, later};
use dongbo_model::schedule::Schedule;
use dongbo_model::{Cell, DossierCode, ErrorClass, vocabulary};
use dongbo_portal::{OwnerStore, OwnerStoreError, ResultsOfOwner};
use dongbo_source::Reading;

/// The name under which the ledger keeps when a sample was drawn last.
const DRAWN: &str = "owner_store.drawn";
/// The time between two looks whether this daemon leads.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The longest rest: who leads may change meanwhile.
const LONGEST_REST: Duration = Duration::from_secs(600);
/// Questions in a row without an answer, after which the sample is broken off.
const MOST_FAILURES: u32 = 3;
/// Waits after the store has refused, or has not answered.
const QUIET: Backoff = Backoff { base: Duration::from_secs(600), cap: Duration::from_secs(21_600) };

vocabulary! {
    /// The outcome of one dossier of a sample.
    pub enum LookOutcome {
        /// The store of its owner has every result.
        Confirmed = "confirmed";
        /// It lacks some.
        Missing = "missing";
        /// It could not be asked: the dossier cannot be read now, has no result with a code, or its owner has no identity number.
        Skipped = "skipped";
        /// The store gave no answer, or one that is not understood.
        Failed = "failed";
        /// The store refuses to be asked.
        Refused = "refused";
    }
}

/// How the looks stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnerStoreStanding {
    /// Dossiers of which the last look is known.
    pub looked: u64,
    /// Of these those of which the store has every result.
    pub confirmed: u64,
    /// When the last look was.
    pub last_at: Option<DateTime<Utc>>,
}

impl OwnerStoreStanding {
    /// The standing of these counts.
    #[must_use]
    pub fn of<'c>(counts: impl IntoIterator<Item = &'c OwnerStoreCount>) -> Self {
        counts.into_iter().fold(Self::default(), |all, one| Self {
            looked: all.looked + one.looked,
            confirmed: all.confirmed + one.confirmed,
            last_at: all.last_at.max(Some(one.last_at)),
        })
    }

    /// The share of those looked at that are confirmed; `None` while none was looked at.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        let float = |many: u64| f64::from(u32::try_from(many).unwrap_or(u32::MAX));
        (self.looked > 0).then(|| float(self.confirmed) / float(self.looked))
    }
}

/// Looks into stores.
pub(crate) struct Looker {
    ctx: Ctx,
    sources: Sources,
    store: OwnerStore,
    config: Settings,
    schedule: Schedule,
    /// The longest that one look may take.
    longest_look: Duration,
    chance: StdRng,
    started_at: DateTime<Utc>,
    /// The dossiers of the sample that are still to be looked at.
    left: Vec<(DossierCode, Cell)>,
    round: Round,
    quiet_until: Option<Mark>,
    /// Samples in a row that were broken off.
    broken_off: u32,
}

/// The sample that goes on: what came of it so far.
#[derive(Debug, Default)]
struct Round {
    looked: u64,
    missing: u64,
    skipped: u64,
    /// Questions in a row without an answer.
    failures: u32,
}

impl Worker for Looker {
    type Error = ReadError;

    fn part(&self) -> Part {
        Part::OwnerStore
    }

    async fn once(&mut self) -> Result<Again, ReadError> {
        let now = self.ctx.clock.now();
        if !self.ctx.vitals.moments().leads {
            self.left.clear();
            self.ctx.metrics.owner_store_stands(None);
            return Ok(Again::At(later(now, LOOK_EVERY)));
        }
        if let Some((code, cell)) = self.left.last().cloned() {
            self.look(code, cell).await?;
            self.left.pop();
            if self.left.is_empty() {
                self.end_round().await?;
            }
            let pace = Duration::from_secs(60) / self.config.per_minute.max(1);
            return Ok(Again::At(later(now, pace.mul_f64(self.chance.random_range(0.75..1.25)))));
        }
        let drawn_at = self.ctx.ledger.cursor(DRAWN).await?.unwrap_or(self.started_at);
        let quiet_until = self.quiet_until.map_or(drawn_at, |mark| self.ctx.clock.moment_of(mark));
        let next = self.schedule.next(drawn_at).unwrap_or(DateTime::<Utc>::MAX_UTC).max(quiet_until);
        if next > now {
            self.show().await?;
            return Ok(Again::At(next.min(later(now, LONGEST_REST))));
        }
        let sample = draw(&self.ctx, &self.config, &mut self.chance).await?;
        self.ctx.ledger.move_cursor(DRAWN, now).await?;
        (self.left, self.round) = (sample, Round::default());
        Ok(Again::Now)
    }

    fn failed(&mut self, error: &ReadError, wait: Duration) {
        let class = match error {
            ReadError::Ledger(error) => {
                self.ctx.ledger_failed(error);
                error.class()
            }
            ReadError::Source(error) => error.class(),
        };
        tracing::error!(
            event = "owner_store.not_read",
            class = class.name(),
            retry_in_s = wait.as_secs_f64(),
            "The sample of the owners' stores waits: {error}"
        );
    }

    fn longest(&self) -> Duration {
        self.longest_look
    }
}

impl Looker {
    /// One that looks as `config` says; `None` when no sample is to be drawn. Uses no network.
    ///
    /// # Errors
    /// The officer who answers for the looks is not known, or the client cannot be made.
    pub(crate) fn new(
        config: &crate::Settings,
        ctx: &Ctx,
        sources: &Sources,
        seed: u64,
    ) -> Result<Option<Self>, BuildError> {
        let Some((schedule, address)) = config.owner_store.schedule().zip(config.owner_store.address())
        else {
            return Ok(None);
        };
        let requester = config.owner_store.requester()?;
        Ok(Some(Self {
            ctx: ctx.clone(),
            sources: sources.clone(),
            store: OwnerStore::new(&address, requester, &config.portal, ctx.clock.clone())?,
            schedule,
            config: config.owner_store.clone(),
            longest_look: config.portal.total_timeout.saturating_mul(2),
            // A draw of its own, so that it shifts nothing that sending draws.
            chance: StdRng::seed_from_u64(seed.rotate_left(24)),
            started_at: ctx.clock.now(),
            left: Vec::new(),
            round: Round::default(),
            quiet_until: None,
            broken_off: 0,
        }))
    }

    /// Looks whether the owner of one dossier has its results, and writes it down.
    async fn look(&mut self, code: DossierCode, cell: Cell) -> Result<(), ReadError> {
        let reading = self.sources.read_some(&self.ctx, std::slice::from_ref(&code)).await?.pop();
        let answer = match reading {
            Some(Reading::Dossier(dossier)) => self.store.look(&dossier).await,
            Some(Reading::Defective(_) | Reading::Absent) | None => Ok(None),
        };
        let now = self.ctx.clock.now();
        let outcome = match answer {
            Ok(Some(ResultsOfOwner { wanted, found })) => {
                let look = OwnerStoreLook { code: code.to_string(), cell, looked_at: now, wanted, found };
                self.ctx.ledger.note_owner_store_look(&look).await?;
                self.round.looked += 1;
                self.round.missing += u64::from(!look.is_confirmed());
                (self.round.failures, self.broken_off) = (0, 0);
                if look.is_confirmed() { LookOutcome::Confirmed } else { LookOutcome::Missing }
            }
            Ok(None) => {
                self.round.skipped += 1;
                LookOutcome::Skipped
            }
            Err(error @ OwnerStoreError::Refused { .. }) => {
                self.break_off(&error, now);
                LookOutcome::Refused
            }
            Err(error) => {
                tracing::warn!(
                    event = "owner_store.not_answered",
                    class = ErrorClass::Transient.name(),
                    dossier = %code,
                    "The store of the owner of {code} was not seen: {error}"
                );
                self.round.failures += 1;
                if self.round.failures >= MOST_FAILURES {
                    self.break_off(&error, now);
                }
                LookOutcome::Failed
            }
        };
        self.ctx.metrics.owner_store_looked(outcome);
        Ok(())
    }

    /// Gives the sample up, and leaves the store alone for a while.
    fn break_off(&mut self, error: &OwnerStoreError, now: DateTime<Utc>) {
        self.broken_off += 1;
        self.left.truncate(1);
        let asked = match error {
            OwnerStoreError::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
            OwnerStoreError::Failed(_) => Duration::ZERO,
        };
        let wait = QUIET.ceiling(self.broken_off).max(asked.min(QUIET.cap));
        self.quiet_until = Some(self.ctx.clock.mark().later(wait));
        let until = later(now, wait);
        tracing::warn!(
            event = "owner_store.broken_off",
            class = ErrorClass::Transient.name(),
            until = %until.format("%Y-%m-%dT%H:%M:%SZ"),
            "The owners' stores are left alone for a while: {error}"
        );
    }

    /// Logs a sample that has ended.
    async fn end_round(&mut self) -> Result<(), ReadError> {
        let Round { looked, missing, skipped, .. } = self.round;
        tracing::info!(
            event = "owner_store.sampled",
            looked,
            missing,
            skipped,
            "The owners' stores of {looked} dossiers were looked into: {missing} lack a result; {skipped} could not be asked about"
        );
        self.show().await
    }

    async fn show(&self) -> Result<(), ReadError> {
        let counts = self.ctx.ledger.owner_store_counts().await?;
        self.ctx.metrics.owner_store_stands(Some(OwnerStoreStanding::of(&counts)));
        Ok(())
    }
}
