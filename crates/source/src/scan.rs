//! Walks over the changes and over all dossiers, page by page, without a gap and without a loop.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use dongbo_model::clock::earlier;
use dongbo_model::{DossierCode, Finding, FindingKind};

use crate::dossiers::{RawChange, Record as _};
use crate::engines::{
    Arguments, ColumnKind, Database, FoundColumn, Layout, Mark, ResultRow as _, Session, in_time,
};
use crate::error::SourceError;
use crate::mapping::{KeyType, Mapping, Statement, Statements, postgres_text};
use crate::settings::{Engine, Settings};
use crate::value::Value;

/// A row of the local database that may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The local key of the row, to find it by when it has no code.
    pub key: String,
    /// The dossier; `None` when the row has no usable code.
    pub code: Option<DossierCode>,
    /// The national code of the unit, or the local one when the mapping does not know it; may be empty.
    pub unit: String,
    /// The time of the change; the moment of reading when it cannot be read.
    pub changed_at: DateTime<Utc>,
    /// The defect of the row itself. The dossier behind it may still be whole.
    pub finding: Option<Finding>,
}

/// One walk over the changes after a cursor.
///
/// Each page begins behind the last row of the page before it, by the database's own value, so that neither
/// timestamps finer than ours nor thousands of rows on one timestamp make it stumble.
#[derive(Debug)]
pub struct Scan {
    cursor: Option<DateTime<Utc>>,
    overlap: Duration,
    last: Option<(Mark, Mark)>,
    reached: Option<DateTime<Utc>>,
    /// The only changes that are given; the walk ends with the range.
    range: Option<Range<DateTime<Utc>>>,
    ended: bool,
}

/// The position of a walk, in the database's own terms. It outlives the process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanPosition(Mark, Mark);

impl Scan {
    /// A walk that begins `overlap` before `cursor`; without a cursor it begins with the first row there is.
    #[must_use]
    pub const fn since(cursor: Option<DateTime<Utc>>, overlap: Duration) -> Self {
        Self { cursor, overlap, last: None, reached: cursor, range: None, ended: false }
    }

    /// A walk over the changes in `range`, from its beginning or from the position of an earlier walk. Rows whose time of
    /// change cannot be read lie in no range. A page may be empty before the end: see [`Scan::is_over`].
    #[must_use]
    pub fn within(range: Range<DateTime<Utc>>, place: Option<ScanPosition>) -> Self {
        let last = place.map(|ScanPosition(mark, key)| (mark, key));
        Self {
            cursor: Some(range.start),
            overlap: Duration::ZERO,
            last,
            reached: None,
            range: Some(range),
            ended: false,
        }
    }

    /// The position of the next page; `None` before the first.
    #[must_use]
    pub fn place(&self) -> Option<ScanPosition> {
        self.last.clone().map(|(mark, key)| ScanPosition(mark, key))
    }

    /// `true` when no further page comes.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.ended
    }

    /// The cursor for the next walk: the latest change so far, never before this walk's own cursor and never in the
    /// future, so that one row with a wrong clock does not leap over others. `None` while there was no change.
    #[must_use]
    pub const fn reached(&self) -> Option<DateTime<Utc>> {
        self.reached
    }
}

/// One walk over every dossier, in the database's order of codes.
#[derive(Debug)]
pub struct Sweep {
    last: Mark,
    ended: bool,
}

impl Sweep {
    /// A walk from the first code.
    #[must_use]
    pub const fn start() -> Self {
        Self { last: Mark::Text(String::new()), ended: false }
    }

    /// A walk that goes on behind `code`, where an earlier one was broken off.
    #[must_use]
    pub fn after(code: &DossierCode) -> Self {
        Self { last: Mark::Text(code.as_str().to_owned()), ended: false }
    }
}

/// Reads the pages of walks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pages<'s> {
    pub(crate) engine: Engine,
    pub(crate) config: &'s Settings,
    pub(crate) mapping: &'s Mapping,
    pub(crate) statements: &'s Statements,
    /// The moment of reading.
    pub(crate) now: DateTime<Utc>,
}

/// A row with its position in its query's order, as far as its values can be compared.
struct Placed {
    change: Change,
    mark: Option<Mark>,
    key: Option<Mark>,
    code: Option<Mark>,
}

