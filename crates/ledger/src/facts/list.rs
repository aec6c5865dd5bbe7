//! Reading facts: of a cell, of one dossier, and page by page.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use dongbo_model::{Cell, DossierCode, Facts, Month};

use super::cells::cell;
use super::packed::unpack;
use super::{BOTH, Side, times};
use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};

/// The cells that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactQuery {
    /// Months of receipt, else of handing in.
    pub months: RangeInclusive<Month>,
    /// Codes of units; `None`: all.
    pub units: Option<Vec<String>>,
    /// National codes of procedures; `None`: all.
    pub procedures: Option<Vec<String>>,
}

/// A place in the order of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactPlace {
    month: i64,
    unit: String,
    procedure: String,
    code: String,
}

/// A dossier in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFacts {
    /// Its code.
    pub code: DossierCode,
    /// The cell that it is counted in.
    pub cell: Cell,
    /// Its facts on the side that was asked for.
    pub facts: Facts,
}

impl ListedFacts {
    /// Its place, behind which the list goes on.
    #[must_use]
    pub fn place(&self) -> FactPlace {
        FactPlace {
            month: self.cell.month.0,
            unit: self.cell.agency.clone(),
            procedure: self.cell.procedure.clone(),
            code: self.code.to_string(),
        }
    }
}

/// A dossier that is counted in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedFacts {
    /// Its code.
    pub code: DossierCode,
    /// Its facts.
    pub facts: Facts,
    /// The side that has them so; `None` where both have.
    only: Option<Side>,
}

impl CountedFacts {
    /// Whether it is counted there on this side.
    #[must_use]
    pub fn is_on(&self, side: Side) -> bool {
        self.only.is_none_or(|only| only == side)
    }
}

/// The facts of one dossier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DossierFacts {
    /// As the local system has it; `None` when it has not, or was not read since facts are kept.
    pub local: Option<Facts>,
    /// As the portal accepted it; `None` when it did not, or nobody knows how.
    pub portal: Option<Facts>,
    /// When the portal accepted each step, or was first seen to have it; `None` where that was before facts were kept.
    pub steps_accepted_at: Vec<Option<DateTime<Utc>>>,
}

impl FactQuery {
    /// The parameters of its statements: first and last month, units, procedures.
    pub(super) fn values(&self) -> Result<(i64, i64, Option<String>, Option<String>), LedgerError> {
        let list =
            |codes: &Option<Vec<String>>| codes.as_ref().map(|codes| encode("facts", codes)).transpose();
        Ok((self.months.start().0, self.months.end().0, list(&self.units)?, list(&self.procedures)?))
    }
}

impl Ledger {
    /// The facts of every dossier that is counted in this cell, on one side or on both.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn facts_of(&self, cell: &Cell) -> Result<Vec<CountedFacts>, LedgerError> {
        let asked = values![cell.month.0, &cell.agency, &cell.procedure];
        let rows = self.store.read(&FACTS_OF_CELL, asked).await?;
        let counted = rows.iter().filter_map(|row| counted(row).transpose());
        counted.collect::<Result<_, _>>().map_err(LedgerError::during("facts_of"))
    }

    /// The next `most` dossiers behind `after` of the cells that `query` asks for, with their facts on this side, in the order of month,
    /// unit, procedure and code.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn list_facts(
        &self,
        side: Side,
        query: &FactQuery,
        after: &FactPlace,
        most: u32,
    ) -> Result<Vec<ListedFacts>, LedgerError> {
        let (first, last, units, procedures) = query.values()?;
        let FactPlace { month, unit, procedure, code } = after;
        let asked = values![
            first.max(*month),
            last,
            units,
            procedures,
            side.number(),
            *month,
            unit,
            procedure,
            code,
            most
        ];
        let rows = self.store.read(&LIST_FACTS, asked).await?;
        let listed = rows.iter().filter_map(|row| listed(row).transpose());
        listed.collect::<Result<_, _>>().map_err(LedgerError::during("list_facts"))
    }

    /// Those of these codes whose facts are known on this side, in whatever cell.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn codes_with_facts(&self, side: Side, codes: &[String]) -> Result<Vec<String>, LedgerError> {
        let codes = encode("codes_with_facts", &codes)?;
        let rows = self.store.read(&CODES_WITH_FACTS, values![codes, side.number()]).await?;
        let code = |row: &Row| row.get("code");
        rows.iter().map(code).collect::<Result<_, _>>().map_err(LedgerError::during("codes_with_facts"))
    }

    /// The codes of dossiers of which the portal accepted something after `at`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn accepted_since(&self, at: DateTime<Utc>) -> Result<HashSet<String>, LedgerError> {
        let rows = self.store.read(&ACCEPTED_SINCE, values![micros(at)]).await?;
        let code = |row: &Row| row.get("code");
        rows.iter().map(code).collect::<Result<_, _>>().map_err(LedgerError::during("accepted_since"))
    }

    /// The facts of one dossier.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn dossier_facts(&self, code: &str) -> Result<DossierFacts, LedgerError> {
        let during = || LedgerError::during("dossier_facts");
        let mut found = DossierFacts::default();
        for row in &self.store.read(&FACTS_OF_DOSSIER, values![code]).await? {
            let side: i64 = row.get("side").map_err(during())?;
            let facts = listed(row).map_err(during())?.map(|one| one.facts);
            if side != Side::Local.number() {
                found.portal.clone_from(&facts);
                found.steps_accepted_at = times::read(row.get("accepted").map_err(during())?);
            }
            if side == BOTH || side == Side::Local.number() {
                found.local = facts;
            }
        }
        Ok(found)
    }
}

/// A dossier from its row; `None` when nobody of ours wrote its facts: the next reading writes them anew.
pub(super) fn listed(row: &Row) -> Result<Option<ListedFacts>, sqlx::Error> {
    let cell = cell(row)?;
    let facts = unpack(&cell.agency, &cell.procedure, row.get("facts")?);
    let code = DossierCode::new(row.get("code")?);
    Ok(code.zip(facts).map(|(code, facts)| ListedFacts { code, cell, facts }))
}

fn counted(row: &Row) -> Result<Option<CountedFacts>, sqlx::Error> {
    let side: i64 = row.get("side")?;
    let only = Side::ALL.iter().copied().find(|one| one.number() == side);
    Ok(listed(row)?.map(|ListedFacts { code, facts, .. }| CountedFacts { code, facts, only }))
}

static FACTS_OF_CELL: Sql = Sql::new(
    "facts_of_cell",
    "SELECT code, side, month, unit, procedure, facts FROM fact WHERE month = $1 AND unit = $2 AND procedure = $3",
);

static LIST_FACTS: Sql = Sql::new(
    "list_facts",
    "SELECT code, month, unit, procedure, facts FROM fact
     WHERE month BETWEEN $1 AND $2 AND ($3 IS NULL OR unit IN {texts $3}) AND ($4 IS NULL OR procedure IN {texts $4})
         AND side IN (0, $5) AND (month, unit, procedure, code) > ($6, $7, $8, $9)
     ORDER BY month, unit, procedure, code LIMIT $10",
);

static CODES_WITH_FACTS: Sql =
    Sql::new("codes_with_facts", "SELECT code FROM fact WHERE code IN {texts $1} AND side IN (0, $2)");

static ACCEPTED_SINCE: Sql = Sql::new("accepted_since", "SELECT code FROM dossier WHERE accepted_at > $1");

static FACTS_OF_DOSSIER: Sql = Sql::new(
    "facts_of_dossier",
    "SELECT code, side, month, unit, procedure, facts, accepted FROM fact WHERE code = $1",
);
