//! Retries that a person asks for, of dossiers that are held or wait: counted first, then paced, in one statement each.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::held::subject;
use crate::open::Ledger;
use crate::store::{Sql, Value, values};
use crate::sweep::UNHEARD_OF;
use dongbo_model::clock::later;

/// A request whose answer was lost may still land within this, so its dossier is not looked up before.
const LANDED_AFTER: Duration = Duration::from_secs(60);

/// A selection of dossiers to be tried again: those that meet every condition that is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Their codes; `None` for all that are held. A dossier that is named is also tried again while it waits.
    pub codes: Option<Vec<String>>,
    /// The finding that holds them: an open finding of this kind's stable name.
    pub kind: Option<String>,
    /// The finding's subject.
    pub subject: Option<String>,
    /// Their unit, as the ledger has it.
    pub unit: Option<String>,
}

/// A preview of trying again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RetryPreview {
    /// Held dossiers that would be tried again.
    pub held: u64,
    /// Dossiers that back off or wait to be verified and would go at once.
    pub waiting: u64,
    /// The open causes of these dossiers, the most frequent first. A dossier with several causes is in each.
    pub causes: Vec<RetryCause>,
    /// Named dossiers that go anyhow: due, or with a worker.
    pub under_way: u64,
    /// Named dossiers of which the portal has everything.
    pub complete: u64,
    /// Rows without a dossier code: nothing can be tried before the local system gives them one.
    pub without_code: u64,
    /// Named codes that the ledger has never heard of.
    pub unknown: Vec<String>,
}

impl RetryPreview {
    /// The number of dossiers that would be tried again.
    #[must_use]
    pub const fn dossiers(&self) -> u64 {
        self.held.saturating_add(self.waiting)
    }
}

/// A cause, and how many dossiers it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryCause {
    /// The finding's kind, by its stable name.
    pub kind: String,
    /// The subject of the finding.
    pub subject: String,
    /// The number of dossiers that have it.
    pub dossiers: u64,
}

/// The outcome of trying again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// The number of dossiers that are tried again.
    pub dossiers: u64,
    /// When the last of them is due.
    pub last_due_at: DateTime<Utc>,
}

/// `$rest` with the dossiers of a selection before it as `named`, each with the effect of a retry on it: $1 to $4 are
/// the selection, $5 the present. What seems said twice lets the engines take the index of unfinished dossiers.
macro_rules! with_named {
    ($($rest:tt)+) => {
        concat!(
            "WITH chosen AS (
                 SELECT code FROM dossier WHERE $1 IS NULL AND state = 'held' AND state <> 'synced'
                 UNION ALL
                 SELECT code FROM dossier WHERE code IN {texts $1}
             ), named AS (
                 SELECT dossier.code, unit, CASE
                     WHEN dossier.code LIKE '#%' THEN 'without_code'
                     WHEN state = 'held' THEN 'held'
                     WHEN state = 'due' AND due_at > $5 THEN 'waiting'
                     WHEN state = 'synced' THEN 'complete'
                     ELSE 'under_way' END AS fate
                 FROM chosen JOIN dossier ON dossier.code = chosen.code
                 WHERE ($2 IS NULL OR EXISTS (SELECT 1 FROM finding WHERE finding.code = dossier.code
                         AND closed_at IS NULL AND kind = $2 AND ($3 IS NULL OR subject = $3)))
                     AND ($4 IS NULL OR unit = $4)
             )",
            $($rest)+
        )
    };
}

static COUNT_FATES: Sql =
    Sql::new("count_fates", with_named!(" SELECT fate, count(*) AS many FROM named GROUP BY fate"));

static COUNT_CAUSES: Sql = Sql::new(
    "count_causes",
    with_named!(
        " SELECT f.kind, ",
        subject!(),
        " AS subject, count(DISTINCT named.code) AS dossiers FROM named JOIN finding f ON f.code = named.code
         WHERE fate IN ('held', 'waiting') AND closed_at IS NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    ),
);

