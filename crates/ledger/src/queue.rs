//! The lanes and what waits in them, and the holders of claims.

use chrono::{DateTime, Utc};

use crate::encoding::time;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql};
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

/// Dossiers by unit, lane and source, each of those in its turn, so that the index of due dossiers is entered by all that stands before
/// its time. `$which` is a further condition on `unit`, of which there is one for each tally.
macro_rules! each_queue {
    ($which:expr) => {
        concat!(
            "(SELECT DISTINCT unit AS one_unit FROM dossier_tally WHERE bin = -1 ",
            $which,
            ") AS units
             CROSS JOIN (SELECT 0 AS one_lane UNION ALL SELECT 1 UNION ALL SELECT 2) AS lanes
             CROSS JOIN (SELECT id AS one_source FROM source) AS sources
             CROSS JOIN dossier WHERE lane = one_lane AND source = one_source AND unit = one_unit"
        )
    };
}
pub(super) use each_queue;

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
        let mut tx = self.store.snapshot("lanes").await?;
        let (groups, _) = Self::tallied(&mut tx, None, now).await?;
        let oldest = tx.read(&OLDEST_DUE, Vec::new()).await?;
        drop(tx);
        let empty = |lane| LaneCounts { lane, due: 0, waiting: 0, oldest_unsent: None, next_due: None };
        let mut lanes: Vec<LaneCounts> = Lane::ALL.iter().copied().map(empty).collect();
        for group in groups.iter().filter(|group| group.bin.is_due()) {
            let its_lane = lanes.iter_mut().find(|counts| counts.lane == group.bin.lane());
            let Some(counts) = its_lane else { continue };
            *(if group.later { &mut counts.waiting } else { &mut counts.due }) += group.many;
            counts.next_due = [counts.next_due, group.next_due].into_iter().flatten().min();
        }
        for row in &oldest {
            let lane = Lane::from_number(row.get("lane").map_err(during())?);
            let since: Option<i64> = row.get("oldest").map_err(during())?;
            if let Some(counts) = lanes.iter_mut().find(|counts| counts.lane == lane) {
                counts.oldest_unsent = since.map(time);
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

/// Those that are under way are few, so that the index is left soon.
static OLDEST_DUE: Sql = Sql::new(
    "oldest_due",
    "SELECT one_lane AS lane, (SELECT min(unsent_since) FROM dossier
         WHERE state IN ('due', 'leased') AND unsent_since IS NOT NULL AND state = 'due' AND lane = one_lane) AS oldest
     FROM (SELECT CAST(0 AS BIGINT) AS one_lane UNION ALL SELECT 1 UNION ALL SELECT 2) AS lanes",
);

static LEASE_HOLDERS: Sql = Sql::new(
    "lease_holders",
    "SELECT lease_owner, count(*) AS dossiers, min(lease_until) AS until FROM dossier WHERE state = 'leased' GROUP BY 1 ORDER BY 1",
);
