//! Deleting old history: attempts, delays, and findings and differences that are closed. Dossiers and open rows stay.

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Fenced, Row, Sql, values};
use dongbo_model::vocabulary;

/// The memo of how far the walk through the attempts has come: JSON, empty when the next one begins at the beginning.
const PLACE: &str = "pruning";

vocabulary! {
    /// A table that keeps history.
    pub enum History {
        /// Calls to the portal. The last one of each dossier stays.
        Attempts = "attempt";
        /// Findings; those that are open stay.
        Findings = "finding";
        /// Differences; those that are open stay.
        Differences = "difference";
        /// How long single changes took. Their spread by unit and month stays.
        Delays = "delay";
    }
}

/// A walk through one history, batch by batch. It may be left at any point: each batch is whole.
#[derive(Debug)]
pub struct Pruning<'l> {
    ledger: &'l Ledger,
    history: History,
    before: DateTime<Utc>,
    at_once: u32,
    /// The attempt that was looked at last, by code and fence.
    after: Option<(String, i64)>,
    ended: bool,
}

impl Ledger {
    /// Begins to delete what of `history` ended before `before`: some `at_once` rows a batch.
    #[must_use]
    pub const fn prune(&self, history: History, before: DateTime<Utc>, at_once: u32) -> Pruning<'_> {
        Pruning { ledger: self, history, before, at_once, after: None, ended: false }
    }
}

impl Pruning<'_> {
    /// Makes one batch, and says how many rows went; `None` when there is no further one.
    ///
    /// # Errors
    /// When the ledger fails. What went until then is gone; a walk that begins anew goes on from there.
    pub async fn next(&mut self) -> Result<Option<u64>, LedgerError> {
        if self.ended {
            return Ok(None);
        }
        match self.history {
            History::Attempts => self.attempts().await,
            History::Findings => self.closed(&PRUNE_FINDINGS).await.map(Some),
            History::Differences => self.closed(&PRUNE_DIFFERENCES).await.map(Some),
            History::Delays => self.closed(&PRUNE_DELAYS).await.map(Some),
        }
    }

    /// Rows that one transaction closed go at once, which takes no longer than closing it did.
    async fn closed(&mut self, sql: &'static Sql) -> Result<u64, LedgerError> {
        let gone = self.ledger.store.execute(sql, values![micros(self.before), self.at_once]).await?;
        self.ended = gone < u64::from(self.at_once);
        Ok(gone)
    }

    /// Looks at the attempts that come next, and writes only when some of them go.
    async fn attempts(&mut self) -> Result<Option<u64>, LedgerError> {
        let store = &self.ledger.store;
        let (code, fence) = match self.after.take() {
            Some(after) => after,
            None => self.left_at().await?,
        };
        let looked = store.read(&LOOK, values![&code, fence, self.at_once, micros(self.before)]).await?;
        let looked: Vec<Attempt> =
            looked.iter().map(attempt).collect::<Result<_, _>>().map_err(LedgerError::during("prune"))?;
        let Some(last) = looked.last().map(|last| (last.code.clone(), last.fence)) else {
            self.ended = true;
            self.ledger.remember(PLACE, "").await?;
            return Ok(None);
        };
        let going: Vec<Fenced<'_>> = looked
            .iter()
            .filter(|one| one.goes)
            .map(|one| Fenced { code: &one.code, fence: one.fence })
            .collect();
        let mut gone = 0;
        if !going.is_empty() {
            let mut tx = store.begin("prune").await?;
            gone = tx.execute(&PRUNE_ATTEMPTS, values![encode("prune", &going)?]).await?;
            tx.execute(&super::open::REMEMBER, values![PLACE, encode("prune", &last)?]).await?;
            tx.commit("prune").await?;
        }
        self.after = Some(last);
        Ok(Some(gone))
    }

    /// Where a walk that was broken off last deleted something, or the beginning: no code is empty.
    async fn left_at(&self) -> Result<(String, i64), LedgerError> {
        let place = self.ledger.memo(PLACE).await?.unwrap_or_default();
        Ok(serde_json::from_str(&place).unwrap_or_default())
    }
}

/// An attempt that was looked at.
struct Attempt {
    code: String,
    fence: i64,
    goes: bool,
}

fn attempt(row: &Row) -> Result<Attempt, sqlx::Error> {
    Ok(Attempt { code: row.get("code")?, fence: row.get("fence")?, goes: row.flag("goes")? })
}

/// Selects the attempts behind a place that are to be deleted, and the last one that was looked at.
///
/// They are walked through in the order of their key, all of them, instead of finding the old ones by an index: every
/// settlement would have to write that, and it would be a third of the table; and since the last attempt of each
/// dossier stays, however old, most of what such an index finds after some years would have to be looked at every day
/// and left where it is. The walk only reads, and blocks no writer. The attempts of a forgotten dossier cannot be asked
/// for.
static LOOK: Sql = Sql::new(
    "prune_look",
    "WITH batch AS (
         SELECT code, fence, ended_at FROM attempt WHERE (code, fence) > ($1, $2) ORDER BY code, fence LIMIT $3
     ), judged AS (
         SELECT code, fence, row_number() OVER (ORDER BY code DESC, fence DESC) AS place,
             CASE WHEN ended_at < $4 AND (
                     EXISTS (SELECT 1 FROM attempt AS later WHERE later.code = batch.code AND later.fence > batch.fence)
                     OR NOT EXISTS (SELECT 1 FROM dossier WHERE dossier.code = batch.code))
                 THEN 1 ELSE 0 END AS goes
         FROM batch
     )
     SELECT code, fence, CAST(goes AS BIGINT) AS goes FROM judged WHERE goes = 1 OR place = 1 ORDER BY code, fence",
);

/// An attempt never changes, and one that has a later one never is the last again: what was looked at still goes.
static PRUNE_ATTEMPTS: Sql = Sql::of(
    "prune_attempts",
    "DELETE FROM attempt WHERE (code, fence) IN {rows $1: Fenced}",
    &[Fenced::RECORD],
);

static PRUNE_FINDINGS: Sql = Sql::new(
    "prune_findings",
    "DELETE FROM finding WHERE closed_at <= (SELECT max(closed_at) FROM (
         SELECT closed_at FROM finding WHERE closed_at < $1 ORDER BY closed_at LIMIT $2) AS oldest)",
);

static PRUNE_DIFFERENCES: Sql = Sql::new(
    "prune_differences",
    "DELETE FROM difference WHERE closed_at <= (SELECT max(closed_at) FROM (
         SELECT closed_at FROM difference WHERE closed_at < $1 ORDER BY closed_at LIMIT $2) AS oldest)",
);

static PRUNE_DELAYS: Sql = Sql::new(
    "prune_delays",
    "DELETE FROM delay WHERE accepted_at <= (SELECT max(accepted_at) FROM (
         SELECT accepted_at FROM delay WHERE accepted_at < $1 ORDER BY accepted_at LIMIT $2) AS oldest)",
);
