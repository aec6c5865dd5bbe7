//! Heeds the operator's pause as the ledger has it, whoever wrote it there.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use crate::vitals::{Part, Vitals};
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::clock::{Clock, retry_waits};

/// A pause written by another process takes hold within this.
const LOOK_EVERY: Duration = Duration::from_secs(2);

pub(super) struct Pauser {
    pub(super) gate: Arc<Gate>,
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) vitals: Arc<Vitals>,
}

impl Pauser {
    /// Returns once it is known whether sending is paused.
    pub(super) async fn first_look(&self) {
        for wait in retry_waits() {
            match heed(&self.gate, &self.ledger).await {
                Ok(()) => return,
                Err(error) => report(&error),
            }
            self.clock.sleep(wait).await;
        }
    }

    pub(super) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.look_for_ever()).await;
    }

    async fn look_for_ever(&self) {
        loop {
            self.clock.sleep(LOOK_EVERY).await;
            if let Err(error) = heed(&self.gate, &self.ledger).await {
                report(&error);
            }
            if self.gate.paused() {
                // While sending is paused, seeing to that is all the work that the streams have.
                self.vitals.progressed(Part::Live);
                self.vitals.progressed(Part::Background);
            }
        }
    }
}

/// Closes or opens `gate` as the ledger says, and tells the log when that is news.
///
/// # Errors
/// When the ledger cannot be read; the gate stays as it is then.
pub async fn heed(gate: &Gate, ledger: &Ledger) -> Result<(), LedgerError> {
    let _alone = gate.heeding.lock().await;
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

fn shown(text: &str) -> &str {
    if text.is_empty() { "(not said)" } else { text }
}

fn report(error: &LedgerError) {
    tracing::error!(
        event = "sending.pause_unknown",
        class = error.class().name(),
        "Whether sending is paused cannot be read: {error}"
    );
}
