//! What is done when the ledger fails, whoever meets it.

use tokio::time::Instant;

use crate::ctx::Ctx;
use dongbo_ledger::LedgerError;
use dongbo_model::backoff::retry_waits;

/// Counts a failure of the ledger. One that shows damage ends the daemon, as only a start can set a ledger aside; says
/// whether it does.
pub(crate) fn met(error: &LedgerError, ctx: &Ctx) -> bool {
    ctx.metrics.ledger_failed();
    let Some(damage) = error.damage() else { return false };
    ctx.vitals.ledger_damaged(damage);
    true
}

/// Writes the outcome of `many` of `what`, trying until the ledger takes it: what the portal has must not be forgotten for a
/// full disk. One that is damaged never will: after the next start it is looked up.
pub(crate) async fn write_in_spite<W: Future<Output = Result<(), LedgerError>>>(
    many: usize,
    what: &'static str,
    ctx: &Ctx,
    write: impl Fn() -> W,
) {
    let began = Instant::now();
    for wait in retry_waits() {
        let Err(error) = write().await else { break };
        if met(&error, ctx) {
            break;
        }
        tracing::error!(
            event = "ledger.write_failed",
            class = error.class().name(),
            retry_in_s = wait.as_secs_f64(),
            "The outcome of {many} {what} is not written yet: {error}"
        );
        ctx.clock.sleep(wait).await;
    }
    ctx.metrics.settle_took(began.elapsed());
}
