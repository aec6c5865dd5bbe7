//! The requests and replies of the control socket, each one line of JSON.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use dongbo_ledger::{
    Backfill, BackfillState, CodeFound, HistoryAct, HistoryRow, NewFigure, Pause, ResendState, Resent,
    Retried, RetryPreview, Selection,
};
use dongbo_sync::health::{Facts, LiveStatus};
use dongbo_sync::reconcile::{RunRequest, RunsState, Ticket};
use dongbo_sync::resend::Progress;

/// Most bytes of a request that are read, with the end of its line.
pub(super) const LONGEST_REQUEST: usize = 64 << 10;

/// The line with which the daemon says that it has read the request, before it begins to act. A daemon that hangs does not
/// say it, and one whose client has not waited for it does nothing.
pub(super) const HEARD: &[u8] = b"\"heard\"\n";

/// The daemon's answer when it is asked how things stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What the daemon says of itself.
    pub status: LiveStatus,
    /// The facts that the verdict is made from.
    pub facts: Facts,
}

/// A request to the running daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Report the status.
    Status,
    /// Send nothing until [`Request::Resume`].
    Pause {
        /// The person for whom root acts; other users are not believed.
        by: Option<String>,
        /// The reason, in a person's words.
        reason: String,
    },
    /// Go on sending.
    Resume {
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Find the dossier that is meant by a code as it was typed.
    FindCode {
        /// The typed code.
        code: String,
    },
    /// Report what [`Request::Retry`] would do.
    PreviewRetry {
        /// The dossiers.
        selection: Selection,
    },
    /// Try dossiers again that are held or wait.
    Retry {
        /// The dossiers.
        selection: Selection,
        /// Dossiers a minute; 0 for all at once.
        per_minute: u32,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Accept the portal's histories of steps as they are, or take that back.
    SettleHistories {
        /// The dossiers, as the preview showed them.
        rows: Vec<HistoryRow>,
        /// The act.
        act: HistoryAct,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Write down figures that a person enters for the indicators.
    EnterFigures {
        /// The figures, checked.
        figures: Vec<NewFigure>,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Compare the dossiers that changed locally in a range of time once more.
    Backfill {
        /// The first moment of the range.
        from: DateTime<Utc>,
        /// The moment after its last.
        to: DateTime<Utc>,
        /// Most dossiers a minute; 0 for no limit.
        per_minute: u32,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Report the progress of the last backfill.
    BackfillState,
    /// Break the running backfill off.
    CancelBackfill {
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Have dossiers sent again, after those that an open order has already.
    Resend {
        /// Their codes.
        codes: Vec<String>,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Report how the last such order stands.
    ResendState,
    /// Have the open order wait, go on or end.
    TurnResend {
        /// The state that it is to have.
        state: ResendState,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Report what has come of its dossiers.
    Resends {
        /// The number of them that are known already.
        skip: u32,
    },
    /// Accept that nothing more is sent of a source that was left.
    LetGo {
        /// Its name.
        source: String,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Compare both sides.
    Reconcile {
        /// The scope, and whether differences are repaired; its own `by` is replaced.
        order: Box<RunRequest>,
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Report how comparing both sides stands.
    ReconcileState {
        /// The ticket of the run that is asked about.
        ticket: u64,
    },
    /// Cancel the run that is under way, and those that wait.
    CancelReconcile {
        /// The person for whom root acts.
        by: Option<String>,
    },
    /// Log other levels until the next start; without `directives` only report those in force.
    LogLevel {
        /// `info`, or `info,dongbo::push=debug`.
        directives: Option<String>,
    },
    /// Fetch the portal's catalogue of procedures now.
    RefreshCatalogue {
        /// Whether a list that shrank by more than half is to be believed.
        believe: bool,
    },
    /// Take over the configuration as it is now.
    Reload,
}

/// The daemon's answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The status.
    Status(Box<Told>),
    /// Sending is paused.
    Paused {
        /// The pause in force.
        pause: Pause,
        /// Whether it was in force before the request.
        before: bool,
    },
    /// Sending goes on; with the pause that was ended, if there was one.
    Resumed(Option<Pause>),
    /// What is meant by a code.
    CodeFound(CodeFound),
    /// The dossiers that would be tried again.
    RetryPreview(RetryPreview),
    /// The dossiers that are tried again.
    Retried(Retried),
    /// So many histories were accepted, or their acceptances taken back.
    HistoriesSettled(u64),
    /// So many figures were entered.
    FiguresEntered(u64),
    /// The progress of the backfill; `None` when there never was one.
    Backfill(Option<Box<BackfillProgress>>),
    /// The last order to send again; `None` when there never was one.
    Resend(Option<Box<Progress>>),
    /// The results of some of its dossiers.
    Resends(Vec<Resent>),
    /// Whether the source was let go by this request, and not before.
    LetGo(bool),
    /// The order to compare both sides is accepted, under this ticket.
    ReconcileOrdered(Ticket),
    /// So many runs were cancelled.
    ReconcileCancelled(u64),
    /// The state of comparing both sides.
    Reconcile(Box<RunsState>),
    /// The levels in force.
    LogLevel(String),
    /// The catalogue is ordered; the leading daemon fetches it.
    CatalogueOrdered,
    /// The new configuration was checked and is in force.
    Reloaded,
    /// Nothing was done.
    Refused(Refusal),
}

/// The reason why the daemon did not do as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// This version does not know the request.
    #[error(
        "the daemon does not understand the request ({0}); do the daemon and the command have the same version?"
    )]
    NotUnderstood(String),
    /// The request is too long.
    #[error("the request is longer than {LONGEST_REQUEST} bytes; name fewer dossiers at once")]
    TooLong,
    /// The ledger failed.
    #[error("{0}")]
    Ledger(String),
    /// Another backfill runs.
    #[error(
        "a backfill from {from} to {to} is running; wait for its end, or cancel it (dongbo backfill --cancel)"
    )]
    BackfillRuns {
        /// The first moment of its range.
        from: DateTime<Utc>,
        /// The moment after its last.
        to: DateTime<Utc>,
    },
    /// The range of time is empty.
    #[error("the range of the backfill is empty: it must begin before it ends, and before now")]
    EmptyRange,
    /// No backfill runs.
    #[error("no backfill is running")]
    NoBackfill,
    /// Too many comparisons wait for their turn.
    #[error("too many comparisons wait for their turn; wait too, or end them all (dongbo reconcile cancel)")]
    ReconcileRuns,
    /// Another daemon on the ledger leads, and only that one does this.
    #[error("another daemon on this ledger leads, and only that one reconciles: run the command there")]
    Follows,
    /// The levels cannot be read.
    #[error("{0}")]
    LogLevel(String),
    /// The new configuration was not taken over; the old one stays in force.
    #[error("the new configuration is not taken over, the old one stays in force: {0}")]
    Reload(String),
    /// This daemon runs inside another program that does not offer it.
    #[error("this daemon was started without the means to do that")]
    WithoutMeans,
    /// The daemon is about to stop.
    #[error("the daemon is stopping")]
    Stopping,
}

/// The progress of a backfill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackfillProgress {
    /// The backfill.
    pub backfill: Backfill,
    /// The share of the range that has been read, from 0 to 1.
    pub read: f64,
    /// Dossiers of the backfill lane that are not settled yet.
    pub backlog: u64,
    /// Seconds until everything is read and sent; `None` when that cannot be forecast.
    pub forecast_s: Option<u64>,
}

impl BackfillProgress {
    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_over(&self) -> bool {
        match self.backfill.state {
            BackfillState::Reading => false,
            BackfillState::Read => self.backlog == 0,
            BackfillState::Cancelled => true,
        }
    }
}
