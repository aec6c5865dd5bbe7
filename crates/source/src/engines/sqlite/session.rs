//! A connection to a file of SQLite that runs the mapping's statements.

use dongbo_model::locks::lock;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use sqlx::sqlite::{SqliteColumn, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, Decode, Executor as _, Row as _, SqlSafeStr as _, Sqlite, Statement as _,
    TypeInfo as _, ValueRef as _,
};

use dongbo_connections::SqliteLent;

use super::fault;
use crate::engines::layout::{ColumnKind, FoundColumn, ResultRow};
use crate::engines::room::{LARGEST_ROW, guarded};
use crate::engines::session::{Arguments, Broken, Lease, Mark, Names, Session, Snapshot, taken};
use crate::error::SourceError;
use crate::mapping::{Param, Statement};
use crate::value::Value;

/// The look at the schema begins the reading: from here on it stays as it is, and statements are prepared with it. Without
/// it they would be prepared with the schema that the connection saw last, and then run with another. Its version, which SQLite
/// counts up with each change, comes last.
const BEGIN: &str = "BEGIN DEFERRED; SELECT 1 FROM sqlite_schema LIMIT 1; PRAGMA schema_version";

/// The statements of one file as they were prepared last. Preparing one takes longer than running it over nothing, as most polls do.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<Arc<str>, Prepared>>);

/// A statement as it was prepared.
#[derive(Debug, Clone)]
struct Prepared {
    /// The version of the schema that it was prepared with.
    schema: i64,
    columns: Arc<[FoundColumn]>,
    /// The text that keeps back a value which is too large.
    guarded: Arc<str>,
}

/// A connection to the file.
#[derive(Debug)]
pub(crate) struct SqliteSession {
    lent: SqliteLent,
    known: Arc<Known>,
    /// The version of the schema in this reading.
    schema: i64,
}

impl SqliteSession {
    /// Opens a transaction that sees one state of the file.
    pub(super) async fn begin(&mut self) -> Result<Open<'_>, SourceError> {
        let fault = |error| fault("connection", &error, false).of_connecting();
        let begun = sqlx::query(BEGIN).fetch_all(self.lent.connection().map_err(fault)?).await;
        let seen = begun.map_err(fault)?;
        let version = seen.last().map_or(Ok(0), |row| row.try_get(0));
        self.schema = version.map_err(fault)?;
        Ok(Open(self))
    }

    /// `sql` as it is given to the driver. That keeps what is prepared by its text, and with it the names of its columns, which may be
    /// others under another schema.
    fn text(&self, sql: &str) -> String {
        format!("{sql}\n/* schema {} */", self.schema)
    }

    /// `statement` as the schema of this reading prepares it.
    async fn prepared(&mut self, statement: &Statement) -> Result<Prepared, SourceError> {
        let known = self.known.lock().get(&statement.sql).cloned();
        if let Some(known) = known.filter(|known| known.schema == self.schema) {
            return Ok(known);
        }
        let sql = AssertSqlSafe(self.text(&statement.sql)).into_sql_str();
        let unprepared = |error| fault(statement.name, &error, false);
        let prepared = self.lent.connection().map_err(unprepared)?.prepare(sql).await.map_err(unprepared)?;
        let columns = found(prepared.columns());
        let guarded = guarded(&statement.sql, &columns, |name| !name.contains(']'), whole_or_refused);
        let guarded = self.text(&guarded).into();
        let prepared = Prepared { schema: self.schema, columns: columns.into(), guarded };
        self.known.lock().insert(Arc::clone(&statement.sql), prepared.clone());
        Ok(prepared)
    }
}

impl Known {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Prepared>> {
        lock(&self.0)
    }
}

impl Session for SqliteSession {
    type Row = SqliteRow;

    async fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> Result<Vec<SqliteRow>, SourceError> {
        let sql = match arguments.room {
            Some(_) => self.prepared(statement).await?.guarded,
            None => self.text(&statement.sql).into(),
        };
        let mut query = sqlx::query(AssertSqlSafe(sql));
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
        let connection = self.lent.connection().map_err(|error| fault(statement.name, &error, false))?;
        let mut stream = query.fetch(connection);
        let failed = match taken(statement.name, &mut stream, arguments.room).await {
            Ok(rows) => return Ok(rows),
            Err(Broken::NoRoom(error)) => return Err(error),
            Err(Broken::Driver(error)) => error,
        };
        drop(stream);
        // Where the SQL can be prepared, it was a row that it failed on.
        let prepared = self.prepared(statement).await.is_ok();
        Err(fault(statement.name, &failed, prepared))
    }

    async fn columns(&mut self, statement: &Statement, _: &Mark) -> Result<Vec<FoundColumn>, SourceError> {
        Ok(self.prepared(statement).await?.columns.to_vec())
    }

    async fn names(&mut self, sql: &str) -> Names {
        let tables = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name";
        let columns = "SELECT DISTINCT c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
                       WHERE t.type IN ('table', 'view') AND instr(lower(?1), lower(t.name)) > 0 ORDER BY c.name";
        // Only hints come out of it: a database that will not say is asked no further.
        let Ok(connection) = self.lent.connection() else { return Names::default() };
        Names {
            tables: sqlx::query_scalar(tables).fetch_all(&mut *connection).await.unwrap_or_default(),
            columns: sqlx::query_scalar(columns).bind(sql).fetch_all(connection).await.unwrap_or_default(),
        }
    }
}

/// A connection in use.
pub(crate) struct Lent(SqliteSession);

impl Lent {
    pub(super) const fn new(lent: SqliteLent, known: Arc<Known>) -> Self {
        Self(SqliteSession { lent, known, schema: 0 })
    }
}

impl Deref for Lent {
    type Target = SqliteSession;

    fn deref(&self) -> &SqliteSession {
        &self.0
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteSession {
        &mut self.0
    }
}

impl Lease for Lent {
    fn close_on_drop(&mut self) {
        self.0.lent.close();
    }
}

/// A transaction on a connection, which is not used again unless it is rolled back.
pub(crate) struct Open<'c>(&'c mut SqliteSession);

impl Deref for Open<'_> {
    type Target = SqliteSession;

    fn deref(&self) -> &SqliteSession {
        self.0
    }
}

impl DerefMut for Open<'_> {
    fn deref_mut(&mut self) -> &mut SqliteSession {
        self.0
    }
}

impl Snapshot for Open<'_> {
    async fn roll_back(self, query: &str) -> Result<(), SourceError> {
        let fault = |error| fault(query, &error, false);
        let connection = self.0.lent.connection().map_err(fault)?;
        sqlx::query("ROLLBACK").execute(connection).await.map(drop).map_err(fault)
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

fn found(columns: &[SqliteColumn]) -> Vec<FoundColumn> {
    let found = |column: &SqliteColumn| FoundColumn {
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
