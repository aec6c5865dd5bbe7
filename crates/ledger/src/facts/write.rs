//! Writing facts in the transaction that tells of them.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_model::Cell;

use super::FactsNews;
use super::merge::{Sides, Stored};
use crate::encoding::encode;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Fenced, Sql, Tx, record, values};
use crate::types::Settlement;
use dongbo_model::Month;

record! {
    /// The facts of a dossier as their statement takes them, with the names of their table.
    pub(super) struct FactRow<'a> {
        code: &'a str,
        side: i64,
        month: i64,
        unit: &'a str,
        procedure: &'a str,
        facts: &'a str,
        accepted: &'a str,
    }
}

record! {
    /// A row of facts that goes.
    struct GoneRow<'a> {
        code: &'a str,
        side: i64,
    }
}

record! {
    /// A cell as its statements take it.
    pub(super) struct CellRow<'a> {
        month: i64,
        unit: &'a str,
        procedure: &'a str,
    }
}

/// A row as it is read: the code, and what else is known of the dossier; what follows is `None` when there are no facts.
pub(super) type Found =
    (String, i64, Option<i64>, Option<i64>, Option<String>, Option<String>, Option<String>, Option<String>);

/// The facts that are known by code, with the number that the statement told of the dossier.
pub(super) fn known(found: Vec<Found>) -> BTreeMap<String, (i64, Sides)> {
    let mut known: BTreeMap<String, (i64, Sides)> = BTreeMap::new();
    for (code, told, side, month, unit, procedure, facts, accepted) in found {
        let (_, sides) = known.entry(code).or_insert_with(|| (told, Sides::default()));
        if let (Some(side), Some(month), Some(agency), Some(procedure), Some(packed)) =
            (side, month, unit, procedure, facts)
        {
            let cell = Cell { agency, procedure, month: Month(month) };
            sides.take_in(side, Stored { cell, packed }, accepted.unwrap_or_default());
        }
    }
    known
}

/// Changes of facts, gathered to be written together.
#[derive(Debug, Default)]
pub(super) struct Changes {
    changed: Vec<(String, Sides, Sides)>,
}

impl Changes {
    /// Adds what becomes of one dossier, if anything does.
    pub(super) fn add(&mut self, code: String, before: Sides, after: Sides) {
        if before != after {
            self.changed.push((code, before, after));
        }
    }

    /// The codes of the dossiers of which something changes.
    pub(super) fn codes(&self) -> Vec<&str> {
        self.changed.iter().map(|(code, _, _)| code.as_str()).collect()
    }

    /// Writes them down, and marks the cells that they change.
    pub(super) async fn write(&self, tx: &mut Tx) -> Result<(), LedgerError> {
        let mut gone = Vec::new();
        let mut rows = Vec::new();
        let mut cells: BTreeSet<&Cell> = BTreeSet::new();
        for (code, before, after) in &self.changed {
            let (old, new) = (before.rows(), after.rows());
            let left = old.iter().filter(|(side, _, _)| new.iter().all(|(other, _, _)| other != side));
            gone.extend(left.map(|(side, _, _)| GoneRow { code, side: *side }));
            rows.extend(new.into_iter().filter(|row| !old.contains(row)).map(|(side, stored, accepted)| {
                FactRow {
                    code,
                    side,
                    month: stored.cell.month.0,
                    unit: &stored.cell.agency,
                    procedure: &stored.cell.procedure,
                    facts: &stored.packed,
                    accepted,
                }
            }));
            cells.extend(before.cells_changed(after));
        }
        if !gone.is_empty() {
            tx.execute(&DROP_FACTS, values![encode("facts", &gone)?]).await?;
        }
        if !rows.is_empty() {
            tx.execute(&KEEP_FACTS, values![encode("facts", &rows)?]).await?;
        }
        mark(tx, cells).await
    }
}

/// Marks cells to be summed up anew.
pub(super) async fn mark(tx: &mut Tx, cells: BTreeSet<&Cell>) -> Result<(), LedgerError> {
    let cells: Vec<CellRow<'_>> = cells
        .into_iter()
        .map(|cell| CellRow { month: cell.month.0, unit: &cell.agency, procedure: &cell.procedure })
        .collect();
    if !cells.is_empty() {
        tx.execute(&MARK, values![encode("facts", &cells)?]).await?;
    }
    Ok(())
}