impl Pages<'_> {
    /// The next page of `scan`; empty at its end.
    pub(crate) async fn changed<D: Database>(
        self,
        database: &D,
        scan: &mut Scan,
    ) -> Result<Vec<Change>, SourceError> {
        if scan.ended {
            return Ok(Vec::new());
        }
        let statement = &self.statements.changed;
        let (rows, from) = in_time(database, statement.name, async |connection| {
            let from = match &scan.last {
                Some(last) => last.clone(),
                None => {
                    let key = self.first_key();
                    let found = connection.columns(statement, &key).await?;
                    (self.beginning(&found, scan.cursor, scan.overlap), key)
                }
            };
            let rows = self.page(connection, statement, &from.0, &from.1).await?;
            Ok((rows, from))
        })
        .await?;
        scan.ended = rows.len() < self.size();
        if !scan.ended {
            let next = rows.iter().rev().find_map(|row| row.mark.clone().zip(row.key.clone()));
            scan.last = Some(moved(statement, &from, next)?);
        }
        let met = rows.iter().filter(|row| row.change.finding.is_none()).map(|row| row.change.changed_at);
        scan.reached = met.filter(|at| *at <= self.now).chain(scan.reached).max();
        let mut changes: Vec<Change> = rows.into_iter().map(|row| row.change).collect();
        if let Some(range) = &scan.range {
            changes.retain(|change| change.finding.is_none());
            scan.ended |= changes.last().is_some_and(|change| change.changed_at >= range.end);
            changes.retain(|change| range.contains(&change.changed_at));
        }
        Ok(changes)
    }

    /// The next page of `sweep`; empty at its end.
    pub(crate) async fn sweep<D: Database>(
        self,
        database: &D,
        sweep: &mut Sweep,
    ) -> Result<Vec<Change>, SourceError> {
        if sweep.ended {
            return Ok(Vec::new());
        }
        let statement = &self.statements.sweep;
        let from = sweep.last.clone();
        let rows = in_time(database, statement.name, async |connection| {
            self.page(connection, statement, &from, &from).await
        })
        .await?;
        sweep.ended = rows.len() < self.size();
        if !sweep.ended {
            let next = rows.iter().rev().find_map(|row| row.code.clone());
            sweep.last = moved(statement, &from, next)?;
        }
        Ok(rows.into_iter().map(|row| row.change).collect())
    }

    fn size(&self) -> usize {
        usize::try_from(self.config.page_size).unwrap_or(usize::MAX)
    }

    async fn page<S: Session>(
        &self,
        connection: &mut S,
        statement: &Statement,
        since: &Mark,
        after: &Mark,
    ) -> Result<Vec<Placed>, SourceError> {
        let arguments = Arguments::page(since, after, self.config.page_size);
        let rows = connection.rows(statement, &arguments).await?;
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let layout = Layout::resolve(statement.name, RawChange::COLUMNS, &first.found())
            .map_err(|wrong| self.several(statement, wrong))?;
        rows.iter()
            .map(|row| self.placed(statement, RawChange::from_values(|place| layout.value(row, place))))
            .collect()
    }

    fn several(&self, statement: &Statement, wrong: Vec<SourceError>) -> SourceError {
        SourceError::of(wrong).unwrap_or_else(|| SourceError::Protocol {
            query: statement.name.to_owned(),
            reason: "its columns cannot be told".to_owned(),
        })
    }

    /// The key before all keys.
    fn first_key(&self) -> Mark {
        match self.mapping.key {
            KeyType::Integer => Mark::Int(i64::MIN),
            KeyType::Text => Mark::Text(String::new()),
        }
    }

    /// The value of `changed_at` after which the first page begins, written as the column needs it.
    fn beginning(&self, found: &[FoundColumn], cursor: Option<DateTime<Utc>>, overlap: Duration) -> Mark {
        let column = found.iter().find(|found| found.name.eq_ignore_ascii_case("changed_at"));
        let kind = column.and_then(|column| column.kind);
        let timed = matches!(kind, Some(ColumnKind::Instant | ColumnKind::Local | ColumnKind::Date));
        let Some(cursor) = cursor else {
            let textual = match self.engine {
                Engine::Postgres => matches!(kind, Some(ColumnKind::Text | ColumnKind::Padded)),
                // In every other column of SQLite numbers come before all text, and the smallest comes first.
                Engine::Sqlite => column.is_some_and(|column| column.type_name == "TEXT"),
            };
            return if timed {
                Mark::Text("-infinity".to_owned())
            } else if textual {
                Mark::Text(String::new())
            } else {
                Mark::Int(i64::MIN)
            };
        };
        // A coarse timestamp says an earlier moment than the change had.
        let start = earlier(earlier(cursor, overlap), self.mapping.changed_at_granularity);
        let local = start.with_timezone(&self.mapping.dates.zone);
        let form = if timed { "%Y-%m-%d %H:%M:%S%.6f%:z" } else { &self.mapping.changed_at_format };
        Mark::Text(local.format(form).to_string())
    }

    fn placed(&self, statement: &Statement, raw: RawChange<'_>) -> Result<Placed, SourceError> {
        let key = self.key(statement, &raw.key)?;
        let written_key = match &key {
            Mark::Text(text) => text.clone(),
            Mark::Int(number) => number.to_string(),
            Mark::Real(number) => number.to_string(),
        };
        let mark = self.mark(&raw.changed_at);
        let moment = self.mapping.dates.read(&raw.changed_at);
        let (code, code_mark, code_finding) = code(raw.code, &written_key);
        let date_finding = || {
            let detail = format!("key {written_key}");
            Finding::new(FindingKind::BadDate, format!("{}.changed_at", statement.name), detail)
        };
        let unreadable = !matches!(moment, Ok(Some(_)));
        let unit = raw.unit.written().unwrap_or_default();
        let unit = match self.mapping.tables.unit(unit.trim()) {
            Some(known) => known.as_str().to_owned(),
            None => unit.trim().to_owned(),
        };
        let change = Change {
            code,
            unit,
            changed_at: moment.ok().flatten().unwrap_or(self.now),
            finding: code_finding.or_else(|| unreadable.then(date_finding)),
            key: written_key,
        };
        Ok(Placed { change, mark, key: Some(key), code: code_mark })
    }

    fn key(&self, statement: &Statement, value: &Value<'_>) -> Result<Mark, SourceError> {
        let mark = match (self.mapping.key, value) {
            (KeyType::Integer, Value::Int(number)) => Some(Mark::Int(*number)),
            (KeyType::Integer, Value::Text(text) | Value::Decimal(text)) => {
                text.trim().parse().ok().map(Mark::Int)
            }
            (KeyType::Text, Value::Text(text) | Value::Decimal(text)) => {
                Some(Mark::Text(text.clone().into_owned()))
            }
            (KeyType::Text, Value::Int(number)) => Some(Mark::Text(number.to_string())),
            _ => None,
        };
        mark.ok_or_else(|| SourceError::Query {
            query: statement.name.to_owned(),
            reason: format!("column \"key\" is not always what key = \"{}\" says", self.mapping.key.name()),
        })
    }

    /// The raw value as a parameter that finds the same place again.
    fn mark(&self, value: &Value<'_>) -> Option<Mark> {
        let day = |days: i32| i64::from(days).saturating_mul(86_400_000_000);
        match value {
            Value::Text(text) | Value::Decimal(text) => Some(Mark::Text(text.clone().into_owned())),
            Value::Int(number) => Some(Mark::Int(*number)),
            Value::Real(number) => Some(Mark::Real(*number)),
            Value::Instant(micros) => Some(Mark::Text(postgres_text(*micros, Some(self.mapping.dates.zone)))),
            Value::Local(micros) => Some(Mark::Text(postgres_text(*micros, None))),
            Value::Date(i32::MAX) => Some(Mark::Text("infinity".to_owned())),
            Value::Date(i32::MIN) => Some(Mark::Text("-infinity".to_owned())),
            Value::Date(days) => Some(Mark::Text(postgres_text(day(*days), None))),
            Value::Null | Value::Bool(_) | Value::NotUtf8 | Value::Other => None,
        }
    }
}

