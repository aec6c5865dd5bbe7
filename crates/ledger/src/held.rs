//! Held dossiers, by cause.

use chrono::{DateTime, Utc};

use crate::encoding::{encode, time};
use crate::error::LedgerError;
use crate::finding::OpenFinding;
use crate::open::Ledger;
use crate::store::{Row, Sql, Value, values};
use dongbo_model::{Finding, FindingKind, Owner};

/// A selection of held dossiers; the default is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeldFilter {
    /// Only those with a finding of this kind.
    pub kind: Option<FindingKind>,
    /// Only those whose finding is about this.
    pub subject: Option<String>,
    /// Only those of this unit.
    pub unit: Option<String>,
}

/// One cause, and how many dossiers wait for its remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCause {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The subject of the finding.
    pub subject: String,
    /// The portal's masked words when it refused; otherwise empty.
    pub words: String,
    /// The number of dossiers that it holds.
    pub dossiers: u64,
    /// The number of their units.
    pub units: u64,
    /// Since when the first of them is held for it.
    pub since: DateTime<Utc>,
    /// The code of one of them.
    pub example: String,
}

/// What waits for one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldBy {
    /// Dossiers.
    pub dossiers: u64,
    /// Files.
    pub files: u64,
}

/// The numbers of what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldTotals {
    /// Dossiers with at least one finding that holds.
    pub dossiers: u64,
    /// Different causes.
    pub causes: u64,
}

/// One held dossier and one finding that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDossier {
    /// Its unit; empty when the ledger does not know it.
    pub unit: String,
    /// The finding that holds it.
    pub found: OpenFinding,
}

/// The open findings that hold a dossier, of the kinds of $1, about $2 and of the unit $3 unless these are missing.
macro_rules! from_held {
    () => {
        " FROM finding f LEFT JOIN dossier d ON d.code = f.code
         WHERE f.closed_at IS NULL AND f.kind IN {texts $1} AND ($2 IS NULL OR f.subject = $2)
             AND ($3 IS NULL OR d.unit = $3)"
    };
}

/// The portal's words make a cause of their own; a detail of our own, such as a length, does not.
macro_rules! words {
    () => {
        "CASE WHEN f.kind = 'refused' THEN f.detail ELSE '' END"
    };
}

static HELD_CAUSES: Sql = Sql::new(
    "held_causes",
    concat!(
        "SELECT f.kind, f.subject, ",
        words!(),
        " AS words, count(*) AS dossiers, count(DISTINCT coalesce(d.unit, '')) AS units,
             min(f.opened_at) AS since, min(f.code) AS example",
        from_held!(),
        " GROUP BY 1, 2, 3 ORDER BY dossiers DESC, since, 1, 2, 3 LIMIT $4"
    ),
);

static COUNT_HELD: Sql = Sql::new("count_held", concat!("SELECT count(DISTINCT f.code)", from_held!()));

static COUNT_HELD_CAUSES: Sql = Sql::new(
    "count_held_causes",
    concat!(
        "SELECT count(*) FROM (SELECT DISTINCT f.kind, f.subject, ",
        words!(),
        from_held!(),
        ") AS causes"
    ),
);

static COUNT_HELD_BY: Sql = Sql::new(
    "count_held_by",
    "SELECT count(DISTINCT code) FROM finding WHERE closed_at IS NULL AND kind IN {texts $1}",
);

/// One file may have several findings, which have one subject.
static COUNT_FILES_HELD_BY: Sql = Sql::new(
    "count_files_held_by",
    "SELECT count(*) FROM (SELECT DISTINCT code, subject FROM finding
         WHERE closed_at IS NULL AND kind IN {texts $1}) AS files",
);

static HELD_DOSSIERS: Sql = Sql::new(
    "held_dossiers",
    concat!(
        "SELECT f.code, f.kind, f.subject, f.detail, f.opened_at, coalesce(d.unit, '') AS unit",
        from_held!(),
        " ORDER BY f.opened_at, f.code, f.kind, f.subject LIMIT $4"
    ),
);

