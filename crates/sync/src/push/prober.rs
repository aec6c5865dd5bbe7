//! Asks a stopped portal now and then whether it is back: one look-up an interval, never more.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::gate::{Gate, Way};
use crate::vitals::{Part, Vitals};
use dongbo_ledger::Ledger;
use dongbo_model::clock::{Clock, later};
use dongbo_portal::Portal;

pub(super) struct Prober {
    pub(super) gate: Arc<Gate>,
    pub(super) portal: Portal,
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) vitals: Arc<Vitals>,
}

impl Prober {
    pub(super) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.probe_for_ever()).await;
    }

    async fn probe_for_ever(&self) {
        loop {
            self.gate.until(Way::Stopped).await;
            let turned = self.gate.turned();
            if self.gate.way() != Way::Stopped {
                continue;
            }
            let Some((_, probe_at)) = self.gate.closed() else { continue };
            tokio::select! {
                biased;
                // Whatever it is now, it is to be asked anew whether a probe may go.
                () = turned => continue,
                () = self.clock.sleep_until(probe_at) => {}
            }
            match self.ledger.any_due(self.clock.now()).await {
                Ok(Some(code)) => {
                    let answer = self.portal.probe(&code).await;
                    super::report_change(self.gate.record_probe(&answer), &answer);
                }
                // Nothing waits for the portal, so it is left in peace.
                Ok(None) => self.pause().await,
                Err(error) => {
                    tracing::error!(
                        event = "portal.probe_failed",
                        class = error.class().name(),
                        "The portal cannot be probed: {error}"
                    );
                    self.pause().await;
                }
            }
            // While sending is stopped, seeing to that is all the work that the streams have.
            self.vitals.progressed(Part::Live);
            self.vitals.progressed(Part::Background);
        }
    }

    async fn pause(&self) {
        self.clock.sleep_until(later(self.clock.now(), std::time::Duration::from_secs(1))).await;
    }
}
