//! PostgreSQL: a server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::error::DatabaseError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgDatabaseError, PgPoolOptions, PgRow, PgTypeInfo};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Executor as _, PgConnection, PgPool, Postgres, Row as _,
    SqlSafeStr as _, Statement as _, Transaction, query_scalar,
};

use dongbo_connections::DatabaseTrouble;
use dongbo_model::mask_row_values;

use super::layout::{ColumnKind, FoundColumn, ResultRow};
use super::pg_value;
use super::pg_value::PgUuid;
use super::pg_zone::ServerZone;
use super::room::LARGEST_ROW;
use super::server::{Server, without_answer};
use super::session::{Arguments, Broken, Database, Driver, GRACE, Mark, Names, Session, taken};
use crate::error::SourceError;
use crate::mapping::{Mapping, Param, Statement};
use crate::rights::WriteRights;
use crate::settings::Settings;
use crate::value::Value;

/// The number of times that tables were found changed since a statement on them was prepared. All that are kept have to be prepared anew
/// then, on whatever connection.
static CHANGED: AtomicU64 = AtomicU64::new(0);

/// The server, and the connections to it.
#[derive(Debug)]
pub(crate) struct PostgresDatabase {
    server: Server<Postgres>,
    statement_timeout: Duration,
    zone: ServerZone,
    /// Whether a connection is one session of the server's from its beginning to its end. Who is to be woken has to be connected to the
    /// server itself; else a pooler may stand between, which a statement with a name would outlast on the server.
    is_one_session: bool,
}

impl PostgresDatabase {
    pub(crate) fn new(config: &Settings, mapping: &Mapping) -> Result<Self, SourceError> {
        let server = Server::new(config, fault)?;
        let zone = ServerZone::new(mapping.dates.zone);
        let is_one_session = !config.notify_channel.is_empty();
        Ok(Self { server, statement_timeout: config.statement_timeout, zone, is_one_session })
    }

    /// The longest wait for anything that makes a connection usable.
    pub(crate) const fn connect_timeout(&self) -> Duration {
        self.server.connect_timeout()
    }

    /// Connections for listening: apart from the others, so that a listener takes none of theirs.
    pub(crate) fn listening_pool(&self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.connect_timeout())
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(self.server.options().as_ref().clone())
    }

    /// Reads the files of the log-in again; `true` when one has changed.
    pub(crate) fn renew_login(&self) -> Result<bool, SourceError> {
        self.server.renew_login()
    }
}

/// The SQL that opens a transaction with our settings. They end with it: a pooler between us gives the next transaction
/// another session, and this session to another program.
fn begin(timeout: Duration, zone: &str) -> String {
    let idle = timeout.saturating_add(GRACE).as_millis();
    // Ends before the statement does, so that the two are told apart: no index helps against a lock.
    let lock = (timeout.as_millis() / 2).max(1);
    let timeout = timeout.as_millis();
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = {timeout}; \
         SET LOCAL lock_timeout = {lock}; SET LOCAL idle_in_transaction_session_timeout = {idle}; SET LOCAL {zone}"
    )
}

impl Database for PostgresDatabase {
    type Session = PgConnection;
    type Lease = PoolConnection<Postgres>;
    type Snapshot<'c> = Transaction<'c, Postgres>;

    async fn acquire(&self) -> Result<PoolConnection<Postgres>, SourceError> {
        self.server.acquire().await
    }

    async fn begin<'c>(
        &self,
        connection: &'c mut PgConnection,
    ) -> Result<Transaction<'c, Postgres>, SourceError> {
        let zone = self.zone.setting(connection).await?;
        let begun = connection.begin_with(AssertSqlSafe(begin(self.statement_timeout, &zone))).await;
        begun.map_err(|error| {
            self.zone.forget();
            fault("connection", &error).of_connecting()
        })
    }

    fn record_failure(&self) {
        self.server.record_failure();
    }

    fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }

    fn keeps_statements(&self) -> bool {
        self.is_one_session
    }
}

impl Driver for Postgres {
    fn fault(query: &str, error: &sqlx::Error) -> SourceError {
        fault(query, error)
    }
}

impl Session for PgConnection {
    type Row = PgRow;

