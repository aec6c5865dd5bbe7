//! The files of dossiers: where they are, whether they are what they should be, and how they come to the portal.

mod assembly;
mod budget;
mod case;
mod courier;
mod delivery;
pub mod inspect;
mod lane;
mod links;
mod marks;
mod prove;
mod serve;
mod settings;
mod settler;
pub mod store;
mod upload;

pub use assembly::{Files, FilesError};
pub use delivery::Delivery;
pub use links::{LinkKeyError, Links};
pub use settings::Settings;
