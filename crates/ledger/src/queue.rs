//! The lanes and what waits in them, and the holders of claims.

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};
use dongbo_model::Lane;

/// A due dossier of which something has to be sent, or may have to be. In the words of the index that finds it.
macro_rules! to_send {
    () => {
        "state = 'due' AND (doubt <> 2 OR unsent_since IS NOT NULL)"
    };
}
pub(super) use to_send;

/// A due dossier whose every change is accepted, and which is only to be looked at once more.
macro_rules! to_confirm {
    () => {
        "state = 'due' AND doubt = 2 AND unsent_since IS NULL"
    };
}
pub(super) use to_confirm;

/// The dossiers that wait in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneCounts {
    /// The lane.
    pub lane: Lane,
    /// Dossiers that a worker may take now.
    pub due: u64,
    /// Dossiers whose time comes later.
    pub waiting: u64,
    /// The oldest change of these that the portal has not accepted.
    pub oldest_unsent: Option<DateTime<Utc>>,
    /// When the first of those that wait is due.
    pub next_due: Option<DateTime<Utc>>,
}

/// A holder of claims at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    /// The holder.
    pub owner: String,
    /// The number of dossiers that it has.
    pub dossiers: u64,
    /// When the first of its claims runs out.
    pub until: DateTime<Utc>,
}

impl Ledger {
    /// The dossiers that wait in each lane, the first lane first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lanes(&self, now: DateTime<Utc>) -> Result<Vec<LaneCounts>, LedgerError> {
        let during = || LedgerError::during("lanes");
        let rows = self.store.read(&LANES, values![micros(now)]).await?;
        let empty = |lane| LaneCounts { lane, due: 0, waiting: 0, oldest_unsent: None, next_due: None };
        let mut lanes: Vec<LaneCounts> = Lane::ALL.iter().copied().map(empty).collect();
        for row in &rows {
            let lane = Lane::from_number(row.get("lane").map_err(during())?);
            let Some(counts) = lanes.iter_mut().find(|counts| counts.lane == lane) else { continue };
            let many = row.count("many").map_err(during())?;
            let oldest: Option<i64> = row.get("oldest").map_err(during())?;
            counts.oldest_unsent = [counts.oldest_unsent, oldest.map(time)].into_iter().flatten().min();
            if row.flag("later").map_err(during())? {
                counts.waiting = many;
                counts.next_due = Some(time(row.get("next").map_err(during())?));
            } else {
                counts.due = many;
            }
        }
        Ok(lanes)
    }

    /// The holders of claims, and how many each has.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lease_holders(&self) -> Result<Vec<LeaseHolder>, LedgerError> {
        let rows = self.store.read(&LEASE_HOLDERS, Vec::new()).await?;
        let holder = |row: &Row| {
            Ok(LeaseHolder {
                owner: row.get("lease_owner")?,
                dossiers: row.count("dossiers")?,
                until: time(row.get("until")?),
            })
        };
        rows.iter().map(holder).collect::<Result<_, _>>().map_err(LedgerError::during("lease_holders"))
    }
}

static LANES: Sql = Sql::new(
    "lanes",
    concat!(
        "SELECT lane, CASE WHEN due_at > $1 THEN CAST(1 AS BIGINT) ELSE 0 END AS later, count(*) AS many,
             min(unsent_since) AS oldest, min(due_at) AS next
         FROM (SELECT lane, due_at, unsent_since FROM dossier WHERE ",
        to_send!(),
        " UNION ALL SELECT lane, due_at, unsent_since FROM dossier WHERE ",
        to_confirm!(),
        ") AS due GROUP BY 1, 2"
    ),
);

static LEASE_HOLDERS: Sql = Sql::new(
    "lease_holders",
    "SELECT lease_owner, count(*) AS dossiers, min(lease_until) AS until FROM dossier WHERE state = 'leased' GROUP BY 1 ORDER BY 1",
);
