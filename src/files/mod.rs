//! The files of dossiers: where they are, and whether they are what they should be.

pub mod inspect;
pub mod store;
