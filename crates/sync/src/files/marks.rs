//! Marks of files: what a store says of a file, as the ledger keeps it beside the hash that was proved.

use chrono::{DateTime, SubsecRound as _, Utc};
use sha2::{Digest as _, Sha256};

use super::store::Stat;
use dongbo_ledger::{ReadMark, Signature};

/// The mark of a file that was read.
pub(super) fn mark_of(stat: &Stat, sha256: String, signature: Signature) -> ReadMark {
    ReadMark { size: stat.size, changed_at: changed(stat), tag: tag(stat), sha256, signature }
}

/// Whether the store still holds what was proved.
pub(super) fn same(stat: &Stat, mark: &ReadMark) -> bool {
    stat.size == mark.size && changed(stat) == mark.changed_at && tag(stat) == mark.tag
}

/// When a file changed, as exactly as the ledger keeps it.
fn changed(stat: &Stat) -> Option<DateTime<Utc>> {
    stat.changed.map(|changed| changed.trunc_subsecs(6))
}

/// A store's own mark of a version. It may be anything, so that only its fingerprint is kept.
fn tag(stat: &Stat) -> String {
    if stat.tag.is_empty() { String::new() } else { hex::encode(Sha256::digest(stat.tag.as_bytes())) }
}
