//! Heeds the operator's pause as the ledger has it, whoever wrote it there.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;
use crate::gate::adopt_pause;
use crate::vitals::Part;
use dongbo_ledger::LedgerError;
use dongbo_model::backoff::retry_waits;

/// A pause written by another process takes hold within this.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub(super) struct Pauser {
    pub(super) ctx: Ctx,
}

impl Pauser {
    /// Returns once it is known whether sending is paused.
    pub(super) async fn first_look(&self) {
        for wait in retry_waits() {
            match adopt_pause(&self.ctx.gate, &self.ctx.ledger).await {
                Ok(()) => return,
                Err(error) => report(&error),
            }
            self.ctx.clock.sleep(wait).await;
        }
    }

    pub(super) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.look_for_ever()).await;
    }

    async fn look_for_ever(&self) {
        loop {
            self.ctx.clock.sleep(LOOK_EVERY).await;
            if let Err(error) = adopt_pause(&self.ctx.gate, &self.ctx.ledger).await {
                report(&error);
            }
            if self.ctx.gate.paused() {
                // While sending is paused, seeing to that is all the work that the streams have.
                self.ctx.vitals.progressed(Part::Live);
                self.ctx.vitals.progressed(Part::Background);
            }
        }
    }
}

fn report(error: &LedgerError) {
    tracing::error!(
        event = "sending.pause_unknown",
        class = error.class().name(),
        "Whether sending is paused cannot be read: {error}"
    );
}
