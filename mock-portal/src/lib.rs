//! A strict and nasty stand-in for the National Public Service Portal's synchronisation API.
//!
//! It speaks the dialects `ndxp` and `rest` at the same time, checks every field that the protocol names, keeps what it accepts, counts what a
//! client gets wrong (steps shown twice, dossiers moved backward), and misbehaves on order: see [`FaultRule`].
//! It shares no type with any client, so that a client's mistake cannot hide in a shared definition.
//!
//! ```text
//! server (HTTP, cuts) -> handle (faults) -> ndxp or rest (protocol) -> store, files
//!                        journal: log and counters    admin: the same for the outside
//!                        evaluation: what it counts of its store, for everybody
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
mod core;
mod desk;
mod error;
mod evaluation;
mod facts;
mod faults;
mod files;
mod form;
mod gate;
mod handle;
mod journal;
mod kept;
mod lifecycle;
mod ndxp;
mod portal;
mod rest;
mod server;
mod service;
mod sessions;
mod spoken;
mod store;
mod sync;
mod uploads;

pub use catalogue::{Agency, Catalogue, Field, Procedure};
pub use chance::is_chosen;
pub use config::{Config, Lookup, Ndxp, Pull, Rest, Rules};
pub use desk::{Desk, Manner};
pub use error::Error;
pub use evaluation::Evaluation;
pub use faults::{ArmedRule, FaultKind, FaultRule, Faults, Window};
pub use files::{FileState, FileView, PullKind, PullRule, Role};
pub use journal::{CallEntry, Counters, Outcome};
pub use ndxp::ErrorCode;
pub use portal::{MockPortal, Paths};
pub use service::Service;
pub use store::{Damage, DossierView, Operation, WriteRecord};
pub use uploads::UploadView;
