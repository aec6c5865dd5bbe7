//! The handles that every worker holds.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::gate::{Closed, Gate, Limits, Permit, Stream, Way};
use crate::metrics::Metrics;
use crate::vitals::{Part, Vitals};
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::clock::Clock;

/// The handles that every worker holds; cheap to clone. They outlive an engine: a reload hands them on to the next one.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// dongbo's own memory.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
    /// The counters and gauges.
    pub metrics: Arc<Metrics>,
    /// The work that each part has finished.
    pub vitals: Arc<Vitals>,
    /// Passed by every call to the portal.
    pub gate: Arc<Gate>,
    /// Notified when dossiers may have become due.
    pub due: Arc<Notify>,
}

impl Ctx {
    /// Fresh handles around `ledger`, for a gate within `limits`.
    #[must_use]
    pub fn new(ledger: Ledger, clock: Clock, limits: impl Into<Limits>) -> Self {
        Self {
            ledger,
            metrics: Arc::new(Metrics::new(clock.now())),
            vitals: Arc::new(Vitals::new(clock.clone())),
            gate: Gate::new(limits, clock.clone()),
            due: Arc::default(),
            clock,
        }
    }

    /// Waits until sending goes on and the gate gives leave for one call. Nobody takes the wait of `part` for a hang.
    pub(crate) async fn pass(&self, part: Part, stream: Stream) -> Permit {
        let _waiting = self.vitals.waits(part);
        loop {
            match self.gate.acquire(stream).await {
                Ok(permit) => return permit,
                Err(Closed) => self.gate.until(Way::Open).await,
            }
        }
    }

    /// Counts a failure of the ledger. One that shows damage ends the daemon, as only a start can set a ledger aside; says
    /// whether it does.
    pub(crate) fn ledger_failed(&self, error: &LedgerError) -> bool {
        self.metrics.ledger_failed();
        let Some(damage) = error.damage() else { return false };
        self.vitals.ledger_damaged(damage);
        true
    }

    /// Closes or opens the gate as the ledger says of the operator's pause, and logs it when that is news.
    ///
    /// # Errors
    /// When the ledger cannot be read; the gate stays as it is then.
    pub async fn adopt_pause(&self) -> Result<(), LedgerError> {
        let Self { gate, ledger, .. } = self;
        let _alone = gate.adopting.lock().await;
        match ledger.pause().await? {
            Some(pause) => {
                if gate.pause(true) {
                    tracing::warn!(
                        event = "sending.paused",
                        by = %pause.by,
                        reason = %pause.reason,
                        since = %pause.since,
                        "Sending is paused by {}: {}; `dongbo resume` ends it",
                        shown(&pause.by),
                        shown(&pause.reason)
                    );
                }
            }
            None => {
                if gate.pause(false) {
                    let by = ledger.last_resumption().await?.map(|end| end.by).unwrap_or_default();
                    tracing::info!(event = "sending.resumed", %by, "Sending goes on; {} ended the pause", shown(&by));
                }
            }
        }
        Ok(())
    }
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "(not said)" } else { text }
}
