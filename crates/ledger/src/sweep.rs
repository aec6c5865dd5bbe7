//! Comparing a page of the local database with the ledger.

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, record, values};
use crate::touch::CLOSE_ALL;
use dongbo_model::{DossierCode, Fingerprint};

/// A dossier as a sweep read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweptDossier {
    /// The dossier's code.
    pub code: DossierCode,
    /// Its content's fingerprint; `None` when it cannot be read as a dossier.
    pub content: Option<Fingerprint>,
    /// Fingerprint of its steps' chain; `None` also when there is no step.
    pub steps_fp: Option<Fingerprint>,
}

record! {
    /// A dossier of a page.
    struct PageRow<'a> {
        code: &'a str,
        content: Option<String>,
        steps: Option<String>,
    }
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
        let text = |fingerprint: Option<Fingerprint>| fingerprint.map(|value| value.to_string());
        let rows: Vec<PageRow<'_>> = page
            .iter()
            .map(|one| PageRow {
                code: one.code.as_str(),
                content: text(one.content),
                steps: text(one.steps_fp),
            })
            .collect();
        let last = page.iter().map(|one| one.code.as_str()).max();
        let values = values![encode("differing", &rows)?, after.map(DossierCode::as_str), last, to_end];
        self.store.read_texts(&DIFFERING, values).await
    }

    /// Of a page's codes, those that the ledger has never heard of.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unheard_of(&self, page: &[SweptDossier]) -> Result<Vec<String>, LedgerError> {
        let codes: Vec<&str> = page.iter().map(|one| one.code.as_str()).collect();
        self.store.read_texts(&UNHEARD_OF, values![encode("unheard_of", &codes)?]).await
    }

    /// Whether a row without a usable code is held.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn holds_without_code(&self) -> Result<bool, LedgerError> {
        Ok(self.store.read_count(&COUNT_WITHOUT_CODE, Vec::new()).await? > 0)
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
        let mut tx = self.store.begin("forget_without_code").await?;
        let keys = encode("forget_without_code", &present)?;
        let gone = tx.read_texts(&FORGET_WITHOUT_CODE, values![keys, micros(since)]).await?;
        tx.execute(&CLOSE_ALL, values![encode("forget_without_code", &gone)?, micros(since)]).await?;
        tx.commit("forget_without_code").await?;
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }
}

static DIFFERING: Sql = Sql::of(
    "differing",
    "WITH page AS MATERIALIZED (SELECT {columns PageRow} FROM {rows $1: PageRow} AS given)
     SELECT page.code FROM page JOIN dossier ON dossier.code = page.code
     WHERE (state = 'synced' AND (page.content IS DISTINCT FROM content_accepted
             OR page.steps IS DISTINCT FROM steps_accepted_fp))
         OR (state = 'held' AND (page.content IS DISTINCT FROM content_wanted
             OR page.steps IS DISTINCT FROM steps_wanted_fp))
     UNION ALL
     SELECT dossier.code FROM dossier
     WHERE state IN ('synced', 'held') AND code NOT LIKE '#%' AND code > coalesce($2, '')
         AND ($4 = 1 OR code <= coalesce($3, '')) AND code NOT IN (SELECT code FROM page)
         AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.code = dossier.code
             AND kind = 'deleted_locally' AND closed_at IS NULL)",
    &[PageRow::RECORD],
);

/// Also run within the transaction of a backfill's page, and to tell a person which codes are unknown.
pub(super) static UNHEARD_OF: Sql = Sql::new(
    "unheard_of",
    "SELECT value FROM {texts $1} AS given WHERE NOT EXISTS (SELECT 1 FROM dossier WHERE code = given.value)",
);

static COUNT_WITHOUT_CODE: Sql =
    Sql::new("count_without_code", "SELECT count(*) FROM dossier WHERE code >= '#' AND code < '$'");

static FORGET_WITHOUT_CODE: Sql = Sql::new(
    "forget_without_code",
    "DELETE FROM dossier WHERE code >= '#' AND code < '$' AND seen_at < $2
         AND code NOT IN (SELECT '#' || value FROM {texts $1} AS present) RETURNING code",
);