/// The next position, which must be another than the last.
fn moved<T: PartialEq>(statement: &Statement, from: &T, next: Option<T>) -> Result<T, SourceError> {
    next.filter(|next| next != from).ok_or_else(|| SourceError::Query {
        query: statement.name.to_owned(),
        reason: "a page ends where it began; check its condition and its ORDER BY".to_owned(),
    })
}

/// The dossier's code, its raw form for paging, and its defect.
fn code(raw: Value<'_>, key: &str) -> (Option<DossierCode>, Option<Mark>, Option<Finding>) {
    let finding =
        |kind, detail: &str| Some(Finding::new(kind, "dossiers.code", format!("{detail}key {key}")));
    let Some(written) = raw.written() else {
        return (None, None, finding(FindingKind::BadText, ""));
    };
    let mark = Some(Mark::Text(written.clone().into_owned()));
    if written.trim().is_empty() {
        return (None, mark, finding(FindingKind::MissingCode, ""));
    }
    match DossierCode::local(&written) {
        Err(flaw) => (None, mark, finding(FindingKind::BadValue, &format!("{flaw}; "))),
        // The dossier is read by its code, and the database takes another spelling for another code.
        Ok(code) if code.as_str() != written => {
            let finding = finding(FindingKind::BadValue, "blanks at its ends, or no NFC; ");
            (Some(code), mark, finding)
        }
        Ok(code) => (Some(code), mark, None),
    }
}
