//! The answers to statements: those of dongbo's own from what the stand-in knows, those of a mapping from the office.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, Row as _, SqlSafeStr as _, Statement as _, TypeInfo as _,
    ValueRef as _,
};

use super::answer::{Answer, Cell, TdsType};
use super::request::{self, Parameter, Request};
use super::{Manner, State, dialect, lock};

/// Before a statement of which only the columns are asked for.
const COLUMNS_ONLY: &str = "SET FMTONLY ON; ";
/// Tells statements apart that are asked again.
static ASKED: AtomicU64 = AtomicU64::new(0);
/// The most bytes of a text of `nvarchar(4000)`.
const MOST_SIZED: usize = 8_000;

/// The option about encryption in a client's first message.
pub(super) fn encryption(said: &[u8]) -> Option<u8> {
    let (options, _) = said.as_chunks::<5>();
    let [_, high, low, ..] = options.iter().find(|[option, ..]| *option == 1)?;
    said.get(usize::from(u16::from_be_bytes([*high, *low]))).copied()
}

/// The answer to it: the server's version, and encryption.
pub(super) fn first_answer(encrypts: bool) -> Vec<u8> {
    let mut answer = vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0x10, 0, 0, 0];
    answer.push(if encrypts { 1 } else { 2 });
    answer
}

/// A batch: the settings and the transaction of a reading, the clock, and what an administrator does.
pub(super) async fn batch(state: &State, said: &[u8]) -> Option<Answer> {
    let Request { sql, .. } = request::batch(said)?;
    lock(&state.heard).push(sql.clone());
    let answer = Answer::default();
    if sql.ends_with("BEGIN TRANSACTION") {
        return Some(answer.transaction(8).done());
    }
    if sql.ends_with("ROLLBACK TRANSACTION") {
        return Some(answer.transaction(10).done());
    }
    if sql.contains("SYSUTCDATETIME()") {
        let columns = [(String::new(), TdsType::DateTime2(7))];
        let now = sqlx::query_scalar("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").fetch_one(&state.pool);
        let now: String = now.await.ok()?;
        let mut answer = answer.columns(&columns);
        answer.row(&columns, &[Cell::Text(now)]);
        return Some(answer.done());
    }
    // An administrator's statements, which bring an office over.
    Some(match sqlx::raw_sql(AssertSqlSafe(dialect::sqlite(&sql))).execute(&state.pool).await {
        Ok(_) => answer.done(),
        Err(error) => refusal(&error),
    })
}

/// A statement with parameters.
pub(super) async fn call(state: &State, said: &[u8]) -> Option<Answer> {
    let Some(request) = request::call(said) else {
        return Some(Answer::default().error(8009, 16, "The incoming tabular data stream is incorrect."));
    };
    lock(&state.heard).push(request.sql.clone());
    if let Some(known) = catalogue(state, &request) {
        return Some(run(state, &known, &request.parameters, false).await);
    }
    match lock(&state.manner).clone() {
        Manner::Silent => return None,
        Manner::Error(number, class, message) => {
            return Some(Answer::default().error(number, class, &message));
        }
        Manner::Well => {}
    }
    let only_columns = request.sql.starts_with(COLUMNS_ONLY);
    let sql = dialect::sqlite(request.sql.trim_start_matches(COLUMNS_ONLY));
    Some(run(state, &sql, &request.parameters, only_columns).await)
}

/// What dongbo asks of the catalogue, in SQLite's words.
fn catalogue(state: &State, request: &Request) -> Option<String> {
    let asks = |part: &str| request.sql.contains(part);
    if asks("INFORMATION_SCHEMA.TABLES") {
        return Some("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY 1".to_owned());
    }
    if asks("INFORMATION_SCHEMA.COLUMNS") {
        let columns = "SELECT DISTINCT c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
                       WHERE instr(lower(?1), lower(t.name)) > 0 ORDER BY 1";
        return Some(columns.to_owned());
    }
    if asks("sys.databases") {
        let kept = if *lock(&state.keeps_versions) { "reading" } else { "row" };
        return Some(format!("SELECT '{kept}'"));
    }
    (asks("IS_SRVROLEMEMBER") || asks("HAS_PERMS_BY_NAME")).then(|| "SELECT '' WHERE 0".to_owned())
}

async fn run(state: &State, sql: &str, parameters: &[Parameter], only_columns: bool) -> Answer {
    match rows(state, sql, parameters, only_columns).await {
        Ok((names, rows)) => tell(state, names, &rows),
        Err(error) => refusal(&error),
    }
}

