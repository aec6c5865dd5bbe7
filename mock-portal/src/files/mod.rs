//! The files of the dossiers: the links that dossiers name, and one book of the files behind them.

mod book;
mod file;
mod links;
mod puller;
mod rule;

pub(crate) use book::{Book, Errand, HeldFile};
pub use file::{FileState, FileView, Role};
pub(crate) use links::{FileIds, links_of};
pub(crate) use puller::Puller;
pub use rule::{PullKind, PullRule};
