//! The second confirmation: a request whose answer was lost may be applied long after the look-up that followed it, so its dossier is
//! looked up once more when no request of then can land any more.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, values};
use dongbo_model::clock::{earlier, later};

/// Most dossiers that are made due for it at once: the next look comes soon.
const AT_ONCE: u32 = 1_000;

/// The dossiers of which an answer was lost that was not confirmed again yet; those apart that are held, which are confirmed when they go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unconfirmed {
    /// How many.
    pub dossiers: u64,
    /// When the last of these answers was lost.
    pub last_lost_at: DateTime<Utc>,
}

impl Unconfirmed {
    /// When the last of them is confirmed again, where a request lands within `lands_within`.
    #[must_use]
    pub fn until(&self, lands_within: Duration) -> DateTime<Utc> {
        later(self.last_lost_at, lands_within)
    }
}

impl Ledger {
    /// Makes dossiers at rest due for a look-up, of which an answer was lost longer than `lands_within` ago. Returns how many. One that
    /// is on its way is met again when it has come to rest.
    ///
    /// # Errors
    /// When the ledger cannot be written; then none is.
    pub async fn confirm_again(
        &self,
        lands_within: Duration,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let lost_by = micros(earlier(now, lands_within));
        self.store.execute(&CONFIRM_AGAIN, values![lost_by, micros(now), AT_ONCE]).await
    }

    /// The dossiers that are to be confirmed again and are not held; `None` when there is none.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unconfirmed(&self) -> Result<Option<Unconfirmed>, LedgerError> {
        let rows = self.store.read(&UNCONFIRMED, Vec::new()).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let last: Option<i64> = row.get("last").map_err(LedgerError::during("unconfirmed"))?;
        let dossiers = row.count("many").map_err(LedgerError::during("unconfirmed"))?;
        Ok(last.map(|at| Unconfirmed { dossiers, last_lost_at: time(at) }))
    }
}

static CONFIRM_AGAIN: Sql = Sql::new(
    "confirm_again",
    "UPDATE dossier SET state = 'due', doubt = 2, lane = 2, due_at = $2
     WHERE code IN (SELECT code FROM dossier WHERE lost_at <= $1 AND state = 'synced' ORDER BY lost_at LIMIT $3 {skip})",
);

static UNCONFIRMED: Sql = Sql::new(
    "unconfirmed",
    "SELECT count(*) AS many, max(lost_at) AS last FROM dossier WHERE lost_at IS NOT NULL AND state <> 'held'",
);
