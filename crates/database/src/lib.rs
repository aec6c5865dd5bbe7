//! Habits of databases that the source and the ledger share: logging in with a password that may change, connections in
//! doubt, and calls that a simulation makes.

mod doubt;
mod login;
mod simulation;

pub use doubt::Doubt;
pub use login::PgLogin;
pub use simulation::{Drive, Fate, Fates};
