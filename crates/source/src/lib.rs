//! Reading the local one-stop system, through SQL or HTTP requests that a mapping file holds. It is never written to.
//!
//! A dossier comes out of it whole ([`Reading::Dossier`]) or not at all ([`Reading::Defective`]): one bad row harms no
//! other dossier, and nothing is made up for missing data.

mod addresses;
mod agreement;
mod coverage;
mod dossiers;
mod engines;
mod error;
mod file_column;
mod http;
mod key;
mod left_out;
mod mapping;
mod newest;
mod order;
mod pages;
mod plan;
mod probe;
mod rights;
mod row;
mod sample;
mod scan;
mod settings;
mod source;
mod times;
mod value;

pub use addresses::Addresses;
pub use agreement::{Agreement, Lacking, agreement};
pub use coverage::{
    Coverage, Defect, NotKnown, TableCoverage, ValueCoverage, coverage, coverage_of, coverage_telling,
};
pub use dongbo_connections::{DatabaseTrouble, TlsSettings};
pub use dossiers::{Observation, Observe, ObservedReading, ObservedValue, Reading, WITHHELD};
pub use engines::{Consistency, WakeUps};
pub use error::{SOURCE_KEYS, SourceError};
pub use file_column::{FileLookup, FilePiece};
pub use http::{Fault as HttpFault, HttpSettings, SignedIn};
pub use mapping::{KeyType, Mapping, MappingError, Procedures, Shape, UNKNOWABLE, UnlistedPaper, stores};
pub use newest::newest_change;
pub use plan::FullScan;
pub use rights::WriteRights;
pub use sample::sample;
pub use scan::{Change, ChangeQuery, Scan, ScanPosition, Sweep};
pub use settings::{DEFAULT_NAME, Engine, Section, Settings};
pub use source::Source;
