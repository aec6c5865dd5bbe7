//! What is held, by cause.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::{Ledger, LedgerError, OpenFinding, time};
use crate::dossier::{Finding, FindingKind};

/// Which of the held dossiers are meant; the default is all.
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
pub struct Cause {
    /// What is wrong.
    pub kind: FindingKind,
    /// What it is about.
    pub subject: String,
    /// The portal's masked words when it refused; otherwise empty.
    pub words: String,
    /// How many dossiers it holds.
    pub dossiers: u64,
    /// Of how many units.
    pub units: u64,
    /// Since when the first of them is held for it.
    pub since: DateTime<Utc>,
    /// The code of one of them.
    pub example: String,
}

/// How much is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldTotals {
    /// Dossiers with at least one finding that holds.
    pub dossiers: u64,
    /// Different causes.
    pub causes: u64,
}

/// One held dossier and one thing that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDossier {
    /// Its unit; empty when the ledger does not know it.
    pub unit: String,
    /// What holds it.
    pub found: OpenFinding,
}

/// The portal's words make a cause of their own; a detail of our own, such as a length, does not.
const WORDS: &str = "CASE WHEN f.kind = 'refused' THEN f.detail ELSE '' END";

impl Ledger {
    /// Up to `limit` causes that hold dossiers, those that hold most first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_causes(&self, filter: &HeldFilter, limit: u32) -> Result<Vec<Cause>, LedgerError> {
        let mut query = QueryBuilder::new("-- held_causes\nSELECT f.kind, f.subject, ");
        query.push(WORDS).push(
            " AS words, count(*) AS dossiers, count(DISTINCT coalesce(d.unit, '')) AS units,
             min(f.opened_at) AS since, min(f.code) AS example",
        );
        push_held(&mut query, filter);
        query.push(" GROUP BY 1, 2, 3 ORDER BY dossiers DESC, since, 1, 2, 3 LIMIT ").push_bind(limit);
        let rows =
            query.build().fetch_all(&self.readers).await.map_err(LedgerError::during("held_causes"))?;
        let mut causes = Vec::with_capacity(rows.len());
        for row in &rows {
            causes.extend(cause(row).map_err(LedgerError::during("held_causes"))?);
        }
        Ok(causes)
    }

    /// How many dossiers are held, for how many causes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_totals(&self, filter: &HeldFilter) -> Result<HeldTotals, LedgerError> {
        let mut query = QueryBuilder::new("-- held_totals\nSELECT count(DISTINCT f.code), 0");
        push_held(&mut query, filter);
        query.push(" UNION ALL SELECT 0, count(*) FROM (SELECT DISTINCT f.kind, f.subject, ").push(WORDS);
        push_held(&mut query, filter);
        query.push(")");
        let rows: Vec<(i64, i64)> = query
            .build_query_as()
            .fetch_all(&self.readers)
            .await
            .map_err(LedgerError::during("held_totals"))?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(HeldTotals {
            dossiers: rows.iter().map(|(dossiers, _)| count(*dossiers)).sum(),
            causes: rows.iter().map(|(_, causes)| count(*causes)).sum(),
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
        let mut query = QueryBuilder::new(
            "-- held_dossiers\nSELECT f.code, f.kind, f.subject, f.detail, f.opened_at, coalesce(d.unit, '') AS unit",
        );
        push_held(&mut query, filter);
        query.push(" ORDER BY f.opened_at, f.code, f.kind, f.subject LIMIT ").push_bind(limit);
        let rows =
            query.build().fetch_all(&self.readers).await.map_err(LedgerError::during("held_dossiers"))?;
        let mut held = Vec::with_capacity(rows.len());
        for row in &rows {
            held.extend(held_dossier(row).map_err(LedgerError::during("held_dossiers"))?);
        }
        Ok(held)
    }
}

/// The open findings that hold a dossier, as far as `filter` lets them through.
fn push_held(query: &mut QueryBuilder<Sqlite>, filter: &HeldFilter) {
    query.push(" FROM finding f LEFT JOIN dossier d ON d.code = f.code WHERE f.closed_at IS NULL");
    match filter.kind {
        Some(kind) => {
            query.push(" AND f.kind = ").push_bind(kind.name());
        }
        None => {
            query.push(" AND f.kind IN (");
            let mut kinds = query.separated(", ");
            for kind in FindingKind::ALL.iter().filter(|kind| kind.holds()) {
                kinds.push_bind(kind.name());
            }
            query.push(")");
        }
    }
    if let Some(subject) = &filter.subject {
        query.push(" AND f.subject = ").push_bind(subject.clone());
    }
    if let Some(unit) = &filter.unit {
        query.push(" AND d.unit = ").push_bind(unit.clone());
    }
}

/// `None` for a kind that a newer version wrote.
fn cause(row: &SqliteRow) -> Result<Option<Cause>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.try_get("kind")?) else { return Ok(None) };
    let count = |column: &str| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or(0))
    };
    Ok(Some(Cause {
        kind,
        subject: row.try_get("subject")?,
        words: row.try_get("words")?,
        dossiers: count("dossiers")?,
        units: count("units")?,
        since: time(row.try_get("since")?),
        example: row.try_get("example")?,
    }))
}

fn held_dossier(row: &SqliteRow) -> Result<Option<HeldDossier>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.try_get("kind")?) else { return Ok(None) };
    let finding =
        Finding::new(kind, row.try_get::<String, _>("subject")?, row.try_get::<String, _>("detail")?);
    let found =
        OpenFinding { code: row.try_get("code")?, finding, opened_at: time(row.try_get("opened_at")?) };
    Ok(Some(HeldDossier { unit: row.try_get("unit")?, found }))
}
