//! The words for a file of a dossier, and the file as the outside sees it.

use serde::{Deserialize, Serialize};

/// The part that a file has in its dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A result paper, of `DanhSachGiayToKetQua`.
    Result,
    /// A paper that was handed in, of `TaiLieuNop`.
    Paper,
}

/// The progress of the portal with the link that was announced last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// The file has yet to be fetched, or fetched again.
    #[default]
    Waiting,
    /// The file is being fetched.
    Fetching,
    /// The portal has every byte.
    Whole,
    /// Every attempt failed. "Fetch now" makes the portal try again.
    Failed,
}

/// A file of a dossier as the outside sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// `MaHoSo`.
    pub dossier: String,
    /// The part that the file has in the dossier.
    pub role: Role,
    /// `GiayToId` or `TepDinhKemId`; where that is empty, the file's name.
    pub file: String,
    /// The link that was announced last.
    pub link: String,
    /// Number of different links that were announced, one after another.
    pub links: u64,
    /// The progress with the last link.
    pub state: FileState,
    /// Attempts to fetch the last link; one attempt may make several requests.
    pub attempts: u64,
    /// Requests made for the last link.
    pub requests: u64,
    /// HTTP status of the last answer.
    pub http: Option<u16>,
    /// Bytes of the file that the portal holds.
    pub bytes: u64,
    /// SHA-256 in 64 lower-case hexadecimal digits of the file that the portal holds, even if an earlier link led to it;
    /// empty: none.
    pub sha256: String,
    /// Number of times that the portal had every byte, over all links.
    pub whole: u64,
    /// Whether one link has given different bytes at different times.
    pub unsteady: bool,
    /// Why the last attempt failed; empty: it did not.
    pub problem: String,
}
