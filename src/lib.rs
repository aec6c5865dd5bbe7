//! dongbo
pub mod class;
pub mod clock;
pub mod dossier;
