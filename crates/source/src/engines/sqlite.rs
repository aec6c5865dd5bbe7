//! SQLite: a file read in place.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Decode, Executor as _, Row as _,
    SqlSafeStr as _, Sqlite, SqliteConnection, SqlitePool, Statement as _, Transaction, TypeInfo as _,
    ValueRef as _,
};

use dongbo_connections::DatabaseTrouble;
use dongbo_model::mask_row_values;

use super::layout::{ColumnKind, FoundColumn, ResultRow};
use super::room::{LARGEST_ROW, guarded};
use super::session::{Arguments, Broken, Database, Driver, Mark, Names, Session, taken};
use crate::error::SourceError;
use crate::mapping::{Param, Statement};
use crate::settings::Settings;
use crate::value::Value;

/// After so many steps of SQLite's machine a running statement looks at the clock: some hundred microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 20_000;
/// The longest wait for a writer's lock, which a reader of a WAL file hardly ever meets.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// The look at the schema begins the reading: from here on it stays as it is, and statements are prepared with it. Without
/// it they would be prepared with the schema that the connection saw last, and then run with another.
const BEGIN: &str = "BEGIN DEFERRED; SELECT 1 FROM sqlite_schema LIMIT 1";

/// Tells one file from another that has taken its place.
type FileId = (u64, u64);

/// The file, and the connections to it.
#[derive(Debug)]
pub(crate) struct SqliteDatabase {
    path: PathBuf,
    statement_timeout: Duration,
    connect_timeout: Duration,
    max_connections: u32,
    open: Mutex<Option<(FileId, SqlitePool)>>,
}

impl SqliteDatabase {
    pub(crate) fn new(config: &Settings) -> Self {
        Self {
            path: config.sqlite_path(),
            statement_timeout: config.statement_timeout,
            connect_timeout: config.connect_timeout,
            max_connections: config.max_connections,
            open: Mutex::new(None),
        }
    }

    /// The connections to the file that is there now. An open file outlives its name, so without the look at it a
    /// restored or deleted database would go on being read in its old state for ever.
    fn pool(&self) -> Result<SqlitePool, SourceError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match std::fs::metadata(&self.path) {
            Ok(file) if file.is_dir() => {
                let reason = format!("{} is a folder", self.path.display());
                return Err(SourceError::Misaddressed { trouble: DatabaseTrouble::NotAFile, reason });
            }
            Ok(file) => (file.dev(), file.ino()),
            Err(error) => {
                *open = None;
                return Err(self.unopened(&error));
            }
        };
        if let Some((_, pool)) = open.as_ref().filter(|(known, _)| *known == id) {
            return Ok(pool.clone());
        }
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(self.statement_timeout.min(LONGEST_LOCK))
            .pragma("query_only", "on")
            // A view or trigger of the file does nothing outside of it.
            .pragma("trusted_schema", "off")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.connect_timeout)
            // A file is there or it is not; there is no connection to go stale.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        *open = Some((id, pool.clone()));
        Ok(pool)
    }

    /// The failure of a file that cannot be looked at.
    fn unopened(&self, error: &std::io::Error) -> SourceError {
        let reason = format!("file {}: {error}", self.path.display());
        match error.kind() {
            ErrorKind::PermissionDenied => SourceError::Auth { trouble: DatabaseTrouble::FileClosed, reason },
            _ => SourceError::Unreachable { trouble: DatabaseTrouble::NoFile, reason },
        }
    }
}

impl Database for SqliteDatabase {
    type Session = SqliteConnection;
    type Lease = PoolConnection<Sqlite>;
    type Snapshot<'c> = Transaction<'c, Sqlite>;
    async fn acquire(&self) -> Result<PoolConnection<Sqlite>, SourceError> {
        let fault = |error| Sqlite::fault("connection", &error).of_connecting();
        let mut connection = self.pool()?.acquire().await.map_err(fault)?;
        // Counts from here on, so it bounds all that is done with the connection.
        let deadline = Instant::now().checked_add(self.statement_timeout);
        let in_time = move || deadline.is_none_or(|deadline| Instant::now() < deadline);
        connection.lock_handle().await.map_err(fault)?.set_progress_handler(STEPS_BETWEEN_LOOKS, in_time);
        Ok(connection)
    }

