//! Follows the operator's pause as the ledger has it, whoever wrote it there.

use std::time::Duration;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::vitals::{LONGEST_PIECE, Part};
use dongbo_ledger::LedgerError;
use dongbo_model::backoff::retry_waits;
use dongbo_model::clock::later;

/// A pause written by another process takes hold within this.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub(super) struct Pauser {
    pub(super) ctx: Ctx,
}

impl Pauser {
    /// Returns once it is known whether sending is paused.
    pub(super) async fn first_look(&self) {
        for wait in retry_waits() {
            match self.ctx.adopt_pause().await {
                Ok(()) => return,
                Err(error) => report(&error),
            }
            self.ctx.clock.sleep(wait).await;
        }
    }

    fn next_look(&self) -> Again {
        Again::At(later(self.ctx.clock.now(), LOOK_EVERY))
    }
}

impl Worker for Pauser {
    type Error = LedgerError;

    fn part(&self) -> Part {
        Part::Pause
    }

    fn first(&self) -> Again {
        self.next_look()
    }

    async fn once(&mut self) -> Result<Again, LedgerError> {
        let adopted = self.ctx.adopt_pause().await;
        if self.ctx.gate.paused() {
            // While sending is paused, seeing to that is all the work that the streams have.
            self.ctx.vitals.progressed(Part::Live);
            self.ctx.vitals.progressed(Part::Background);
        }
        // A pause is to take hold soon, however often it could not be read.
        if let Err(error) = adopted {
            report(&error);
        }
        Ok(self.next_look())
    }

    fn failed(&mut self, error: &LedgerError, _: Duration) {
        report(error);
    }

    fn longest(&self) -> Duration {
        LONGEST_PIECE
    }
}

fn report(error: &LedgerError) {
    tracing::error!(
        event = "sending.pause_unknown",
        class = error.class().name(),
        "Whether sending is paused cannot be read: {error}"
    );
}
