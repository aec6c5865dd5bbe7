//! Cells of unit, procedure and month: which have changed since they were summed up, and the sums, in the words of whoever makes
//! them.

use std::collections::{BTreeSet, HashSet};

use dongbo_model::{Cell, Month};

use super::list::FactQuery;
use super::write::{CellRow, mark};
use crate::encoding::encode;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, record, values};

/// A cell in which a fact has changed since it was summed up last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyCell {
    /// The cell.
    pub cell: Cell,
    /// The version of its sums that those that are made now follow.
    version: i64,
    /// The marks of changes that were read, which go with the sums.
    marks: Vec<i64>,
}

/// The sum of a cell, in the form of whoever summed it up; empty where there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// By the local system.
    pub local: String,
    /// By what the portal accepted.
    pub portal: String,
    /// The last month in which one of its dossiers ended, on whichever side; `None` where none did.
    pub last_end: Option<Month>,
}

/// The sums of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellSums {
    /// The cell.
    pub cell: Cell,
    /// Its sums.
    pub sums: Sums,
}

record! {
    /// The sums of a cell as their statement takes them, with the names of their table.
    struct SumsRow<'a> {
        month: i64,
        unit: &'a str,
        procedure: &'a str,
        version: i64,
        form: &'a str,
        ours: &'a str,
        theirs: &'a str,
        last_end: i64,
    }
}

impl Ledger {
    /// At most so many of the cells to be summed up, the newest months first, each with all its marks. Read the facts after this and not
    /// before; sums that were begun before others were written are not written, and their cell stays to be summed up.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn dirty_cells(&self, most: u32) -> Result<Vec<DirtyCell>, LedgerError> {
        let rows = self.store.read(&DIRTY, values![most]).await?;
        rows.iter().map(dirty).collect::<Result<_, _>>().map_err(LedgerError::during("dirty_cells"))
    }

    /// Writes down the sums of cells, in this `form`, and takes away the marks that they follow. Returns how many were written: those
    /// that somebody else has summed up meanwhile stay to be summed up once more.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn write_sums(&self, form: &str, sums: &[(DirtyCell, Sums)]) -> Result<usize, LedgerError> {
        let mut rows: Vec<SumsRow<'_>> = sums
            .iter()
            .map(|(DirtyCell { cell, version, .. }, sums)| SumsRow {
                month: cell.month.0,
                unit: &cell.agency,
                procedure: &cell.procedure,
                version: version.saturating_add(1),
                form,
                ours: &sums.local,
                theirs: &sums.portal,
                last_end: sums.last_end.map_or(0, |month| month.0),
            })
            .collect();
        // Whoever writes many rows takes them in one order, so that two never wait for each other.
        rows.sort_by_key(|row| (row.month, row.unit, row.procedure));
        let mut tx = self.store.begin("write_sums").await?;
        let written = tx.read(&WRITE_SUMS, values![encode("write_sums", &rows)?]).await?;
        let written: HashSet<Cell> =
            written.iter().map(cell).collect::<Result<_, _>>().map_err(LedgerError::during("write_sums"))?;
        let marks: Vec<i64> = sums
            .iter()
            .filter(|(dirty, _)| written.contains(&dirty.cell))
            .flat_map(|(dirty, _)| dirty.marks.iter().copied())
            .collect();
        tx.execute(&TAKE_MARKS, values![encode("write_sums", &marks)?]).await?;
        tx.commit("write_sums").await?;
        Ok(written.len())
    }

    /// The sums that were written in this `form` of the cells that `query` asks for, by month, unit and procedure; of months before
    /// `since` only those in which a dossier ended since then. Of a cell that has changed since it was summed up, they are old ones.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn sums(
        &self,
        form: &str,
        query: &FactQuery,
        since: Month,
    ) -> Result<Vec<CellSums>, LedgerError> {
        let (first, last, units, procedures) = query.values()?;
        let rows = self.store.read(&SUMS, values![first, last, units, procedures, form, since.0]).await?;
        let read = |row: &Row| -> Result<CellSums, sqlx::Error> {
            let last_end = Some(Month(row.get("last_end")?)).filter(|month| month.0 > 0);
            let sums = Sums { local: row.get("ours")?, portal: row.get("theirs")?, last_end };
            Ok(CellSums { cell: cell(row)?, sums })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(LedgerError::during("sums"))
    }

    /// Marks every cell whose sums are of another form than `form`, to be summed up anew. Returns how many there are.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn leave_other_forms(&self, form: &str) -> Result<u64, LedgerError> {
        self.store.execute(&MARK_OTHER_FORMS, values![form]).await
    }

    /// Makes one mark of all that a cell has among the oldest `at_once`, so that they do not pile up while nobody sums up. Returns how
    /// many went.
    ///
    /// # Errors
    /// When the ledger cannot be written; the marks stay as they are then.
    pub async fn gather_marks(&self, at_once: u32) -> Result<u64, LedgerError> {
        let mut tx = self.store.begin("gather_marks").await?;
        let rows = tx.read(&OLDEST_MARKS, values![at_once]).await?;
        let marked: Vec<(Cell, i64)> =
            rows.iter().map(marked).collect::<Result<_, _>>().map_err(LedgerError::during("gather_marks"))?;
        let cells: BTreeSet<&Cell> = marked.iter().map(|(cell, _)| cell).collect();
        let many = marked.len().saturating_sub(cells.len());
        if many == 0 {
            return Ok(0);
        }
        // New ones in their place: who has read the old ones may not take these away.
        let stamps: Vec<i64> = marked.iter().map(|(_, stamp)| *stamp).collect();
        tx.execute(&TAKE_MARKS, values![encode("gather_marks", &stamps)?]).await?;
        mark(&mut tx, cells).await?;
        tx.commit("gather_marks").await?;
        Ok(u64::try_from(many).unwrap_or(u64::MAX))
    }
}