impl Ledger {
    /// Writes down what the settled claims tell of their dossiers' facts, as far as they are still ours. Runs before the settlements are
    /// written, while the claims are still held.
    pub(crate) async fn settle_facts(tx: &mut Tx, batch: &[Settlement]) -> Result<(), LedgerError> {
        let news: BTreeMap<&str, &Settlement> =
            batch.iter().filter(|one| !one.facts.is_none()).map(|one| (one.code.as_str(), one)).collect();
        if news.is_empty() {
            return Ok(());
        }
        let ours: Vec<Fenced<'_>> =
            news.values().map(|one| Fenced { code: one.code.as_str(), fence: one.fence }).collect();
        let found = tx.read_list(&FACTS_OF_OURS, values![encode("facts", &ours)?]).await?;
        let mut changes = Changes::default();
        for (code, (_, before)) in known(found) {
            let Some(one) = news.get(code.as_str()) else { continue };
            let accepted = one
                .delayed
                .as_ref()
                .and_then(|delayed| delayed.steps.first().map(|(place, _)| (*place, delayed.accepted_at)));
            let after = before.with(&one.facts, accepted);
            changes.add(code, before, after);
        }
        changes.write(tx).await
    }

    /// Takes away the local facts of every dossier of a source that is read no more. What the portal has of them stays.
    pub(crate) async fn leave_facts(tx: &mut Tx) -> Result<(), LedgerError> {
        tx.execute(&MARK_LEFT, Vec::new()).await?;
        tx.execute(&DROP_LEFT, Vec::new()).await?;
        tx.execute(&KEEP_ACCEPTED_OF_LEFT, Vec::new()).await.map(drop)
    }
}

impl FactsNews {
    /// The dossier is gone from the local system; `from_the_portal` says whether the portal never had it.
    #[must_use]
    pub fn gone(from_the_portal: bool) -> Self {
        use super::SideNews::{Gone, Unchanged};
        Self { local: Gone, portal: if from_the_portal { Gone } else { Unchanged }, steps: 0 }
    }
}

static FACTS_OF_OURS: Sql = Sql::of(
    "facts_of_ours",
    "SELECT CAST({list}({array}(dossier.code, 1, side, month, fact.unit, fact.procedure, facts, accepted)) AS TEXT)
     FROM {rows $1: Fenced} AS one
     JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence AND dossier.state = 'leased'
     LEFT JOIN fact ON fact.code = dossier.code",
    &[Fenced::RECORD],
);

static DROP_FACTS: Sql =
    Sql::of("drop_facts", "DELETE FROM fact WHERE (code, side) IN {rows $1: GoneRow}", &[GoneRow::RECORD]);

static KEEP_FACTS: Sql = Sql::of(
    "keep_facts",
    "INSERT INTO fact ({columns FactRow}) SELECT {columns FactRow} FROM {rows $1: FactRow} AS one WHERE true
     ON CONFLICT (code, side) DO UPDATE SET month = excluded.month, unit = excluded.unit,
         procedure = excluded.procedure, facts = excluded.facts, accepted = excluded.accepted",
    &[FactRow::RECORD],
);

static MARK: Sql = Sql::of(
    "mark_cells",
    "INSERT INTO fact_mark ({columns CellRow}) SELECT {columns CellRow} FROM {rows $1: CellRow} AS one",
    &[CellRow::RECORD],
);

/// For a ledger whose facts came from elsewhere.
pub(crate) static MARK_EVERY_CELL: Sql = Sql::new(
    "mark_every_cell",
    "INSERT INTO fact_mark (month, unit, procedure) SELECT DISTINCT month, unit, procedure FROM fact",
);

/// The dossiers of sources that the configuration does not name.
macro_rules! left_dossiers {
    () => {
        "(SELECT dossier.code FROM dossier JOIN source ON source.id = dossier.source WHERE source.left_at IS NOT NULL)"
    };
}

static MARK_LEFT: Sql = Sql::new(
    "mark_left",
    concat!(
        "INSERT INTO fact_mark (month, unit, procedure) SELECT DISTINCT month, unit, procedure FROM fact
         WHERE side IN (0, 1) AND code IN ",
        left_dossiers!()
    ),
);

static DROP_LEFT: Sql =
    Sql::new("drop_left", concat!("DELETE FROM fact WHERE side = 1 AND code IN ", left_dossiers!()));

static KEEP_ACCEPTED_OF_LEFT: Sql = Sql::new(
    "keep_accepted_of_left",
    concat!("UPDATE fact SET side = 2 WHERE side = 0 AND code IN ", left_dossiers!()),
);
