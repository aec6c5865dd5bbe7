//! Asks a stopped portal now and then whether it is back: one look-up an interval, never more.

use std::convert::Infallible;
use std::time::Duration;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::gate::{Way, report_change};
use crate::vitals::Part;
use dongbo_model::DossierCode;
use dongbo_model::clock::later;
use dongbo_portal::Reader;

/// Wait before it is looked again whether anything is due, where nothing is or nobody knows.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

pub(super) struct Prober {
    pub(super) ctx: Ctx,
    pub(super) portal: Reader,
    /// The longest that a probe may take.
    pub(super) longest: Duration,
}

impl Prober {
    /// Returns when a probe is due. Whatever turns the gate meanwhile, it is asked anew whether one may go.
    async fn probe_due(&self) {
        let _waiting = self.ctx.vitals.waits(Part::Probe);
        loop {
            self.ctx.gate.until(Way::Stopped).await;
            let turned = self.ctx.gate.turned();
            if self.ctx.gate.way() != Way::Stopped {
                continue;
            }
            let Some((_, probe_at)) = self.ctx.gate.closed() else { continue };
            tokio::select! {
                biased;
                () = turned => {}
                () = self.ctx.clock.sleep_until(probe_at) => return,
            }
        }
    }

    async fn probe(&self, code: &DossierCode) {
        let answer = self.portal.probe(code).await;
        report_change(self.ctx.gate.record_probe(&answer), &answer);
    }
}

impl Worker for Prober {
    type Error = Infallible;

    fn part(&self) -> Part {
        Part::Probe
    }

    async fn once(&mut self) -> Result<Again, Infallible> {
        self.probe_due().await;
        let due = self.ctx.ledger.any_due(self.ctx.clock.now()).await;
        let again = match &due {
            Ok(Some(code)) => {
                self.probe(code).await;
                Again::Now
            }
            // Nothing waits for the portal, so it is left in peace.
            Ok(None) | Err(_) => Again::At(later(self.ctx.clock.now(), LOOK_AGAIN_AFTER)),
        };
        if let Err(error) = due {
            tracing::error!(
                event = "portal.probe_failed",
                class = error.class().name(),
                "The portal cannot be probed: {error}"
            );
        }
        // While sending is stopped, seeing to that is all the work that the streams have.
        self.ctx.vitals.progressed(Part::Live);
        self.ctx.vitals.progressed(Part::Background);
        Ok(again)
    }

    fn failed(&mut self, error: &Infallible, _: Duration) {
        match *error {}
    }

    fn longest(&self) -> Duration {
        self.longest
    }
}
