//! Servers that belong to one test run and leave nothing behind.

mod database;
mod mariadb;
mod postgres;
mod process;
pub mod s3;

pub use database::{
    MYSQL_URL_VARIABLE, POSTGRES_URL_VARIABLE, TestDatabase, fresh_database, fresh_mysql_database,
};
pub use mariadb::PrivateMariadb;
pub use postgres::PrivatePostgres;
pub use process::lasting_port;