    async fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> Result<Vec<PgRow>, SourceError> {
        let sql = match arguments.room {
            // The bytes of a file are told as two digits each.
            Some(_) if statement.params.contains(&Param::Length) => guarded(&statement.sql, 2 * LARGEST_ROW),
            Some(_) => guarded(&statement.sql, LARGEST_ROW),
            None => statement.sql.to_string(),
        };
        let sql = typed(sql, statement, arguments);
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for param in &statement.params {
            query = match (param, arguments.since, arguments.after) {
                (Param::Since, Mark::Text(text) | Mark::Uuid(text), _)
                | (Param::After, _, Mark::Text(text)) => query.bind(text.clone()),
                (Param::After, _, Mark::Uuid(text)) => query.bind(PgUuid::read(text)),
                // Always text, whatever the column: the SQL casts it.
                (Param::Since, Mark::Int(number), _) => query.bind(number.to_string()),
                (Param::Since, Mark::Real(number), _) => query.bind(number.to_string()),
                (Param::After, _, Mark::Int(number)) => query.bind(*number),
                (Param::After, _, Mark::Real(number)) => query.bind(*number),
                (Param::Limit, ..) => query.bind(arguments.limit),
                (Param::Codes, ..) => query.bind(arguments.codes),
                (Param::Keys, _, Mark::Text(_)) => query.bind(texts(arguments.keys)),
                (Param::Keys, _, Mark::Uuid(_)) => query.bind(uuids(arguments.keys)),
                (Param::Keys, ..) => query.bind(numbers(arguments.keys)),
                (Param::Key, ..) => query.bind(arguments.piece.key),
                (Param::Start, ..) => query.bind(arguments.piece.start),
                (Param::Length, ..) => query.bind(arguments.piece.length),
            };
        }
        let fault = |error| fault(statement.name, &error);
        let mut stream = query.fetch(&mut *self);
        taken(statement.name, &mut stream, arguments.room).await.map_err(|broken| match broken {
            Broken::NoRoom(error) => error,
            Broken::Driver(error) => {
                let fault = fault(error);
                if matches!(fault, SourceError::Outdated { .. }) {
                    CHANGED.fetch_add(1, Ordering::Relaxed);
                }
                fault
            }
        })
    }

    /// The driver gives each statement a name, which a pooler between us would leave behind on the server with the end of the
    /// transaction. One without a name would not outlast the driver's own question for a type that it does not know.
    async fn forget_statements(&mut self, query: &str) -> Result<(), SourceError> {
        self.clear_cached_statements().await.map_err(|error| fault(query, &error))
    }

    async fn columns(
        &mut self,
        statement: &Statement,
        after: &Mark,
    ) -> Result<Vec<FoundColumn>, SourceError> {
        let sql = AssertSqlSafe(statement.sql.clone()).into_sql_str();
        let types: Vec<PgTypeInfo> = statement.params.iter().map(|param| param_type(*param, after)).collect();
        let fault = |error| fault(statement.name, &error);
        let found = found(self.prepare_with(sql, &types).await.map_err(fault)?.columns());
        self.clear_cached_statements().await.map_err(fault)?;
        Ok(found)
    }

    async fn names(&mut self, sql: &str) -> Names {
        let tables = "SELECT DISTINCT table_name::text FROM information_schema.tables \
                      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
        let columns = "SELECT DISTINCT column_name::text FROM information_schema.columns \
                       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') \
                       AND position(lower(table_name) IN lower($1)) > 0 ORDER BY 1";
        // Only hints come out of it: a database that will not say is asked no further.
        Names {
            tables: query_scalar(tables).persistent(false).fetch_all(&mut *self).await.unwrap_or_default(),
            columns: query_scalar(columns)
                .persistent(false)
                .bind(sql)
                .fetch_all(&mut *self)
                .await
                .unwrap_or_default(),
        }
    }

    async fn clock(&mut self) -> Result<Option<DateTime<Utc>>, SourceError> {
        let query = query_scalar("SELECT clock_timestamp()").persistent(false);
        query.fetch_one(self).await.map(Some).map_err(|error| fault("clock", &error))
    }