impl Ledger {
    /// Up to `limit` causes that hold dossiers, those that hold most first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_causes(&self, filter: &HeldFilter, limit: u32) -> Result<Vec<HeldCause>, LedgerError> {
        let mut values = filtered(filter)?;
        values.push(limit.into());
        let rows = self.store.read(&HELD_CAUSES, values).await?;
        let mut causes = Vec::with_capacity(rows.len());
        for row in &rows {
            causes.extend(cause(row).map_err(LedgerError::during("held_causes"))?);
        }
        Ok(causes)
    }

    /// Counts what waits for `owner`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_by(&self, owner: Owner) -> Result<HeldBy, LedgerError> {
        let of = |files: bool| -> Vec<&str> {
            FindingKind::ALL
                .iter()
                .filter(|kind| {
                    kind.owner() == owner && (if files { kind.is_of_file() } else { kind.holds() })
                })
                .map(|kind| kind.name())
                .collect()
        };
        let count = async |statement: &'static Sql, kinds: Vec<&str>| match kinds.is_empty() {
            true => Ok(0),
            false => self.store.read_count(statement, values![encode("held_by", &kinds)?]).await,
        };
        Ok(HeldBy {
            dossiers: count(&COUNT_HELD_BY, of(false)).await?,
            files: count(&COUNT_FILES_HELD_BY, of(true)).await?,
        })
    }

    /// Counts the dossiers that are held, and their causes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_totals(&self, filter: &HeldFilter) -> Result<HeldTotals, LedgerError> {
        let mut tx = self.store.snapshot("held_totals").await?;
        let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        Ok(HeldTotals {
            dossiers: count(tx.read_number(&COUNT_HELD, filtered(filter)?).await?),
            causes: count(tx.read_number(&COUNT_HELD_CAUSES, filtered(filter)?).await?),
        })
    }

    /// Up to `limit` held dossiers, one row for each finding, the oldest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_dossiers(
        &self,
        filter: &HeldFilter,
        limit: u32,
    ) -> Result<Vec<HeldDossier>, LedgerError> {
        let mut values = filtered(filter)?;
        values.push(limit.into());
        let rows = self.store.read(&HELD_DOSSIERS, values).await?;
        let mut held = Vec::with_capacity(rows.len());
        for row in &rows {
            held.extend(held_dossier(row).map_err(LedgerError::during("held_dossiers"))?);
        }
        Ok(held)
    }
}

/// The parameters that select findings.
fn filtered(filter: &HeldFilter) -> Result<Vec<Value<'_>>, LedgerError> {
    let kinds: Vec<&str> = match filter.kind {
        Some(kind) => vec![kind.name()],
        None => FindingKind::ALL.iter().filter(|kind| kind.holds()).map(|kind| kind.name()).collect(),
    };
    Ok(values![encode("held", &kinds)?, filter.subject.as_deref(), filter.unit.as_deref()])
}

/// `None` for a kind that a newer version wrote.
fn cause(row: &Row) -> Result<Option<HeldCause>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.get("kind")?) else { return Ok(None) };
    Ok(Some(HeldCause {
        kind,
        subject: row.get("subject")?,
        words: row.get("words")?,
        dossiers: row.count("dossiers")?,
        units: row.count("units")?,
        since: time(row.get("since")?),
        example: row.get("example")?,
    }))
}

fn held_dossier(row: &Row) -> Result<Option<HeldDossier>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.get("kind")?) else { return Ok(None) };
    let finding = Finding::new(kind, row.get::<String, _>("subject")?, row.get::<String, _>("detail")?);
    let found = OpenFinding { code: row.get("code")?, finding, opened_at: time(row.get("opened_at")?) };
    Ok(Some(HeldDossier { unit: row.get("unit")?, found }))
}
