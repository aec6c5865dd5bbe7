//! `[ledger]`: dongbo's own memory.

use std::path::PathBuf;

use serde::Deserialize;

/// Where the ledger is, and how much room it needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// The SQLite file; made when it is not there. Two more files appear beside it while dongbo runs.
    pub path: PathBuf,
    /// Free bytes on the ledger's disk under which `dongbo check` warns. Under a third of it the check fails.
    #[serde(deserialize_with = "super::size::deserialize")]
    pub warn_free: u64,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self { path: PathBuf::from("/var/lib/dongbo/ledger.sqlite"), warn_free: 1 << 30 }
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
