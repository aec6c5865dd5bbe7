//! Moving a ledger from its file to a server: copied within one transaction, compared row by row, and left behind closed.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::store::{Row, Sql, Tx, values};
use super::{Ledger, LedgerError, encode};

/// The memo of a file whose ledger was moved away, since when.
const MOVED: &str = "moved";
/// Dossiers copied at once, with all that belongs to them.
const AT_ONCE: i64 = 1_000;

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moved {
    /// Dossiers, rows without a code included.
    pub dossiers: u64,
    /// Calls to the portal.
    pub attempts: u64,
    /// Findings, open and closed.
    pub findings: u64,
    /// Files that dongbo delivers.
    pub files: u64,
}

/// A table of which a range of codes is copied. Its statements and the types of its columns: `t` text, `n` number.
struct Table {
    read: &'static Sql,
    write: &'static Sql,
    columns: &'static str,
}

/// The statements of a table, from its name and its columns with their types.
macro_rules! table {
    ($read:ident, $write:ident, $name:literal, $kinds:literal, $columns:literal, $typed:literal) => {{
        static $read: Sql = Sql::new(
            concat!("read_", $name),
            concat!("SELECT ", $columns, " FROM ", $name, " WHERE code > $1 AND ($2 IS NULL OR code <= $2)"),
        );
        static $write: Sql = Sql::new(
            concat!("write_", $name),
            concat!(
                "INSERT INTO ",
                $name,
                " (",
                $columns,
                ") SELECT ",
                $columns,
                " FROM {rows $1: ",
                $typed,
                "} AS one WHERE true"
            ),
        );
        Table { read: &$read, write: &$write, columns: $kinds }
    }};
}

fn dossiers() -> Table {
    table!(
        READ_DOSSIERS,
        WRITE_DOSSIERS,
        "dossier",
        "tttnnnnnnnnnntnnntttntnttnttnnnn",
        "code, unit, state, lane, due_at, changed_at, seen_at, rechecked, unsent_since, touches, read_touches, fence, \
         lease_until, lease_owner, attempts, doubt, on_portal, status_accepted, content_wanted, content_accepted, \
         steps_wanted, steps_wanted_fp, steps_accepted, steps_accepted_fp, portal_id, links_unproved, agency, procedure, \
         received_month, accepted_at, verified_at, results_accepted",
        "code text, unit text, state text, lane bigint, due_at bigint, changed_at bigint, seen_at bigint, rechecked bigint, unsent_since bigint, touches bigint, read_touches bigint, fence bigint, lease_until bigint, lease_owner text, attempts bigint, doubt bigint, on_portal bigint, status_accepted text, content_wanted text, content_accepted text, steps_wanted bigint, steps_wanted_fp text, steps_accepted bigint, steps_accepted_fp text, portal_id text, links_unproved bigint, agency text, procedure text, received_month bigint, accepted_at bigint, verified_at bigint, results_accepted bigint"
    )
}

fn procedures() -> Table {
    table!(
        READ_PROCEDURES,
        WRITE_PROCEDURES,
        "procedure",
        "ttttnnnnn",
        "code, name, field_code, field_name, returns_paper, has_fee, known, fetched_at, detail_fetched_at",
        "code text, name text, field_code text, field_name text, returns_paper bigint, has_fee bigint, known bigint, fetched_at bigint, detail_fetched_at bigint"
    )
}

fn attempts() -> Table {
    table!(
        READ_ATTEMPTS,
        WRITE_ATTEMPTS,
        "attempt",
        "tnnnttntt",
        "code, fence, started_at, ended_at, operations, outcome, http_status, portal_code, message",
        "code text, fence bigint, started_at bigint, ended_at bigint, operations text, outcome text, http_status bigint, portal_code text, message text"
    )
}

fn findings() -> Table {
    table!(
        READ_FINDINGS,
        WRITE_FINDINGS,
        "finding",
        "ttttnnn",
        "code, kind, subject, detail, opened_at, seen_at, closed_at",
        "code text, kind text, subject text, detail text, opened_at bigint, seen_at bigint, closed_at bigint"
    )
}

fn differences() -> Table {
    table!(
        READ_DIFFERENCES,
        WRITE_DIFFERENCES,
        "difference",
        "tttttttnttnttttnnnnn",
        "code, kind, subject, found_by, layer, agency, procedure, month, cause, age, mendable, ours, theirs, ours_raw, \
         theirs_raw, since, opened_at, seen_at, repaired_at, closed_at",
        "code text, kind text, subject text, found_by text, layer text, agency text, procedure text, month bigint, cause text, age text, mendable bigint, ours text, theirs text, ours_raw text, theirs_raw text, since bigint, opened_at bigint, seen_at bigint, repaired_at bigint, closed_at bigint"
    )
}

fn files() -> Table {
    table!(
        READ_FILES,
        WRITE_FILES,
        "file",
        "ttttntnnntnnnttnnttnn",
        "code, role, place, unit, lane, state, due_at, again, fence, lease_owner, attempts, size, changed_at, tag, sha256, \
         signed, announcement, link_id, reference, announced_at, arrived_at",
        "code text, role text, place text, unit text, lane bigint, state text, due_at bigint, again bigint, fence bigint, lease_owner text, attempts bigint, size bigint, changed_at bigint, tag text, sha256 text, signed bigint, announcement bigint, link_id text, reference text, announced_at bigint, arrived_at bigint"
    )
}

