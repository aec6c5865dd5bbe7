//! dongbo
pub mod class;
pub mod clock;
pub mod config;
pub mod dossier;
pub mod source;
