//! Hearing of local changes: polls and sweeps the local database, and touches the ledger with what they show.

mod backfill;
mod sweep;

pub use sweep::SWEEP_CURSOR;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;
use crate::files::Delivery;
use crate::ledger_trouble;
use crate::vitals::Part;
use dongbo_ledger::{Lead, LedgerError, Touch, Touched};
use dongbo_model::ErrorClass;
use dongbo_model::FindingKind;
use dongbo_model::backoff::retry_waits;
use dongbo_model::clock::{CLOCK_TOLERANCE, later};
use dongbo_model::schedule::Schedule;
use dongbo_source::{Change, Scan, Source, SourceError};

/// The name under which the ledger remembers the mapping of the last complete sweep.
pub const MAPPING_MEMO: &str = "mapping";
/// The cursor's name in the ledger: the newest local change up to which everything was read.
pub const CURSOR: &str = "intake";
/// How far a short poll reaches back before the cursor.
const SHORT_OVERLAP: Duration = Duration::from_secs(5);
/// How often who does not lead tries to, and who leads makes sure that it still does.
const CAMPAIGN_EVERY: Duration = Duration::from_secs(2);
/// How often the mapping is proved against the local database's schema and its clock is measured.
const PROBE_EVERY: Duration = Duration::from_secs(600);

/// Hears of local changes.
#[derive(Debug, Clone)]
pub struct Intake {
    /// The local database.
    pub source: Arc<Source>,
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// `[source]`.
    pub config: dongbo_source::Settings,
    /// How long a change counts as live.
    pub live_for: Duration,
    /// Told when the next poll shall come at once.
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
    /// How files reach the portal; `None` when dongbo delivers none.
    pub delivery: Option<Arc<Delivery>>,
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
        "the mapping's [sweep] gives {later} after {earlier}, which is not the order of their bytes; \
         order and compare the code bytewise (PostgreSQL: COLLATE \"C\")"
    )]
    Unordered {
        /// The code that came first.
        earlier: String,
        /// The code that came after it.
        later: String,
    },
}

