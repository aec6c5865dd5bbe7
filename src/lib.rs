//! dongbo keeps the national public-service portal in step with a local one-stop system's dossier database.
//!
//! ```text
//!  local system ──► source ──► intake ──► ledger ──► push ──► portal ──► national portal
//!                      ▲                     ▲         │
//!                      └─────────────────────┼─────────┘  (push reads a dossier fresh when it sends it)
//!                                            └── metrics, health
//! ```
//!
//! The daemon keeps no queue of events. For each dossier the [ledger](dongbo_ledger) holds what the local database wants
//! the portal to show and what the portal has accepted; where they differ, the dossier is due. The floors below are crates
//! of their own; this one is the program around them. See `docs/architecture.md`.

mod check;
pub mod cli;
pub mod config;
pub mod control;
pub mod daemon;
pub mod http;
pub mod log;
mod open_files;
pub mod systemd;
