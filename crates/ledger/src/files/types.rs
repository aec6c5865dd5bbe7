//! The types in which files go into and come out of the ledger.

use chrono::{DateTime, Utc};

use crate::error::LedgerError;
use dongbo_model::Lane;
use dongbo_model::{DossierCode, FileTrouble, Finding, Place, SourceId, vocabulary};

vocabulary! {
    /// The progress of one file.
    pub enum FileState
    texts {
        /// The name for people.
        text
    }
    {
        /// Not read and proved yet.
        New = "new", ["Chờ kiểm tra", "To be examined"];
        /// Proved, and in dialect `rest` uploaded; the portal is to be told of it with its dossier.
        Ready = "ready", ["Chờ báo Cổng", "To be announced"];
        /// The portal knows its link and has not fetched it whole.
        Announced = "announced", ["Chờ Cổng tải", "To be fetched"];
        /// The portal has it.
        Arrived = "arrived", ["Đã đến Cổng", "On the portal"];
        /// A person has to act.
        Held = "held", ["Bị giữ", "Held"];
    }
}

vocabulary! {
    /// A digital signature in a file. It is found, not verified.
    pub enum Signature
    columns {
        /// The number that the ledger stores.
        number: i64
    }
    {
        /// There is none.
        Absent = "absent" => 0;
        /// There is one, and in a PDF its range covers the whole file.
        Whole = "whole" => 1;
        /// There is one in a PDF, and something was added after signing, or was left out of it.
        Partial = "partial" => 2;
    }
}

impl Signature {
    /// The one stored as `number`; an unknown number counts as none.
    pub(crate) fn from_number(number: i64) -> Self {
        Self::ALL.iter().copied().find(|found| found.number() == number).unwrap_or(Self::Absent)
    }
}

/// The proof of a file: the bytes that were read, and of which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMark {
    /// Its size in bytes.
    pub size: u64,
    /// When the store says that it changed last.
    pub changed_at: Option<DateTime<Utc>>,
    /// Fingerprint of the store's own mark of the version; empty when it has none.
    pub tag: String,
    /// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// The digital signature in it.
    pub signature: Signature,
}

/// The reference that the portal knows a file by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The number of links that were made for it.
    pub announcement: i64,
    /// The identifier in its link; `None` in dialect `rest`.
    pub link_id: Option<String>,
    /// The link without its signature, or the `IdTepTin`.
    pub reference: String,
}

/// A file that is looked at under a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileClaim {
    /// Its dossier.
    pub code: DossierCode,
    /// The file's place in it.
    pub place: Place,
    /// The fencing token: it must be named to settle.
    pub fence: i64,
    /// The lane that it was claimed from.
    pub lane: Lane,
    /// The state that it had reached.
    pub state: FileState,
    /// Failures, or announcements that nobody answered, in a row.
    pub attempts: u32,
    /// The proof of it from before.
    pub mark: Option<ReadMark>,
    /// The reference that the portal knows it by.
    pub offered: Option<Offered>,
    /// When the portal was told of it.
    pub announced_at: Option<DateTime<Utc>>,
    /// The trouble that keeps it waiting, and since when.
    pub trouble: Option<(FileTrouble, DateTime<Utc>)>,
    /// The source that its dossier is read from.
    pub source: SourceId,
}

/// The outcome of one round of claiming files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesDue {
    /// The files: those that had their turn, and the others of their dossiers.
    pub claims: Vec<FileClaim>,
    /// How many of them had their turn.
    pub in_turn: usize,
    /// When the next one falls due; `None` when none waits.
    pub next_due: Option<DateTime<Utc>>,
}

/// The next state of a file after its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileNext {
    /// Its dossier does not list it any more: the row goes.
    Gone,
    /// It is as it was proved: its state stays. Looked at again at this time, if ever.
    Kept(Option<DateTime<Utc>>),
    /// The portal is to be told of it: its dossier becomes due.
    Ready(Offered),
    /// A person has to act; looked at again at this time, because a file can come without its dossier changing.
    Held(DateTime<Utc>),
    /// Not done: again at this time.
    Again(DateTime<Utc>),
}

