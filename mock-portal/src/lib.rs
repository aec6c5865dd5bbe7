//! A strict and nasty stand-in for the National Public Service Portal's synchronisation API.
//!
//! It speaks the dialects `ndxp` and `rest` at the same time, checks every field that the protocol names, keeps what it
//! accepts, counts what a client gets wrong (steps shown twice, dossiers moved backward), and misbehaves on order: see
//! [`FaultRule`]. It shares no type with any client, so that a client's mistake cannot hide in a shared definition.
//!
//! A module imports only from lines below its own, or from the right of its own arrow:
//!
//! ```text
//! portal (a running portal, for tests)        desk (a portal without ports, for simulations)
//! server (HTTP) -> handle (faults) -> dialect        admin (admin API)        pull (fetches files)
//! ndxp, rest (the protocol)        reporting (evaluation API)        owner_store (the owners' stores)
//! core (the state of the portal)
//! write_log -> store, files        uploads -> store        sessions        journal        config -> faults, files
//! contract -> wire
//! wire (JSON, tables, refusals and answers of both dialects)
//! counters -> outcome, service        facts, catalogue, evaluation, form, gate, error, lifecycle, clock, chance, sync
//! ```
//!
//! # Codes of refusals in dialect `ndxp`
//!
//! A refusal is HTTP 200 with `{"error_code", "message"}`, the message in Vietnamese.
//!
//! | code | why |
//! |---|---|
//! | `1` (number) | log-in: wrong user name or password |
//! | `-1` (number) | session unknown or lapsed; HTTP 401 if so configured |
//! | `"-2"` | content: a field is missing, malformed, too long, not in its list, unknown |
//! | `"3"` | create of a known `MaHoSo`, `đã tồn tại`; configurable (`exists_code`) |
//! | `"-4"` | update or step of an unknown dossier, `không tìm thấy hồ sơ` |
//! | `"-5"` | too many items in one call |
//! | `"-6"` | `madonvi` or `dstcode` is not allowed |
//! | `"-7"` | `service` is not known, or not on this path |
//! | `"-8"` | the body is no JSON object |
//! | `"-9"` | `MaTTHC` is not in the catalogue, if that is checked |
//! | `"77"` | only by the fault `unknown_code` |
//!
//! In dialect `rest` a refusal has the HTTP status 400, 401 or 403, which `code` repeats.
//!
//! Outside the protocol: HTTP 404 for another path, 405 for another method than POST, 413 for a body that is too
//! long, 415 for a body that is not declared as JSON.

mod admin;
mod catalogue;
mod chance;
mod clock;
mod config;
mod contract;
mod core;
mod counters;
mod desk;
mod dialect;
mod error;
mod evaluation;
mod facts;
mod faults;
mod files;
mod form;
mod gate;
mod handle;
mod journal;
mod lifecycle;
mod ndxp;
mod outcome;
mod owner_store;
mod portal;
mod pull;
mod reporting;
mod rest;
mod server;
mod service;
mod sessions;
mod store;
mod sync;
mod uploads;
mod wire;
mod write_log;

pub use catalogue::{Agency, Catalogue, Component, Field, Procedure};
pub use chance::is_chosen;
pub use config::{Config, Lookup, Ndxp, Pull, Rest, Rules, UploadAnswer};
pub use contract::built_in_contract;
pub use counters::Counters;
pub use desk::{Desk, Manner};
pub use error::Error;
pub use evaluation::Evaluation;
pub use faults::{ArmedRule, FaultKind, FaultRule, Faults, Window};
pub use files::{FileState, FileView, PullKind, PullRule, Role};
pub use journal::CallEntry;
pub use outcome::{ErrorCode, Outcome};
pub use owner_store::OwnerStore;
pub use portal::{MockPortal, Paths};
pub use service::Service;
pub use store::{Damage, DossierView, Operation, WriteRecord};
pub use uploads::UploadView;
