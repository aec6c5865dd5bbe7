//! The mapping file: one vendor's SQL, code tables, date formats and stores of files.

mod changes;
mod checked;
mod code_tables;
mod dates;
mod lexis;
mod links;
mod local_keys;
mod numbers;
mod one_reading;
mod param;
mod plausible;
mod procedures;
mod queries;
mod scanner;
mod statement;
pub mod stores;
mod unknown;
mod unlisted;
mod zones;

pub(crate) use changes::ChangesQuery;
pub use changes::KeyType;
pub use checked::{Mapping, MappingError};
pub(crate) use code_tables::{CodeTable, Coded, Flag};
pub(crate) use dates::{Dates, NoDate, postgres_text};
pub(crate) use numbers::NoNumber;
pub(crate) use param::Param;
pub(crate) use plausible::{Implausible, quoted};
pub(crate) use procedures::ProcedureRow;
pub use procedures::Procedures;
pub use queries::Shape;
pub(crate) use queries::{List, Statements};
pub(crate) use statement::Statement;
pub use unknown::UNKNOWABLE;
pub use unlisted::UnlistedPaper;
