//! Hearing of local changes: polls and sweeps the local database, and touches the ledger with what they show.

mod backfill;
mod census;
mod fill;
mod heard;
mod leadership;
mod poll;
mod probe;
mod reader;
mod sweep;

pub use census::{CENSUS_MEMO, Census};
pub(crate) use leadership::Leader;
pub use reader::{CURSOR, Intake, IntakeError, MAPPING_MEMO};
pub use sweep::SWEEP_CURSOR;
