//! MySQL and MariaDB: servers of one descent, told apart only where they say so themselves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::mysql::{MySqlColumn, MySqlDatabaseError, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Executor as _, MySql, MySqlConnection, Row as _,
    SqlSafeStr as _, Statement as _, Transaction, TypeInfo as _, query_scalar,
};

use dongbo_connections::DatabaseTrouble;
use dongbo_model::mask_row_values;

use super::layout::{ColumnKind, FoundColumn, ResultRow};
use super::my_value;
use super::room::{LARGEST_ROW, guarded};
use super::server::{Server, without_answer};
use super::session::{Arguments, Broken, Database, Driver, GRACE, Mark, Names, Session, taken};
use super::steady_zone::steady_offset;
use crate::error::SourceError;
use crate::mapping::{LIST, Mapping, Param, Statement};
use crate::rights::{WriteRights, granted};
use crate::settings::Settings;
use crate::value::Value;

/// Added to the size of a value that is too large to be sent, it is a number that the server cannot hold.
const TOO_LARGE: &str = "18446744073709551615 + ";

/// The most statements that a connection keeps; the driver closes them one by one at a hundred.
const MOST_STATEMENTS: usize = 80;

/// Tells statements apart that are prepared for what they are now.
static PREPARED: AtomicU64 = AtomicU64::new(0);

/// The error for a zone that the server does not know.
const UNKNOWN_ZONE: u16 = 1298;

/// The server, and the connections to it.
#[derive(Debug)]
pub(crate) struct MysqlDatabase {
    server: Server<MySql>,
    statement_timeout: Duration,
    begin: String,
    zone: &'static str,
}

impl MysqlDatabase {
    pub(crate) fn new(config: &Settings, mapping: &Mapping) -> Result<Self, SourceError> {
        let zone = mapping.dates.zone;
        // The names of zones are known only where somebody has loaded them; an offset needs no name.
        let told = steady_offset(zone).unwrap_or_else(|| zone.name().to_owned());
        Ok(Self {
            server: Server::new(config, fault)?,
            statement_timeout: config.statement_timeout,
            begin: begin(config.statement_timeout, &told),
            zone: zone.name(),
        })
    }
}

/// The SQL that opens a transaction with our settings. What only one of the two makes knows stands in comments that the other
/// passes over. Quotes and `||` mean what the statements were judged by, `GROUP_CONCAT` cuts nothing off in silence, and a date
/// of noughts is one.
fn begin(timeout: Duration, zone: &str) -> String {
    let idle = timeout.saturating_add(GRACE).as_secs().max(1);
    // Ends before the statement does, so that the two are told apart: no index helps against a lock.
    let lock = (timeout.as_secs() / 2).max(1);
    let (seconds, millis) = (timeout.as_secs_f64(), timeout.as_millis().max(1));
    format!(
        "SET SESSION sql_mode = 'PIPES_AS_CONCAT', /*M!100101 max_statement_time = {seconds}, */ \
         /*!50708 max_execution_time = {millis}, */ /*M!100300 idle_transaction_timeout = {idle}, */ \
         lock_wait_timeout = {lock}, innodb_lock_wait_timeout = {lock}, group_concat_max_len = {LARGEST_ROW}, \
         time_zone = '{zone}'; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
         START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
    )
}

impl Database for MysqlDatabase {
    type Session = MySqlConnection;
    type Lease = PoolConnection<MySql>;
    type Snapshot<'c> = Transaction<'c, MySql>;

    async fn acquire(&self) -> Result<PoolConnection<MySql>, SourceError> {
        self.server.acquire().await
    }

    async fn begin<'c>(
        &self,
        connection: &'c mut MySqlConnection,
    ) -> Result<Transaction<'c, MySql>, SourceError> {
        let begun = connection.begin_with(AssertSqlSafe(self.begin.clone())).await;
        begun.map_err(|error| match number(&error) {
            Some(UNKNOWN_ZONE) => SourceError::Config(format!(
                "the local database's server does not know the time zone {}: have its administrator load the names of zones \
                 (mysql_tzinfo_to_sql), or write timezone in the mapping file as an offset like +07:00",
                self.zone
            )),
            _ => fault("connection", &error).of_connecting(),
        })
    }

    fn record_failure(&self) {
        self.server.record_failure();
    }

    fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }
}

impl Driver for MySql {
    fn fault(query: &str, error: &sqlx::Error) -> SourceError {
        fault(query, error)
    }
}

impl Session for MySqlConnection {
    type Row = MySqlRow;

