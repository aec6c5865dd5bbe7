//! Reads the pages of walks, without a gap and without a loop.

use dongbo_model::locks::lock;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use dongbo_model::clock::earlier;

use crate::dossiers::{RawChange, Record as _};
use crate::engines::{
    Arguments, ColumnKind, Database, FoundColumn, LEAST_UUID, Layout, Mark, ResultRow as _, Room, Session,
    first_moment, in_time,
};
use crate::error::SourceError;
use crate::mapping::{ChangesQuery, KeyType, Mapping, Statement, Statements};
use crate::order::{self, Expected};
use crate::plan::{self, FullScan};
use crate::row::{Place, Placed, Reading, placed};
use crate::scan::{Change, Scan, Sweep};
use crate::settings::Engine;
use crate::times::Forms;

/// The rows that the forms of times are learnt from before the first walk.
const SAMPLE: u32 = 200;
/// The most by which two zones differ.
const ZONES: TimeDelta = TimeDelta::hours(26);
/// The column that tells when a dossier changed.
const CHANGED_AT: &str = "changed_at";
/// The pages in which a row is looked for from its own time.
const PAGES_TO_PROVE: u32 = 5;

/// Reads the pages of walks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pages<'s> {
    pub(crate) engine: Engine,
    pub(crate) mapping: &'s Mapping,
    pub(crate) statements: &'s Statements,
    /// The forms that times of changes were seen to have, by the place of their query.
    pub(crate) forms: &'s Mutex<BTreeMap<usize, Forms>>,
    /// The place of the query for changes that is read by.
    pub(crate) place: usize,
    /// The most rows of a page.
    pub(crate) limit: u32,
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
        let mut this = self;
        loop {
            let page = match (Self { place: scan.query, ..this }).next_changes(database, scan).await {
                Err(SourceError::TooLarge { .. }) if this.limit > 1 => {
                    this.limit /= 2;
                    continue;
                }
                page => page?,
            };
            if scan.ended && scan.goes_on && !self.statements.changed.is_last(scan.query) {
                scan.go_on();
            }
            if !page.is_empty() || scan.ended || scan.range.is_some() {
                return Ok(page);
            }
        }
    }

    async fn next_changes<D: Database>(
        self,
        database: &D,
        scan: &mut Scan,
    ) -> Result<Vec<Change>, SourceError> {
        if scan.ended {
            return Ok(Vec::new());
        }
        let statement = &self.query().statement;
        // One row more than is given, which the next page must begin with.
        let limit = self.limit.saturating_add(1);
        let (from, mut rows) = in_time(database, statement.name, async |connection| {
            let from = match &scan.last {
                Some(last) => last.clone(),
                None => self.begin_on(connection, scan.cursor, scan.overlap).await?,
            };
            let rows = self.learnt_page(connection, &from, limit).await?;
            Ok((from, rows))
        })
        .await?;
        let ended = rows.len() <= self.size();
        let beyond = rows.split_off(self.size().min(rows.len())).into_iter().next();
        let next = next_place(&rows, &from, self.first_key());
        if !ended && next.is_none() {
            return Err(stuck(statement));
        }
        order::check(statement.name, rows.iter().chain(&beyond).map(|row| &row.place))?;
        if let Some(expected) = scan.expected.as_ref().filter(|it| !it.is(rows.first().map(|row| &row.place)))
        {
            self.compare(database, expected).await?;
        }
        if scan.proving {
            scan.proving = !self.prove(database, &from, &rows).await?;
        }
        scan.ended = ended;
        scan.last = next.filter(|_| !ended).or(scan.last.take());
        scan.expected = rows
            .last()
            .zip(beyond.as_ref())
            .and_then(|(last, beyond)| Expected::of(&from, &last.place, &beyond.place));
        let met = rows.iter().filter(|row| !row.change.is_undated()).map(|row| row.change.changed_at);
        scan.reached = met.filter(|at| *at <= self.now).chain(scan.reached).max();
        let mut changes: Vec<Change> = rows.into_iter().map(|row| row.change).collect();
        if let Some(range) = &scan.range {
            changes.retain(|change| change.usable_code().is_some() && !change.is_undated());
            // Times in several forms may be given out of order, by the difference of two zones at most.
            let slack = if self.forms(|forms| forms.mixed()).is_empty() { TimeDelta::zero() } else { ZONES };
            scan.ended |= changes.last().is_some_and(|change| change.changed_at - slack >= range.end);
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
        let mut this = self;
        loop {
            match this.next_of_sweep(database, sweep).await {
                Err(SourceError::TooLarge { .. }) if this.limit > 1 => this.limit /= 2,
                page => return page,
            }
        }
    }

    async fn next_of_sweep<D: Database>(
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
            self.page(connection, statement, &from, &from, self.limit).await
        })
        .await?;
        self.forms(|known| {
            let forms = rows.iter().filter_map(|row| row.place.form.as_ref());
            forms.for_each(|form| known.add_alike(form));
        });
        sweep.ended = rows.len() < self.size();
        let last = rows.iter().rev().find_map(|row| row.change.written_code.clone());
        match last.filter(|last| *last != sweep.last) {
            Some(last) => sweep.last = last,
            None if sweep.ended => {}
            None => return Err(stuck(statement)),
        }
        Ok(rows.into_iter().map(|row| row.change).collect())
    }

    /// The large tables that the query for changes reads from end to end for each page.
    pub(crate) async fn full_scans<D: Database>(&self, database: &D) -> Result<Vec<FullScan>, SourceError> {
        let from = self.begin(database, Some(self.now), Duration::from_secs(3_600)).await?;
        let start = self.begin(database, None, Duration::ZERO).await?;
        let (statement, limit) = (&self.query().statement, self.limit);
        plan::full_scans(database, self.engine, statement, [&from, &start], limit).await
    }

    fn size(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// A page of changes behind `from`, by a reading of its own.
    async fn page_from<D: Database>(
        &self,
        database: &D,
        from: &(Mark, Mark),
        limit: u32,
    ) -> Result<Vec<Placed>, SourceError> {
        let name = self.query().statement.name;
        in_time(database, name, async |connection| self.learnt_page(connection, from, limit).await).await
    }

    /// A page of changes behind `from`. The forms of its times are learnt.
    async fn learnt_page<S: Session>(
        &self,
        connection: &mut S,
        from: &(Mark, Mark),
        limit: u32,
    ) -> Result<Vec<Placed>, SourceError> {
        let rows = self.page(connection, &self.query().statement, &from.0, &from.1, limit).await?;
        self.forms(|known| {
            rows.iter().filter_map(|row| row.place.form.as_ref()).for_each(|form| known.add(form));
        });
        Ok(rows)
    }

    fn query(&self) -> &ChangesQuery {
        self.statements.changed.at(self.place)
    }

    /// Looks at the forms of the query's times, or adds to them.
    fn forms<T>(&self, look: impl FnOnce(&mut Forms) -> T) -> T {
        let mut all = lock(self.forms);
        look(all.entry(self.place).or_default())
    }

    async fn page<S: Session>(
        &self,
        connection: &mut S,
        statement: &Statement,
        since: &Mark,
        after: &Mark,
        limit: u32,
    ) -> Result<Vec<Placed>, SourceError> {
        let room = Room::page();
        let arguments = Arguments::page(since, after, limit).within(&room);
        let rows = connection.rows(statement, &arguments).await?;
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let layout = Layout::resolve(statement.name, RawChange::COLUMNS, &first.found())
            .map_err(|wrong| several(statement, wrong))?;
        let reading = self.reading(statement);
        let changed_at = RawChange::COLUMNS.iter().position(|column| column.name == CHANGED_AT);
        let placed = rows.iter().map(|row| {
            let raw = RawChange::from_values(|place| layout.value(row, place));
            let moment = changed_at.and_then(|place| layout.moment(row, place));
            placed(self.mapping, reading, raw, moment, self.now)
        });
        Ok(placed.collect())
    }

    /// Reads again what was sorted behind a page's last row and what comes behind it by the condition, in one state of the database:
    /// between two pages rows may change.
    async fn compare<D: Database>(&self, database: &D, expected: &Expected) -> Result<(), SourceError> {
        let statement = &self.query().statement;
        let limit = self.limit.saturating_add(1);
        in_time(database, statement.name, async |connection| {
            let (since, after) = &expected.from;
            let rows = self.page(connection, statement, since, after, limit).await?;
            let mut places = rows.iter().map(|row| &row.place).skip(self.size().saturating_sub(1));
            let Some((last, beyond)) = places.next().zip(places.next()) else { return Ok(()) };
            let Some(expected) = Expected::of(&expected.from, last, beyond) else { return Ok(()) };
            let Some((since, after)) = last.mark.as_ref().zip(last.key.as_ref()) else { return Ok(()) };
            let next = self.page(connection, statement, since, after, 1).await?;
            let is_next = expected.is(next.first().map(|row| &row.place));
            if is_next { Ok(()) } else { Err(expected.missed(statement.name)) }
        })
        .await
    }

    /// Proves that a walk which begins at the time of the newest of `rows` finds that row again. Returns whether there was one to
    /// prove it by. `rows` were read behind `from`.
    async fn prove<D: Database>(
        &self,
        database: &D,
        from: &(Mark, Mark),
        rows: &[Placed],
    ) -> Result<bool, SourceError> {
        let known = |row: &&Placed| {
            row.place.mark.is_some() && row.place.key.is_some() && row.change.changed_at <= self.now
        };
        let newest = rows.iter().filter(known).max_by_key(|row| row.place.moment);
        let Some((newest, moment)) = newest.and_then(|row| Some((&row.place, row.place.moment?))) else {
            return Ok(false);
        };
        let is_it = |row: &Placed| row.place.mark == newest.mark && row.place.key == newest.key;
        let begin = self.begin(database, Some(moment), Duration::ZERO).await?;
        let mut place = begin.clone();
        for _ in 0..PAGES_TO_PROVE {
            let page = self.page_from(database, &place, self.limit).await?;
            if page.iter().any(is_it) {
                return Ok(true);
            }
            let next = next_place(&page, &place, self.first_key());
            match next.filter(|_| page.len() >= self.size()) {
                Some(next) => place = next,
                // It may have changed meanwhile.
                None if self.page_from(database, from, self.limit).await?.iter().any(is_it) => {
                    return Err(not_found_again(&self.query().statement, newest, &begin.0));
                }
                None => return Ok(true),
            }
        }
        Ok(true)
    }

    /// The place at which a walk from `cursor` begins, by a reading of its own.
    async fn begin<D: Database>(
        &self,
        database: &D,
        cursor: Option<DateTime<Utc>>,
        overlap: Duration,
    ) -> Result<(Mark, Mark), SourceError> {
        let name = self.query().statement.name;
        in_time(database, name, async |connection| self.begin_on(connection, cursor, overlap).await).await
    }

    /// The place at which a walk from `cursor` begins.
    async fn begin_on<S: Session>(
        &self,
        connection: &mut S,
        cursor: Option<DateTime<Utc>>,
        overlap: Duration,
    ) -> Result<(Mark, Mark), SourceError> {
        let key = self.first_key();
        let found = connection.columns(&self.query().statement, &key).await?;
        let column = ChangedAt::of(&found, self.engine);
        let Some(cursor) = cursor else { return Ok((column.before_all(), key)) };
        // A coarse timestamp says an earlier moment than the change had.
        let start = earlier(earlier(cursor, overlap), self.mapping.changed_at_granularity);
        if column.timed {
            let local = start.with_timezone(&self.mapping.dates.zone);
            // MySQL's times have no zone, and its session has the mapping's; of SQL Server's types some take three digits at most.
            let form = match self.engine {
                Engine::Mysql => "%Y-%m-%d %H:%M:%S%.6f",
                Engine::Sqlserver if column.has_offset => "%Y-%m-%d %H:%M:%S%.3f %:z",
                Engine::Sqlserver => "%Y-%m-%d %H:%M:%S%.3f",
                Engine::Postgres | Engine::Sqlite => "%Y-%m-%d %H:%M:%S%.6f%:z",
            };
            return Ok((Mark::Text(local.format(form).to_string()), key));
        }
        if self.forms(|forms| forms.is_empty()) {
            // The oldest rows, and those from a day before: the column may not always have had one form.
            self.learnt_page(connection, &(column.before_all(), key.clone()), SAMPLE).await?;
            let before = self.written(start - ZONES);
            self.learnt_page(connection, &(before, key.clone()), SAMPLE).await?;
        }
        Ok((self.written(start), key))
    }

    /// `start` as the column of changes writes it; by the mapping's form while it holds nothing to learn from.
    fn written(&self, start: DateTime<Utc>) -> Mark {
        let dates = &self.mapping.dates;
        self.forms(|forms| forms.beginning(start, dates)).unwrap_or_else(|| {
            let local = start.with_timezone(&dates.zone);
            Mark::Text(local.format(&self.mapping.changed_at_format).to_string())
        })
    }

    /// The way in which rows of `statement` are read: those of a further query have keys of their own.
    fn reading<'q>(&'q self, statement: &'q Statement) -> Reading<'q> {
        let query = self.query();
        let name = if self.place == 0 { "" } else { query.name.as_str() };
        if statement.name == query.statement.name {
            Reading { query: statement.name, key: query.key, owner: name }
        } else {
            Reading { query: statement.name, key: self.mapping.key, owner: "" }
        }
    }

    /// The key before all keys.
    fn first_key(&self) -> Mark {
        match self.query().key {
            KeyType::Integer => Mark::Int(i64::MIN),
            KeyType::Text => Mark::Text(String::new()),
            KeyType::Uuid => Mark::Uuid(LEAST_UUID.to_owned()),
        }
    }
}

