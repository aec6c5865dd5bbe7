//! The facts that the verdict is made from. What is not known is absent.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compare_jobs::Job;
use crate::failures::Failing;
use crate::vitals::{Part, ReaderMoments};
use dongbo_ledger::Pause;
use dongbo_model::{FileTrouble, Owner, Trouble};

/// Everything that the verdict is made from, at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// What the running daemon knows.
    pub daemon: Heard,
    /// What the ledger holds, or why it cannot be read.
    pub ledger: Result<LedgerFacts, String>,
    /// The first fault of the configuration file, when it has one. A daemon that runs has taken its own over before.
    pub configuration: Option<String>,
}

/// News of the daemon on this host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// It runs, and knows this.
    Runs(Box<DaemonFacts>),
    /// None runs.
    Nothing,
    /// One runs and does not answer.
    Silence,
    /// One runs that could not be asked, and why.
    Unasked(String),
}

/// Facts that only the running daemon knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct DaemonFacts {
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// Whether it is the one on its ledger that reads the local database.
    pub leads: bool,
    /// Whether it has read all changes of the local database since it began to lead.
    pub has_read: bool,
    /// How often it polls.
    pub poll_every: Duration,
    /// When the next sweep was to begin, or has begun; `None` when none is planned here.
    pub sweep_due: Option<DateTime<Utc>>,
    /// The last poll that was completed, by this daemon or one before.
    pub last_poll: Option<DateTime<Utc>>,
    /// When reading last got on by a page.
    pub last_reading: Option<DateTime<Utc>>,
    /// The readers of each source by its name, where there are several.
    #[serde(default)]
    pub readers: Vec<(String, ReaderMoments)>,
    /// The failures that stand.
    pub failing: Vec<Failing>,
    /// The part that has stood still for longer than its work can take, and since when.
    pub standstill: Option<(Part, Option<DateTime<Utc>>)>,
    /// Why sending is stopped.
    pub stopped: Option<Stopped>,
    /// Seconds until the backlog is sent; `None` when that cannot be forecast.
    pub forecast_s: Option<u64>,
    /// Comparing both sides.
    pub comparing: ComparingFacts,
}

/// The portal's trouble for which sending is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// The trouble.
    pub trouble: Trouble,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The portal's words, masked.
    pub words: String,
    /// When the portal is asked again.
    pub next_probe: DateTime<Utc>,
}

/// Comparing both sides, as the running daemon plans it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ComparingFacts {
    /// When the earliest run was to begin that has not ended since.
    pub due: Option<DateTime<Utc>>,
    /// When the next run begins; `None` when none is scheduled.
    pub next: Option<DateTime<Utc>>,
    /// The run that goes on: its job, how much is done, and of how much.
    pub running: Option<(Job, u64, u64)>,
    /// The number of runs in a row that the portal broke off.
    pub broken_off: u64,
}

/// Facts that the ledger holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct LedgerFacts {
    /// Whether dongbo only watches all sources: vendors' bridges send.
    #[serde(default)]
    pub watches: bool,
    /// Where some sources are watched and others sent for, the dossiers of each of the former that are only looked for. They count
    /// neither as due nor as waiting.
    #[serde(default)]
    pub watched: Vec<WatchedFacts>,
    /// Dossiers that the portal is to have: all but those that the mapping does not send.
    pub wanted: u64,
    /// Of these, those that it has whole; what goes as a link of the local system's own is as good as it can be.
    pub synced: u64,
    /// Dossiers that the mapping does not send at their status.
    pub not_sent: u64,
    /// Dossiers that are due or under way.
    pub due: u64,
    /// Dossiers that failed and wait for their time.
    pub waiting: u64,
    /// Since when the oldest change waits that the portal has not accepted and that nobody has to act on.
    pub oldest_unsent: Option<DateTime<Utc>>,
    /// Dossiers that are held.
    pub held: u64,
    /// Files that are held.
    pub files_held: u64,
    /// What is held, by who has to act. What waits for several is counted with each.
    pub held_by: BTreeMap<Owner, HeldFacts>,
    /// Files that are looked at, uploaded, told of or to be fetched.
    pub files_on_the_way: u64,
    /// Of these, those that the portal was told of.
    pub files_announced: u64,
    /// Since when the oldest of them waits.
    pub oldest_announced: Option<DateTime<Utc>>,
    /// What stands in the way of files.
    pub files_in_trouble: Vec<FilesHindered>,
    /// Result papers that go as links of the local system's own, which nothing proves.
    pub links: u64,
    /// Dossiers that the query for everything does not give and the one for dossiers reads.
    pub not_swept: u64,
    /// Rows whose changes cannot be followed.
    pub unfollowed: u64,
    /// Rows that are gone from the queries for changes of a source, when half of them are, and when they were last all there. The
    /// only source has no name here.
    pub changes_gone: Vec<(String, u64, DateTime<Utc>)>,
    /// Sources that the configuration names no more.
    #[serde(default)]
    pub left: Vec<String>,
    /// Dossiers that are due there, which nobody can send. They count neither as due nor as waiting.
    #[serde(default)]
    pub stranded: u64,
    /// Dossiers that were due there, and that a person has let go. They count nowhere else.
    #[serde(default)]
    pub gone: u64,
    /// Dossiers of which an answer was lost that is not confirmed again yet.
    pub unconfirmed: u64,
    /// Open differences between both sides, those that are still young apart.
    pub differences: Vec<DifferenceFacts>,
    /// The operator's pause.
    pub paused: Option<Pause>,
    /// Since when the ledger is being rebuilt.
    pub rebuilding: Option<DateTime<Utc>>,
    /// The last poll that was completed, by any daemon.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last full sweep.
    pub last_sweep: Option<DateTime<Utc>>,
    /// The last comparison of both sides.
    pub last_comparison: Option<DateTime<Utc>>,
}

/// Dossiers of a source that is watched while others are sent for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct WatchedFacts {
    /// The source's name.
    pub source: String,
    /// Dossiers that are looked up as soon as they have their turn.
    pub due: u64,
    /// Dossiers that are looked up later.
    pub waiting: u64,
    /// Since when the oldest change waits that no look-up has shown.
    pub since: Option<DateTime<Utc>>,
}

/// How much is held for one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct HeldFacts {
    /// Dossiers.
    pub dossiers: u64,
    /// Files.
    pub files: u64,
}

/// Files that one thing stands in the way of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesHindered {
    /// The thing.
    pub trouble: FileTrouble,
    /// Codes that say more.
    pub detail: String,
    /// How many.
    pub many: u64,
    /// Since when the first of them waits.
    pub since: DateTime<Utc>,
}

/// Open differences for one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceFacts {
    /// The one who has to act; nobody for those that were sent again or go by themselves.
    pub owner: Owner,
    /// How many.
    pub many: u64,
    /// Since when the oldest is open.
    pub since: DateTime<Utc>,
}