async fn rows(
    state: &State,
    sql: &str,
    parameters: &[Parameter],
    only_columns: bool,
) -> Result<(Vec<String>, Vec<Vec<Cell>>), sqlx::Error> {
    // A statement that SQLite knows already would tell the columns that it once had.
    let sql = format!("{sql}\n/* {} */", ASKED.fetch_add(1, Ordering::Relaxed));
    let mut reading = state.pool.begin().await?;
    // The connection hears here of tables that others have changed, and not between the columns and the rows.
    sqlx::query("SELECT 1 FROM sqlite_schema LIMIT 1").fetch_optional(&mut *reading).await?;
    let prepared = (&mut *reading).prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await?;
    let names = prepared.columns().iter().map(|column| column.name().to_owned()).collect();
    if only_columns {
        return Ok((names, Vec::new()));
    }
    let mut query = sqlx::query::<sqlx::Sqlite>(AssertSqlSafe(sql));
    for parameter in parameters {
        query = bind(query, parameter);
    }
    let rows = query.fetch_all(&mut *reading).await?;
    Ok((names, rows.iter().map(cells).collect()))
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, <sqlx::Sqlite as sqlx::Database>::Arguments>;

fn bind<'q>(query: Query<'q>, parameter: &Parameter) -> Query<'q> {
    match parameter {
        Parameter::Null => query.bind(None::<String>),
        Parameter::Text(text) => query.bind(text.clone()),
        Parameter::Int(number) => query.bind(*number),
        Parameter::Real(number) => query.bind(*number),
    }
}

fn cells(row: &SqliteRow) -> Vec<Cell> {
    (0..row.len())
        .map(|place| {
            let Ok(raw) = row.try_get_raw(place) else { return Cell::Null };
            match raw.type_info().name() {
                _ if raw.is_null() => Cell::Null,
                "INTEGER" => row.try_get_unchecked(place).map_or(Cell::Null, Cell::Int),
                "REAL" => row.try_get_unchecked(place).map_or(Cell::Null, Cell::Real),
                "BLOB" => row.try_get_unchecked(place).map_or(Cell::Null, Cell::Bytes),
                _ => row.try_get_unchecked(place).map_or(Cell::Null, Cell::Text),
            }
        })
        .collect()
}

/// A result, each column in the type that is set for it, or else in that of its values.
fn tell(state: &State, names: Vec<String>, rows: &[Vec<Cell>]) -> Answer {
    let types = lock(&state.types).clone();
    let columns: Vec<(String, TdsType)> = names
        .into_iter()
        .enumerate()
        .map(|(place, name)| {
            let values = rows.iter().filter_map(|row| row.get(place));
            let kind = types.get(&name).copied().unwrap_or_else(|| kind_of(values));
            (name, kind)
        })
        .collect();
    let mut answer = Answer::default().columns(&columns);
    rows.iter().for_each(|row| answer.row(&columns, row));
    answer.returned(rows.len())
}

fn kind_of<'c>(values: impl Iterator<Item = &'c Cell>) -> TdsType {
    let values: Vec<&Cell> = values.filter(|cell| **cell != Cell::Null).collect();
    let all = |is: fn(&Cell) -> bool| !values.is_empty() && values.iter().all(|cell| is(cell));
    if all(|cell| matches!(cell, Cell::Int(_))) {
        TdsType::Bigint
    } else if all(|cell| matches!(cell, Cell::Real(_) | Cell::Int(_))) {
        TdsType::Float
    } else if all(|cell| matches!(cell, Cell::Bytes(_))) {
        TdsType::VarbinaryMax
    } else if values
        .iter()
        .all(|cell| !matches!(cell, Cell::Text(text) if text.encode_utf16().count() * 2 > MOST_SIZED))
    {
        TdsType::Nvarchar
    } else {
        TdsType::NvarcharMax
    }
}

/// The error of SQL Server that says what SQLite's says.
fn refusal(error: &sqlx::Error) -> Answer {
    let told =
        error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let named = |mark: &str| told.split_once(mark).map(|(_, name)| name.trim().to_owned());
    let answer = Answer::default();
    if let Some(column) = named("no such column: ") {
        return answer.error(207, 16, &format!("Invalid column name '{column}'."));
    }
    if let Some(table) = named("no such table: ") {
        return answer.error(208, 16, &format!("Invalid object name '{table}'."));
    }
    if told.contains("syntax error") || told.contains("no such function") {
        return answer.error(102, 15, &format!("Incorrect syntax: {told}."));
    }
    answer.error(50_000, 16, &told)
}
