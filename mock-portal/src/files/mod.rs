//! The files of the dossiers. In this dialect the portal pulls: it comes for a file by the link that a dossier names.
//!
//! What is known of a file is one book whatever the way its bytes came: a link followed, or an upload.

mod book;
mod fetch;
mod pull;
mod rule;

use serde::{Deserialize, Serialize};

pub(crate) use book::{Book, Held, Ids, announced};
pub(crate) use pull::{Puller, run};
pub use rule::{PullKind, PullRule};

/// What a file is to its dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A result paper, of `DanhSachGiayToKetQua`.
    Result,
    /// A paper that was handed in, of `TaiLieuNop`.
    Paper,
}

/// How far the portal is with the link that was announced last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It has yet to come, or to come again.
    #[default]
    Waiting,
    /// It is at it.
    Fetching,
    /// It has every byte.
    Whole,
    /// It came as often as it may, and did not get it. "Fetch now" has it come again.
    Failed,
}

/// A file of a dossier as the outside sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// `MaHoSo`.
    pub dossier: String,
    /// What it is to the dossier.
    pub role: Role,
    /// `GiayToId` or `TepDinhKemId`; where that is empty, the file's name.
    pub file: String,
    /// The link that was announced last.
    pub link: String,
    /// How many different links were announced, one after another.
    pub links: u64,
    /// How far it is with that link.
    pub state: FileState,
    /// How often it came for that link; one try may make several requests.
    pub attempts: u64,
    /// Requests made for that link.
    pub requests: u64,
    /// HTTP status of the last answer.
    pub http: Option<u16>,
    /// Bytes of the file that it holds.
    pub bytes: u64,
    /// SHA-256 in 64 lower hexadecimal digits of the file that it holds, be it from an earlier link; empty: none.
    pub sha256: String,
    /// How often it had every byte, over all links.
    pub whole: u64,
    /// Whether one link has given different bytes at different times.
    pub unsteady: bool,
    /// Why the last try failed; empty: it did not.
    pub problem: String,
}