impl Ledger {
    /// Copies all of `from` into this ledger, which has to be empty, in one transaction, and compares both before it
    /// ends. Then `from` is closed for daemons: what it holds is history. Nobody else may work on either.
    ///
    /// # Errors
    /// When this ledger is not empty, `from` was moved before, one of them fails, or they differ afterwards. Nothing is
    /// changed then.
    pub async fn take_over(&self, from: &Self, now: DateTime<Utc>) -> Result<Moved, LedgerError> {
        from.refuse_moved().await?;
        let mut old = from.store.snapshot("take_over").await?;
        let mut new = self.store.begin("take_over").await?;
        if new.read_number(&COUNT_ROWS, Vec::new()).await?.unwrap_or(0) > 0 {
            return Err(LedgerError::NotEmpty);
        }
        let mut moved = Moved::default();
        let mut after = String::new();
        loop {
            let upto = old.read_text(&LAST_OF_NEXT, values![&after, AT_ONCE - 1]).await?;
            moved.dossiers += copy(&mut old, &mut new, &dossiers(), &after, upto.as_deref()).await?;
            moved.attempts += copy(&mut old, &mut new, &attempts(), &after, upto.as_deref()).await?;
            moved.findings += copy(&mut old, &mut new, &findings(), &after, upto.as_deref()).await?;
            copy(&mut old, &mut new, &differences(), &after, upto.as_deref()).await?;
            moved.files += copy(&mut old, &mut new, &files(), &after, upto.as_deref()).await?;
            match upto {
                Some(upto) => after = upto,
                None => break,
            }
        }
        copy(&mut old, &mut new, &procedures(), "", None).await?;
        for row in old.read(&CURSORS, Vec::new()).await? {
            let (name, at): (String, i64) = (text(&row, 0)?, number(&row, 1)?);
            new.execute(&super::open::MOVE_CURSOR, values![name, at]).await?;
        }
        for row in old.read(&MEMOS, Vec::new()).await? {
            new.execute(&super::open::REMEMBER, values![text(&row, 0)?, text(&row, 1)?]).await?;
        }
        for row in old.read(&RUNS, Vec::new()).await? {
            let run = values![text(&row, 0)?, number(&row, 1)?, number(&row, 2)?, text(&row, 3)?];
            new.execute(&super::runs::ADD_RUN, run).await?;
        }
        drop(old);
        new.commit("take_over").await?;
        from.remember(MOVED, &now.to_rfc3339()).await?;
        Ok(moved)
    }

    /// # Errors
    /// When this ledger was moved to a server: who worked on it would work with an old state.
    pub(super) async fn refuse_moved(&self) -> Result<(), LedgerError> {
        match self.memo(MOVED).await? {
            Some(since) => Err(LedgerError::Moved { since }),
            None => Ok(()),
        }
    }
}

/// Copies the rows whose codes are behind `after` and up to `upto`, or to the end, and compares what came of it.
async fn copy(
    old: &mut Tx,
    new: &mut Tx,
    table: &Table,
    after: &str,
    upto: Option<&str>,
) -> Result<u64, LedgerError> {
    let rows = read(old, table, after, upto).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    new.execute(table.write, values![encode("take_over", &rows)?]).await?;
    if read(new, table, after, upto).await? != rows {
        return Err(LedgerError::Differs {
            first: first_code(&rows),
            last: upto.unwrap_or_default().to_owned(),
        });
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

type Rows = Vec<Vec<serde_json::Value>>;

/// The rows of a range in an order that both engines share.
async fn read(tx: &mut Tx, table: &Table, after: &str, upto: Option<&str>) -> Result<Rows, LedgerError> {
    let rows = tx.read(table.read, values![after, upto]).await?;
    let value = |row: &Row, (place, kind): (usize, char)| -> Result<serde_json::Value, sqlx::Error> {
        Ok(match kind {
            't' => row.get::<Option<String>, _>(place)?.into(),
            _ => row.get::<Option<i64>, _>(place)?.into(),
        })
    };
    let mut rows: Rows = rows
        .iter()
        .map(|row| table.columns.chars().enumerate().map(|column| value(row, column)).collect())
        .collect::<Result<_, _>>()
        .map_err(LedgerError::during("take_over"))?;
    rows.sort_by_cached_key(|row| {
        row.iter().fold(String::new(), |mut text, value| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{value}\u{0}");
            text
        })
    });
    Ok(rows)
}

fn first_code(rows: &Rows) -> String {
    let code = rows.first().and_then(|row| row.first()).and_then(serde_json::Value::as_str);
    code.unwrap_or_default().to_owned()
}

fn text(row: &Row, place: usize) -> Result<String, LedgerError> {
    row.get(place).map_err(LedgerError::during("take_over"))
}

fn number(row: &Row, place: usize) -> Result<i64, LedgerError> {
    row.get(place).map_err(LedgerError::during("take_over"))
}

static COUNT_ROWS: Sql = Sql::new(
    "count_rows",
    "SELECT (SELECT count(*) FROM dossier) + (SELECT count(*) FROM attempt) + (SELECT count(*) FROM finding)
         + (SELECT count(*) FROM cursor) + (SELECT count(*) FROM file)",
);

static LAST_OF_NEXT: Sql =
    Sql::new("last_of_next", "SELECT code FROM dossier WHERE code > $1 ORDER BY code LIMIT 1 OFFSET $2");

static CURSORS: Sql = Sql::new("cursors", "SELECT name, at FROM cursor");

static RUNS: Sql = Sql::new("all_runs", "SELECT id, started_at, ended_at, summary FROM run");

static MEMOS: Sql = Sql::new("memos", "SELECT name, value FROM memo");