/// The column `changed_at` of the query for changes.
struct ChangedAt {
    /// Whether it holds times.
    timed: bool,
    /// Whether its times have an offset.
    has_offset: bool,
    /// Whether it holds nothing but text.
    textual: bool,
    /// The first time that it can hold.
    first: &'static str,
}

impl ChangedAt {
    fn of(found: &[FoundColumn], engine: Engine) -> Self {
        let column = found.iter().find(|found| found.name.eq_ignore_ascii_case(CHANGED_AT));
        let kind = column.and_then(|column| column.kind);
        Self {
            timed: matches!(kind, Some(ColumnKind::Instant | ColumnKind::Local | ColumnKind::Date)),
            has_offset: kind == Some(ColumnKind::Instant),
            first: match engine {
                Engine::Mysql => "0000-00-00 00:00:00",
                Engine::Sqlserver => first_moment(column.map_or("", |column| column.type_name.as_str())),
                Engine::Postgres | Engine::Sqlite => "-infinity",
            },
            textual: match engine {
                Engine::Postgres | Engine::Mysql | Engine::Sqlserver => {
                    matches!(kind, Some(ColumnKind::Text | ColumnKind::Padded | ColumnKind::Bytes))
                }
                // In every other column of SQLite numbers come before all text, and the smallest comes first.
                Engine::Sqlite => column.is_some_and(|column| column.type_name == "TEXT"),
            },
        }
    }