    async fn begin<'c>(
        &self,
        connection: &'c mut SqliteConnection,
    ) -> Result<Transaction<'c, Sqlite>, SourceError> {
        let begun = connection.begin_with(AssertSqlSafe(BEGIN.to_owned())).await;
        begun.map_err(|error| fault("connection", &error, false).of_connecting())
    }

    fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }
}

impl Driver for Sqlite {
    fn fault(query: &str, error: &sqlx::Error) -> SourceError {
        fault(query, error, false)
    }
}

impl Session for SqliteConnection {
    type Row = SqliteRow;

    async fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> Result<Vec<SqliteRow>, SourceError> {
        let sql = match arguments.room {
            Some(_) => {
                let columns = self.columns(statement, arguments.after).await?;
                guarded(&statement.sql, &columns, |name| !name.contains(']'), whole_or_refused)
            }
            None => statement.sql.to_string(),
        };
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for param in &statement.params {
            query = match param {
                Param::Since => bind(query, arguments.since),
                Param::After => bind(query, arguments.after),
                Param::Limit => query.bind(arguments.limit),
                Param::Codes => query.bind(serde_json::json!(arguments.codes).to_string()),
                Param::Keys => {
                    query.bind(serde_json::Value::from_iter(arguments.keys.iter().map(json)).to_string())
                }
                Param::Key => query.bind(arguments.piece.key),
                Param::Start => query.bind(arguments.piece.start),
                Param::Length => query.bind(arguments.piece.length),
            };
        }
        let mut stream = query.fetch(&mut *self);
        let failed = match taken(statement.name, &mut stream, arguments.room).await {
            Ok(rows) => return Ok(rows),
            Err(Broken::NoRoom(error)) => return Err(error),
            Err(Broken::Driver(error)) => error,
        };
        drop(stream);
        // Where the SQL can be prepared, it was a row that it failed on.
        let prepared = self.columns(statement, arguments.after).await.is_ok();
        Err(fault(statement.name, &failed, prepared))
    }

    async fn columns(&mut self, statement: &Statement, _: &Mark) -> Result<Vec<FoundColumn>, SourceError> {
        let sql = AssertSqlSafe(statement.sql.clone()).into_sql_str();
        let fault = |error| fault(statement.name, &error, false);
        let found = found(self.prepare(sql).await.map_err(fault)?.columns());
        self.clear_cached_statements().await.map_err(fault)?;
        Ok(found)
    }

    async fn names(&mut self, sql: &str) -> Names {
        let tables = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name";
        let columns = "SELECT DISTINCT c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
                       WHERE t.type IN ('table', 'view') AND instr(lower(?1), lower(t.name)) > 0 ORDER BY c.name";
        // Only hints come out of it: a database that will not say is asked no further.
        Names {
            tables: sqlx::query_scalar(tables).fetch_all(&mut *self).await.unwrap_or_default(),
            columns: sqlx::query_scalar(columns).bind(sql).fetch_all(&mut *self).await.unwrap_or_default(),
        }
    }
}

/// The column, failing on a value that is too large to be taken in: SQLite then does not even load it. A blob of two GiB is more than it
/// holds, so that to make one fails.
fn whole_or_refused(column: &FoundColumn) -> String {
    let name = &column.name;
    format!(
        "CASE WHEN octet_length(q.[{name}]) > {LARGEST_ROW} THEN zeroblob(2147483647 + 0 * octet_length(q.[{name}])) \
         ELSE q.[{name}] END AS [{name}]"
    )
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, <Sqlite as sqlx::Database>::Arguments>;

fn bind<'q>(query: Query<'q>, mark: &Mark) -> Query<'q> {
    match mark {
        Mark::Text(text) | Mark::Uuid(text) => query.bind(text.clone()),
        Mark::Int(number) => query.bind(*number),
        Mark::Real(number) => query.bind(*number),
    }
}

/// A key in an array of JSON, of the type that the column compares with.
fn json(mark: &Mark) -> serde_json::Value {
    match mark {
        Mark::Text(text) | Mark::Uuid(text) => text.as_str().into(),
        Mark::Int(number) => (*number).into(),
        Mark::Real(number) => (*number).into(),
    }
}

fn found(columns: &[sqlx::sqlite::SqliteColumn]) -> Vec<FoundColumn> {
    let found = |column: &sqlx::sqlite::SqliteColumn| FoundColumn {
        name: column.name().to_owned(),
        kind: Some(ColumnKind::Dynamic),
        type_name: column.type_info().name().to_owned(),
    };
    columns.iter().map(found).collect()
}

