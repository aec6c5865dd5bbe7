//! What is asked over the socket, and what is answered: each one line of JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::live::LiveStatus;
use dongbo_ledger::{Backfill, BackfillState, Pause, Retried, RetryPreview, Selection};
use dongbo_sync::reconcile::{RunRequest, RunsState};

/// The longest request that is read, in bytes with the end of its line.
pub(super) const LONGEST_REQUEST: usize = 64 << 10;

/// What a command asks of the running daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How it stands.
    Status,
    /// To send nothing until it is told to go on.
    Pause {
        /// In whose name root acts; nobody else is believed.
        by: Option<String>,
        /// Why, in a person's words.
        reason: String,
    },
    /// To go on sending.
    Resume {
        /// In whose name root acts.
        by: Option<String>,
    },
    /// What [`Request::Retry`] would do.
    PreviewRetry {
        /// Which dossiers.
        selection: Selection,
    },
    /// To try dossiers again that are held or wait.
    Retry {
        /// Which dossiers.
        selection: Selection,
        /// How many a minute; 0 for all at once.
        per_minute: u32,
        /// In whose name root acts.
        by: Option<String>,
    },
    /// To compare once more what changed locally in a range of time.
    Backfill {
        /// The first moment of the range.
        from: DateTime<Utc>,
        /// The moment after its last.
        to: DateTime<Utc>,
        /// Most dossiers a minute; 0 for no limit.
        per_minute: u32,
        /// In whose name root acts.
        by: Option<String>,
    },
    /// How the last backfill stands.
    BackfillState,
    /// To break the running backfill off.
    CancelBackfill {
        /// In whose name root acts.
        by: Option<String>,
    },
    /// To compare both sides.
    Reconcile {
        /// What of them, and what to do about what differs; in whose name it is told by `by`.
        order: Box<RunRequest>,
        /// In whose name root acts.
        by: Option<String>,
    },
    /// How comparing both sides stands.
    ReconcileState,
    /// To log other levels from now on, until it restarts; without `directives` only which are in force.
    LogLevel {
        /// `info`, or `info,dongbo::push=debug`.
        directives: Option<String>,
    },
    /// To fetch the portal's catalogue of procedures now.
    RefreshCatalogue {
        /// Whether a list that shrank by more than half is to be believed.
        believe: bool,
    },
    /// To take the configuration over as it is now.
    Reload,
}

/// What the daemon answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How it stands.
    Status(Box<LiveStatus>),
    /// Sending is paused by this.
    Paused {
        /// The pause in force.
        pause: Pause,
        /// Whether it was in force before the request.
        before: bool,
    },
    /// Sending goes on. The pause that was ended, if there was one.
    Resumed(Option<Pause>),
    /// What trying again would do.
    RetryPreview(RetryPreview),
    /// What trying again did.
    Retried(Retried),
    /// How the backfill stands; `None` when there never was one.
    Backfill(Option<Box<BackfillProgress>>),
    /// The order to compare both sides is taken; its ticket.
    ReconcileOrdered(u64),
    /// How comparing both sides stands.
    Reconcile(Box<RunsState>),
    /// The levels in force.
    LogLevel(String),
    /// The catalogue is fetched as soon as the daemon that leads looks.
    CatalogueOrdered,
    /// The new configuration has proved itself and is in force.
    Reloaded,
    /// Nothing was done.
    Refused(Refusal),
}

/// Why the daemon did not do as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The request is none that this version knows.
    #[error("the daemon does not understand the request ({0}); are daemon and command of one version?")]
    NotUnderstood(String),
    /// The request is longer than is read.
    #[error("the request is longer than {LONGEST_REQUEST} bytes; name fewer dossiers at once")]
    TooLong,
    /// The ledger failed.
    #[error("{0}")]
    Ledger(String),
    /// Another backfill runs.
    #[error(
        "a backfill from {from} to {to} is running; wait for its end, or break it off (dongbo backfill --cancel)"
    )]
    BackfillRuns {
        /// The first moment of its range.
        from: DateTime<Utc>,
        /// The moment after its last.
        to: DateTime<Utc>,
    },
    /// The range holds nothing.
    #[error("the range of the backfill is empty: it must begin before it ends, and before now")]
    EmptyRange,
    /// No backfill runs.
    #[error("no backfill is running")]
    NoBackfill,
    /// Both sides are being compared.
    #[error("both sides are being compared already; wait for the end (dongbo reconcile list)")]
    ReconcileRuns,
    /// Another daemon on the ledger does this.
    #[error("another daemon on this ledger leads, and only that one compares both sides: ask there")]
    Follows,
    /// The levels cannot be read.
    #[error("{0}")]
    LogLevel(String),
    /// The new configuration was not taken over; the old one stays in force.
    #[error("the new configuration is not taken over, the old one stays in force: {0}")]
    Reload(String),
    /// This daemon runs inside another program, which has the say in this.
    #[error("this daemon was started without the means to do that")]
    WithoutMeans,
    /// The daemon is about to stop.
    #[error("the daemon is stopping")]
    Stopping,
}

/// How a backfill stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackfillProgress {
    /// The backfill.
    pub backfill: Backfill,
    /// The share of its range of time that has been read, from 0 to 1.
    pub read: f64,
    /// Dossiers of the backfill lane that are still under way.
    pub backlog: u64,
    /// How many seconds reading and sending will take still; `None` when that cannot be foretold.
    pub forecast_s: Option<u64>,
}

impl BackfillProgress {
    /// Whether nothing of it is left to do.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self.backfill.state {
            BackfillState::Reading => false,
            BackfillState::Read => self.backlog == 0,
            BackfillState::Cancelled => true,
        }
    }
}
