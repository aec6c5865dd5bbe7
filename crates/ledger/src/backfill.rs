//! The progress of a backfill, and its touches: both in one transaction, so that none is done twice or left out.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::open::{MEMO, REMEMBER};
use crate::queue::to_send;
use crate::store::{Sql, Tx, values};
use crate::sweep::UNHEARD_OF;
use crate::touch::{TOUCH_CODES, Touch, rows};
use dongbo_model::Lane;

/// The memo of the one backfill.
const BACKFILL: &str = "backfill";

/// A backfill: everything that changed locally in a range of time is compared with the portal once more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backfill {
    /// The first moment of the range.
    pub from: DateTime<Utc>,
    /// The moment after its last.
    pub to: DateTime<Utc>,
    /// The position up to which it has been read; `None` before the first page.
    pub position: Option<BackfillPosition>,
    /// Local dossiers met in the range.
    pub found: u64,
    /// The number of them that were made due; the others were on their way anyhow.
    pub touched: u64,
    /// Whether it goes on.
    pub state: BackfillState,
    /// When it was ordered.
    pub started_at: DateTime<Utc>,
    /// Most dossiers made due a minute.
    pub per_minute: u32,
    /// The person who ordered it.
    pub by: String,
}

impl Backfill {
    /// The part that is read: what of the range lay in the past when it was ordered. What changes later comes as live changes do.
    #[must_use]
    pub fn range(&self) -> Range<DateTime<Utc>> {
        self.from..self.to.min(self.started_at)
    }
}

/// The state of a backfill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackfillPosition {
    /// The latest change met.
    pub at: DateTime<Utc>,
    /// The place in the local database's own terms, of which only the source knows the meaning.
    pub place: serde_json::Value,
    /// The source that it is of, by its place in the order of precedence.
    #[serde(default)]
    pub source: u32,
    /// The number of sources that were begun with.
    #[serde(default)]
    pub begun: u32,
    /// Sources that could not be read, and are gone on with when the others are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<BackfillPosition>,
}

/// Whether a backfill goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// It is being read.
    Reading,
    /// All of the range is read; what was made due may still be under way.
    Read,
    /// It was broken off. What was made due until then stays due.
    Cancelled,
}

/// One page of a backfill.
#[derive(Debug, Clone, PartialEq)]
pub struct BackfillPage {
    /// The changes on it.
    pub touches: Vec<Touch>,
    /// The position at its end; `None` at the end of the range.
    pub position: Option<BackfillPosition>,
}

impl Ledger {
    /// The backfill that was ordered last.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn backfill(&self) -> Result<Option<Backfill>, LedgerError> {
        Ok(self.memo(BACKFILL).await?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Orders `backfill` unless one is being read. Returns the one that is in force then.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn begin_backfill(&self, backfill: &Backfill) -> Result<Backfill, LedgerError> {
        let mut tx = self.store.begin("begin_backfill").await?;
        if let Some(running) = reading(&mut tx).await? {
            return Ok(running);
        }
        remember(&mut tx, backfill).await?;
        tx.commit("begin_backfill").await?;
        Ok(backfill.clone())
    }

    /// Breaks off the backfill that is being read, and returns it; `None` when there is none.
    ///
    /// # Errors
    /// When the ledger cannot be written; the backfill goes on then.
    pub async fn cancel_backfill(&self) -> Result<Option<Backfill>, LedgerError> {
        let mut tx = self.store.begin("cancel_backfill").await?;
        let Some(mut running) = reading(&mut tx).await? else { return Ok(None) };
        running.state = BackfillState::Cancelled;
        remember(&mut tx, &running).await?;
        tx.commit("cancel_backfill").await?;
        Ok(Some(running))
    }

    /// Makes the dossiers of `page` due in the backfill lane, as far as they are at rest or new, and moves `backfill`
    /// behind it. Returns it as it stands then; `None`, and nothing is done, when it was broken off meanwhile.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the page is written then.
    pub async fn touch_backfill(
        &self,
        backfill: &Backfill,
        page: BackfillPage,
        now: DateTime<Utc>,
    ) -> Result<Option<Backfill>, LedgerError> {
        let mut tx = self.store.begin("touch_backfill").await?;
        let Some(mut backfill) =
            reading(&mut tx).await?.filter(|stored| stored.started_at == backfill.started_at)
        else {
            return Ok(None);
        };
        let mut codes: Vec<&str> =
            page.touches.iter().filter_map(|change| Some(change.code.as_ref()?.as_str())).collect();
        if !self.alone {
            let others = values![encode("touch_backfill", &codes)?, self.source.0];
            let others: HashSet<String> = tx.read_texts(&OF_OTHERS, others).await?.into_iter().collect();
            codes.retain(|code| !others.contains(*code));
        }
        let batch = encode("touch_backfill", &codes)?;
        let unheard = tx.read_texts(&UNHEARD_OF, values![&batch]).await?;
        let at_rest = tx.execute(&TOUCH_CODES, values![&batch, micros(now), false]).await?;
        let found = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        let unheard: HashSet<String> = unheard.into_iter().collect();
        let mut new = rows(&page.touches, |_| Lane::Backfill);
        new.retain(|row| unheard.contains(row.code));
        let heard = self.touch_rows(&mut tx, new, now, Duration::ZERO).await?;
        backfill.found = backfill.found.saturating_add(found);
        backfill.touched = backfill.touched.saturating_add(at_rest).saturating_add(heard);
        match page.position {
            Some(position) => backfill.position = Some(position),
            None => backfill.state = BackfillState::Read,
        }
        remember(&mut tx, &backfill).await?;
        self.finish_news(tx, "touch_backfill").await?;
        Ok(Some(backfill))
    }

    /// The number of dossiers of `lane` are due or with a worker; no more than `most` are counted.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn backlog(&self, lane: Lane, most: u32, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let many = self.store.read_count(&BACKLOG, values![lane.number(), micros(now), most]).await?;
        Ok(many.min(most.into()))
    }
}

/// Dossiers that are read from another source than $2.
static OF_OTHERS: Sql =
    Sql::new("of_others", "SELECT code FROM dossier WHERE code IN {texts $1} AND source <> $2");

static BACKLOG: Sql = Sql::new(
    "backlog",
    concat!(
        "SELECT (SELECT count(*) FROM
             (SELECT 1 FROM dossier WHERE ",
        to_send!(),
        " AND lane = $1 AND due_at <= $2 LIMIT $3) AS first_ones)
             + (SELECT count(*) FROM dossier WHERE state = 'leased' AND lane = $1)"
    ),
);

async fn reading(tx: &mut Tx) -> Result<Option<Backfill>, LedgerError> {
    let stored = tx.read_text(&MEMO, values![BACKFILL]).await?;
    let backfill: Option<Backfill> = stored.and_then(|stored| serde_json::from_str(&stored).ok());
    Ok(backfill.filter(|backfill| backfill.state == BackfillState::Reading))
}

async fn remember(tx: &mut Tx, backfill: &Backfill) -> Result<(), LedgerError> {
    tx.execute(&REMEMBER, values![BACKFILL, encode("backfill", backfill)?]).await.map(drop)
}
