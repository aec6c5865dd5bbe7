//! dongbo
pub mod class;
pub mod clock;
pub mod dossier;
pub mod ledger;
