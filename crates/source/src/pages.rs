//! Reads the pages of walks, without a gap and without a loop.

use std::time::Duration;

use chrono::{DateTime, Utc};

use dongbo_model::clock::earlier;

use crate::dossiers::{RawChange, Record as _};
use crate::engines::{
    Arguments, ColumnKind, Database, FoundColumn, LEAST_UUID, Layout, Mark, ResultRow as _, Session, in_time,
};
use crate::error::SourceError;
use crate::mapping::{KeyType, Mapping, Statement, Statements};
use crate::row::{Placed, placed};
use crate::scan::{Change, Scan, Sweep};
use crate::settings::{Engine, Settings};

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
            let next = next_place(&rows, &from, self.first_key());
            scan.last = Some(next.ok_or_else(|| stuck(statement))?);
        }
        let met = rows.iter().filter(|row| !row.change.is_undated()).map(|row| row.change.changed_at);
        scan.reached = met.filter(|at| *at <= self.now).chain(scan.reached).max();
        let mut changes: Vec<Change> = rows.into_iter().map(|row| row.change).collect();
        if let Some(range) = &scan.range {
            changes.retain(|change| change.usable_code().is_some() && !change.is_undated());
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
        let from = Mark::Text(sweep.last.clone());
        let rows = in_time(database, statement.name, async |connection| {
            self.page(connection, statement, &from, &from).await
        })
        .await?;
        sweep.ended = rows.len() < self.size();
        let last = rows.iter().rev().find_map(|row| row.change.written_code.clone());
        match last.filter(|last| *last != sweep.last) {
            Some(last) => sweep.last = last,
            None if sweep.ended => {}
            None => return Err(stuck(statement)),
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
            .map_err(|wrong| several(statement, wrong))?;
        let raw = rows.iter().map(|row| RawChange::from_values(|place| layout.value(row, place)));
        Ok(raw.map(|raw| placed(self.mapping, statement.name, raw, self.now)).collect())
    }

    /// The key before all keys.
    fn first_key(&self) -> Mark {
        match self.mapping.key {
            KeyType::Integer => Mark::Int(i64::MIN),
            KeyType::Text => Mark::Text(String::new()),
            KeyType::Uuid => Mark::Uuid(LEAST_UUID.to_owned()),
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
}

/// The place behind a page that began at `from`, in the order of time and key; `None` when there is none but `from` itself.
///
/// A last row whose key cannot be used is left behind with the others of its moment: the page goes on behind the last of these
/// that has a key, and where none has, before the first key of that moment.
fn next_place(rows: &[Placed], from: &(Mark, Mark), first_key: Mark) -> Option<(Mark, Mark)> {
    let last = rows.iter().rev().find_map(|row| row.mark.clone())?;
    let of_moment = |row: &&Placed| row.mark.as_ref() == Some(&last);
    let key = rows.iter().rev().filter(of_moment).find_map(|row| row.key.clone());
    match key {
        Some(key) => Some((last, key)).filter(|next| next != from),
        None => Some((last, first_key)).filter(|(mark, _)| *mark != from.0),
    }
}

fn stuck(statement: &Statement) -> SourceError {
    SourceError::Query {
        query: statement.name.to_owned(),
        reason: "a page ends where it began; check its condition and its ORDER BY, and the rows behind it for keys \
                 that cannot be used"
            .to_owned(),
    }
}

fn several(statement: &Statement, wrong: Vec<SourceError>) -> SourceError {
    SourceError::of(wrong).unwrap_or_else(|| SourceError::Protocol {
        query: statement.name.to_owned(),
        reason: "its columns cannot be told".to_owned(),
    })
}
