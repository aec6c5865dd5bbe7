//! Comparing a page of the local database with the ledger.

use chrono::{DateTime, Utc};

use super::{Ledger, LedgerError, micros};
use crate::dossier::{DossierCode, Fingerprint};

/// A dossier as a sweep read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweptDossier {
    /// Which dossier.
    pub code: DossierCode,
    /// Its content's fingerprint; `None` when it cannot be read as a dossier.
    pub content: Option<Fingerprint>,
    /// Fingerprint of its steps' chain; `None` also when there is no step.
    pub steps_fp: Option<Fingerprint>,
}

impl Ledger {
    /// The codes of a page for which the ledger holds something else than what the sweep read, and of those between
    /// `after` (exclusive) and the page's last (inclusive) that the page does not have: missed changes, and deletions.
    ///
    /// A page is in the order of codes. `to_end` says that it is the last one, so that everything behind `after`
    /// belongs to it. Only dossiers at rest are named: the others are on their way to be read anyhow. A deletion that
    /// a person has been told of is no news.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn differing(
        &self,
        after: Option<&DossierCode>,
        page: &[SweptDossier],
        to_end: bool,
    ) -> Result<Vec<String>, LedgerError> {
        let rows: Vec<(&str, Option<String>, Option<String>)> = page
            .iter()
            .map(|one| {
                let text = |fingerprint: Option<Fingerprint>| fingerprint.map(|it| it.to_string());
                (one.code.as_str(), text(one.content), text(one.steps_fp))
            })
            .collect();
        let batch = serde_json::to_string(&rows)
            .map_err(|source| LedgerError::Encode { operation: "differing", source })?;
        let last = page.iter().map(|one| one.code.as_str()).max();
        sqlx::query_scalar(
            "-- differing\nWITH page AS MATERIALIZED (
                 SELECT value ->> 0 AS code, value ->> 1 AS content, value ->> 2 AS steps FROM json_each(?1)
             )
             SELECT page.code FROM page JOIN dossier USING (code)
             WHERE CASE state
                 WHEN 'synced' THEN page.content IS NOT content_accepted OR page.steps IS NOT steps_accepted_fp
                 WHEN 'held' THEN page.content IS NOT content_wanted OR page.steps IS NOT steps_wanted_fp
             END
             UNION ALL
             SELECT dossier.code FROM dossier
             WHERE state IN ('synced', 'held') AND code NOT LIKE '#%' AND code > coalesce(?2, '')
                 AND (?4 OR code <= coalesce(?3, '')) AND code NOT IN (SELECT code FROM page)
                 AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.code = dossier.code
                     AND kind = 'deleted_locally' AND closed_at IS NULL)",
        )
        .bind(batch)
        .bind(after.map(DossierCode::as_str))
        .bind(last)
        .bind(to_end)
        .fetch_all(&self.readers)
        .await
        .map_err(LedgerError::during("differing"))
    }

    /// Of a page's codes, those that the ledger has never heard of.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unheard_of(&self, page: &[SweptDossier]) -> Result<Vec<String>, LedgerError> {
        let codes: Vec<&str> = page.iter().map(|one| one.code.as_str()).collect();
        let batch = serde_json::to_string(&codes)
            .map_err(|source| LedgerError::Encode { operation: "unheard_of", source })?;
        sqlx::query_scalar(UNHEARD_OF)
            .bind(batch)
            .fetch_all(&self.readers)
            .await
            .map_err(LedgerError::during("unheard_of"))
    }

    /// Whether a row without a usable code is held.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn holds_without_code(&self) -> Result<bool, LedgerError> {
        sqlx::query_scalar(
            "-- holds_without_code\nSELECT EXISTS (SELECT 1 FROM dossier WHERE code >= '#' AND code < '$')",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(LedgerError::during("holds_without_code"))
    }

    /// Lets go of rows without a usable code that the local database has no more: those whose key is not among
    /// `present` and that nobody has heard of since `since`, when `present` began to be gathered. Returns how many.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is let go then.
    pub async fn forget_without_code(
        &self,
        present: &[String],
        since: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let keys = serde_json::to_string(present)
            .map_err(|source| LedgerError::Encode { operation: "forget_without_code", source })?;
        let mut tx = self.begin("forget_without_code").await?;
        let gone: Vec<String> = sqlx::query_scalar(
            "-- forget_without_code\nDELETE FROM dossier WHERE code >= '#' AND code < '$' AND seen_at < ?2
                 AND code NOT IN (SELECT '#' || value FROM json_each(?1)) RETURNING code",
        )
        .bind(keys)
        .bind(micros(since))
        .fetch_all(&mut *tx)
        .await
        .map_err(LedgerError::during("forget_without_code"))?;
        let codes = serde_json::to_string(&gone)
            .map_err(|source| LedgerError::Encode { operation: "forget_without_code", source })?;
        sqlx::query(
            "-- close_forgotten\nUPDATE finding SET closed_at = ?2
             WHERE closed_at IS NULL AND code IN (SELECT value FROM json_each(?1))",
        )
        .bind(codes)
        .bind(micros(since))
        .execute(&mut *tx)
        .await
        .map_err(LedgerError::during("close_forgotten"))?;
        tx.commit().await.map_err(LedgerError::during("forget_without_code"))?;
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }
}

/// Also run within the transaction of a backfill's page, and to tell a person which codes are unknown.
pub(super) const UNHEARD_OF: &str = "-- unheard_of
SELECT value FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM dossier WHERE code = value)";
