//! Writes outcomes into the ledger: whatever has gathered since the last write goes into one transaction.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use crate::ledger_trouble;
use crate::metrics::Metrics;
use crate::vitals::Vitals;
use dongbo_ledger::{Ledger, LedgerError, Next, Settlement};
use dongbo_model::DossierCode;
use dongbo_model::clock::Clock;

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
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) vitals: Arc<Vitals>,
    /// Told after each write: dossiers may be due again.
    pub(super) settled: Arc<Notify>,
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
            let Self { clock, metrics, vitals, .. } = &self;
            let write = || self.write(&settlements, &given_back);
            ledger_trouble::write_in_spite(settlements.len(), "dossiers", clock, metrics, vitals, write)
                .await;
            self.settled.notify_waiters();
        }
    }

    async fn write(
        &self,
        settlements: &[Settlement],
        given_back: &[(DossierCode, i64)],
    ) -> Result<(), LedgerError> {
        if !settlements.is_empty() {
            let now = self.clock.now();
            let done = self.ledger.settle(settlements, now).await?;
            self.metrics.lease_lost(done.lease_lost);
            self.metrics.files_arrived(done.files_arrived);
            let accepted = settlements.iter().filter(|it| matches!(it.next, Next::Synced | Next::Verify(_)));
            let accepted = accepted.fold(0_u64, |many, _| many.saturating_add(1));
            if accepted > 0 {
                self.vitals.acknowledged(now, accepted);
            }
            for settlement in settlements {
                self.metrics.settled(&settlement.next);
            }
        }
        if !given_back.is_empty() {
            self.ledger.give_back(given_back).await?;
        }
        Ok(())
    }
}
