//! The files of dossiers: proving them, and bringing them to the portal.

mod delivery;
mod links;

pub use delivery::Delivery;
pub use links::{BadLink, LinkKeyError, Links, Signature};
