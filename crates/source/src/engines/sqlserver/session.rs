//! A connection to SQL Server that runs the mapping's statements.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use chrono::{DateTime, Utc};
use dongbo_connections::{DatabaseTrouble, ServerConnection, SqlServerOptions};
use futures_util::TryStreamExt as _;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, Query, QueryItem, Row};
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use super::fault::{fault, is_out_of_step};
use super::value::{found, length};
use super::wire::{Wire, dial};
use crate::engines::layout::{ColumnKind, FoundColumn, ResultRow as _};
use crate::engines::room::{LARGEST_ROW, Room};
use crate::engines::session::{Arguments, Consistency, Mark, Names, Session, Snapshot};
use crate::error::SourceError;
use crate::mapping::{LIST, Param, Statement};
use crate::rights::WriteRights;
use crate::value::Value;

/// The most values of a list that go as parameters: the server takes 2,100 in all.
const MOST_LISTED: usize = 2_000;
/// Lists are filled up to one of these lengths with their last value, so that the server keeps few plans.
const LENGTHS: [usize; 11] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, MOST_LISTED];
/// The time that the server has to say that it has stopped a statement.
const STOPPED_WITHIN: Duration = Duration::from_secs(2);
/// The servers that one sends us on to before it is given up.
const MOST_ROUTES: usize = 2;
/// Before a statement of which only the columns are asked for. It ends with the statement.
const COLUMNS_ONLY: &str = "SET FMTONLY ON; ";

type TdsClient = Client<Compat<Wire>>;

/// A connection. The client is gone once nothing can be made of what it hears next.
pub(crate) struct SqlServerSession {
    client: Option<TdsClient>,
    statement_timeout: Duration,
    /// Whether a transaction may be open.
    in_transaction: bool,
}

impl fmt::Debug for SqlServerSession {
    /// The client would show what it has read last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlServerSession")
            .field("in_transaction", &self.in_transaction)
            .finish_non_exhaustive()
    }
}

/// The reason why rows were not taken to their end.
enum Broken {
    Own(SourceError),
    Driver(tiberius::error::Error),
}

impl From<tiberius::error::Error> for Broken {
    fn from(error: tiberius::error::Error) -> Self {
        Self::Driver(error)
    }
}

impl SqlServerSession {
    /// Connects and logs in, following where the server of an availability group sends those who only read.
    pub(super) async fn connect(
        options: &SqlServerOptions,
        statement_timeout: Duration,
    ) -> Result<Self, SourceError> {
        let (mut host, mut port) = (options.host.clone(), options.port);
        for _ in 0..=MOST_ROUTES {
            let wire = dial(options, &host, port).await.map_err(|no_way| SourceError::Unreachable {
                trouble: no_way.trouble,
                reason: no_way.reason,
            })?;
            match Client::connect(config(options, &host, port), wire.compat()).await {
                Ok(client) => {
                    return Ok(Self { client: Some(client), statement_timeout, in_transaction: false });
                }
                Err(tiberius::error::Error::Routing { host: next, port: at }) => (host, port) = (next, at),
                Err(error) => return Err(fault("connection", &error).of_connecting()),
            }
        }
        let reason = "the server sends on from one server to another".to_owned();
        Err(SourceError::Unreachable { trouble: DatabaseTrouble::OtherService, reason })
    }

    /// This one for the next reading; `None` when it is not to be used again.
    pub(super) fn take_usable(&mut self) -> Option<Self> {
        let client = self.client.take().filter(|_| !self.in_transaction)?;
        Some(Self { client: Some(client), statement_timeout: self.statement_timeout, in_transaction: false })
    }

    /// Runs statements of our own that give nothing.
    pub(super) async fn run(&mut self, sql: &str, query: &str) -> Result<(), SourceError> {
        self.in_transaction = true;
        self.within(query, async |client| {
            let results = client.simple_query(sql).await?;
            Ok(results.into_results().await.map(drop)?)
        })
        .await
    }

