//! Looks into the stores of dossiers' owners: which dossiers had all their results there when somebody last looked.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};
use dongbo_model::{Cell, Month};

/// A look into the store of one dossier's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerStoreLook {
    /// The code of the dossier.
    pub code: String,
    /// The cell that it is counted in.
    pub cell: Cell,
    /// When the store was asked.
    pub looked_at: DateTime<Utc>,
    /// Results of the dossier, by code.
    pub wanted: u32,
    /// Of these those that the store has.
    pub found: u32,
}

impl OwnerStoreLook {
    /// Whether the store has every result.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.found >= self.wanted
    }
}

/// Dossiers of one unit and month whose owners' stores were looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerStoreCount {
    /// The month of receipt.
    pub month: Month,
    /// The code of the unit.
    pub unit: String,
    /// Dossiers whose owners' stores were looked into.
    pub looked: u64,
    /// Of these those of which the store has every result.
    pub confirmed: u64,
    /// When the last of them was.
    pub last_at: DateTime<Utc>,
}

impl Ledger {
    /// Writes down a look in the place of an earlier one of its dossier.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn note_owner_store_look(&self, look: &OwnerStoreLook) -> Result<(), LedgerError> {
        let OwnerStoreLook { code, cell, looked_at, wanted, found } = look;
        let row =
            values![code, cell.month.0, &cell.agency, &cell.procedure, micros(*looked_at), *wanted, *found];
        self.store.execute(&NOTE_LOOK, row).await.map(drop)
    }

    /// The last look of each dossier received in these months, by code.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn owner_store_looks(
        &self,
        months: RangeInclusive<Month>,
    ) -> Result<Vec<OwnerStoreLook>, LedgerError> {
        let rows = self.store.read(&LOOKS, values![months.start().0, months.end().0]).await?;
        rows.iter().map(look).collect::<Result<_, _>>().map_err(LedgerError::during("owner_store_looks"))
    }

    /// The counts of all looks by month and unit.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn owner_store_counts(&self) -> Result<Vec<OwnerStoreCount>, LedgerError> {
        let rows = self.store.read(&LOOK_COUNTS, Vec::new()).await?;
        rows.iter().map(count).collect::<Result<_, _>>().map_err(LedgerError::during("owner_store_counts"))
    }
}

fn look(row: &Row) -> Result<OwnerStoreLook, sqlx::Error> {
    let small = |many: u64| u32::try_from(many).unwrap_or(u32::MAX);
    Ok(OwnerStoreLook {
        code: row.get("code")?,
        cell: Cell {
            agency: row.get("unit")?,
            procedure: row.get("procedure")?,
            month: Month(row.get("month")?),
        },
        looked_at: time(row.get("looked_at")?),
        wanted: small(row.count("wanted")?),
        found: small(row.count("found")?),
    })
}

fn count(row: &Row) -> Result<OwnerStoreCount, sqlx::Error> {
    Ok(OwnerStoreCount {
        month: Month(row.get("month")?),
        unit: row.get("unit")?,
        looked: row.count("looked")?,
        confirmed: row.count("confirmed")?,
        last_at: time(row.get("last_at")?),
    })
}

static NOTE_LOOK: Sql = Sql::new(
    "note_owner_store_look",
    "INSERT INTO owner_store_look (code, month, unit, procedure, looked_at, wanted, found)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (code) DO UPDATE SET month = excluded.month, unit = excluded.unit, procedure = excluded.procedure,
         looked_at = excluded.looked_at, wanted = excluded.wanted, found = excluded.found",
);

static LOOKS: Sql = Sql::new(
    "owner_store_looks",
    "SELECT code, month, unit, procedure, looked_at, wanted, found FROM owner_store_look
     WHERE month BETWEEN $1 AND $2 ORDER BY code",
);

static LOOK_COUNTS: Sql = Sql::new(
    "owner_store_counts",
    "SELECT month, unit, count(*) AS looked,
         CAST(sum(CASE WHEN found >= wanted THEN 1 ELSE 0 END) AS BIGINT) AS confirmed, max(looked_at) AS last_at
     FROM owner_store_look GROUP BY month, unit ORDER BY month, unit",
);
