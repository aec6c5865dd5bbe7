//! The ledger as SQLite reads it: whether its pages, its tables and each row of them can be trusted.

use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use futures_util::TryStreamExt as _;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteError, SqlitePoolOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Row};
use tokio::time::Instant;

use crate::entered::{EnteredFigure, NewFigure};
use crate::migrations;
use dongbo_model::{DossierCode, Fingerprint, Period, PortalId, Status};

/// Instructions of SQLite's machine between two looks at the time.
const LOOK_EVERY: i32 = 20_000;

/// The tables that are compared with what the migrations make, the bookkeeping of migrations apart.
const SCHEMA: &str = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlx_migrations' ORDER BY 1";

/// Figures that people have entered, in the order in which they did.
const ENTERED: &str = "SELECT period, unit, figure, numerator, denominator, entered_at, entered_by
    FROM entered_figure ORDER BY number";

/// The reason why the tables in the file at `path` cannot be trusted; `None` when they can, as far as was seen `within` this time,
/// and when something else than the file is in the way: whoever opens it then says what. Nothing is changed.
pub(super) async fn distrust(path: &Path, within: Duration) -> Option<String> {
    let mut connection = match reading(path).connect().await {
        Ok(connection) => connection,
        Err(error) => return damage(&error),
    };
    let until = Instant::now().checked_add(within);
    if let (Some(until), Ok(mut handle)) = (until, connection.lock_handle().await) {
        handle.set_progress_handler(LOOK_EVERY, move || Instant::now() < until);
    }
    let found = match look(&mut connection).await {
        Ok(found) => found,
        Err(error) => damage(&error),
    };
    // What was read is read, however the connection ends.
    drop(connection.close().await);
    found
}

/// The operator's pause as it was written down, as far as it can be read.
pub(super) async fn salvage(path: &Path, memo: &str) -> Option<String> {
    let mut connection = reading(path).connect().await.ok()?;
    let found = sqlx::query_scalar("SELECT value FROM memo WHERE name = ?1")
        .bind(memo)
        .fetch_optional(&mut connection)
        .await;
    drop(connection.close().await);
    found.ok().flatten()
}

/// The figures that people have entered, from the first on as far as they can be read: nobody else has them.
pub(super) async fn entered(path: &Path) -> Vec<EnteredFigure> {
    let Ok(mut connection) = reading(path).connect().await else { return Vec::new() };
    let mut figures = Vec::new();
    {
        let mut rows = sqlx::query(ENTERED).fetch(&mut connection);
        while let Ok(Some(row)) = rows.try_next().await {
            let Ok(Some(figure)) = figure(&row) else { break };
            figures.push(figure);
        }
    }
    drop(connection.close().await);
    figures
}

/// A figure that was entered; `None` where a column has what nobody can have entered.
fn figure(row: &SqliteRow) -> Result<Option<EnteredFigure>, sqlx::Error> {
    let period: String = row.try_get("period")?;
    let denominator: Option<i64> = row.try_get("denominator")?;
    let counts = u64::try_from(row.try_get::<i64, _>("numerator")?).ok().zip(match denominator {
        None => Some(None),
        Some(denominator) => u64::try_from(denominator).ok().map(Some),
    });
    let entered_at = DateTime::from_timestamp_micros(row.try_get("entered_at")?);
    let Some(((numerator, denominator), entered_at)) = counts.zip(entered_at) else { return Ok(None) };
    if Period::parse(&period).is_none() {
        return Ok(None);
    }
    let (unit, figure) = (row.try_get("unit")?, row.try_get("figure")?);
    let figure = NewFigure { period, unit, figure, numerator, denominator };
    Ok(Some(EnteredFigure { figure, entered_at, entered_by: row.try_get("entered_by")? }))
}

/// Moves what the log holds into the file and empties the log, so that what a power cut left behind its end is gone.
pub(super) async fn carry_over(path: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(1));
    let mut connection = options.disable_statement_logging().connect().await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await
}

/// The damage of the file that an error tells of; `None` when it says nothing of it. A full disk, a lock or a right that is missing
/// is no damage.
fn damage(error: &sqlx::Error) -> Option<String> {
    match error {
        sqlx::Error::Database(told) => {
            let code = code(told.as_ref())?;
            let unread = [266, 522, 8_202, 8_458].contains(&code); // IOERR_READ, _SHORT_READ, _DATA, _CORRUPTFS
            (unread || is_corrupt(code)).then(|| told.message().to_owned())
        }
        sqlx::Error::ColumnDecode { index, source } => Some(format!("column {index}: {source}")),
        sqlx::Error::Decode(source) => Some(source.to_string()),
        _ => None,
    }
}