    async fn write_rights(&mut self) -> Result<WriteRights, SourceError> {
        let fault = |error| fault("rights", &error);
        let is_superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user";
        let is_superuser: Option<bool> =
            query_scalar(is_superuser).persistent(false).fetch_optional(&mut *self).await.map_err(fault)?;
        let tables = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                      WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
                      AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1";
        let tables = query_scalar(tables).persistent(false).fetch_all(&mut *self).await.map_err(fault)?;
        Ok(WriteRights::to(is_superuser.unwrap_or_default(), tables))
    }
}

/// The beginning of the text that the server cannot read as a number, where a row is too large.
const TOO_LARGE: &str = "dongbo: a row of ";

/// The size of a stored row under which it cannot be too large, however well it was compressed: at best two hundred to one.
const SURELY_SMALL: usize = 8 << 10;

/// The query, with the server failing on a row whose text is larger than `most` bytes, too large to be sent: the driver would take it in whole before anybody
/// could look at its size. Without `OFFSET 0` the server might look at rows that the query leaves out.
fn guarded(sql: &str, most: usize) -> String {
    format!(
        "SELECT * FROM (SELECT * FROM ({sql}\n) AS q OFFSET 0) AS q WHERE CASE WHEN pg_column_size(q) <= {SURELY_SMALL} \
         THEN true WHEN octet_length(q::text) > {most} \
         THEN ('{TOO_LARGE}' || octet_length(q::text))::int IS NULL ELSE true END"
    )
}

/// The query with all that tells it apart from what was prepared before, for the driver knows a statement by its text: the changes of
/// tables that were met, and the types of marks, of which one would be bound to a place that was prepared for another.
fn typed(sql: String, statement: &Statement, arguments: &Arguments<'_>) -> String {
    let kinds = statement.params.iter().filter_map(|param| match param {
        Param::After => Some(arguments.after.kind()),
        Param::Keys => Some(arguments.since.kind()),
        Param::Since | Param::Limit | Param::Codes | Param::Key | Param::Start | Param::Length => None,
    });
    let changed = CHANGED.load(Ordering::Relaxed);
    kinds.fold(format!("{sql}\n/* {changed} */"), |sql, kind| format!("{sql}/* {kind} */"))
}

/// The types that [`Session::rows`] binds.
fn param_type(param: Param, after: &Mark) -> PgTypeInfo {
    match (param, after) {
        (Param::Since | Param::Key, _) | (Param::After, Mark::Text(_)) => {
            <str as sqlx::Type<Postgres>>::type_info()
        }
        (Param::After, Mark::Uuid(_)) => <PgUuid as sqlx::Type<Postgres>>::type_info(),
        (Param::After, Mark::Real(_)) => <f64 as sqlx::Type<Postgres>>::type_info(),
        (Param::Limit | Param::After, _) => <i64 as sqlx::Type<Postgres>>::type_info(),
        (Param::Start | Param::Length, _) => <i32 as sqlx::Type<Postgres>>::type_info(),
        (Param::Keys, Mark::Int(_) | Mark::Real(_)) => <Vec<i64> as sqlx::Type<Postgres>>::type_info(),
        (Param::Keys, Mark::Uuid(_)) => <Vec<PgUuid> as sqlx::Type<Postgres>>::type_info(),
        (Param::Codes | Param::Keys, _) => <Vec<String> as sqlx::Type<Postgres>>::type_info(),
    }
}

fn texts(keys: &[Mark]) -> Vec<String> {
    let text = |key: &Mark| match key {
        Mark::Text(text) => Some(text.clone()),
        Mark::Uuid(_) | Mark::Int(_) | Mark::Real(_) => None,
    };
    keys.iter().filter_map(text).collect()
}

fn uuids(keys: &[Mark]) -> Vec<PgUuid> {
    let uuid = |mark: &Mark| match mark {
        Mark::Uuid(text) => Some(PgUuid::read(text)),
        _ => None,
    };
    keys.iter().filter_map(uuid).collect()
}

fn numbers(keys: &[Mark]) -> Vec<i64> {
    let number = |key: &Mark| match key {
        Mark::Int(number) => Some(*number),
        Mark::Text(_) | Mark::Uuid(_) | Mark::Real(_) => None,
    };
    keys.iter().filter_map(number).collect()
}

