//! Sections `[files.results]` and `[files.papers]` of a mapping file: where the files of dossiers are.

mod store;
mod written;

pub use super::engine_sql::EngineSql;
pub use store::{FileLimits, FilesConfig, HttpPlace, Reach, S3Place, StoreConfig, StorePlace};
pub(super) use written::FilesFile;