/// The cell of a row.
pub(super) fn cell(row: &Row) -> Result<Cell, sqlx::Error> {
    Ok(Cell { agency: row.get("unit")?, procedure: row.get("procedure")?, month: Month(row.get("month")?) })
}

fn marked(row: &Row) -> Result<(Cell, i64), sqlx::Error> {
    Ok((cell(row)?, row.get("stamp")?))
}

fn dirty(row: &Row) -> Result<DirtyCell, sqlx::Error> {
    let marks =
        serde_json::from_str(row.get("stamps")?).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(DirtyCell { cell: cell(row)?, version: row.get("version")?, marks })
}

static OLDEST_MARKS: Sql =
    Sql::new("oldest_marks", "SELECT stamp, month, unit, procedure FROM fact_mark ORDER BY stamp LIMIT $1");

/// With all its marks a cell is summed up once, however often it has changed.
static DIRTY: Sql = Sql::new(
    "dirty_cells",
    "SELECT marked.month, marked.unit, marked.procedure, stamps, coalesce(fact_cell.version, 0) AS version
     FROM (SELECT month, unit, procedure, CAST({list}(stamp) AS TEXT) AS stamps FROM fact_mark
         GROUP BY month, unit, procedure ORDER BY month DESC, unit, procedure LIMIT $1) AS marked
     LEFT JOIN fact_cell ON fact_cell.month = marked.month AND fact_cell.unit = marked.unit
         AND fact_cell.procedure = marked.procedure
     ORDER BY marked.month DESC, marked.unit, marked.procedure",
);

static WRITE_SUMS: Sql = Sql::of(
    "write_sums",
    "INSERT INTO fact_cell ({columns SumsRow}) SELECT {columns SumsRow} FROM {rows $1: SumsRow} AS one WHERE true
     ON CONFLICT (month, unit, procedure) DO UPDATE SET version = excluded.version, form = excluded.form,
         ours = excluded.ours, theirs = excluded.theirs, last_end = excluded.last_end
         WHERE fact_cell.version = excluded.version - 1
     RETURNING month, unit, procedure",
    &[SumsRow::RECORD],
);

static TAKE_MARKS: Sql = Sql::new(
    "take_marks",
    "DELETE FROM fact_mark WHERE stamp IN (SELECT CAST(value AS BIGINT) FROM {texts $1} AS given)",
);

static SUMS: Sql = Sql::new(
    "sums",
    "SELECT month, unit, procedure, ours, theirs, last_end FROM fact_cell
     WHERE month BETWEEN $1 AND $2 AND ($3 IS NULL OR unit IN {texts $3}) AND ($4 IS NULL OR procedure IN {texts $4})
         AND form = $5 AND (month >= $6 OR last_end >= $6) AND (ours <> '' OR theirs <> '') ORDER BY month, unit, procedure",
);

static MARK_OTHER_FORMS: Sql = Sql::of(
    "mark_other_forms",
    "INSERT INTO fact_mark ({columns CellRow}) SELECT {columns CellRow} FROM fact_cell WHERE form <> $1",
    &[CellRow::RECORD],
);