    async fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> Result<Vec<MySqlRow>, SourceError> {
        let listed = match statement.params.contains(&Param::Codes) {
            true => arguments.codes.len(),
            false => arguments.keys.len(),
        };
        let mut sql = spelled(statement, listed);
        // A page has an order, which a query around it need not keep; its rows are few columns.
        if arguments.room.is_some() && !statement.params.contains(&Param::Limit) {
            let columns = self.columns(statement, arguments.after).await?;
            sql = guarded(&sql, &columns, |_| true, whole_or_refused);
        }
        // It is kept for the next time: its columns come anew with each result.
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for param in &statement.params {
            query = match param {
                Param::Since => bind(query, arguments.since),
                Param::After => bind(query, arguments.after),
                Param::Limit => query.bind(arguments.limit),
                // A list has a member at least.
                Param::Codes if arguments.codes.is_empty() => query.bind(None::<&str>),
                Param::Codes => arguments.codes.iter().fold(query, |query, code| query.bind(*code)),
                Param::Keys if arguments.keys.is_empty() => query.bind(None::<&str>),
                Param::Keys => arguments.keys.iter().fold(query, bind),
                Param::Key => query.bind(arguments.piece.key),
                Param::Start => query.bind(arguments.piece.start),
                Param::Length => query.bind(arguments.piece.length),
            };
        }
        let mut stream = query.fetch(&mut *self);
        taken(statement.name, &mut stream, arguments.room).await.map_err(|broken| match broken {
            Broken::NoRoom(error) => error,
            Broken::Driver(error) => fault(statement.name, &error),
        })
    }

    /// A statement is closed without an answer, and the server takes its time to say that it has heard of it, which the next
    /// question waits for: so they are closed many at once.
    async fn forget_statements(&mut self, query: &str) -> Result<(), SourceError> {
        if self.cached_statements_size() < MOST_STATEMENTS {
            return Ok(());
        }
        self.clear_cached_statements().await.map_err(|error| fault(query, &error))
    }

    async fn columns(&mut self, statement: &Statement, _: &Mark) -> Result<Vec<FoundColumn>, SourceError> {
        // The driver would tell of a statement that it knows what it once heard.
        let fresh = PREPARED.fetch_add(1, Ordering::Relaxed);
        let sql = AssertSqlSafe(format!("{}\n/* {fresh} */", spelled(statement, 1))).into_sql_str();
        let prepared = self.prepare(sql).await.map_err(|error| fault(statement.name, &error))?;
        Ok(found(prepared.columns()))
    }

    async fn names(&mut self, sql: &str) -> Names {
        let tables = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                      WHERE table_schema = DATABASE() ORDER BY 1";
        let columns = "SELECT DISTINCT CAST(column_name AS CHAR) FROM information_schema.columns \
                       WHERE table_schema = DATABASE() AND \
                       locate(lower(CONVERT(table_name USING utf8mb4)), lower(?)) > 0 ORDER BY 1";
        // Only hints come out of it: a database that will not say is asked no further.
        Names {
            tables: query_scalar(tables).fetch_all(&mut *self).await.unwrap_or_default(),
            columns: query_scalar(columns).bind(sql).fetch_all(&mut *self).await.unwrap_or_default(),
        }
    }

    async fn clock(&mut self) -> Result<Option<DateTime<Utc>>, SourceError> {
        let query = query_scalar("SELECT UTC_TIMESTAMP(6)");
        let now: NaiveDateTime = query.fetch_one(self).await.map_err(|error| fault("clock", &error))?;
        Ok(Some(now.and_utc()))
    }

    async fn write_rights(&mut self) -> Result<WriteRights, SourceError> {
        let fault = |error| fault("rights", &error);
        let tables = "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                      WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1";
        let grants: Vec<String> = query_scalar("SHOW GRANTS").fetch_all(&mut *self).await.map_err(fault)?;
        let tables = query_scalar(tables).fetch_all(&mut *self).await.map_err(fault)?;
        let database: Option<String> =
            query_scalar("SELECT DATABASE()").fetch_one(&mut *self).await.map_err(fault)?;
        Ok(granted(&grants, &database.unwrap_or_default(), tables))
    }
}

/// The statement with as many placeholders as its list has members.
fn spelled(statement: &Statement, listed: usize) -> String {
    statement.sql.replace(LIST, &vec!["?"; listed.max(1)].join(", "))
}

/// The column, with the server failing on a value that is too large to be sent: the driver would take it in whole before anybody
/// could look at its size.
fn whole_or_refused(column: &FoundColumn) -> String {
    let name = column.name.replace('`', "``");
    match column.kind {
        Some(ColumnKind::Text | ColumnKind::Bytes) => format!(
            "IF(octet_length(q.`{name}`) > {LARGEST_ROW}, concat({TOO_LARGE}octet_length(q.`{name}`)), q.`{name}`) \
             AS `{name}`"
        ),
        _ => format!("q.`{name}`"),
    }
}

type Query<'q> = sqlx::query::Query<'q, MySql, <MySql as sqlx::Database>::Arguments>;

