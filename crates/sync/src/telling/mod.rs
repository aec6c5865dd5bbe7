//! The words in which commands and pages tell of one dossier and of the daemon: they are made here once, so that no two surfaces
//! tell it differently.

mod attempt;
pub mod comparing;
mod dossier;
pub mod file_trouble;
mod files;
mod layers;
mod next;
mod places;
mod role;
mod watched;
pub mod words;

pub use attempt::AttemptView;
pub use dossier::{DelayView, DossierView, FindingView, LayerStateView};
pub use files::WaitingFile;
pub use layers::LayerView;
pub use next::NextView;
pub use places::{address, held_list};
pub use role::Role;
