//! The files of dossiers: where they are, whether they are what they should be, and how they come to the portal.

mod budget;
mod claimed_file;
mod courier;
mod delivery;
pub mod inspect;
mod lane;
mod lease;
mod links;
mod marks;
mod pace;
mod prove;
mod reader;
mod serve;
mod settings;
mod settler;
mod setup;
pub mod store;
mod upload;

pub use delivery::Delivery;
pub use links::{LinkKeyError, Links};
pub use settings::Settings;
pub use setup::{Files, FilesError};
