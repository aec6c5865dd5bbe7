//! Values that go into and come out of the ledger.

use chrono::{DateTime, Utc};

use crate::delays::Delayed;
use crate::facts::FactsNews;
use crate::files::FileMark;
use crate::portal_history::AcceptedHistory;
use crate::rounds::Rounds;
use dongbo_model::{
    Cell, DossierCode, Finding, Fingerprint, Lane, PortalHistory, PortalId, SourceId, Status,
};

/// Whether what the portal holds is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// It is.
    None,
    /// A request's answer was lost, or its worker died: look up before anything is sent.
    Unknown,
    /// All is accepted; look once more whether it stayed so.
    Verify,
}

impl Doubt {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Unknown => 1,
            Self::Verify => 2,
        }
    }

    pub(super) const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::None,
            2 => Self::Verify,
            _ => Self::Unknown,
        }
    }
}

/// The part of a dossier that the portal has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Whether the portal has the dossier at all.
    pub on_portal: bool,
    /// The national status that it accepted last.
    pub status: Option<Status>,
    /// Fingerprint of the content that it accepted last; `None` when that is not known.
    pub content: Option<Fingerprint>,
    /// The number of result papers that the content accepted last names; `None` when that is not known.
    pub results: Option<usize>,
    /// The number of steps that it has.
    pub steps: usize,
    /// Fingerprint of the chain over these.
    pub steps_fp: Option<Fingerprint>,
    /// The portal's identifier of it, in a dialect in which it does (`rest`).
    pub portal_id: Option<PortalId>,
}

impl Accepted {
    /// Whether it is all that is `wanted`.
    #[must_use]
    pub fn has(&self, wanted: &Wanted) -> bool {
        self.on_portal
            && self.content == Some(wanted.content)
            && self.steps == wanted.steps
            && self.steps_fp == wanted.steps_fp
    }
}

/// The state that the local database wants the portal to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Fingerprint of the content.
    pub content: Fingerprint,
    /// The number of steps.
    pub steps: usize,
    /// Fingerprint of the chain over these.
    pub steps_fp: Option<Fingerprint>,
}

/// A dossier claimed under a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The dossier's code.
    pub code: DossierCode,
    /// The fencing token: it must be named to settle.
    pub fence: i64,
    /// When the lease runs out.
    pub lease_until: DateTime<Utc>,
    /// The source that it is read from.
    pub source: SourceId,
    /// The unit that it counts for in fairness.
    pub unit: String,
    /// The lane that it was claimed from.
    pub lane: Lane,
    /// The number of changes heard of when it was claimed.
    pub touches: i64,
    /// Failures in a row before this claim.
    pub attempts: u32,
    /// Whether a look-up has to come first.
    pub doubt: Doubt,
    /// The part that the portal has accepted so far.
    pub accepted: Accepted,
    /// Whether it was touched since it was settled last, so that it is due for that and not only because its time came.
    pub touched: bool,
    /// The rounds that it has gone without coming to rest.
    pub rounds: Rounds,
    /// When an answer about it was lost last, unless that was confirmed again since.
    pub lost_at: Option<DateTime<Utc>>,
    /// The portal's history of its steps that an operator accepted as it is.
    pub history: Option<AcceptedHistory>,
    /// Whether the local database's query for changes or the one for everything gave it, as far as was heard.
    pub listed: bool,
    /// Whether the query for everything gives it, as far as the last sweep has met it.
    pub swept: bool,
    /// The oldest change that the portal has not accepted, as far as was heard.
    pub unsent_since: Option<DateTime<Utc>>,
    /// When it changed last, by the local clock; the Unix epoch when its row has no time that can be read.
    pub changed_at: DateTime<Utc>,
}

/// The outcome of one round of claiming.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claimed {
    /// The dossiers, unit by unit in turn.
    pub claims: Vec<Claim>,
    /// When the next one of these lanes falls due or a lease made before runs out, as far as was looked; `None` when
    /// none waits.
    pub next_due: Option<DateTime<Utc>>,
    /// Leases that had run out and were taken back.
    pub reclaimed: u64,
}