/// The database's own words on what is malformed; `None` for every other error.
pub(super) fn malformed(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(told) = error else { return None };
    code(told.as_ref()).filter(|code| is_corrupt(*code)).map(|_| told.message().to_owned())
}

/// SQLite's own number of an error.
fn code(error: &dyn DatabaseError) -> Option<i32> {
    DatabaseError::code(error.try_downcast_ref::<SqliteError>()?)?.parse().ok()
}

/// SQLITE_CORRUPT and its kinds, SQLITE_NOTADB.
const fn is_corrupt(code: i32) -> bool {
    matches!(code & 0xff, 11 | 26)
}

fn reading(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(Duration::from_secs(1))
        .pragma("query_only", "on")
        .disable_statement_logging()
}

async fn look(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    // Not `quick_check`: a row that its index does not know is never claimed, or is written down twice.
    let said: Option<String> =
        sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_optional(&mut *connection).await?;
    if let Some(said) = said.filter(|said| said != "ok") {
        return Ok(Some(said));
    }
    match versions(connection).await? {
        Version::Other => return Ok(None),
        Version::Damaged => return Ok(Some("its table of versions is damaged".to_owned())),
        Version::Ours => {}
    }
    let schema: Vec<String> = sqlx::query_scalar(SCHEMA).fetch_all(&mut *connection).await?;
    if schema != expected_schema().await? {
        return Ok(Some("its tables are not as dongbo makes them".to_owned()));
    }
    rows(connection).await
}

/// Whose tables these are.
enum Version {
    /// This version's.
    Ours,
    /// A newer one's, or an older one's that the migrations bring to this one.
    Other,
    /// No version has ever written this.
    Damaged,
}

async fn versions(connection: &mut SqliteConnection) -> Result<Version, sqlx::Error> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await?;
    if tables == 0 {
        return Ok(Version::Other);
    }
    let known: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(&mut *connection)
        .await?;
    if known == 0 {
        return Ok(Version::Damaged);
    }
    let applied: Vec<(i64, bool, Vec<u8>)> =
        sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await?;
    let mut ours = migrations::SQLITE.iter();
    for (version, success, checksum) in &applied {
        match ours.next() {
            Some(own) if own.version == *version && *success && *own.checksum == **checksum => {}
            Some(_) => return Ok(Version::Damaged),
            // Every version of ours, and then more: a newer dongbo.
            None => return Ok(Version::Other),
        }
    }
    Ok(if ours.next().is_none() { Version::Ours } else { Version::Other })
}

async fn expected_schema() -> Result<Vec<String>, sqlx::Error> {
    let memory = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(SqliteConnectOptions::new().in_memory(true).disable_statement_logging())
        .await?;
    migrations::SQLITE.run(&memory).await.map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
    let made = sqlx::query_scalar(SCHEMA).fetch_all(&memory).await?;
    memory.close().await;
    Ok(made)
}

