//! The forms in which times and batches are stored.

use chrono::{DateTime, Utc};

use crate::error::LedgerError;

/// Microseconds since 1970: how times are stored.
pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// The time stored as `micros`; the epoch when no calendar knows it.
pub(crate) fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// A batch as JSON for its statement.
pub(crate) fn encode(operation: &'static str, batch: &impl serde::Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(batch).map_err(|source| LedgerError::Encode { operation, source })
}
