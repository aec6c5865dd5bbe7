//! `[ledger]`: dongbo's own memory.

use std::path::PathBuf;

use serde::Deserialize;

/// Where the ledger is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// The SQLite file; made when it is not there. Two more files appear beside it while dongbo runs.
    pub path: PathBuf,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self { path: PathBuf::from("/var/lib/dongbo/ledger.sqlite") }
    }
}

impl LedgerConfig {
    /// What is wrong with these values by themselves.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let empty = self.path.as_os_str().is_empty();
        empty.then(|| "ledger.path must name a file".to_owned()).into_iter().collect()
    }
}
