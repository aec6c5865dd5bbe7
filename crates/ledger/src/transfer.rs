//! The transfer of a ledger from its file to a server: copied within one transaction and compared row by row; the file
//! is left behind closed.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::encode;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Record, Row, Sql, Tx, values};

/// The memo of a file whose ledger was moved away, since when.
const MOVED: &str = "moved";
/// Dossiers copied at once, with all that belongs to them.
const AT_ONCE: i64 = 1_000;

/// The numbers of what was moved.
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

/// A table of which a range of codes is copied.
struct Copied {
    read: &'static Sql,
    write: &'static Sql,
    columns: &'static [(&'static str, &'static str)],
}

/// The statements that copy a table, from its name and its columns with their types.
macro_rules! copied {
    ($function:ident, $name:literal, { $($column:ident $type:ident),+ $(,)? }) => {
        fn $function() -> Copied {
            const TABLE: Record =
                Record { name: "table", columns: &[$((stringify!($column), stringify!($type))),+] };
            static READ: Sql = Sql::of(
                concat!("read_", $name),
                concat!("SELECT {columns table} FROM ", $name, " WHERE code > $1 AND ($2 IS NULL OR code <= $2)"),
                &[TABLE],
            );
            static WRITE: Sql = Sql::of(
                concat!("write_", $name),
                concat!(
                    "INSERT INTO ", $name, " ({columns table}) SELECT {columns table} FROM {rows $1: table} AS one WHERE true"
                ),
                &[TABLE],
            );
            Copied { read: &READ, write: &WRITE, columns: TABLE.columns }
        }
    };
}

copied!(dossiers, "dossier", {
    code text, unit text, state text, lane bigint, due_at bigint, changed_at bigint, seen_at bigint,
    rechecked bigint, unsent_since bigint, touches bigint, read_touches bigint, fence bigint, lease_until
    bigint, lease_owner text, attempts bigint, doubt bigint, on_portal bigint, status_accepted text,
    content_wanted text, content_accepted text, steps_wanted bigint, steps_wanted_fp text, steps_accepted
    bigint, steps_accepted_fp text, portal_id text, links_unproved bigint, agency text, procedure text,
    received_month bigint, accepted_at bigint, verified_at bigint, results_accepted bigint, listed
    bigint, rounds text, lost_at bigint, confirmed_at bigint, history_shown text, history_accepted text,
    source bigint,
});

copied!(givers, "other_giver", {
    code text, source bigint, unit text, changed_at bigint, since bigint,
});

copied!(procedures, "procedure", {
    code text, name text, field_code text, field_name text, returns_paper bigint, has_fee bigint,
    result_codes text, component_codes text, known bigint, fetched_at bigint, detail_fetched_at bigint,
});

copied!(attempts, "attempt", {
    code text, fence bigint, started_at bigint, ended_at bigint, operations text, outcome text,
    http_status bigint, portal_code text, message text,
});

copied!(findings, "finding", {
    code text, kind text, subject text, detail text, opened_at bigint, seen_at bigint, closed_at bigint,
});

copied!(differences, "difference", {
    code text, kind text, subject text, found_by text, layer text, agency text, procedure text, month
    bigint, cause text, age text, mendable bigint, ours text, theirs text, ours_raw text, theirs_raw text,
    since bigint, opened_at bigint, seen_at bigint, repaired_at bigint, closed_at bigint,
});

copied!(delays, "delay", { code text, step bigint, changed_at bigint, accepted_at bigint });

copied!(facts, "fact", {
    code text, side bigint, month bigint, unit text, procedure text, facts text, accepted text,
});

copied!(owner_store_looks, "owner_store_look", {
    code text, month bigint, unit text, procedure text, looked_at bigint, wanted bigint, found bigint,
});

copied!(resends, "resend", {
    code text, place bigint, state text, calls bigint, asked_at bigint, look_at bigint,
    ended_at bigint, said text,
});

copied!(files, "file", {
    code text, role text, place text, unit text, lane bigint, state text, due_at bigint, again bigint,
    fence bigint, lease_owner text, attempts bigint, size bigint, changed_at bigint, tag text, sha256
    text, signed bigint, announcement bigint, link_id text, reference text, announced_at bigint,
    arrived_at bigint, trouble text, trouble_detail text, troubled_at bigint,
});

