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
mod sqlserver;
mod steady_zone;
mod wake;

pub(crate) use layout::{Column, ColumnKind, FoundColumn, Layout, Moment, ResultRow};
pub(crate) use mysql::MysqlDatabase;
pub(crate) use postgres::PostgresDatabase;
pub(crate) use room::{LARGEST_ROW, Room};
pub use session::Consistency;
pub(crate) use session::{
    Arguments, Database, LEAST_UUID, Mark, Names, Piece, Readable, Session, in_time, uuid,
};
pub(crate) use sqlite::SqliteDatabase;
pub(crate) use sqlserver::{SqlServerDatabase, first_moment};
pub use wake::WakeUps;
