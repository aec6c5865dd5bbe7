//! Writes outcomes into the ledger: all that has gathered since the last write goes into one transaction.

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_ledger::LedgerError;
use dongbo_model::backoff::retry_waits;
use dongbo_model::clock::later;

/// A kind of outcome, and how it is written.
pub(crate) trait Outcomes: Send {
    /// One outcome as it is handed in.
    type Outcome: Send;
    /// Several as the ledger takes them.
    type Batch: Send + Sync;

    /// The part that writes them.
    const PART: Part;
    /// Most outcomes in one transaction.
    const MOST_AT_ONCE: usize;
    /// The word for them in the log.
    const CALLED: &'static str;

    /// Gathers a batch, and says how many of [`Outcomes::CALLED`] are in it.
    fn gather(outcomes: &mut Vec<Self::Outcome>) -> (usize, Self::Batch);

    /// Returns once a batch that begins with `first` is to be written: at once, unless it is worth waiting for company.
    fn ripe(&self, _first: &[Self::Outcome]) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Writes a batch.
    fn write(&self, ctx: &Ctx, batch: &Self::Batch) -> impl Future<Output = Result<(), LedgerError>> + Send;
}

/// Writes what is handed in until every sender is gone and all is written.
pub(crate) async fn settle<O: Outcomes>(ctx: Ctx, outcomes: O, mut handed_in: mpsc::Receiver<O::Outcome>) {
    let mut gathered = Vec::with_capacity(O::MOST_AT_ONCE);
    loop {
        let waiting = ctx.vitals.waits(O::PART);
        let many = handed_in.recv_many(&mut gathered, O::MOST_AT_ONCE).await;
        drop(waiting);
        if many == 0 {
            return;
        }
        outcomes.ripe(&gathered).await;
        while gathered.len() < O::MOST_AT_ONCE
            && let Ok(outcome) = handed_in.try_recv()
        {
            gathered.push(outcome);
        }
        let (many, batch) = O::gather(&mut gathered);
        write_in_spite(&ctx, &outcomes, many, &batch).await;
        ctx.vitals.progressed(O::PART);
    }
}

/// Writes a batch, trying until the ledger takes it: what the portal has must not be forgotten for a full disk. A ledger that
/// is damaged never will take it: after the next start its dossiers are looked up.
async fn write_in_spite<O: Outcomes>(ctx: &Ctx, outcomes: &O, many: usize, batch: &O::Batch) {
    let began = Instant::now();
    for wait in retry_waits() {
        let Err(error) = outcomes.write(ctx, batch).await else {
            ctx.ledger_worked();
            break;
        };
        if ctx.ledger_failed(&error) {
            break;
        }
        tracing::error!(
            event = "ledger.write_failed",
            class = error.class().name(),
            retry_in_s = wait.as_secs_f64(),
            "The outcome of {many} {} is not written yet: {error}",
            O::CALLED
        );
        // A try that failed is a piece of work, too.
        ctx.vitals.progressed(O::PART);
        ctx.vitals.rests(O::PART, later(ctx.clock.now(), wait));
        ctx.clock.sleep(wait).await;
        ctx.vitals.begins(O::PART);
    }
    ctx.metrics.settle_took(began.elapsed());
}