    /// The value before all others.
    fn before_all(&self) -> Mark {
        if self.timed {
            Mark::Text(self.first.to_owned())
        } else if self.textual {
            Mark::Text(String::new())
        } else {
            Mark::Int(i64::MIN)
        }
    }
}

/// The place behind a page that began at `from`, in the order of time and key; `None` when there is none but `from` itself.
///
/// A last row whose key cannot be used is left behind with the others of its moment: the page goes on behind the last of these
/// that has a key, and where none has, before the first key of that moment.
fn next_place(rows: &[Placed], from: &(Mark, Mark), first_key: Mark) -> Option<(Mark, Mark)> {
    let last = rows.iter().rev().find_map(|row| row.place.mark.clone())?;
    let of_moment = |row: &&Placed| row.place.mark.as_ref() == Some(&last);
    let key = rows.iter().rev().filter(of_moment).find_map(|row| row.place.key.clone());
    match key {
        Some(key) => Some((last, key)).filter(|next| next != from),
        None => Some((last, first_key)).filter(|(mark, _)| *mark != from.0),
    }
}

/// The error for a row that is not found from its own time, from which the next walk would begin.
fn not_found_again(statement: &Statement, row: &Place, since: &Mark) -> SourceError {
    let since = match since {
        Mark::Text(text) | Mark::Uuid(text) => text.clone(),
        Mark::Int(number) => number.to_string(),
        Mark::Real(number) => number.to_string(),
    };
    SourceError::Query {
        query: statement.name.to_owned(),
        reason: format!(
            "it gives the row with key {}, and does not give it when asked for changes since its own time, for which :since is \
             {since}; so later changes would not be seen. Its condition must compare :since with the very column that it gives \
             as changed_at, and with that column's type",
            row.shown
        ),
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
