//! The part of the status that only the running daemon knows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::lookout::Seen;
use super::verdict::Forecast;
use crate::gate::Gate;
use crate::reconcile::{Job, Progress, RunBoard};
use crate::vitals::Vitals;

/// The status of the running daemon at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveStatus {
    /// The daemon's process id.
    pub pid: u32,
    /// The daemon's version.
    pub version: String,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// `open`, `paused` by the operator, or the name of the portal's trouble: see [`dongbo_model::Trouble::name`].
    pub sending: String,
    /// The portal's words when it was found in trouble, masked; empty while it is in none.
    pub portal_words: String,
    /// When a portal in trouble is tried again; `None` while it is in none.
    pub next_probe: Option<DateTime<Utc>>,
    /// Until when the portal has asked us to wait.
    pub paused_until: Option<DateTime<Utc>>,
    /// The number of calls that may be under way at once.
    pub concurrency: f64,
    /// Whether this daemon leads: the one on a shared ledger that reads the local database, while the others only send.
    pub leads: bool,
    /// The last poll of the local database that was completed.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last time that the portal accepted something and the ledger holds it.
    pub last_acknowledged: Option<DateTime<Utc>>,
    /// The last full sweep that was completed.
    pub last_sweep: Option<DateTime<Utc>>,
    /// The next poll.
    pub next_poll: Option<DateTime<Utc>>,
    /// The next full sweep.
    pub next_sweep: Option<DateTime<Utc>>,
    /// When each job that compares both sides runs next; empty while another daemon leads.
    #[serde(default)]
    pub next_runs: BTreeMap<Job, DateTime<Utc>>,
    /// The comparison of both sides that goes on; `None` while none does.
    #[serde(default)]
    pub comparison: Option<Progress>,
    /// Seconds until the backlog is sent at the rate of the last five minutes; `None` when that cannot be forecast.
    pub forecast_s: Option<u64>,
}

impl LiveStatus {
    /// The status as it was `seen`.
    #[must_use]
    pub fn of(
        gate: &Gate,
        vitals: &Vitals,
        board: &RunBoard,
        seen: &Seen,
        started_at: DateTime<Utc>,
    ) -> Self {
        let trouble = gate.closed();
        let moments = vitals.moments();
        Self {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at,
            sending: gate.sending().to_owned(),
            portal_words: gate.portal_words(),
            next_probe: trouble.map(|(_, probe_at)| probe_at),
            paused_until: gate.paused_until(),
            concurrency: gate.limit(),
            leads: moments.leads,
            last_poll: moments.last_poll,
            last_acknowledged: moments.last_acknowledged,
            last_sweep: moments.last_sweep,
            next_poll: moments.next_poll,
            next_sweep: moments.next_sweep,
            next_runs: if moments.leads { board.jobs().next } else { BTreeMap::new() },
            comparison: board.progress(),
            forecast_s: match seen.health.forecast {
                Forecast::Nothing => Some(0),
                Forecast::In(seconds) => Some(seconds),
                Forecast::AfterProbe(_) | Forecast::Unknown => None,
            },
        }
    }
}
