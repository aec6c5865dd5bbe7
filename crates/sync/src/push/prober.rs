//! Asks a stopped portal now and then whether it is back: one look-up an interval, never more.

use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;
use crate::gate::{Way, report_change};
use crate::vitals::Part;
use dongbo_model::clock::later;
use dongbo_portal::Portal;

pub(super) struct Prober {
    pub(super) ctx: Ctx,
    pub(super) portal: Portal,
}

impl Prober {
    pub(super) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.probe_for_ever()).await;
    }

    async fn probe_for_ever(&self) {
        loop {
            self.ctx.gate.until(Way::Stopped).await;
            let turned = self.ctx.gate.turned();
            if self.ctx.gate.way() != Way::Stopped {
                continue;
            }
            let Some((_, probe_at)) = self.ctx.gate.closed() else { continue };
            tokio::select! {
                biased;
                // Whatever it is now, it is to be asked anew whether a probe may go.
                () = turned => continue,
                () = self.ctx.clock.sleep_until(probe_at) => {}
            }
            match self.ctx.ledger.any_due(self.ctx.clock.now()).await {
                Ok(Some(code)) => {
                    let answer = self.portal.probe(&code).await;
                    report_change(self.ctx.gate.record_probe(&answer), &answer);
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
            self.ctx.vitals.progressed(Part::Live);
            self.ctx.vitals.progressed(Part::Background);
        }
    }

    async fn pause(&self) {
        self.ctx.clock.sleep_until(later(self.ctx.clock.now(), std::time::Duration::from_secs(1))).await;
    }
}
