//! The operator's pause: the gate follows what the ledger says of it.

use super::Gate;
use dongbo_ledger::{Ledger, LedgerError};

/// Closes or opens `gate` as the ledger says, and tells the log when that is news.
///
/// # Errors
/// When the ledger cannot be read; the gate stays as it is then.
pub async fn adopt_pause(gate: &Gate, ledger: &Ledger) -> Result<(), LedgerError> {
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

fn shown(text: &str) -> &str {
    if text.is_empty() { "(not said)" } else { text }
}