static RETRY: Sql = Sql::new(
    "retry",
    with_named!(
        ", placed AS (
             SELECT code, row_number() OVER (ORDER BY turn, unit) - 1 AS place FROM (
                 SELECT code, unit, row_number() OVER (PARTITION BY unit ORDER BY code) AS turn
                 FROM named WHERE fate IN ('held', 'waiting')) AS turns
         )
         UPDATE dossier SET state = 'due', lane = 1, touches = touches + 1, rounds = NULL,
             unsent_since = coalesce(unsent_since, $5),
             due_at = CASE WHEN state = 'due' AND doubt = 1
                 THEN LEAST(due_at, GREATEST($5 + place * $6, $7 + coalesce(
                     (SELECT max(ended_at) FROM attempt WHERE attempt.code = dossier.code), 0)))
                 ELSE $5 + place * $6 END
         FROM placed WHERE dossier.code = placed.code AND dossier.state IN ('held', 'due')"
    ),
);

impl Ledger {
    /// Counts what [`Ledger::retry`] would do.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn preview_retry(
        &self,
        selection: &Selection,
        now: DateTime<Utc>,
    ) -> Result<RetryPreview, LedgerError> {
        let during = || LedgerError::during("preview_retry");
        let mut tx = self.store.snapshot("preview_retry").await?;
        let mut preview = RetryPreview::default();
        for row in tx.read(&COUNT_FATES, chosen(selection, now)?).await? {
            let many = row.count("many").map_err(during())?;
            match row.get::<&str, _>("fate").map_err(during())? {
                "held" => preview.held = many,
                "waiting" => preview.waiting = many,
                "complete" => preview.complete = many,
                "without_code" => preview.without_code = many,
                _ => preview.under_way = many,
            }
        }
        for row in tx.read(&COUNT_CAUSES, chosen(selection, now)?).await? {
            preview.causes.push(RetryCause {
                kind: row.get("kind").map_err(during())?,
                subject: row.get("subject").map_err(during())?,
                dossiers: row.count("dossiers").map_err(during())?,
            });
        }
        preview.unknown = tx.read_texts(&UNHEARD_OF, values![codes(selection)?]).await?;
        Ok(preview)
    }

    /// Makes held dossiers due, and those that are named and wait: one every `apart`, the units in turn, from the retry
    /// lane. Each is read again before anything is sent, so one that is no longer in the local database is not.
    ///
    /// # Errors
    /// When the ledger cannot be written; then nothing is tried again.
    pub async fn retry(
        &self,
        selection: &Selection,
        apart: Duration,
        now: DateTime<Utc>,
    ) -> Result<Retried, LedgerError> {
        let apart_us = i64::try_from(apart.as_micros()).unwrap_or(i64::MAX);
        let mut values = chosen(selection, now)?;
        values.extend(values![apart_us, i64::try_from(LANDED_AFTER.as_micros()).unwrap_or(i64::MAX)]);
        let dossiers = self.store.execute(&RETRY, values).await?;
        self.backlogs.hear();
        let gaps = u32::try_from(dossiers.saturating_sub(1)).unwrap_or(u32::MAX);
        Ok(Retried { dossiers, last_due_at: later(now, apart.saturating_mul(gaps)) })
    }

    /// Makes every held dossier due at once: what the mapping says has changed, so each deserves another reading.
    /// Returns how many were freed.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn free_held(&self, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        Ok(self.retry(&Selection::default(), Duration::ZERO, now).await?.dossiers)
    }
}

fn chosen<'a>(selection: &'a Selection, now: DateTime<Utc>) -> Result<Vec<Value<'a>>, LedgerError> {
    Ok(values![
        codes(selection)?,
        selection.kind.as_deref(),
        selection.subject.as_deref(),
        selection.unit.as_deref(),
        micros(now)
    ])
}

fn codes(selection: &Selection) -> Result<Option<String>, LedgerError> {
    selection.codes.as_ref().map(|codes| encode("retry", codes)).transpose()
}
