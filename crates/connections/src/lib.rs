//! Parts that reading the source and keeping the ledger share: logging in to a server that proves who it is, with a password that may change, not using
//! connections that a failure makes doubtful, naming what keeps a database from being used, and database calls under the
//! control of a simulation.

mod address;
mod last_failure;
mod login;
mod simulation;
mod tls;
mod trouble;

pub use address::{is_postgres_url, refuse_connection_string, refuse_postgres_url};
pub use last_failure::LastFailure;
pub use login::{LoginError, PgLogin, refuse_unproven, unproven_host};
pub use simulation::{CallFate, CallFates, SimulatedCalls};
pub use tls::TlsSettings;
pub use trouble::{DatabaseKeys, DatabaseTrouble};
