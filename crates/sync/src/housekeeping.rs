//! Daily housekeeping by the leading daemon: deletes history in the ledger that is older than it is to be kept, in
//! small batches.

use std::convert::Infallible;
use std::time::Duration;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::vitals::{LONGEST_PIECE, Part};
use chrono::{DateTime, Utc};
use dongbo_ledger::{History, LedgerError};
use dongbo_model::clock::{earlier, later};

/// The time from the end of one round to the next one.
const EVERY: Duration = Duration::from_secs(86_400);
/// The time from the start to the first round, so that it does not slow the start; and the wait while another daemon
/// leads.
const SOON: Duration = Duration::from_secs(600);
/// Rows looked at, or deleted, in one go: SQLite's one writer is held for some milliseconds.
const AT_ONCE: u32 = 1_000;
/// Marks of cells gathered in one go.
const MARKS_AT_ONCE: u32 = 10_000;
/// The pause between two batches, in which others have the ledger.
const PAUSE: Duration = Duration::from_millis(100);

/// Keeps the ledger from growing for ever.
pub(crate) struct Housekeeper {
    pub(crate) ctx: Ctx,
    /// The time for which history is kept.
    pub(crate) keep: Duration,
}

/// The numbers of rows that a round has deleted so far.
#[derive(Debug, Default)]
struct Gone {
    attempts: u64,
    findings: u64,
    differences: u64,
    delays: u64,
}

impl Gone {
    fn of(&mut self, history: History) -> &mut u64 {
        match history {
            History::Attempts => &mut self.attempts,
            History::Findings => &mut self.findings,
            History::Differences => &mut self.differences,
            History::Delays => &mut self.delays,
        }
    }
}

impl Worker for Housekeeper {
    type Error = Infallible;

    fn part(&self) -> Part {
        Part::Housekeeping
    }

    fn first(&self) -> Again {
        Again::At(later(self.ctx.clock.now(), SOON))
    }

    async fn once(&mut self) -> Result<Again, Infallible> {
        let wait = if self.ctx.vitals.moments().leads {
            self.round().await;
            EVERY
        } else {
            SOON
        };
        Ok(Again::At(later(self.ctx.clock.now(), wait)))
    }

    fn failed(&mut self, error: &Infallible, _: Duration) {
        match *error {}
    }

    fn longest(&self) -> Duration {
        LONGEST_PIECE
    }
}

impl Housekeeper {
    /// Makes a round, and logs it.
    async fn round(&self) {
        let before = earlier(self.ctx.clock.now(), self.keep);
        let mut gone = Gone::default();
        let ended = match self.prune(before, &mut gone).await {
            Ok(()) => self.gather_marks().await,
            failed => failed,
        };
        let Gone { attempts, findings, differences, delays } = gone;
        if attempts + findings + differences + delays > 0 {
            tracing::info!(
                event = "ledger.pruned",
                attempts,
                findings,
                differences,
                delays,
                "History before {} is deleted: {attempts} attempts, {findings} closed findings, \
                 {differences} closed differences and {delays} delays of single changes",
                before.format("%Y-%m-%d")
            );
        }
        if let Err(error) = ended {
            self.ctx.ledger_failed(&error);
            tracing::error!(
                event = "ledger.prune_failed",
                class = error.class().name(),
                "Old history could not be deleted; it is tried again tomorrow: {error}"
            );
        }
        self.recount().await;
        if let Some(damage) = self.ctx.ledger.look_through().await {
            self.ctx.vitals.ledger_damaged(damage);
        }
    }