    /// Gives `work` the client for as long as a statement may take. One that takes longer is stopped on the server; then, and when
    /// the answer makes no sense, the client is not used again.
    async fn within<T>(
        &mut self,
        query: &str,
        work: impl AsyncFnOnce(&mut TdsClient) -> Result<T, Broken>,
    ) -> Result<T, SourceError> {
        let mut client = self.client.take().ok_or_else(|| SourceError::Unreachable {
            trouble: DatabaseTrouble::Cut,
            reason: "the connection is closed".to_owned(),
        })?;
        match timeout(self.statement_timeout, work(&mut client)).await {
            Ok(Ok(done)) => {
                self.client = Some(client);
                Ok(done)
            }
            Ok(Err(Broken::Own(error))) => {
                stop(&mut client).await;
                Err(error)
            }
            Ok(Err(Broken::Driver(error))) => {
                if !is_out_of_step(&error) {
                    self.client = Some(client);
                }
                Err(fault(query, &error))
            }
            Err(_) => {
                stop(&mut client).await;
                Err(SourceError::Timeout { query: query.to_owned() })
            }
        }
    }

    /// The texts in the only column of what our own `sql` gives.
    async fn texts(
        &mut self,
        query: &str,
        sql: &str,
        parameter: Option<&str>,
    ) -> Result<Vec<String>, SourceError> {
        let rows = self
            .within(query, async |client| {
                let mut asked = Query::new(sql);
                parameter.into_iter().for_each(|text| asked.bind(text.to_owned()));
                Ok(asked.query(client).await?.into_first_result().await?)
            })
            .await?;
        let text = |row: &Row| row.value(0, ColumnKind::Text).written().map(Cow::into_owned);
        Ok(rows.iter().filter_map(text).collect())
    }
}

/// Has the server stop what it does. It also stops when the connection ends.
async fn stop(client: &mut TdsClient) {
    drop(timeout(STOPPED_WITHIN, client.cancel_query()).await);
}

fn config(options: &SqlServerOptions, host: &str, port: u16) -> Config {
    let mut config = Config::new();
    config.host(host);
    config.port(port);
    config.database(&options.database);
    config.application_name("dongbo");
    // Encryption is the wire's.
    config.encryption(EncryptionLevel::NotSupported);
    config.authentication(AuthMethod::sql_server(&options.user, options.password.expose()));
    // Servers of an availability group then send us to one that is only read.
    config.readonly(true);
    // Half a character is a fault of its row, and no end of the connection.
    config.lossy_utf16_decoding(true);
    config.handshake_timeout(None);
    config.command_timeout(None);
    config
}

impl ServerConnection for SqlServerSession {
    async fn end_any(&mut self) -> bool {
        let ended = self.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION", "connection").await.is_ok();
        self.in_transaction = !ended;
        ended
    }
}

/// A transaction on a connection, which is not used again unless it is rolled back.
pub(crate) struct Open<'c>(pub(super) &'c mut SqlServerSession);

impl Deref for Open<'_> {
    type Target = SqlServerSession;

    fn deref(&self) -> &SqlServerSession {
        self.0
    }
}

impl DerefMut for Open<'_> {
    fn deref_mut(&mut self) -> &mut SqlServerSession {
        self.0
    }
}

impl Snapshot for Open<'_> {
    /// A connection that is closed has ended its transaction with it.
    async fn roll_back(self, query: &str) -> Result<(), SourceError> {
        if self.0.client.is_none() {
            return Ok(());
        }
        self.0.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION", query).await?;
        self.0.in_transaction = false;
        Ok(())
    }
}

impl Session for SqlServerSession {
    type Row = Row;

    async fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> Result<Vec<Row>, SourceError> {
        let query = spelled(statement, arguments, "");
        let own = Room::page();
        let room = arguments.room.unwrap_or(&own);
        self.within(statement.name, async |client| taken(statement.name, client, query, room).await).await
    }