/// Every row as dongbo would read it: one that cannot be read would keep all others of its lane from being claimed.
async fn rows(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let mut dossiers = sqlx::query("SELECT * FROM dossier").fetch(&mut *connection);
    while let Some(row) = dossiers.try_next().await? {
        if let Some(wrong) = wrong_with(&row)? {
            return Ok(Some(format!("a row of its dossiers contradicts itself ({wrong})")));
        }
    }
    drop(dossiers);
    let texts: [(&str, usize); 13] = [
        ("SELECT name, value FROM memo", 2),
        ("SELECT code, name, field_code, field_name FROM procedure WHERE typeof(fetched_at) = 'integer'", 4),
        ("SELECT name, CAST(at AS TEXT) FROM cursor WHERE typeof(at) = 'integer'", 2),
        ("SELECT code, kind, subject, detail FROM finding WHERE closed_at IS NULL", 4),
        ("SELECT code, kind, subject, cause, age, ours, theirs FROM difference WHERE closed_at IS NULL", 7),
        ("SELECT id, summary FROM run", 2),
        ("SELECT name FROM source WHERE typeof(id) = 'integer'", 1),
        ("SELECT code, unit FROM other_giver WHERE typeof(source) = 'integer'", 2),
        ("SELECT topic, root, period, outcome, detail FROM publication_question", 5),
        ("SELECT topic, root, period, raw FROM publication", 4),
        ("SELECT code, unit, procedure FROM owner_store_look WHERE typeof(looked_at) = 'integer'", 3),
        ("SELECT unit, procedure, ours, theirs FROM fact_cell WHERE typeof(version) = 'integer'", 4),
        (
            "SELECT period, unit, figure, entered_by FROM entered_figure WHERE typeof(numerator) = 'integer'",
            4,
        ),
    ];
    for (query, columns) in texts {
        let mut rows = sqlx::query(query).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            for column in 0..columns {
                row.try_get::<&str, _>(column)?;
            }
        }
    }
    let odd: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM cursor WHERE typeof(at) <> 'integer')
             + (SELECT count(*) FROM procedure WHERE typeof(fetched_at) <> 'integer'
                 OR typeof(detail_fetched_at) NOT IN ('integer', 'null'))
             + (SELECT count(*) FROM finding WHERE typeof(opened_at) <> 'integer' OR typeof(seen_at) <> 'integer'
                 OR typeof(closed_at) NOT IN ('integer', 'null'))
             + (SELECT count(*) FROM dossier_tally WHERE typeof(bin) <> 'integer' OR typeof(many) <> 'integer')
             + (SELECT count(*) FROM file_tally WHERE typeof(bin) <> 'integer' OR typeof(many) <> 'integer')
             + (SELECT count(*) FROM finding_tally WHERE typeof(many) <> 'integer')
             + (SELECT count(*) FROM fact_cell WHERE typeof(version) <> 'integer' OR typeof(month) <> 'integer'
                   OR typeof(last_end) <> 'integer')
             + (SELECT count(*) FROM fact WHERE typeof(side) <> 'integer' OR typeof(month) <> 'integer'
                 OR typeof(code) <> 'text' OR typeof(unit) <> 'text' OR typeof(procedure) <> 'text'
                 OR typeof(facts) <> 'text' OR typeof(accepted) <> 'text')",
    )
    .fetch_one(&mut *connection)
    .await?;
    Ok((odd > 0).then(|| "a time or a count in it is invalid".to_owned()))
}

/// The first thing in a row of a dossier that no write of ours can have left.
fn wrong_with(row: &SqliteRow) -> Result<Option<&'static str>, sqlx::Error> {
    let text = |name: &str| row.try_get::<Option<&str>, _>(name);
    let number = |name: &str| row.try_get::<i64, _>(name);
    let code: &str = row.try_get("code")?;
    row.try_get::<&str, _>("unit")?;
    row.try_get::<&str, _>("state")?;
    row.try_get::<Option<i64>, _>("unsent_since")?;
    row.try_get::<Option<i64>, _>("lease_until")?;
    text("lease_owner")?;
    for name in ["agency", "procedure"] {
        text(name)?;
    }
    for name in ["received_month", "accepted_at", "verified_at", "results_accepted"] {
        row.try_get::<Option<i64>, _>(name)?;
    }
    for name in ["lane", "due_at", "changed_at", "seen_at", "rechecked", "doubt", "listed", "source"] {
        number(name)?;
    }
    let counts = ["touches", "read_touches", "fence", "attempts", "steps_wanted", "steps_accepted"];
    for name in counts {
        if number(name)? < 0 {
            return Ok(Some("a negative count"));
        }
    }
    if !code.starts_with('#') && DossierCode::new(code).is_none() {
        return Ok(Some("its code"));
    }
    for name in ["content_wanted", "content_accepted", "steps_wanted_fp", "steps_accepted_fp"] {
        if text(name)?.is_some_and(|hex| Fingerprint::parse(hex).is_none()) {
            return Ok(Some("a fingerprint"));
        }
    }
    let status = text("status_accepted")?;
    if status.is_some_and(|status| Status::from_code(status).is_none()) {
        return Ok(Some("its status"));
    }
    let portal_id = text("portal_id")?;
    if portal_id.is_some_and(|id| PortalId::new(id).is_none()) {
        return Ok(Some("the portal's identifier"));
    }
    let accepted = number("steps_accepted")?;
    if (accepted > 0) != text("steps_accepted_fp")?.is_some()
        || (number("steps_wanted")? > 0) != text("steps_wanted_fp")?.is_some()
    {
        return Ok(Some("its steps"));
    }
    let absent = number("on_portal")? == 0;
    if absent
        && (accepted > 0 || status.is_some() || portal_id.is_some() || text("content_accepted")?.is_some())
    {
        return Ok(Some("accepted, and not on the portal"));
    }
    if number("read_touches")? > number("touches")? {
        return Ok(Some("read before it was known"));
    }
    Ok(None)
}
