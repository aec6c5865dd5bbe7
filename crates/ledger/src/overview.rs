//! Counting where everything stands, from the tallies and what is few.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::bin::{Bin, EVERY_DOSSIER, EVERY_LINK, file_layer, graver, open_file};
use crate::counts::{Lease, Overview};
use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::queue::{each_queue, to_confirm, to_send};
use crate::store::{Row, Sql, Tx, Value, values};
use dongbo_model::{Lane, Layer};

/// Dossiers of one bin.
pub(super) struct Tallied {
    pub(super) bin: Bin,
    /// Whether their time comes later.
    pub(super) later: bool,
    pub(super) many: u64,
    /// When the first of those that wait is due.
    pub(super) next_due: Option<DateTime<Utc>>,
}

impl Ledger {
    /// Counts everything, from one snapshot of the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overview(&self, now: DateTime<Utc>) -> Result<Overview, LedgerError> {
        self.overview_of(None, now).await
    }

    /// Counts everything of one unit, or of all; findings are counted of all only.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overview_of(&self, unit: Option<&str>, now: DateTime<Utc>) -> Result<Overview, LedgerError> {
        let during = || LedgerError::during("overview");
        let mut tx = self.store.snapshot("overview").await?;
        let tallied = Self::tallied(&mut tx, unit, now).await?;
        let oldest = tx.read(if unit.is_none() { &OLDEST } else { &OLDEST_OF_UNIT }, of(unit)).await?;
        let files = tx.read(&OPEN_FILES, values![micros(now), unit]).await?;
        let found = if unit.is_none() { tx.read(&FINDINGS, Vec::new()).await? } else { Vec::new() };
        drop(tx);
        let mut overview = assembled(tallied, &files, &oldest).map_err(during())?;
        let findings = found.iter().map(|row| Ok((row.get("kind")?, row.count("many")?)));
        overview.findings = findings.collect::<Result<_, _>>().map_err(during())?;
        Ok(overview)
    }

    /// Counts everything of each unit, from one snapshot of the ledger: what [`Ledger::overview_of`] counts of it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overview_by_unit(
        &self,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, Overview>, LedgerError> {
        let during = || LedgerError::during("overview_by_unit");
        let mut tx = self.store.snapshot("overview_by_unit").await?;
        let counted = by_unit(&mut tx, &TALLIES_BY_UNIT, Vec::new()).await?;
        let leased = by_unit(&mut tx, &LEASED_BY_UNIT, Vec::new()).await?;
        let later = by_unit(&mut tx, &LATER_BY_UNIT, values![micros(now), None::<&str>]).await?;
        let oldest = by_unit(&mut tx, &OLDEST_BY_UNIT, Vec::new()).await?;
        let files = by_unit(&mut tx, &OPEN_FILES_BY_UNIT, values![micros(now)]).await?;
        let mut units = BTreeMap::new();
        for (unit, rows) in &counted {
            let tallied = tallied(rows, rows_of(&leased, unit), rows_of(&later, unit)).map_err(during())?;
            let overview =
                assembled(tallied, rows_of(&files, unit), rows_of(&oldest, unit)).map_err(during())?;
            if overview.dossiers > 0 {
                units.insert(unit.clone(), overview);
            }
        }
        Ok(units)
    }

    /// The dossiers of one unit or of all by bin, those apart that are at rest and lack nothing; and how many there are in
    /// all.
    pub(super) async fn tallied(
        tx: &mut Tx,
        unit: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Tallied>, u64), LedgerError> {
        let counted = tx.read(&TALLIES, of(unit)).await?;
        let leased = tx.read(&LEASED, of(unit)).await?;
        let later = tx.read(&LATER, values![micros(now), unit]).await?;
        tallied(&counted, &leased, &later).map_err(LedgerError::during("tallied"))
    }

    /// Counts the dossiers that the ledger knows.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn known(&self) -> Result<u64, LedgerError> {
        self.store.read_count(&TALLY, values![EVERY_DOSSIER, None::<&str>]).await
    }

    /// Counts the result papers, of one unit or of all, that go as links of the local system's own, which nothing proves.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unproved_links(&self, unit: Option<&str>) -> Result<u64, LedgerError> {
        self.store.read_count(&TALLY, values![EVERY_LINK, unit]).await
    }

    /// Counts the claims that should have been taken back before `since`: their leases had run out then.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overdue_leases(&self, since: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.read_count(&OVERDUE_LEASES, values![micros(since)]).await
    }

    /// The claims that are held at this moment.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn leases(&self) -> Result<Vec<Lease>, LedgerError> {
        let rows = self.store.read(&LEASES, Vec::new()).await?;
        let lease = |row: &Row| Ok(Lease { code: row.get("code")?, owner: row.get("lease_owner")? });
        rows.iter().map(lease).collect::<Result<_, _>>().map_err(LedgerError::during("leases"))
    }
}

