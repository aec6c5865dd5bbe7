//! The makes of database, and the traits through which the rest of the crate uses any of them.

mod layout;
mod my_value;
mod mysql;
mod pg_value;
mod pg_zone;
mod postgres;
mod room;
mod server;
mod session;
mod sqlite;
mod steady_zone;
mod wake;

pub(crate) use layout::{Column, ColumnKind, FoundColumn, Layout, ResultRow};
pub(crate) use mysql::MysqlDatabase;
pub(crate) use postgres::PostgresDatabase;
pub(crate) use room::{LARGEST_ROW, Room};
pub(crate) use session::{
    Arguments, Database, LEAST_UUID, Mark, Names, Piece, Readable, Session, in_time, uuid,
};
pub(crate) use sqlite::SqliteDatabase;
pub use wake::WakeUps;
