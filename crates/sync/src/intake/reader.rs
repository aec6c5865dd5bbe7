//! The reader of local changes: what polls, sweeps and backfills share.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::heard::Heard;
use crate::bells::Bell;
use crate::ctx::Ctx;
use crate::facts::FactsTeller;
use crate::failures::Work;
use crate::files::Delivery;
use crate::sources::OneSource;
use dongbo_ledger::{LedgerError, Touch, Touched};
use dongbo_model::ErrorClass;
use dongbo_model::schedule::{Schedule, ScheduleError};
use dongbo_model::{Finding, FindingKind};
use dongbo_source::{Change, Source, SourceError};

/// The name under which the ledger remembers the mapping of the last complete sweep.
pub const MAPPING_MEMO: &str = "mapping";
/// The cursor's name in the ledger: the newest local change up to which everything was read.
pub const CURSOR: &str = "intake";

/// Hears of local changes.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The local database.
    pub source: Arc<Source>,
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// `[source]`.
    pub config: dongbo_source::Settings,
    /// The time for which a change counts as live.
    pub live_for: Duration,
    /// Notified when the next poll shall come at once.
    pub wake: Arc<Notify>,
    /// When full sweeps run.
    pub sweeps: Schedule,
    /// Held while everything is compared, so that two never do so at once.
    pub alone: Arc<tokio::sync::Mutex<()>>,
    /// The digest of the mapping in force.
    pub mapping: String,
    /// When the mapping is another than the one of the last complete sweep: its digest. One sweep then runs at the
    /// start, and the digest is remembered when it is done.
    pub new_mapping: Option<String>,
    /// What was heard of by each of several queries for changes.
    pub(super) heard: Arc<Heard>,
    /// The way of files to the portal; `None` when dongbo delivers none.
    pub delivery: Option<Arc<Delivery>>,
    pub(super) teller: FactsTeller,
}

/// An intake that could not be done. Nothing is lost: the next one begins where the last complete one ended.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The local database could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A sweep that is not in the order of codes cannot tell which are missing.
    #[error(
        "the mapping's [sweep] gives \"{}\" after \"{}\", which is not the order of their bytes; \
         order and compare the code bytewise (PostgreSQL: COLLATE \"C\"; MySQL, MariaDB: CAST(code AS BINARY))",
        .later.escape_debug(), .earlier.escape_debug()
    )]
    Unordered {
        /// The code that came first.
        earlier: String,
        /// The code that came after it.
        later: String,
    },
}

impl IntakeError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Source(error) => error.class(),
            Self::Ledger(error) => error.class(),
            Self::Unordered { .. } => ErrorClass::Config,
        }
    }
}

impl Intake {
    /// The intake of one source, where a change counts as live for `live_for`. `alone` is held while
    /// everything is compared.
    ///
    /// # Errors
    /// When the schedule of sweeps cannot be read.
    pub fn new(
        ctx: Ctx,
        one: &OneSource,
        live_for: Duration,
        delivery: Option<Arc<Delivery>>,
        alone: &Arc<tokio::sync::Mutex<()>>,
    ) -> Result<Self, ScheduleError> {
        Ok(Self {
            teller: FactsTeller::new(&ctx, one.settings.mode),
            ctx,
            source: Arc::clone(&one.source),
            heard: Arc::new(Heard::of(one.source.change_queries().len())),
            config: one.settings.clone(),
            live_for,
            wake: Arc::default(),
            sweeps: one.settings.sweep.parse()?,
            alone: Arc::clone(alone),
            mapping: one.mapping.digest().to_owned(),
            new_mapping: None,
            delivery,
        })
    }

    /// Touches a page, and moves the cursor that `read_to` names with it. What is known already counts once more `again_after`
    /// it was first heard of.
    pub(super) async fn touch(
        &self,
        page: Vec<Change>,
        read_to: Option<(&str, DateTime<Utc>)>,
        now: DateTime<Utc>,
        again_after: Duration,
    ) -> Result<Touched, LedgerError> {
        let touches: Vec<Touch> = page.into_iter().map(touch).collect();
        let touched = self.ctx.ledger.touch(&touches, read_to, now, again_after, self.live_for).await?;
        self.ctx.ledger_worked();
        if touched.due > 0 {
            self.ctx.due.ring(Bell::Live);
            if touched.some_old {
                self.ctx.due.ring(Bell::Background);
            }
        }
        Ok(touched)
    }

    /// Leaves of `page` what is of the units that are read from this source.
    pub(super) fn keep_ours(&self, page: &mut Vec<Change>) {
        if !self.config.units.is_empty() {
            page.retain(|change| self.config.takes(&change.unit));
        }
    }

    /// The longest that one query may take.
    pub(crate) fn longest_query(&self) -> Duration {
        self.config.longest_query()
    }

    /// Notes that `work` succeeds.
    pub(super) fn works(&self, work: Work, of: &str) {
        self.ctx.failures.worked(work, &self.ctx.source, of);
    }

    /// Notes that `work` fails, unless it is the ledger that does.
    pub(super) fn stands(&self, work: Work, of: &str, error: &IntakeError) {
        match error {
            IntakeError::Source(_) | IntakeError::Unordered { .. } => {
                self.ctx.failures.failed(work, &self.ctx.source, of, error.class(), self.ctx.told(error));
            }
            // It is noted where it is counted.
            IntakeError::Ledger(_) => {}
        }
    }

    pub(crate) fn report(&self, operation: &'static str, error: &IntakeError, wait: Duration) {
        report(&self.ctx, operation, error, wait);
    }
}

/// Counts and logs that `operation` failed for the holder of `ctx`.
pub(super) fn report(ctx: &Ctx, operation: &'static str, error: &IntakeError, wait: Duration) {
    match error {
        IntakeError::Source(error) => ctx.metrics.source_failed(operation, error.class()),
        IntakeError::Ledger(error) => {
            ctx.ledger_failed(error);
        }
        IntakeError::Unordered { .. } => ctx.metrics.source_failed(operation, error.class()),
    }
    tracing::error!(
        event = "intake.failed",
        source = ctx.log_source(),
        operation,
        class = error.class().name(),
        retry_in_s = wait.as_secs_f64(),
        "The {operation} of the local database{} failed: {}",
        ctx.named(),
        ctx.told(error)
    );
}

/// The touch of the ledger that `change` makes.
pub(super) fn touch(change: Change) -> Touch {
    // A row without a time of its own is heard of once; sweeps find what changes in it. That holds nothing up.
    let (changed_at, finding) = match change.finding {
        Some(finding) if finding.kind == FindingKind::BadDate => {
            (DateTime::UNIX_EPOCH, Some(Finding { kind: FindingKind::BadRow, ..finding }))
        }
        finding => (change.changed_at, finding),
    };
    Touch { changed_at, key: change.key, code: change.code, unit: change.unit, finding }
}
