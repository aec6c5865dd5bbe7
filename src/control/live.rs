//! What only a running daemon knows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What only a running daemon knows, at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveStatus {
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// `open`, the name of the trouble that stops sending, or `paused`.
    pub sending: String,
    /// The portal's words at its last trouble, masked; empty when there was none.
    pub portal_words: String,
    /// When the portal is tried next while sending is stopped.
    pub next_probe: Option<DateTime<Utc>>,
    /// Until when the portal has asked for patience.
    pub paused_until: Option<DateTime<Utc>>,
    /// How many calls may be under way at once now.
    pub concurrency: f64,
    /// The last poll of the local database that was completed.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last time the portal accepted something.
    pub last_acknowledged: Option<DateTime<Utc>>,
    /// The last full sweep that was completed.
    pub last_sweep: Option<DateTime<Utc>>,
    /// The next poll.
    pub next_poll: Option<DateTime<Utc>>,
    /// The next full sweep.
    pub next_sweep: Option<DateTime<Utc>>,
    /// How long the backlog takes at the present rate, in seconds; `None` when that cannot be foretold.
    pub forecast_s: Option<u64>,
}