impl ResultRow for SqliteRow {
    fn value(&self, index: usize, _: ColumnKind) -> Value<'_> {
        let Ok(value) = self.try_get_raw(index) else { return Value::Other };
        let read = match value.type_info().name() {
            "NULL" => return Value::Null,
            _ if value.is_null() => return Value::Null,
            "INTEGER" => <i64 as Decode<'_, Sqlite>>::decode(value).map(Value::Int),
            "REAL" => <f64 as Decode<'_, Sqlite>>::decode(value).map(Value::Real),
            _ => <&[u8] as Decode<'_, Sqlite>>::decode(value).map(Value::from_bytes),
        };
        read.unwrap_or(Value::Other)
    }

    fn bytes(&self, index: usize) -> Option<Vec<u8>> {
        let value = self.try_get_raw(index).ok()?;
        if value.is_null() {
            return Some(Vec::new());
        }
        match value.type_info().name() {
            "INTEGER" | "REAL" => None,
            _ => <&[u8] as Decode<'_, Sqlite>>::decode(value).map(<[u8]>::to_vec).ok(),
        }
    }

    fn size(&self) -> (usize, usize) {
        let bytes = |index| {
            let value = self.try_get_raw(index).ok().filter(|value| !value.is_null());
            let value = value.filter(|value| !matches!(value.type_info().name(), "INTEGER" | "REAL"));
            let bytes = value.and_then(|value| <&[u8] as Decode<'_, Sqlite>>::decode(value).ok());
            bytes.map(<[u8]>::len).unwrap_or_default()
        };
        (self.len(), (0..self.len()).map(bytes).sum())
    }

    fn found(&self) -> Vec<FoundColumn> {
        found(self.columns())
    }
}

/// The failure that an error of the driver stands for; what is `prepared` is SQL that can be run. The lower byte of SQLite's code is the kind, the rest its variety.
fn fault(query: &str, error: &sqlx::Error, prepared: bool) -> SourceError {
    let query = query.to_owned();
    let sqlx::Error::Database(refused) = error else {
        return match error {
            sqlx::Error::PoolTimedOut => {
                let reason = "no connection became free within source.connect_timeout".to_owned();
                SourceError::Unreachable { trouble: DatabaseTrouble::PoolFull, reason }
            }
            other => SourceError::Protocol { query, reason: other.to_string() },
        };
    };
    let trouble = DatabaseTrouble::of(error).unwrap_or(DatabaseTrouble::Away);
    let code: u32 = refused.code().and_then(|code| code.parse().ok()).unwrap_or_default();
    let message = refused.message();
    let data = |damage| SourceError::Data {
        query: query.clone(),
        code: code.to_string(),
        words: mask_row_values(message),
        damage,
    };
    match code & 0xff {
        // ERROR: what the SQL says cannot be done.
        1 => {
            let named = |start: &str| message.strip_prefix(start).map(|name| name.trim().to_owned());
            if let Some(table) = named("no such table:") {
                SourceError::MissingTable { query, table, found: Vec::new(), hint: None }
            } else if let Some(column) = named("no such column:") {
                SourceError::MissingColumn { query, column, found: Vec::new(), hint: None }
            } else if prepared {
                data(false)
            } else {
                SourceError::Query { query, reason: message.to_owned() }
            }
        }
        // TOOBIG: by the guard, or beyond what SQLite holds at all.
        18 => SourceError::TooLarge { query },
        // A CONSTRAINT that a function checks, MISMATCH.
        19 | 20 => data(false),
        // CORRUPT and NOTADB, which a file also is while it is being restored.
        11 | 26 => data(true),
        9 => SourceError::Timeout { query },
        // PERM, AUTH.
        3 | 23 => SourceError::Auth { trouble, reason: message.to_owned() },
        8 if code == 8 => SourceError::Writes { query },
        // BUSY, LOCKED.
        5 | 6 => SourceError::Locked { query, reason: message.to_owned() },
        // READONLY (a WAL file whose index cannot be built), IOERR, CANTOPEN, PROTOCOL.
        8 | 10 | 14 | 15 => SourceError::Unreachable { trouble, reason: message.to_owned() },
        _ => SourceError::Protocol { query, reason: format!("SQLite error {code}: {message}") },
    }
}