fn of(unit: Option<&str>) -> Vec<Value<'_>> {
    values![unit]
}

/// Rows by the unit that they are about.
type ByUnit = BTreeMap<String, Vec<Row>>;

fn rows_of<'r>(units: &'r ByUnit, unit: &str) -> &'r [Row] {
    units.get(unit).map_or(&[], Vec::as_slice)
}

async fn by_unit(
    tx: &mut Tx,
    statement: &'static Sql,
    values: Vec<Value<'_>>,
) -> Result<ByUnit, LedgerError> {
    let mut units = ByUnit::new();
    for row in tx.read(statement, values).await? {
        let unit = row.get("unit").map_err(LedgerError::during("overview_by_unit"))?;
        units.entry(unit).or_default().push(row);
    }
    Ok(units)
}

/// The overview of what was tallied, with the open files by dossier and the oldest change of each lane.
fn assembled(
    (groups, dossiers): (Vec<Tallied>, u64),
    files: &[Row],
    oldest: &[Row],
) -> Result<Overview, sqlx::Error> {
    let mut overview = Overview::default();
    for group in groups {
        overview.add(group.bin, group.later, group.many);
    }
    overview.complete(dossiers);
    for row in files {
        add_open_files(&mut overview, row)?;
    }
    for row in oldest {
        if let Some(since) = row.get::<Option<i64>, _>("oldest")? {
            overview.waits_since(Lane::from_number(row.get("lane")?), time(since));
        }
    }
    Ok(overview)
}

/// Tallies count what is due whether its time has come or not; the few that wait for theirs are counted here.
fn tallied(counted: &[Row], leased: &[Row], later: &[Row]) -> Result<(Vec<Tallied>, u64), sqlx::Error> {
    let mut dossiers = 0;
    let mut groups = Vec::new();
    for row in later {
        let bin = Bin(row.get("bin")?);
        let next_due = Some(time(row.get("next")?));
        groups.push(Tallied { bin, later: true, many: row.count("many")?, next_due });
    }
    for row in counted.iter().chain(leased) {
        let number: i64 = row.get("bin")?;
        let many = row.count("many")?;
        if number == EVERY_DOSSIER {
            dossiers = many;
        }
        if number >= 0 {
            let bin = Bin(number);
            let waiting = groups.iter().find(|group| group.later && group.bin == bin);
            let many = many.saturating_sub(waiting.map_or(0, |group| group.many));
            groups.push(Tallied { bin, later: false, many, next_due: None });
        }
    }
    Ok((groups, dossiers))
}

/// A dossier of which a file is open was counted by what is known without its files; the worst of both counts.
fn add_open_files(overview: &mut Overview, row: &Row) -> Result<(), sqlx::Error> {
    let counted = Bin(row.get("bin")?).layer(Layer::Files, row.flag("later")?);
    let worst = graver(counted, file_layer(row.get("worst")?));
    overview.move_files(counted, worst, row.count("many")?);
    Ok(())
}

static TALLIES: Sql = Sql::new(
    "tallies",
    "SELECT bin, CAST(sum(many) AS BIGINT) AS many FROM dossier_tally WHERE ($1 IS NULL OR unit = $1) GROUP BY bin",
);

static TALLIES_BY_UNIT: Sql = Sql::new(
    "tallies_by_unit",
    "SELECT unit, bin, CAST(sum(many) AS BIGINT) AS many FROM dossier_tally GROUP BY unit, bin",
);

static LEASED_BY_UNIT: Sql = Sql::new(
    "leased_by_unit",
    "SELECT unit, bin, count(*) AS many FROM dossier WHERE state = 'leased' GROUP BY unit, bin",
);

static OLDEST_BY_UNIT: Sql = Sql::new(
    "oldest_by_unit",
    "SELECT unit, lane, min(unsent_since) AS oldest FROM dossier
     WHERE state IN ('due', 'leased') AND unsent_since IS NOT NULL AND lane IN (0, 1, 2) GROUP BY unit, lane",
);

static TALLY: Sql = Sql::new(
    "tally",
    "SELECT CAST(coalesce(sum(many), 0) AS BIGINT) FROM dossier_tally WHERE bin = $1 AND ($2 IS NULL OR unit = $2)",
);

static LEASED: Sql = Sql::new(
    "leased",
    "SELECT bin, count(*) AS many FROM dossier WHERE state = 'leased' AND ($1 IS NULL OR unit = $1) GROUP BY bin",
);

