//! Hearing of local changes: polls and sweeps the local database, and touches the ledger with what they show.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::class::ErrorClass;
use crate::clock::{Clock, later};
use crate::config::source::SourceConfig;
use crate::dossier::DossierCode;
use crate::ledger::{Ledger, LedgerError, SweptDossier, Touch, Touched};
use crate::metrics::Metrics;
use crate::schedule::Schedule;
use crate::source::{Change, Reading, Scan, Source, SourceError, Sweep};

/// The name under which the ledger remembers the mapping of the last complete sweep.
pub const MAPPING_MEMO: &str = "mapping";
/// The cursor's name in the ledger.
const CURSOR: &str = "intake";
/// How far a short poll reaches back before the cursor.
const SHORT_OVERLAP: Duration = Duration::from_secs(5);
/// A local change further in the future than this says that a clock is wrong.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Hears of local changes.
#[derive(Debug)]
pub struct Intake {
    /// The local database.
    pub source: Arc<Source>,
    /// Where changes are written down.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// `[source]`.
    pub config: SourceConfig,
    /// How long a change counts as live.
    pub live_for: Duration,
    /// Told when dossiers have become due.
    pub due: Arc<Notify>,
    /// Told when the next poll shall come at once.
    pub wake: Arc<Notify>,
    /// When full sweeps run.
    pub sweeps: Schedule,
    /// When the mapping is another than the one of the last complete sweep: its digest. One sweep then runs at the
    /// start, and the digest is remembered when it is done.
    pub new_mapping: Option<String>,
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
    /// Polls and sweeps until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let work = async { tokio::join!(self.poll_for_ever(), self.sweep_for_ever(), self.listen()) };
        stop.run_until_cancelled(work).await;
    }

    async fn poll_for_ever(&self) {
        self.prove_source().await;
        let mut waits = waits();
        let mut deep_at = self.clock.now();
        loop {
            let now = self.clock.now();
            let deep = now >= deep_at;
            let wait = match self.poll(deep).await {
                Ok(_) => {
                    if deep {
                        deep_at = later(now, self.config.overlap_every);
                    }
                    waits = self::waits();
                    self.config.poll_every
                }
                Err(error) => {
                    let wait = waits.next().unwrap_or(self.config.poll_every);
                    self.report("poll", &error, wait);
                    // A wake-up shall not turn waiting for a database that is away into a busy loop.
                    self.clock.sleep(wait).await;
                    continue;
                }
            };
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.wake.notified() => {}
            }
        }
    }

    /// Proves the mapping against the live database before anything is read by it, for as long as that takes: everything
    /// that is wrong is said at once, and a database that is away is waited for.
    async fn prove_source(&self) {
        for wait in waits() {
            match self.source.probe().await {
                Ok(()) => break,
                Err(error) => self.report("probe", &error.into(), wait),
            }
            self.clock.sleep(wait).await;
        }
        if let Some(offset) = self.source.clock_offset() {
            self.metrics.clock_offset("source", offset);
            if offset.abs() > CLOCK_TOLERANCE {
                tracing::warn!(
                    event = "source.clock_offset",
                    offset_s = offset.num_seconds(),
                    "The local database's clock is {} s from ours; check the clocks of both hosts",
                    offset.num_seconds()
                );
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
        let overlap = if deep { self.config.overlap } else { SHORT_OVERLAP.min(self.config.overlap) };
        let cursor = self.ledger.cursor(CURSOR).await?;
        let mut scan = Scan::since(cursor, overlap);
        let mut due = 0;
        let mut without_code = 0;
        let mut ahead = 0_u64;
        loop {
            let page = self.source.changed(&mut scan).await?;
            if page.is_empty() {
                break;
            }
            let now = self.clock.now();
            ahead = ahead.saturating_add(
                page.iter().filter(|change| change.changed_at - now > CLOCK_TOLERANCE).map(|_| 1).sum(),
            );
            let touched = self.touch(page, scan.reached(), now).await?;
            due += touched.due;
            without_code += touched.without_code;
        }
        if ahead > 0 {
            tracing::warn!(
                event = "source.clock_ahead",
                rows = ahead,
                "{ahead} local rows say that they changed in the future; check the clock of the local system's host"
            );
        }
        self.metrics.source_ahead(ahead);
        self.metrics.polled(self.clock.now(), without_code);
        Ok(due)
    }

    /// Touches a page, and moves the cursor to `read_to` with it.
    async fn touch(
        &self,
        page: Vec<Change>,
        read_to: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Touched, LedgerError> {
        let touches: Vec<Touch> = page
            .into_iter()
            .map(|change| Touch {
                key: change.key,
                code: change.code,
                unit: change.unit,
                changed_at: change.changed_at,
                finding: change.finding,
            })
            .collect();
        let cursor = read_to.map(|at| (CURSOR, at));
        let granularity = self.source.granularity();
        let touched = self.ledger.touch(&touches, cursor, now, granularity, self.live_for).await?;
        if touched.due > 0 {
            self.due.notify_waiters();
        }
        Ok(touched)
    }

    async fn sweep_for_ever(&self) {
        let mut waits = waits();
        let mut new_mapping = self.new_mapping.as_deref();
        let mut at = new_mapping.map(|_| self.clock.now()).or_else(|| self.sweeps.next(self.clock.now()));
        while let Some(due) = at {
            self.clock.sleep_until(due).await;
            let swept = match self.sweep().await {
                Ok(differences) => self.remember_mapping(&mut new_mapping).await.map(|()| differences),
                Err(error) => Err(error),
            };
            match swept {
                Ok(differences) => {
                    waits = self::waits();
                    tracing::info!(
                        event = "sweep.done",
                        differences,
                        "Full sweep done: {differences} differences found"
                    );
                    at = self.sweeps.next(self.clock.now());
                }
                Err(error) => {
                    let wait = waits.next().unwrap_or(self.config.poll_every);
                    self.report("sweep", &error, wait);
                    at = Some(later(self.clock.now(), wait));
                }
            }
        }
    }

    async fn remember_mapping(&self, new_mapping: &mut Option<&str>) -> Result<(), IntakeError> {
        if let Some(digest) = new_mapping {
            self.ledger.remember(MAPPING_MEMO, digest).await?;
            *new_mapping = None;
        }
        Ok(())
    }

    /// Compares every local dossier with the ledger, in pages by code, and touches what differs: changes whose clock
    /// lied, missed rows, deletions. Returns how many differed.
    ///
    /// # Errors
    /// When the local database or the ledger fails; pages done until then are done.
    pub async fn sweep(&self) -> Result<u64, IntakeError> {
        let mut walk = Sweep::start();
        let mut after: Option<DossierCode> = None;
        let mut differences: u64 = 0;
        loop {
            let page = self.source.sweep(&mut walk).await?;
            let codes: Vec<DossierCode> = page.iter().filter_map(|change| change.code.clone()).collect();
            let to_end = page.is_empty();
            check_order(after.as_ref(), &codes)?;
            let swept = self.fingerprints(&codes).await?;
            let unheard = self.ledger.unheard_of(&swept).await?;
            let differing = self.ledger.differing(after.as_ref(), &swept, to_end).await?;
            let now = self.clock.now();
            let known: Vec<&str> = differing.iter().map(String::as_str).collect();
            let mut found = self.ledger.touch_codes(&known, now).await?;
            let missed: Vec<Change> = page
                .into_iter()
                .filter(|change| {
                    change.code.as_ref().is_some_and(|code| unheard.iter().any(|it| it == code.as_str()))
                })
                .collect();
            found += self.touch(missed, None, now).await?.due;
            if found > 0 {
                self.metrics.sweep_found(found);
                self.due.notify_waiters();
            }
            differences = differences.saturating_add(found);
            if to_end {
                break;
            }
            after = codes.into_iter().last().or(after);
        }
        let now = self.clock.now();
        self.ledger.swept(now).await?;
        self.metrics.swept(now);
        Ok(differences)
    }

    async fn fingerprints(&self, codes: &[DossierCode]) -> Result<Vec<SweptDossier>, SourceError> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let readings = self.source.read(codes).await?;
        let swept = codes.iter().zip(readings).filter_map(|(code, reading)| {
            let (content, steps_fp) = match reading {
                Reading::Dossier(dossier) => {
                    (Some(dossier.content_fingerprint()), dossier.step_chain().whole())
                }
                Reading::Defective(_) => (None, None),
                Reading::Absent => return None,
            };
            Some(SweptDossier { code: code.clone(), content, steps_fp })
        });
        Ok(swept.collect())
    }

    /// Polls at once when the local database says that something changed. Only ever a shortcut: polls go on anyhow.
    async fn listen(&self) {
        let Some(mut wake_ups) = self.source.wake_ups() else { return };
        loop {
            wake_ups.next().await;
            self.wake.notify_one();
        }
    }

    fn report(&self, operation: &'static str, error: &IntakeError, wait: Duration) {
        match error {
            IntakeError::Source(error) => self.metrics.source_failed(operation, error.class()),
            IntakeError::Ledger(_) => self.metrics.ledger_failed(),
            IntakeError::Unordered { .. } => self.metrics.source_failed(operation, error.class()),
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

fn check_order(after: Option<&DossierCode>, codes: &[DossierCode]) -> Result<(), IntakeError> {
    let all: Vec<&DossierCode> = after.into_iter().chain(codes).collect();
    for pair in all.windows(2) {
        if let [earlier, later] = pair
            && earlier > later
        {
            return Err(IntakeError::Unordered { earlier: earlier.to_string(), later: later.to_string() });
        }
    }
    Ok(())
}

fn waits() -> backon::ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(30))
        .without_max_times()
        .build()
}
