//! Dossiers: the rows of the local database become a dossier of the domain, or everything that is wrong with it.

mod draft;
mod drafts;
mod duplicates;
mod fields;
mod halving;
mod keys;
mod listed;
mod needs;
mod observe;
mod parts;
mod procedures;
mod read;
mod reading;
mod records;
mod unplaced;
mod writing;

pub(crate) use halving::{Stumbling, read};
pub use observe::{Observation, Observe, ObservedValue, WITHHELD};
pub(crate) use procedures::load as load_procedures;
pub use reading::{ObservedReading, Reading};
pub(crate) use records::{Owner, RawChange, RawProcedure, Record, dossier_columns, list_columns};
pub(crate) use unplaced::unplaced_files;
