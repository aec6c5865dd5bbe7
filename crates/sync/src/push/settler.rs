//! Writes outcomes into the ledger: whatever has gathered since the last write goes into one transaction.

use tokio::sync::mpsc;

use crate::ctx::Ctx;
use crate::ledger_trouble;
use dongbo_ledger::{LedgerError, Next, Settlement};
use dongbo_model::DossierCode;

/// Most outcomes in one transaction.
const MOST_AT_ONCE: usize = 1_000;

/// The end of a claim.
#[derive(Debug)]
pub(super) enum Ending {
    /// It was worked on.
    Settled(Box<Settlement>),
    /// It was not.
    GivenBack(DossierCode, i64),
}

/// Where couriers hand in the ends of their claims. When the ledger cannot be written it fills up, and sending stops.
pub(super) type Endings = mpsc::Sender<Ending>;

/// Writes endings until every sender is gone and all is written.
pub(super) struct Settler {
    pub(super) ctx: Ctx,
}

impl Settler {
    pub(super) async fn run(self, mut endings: mpsc::Receiver<Ending>) {
        let mut gathered = Vec::with_capacity(MOST_AT_ONCE);
        while endings.recv_many(&mut gathered, MOST_AT_ONCE).await > 0 {
            let mut settlements = Vec::with_capacity(gathered.len());
            let mut given_back = Vec::new();
            for ending in gathered.drain(..) {
                match ending {
                    Ending::Settled(settlement) => settlements.push(*settlement),
                    Ending::GivenBack(code, fence) => given_back.push((code, fence)),
                }
            }
            let write = || self.write(&settlements, &given_back);
            ledger_trouble::write_in_spite(settlements.len(), "dossiers", &self.ctx, write).await;
            // They may be due again.
            self.ctx.due.notify_waiters();
        }
    }

    async fn write(
        &self,
        settlements: &[Settlement],
        given_back: &[(DossierCode, i64)],
    ) -> Result<(), LedgerError> {
        if !settlements.is_empty() {
            let now = self.ctx.clock.now();
            let done = self.ctx.ledger.settle(settlements, now).await?;
            self.ctx.metrics.lease_lost(done.lease_lost);
            self.ctx.metrics.files_arrived(done.files_arrived);
            let accepted = settlements
                .iter()
                .filter(|settlement| matches!(settlement.next, Next::Synced | Next::Verify(_)));
            let accepted = accepted.fold(0_u64, |many, _| many.saturating_add(1));
            if accepted > 0 {
                self.ctx.vitals.acknowledged(now, accepted);
            }
            for settlement in settlements {
                self.ctx.metrics.settled(&settlement.next);
            }
        }
        if !given_back.is_empty() {
            self.ctx.ledger.give_back(given_back).await?;
        }
        Ok(())
    }
}