impl IntakeError {
    /// Who has to act.
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
    /// Polls and sweeps until `stop`, while this daemon leads; of all daemons on one ledger one does.
    pub async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.lead_when_elected()).await;
    }

    async fn lead_when_elected(&self) {
        let mut waits = retry_waits();
        loop {
            let wait = match self.ctx.ledger.campaign().await {
                Ok(Some(lead)) => {
                    waits = retry_waits();
                    self.ctx.vitals.lead(true);
                    tracing::info!(event = "lead.taken", "This daemon reads the local database");
                    let error = tokio::select! {
                        biased;
                        error = self.until_lost(lead) => error,
                        // It never ends.
                        never = self.work() => never,
                    };
                    self.ctx.vitals.lead(false);
                    self.ctx.metrics.ledger_failed();
                    tracing::warn!(
                        event = "lead.lost",
                        class = error.class().name(),
                        "This daemon does not read the local database any more, until it leads again: {error}"
                    );
                    CAMPAIGN_EVERY
                }
                Ok(None) => {
                    waits = retry_waits();
                    CAMPAIGN_EVERY
                }
                Err(error) => {
                    let wait = waits.next().unwrap_or(CAMPAIGN_EVERY);
                    self.report("campaign", &error.into(), wait);
                    wait
                }
            };
            // While another leads, seeing to that is all the reading there is to do.
            self.ctx.vitals.progressed(Part::Reading);
            self.ctx.clock.sleep(wait).await;
        }
    }

    async fn until_lost(&self, mut lead: Lead) -> LedgerError {
        loop {
            self.ctx.clock.sleep(CAMPAIGN_EVERY).await;
            if let Err(error) = lead.confirm(&self.ctx.ledger).await {
                return error;
            }
        }
    }

    async fn work(&self) -> LedgerError {
        tokio::join!(
            self.poll_for_ever(),
            self.sweep_for_ever(),
            self.backfill_for_ever(),
            self.listen(),
            self.probe_for_ever()
        );
        std::future::pending().await
    }

    async fn poll_for_ever(&self) {
        let mut waits = retry_waits();
        let mut deep_at = self.ctx.clock.now();
        loop {
            let now = self.ctx.clock.now();
            let deep = now >= deep_at;
            let polled = self.poll(deep).await;
            self.ctx.vitals.progressed(Part::Reading);
            let wait = match polled {
                Ok(_) => {
                    if deep {
                        deep_at = later(now, self.config.overlap_every);
                    }
                    waits = retry_waits();
                    self.config.poll_every
                }
                Err(error) => {
                    let wait = waits.next().unwrap_or(self.config.poll_every);
                    self.report("poll", &error, wait);
                    self.ctx.vitals.next_poll(later(self.ctx.clock.now(), wait));
                    // A wake-up shall not turn waiting for a database that is away into a busy loop.
                    self.ctx.clock.sleep(wait).await;
                    continue;
                }
            };
            self.ctx.vitals.next_poll(later(self.ctx.clock.now(), wait));
            tokio::select! {
                biased;
                () = self.wake.notified() => {}
                () = self.ctx.clock.sleep(wait) => {}
            }
        }
    }

    /// Reads what changed since the cursor and touches it in the ledger, page by page; the cursor moves with each page.
    /// A `deep` poll reads the whole overlap again, where transactions may have committed late. Returns how many
    /// dossiers became due.
    ///
    /// # Errors
    /// When the local database or the ledger fails; pages done until then are done.
    pub async fn poll(&self, deep: bool) -> Result<u64, IntakeError> {
        let began = Instant::now();
        let overlap = if deep { self.config.overlap } else { SHORT_OVERLAP.min(self.config.overlap) };
        let cursor = self.ctx.ledger.cursor(CURSOR).await?;
        let mut scan = Scan::since(cursor, overlap);
        let mut due = 0;
        let mut without_code = 0;
        let mut ahead = 0_u64;
        let mut undated = 0_u64;
        loop {
            let page = self.source.changed(&mut scan).await?;
            if page.is_empty() {
                break;
            }
            let now = self.ctx.clock.now();
            undated =
                undated.saturating_add(page.iter().filter(|change| is_undated(change)).map(|_| 1).sum());
            ahead = ahead.saturating_add(
                page.iter().filter(|change| change.changed_at - now > CLOCK_TOLERANCE).map(|_| 1).sum(),
            );
            let touched = self.touch(page, scan.reached(), now).await?;
            due += touched.due;
            without_code += touched.without_code;
            self.ctx.vitals.progressed(Part::Reading);
        }
        if ahead > 0 {
            tracing::warn!(
                event = "source.clock_ahead",
                rows = ahead,
                "{ahead} local rows say that they changed in the future; check the clock of the local system's host"
            );
        }
        if deep {
            self.ctx.metrics.source_undated(undated);
            if undated > 0 {
                tracing::warn!(
                    event = "source.undated",
                    rows = undated,
                    "{undated} local rows have a time of change that cannot be read; changes of theirs wait for the sweep"
                );
            }
        }
        self.ctx.metrics.source_ahead(ahead);
        self.ctx.metrics.polled(without_code, began.elapsed());
        self.ctx.vitals.polled(self.ctx.clock.now());
        Ok(due)
    }

    /// Touches a page, and moves the cursor to `read_to` with it.
    async fn touch(
        &self,
        page: Vec<Change>,
        read_to: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Touched, LedgerError> {
        let touches: Vec<Touch> = page.into_iter().map(touch).collect();
        let cursor = read_to.map(|at| (CURSOR, at));
        let granularity = self.source.granularity();
        let touched = self.ctx.ledger.touch(&touches, cursor, now, granularity, self.live_for).await?;
        if touched.due > 0 {
            self.ctx.due.notify_waiters();
        }
        Ok(touched)
    }

    /// Polls at once when the local database says that something changed. Only ever a shortcut: polls go on anyhow.
    async fn listen(&self) {
        let Some(mut wake_ups) = self.source.wake_ups() else { return };
        loop {
            wake_ups.next().await;
            self.wake.notify_one();
        }
    }

    /// Polls show one fault at a time and only when they meet it. This proves the whole mapping at once, with the
    /// nearest names that the schema has, and measures the server's clock.
    async fn probe_for_ever(&self) {
        let mut waits = retry_waits();
        loop {
            let wait = match self.source.probe().await {
                Ok(()) => {
                    waits = retry_waits();
                    self.compare_clocks();
                    PROBE_EVERY
                }
                Err(error) => {
                    let wait = waits.next().unwrap_or(PROBE_EVERY);
                    // Whatever else is in the way, polls tell.
                    if error.class() == ErrorClass::Config {
                        self.report("probe", &error.into(), wait);
                    }
                    wait
                }
            };
            self.ctx.clock.sleep(wait).await;
        }
    }

    fn compare_clocks(&self) {
        let Some(offset) = self.source.clock_offset() else { return };
        self.ctx.metrics.clock_offset("source", offset);
        if offset.abs() > CLOCK_TOLERANCE {
            tracing::warn!(
                event = "source.clock_offset",
                offset_s = offset.num_seconds(),
                "The local database's clock is {} s from ours; check the clocks of both hosts (timedatectl)",
                offset.num_seconds()
            );
        }
    }

    fn report(&self, operation: &'static str, error: &IntakeError, wait: Duration) {
        match error {
            IntakeError::Source(error) => self.ctx.metrics.source_failed(operation, error.class()),
            IntakeError::Ledger(error) => {
                ledger_trouble::met(error, &self.ctx);
            }
            IntakeError::Unordered { .. } => self.ctx.metrics.source_failed(operation, error.class()),
        }
        tracing::error!(
            event = "intake.failed",
            operation,
            class = error.class().name(),
            retry_in_s = wait.as_secs_f64(),
            "The {operation} of the local database failed: {error}"
        );
    }
}

/// The touch of the ledger that `change` makes.
fn touch(change: Change) -> Touch {
    Touch {
        // A row without a time of its own is heard of once; sweeps find what changes in it.
        changed_at: if is_undated(&change) { DateTime::UNIX_EPOCH } else { change.changed_at },
        key: change.key,
        code: change.code,
        unit: change.unit,
        finding: change.finding,
    }
}

fn is_undated(change: &Change) -> bool {
    change.finding.as_ref().is_some_and(|finding| finding.kind == FindingKind::BadDate)
}
