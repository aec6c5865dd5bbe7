//! What the two users of PostgreSQL share, the reader of the local database and a ledger that is on a server.

mod doubt;
mod login;

pub(crate) use doubt::Doubt;
pub(crate) use login::PgLogin;
