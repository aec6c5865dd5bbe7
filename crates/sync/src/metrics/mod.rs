//! Everything that is counted and measured.
//!
//! `table` declares each metric once; `kinds` are the kinds of metrics, `labels` the labels and their values. A part of
//! dongbo counts where something happens, by the methods of [`Metrics`]; the rest is taken from a [`Snapshot`] when the
//! page is made.

mod counted;
mod file_outcome;
pub mod format;
pub mod host;
mod kinds;
mod labels;
mod log_lines;
mod measure;
mod settings;
mod snapshot;
mod table;
pub mod textfile;

pub use counted::{Certificate, Metrics};
pub use file_outcome::FileOutcome;
pub use kinds::Label;
pub use log_lines::LogLines;
pub use settings::Settings;
pub use snapshot::Snapshot;
pub use table::{Description, Group, catalogue};
