//! Comparing a page of the local database with the ledger.

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, record, values};
use crate::touch::{CLOSE_ALL, TOUCH_CODES};
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
    /// The codes of a page for which the ledger holds something else than what the sweep read: missed changes. Only
    /// dossiers at rest are named: the others are on their way to be read anyhow.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn differing(&self, page: &[SweptDossier]) -> Result<Vec<String>, LedgerError> {
        let text = |fingerprint: Option<Fingerprint>| fingerprint.map(|value| value.to_string());
        let rows: Vec<PageRow<'_>> = page
            .iter()
            .map(|one| PageRow {
                code: one.code.as_str(),
                content: text(one.content),
                steps: text(one.steps_fp),
            })
            .collect();
        self.store.read_texts(&DIFFERING, values![encode("differing", &rows)?, self.source.0]).await
    }

    /// Writes down which dossiers a page of the sweep gives, and which of those behind `after` up to `last` it does not; all
    /// behind `after` belong to the last page, which has no `last`. What was heard of first since `began`, when the page was
    /// asked for, is none of these. A deletion that a person has been told of is no news. Returns the dossiers that had been
    /// taken for gone and are there again.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn note_listed(
        &self,
        page: &[SweptDossier],
        after: &str,
        last: Option<&str>,
        began: DateTime<Utc>,
    ) -> Result<Vec<String>, LedgerError> {
        let codes: Vec<&str> = page.iter().map(|one| one.code.as_str()).collect();
        let codes = encode("note_listed", &codes)?;
        let mut tx = self.store.begin("note_listed").await?;
        let again = tx.read_texts(&LIST_AGAIN, values![&codes, self.source.0]).await?;
        let (after, last) = (before_nul(after), last.map(before_nul));
        let missing = values![&codes, after, micros(began), self.source.0];
        match last {
            Some(last) => {
                let bounded = missing.into_iter().chain(values![last]).collect();
                tx.execute(&NOTE_MISSING, bounded).await?
            }
            None => tx.execute(&NOTE_MISSING_TO_THE_END, missing).await?,
        };
        self.give_no_more(&mut tx, &codes, (after, last), began).await?;
        tx.commit("note_listed").await?;
        Ok(again)
    }

    /// The dossiers that the sweep under way has not met in their places.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn missing(&self) -> Result<Vec<String>, LedgerError> {
        self.store.read_texts(&MISSING, values![self.source.0]).await
    }

    /// Ends the sweep's account of missing dossiers: those in `given` are in the local database's changes all the same, the
    /// others are gone. All become due. Returns how many.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn settle_missing(&self, given: &[String], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let mut tx = self.store.begin("settle_missing").await?;
        let given = encode("settle_missing", &given)?;
        let codes = tx.read_texts(&SETTLE_MISSING, values![given, self.source.0]).await?;
        if !self.alone {
            Self::settle_givers(&mut tx, &codes, now).await?;
        }
        let due =
            tx.execute(&TOUCH_CODES, values![encode("settle_missing", &codes)?, micros(now), true]).await?;
        self.finish_news(tx, "settle_missing").await?;
        Ok(due)
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
        Ok(self.store.read_count(&COUNT_WITHOUT_CODE, values![self.source.0]).await? > 0)
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
        let present: Vec<String> = present.iter().map(|key| self.without_code(key)).collect();
        let keys = encode("forget_without_code", &present)?;
        let gone = tx.read_texts(&FORGET_WITHOUT_CODE, values![keys, micros(since), self.source.0]).await?;
        tx.execute(&CLOSE_ALL, values![encode("forget_without_code", &gone)?, micros(since)]).await?;
        tx.commit("forget_without_code").await?;
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }
}

static DIFFERING: Sql = Sql::of(
    "differing",
    "WITH page AS MATERIALIZED (SELECT {columns PageRow} FROM {rows $1: PageRow} AS given)
     SELECT page.code FROM page JOIN dossier ON dossier.code = page.code
     WHERE dossier.source = $2 AND ((state = 'synced' AND (page.content IS DISTINCT FROM content_accepted
             OR page.steps IS DISTINCT FROM steps_accepted_fp))
         OR (state = 'held' AND (page.content IS DISTINCT FROM content_wanted
             OR page.steps IS DISTINCT FROM steps_wanted_fp)))",
    &[PageRow::RECORD],
);

static LIST_AGAIN: Sql = Sql::new(
    "list_again",
    "UPDATE dossier SET listed = 1 WHERE code IN (
         SELECT code FROM dossier WHERE code IN {texts $1} AND source = $2 AND listed <> 1 ORDER BY code {lock})
     RETURNING code",
);

/// With the bound as a text of its own, for where it could be absent the database looks through all codes behind `after`.
macro_rules! note_missing {
    ($bound:literal) => {
        concat!(
            "UPDATE dossier SET listed = 2 WHERE code IN (
                 SELECT code FROM dossier
                 WHERE code NOT LIKE '#%' AND code > $2 ",
            $bound,
            " AND seen_at <= $3 AND source = $4 AND code NOT IN {texts $1}
                     AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.code = dossier.code
                         AND kind = 'deleted_locally' AND closed_at IS NULL) ORDER BY code {lock})"
        )
    };
}

static NOTE_MISSING: Sql = Sql::new("note_missing", note_missing!("AND code <= $5"));

static NOTE_MISSING_TO_THE_END: Sql = Sql::new("note_missing_to_the_end", note_missing!(""));

static MISSING: Sql =
    Sql::new("missing", "SELECT code FROM dossier WHERE listed = 2 AND source = $1 ORDER BY code");

static SETTLE_MISSING: Sql = Sql::new(
    "settle_missing",
    "UPDATE dossier SET listed = CASE WHEN code IN {texts $1} THEN 3 ELSE 0 END
     WHERE code IN (SELECT code FROM dossier WHERE listed = 2 AND source = $2 ORDER BY code {lock}) RETURNING code",
);

/// Also run within the transaction of a backfill's page, and to tell a person which codes are unknown.
pub(super) static UNHEARD_OF: Sql = Sql::new(
    "unheard_of",
    "SELECT value FROM {texts $1} AS given WHERE NOT EXISTS (SELECT 1 FROM dossier WHERE code = given.value)",
);

static COUNT_WITHOUT_CODE: Sql = Sql::new(
    "count_without_code",
    "SELECT count(*) FROM dossier WHERE code >= '#' AND code < '$' AND source = $1",
);

static FORGET_WITHOUT_CODE: Sql = Sql::new(
    "forget_without_code",
    "DELETE FROM dossier WHERE code >= '#' AND code < '$' AND seen_at < $2 AND source = $3
         AND code NOT IN {texts $1} RETURNING code",
);

/// The part of a text of the local database that every ledger can hold. No code that can be used lies between it and the whole.
fn before_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::NOTE_MISSING;
    use crate::plan::plan;
    use crate::store::values;

    #[tokio::test]
    async fn a_page_of_the_sweep_is_looked_for_no_further_than_its_last_code() {
        let plan = plan(&NOTE_MISSING, values!["[]", "a", 0_i64, 1_i64, "b"]).await;
        assert!(plan.iter().any(|line| line.contains("(code>? AND code<?)")), "{plan:?}");
    }
}
