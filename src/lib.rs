//! dongbo keeps the national public-service portal in step with a local one-stop system's dossier database.
//!
//! ```text
//!  local database ──► source ──► intake ──► ledger ──► push ──► portal ──► national portal
//!                        ▲                     ▲         │
//!                        └─────────────────────┼─────────┘  (push reads a dossier fresh when it sends it)
//!                                              └── metrics, health
//! ```
//!
//! The daemon keeps no queue of events. For each dossier the [`ledger`] holds what the local database wants the portal
//! to show and what the portal has accepted; where they differ, the dossier is due. See `docs/architecture.md`.

pub(crate) mod catalogue;
mod check;
pub mod class;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod daemon;
pub mod dossier;
pub mod drive;
pub mod engine;
pub mod files;
mod hex;
mod housekeeping;
pub mod http;
pub mod intake;
pub mod ledger;
mod ledger_trouble;
pub mod lock;
pub mod log;
pub mod metrics;
pub mod notify;
mod pg;
pub mod portal;
pub mod push;
pub mod reconcile;
pub mod schedule;
pub mod source;
pub mod status_line;
pub mod vitals;
pub mod watchdog;
