//! The lookout: gathers the facts of a running daemon and judges them, for whoever asks. The ledger is read for all of them at
//! most once a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use super::facts::{DaemonFacts, Facts, Heard, LedgerFacts};
use super::judge::judge;
use super::verdict::Health;
use crate::ctx::Ctx;
use crate::reconcile::RunBoard;
use dongbo_ledger::{DifferenceGroup, FileCounts, LedgerError, Overview};
use dongbo_model::clock::{earlier, later};

/// The age up to which what was read of the ledger serves everybody who asks.
const READ_EVERY: Duration = Duration::from_secs(1);

/// A reading that took long serves for so many times as long, so that reading takes no more than a part of one core.
const TIMES_AS_LONG: u32 = 5;

/// Judges how things stand for every surface of one daemon.
#[derive(Debug, Clone)]
pub struct Lookout {
    ctx: Ctx,
    board: Arc<RunBoard>,
    started_at: DateTime<Utc>,
    last: Arc<Mutex<Option<Reading>>>,
}

/// One look at everything.
#[derive(Debug)]
pub struct Seen {
    /// The facts.
    pub facts: Facts,
    /// The ledger's counts, or why it cannot be read.
    pub counted: Result<Arc<Counted>, Arc<LedgerError>>,
    /// The verdict.
    pub health: Health,
}

/// Everything that is counted in the ledger.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Dossiers by layer, state and lane.
    pub overview: Overview,
    /// Files by state.
    pub files: FileCounts,
    /// Open differences by kind, cause and age.
    pub differences: Vec<DifferenceGroup>,
    /// Claims that should have been taken back a whole lease ago.
    pub overdue_leases: u64,
}

/// A reading of the ledger, with its time by the clock that the world has, which a test may hold, and by the machine's.
#[derive(Debug, Clone)]
struct Reading {
    now: DateTime<Utc>,
    ended: Instant,
    serves: Duration,
    read: Result<(Arc<Counted>, LedgerFacts), Arc<LedgerError>>,
}

impl Lookout {
    /// The lookout of a daemon that starts now.
    #[must_use]
    pub fn new(ctx: Ctx, board: Arc<RunBoard>) -> Self {
        let started_at = ctx.clock.now();
        Self { ctx, board, started_at, last: Arc::default() }
    }

    /// When the daemon started.
    #[must_use]
    pub const fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// Looks how things stand now, with the ledger as it was no longer than a second ago: many who ask cost it one look.
    pub async fn look(&self) -> Seen {
        let now = self.ctx.clock.now();
        let reading = self.reading(now).await;
        let counted = reading.read.as_ref().map(|(counted, _)| Arc::clone(counted)).map_err(Arc::clone);
        let overview = counted.as_ref().ok().map(|counted| &counted.overview);
        let daemon = DaemonFacts::of(&self.ctx, &self.board, overview, self.started_at, now);
        let ledger = reading.read.map(|(_, facts)| facts).map_err(|error| error.to_string());
        let facts = Facts { daemon: Heard::Runs(Box::new(daemon)), ledger, configuration: None };
        Seen { health: judge(&facts, now), facts, counted }
    }

    /// Lets the next look read the ledger anew: somebody has just changed something and wants to see it.
    pub async fn forget(&self) {
        *self.last.lock().await = None;
    }

    /// Those who ask while it is read wait for it, and are given the same.
    async fn reading(&self, now: DateTime<Utc>) -> Reading {
        let mut last = self.last.lock().await;
        let fresh = last.as_ref().filter(|reading| {
            reading.now <= now
                && later(reading.now, reading.serves) > now
                && reading.ended.elapsed() < reading.serves
        });
        if let Some(reading) = fresh {
            return reading.clone();
        }
        let began = Instant::now();
        let read = self.read(now).await.map_err(|error| {
            self.ctx.ledger_failed(&error);
            Arc::new(error)
        });
        let serves = READ_EVERY.max(began.elapsed() * TIMES_AS_LONG);
        last.insert(Reading { now, ended: Instant::now(), serves, read }).clone()
    }

    async fn read(&self, now: DateTime<Utc>) -> Result<(Arc<Counted>, LedgerFacts), LedgerError> {
        let ledger = &self.ctx.ledger;
        let a_lease_ago = earlier(now, self.ctx.vitals.longest_sending());
        let counted = Counted {
            overview: ledger.overview(now).await?,
            files: ledger.file_counts().await?,
            differences: ledger.difference_causes().await?,
            overdue_leases: ledger.overdue_leases(a_lease_ago).await?,
        };
        let facts =
            LedgerFacts::of(ledger, &counted.overview, &counted.files, &counted.differences, (None, now))
                .await?;
        Ok((Arc::new(counted), facts))
    }
}
