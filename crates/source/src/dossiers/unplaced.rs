//! A query that gives keys of files, while the mapping does not say where the files are.

use crate::engines::FoundColumn;
use crate::error::SourceError;
use crate::mapping::Mapping;
use dongbo_model::FileRole;

/// The error when query `name` gives keys of files that no section of `mapping` has a place for: every dossier would
/// stumble over it.
pub(crate) fn unplaced_files(name: &str, found: &[FoundColumn], mapping: &Mapping) -> Option<SourceError> {
    let role = match name {
        "results" => FileRole::Result,
        "papers" => FileRole::Paper,
        _ => return None,
    };
    let gives_keys = found.iter().any(|column| column.name.eq_ignore_ascii_case("file"));
    (gives_keys && mapping.files().of(role).is_none()).then(|| SourceError::Query {
        query: name.to_owned(),
        reason: format!(
            "it gives keys of files (column \"file\"), and no section [files.{name}] says where those are; add it, or \
             give the address of each file as column \"link\""
        ),
    })
}