impl Ledger {
    /// Copies all of `from` into this ledger, which has to be empty, in one transaction, and compares both before it
    /// ends. Then `from` is closed for daemons: what it holds is history. Nobody else may work on either.
    ///
    /// # Errors
    /// When this ledger is not empty, `from` was moved before, one of them fails, or they differ afterwards. Nothing is
    /// changed then.
    pub async fn take_over(&self, from: &Self, now: DateTime<Utc>) -> Result<Moved, LedgerError> {
        from.refuse_moved().await?;
        self.take_over_key(from).await?;
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
            copy(&mut old, &mut new, &givers(), &after, upto.as_deref()).await?;
            moved.attempts += copy(&mut old, &mut new, &attempts(), &after, upto.as_deref()).await?;
            moved.findings += copy(&mut old, &mut new, &findings(), &after, upto.as_deref()).await?;
            copy(&mut old, &mut new, &differences(), &after, upto.as_deref()).await?;
            copy(&mut old, &mut new, &delays(), &after, upto.as_deref()).await?;
            copy(&mut old, &mut new, &resends(), &after, upto.as_deref()).await?;
            copy(&mut old, &mut new, &facts(), &after, upto.as_deref()).await?;
            copy(&mut old, &mut new, &owner_store_looks(), &after, upto.as_deref()).await?;
            moved.files += copy(&mut old, &mut new, &files(), &after, upto.as_deref()).await?;
            match upto {
                Some(upto) => after = upto,
                None => break,
            }
        }
        copy(&mut old, &mut new, &procedures(), "", None).await?;
        for row in old.read(&DELAY_TALLIES, Vec::new()).await? {
            let tally = values![
                number(&row, "source")?,
                text(&row, "unit")?,
                number(&row, "month")?,
                number(&row, "steps")?,
                number(&row, "bucket")?,
                number(&row, "many")?
            ];
            new.execute(&ADD_DELAY_TALLY, tally).await?;
        }
        // Their sums are made anew of them.
        new.execute(&super::facts::MARK_EVERY_CELL, Vec::new()).await?;
        Self::copy_sources(&mut old, &mut new).await?;
        Self::copy_publications(&mut old, &mut new).await?;
        Self::copy_entered(&mut old, &mut new).await?;
        Self::copy_audit(&mut old, &mut new).await?;
        for row in old.read(&CURSORS, Vec::new()).await? {
            let (name, at): (String, i64) = (text(&row, "name")?, number(&row, "at")?);
            new.execute(&super::open::MOVE_CURSOR, values![name, at]).await?;
        }
        for row in old.read(&MEMOS, Vec::new()).await? {
            new.execute(&super::open::REMEMBER, values![text(&row, "name")?, text(&row, "value")?]).await?;
        }
        for row in old.read(&RUNS, Vec::new()).await? {
            let run = values![
                text(&row, "id")?,
                number(&row, "started_at")?,
                number(&row, "ended_at")?,
                text(&row, "summary")?
            ];
            new.execute(&super::runs::ADD_RUN, run).await?;
        }
        drop(old);
        new.commit("take_over").await?;
        from.remember(MOVED, &now.to_rfc3339()).await?;
        Ok(moved)
    }

    /// # Errors
    /// When this ledger was moved to a server: a daemon on it would work with an old state.
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
    table: &Copied,
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
async fn read(tx: &mut Tx, table: &Copied, after: &str, upto: Option<&str>) -> Result<Rows, LedgerError> {
    let rows = tx.read(table.read, values![after, upto]).await?;
    let value = |row: &Row, &(name, kind): &(&str, &str)| -> Result<serde_json::Value, sqlx::Error> {
        Ok(match kind {
            "text" => row.get::<Option<String>, _>(name)?.into(),
            _ => row.get::<Option<i64>, _>(name)?.into(),
        })
    };
    let mut rows: Rows = rows
        .iter()
        .map(|row| table.columns.iter().map(|column| value(row, column)).collect())
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

fn text(row: &Row, column: &str) -> Result<String, LedgerError> {
    row.get(column).map_err(LedgerError::during("take_over"))
}

fn number(row: &Row, column: &str) -> Result<i64, LedgerError> {
    row.get(column).map_err(LedgerError::during("take_over"))
}

static COUNT_ROWS: Sql = Sql::new(
    "count_rows",
    "SELECT (SELECT count(*) FROM dossier) + (SELECT count(*) FROM attempt) + (SELECT count(*) FROM finding)
         + (SELECT count(*) FROM cursor) + (SELECT count(*) FROM file)",
);

static LAST_OF_NEXT: Sql =
    Sql::new("last_of_next", "SELECT code FROM dossier WHERE code > $1 ORDER BY code LIMIT 1 OFFSET $2");

static DELAY_TALLIES: Sql = Sql::new(
    "all_delay_tallies",
    "SELECT source, unit, month, steps, bucket, CAST(sum(many) AS BIGINT) AS many FROM delay_tally
     GROUP BY source, unit, month, steps, bucket",
);

static ADD_DELAY_TALLY: Sql = Sql::new(
    "add_delay_tally",
    "INSERT INTO delay_tally (source, unit, month, steps, bucket, many) VALUES ($1, $2, $3, $4, $5, $6)",
);

static CURSORS: Sql = Sql::new("cursors", "SELECT name, at FROM cursor");

static RUNS: Sql = Sql::new("all_runs", "SELECT id, started_at, ended_at, summary FROM run");

static MEMOS: Sql = Sql::new("memos", "SELECT name, value FROM memo");
