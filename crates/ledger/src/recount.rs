//! The proof of the tallies: everything is counted by looking at every row, and a tally that differs is put right.

use std::collections::BTreeMap;

use crate::bin::{EVERY_DOSSIER, EVERY_LINK};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};

/// A tally that was not what is there, and is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miscount {
    /// The table whose rows it counts.
    pub table: &'static str,
    /// The unit, of findings the kind.
    pub group: String,
    /// The number of the bin; 0 for findings.
    pub bin: i64,
    /// The number that it told.
    pub told: i64,
    /// The number of rows that are there.
    pub there: i64,
}

/// Numbers by unit or kind, and bin.
type Numbers = BTreeMap<(String, i64), i64>;

/// One table, its tally, and how both are counted.
struct Counted {
    table: &'static str,
    rows: &'static Sql,
    tally: &'static Sql,
    mend: &'static Sql,
}

impl Ledger {
    /// Compares the tallies with what they count, all at one moment, and puts right what differs, of which it tells. Nobody
    /// who writes has to wait for it.
    ///
    /// # Errors
    /// When the ledger cannot be read, or something has to be put right and it cannot be written.
    pub async fn recount(&self) -> Result<Vec<Miscount>, LedgerError> {
        let during = || LedgerError::during("recount");
        let mut found = Vec::new();
        let mut tx = self.store.snapshot("recount").await?;
        for counted in &COUNTED {
            let there = numbers(&tx.read(counted.rows, Vec::new()).await?).map_err(during())?;
            let told = numbers(&tx.read(counted.tally, Vec::new()).await?).map_err(during())?;
            found.extend(miscounts(counted.table, &there, &told));
        }
        drop(tx);
        if found.is_empty() {
            return Ok(found);
        }
        // What has changed since the snapshot was added to both alike, so the difference is still the same.
        let mut tx = self.store.begin("recount").await?;
        for one in &found {
            let Some(counted) = COUNTED.iter().find(|counted| counted.table == one.table) else { continue };
            let missing = one.there.saturating_sub(one.told);
            tx.execute(counted.mend, values![&one.group, one.bin, missing]).await?;
        }
        tx.commit("recount").await?;
        Ok(found)
    }
}

/// Numbers as they are read. A dossier is counted among all, by its links and, unless it is leased or lacks nothing, in its bin.
fn numbers(rows: &[Row]) -> Result<Numbers, sqlx::Error> {
    let mut numbers = Numbers::new();
    let mut add =
        |group: &str, bin: i64, many: i64| *numbers.entry((group.to_owned(), bin)).or_default() += many;
    for row in rows {
        let (group, bin, many) = (row.get::<&str, _>("class")?, row.get("bin")?, row.get("many")?);
        match row.get::<Option<i64>, _>("links")? {
            Some(links) => {
                add(group, EVERY_DOSSIER, many);
                add(group, EVERY_LINK, links);
                if bin & 7 < 4 {
                    add(group, bin, many);
                }
            }
            None => add(group, bin, many),
        }
    }
    Ok(numbers)
}

fn miscounts(table: &'static str, there: &Numbers, told: &Numbers) -> Vec<Miscount> {
    let keys: std::collections::BTreeSet<_> = there.keys().chain(told.keys()).collect();
    let number = |numbers: &Numbers, key| numbers.get(key).copied().unwrap_or(0);
    keys.into_iter()
        .map(|key| Miscount {
            table,
            group: key.0.clone(),
            bin: key.1,
            told: number(told, key),
            there: number(there, key),
        })
        .filter(|one| one.told != one.there)
        .collect()
}

static COUNTED: [Counted; 3] = [
    Counted { table: "dossier", rows: &DOSSIERS, tally: &DOSSIER_TALLY, mend: &MEND_DOSSIERS },
    Counted { table: "file", rows: &FILES, tally: &FILE_TALLY, mend: &MEND_FILES },
    Counted { table: "finding", rows: &FINDINGS, tally: &FINDING_TALLY, mend: &MEND_FINDINGS },
];

static DOSSIERS: Sql = Sql::new(
    "recount_dossiers",
    "SELECT unit AS class, bin, count(*) AS many, CAST(sum(links_unproved) AS BIGINT) AS links FROM dossier GROUP BY unit, bin",
);

static DOSSIER_TALLY: Sql = Sql::new(
    "recount_dossier_tally",
    "SELECT unit AS class, bin, CAST(sum(many) AS BIGINT) AS many, CAST(NULL AS BIGINT) AS links
     FROM dossier_tally GROUP BY unit, bin",
);

static MEND_DOSSIERS: Sql =
    Sql::new("mend_dossier_tally", "INSERT INTO dossier_tally (unit, bin, many) VALUES ($1, $2, $3) {adds}");

static FILES: Sql = Sql::new(
    "recount_files",
    "SELECT unit AS class, bin, count(*) AS many, CAST(NULL AS BIGINT) AS links FROM file GROUP BY unit, bin",
);

static FILE_TALLY: Sql = Sql::new(
    "recount_file_tally",
    "SELECT unit AS class, bin, CAST(sum(many) AS BIGINT) AS many, CAST(NULL AS BIGINT) AS links
     FROM file_tally GROUP BY unit, bin",
);

static MEND_FILES: Sql =
    Sql::new("mend_file_tally", "INSERT INTO file_tally (unit, bin, many) VALUES ($1, $2, $3) {adds}");

static FINDINGS: Sql = Sql::new(
    "recount_findings",
    "SELECT kind AS class, CAST(0 AS BIGINT) AS bin, count(*) AS many, CAST(NULL AS BIGINT) AS links
     FROM finding WHERE closed_at IS NULL GROUP BY kind",
);

static FINDING_TALLY: Sql = Sql::new(
    "recount_finding_tally",
    "SELECT kind AS class, CAST(0 AS BIGINT) AS bin, CAST(sum(many) AS BIGINT) AS many, CAST(NULL AS BIGINT) AS links
     FROM finding_tally GROUP BY kind",
);

static MEND_FINDINGS: Sql = Sql::new(
    "mend_finding_tally",
    "INSERT INTO finding_tally (kind, many) SELECT $1, CAST($3 AS BIGINT) WHERE CAST($2 AS BIGINT) = 0 {adds}",
);