    async fn columns(
        &mut self,
        statement: &Statement,
        after: &Mark,
    ) -> Result<Vec<FoundColumn>, SourceError> {
        let arguments = Arguments { since: &Mark::Text(String::new()), after, ..Arguments::codes(&[]) };
        let query = spelled(statement, &arguments, COLUMNS_ONLY);
        self.within(statement.name, async |client| {
            let mut results = query.query(client).await?;
            let columns = results.columns().await?.map(found).unwrap_or_default();
            results.into_results().await?;
            Ok(columns)
        })
        .await
    }

    async fn names(&mut self, sql: &str) -> Names {
        let tables = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES ORDER BY 1";
        let columns = "SELECT DISTINCT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS \
                       WHERE CHARINDEX(LOWER(TABLE_NAME), LOWER(@P1)) > 0 ORDER BY 1";
        // Only hints come out of it: a database that will not say is asked no further.
        Names {
            tables: self.texts("names", tables, None).await.unwrap_or_default(),
            columns: self.texts("names", columns, Some(sql)).await.unwrap_or_default(),
        }
    }

    async fn clock(&mut self) -> Result<Option<DateTime<Utc>>, SourceError> {
        let rows = self
            .within("clock", async |client| {
                Ok(client.simple_query("SELECT SYSUTCDATETIME()").await?.into_first_result().await?)
            })
            .await?;
        let now = match rows.first().map(|row| row.value(0, ColumnKind::Local)) {
            Some(Value::Local(micros)) => DateTime::from_timestamp_micros(micros + SINCE_1970),
            _ => None,
        };
        Ok(now)
    }

    async fn consistency(&mut self) -> Result<Consistency, SourceError> {
        let sql = "SELECT CASE WHEN snapshot_isolation_state = 1 THEN 'reading' WHEN is_read_committed_snapshot_on = 1 \
                   THEN 'statement' ELSE 'row' END FROM sys.databases WHERE database_id = DB_ID()";
        let told = self.texts("consistency", sql, None).await?;
        Ok(match told.first().map(String::as_str) {
            Some("reading") => Consistency::Reading,
            Some("statement") => Consistency::Statement,
            _ => Consistency::Row,
        })
    }

    async fn write_rights(&mut self) -> Result<WriteRights, SourceError> {
        let all = "SELECT 'yes' WHERE IS_SRVROLEMEMBER('sysadmin') = 1 OR IS_ROLEMEMBER('db_owner') = 1";
        let tables = "SELECT n.name FROM (SELECT QUOTENAME(s.name) + '.' + QUOTENAME(t.name) AS name FROM sys.tables t \
                      JOIN sys.schemas s ON s.schema_id = t.schema_id) n \
                      WHERE HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'INSERT') = 1 OR HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'UPDATE') = 1 \
                      OR HAS_PERMS_BY_NAME(n.name, 'OBJECT', 'DELETE') = 1 ORDER BY 1";
        let is_superuser = !self.texts("rights", all, None).await?.is_empty();
        Ok(WriteRights::to(is_superuser, self.texts("rights", tables, None).await?))
    }
}

/// Microseconds from 1970 to our first day.
const SINCE_1970: i64 = 946_684_800_000_000;

/// Takes the rows of `query` while there is room for them.
async fn taken(
    name: &str,
    client: &mut TdsClient,
    query: Query<'_>,
    room: &Room,
) -> Result<Vec<Row>, Broken> {
    let mut results = query.query(client).await?;
    let mut rows = Vec::new();
    while let Some(item) = results.try_next().await? {
        match item {
            QueryItem::Row(row) => {
                let is_cut = row.cells().any(|(_, value)| length(value) > LARGEST_ROW);
                let (values, bytes) = row.size();
                if is_cut || !room.take(values, bytes) {
                    return Err(Broken::Own(SourceError::TooLarge { query: name.to_owned() }));
                }
                rows.push(row);
            }
            QueryItem::Metadata(result) if result.result_index() > 0 => {
                let reason = "it gives more than one result; a query is one statement".to_owned();
                return Err(Broken::Own(SourceError::Query { query: name.to_owned(), reason }));
            }
            QueryItem::Metadata(_) => {}
        }
    }
    Ok(rows)
}