/// Dossiers of `$which` whose time comes later, by lane, source and unit, as the index has them.
macro_rules! later {
    ($which:expr) => {
        concat!(
            "SELECT unit, bin, due_at FROM ",
            each_queue!("AND ($2 IS NULL OR unit = $2)"),
            " AND ",
            $which,
            " AND due_at > $1"
        )
    };
}

static LATER: Sql = Sql::new(
    "later",
    concat!(
        "SELECT bin, count(*) AS many, min(due_at) AS next FROM (",
        later!(to_send!()),
        " UNION ALL ",
        later!(to_confirm!()),
        ") AS later GROUP BY bin"
    ),
);

static LATER_BY_UNIT: Sql = Sql::new(
    "later_by_unit",
    concat!(
        "SELECT unit, bin, count(*) AS many, min(due_at) AS next FROM (",
        later!(to_send!()),
        " UNION ALL ",
        later!(to_confirm!()),
        ") AS later GROUP BY unit, bin"
    ),
);

static OLDEST: Sql = Sql::new(
    "oldest",
    "SELECT one_lane AS lane, (SELECT min(unsent_since) FROM dossier
         WHERE state IN ('due', 'leased') AND unsent_since IS NOT NULL AND lane = one_lane) AS oldest
     FROM (SELECT CAST(0 AS BIGINT) AS one_lane UNION ALL SELECT 1 UNION ALL SELECT 2) AS lanes
     WHERE CAST($1 AS TEXT) IS NULL",
);

static OLDEST_OF_UNIT: Sql = Sql::new(
    "oldest_of_unit",
    concat!(
        "SELECT lane, min(unsent_since) AS oldest FROM (
             SELECT lane, unsent_since FROM dossier WHERE ",
        to_send!(),
        " AND lane IN (0, 1, 2) AND source IN (SELECT id FROM source) AND unit = $1
             UNION ALL SELECT lane, unsent_since FROM dossier WHERE state = 'leased' AND unit = $1
         ) AS unsent GROUP BY lane"
    ),
);

/// Dossiers of which a file is open, in the order of their codes, as the index has them.
static OPEN_FILES: Sql = Sql::new(
    "open_files_by_dossier",
    concat!(
        "SELECT coalesce(bin, 5) AS bin, CASE WHEN dossier.due_at > $1 THEN CAST(1 AS BIGINT) ELSE 0 END AS later,
             worst, count(*) AS many
         FROM (SELECT code, CAST(max(",
        open_file!("$1"),
        ") AS BIGINT) AS worst FROM file WHERE state <> 'arrived' AND ($2 IS NULL OR unit = $2) GROUP BY code) AS open_files
         LEFT JOIN dossier ON dossier.code = open_files.code GROUP BY 1, 2, 3"
    ),
);

static OPEN_FILES_BY_UNIT: Sql = Sql::new(
    "open_files_by_unit",
    concat!(
        "SELECT open_files.unit AS unit, coalesce(bin, 5) AS bin,
             CASE WHEN dossier.due_at > $1 THEN CAST(1 AS BIGINT) ELSE 0 END AS later, worst, count(*) AS many
         FROM (SELECT code, unit, CAST(max(",
        open_file!("$1"),
        ") AS BIGINT) AS worst FROM file WHERE state <> 'arrived' GROUP BY code, unit) AS open_files
         LEFT JOIN dossier ON dossier.code = open_files.code GROUP BY 1, 2, 3, 4"
    ),
);

static FINDINGS: Sql = Sql::new(
    "count_findings",
    "SELECT kind, CAST(sum(many) AS BIGINT) AS many FROM finding_tally GROUP BY kind HAVING sum(many) > 0 ORDER BY kind",
);

static OVERDUE_LEASES: Sql =
    Sql::new("overdue_leases", "SELECT count(*) FROM dossier WHERE state = 'leased' AND lease_until <= $1");

static LEASES: Sql =
    Sql::new("leases", "SELECT code, lease_owner FROM dossier WHERE state = 'leased' ORDER BY code");

#[cfg(test)]
mod tests {
    use super::{LATER, LATER_BY_UNIT, OLDEST_OF_UNIT};
    use crate::plan::plan;
    use crate::store::values;

    /// A unit's part of the index, and not all due dossiers for each unit.
    #[tokio::test]
    async fn what_waits_is_looked_for_by_all_that_stands_before_its_time_in_the_index() {
        let of_later = || values![0_i64, "H48.57"];
        let each = [
            (&LATER, of_later(), 2),
            (&LATER_BY_UNIT, of_later(), 2),
            (&OLDEST_OF_UNIT, values!["H48.57"], 1),
        ];
        for (statement, values, searches) in each {
            let plan = plan(statement, values).await;
            let due = plan.iter().filter(|line| line.contains("(lane=? AND source=? AND unit=?"));
            assert_eq!(due.count(), searches, "{plan:#?}");
        }
    }
}