fn bind<'q>(query: Query<'q>, mark: &Mark) -> Query<'q> {
    match mark {
        Mark::Text(text) | Mark::Uuid(text) => query.bind(text.clone()),
        Mark::Int(number) => query.bind(*number),
        Mark::Real(number) => query.bind(*number),
    }
}

fn found(columns: &[MySqlColumn]) -> Vec<FoundColumn> {
    let found = |column: &MySqlColumn| FoundColumn {
        name: column.name().to_owned(),
        kind: my_value::kind(column.type_info()),
        type_name: column.type_info().name().to_owned(),
    };
    columns.iter().map(found).collect()
}

impl ResultRow for MySqlRow {
    fn value(&self, index: usize, kind: ColumnKind) -> Value<'_> {
        let Ok(value) = self.try_get_raw(index) else { return Value::Other };
        my_value::raw(value).map_or(Value::Null, |bytes| my_value::read(bytes, kind))
    }

    fn bytes(&self, index: usize) -> Option<Vec<u8>> {
        let kind = self.columns().get(index).and_then(|column| my_value::kind(column.type_info()));
        let value = self.try_get_raw(index).ok()?;
        matches!(kind, Some(ColumnKind::Text | ColumnKind::Bytes))
            .then(|| my_value::raw(value).map(<[u8]>::to_vec).unwrap_or_default())
    }

    fn size(&self) -> (usize, usize) {
        let bytes = |index| {
            let value = self.try_get_raw(index).ok();
            value.and_then(my_value::raw).map(<[u8]>::len).unwrap_or_default()
        };
        (self.len(), (0..self.len()).map(bytes).sum())
    }

    fn found(&self) -> Vec<FoundColumn> {
        found(self.columns())
    }
}

/// The number that the server gives an error; `None` when it is none of the server's.
fn number(error: &sqlx::Error) -> Option<u16> {
    let refused = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(refused.number())
}

/// The failure that an error of the driver stands for, by its number and, for those that have none here, by its SQLSTATE. Only where
/// the message speaks of the server or of the mapping's own SQL is it passed on; elsewhere it may quote a citizen's data.
fn fault(query: &str, error: &sqlx::Error) -> SourceError {
    let (Some(refused), Some(number)) = (error.as_database_error(), number(error)) else {
        return without_answer(query, error);
    };
    let query = query.to_owned();
    let trouble = DatabaseTrouble::of(error).unwrap_or(DatabaseTrouble::Away);
    let message = refused.message().to_owned();
    let quoted = || message.split('\'').nth(1).unwrap_or(&message).to_owned();
    match number {
        1690 if message.contains(TOO_LARGE) => SourceError::TooLarge { query },
        // The limits of MySQL and of MariaDB, and a KILL QUERY.
        3024 | 1969 | 1317 => SourceError::Timeout { query },
        1205 | 1213 | 3572 => SourceError::Locked { query, reason: message },
        // It would write, or have its transaction be one that writes.
        1792 | 1568 => SourceError::Writes { query },
        1044 | 1045 | 1129 | 1130 | 1142 | 1143 | 1227 | 1251 | 1370 | 1698 | 2059 => {
            SourceError::Auth { trouble, reason: message }
        }
        1046 | 1049 => SourceError::Misaddressed { trouble, reason: message },
        1051 | 1146 => {
            let table = quoted();
            let table = table.rsplit('.').next().unwrap_or_default().to_owned();
            SourceError::MissingTable { query, table, found: Vec::new(), hint: None }
        }
        1054 => SourceError::MissingColumn { query, column: quoted(), found: Vec::new(), hint: None },
        // A table or a file of one that is damaged, or an index; a disk that fails.
        1030 | 1033 | 1034 | 1035 | 1194 | 1195 | 1712 => data(query, number, &message, true),
        // Connections and memory; what changed between preparing a statement and running it.
        1021
        | 1037
        | 1038
        | 1040
        | 1041
        | 1053
        | 1114
        | 1152
        | 1158..=1161
        | 1184
        | 1203
        | 1226
        | 1412
        | 1615
        | 1927
        | 3159
        | 4031 => SourceError::Unreachable { trouble, reason: message },
        _ => match refused.code().as_deref().and_then(|code| code.get(..2)) {
            Some("42" | "0A") => SourceError::Query { query, reason: message },
            Some("08") => SourceError::Unreachable { trouble, reason: message },
            // Collations that do not go together, a column of which there are two, a comparison of several columns with one.
            _ if matches!(number, 1052 | 1058 | 1222 | 1241 | 1248 | 1267 | 1270 | 1271 | 1305) => {
                SourceError::Query { query, reason: message }
            }
            _ => data(query, number, &message, false),
        },
    }
}

fn data(query: String, number: u16, message: &str, damage: bool) -> SourceError {
    SourceError::Data { query, code: number.to_string(), words: mask_row_values(message), damage }
}
