//! The files of dossiers: where they are, whether they are what they should be, and how they come to the portal.

mod budget;
mod delivery;
mod fetch;
pub mod inspect;
mod lane;
mod links;
mod part;
mod prove;
mod range;
mod serve;
mod settings;
mod settler;
pub mod store;
mod upload;

pub use delivery::Delivery;
pub use links::{LinkKeyError, Links};
pub use part::{Files, FilesError};

pub use settings::Settings;

use chrono::{DateTime, SubsecRound as _, Utc};
use sha2::{Digest as _, Sha256};

/// When a file changed, as exactly as the ledger keeps it.
fn changed_mark(stat: &store::Stat) -> Option<DateTime<Utc>> {
    stat.changed.map(|changed| changed.trunc_subsecs(6))
}

/// A store's own mark of a version as the ledger keeps it: it may be anything, so only its fingerprint is kept.
fn tag_mark(tag: &str) -> String {
    if tag.is_empty() { String::new() } else { hex::encode(Sha256::digest(tag.as_bytes())) }
}
