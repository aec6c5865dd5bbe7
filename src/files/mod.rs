//! The files of dossiers: where they are, whether they are what they should be, and how they come to the portal.

mod delivery;
pub mod inspect;
mod links;
pub mod store;

pub use delivery::Delivery;
pub use links::{BadLink, LinkKeyError, Links, Signature};
