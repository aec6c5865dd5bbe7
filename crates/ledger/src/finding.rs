//! Reading the open findings.

use chrono::{DateTime, Utc};

use crate::encoding::time;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, values};
use dongbo_model::{Finding, FindingKind};

/// A finding that is open, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFinding {
    /// The dossier's code, or `#` and the local key of a row that has none.
    pub code: String,
    /// The kind of the finding.
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
            let kind: &str = row.get("kind").map_err(during())?;
            let Some(kind) = FindingKind::from_name(kind) else { continue };
            let finding = Finding::new(
                kind,
                row.get::<&str, _>("subject").map_err(during())?,
                row.get::<&str, _>("detail").map_err(during())?,
            );
            let opened_at = time(row.get("opened_at").map_err(during())?);
            found.push(OpenFinding { code: row.get("code").map_err(during())?, finding, opened_at });
        }
        Ok(found)
    }
}

static OPEN_FINDINGS: Sql = Sql::new(
    "open_findings",
    "SELECT code, kind, subject, detail, opened_at FROM finding
     WHERE closed_at IS NULL ORDER BY opened_at, code, kind, subject LIMIT $1",
);
