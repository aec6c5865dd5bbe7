//! The ends of claims, and how they are written.

use tokio::sync::mpsc;

use crate::ctx::Ctx;
use crate::settler::Outcomes;
use crate::vitals::Part;
use dongbo_ledger::{LedgerError, Next, Settlement};
use dongbo_model::DossierCode;

/// The end of a claim.
#[derive(Debug)]
pub(super) enum Ending {
    /// It was worked on.
    Settled(Box<Settlement>),
    /// It was not.
    GivenBack(DossierCode, i64),
}

/// The channel for the ends of couriers' claims. When the ledger cannot be written it fills up, and sending stops.
pub(super) type Endings = mpsc::Sender<Ending>;

/// Outcomes of claimed dossiers.
pub(super) struct Claims;

/// The ends of some claims.
pub(super) struct Batch {
    settlements: Vec<Settlement>,
    given_back: Vec<(DossierCode, i64)>,
}

impl Outcomes for Claims {
    type Outcome = Ending;
    type Batch = Batch;

    const PART: Part = Part::Settling;
    const MOST_AT_ONCE: usize = 1_000;
    const CALLED: &'static str = "dossiers";

    fn gather(endings: &mut Vec<Ending>) -> (usize, Batch) {
        let mut batch = Batch { settlements: Vec::with_capacity(endings.len()), given_back: Vec::new() };
        for ending in endings.drain(..) {
            match ending {
                Ending::Settled(settlement) => batch.settlements.push(*settlement),
                Ending::GivenBack(code, fence) => batch.given_back.push((code, fence)),
            }
        }
        (batch.settlements.len(), batch)
    }

    async fn write(&self, ctx: &Ctx, batch: &Batch) -> Result<(), LedgerError> {
        let Batch { settlements, given_back } = batch;
        if !settlements.is_empty() {
            let now = ctx.clock.now();
            let done = ctx.ledger.settle(settlements, now).await?;
            ctx.metrics.lease_lost(done.lease_lost);
            ctx.metrics.files_arrived(done.files_arrived);
            let accepted = settlements
                .iter()
                .filter(|settlement| matches!(settlement.next, Next::Synced | Next::Verify(_)))
                .fold(0_u64, |many, _| many.saturating_add(1));
            if accepted > 0 {
                ctx.vitals.acknowledged(now, accepted);
            }
            for settlement in settlements {
                ctx.metrics.settled(&settlement.next);
            }
        }
        if !given_back.is_empty() {
            ctx.ledger.give_back(given_back).await?;
        }
        Ok(())
    }

    fn written(&self, ctx: &Ctx) {
        // They may be due again.
        ctx.due.notify_waiters();
    }
}