fn found(columns: &[sqlx::postgres::PgColumn]) -> Vec<FoundColumn> {
    let found = |column: &sqlx::postgres::PgColumn| FoundColumn {
        name: column.name().to_owned(),
        kind: pg_value::kind(column.type_info()),
        type_name: column.type_info().to_string(),
    };
    columns.iter().map(found).collect()
}

impl ResultRow for PgRow {
    fn value(&self, index: usize, kind: ColumnKind) -> Value<'_> {
        self.try_get_raw(index).map_or(Value::Other, |value| pg_value::read(&value, kind))
    }

    fn bytes(&self, index: usize) -> Option<Vec<u8>> {
        self.try_get::<Option<Vec<u8>>, _>(index).ok().map(Option::unwrap_or_default)
    }

    fn size(&self) -> (usize, usize) {
        let bytes = |index| {
            let value = self.try_get_raw(index).ok();
            value.and_then(|value| value.as_bytes().ok().map(<[u8]>::len)).unwrap_or_default()
        };
        (self.len(), (0..self.len()).map(bytes).sum())
    }

    fn found(&self) -> Vec<FoundColumn> {
        found(self.columns())
    }
}

/// The failure that an error of the driver stands for, by its SQLSTATE. Only where the message speaks of the server or of the mapping's own SQL is
/// it passed on; elsewhere it may quote a citizen's data.
pub(crate) fn fault(query: &str, error: &sqlx::Error) -> SourceError {
    let sqlx::Error::Database(refused) = error else { return without_answer(query, error) };
    let query = query.to_owned();
    let trouble = DatabaseTrouble::of(error).unwrap_or(DatabaseTrouble::Away);
    let away = |reason: String| SourceError::Unreachable { trouble, reason };
    let message = refused.message().to_owned();
    let code = refused.code().unwrap_or_default();
    let quoted = || message.split('"').nth(1).unwrap_or(&message).to_owned();
    match (code.get(..2).unwrap_or_default(), &*code) {
        (_, "22P02") if message.contains(TOO_LARGE) => SourceError::TooLarge { query },
        // Whatever code a function of the local system raises, it raises it on some row.
        _ if routine(refused.as_ref()) == Some("exec_stmt_raise") => data(query, &code, &message),
        (_, "57014") => SourceError::Timeout { query },
        // Also a NOWAIT of the mapping's own; a deadlock, which the server ends.
        (_, "55P03" | "40P01") => SourceError::Locked { query, reason: message },
        ("08" | "53" | "57" | "40" | "F0", _) | (_, "55006" | "25P02" | "25P03" | "72000") => away(message),
        // It would write, or have its transaction be one that writes.
        (_, "25006" | "25001") => SourceError::Writes { query },
        ("28", _) | (_, "42501") => SourceError::Auth { trouble, reason: message },
        ("3D", _) => SourceError::Misaddressed { trouble, reason: message },
        (_, "42P01") => SourceError::MissingTable { query, table: quoted(), found: Vec::new(), hint: None },
        (_, "42703") => {
            // Written as `column x.y does not exist` or `column "y" does not exist`.
            let column =
                message.strip_prefix("column ").and_then(|rest| rest.strip_suffix(" does not exist"));
            let column = column.map_or_else(quoted, |name| name.trim_matches('"').to_owned());
            SourceError::MissingColumn { query, column, found: Vec::new(), hint: None }
        }
        // A table or function changed between preparing a statement and running it. Its message may be in any language.
        (_, "0A000") if routine(refused.as_ref()) == Some("RevalidateCachedQuery") => {
            SourceError::Outdated { query }
        }
        ("42" | "0A" | "3F", _) => SourceError::Query { query, reason: message },
        _ => data(query, &code, &message),
    }
}

/// The function of the server that raised the error. Messages may be in any language; these names are not.
fn routine(refused: &dyn DatabaseError) -> Option<&str> {
    refused.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::routine)
}

fn data(query: String, code: &str, message: &str) -> SourceError {
    // An input or output error, a file that is missing, or a page or index that is no such.
    let damage = matches!(code.get(..2), Some("58" | "XX"));
    SourceError::Data { query, code: code.to_owned(), words: mask_row_values(message), damage }
}
