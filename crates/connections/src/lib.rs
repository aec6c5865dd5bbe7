//! Parts that reading the source and keeping the ledger share: logging in to a server that proves who it is, with a password that may change, not using
//! connections that a failure makes doubtful, keeping those to a file, naming what keeps a database from being used, and database calls under the
//! control of a simulation.

mod address;
mod last_failure;
mod login;
mod server_make;
mod simulation;
mod sqlite_file;
mod sqlserver;
mod tls;
mod trouble;

pub use address::{
    HOW_POSTGRES, HOW_SERVER, is_mysql_url, is_postgres_url, is_sqlserver_url, refuse_connection_string,
    refuse_mysql_url, refuse_postgres_url, refuse_sqlserver_url,
};
pub use last_failure::{LastFailure, ServerConnection};
pub use login::{Login, LoginError, refuse_unproven, unproven_host};
pub use server_make::ServerMake;
pub use simulation::{CallFate, CallFates, SimulatedCalls};
pub use sqlite_file::{SqliteFile, SqliteLent, SqliteTx};
pub use sqlserver::{SqlServer, SqlServerOptions, Trust};
pub use tls::TlsSettings;
pub use trouble::{DatabaseKeys, DatabaseTrouble};
