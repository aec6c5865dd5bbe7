//! The entries of the chain.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use dongbo_model::Period;
use serde::{Deserialize, Serialize};

use super::store;
use super::{SealError, shown};

/// How the name of an entry begins and ends.
const NAME: [&str; 2] = ["seal-", ".json"];

/// A file as it was when it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its name in the folder of its period.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Its number in the chain, from 1.
    pub(super) number: u64,
    /// The period, which is the name of its folder.
    pub(super) period: String,
    /// Why these files came after the period was sealed; missing in the entry that sealed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    pub(super) at: DateTime<Utc>,
    pub(super) program: String,
    /// The SHA-256 of the entry before; missing in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<String>,
    pub(super) files: Vec<Kept>,
}

/// An entry as it lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) entry: Entry,
    /// The SHA-256 of its bytes.
    pub(super) hash: String,
    /// The name of the folder that it lies in.
    pub(super) folder: String,
}

impl Entry {
    /// Writes the entry into its folder, where none may have its name, and returns its hash.
    pub(super) fn write(&self, folder: &Path) -> Result<String, SealError> {
        let path = folder.join(format!("{}{:06}{}", NAME[0], self.number, NAME[1]));
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| SealError::Io { path: shown(&path), source: error.into() })?;
        bytes.push(b'\n');
        store::create(&path, &bytes)?;
        Ok(store::hash(&bytes))
    }
}

/// Whether a file of this name is an entry and no report.
pub(super) fn is_entry(name: &str) -> bool {
    name.starts_with(NAME[0]) && name.ends_with(NAME[1])
}

/// Every entry in the order of the numbers.
///
/// # Errors
/// When a folder cannot be read, or an entry is none any more.
pub(super) fn chain(root: &Path) -> Result<Vec<Link>, SealError> {
    let mut chain = Vec::new();
    for path in paths(root)? {
        chain.push(read(&path)?);
    }
    chain.sort_by(|one, other| (one.entry.number, &one.folder).cmp(&(other.entry.number, &other.folder)));
    Ok(chain)
}

/// The paths of all entries.
pub(super) fn paths(root: &Path) -> Result<Vec<PathBuf>, SealError> {
    let mut paths = Vec::new();
    for folder in store::folders(root)?.into_iter().filter(|name| Period::parse(name).is_some()) {
        let folder = root.join(folder);
        let entries = store::names(&folder)?.into_iter().filter(|name| is_entry(name));
        paths.extend(entries.map(|name| folder.join(name)));
    }
    Ok(paths)
}

/// Reads one entry.
pub(super) fn read(path: &Path) -> Result<Link, SealError> {
    let bytes = std::fs::read(path).map_err(|source| SealError::Io { path: shown(path), source })?;
    let entry = serde_json::from_slice(&bytes).map_err(|_| SealError::Unreadable { path: shown(path) })?;
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    Ok(Link { entry, hash: store::hash(&bytes), folder: folder.unwrap_or_default() })
}

/// The file `name` as it is now.
pub(super) fn kept(folder: &Path, name: String) -> Result<Kept, SealError> {
    let (bytes, sha256) = store::hash_file(&folder.join(&name))?;
    Ok(Kept { name, bytes, sha256 })
}
