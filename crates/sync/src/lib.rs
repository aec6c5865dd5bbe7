//! The synchronisation itself: it reads local changes, sends them, delivers files, compares both sides, and proves that
//! it is alive.

pub mod acts;
pub mod bells;
pub mod catalogue;
pub mod compare_jobs;
pub mod crew;
pub mod ctx;
pub mod engine;
mod facts;
pub mod failures;
pub mod files;
pub mod gate;
pub mod health;
mod housekeeping;
mod inquiry;
pub mod intake;
pub mod metrics;
pub mod owner_store;
pub mod published;
pub mod push;
mod ranking;
pub mod reconcile;
mod reporting;
pub mod resend;
mod settings;
mod settler;
pub mod sources;
mod summing;
pub mod telling;
pub mod views;
pub mod vitals;

pub use settings::Settings;