/// The next state of a dossier after its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// All layers are accepted.
    Synced,
    /// All layers are accepted and one look-up at this time shall confirm it.
    Verify(DateTime<Utc>),
    /// Not done: again at this time, from this lane.
    Due(DateTime<Utc>, Lane),
    /// A person has to act.
    Held,
    /// By the mapping it is not sent at its status.
    NotSent,
    /// It was never sent and is no longer in the local database: the row goes.
    Forget,
}

/// One call, or one chain of calls, to the portal for a dossier: a row that is only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When the first call began.
    pub started_at: DateTime<Utc>,
    /// When the last one ended.
    pub ended_at: DateTime<Utc>,
    /// The calls in order, separated by commas.
    pub operations: String,
    /// Outcome of the decisive call.
    pub outcome: &'static str,
    /// HTTP status of it.
    pub http_status: Option<u16>,
    /// The portal's code in it.
    pub portal_code: String,
    /// The portal's words, masked.
    pub message: String,
}

/// The ending of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The dossier's code.
    pub code: DossierCode,
    /// The claim's fence.
    pub fence: i64,
    /// The claim's `touches`: a change heard of since makes the dossier due again.
    pub touches: i64,
    /// The next state of the dossier.
    pub next: Next,
    /// Failures in a row now.
    pub attempts: u32,
    /// Whether it is known now what the portal holds; ignored for the ends that imply it.
    pub doubt: Doubt,
    /// The state that the local database wants; `None` when it could not be read as a dossier.
    pub wanted: Option<Wanted>,
    /// The part that the portal has accepted now.
    pub accepted: Accepted,
    /// The findings as they stand now; `None` leaves the known ones as they are.
    pub findings: Option<Vec<Finding>>,
    /// The calls made; `None` when there was none.
    pub attempt: Option<Attempt>,
    /// The number of result papers that travel as a link of somebody else's; `None` leaves the known number.
    pub unproved_links: Option<usize>,
    /// Its files, when dongbo delivers files and the dossier was read; `None` leaves the known ones as they are.
    pub files: Option<DossierFiles>,
    /// The cell of the portal's counts that it is in; `None` when it could not be read as a dossier.
    pub cell: Option<Cell>,
    /// The proof that this claim gave of what the portal shows.
    pub proof: Proof,
    /// The rounds that it has gone without coming to rest, this claim's included.
    pub rounds: Rounds,
    /// Requests of this claim that may land late, and the moment before which none can any more.
    pub landing: Landing,
    /// The portal's history of its steps, when it is no beginning of ours.
    pub history_shown: Option<PortalHistory>,
    /// The news that it brought to the portal, and when; `None` when none.
    pub delayed: Option<Delayed>,
    /// Its facts on either side, as far as they are known now.
    pub facts: FactsNews,
}

/// The meaning of a claim for requests that may land late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Landing {
    /// When this claim lost an answer; `None` when it lost none.
    pub lost_at: Option<DateTime<Utc>>,
    /// Answers lost before this are confirmed again: it looked the dossier up so late that their requests had landed. `None` when
    /// nothing was looked up.
    pub sure_until: Option<DateTime<Utc>>,
}

/// The files of a dossier that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierFiles {
    /// Those that dongbo delivers.
    pub marks: Vec<FileMark>,
    /// The lane of those that are new.
    pub lane: Lane,
    /// Whether the ledger knows some that the dossier does not list any more.
    pub lists_fewer: bool,
}

/// A claim's proof of whether the portal shows what it accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proof {
    /// Nothing that was not known before.
    #[default]
    None,
    /// The portal accepted something: whether it shows it is to be seen.
    Sent,
    /// A look-up showed everything as it is to be, and nothing was sent.
    Seen,
}

impl Proof {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Sent => 1,
            Self::Seen => 2,
        }
    }
}