/// The ending of a file's claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSettlement {
    /// The claim.
    pub claim: FileClaim,
    /// The next state of the file.
    pub next: FileNext,
    /// The proof of it as it is now.
    pub mark: Option<ReadMark>,
    /// Failures, or announcements that nobody answered, in a row now.
    pub attempts: u32,
    /// The findings about this file as they stand now; `None` leaves the known ones as they are.
    pub findings: Option<Vec<Finding>>,
    /// The trouble that keeps it waiting now, with codes that say more; [`FileNext::Kept`] leaves the one that is known.
    pub trouble: Option<(FileTrouble, String)>,
}

/// News of a file, to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileNews {
    /// A claim ended.
    Ended(Box<FileSettlement>),
    /// The portal has fetched the file of this dossier behind this link whole.
    Arrived(DossierCode, String),
    /// The store holds something else than was proved of the file of this dossier behind this link: it is looked at.
    Questioned(DossierCode, String),
    /// The portal came for a file and did not get it.
    Unserved(Unserved),
}

/// A request of the portal for an announced file that did not give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unserved {
    /// The file's dossier.
    pub code: DossierCode,
    /// The identifier in its link.
    pub link_id: String,
    /// The trouble that kept it waiting.
    pub trouble: FileTrouble,
    /// Codes that say more.
    pub detail: String,
    /// When the portal is told again, unless it comes back by itself.
    pub again_at: DateTime<Utc>,
}

impl FileNews {
    /// The file's dossier.
    #[must_use]
    pub const fn code(&self) -> &DossierCode {
        match self {
            Self::Ended(settlement) => &settlement.claim.code,
            Self::Arrived(code, _) | Self::Questioned(code, _) => code,
            Self::Unserved(unserved) => &unserved.code,
        }
    }
}

/// The outcome of writing down news of files.
#[derive(Debug, Default)]
pub struct FilesNoted {
    /// Files that the portal has, and had not before.
    pub arrived: u64,
    /// Whether a dossier was made due.
    pub dossier_due: bool,
    /// The dossiers of files whose news the database refuses for what they say, and why.
    pub refused: Vec<(DossierCode, LedgerError)>,
}

/// A file of a dossier that was read, for its settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMark {
    /// The file's place in its dossier.
    pub place: Place,
    /// Whether the file may have changed with its dossier, so that it is looked at.
    pub look: bool,
    /// Whether the portal has lost the dossier, and its files with it.
    pub lost: bool,
    /// The name that the portal has of it, in content that it has accepted.
    pub named: Option<Named>,
}

/// A file that the portal has been told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The reference that the portal has.
    pub reference: String,
    /// Until when it may fetch it before it is told again; `None` when it has the bytes already.
    pub fetch_until: Option<DateTime<Utc>>,
}

/// A file as its dossier's reader needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// The file's place in its dossier.
    pub place: Place,
    /// The state that it has reached.
    pub state: FileState,
    /// Failures, or announcements that nobody answered, in a row.
    pub attempts: u32,
    /// SHA-256 of its proved bytes, and what the portal knows it by; `None` while it may not be named.
    pub proved: Option<(String, String)>,
}

/// The target of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The dossier.
    pub code: DossierCode,
    /// The file's place in it.
    pub place: Place,
    /// The proof of it.
    pub mark: ReadMark,
    /// The newest announcement: a link of a later one was never made.
    pub announcement: i64,
    /// The source that its dossier is read from.
    pub source: SourceId,
}

/// A file that has not arrived, for those who look after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// Its dossier.
    pub code: String,
    /// The unit that has it.
    pub unit: String,
    /// The list of the dossier that it belongs to.
    pub role: String,
    /// The state that it has reached.
    pub state: FileState,
    /// Failures, or announcements that nobody answered, in a row.
    pub attempts: u32,
    /// When it is looked at next.
    pub due_at: Option<DateTime<Utc>>,
    /// Its size in bytes, when it was read.
    pub size: Option<u64>,
    /// The digital signature in it, when it was read and in order.
    pub signature: Option<Signature>,
    /// The findings about it: the kind's stable name and its detail.
    pub findings: Vec<(String, String)>,
    /// The trouble that keeps it waiting, with codes that say more, and since when.
    pub trouble: Option<(FileTrouble, String, DateTime<Utc>)>,
}
