//! The test bed that tests, benchmarks and the demo share: a simulated one-stop system, private servers, and an
//! independent computation of what the portal must show. Nothing here uses `dongbo`'s own code, so that an error
//! in it is not repeated in its judge.

pub mod catalogue;
mod certified;
pub mod day;
mod db;
mod error;
pub mod expect;
pub mod false_postgres;
pub mod igate;
pub mod interface;
pub mod onestop;
pub mod pooler;
pub mod proxy;
pub mod servers;
pub mod smtp;
pub mod tds;
mod time;

pub use db::Db;
pub use error::Error;