    /// Makes one of the marks that a cell of facts has, for whoever sums it up seldom.
    async fn gather_marks(&self) -> Result<(), LedgerError> {
        while self.ctx.ledger.gather_marks(MARKS_AT_ONCE).await? > 0 {
            self.ctx.vitals.progressed(Part::Housekeeping);
            self.ctx.clock.sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Proves the ledger's counts, and logs what had to be put right.
    async fn recount(&self) {
        match self.ctx.ledger.recount().await {
            Ok(found) => {
                for one in found {
                    tracing::warn!(
                        event = "ledger.recounted",
                        table = one.table,
                        told = one.told,
                        there = one.there,
                        "The ledger's count of rows of {} was {} and is {} now: all rows were counted again; please report this",
                        one.table,
                        one.told,
                        one.there
                    );
                }
            }
            Err(error) => {
                self.ctx.ledger_failed(&error);
                tracing::error!(
                    event = "ledger.recount_failed",
                    class = error.class().name(),
                    "The ledger's counts could not be proved; it is tried again tomorrow: {error}"
                );
            }
        }
    }

    async fn prune(&self, before: DateTime<Utc>, gone: &mut Gone) -> Result<(), LedgerError> {
        for &history in History::ALL {
            let mut pruning = self.ctx.ledger.prune(history, before, AT_ONCE);
            while let Some(many) = pruning.next().await? {
                *gone.of(history) += many;
                self.ctx.metrics.pruned(history, many);
                self.ctx.vitals.progressed(Part::Housekeeping);
                self.ctx.clock.sleep(PAUSE).await;
                // Who leads now goes on.
                if !self.ctx.vitals.moments().leads {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;
    use tokio::task::{JoinHandle, yield_now};
    use tokio_util::sync::CancellationToken;

    use std::sync::Arc;

    use super::*;
    use crate::crew::work;
    use crate::vitals::Vitals;
    use dongbo_ledger::{Ledger, Touch};
    use dongbo_model::DossierCode;
    use dongbo_model::clock::Clock;

    const A_MINUTE: Duration = Duration::from_secs(60);

    /// A housekeeper at work on a ledger in which a finding was closed 400 days and an hour ago.
    struct World {
        clock: Clock,
        vitals: Arc<Vitals>,
        stop: CancellationToken,
        task: JoinHandle<()>,
        file: sqlx::SqlitePool,
        _folder: tempfile::TempDir,
    }

    impl World {
        async fn new(leads: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.sqlite");
            let ledger = Ledger::open(&path).await.unwrap();
            let clock = Clock::manual("2026-03-02T03:00:00Z".parse().unwrap());
            let keep = 400 * EVERY;
            let long_ago = earlier(clock.now(), keep + 60 * A_MINUTE);
            // A row without a code is found, and then has one.
            for code in [None, DossierCode::new("H48-1")] {
                let (key, unit) = ("1".to_owned(), "57".to_owned());
                let touch = Touch { key, code, unit, changed_at: long_ago, finding: None };
                ledger.touch(&[touch], None, long_ago, Duration::ZERO, Duration::ZERO).await.unwrap();
            }
            let ctx = Ctx::new(ledger, clock.clone(), &crate::push::Settings::default());
            let vitals = Arc::clone(&ctx.vitals);
            vitals.lead(leads);
            let stop = CancellationToken::new();
            let stopped = stop.clone();
            let task = tokio::spawn(async move {
                stopped.run_until_cancelled(work(&ctx.clone(), Housekeeper { ctx, keep })).await;
            });
            let file = sqlx::SqlitePool::connect(&path.display().to_string()).await.unwrap();
            Self { clock, vitals, stop, task, file, _folder: folder }
        }

        /// Lets it work until it has nothing to do for a while, and says for how long.
        async fn rest(&self) -> Duration {
            loop {
                let wake = self.clock.next_sleeper().await;
                let left = (wake - self.clock.now()).to_std().unwrap_or_default();
                if left >= A_MINUTE {
                    return left;
                }
                self.clock.advance_to(wake.max(self.clock.now()));
                yield_now().await;
            }
        }

        async fn wait(&self, time: Duration) {
            self.clock.advance_to(later(self.clock.now(), time));
            yield_now().await;
        }

        async fn findings(&self) -> i64 {
            sqlx::query_scalar("SELECT count(*) FROM finding").fetch_one(&self.file).await.unwrap()
        }

        async fn rename(&self, from: &str, to: &str) {
            let sql = AssertSqlSafe(format!("ALTER TABLE {from} RENAME TO {to}"));
            sqlx::query(sql).execute(&self.file).await.unwrap();
        }
    }

    #[tokio::test]
    async fn the_first_round_leaves_the_start_alone_and_the_next_comes_a_day_later() {
        let world = World::new(true).await;
        assert_eq!(world.rest().await, SOON);
        assert_eq!(world.findings().await, 1, "a start has other things to do");
        world.wait(SOON).await;
        assert_eq!(world.rest().await, EVERY);
        assert_eq!(world.findings().await, 0);
        world.stop.cancel();
        world.task.await.unwrap();
    }

    #[tokio::test]
    async fn who_does_not_lead_deletes_nothing_until_it_does() {
        let world = World::new(false).await;
        for _ in 0..3 {
            assert_eq!(world.rest().await, SOON);
            world.wait(SOON).await;
        }
        assert_eq!(world.rest().await, SOON);
        assert_eq!(world.findings().await, 1);
        world.vitals.lead(true);
        world.wait(SOON).await;
        assert_eq!(world.rest().await, EVERY);
        assert_eq!(world.findings().await, 0);
    }

    #[tokio::test]
    async fn a_round_that_fails_is_made_up_for_the_next_day() {
        let world = World::new(true).await;
        world.rest().await;
        world.rename("finding", "elsewhere").await;
        world.wait(SOON).await;
        assert_eq!(world.rest().await, EVERY);
        world.rename("elsewhere", "finding").await;
        assert_eq!(world.findings().await, 1);
        world.wait(EVERY).await;
        assert_eq!(world.rest().await, EVERY);
        assert_eq!(world.findings().await, 0);
    }
}
