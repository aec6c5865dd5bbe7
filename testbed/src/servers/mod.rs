//! Servers that belong to one test run and leave nothing behind.

mod database;
mod postgres;
pub mod s3;

pub use database::{POSTGRES_URL_VARIABLE, TestDatabase, fresh_database};
pub use postgres::{PrivatePostgres, lasting_port};
