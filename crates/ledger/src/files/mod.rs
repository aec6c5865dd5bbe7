//! The fourth layer: each file that dongbo delivers, what was proved of it, and whether the portal has it.
//!
//! A file has a row from the first time that its dossier was read. The file lane proves it under a lease of its own; then
//! its dossier becomes due, and names it to the portal.

mod claim;
mod dossier;
mod list;
mod settle;
mod types;

pub use list::{FileCounts, FilesIn, TroubledFiles};
pub use types::{
    FileClaim, FileMark, FileNews, FileNext, FileSettlement, FileState, FilesDue, FilesNoted, KnownFile,
    Linked, Named, Offered, OpenFile, ReadMark, Signature, Unserved,
};
