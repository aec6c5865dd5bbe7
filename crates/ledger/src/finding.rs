//! Reading the open findings.

use chrono::{DateTime, Utc};

use super::store::{Sql, values};
use super::{Ledger, LedgerError, time};
use dongbo_model::{Finding, FindingKind};

/// A finding that is open, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFinding {
    /// The dossier's code, or `#` and the local key of a row that has none.
    pub code: String,
    /// What is wrong.
    pub finding: Finding,
    /// When it was first seen.
    pub opened_at: DateTime<Utc>,
}

impl Ledger {
    /// Up to `limit` open findings, the oldest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn open_findings(&self, limit: u32) -> Result<Vec<OpenFinding>, LedgerError> {
        let rows = self.store.read(&OPEN_FINDINGS, values![limit]).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let during = || LedgerError::during("open_findings");
            let kind: &str = row.get(1).map_err(during())?;
            let Some(kind) = FindingKind::from_name(kind) else { continue };
            let finding = Finding::new(
                kind,
                row.get::<&str, _>(2).map_err(during())?,
                row.get::<&str, _>(3).map_err(during())?,
            );
            let opened_at = time(row.get(4).map_err(during())?);
            found.push(OpenFinding { code: row.get(0).map_err(during())?, finding, opened_at });
        }
        Ok(found)
    }
}

static OPEN_FINDINGS: Sql = Sql::new(
    "open_findings",
    "SELECT code, kind, subject, detail, opened_at FROM finding
     WHERE closed_at IS NULL ORDER BY opened_at, code, kind, subject LIMIT $1",
);