/// The statement with its parameters, behind `prefix`.
fn spelled(statement: &Statement, arguments: &Arguments<'_>, prefix: &str) -> Query<'static> {
    let listed = listed(statement, arguments);
    let scalars = statement.params.iter().filter(|param| !param.is_list());
    let first = scalars.clone().count() + 1;
    let sql = format!("{prefix}{}", statement.sql.replace(LIST, &list(&listed, first)));
    let mut query = Query::new(sql);
    for param in scalars {
        match param {
            Param::Since => bind(&mut query, arguments.since),
            Param::After => bind(&mut query, arguments.after),
            // A FETCH of no rows is none.
            Param::Limit => query.bind(arguments.limit.max(1)),
            Param::Key => query.bind(arguments.piece.key.to_owned()),
            Param::Start => query.bind(arguments.piece.start),
            Param::Length => query.bind(arguments.piece.length),
            Param::Codes | Param::Keys => {}
        }
    }
    if listed.len() <= MOST_LISTED {
        listed.iter().for_each(|mark| bind(&mut query, mark));
    }
    query
}

/// The members of the statement's list, filled up.
fn listed(statement: &Statement, arguments: &Arguments<'_>) -> Vec<Mark> {
    let mut listed: Vec<Mark> = if statement.params.contains(&Param::Codes) {
        arguments.codes.iter().map(|code| Mark::Text((*code).to_owned())).collect()
    } else if statement.params.contains(&Param::Keys) {
        arguments.keys.to_vec()
    } else {
        Vec::new()
    };
    if let (Some(last), Some(length)) =
        (listed.last().cloned(), LENGTHS.into_iter().find(|length| *length >= listed.len()))
    {
        listed.resize(length, last);
    }
    listed
}

/// The text of a list whose first parameter has the number `first`. A text that any code page has is told as one: told as
/// Unicode, it would turn a column of a code page into Unicode before it is compared, and no index would help. What is more than
/// the parameters that there are stands in the text itself.
fn list(listed: &[Mark], first: usize) -> String {
    if listed.is_empty() {
        return "NULL".to_owned();
    }
    let is_spelled_out = listed.len() > MOST_LISTED;
    let member = |(place, mark): (usize, &Mark)| match mark {
        Mark::Text(text) | Mark::Uuid(text) if is_spelled_out => {
            let sort = if text.is_ascii() { "" } else { "N" };
            format!("{sort}'{}'", text.replace('\'', "''"))
        }
        Mark::Int(number) if is_spelled_out => number.to_string(),
        Mark::Real(number) if is_spelled_out => format!("{number:e}"),
        Mark::Text(text) | Mark::Uuid(text) if text.is_ascii() => {
            format!("CAST(@P{} AS varchar(8000))", first + place)
        }
        _ => format!("@P{}", first + place),
    };
    listed.iter().enumerate().map(member).collect::<Vec<_>>().join(", ")
}

fn bind(query: &mut Query<'static>, mark: &Mark) {
    match mark {
        Mark::Text(text) | Mark::Uuid(text) => query.bind(text.clone()),
        Mark::Int(number) => query.bind(*number),
        Mark::Real(number) => query.bind(*number),
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTHS, MOST_LISTED, Mark, list};

    #[test]
    fn lists_are_told_as_parameters_and_too_long_ones_as_literals() {
        let texts = [Mark::Text("H48'1".to_owned()), Mark::Text("Đ".to_owned()), Mark::Int(7)];
        assert_eq!(list(&texts, 1), "CAST(@P1 AS varchar(8000)), @P2, @P3");
        assert_eq!(list(&[], 1), "NULL");
        let many: Vec<Mark> = texts.iter().cycle().take(MOST_LISTED + 1).cloned().collect();
        assert!(list(&many, 1).starts_with("'H48''1', N'Đ', 7, "));
        assert!(LENGTHS.is_sorted());
    }
}
