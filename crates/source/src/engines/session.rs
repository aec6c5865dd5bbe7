//! The abilities that every engine must have; all else is common to them.

use std::ops::DerefMut;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, TryStream, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use sqlx::Transaction;
use sqlx::pool::PoolConnection;

use dongbo_connections::DatabaseTrouble;

use super::layout::{FoundColumn, ResultRow};
use super::room::Room;
use crate::error::SourceError;
use crate::mapping::Statement;
use crate::rights::WriteRights;

/// The time that an engine has beyond the statement timeout to stop a statement by itself.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// The `uuid` before all others.
pub(crate) const LEAST_UUID: &str = "00000000-0000-0000-0000-000000000000";

/// The number that is written as a `uuid`.
pub(crate) fn uuid(text: &str) -> Option<u128> {
    let hex: String = text.chars().filter(|c| *c != '-').collect();
    let whole =
        text.len() == LEAST_UUID.len() && hex.len() == 32 && hex.bytes().all(|c| c.is_ascii_hexdigit());
    whole.then(|| u128::from_str_radix(&hex, 16).ok()).flatten()
}

/// A position in a column as the database has it, so that nothing is rounded on the way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Mark {
    Text(String),
    /// As the database writes it.
    Uuid(String),
    Int(i64),
    #[serde(with = "bits")]
    Real(f64),
}

impl Mark {
    /// Its type's name.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Uuid(_) => "uuid",
            Self::Int(_) => "int",
            Self::Real(_) => "real",
        }
    }
}

/// A number is written bit by bit: read back as another, it would be another place.
mod bits {
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(number: &f64, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(number.to_bits())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        u64::deserialize(from).map(f64::from_bits)
    }
}

/// The values of a statement's parameters in one call. A statement takes those that it has parameters for.
#[derive(Debug)]
pub(crate) struct Arguments<'a> {
    pub(crate) since: &'a Mark,
    pub(crate) after: &'a Mark,
    pub(crate) limit: i64,
    pub(crate) codes: &'a [&'a str],
    pub(crate) keys: &'a [Mark],
    pub(crate) piece: Piece<'a>,
    /// The room that the rows share with those of other statements; without it they have a page's to themselves.
    pub(crate) room: Option<&'a Room>,
}

impl<'a> Arguments<'a> {
    /// These, for rows that go into `room`.
    pub(crate) const fn within(self, room: &'a Room) -> Self {
        Self { room: Some(room), ..self }
    }

    /// The arguments of a query for dossiers or for one of their lists.
    pub(crate) fn codes(codes: &'a [&'a str]) -> Self {
        Self {
            since: &Mark::Int(0),
            after: &Mark::Int(0),
            limit: 0,
            codes,
            keys: &[],
            piece: Piece::default(),
            room: None,
        }
    }

    /// The arguments of a query for a list of dossiers by their keys, which are of the kind of `example`.
    pub(crate) fn keys(keys: &'a [Mark], example: &'a Mark) -> Self {
        Self { keys, after: example, ..Self::codes(&[]) }
    }

    /// The arguments of a query for files.
    pub(crate) fn piece(piece: Piece<'a>) -> Self {
        Self { piece, ..Self::codes(&[]) }
    }

    /// The arguments of a query for a page of at most `limit` rows.
    pub(crate) fn page(since: &'a Mark, after: &'a Mark, limit: u32) -> Self {
        Self { since, after, limit: limit.into(), ..Self::codes(&[]) }
    }
}

/// Some bytes of one file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Piece<'p> {
    pub(crate) key: &'p str,
    /// Counted from 1. `substring` of PostgreSQL takes no wider numbers.
    pub(crate) start: i32,
    pub(crate) length: i32,
}

/// Names that a database has, for hints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) tables: Vec<String>,
    /// Of the tables that the SQL in question names.
    pub(crate) columns: Vec<String>,
}

/// A connection that runs the mapping's statements.
///
/// What it learned of a statement's columns outlasts a transaction only where the database itself refuses a statement whose tables have
/// changed since: else another column would stand under an old name. Within a transaction, tables stay as they are.
pub(crate) trait Session: Send {
    /// Its rows.
    type Row: ResultRow + Send + Sync;

    /// All rows that the statement gives, as far as there is room for them.
    fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, SourceError>> + Send;

    /// Forgets the statements that were run, `query` the last of them, here and on the server.
    fn forget_statements(&mut self, _query: &str) -> impl Future<Output = Result<(), SourceError>> + Send {
        std::future::ready(Ok(()))
    }

    /// The columns that the statement would give; `after` is of the type that it will be run with.
    fn columns(
        &mut self,
        statement: &Statement,
        after: &Mark,
    ) -> impl Future<Output = Result<Vec<FoundColumn>, SourceError>> + Send;

    /// The tables that there are, and the columns of those which `sql` names; none when the database will not say.
    fn names(&mut self, sql: &str) -> impl Future<Output = Names> + Send;

    /// The moment by the server's clock; `None` where the database has none of its own.
    fn clock(&mut self) -> impl Future<Output = Result<Option<DateTime<Utc>>, SourceError>> + Send {
        std::future::ready(Ok(None))
    }

    /// The view that a reading has of changes that are made meanwhile.
    fn consistency(&mut self) -> impl Future<Output = Result<Consistency, SourceError>> + Send {
        std::future::ready(Ok(Consistency::Reading))
    }

    /// The rights of the server's account beyond reading; none where it is the file that has rights.
    fn write_rights(&mut self) -> impl Future<Output = Result<WriteRights, SourceError>> + Send {
        std::future::ready(Ok(WriteRights::default()))
    }
}

/// The changes that a reading of several statements sees while others write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// None: all of its statements see one moment.
    Reading,
    /// Those between its statements: each of them sees one moment.
    Statement,
    /// Any: rows that are written are waited for, and each is read as it is by then.
    Row,
}

/// A connection out of a pool, to which it goes back.
pub(crate) trait Lease: DerefMut + Send {
    /// Has it closed instead.
    fn close_on_drop(&mut self);
}

impl<D: sqlx::Database> Lease for PoolConnection<D> {
    fn close_on_drop(&mut self) {
        Self::close_on_drop(self);
    }
}

/// A transaction on a connection, over when it is dropped.
pub(crate) trait Snapshot: DerefMut + Send {
    /// Ends it; the error is of `query`, the last of its statements.
    fn roll_back(self, query: &str) -> impl Future<Output = Result<(), SourceError>> + Send;
}

/// A driver of `sqlx`.
pub(crate) trait Driver: sqlx::Database {
    /// The failure that an error of it stands for while `query` ran.
    fn fault(query: &str, error: &sqlx::Error) -> SourceError;
}

impl<D: Driver> Snapshot for Transaction<'_, D> {
    async fn roll_back(self, query: &str) -> Result<(), SourceError> {
        self.rollback().await.map_err(|error| D::fault(query, &error))
    }
}

/// A database of one make.
pub(crate) trait Database: Sync {
    /// The connection.
    type Session: Session;
    /// One out of the pool.
    type Lease: Lease<Target = Self::Session>;
    /// A transaction on one.
    type Snapshot<'c>: Snapshot<Target = Self::Session>;

    /// A connection, made when there is none.
    fn acquire(&self) -> impl Future<Output = Result<Self::Lease, SourceError>> + Send;

    /// Opens a transaction that sees one state of the database and cannot write.
    fn begin<'c>(
        &self,
        connection: &'c mut Self::Session,
    ) -> impl Future<Output = Result<Self::Snapshot<'c>, SourceError>> + Send;

    /// Whether statements are kept from one transaction to the next.
    fn keeps_statements(&self) -> bool {
        false
    }

    /// Records that a connection failed, so that older ones are not used either. A file has no connections that go stale.
    fn record_failure(&self) {}

    /// The longest time that a statement may run.
    fn statement_timeout(&self) -> Duration;
}

/// A source whose states can be read one at a time, each through a session that ends with the reading.
pub(crate) trait Readable: Sync {
    /// The session.
    type Session: Session;

    /// Gives `work` a session, for `query`. A panic of it ends here.
    fn in_time<T>(
        &self,
        query: &str,
        work: impl AsyncFnOnce(&mut Self::Session) -> Result<T, SourceError>,
    ) -> impl Future<Output = Result<T, SourceError>>;
}

impl<D: Database> Readable for D {
    type Session = D::Session;

    async fn in_time<T>(
        &self,
        query: &str,
        work: impl AsyncFnOnce(&mut Self::Session) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        in_time(self, query, work).await
    }
}

/// A connection in use. It is closed unless it is given back: a reader that gives up half-way may leave a transaction open of which
/// the driver knows nothing, and the next one would read its old state.
struct InUse<L: Lease>(Option<L>);

impl<L: Lease> InUse<L> {
    fn get(&mut self) -> Result<&mut L::Target, SourceError> {
        let gone = || SourceError::Unreachable {
            trouble: DatabaseTrouble::Away,
            reason: "the connection is closed".to_owned(),
        };
        self.0.as_deref_mut().ok_or_else(gone)
    }

    /// All that was begun on it is over.
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl<L: Lease> Drop for InUse<L> {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.close_on_drop();
        }
    }
}

/// Gives `work` one state of the database, the statement timeout, and a little more for the engine to end it by itself. A
/// connection that failed is not used again: it may hang. A panic of the driver or of `work` ends here.
pub(crate) async fn in_time<D: Database, T>(
    database: &D,
    query: &str,
    work: impl AsyncFnOnce(&mut D::Session) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    let mut connection = InUse(Some(database.acquire().await?));
    let limit = database.statement_timeout().saturating_add(GRACE);
    let reading = async {
        let mut snapshot = database.begin(connection.get()?).await?;
        let done = work(&mut *snapshot).await;
        if matches!(done, Ok(_) | Err(SourceError::Data { .. })) {
            if !database.keeps_statements() {
                snapshot.forget_statements(query).await?;
            }
            // Nothing is ever to be kept of it: even in a transaction that only reads, a function of the mapping's SQL may have
            // set something or made a large object.
            snapshot.roll_back(query).await?;
        }
        done
    };
    match tokio::time::timeout(limit, AssertUnwindSafe(reading).catch_unwind()).await {
        // Here the connection did what it should, and halving a page meets many of these.
        Ok(Ok(Err(error @ SourceError::Data { .. }))) => {
            connection.give_back();
            Err(error)
        }
        Ok(Ok(Ok(done))) => {
            connection.give_back();
            Ok(done)
        }
        Ok(Ok(Err(error))) => {
            if matches!(error, SourceError::Unreachable { .. } | SourceError::Protocol { .. }) {
                database.record_failure();
            }
            Err(error)
        }
        // Nothing that a panic may have left half done is used again.
        Ok(Err(_)) => Err(SourceError::Panicked { query: query.to_owned() }),
        // The engine would have ended the statement by now: the connection carries nothing any more.
        Err(_) => {
            database.record_failure();
            let reason =
                format!("nothing came of query [{query}] for {limit:?}, so the connection is given up");
            Err(SourceError::Unreachable { trouble: DatabaseTrouble::Silent, reason })
        }
    }
}

/// Takes the rows of `stream` while there is room for them. The error of the stream, if any, is given to `fault`.
pub(super) async fn taken<R: ResultRow>(
    query: &str,
    stream: &mut (impl TryStream<Ok = R, Error = sqlx::Error> + Unpin),
    room: Option<&Room>,
) -> Result<Vec<R>, Broken> {
    let own = Room::page();
    let room = room.unwrap_or(&own);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await.map_err(Broken::Driver)? {
        let (values, bytes) = row.size();
        if !room.take(values, bytes) {
            return Err(Broken::NoRoom(SourceError::TooLarge { query: query.to_owned() }));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The reason why rows were not taken to their end.
pub(super) enum Broken {
    /// There is no more room.
    NoRoom(SourceError),
    /// The driver failed.
    Driver(sqlx::Error),
}

#[cfg(test)]
mod tests {
    use super::{Session as _, in_time};
    use crate::engines::SqliteDatabase;
    use crate::error::SourceError;
    use crate::settings::Settings;

    fn file() -> (tempfile::TempDir, SqliteDatabase) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("motcua.db");
        std::fs::write(&path, b"").unwrap();
        let url = path.to_str().unwrap().to_owned();
        let database = SqliteDatabase::new(&Settings { url, max_connections: 1, ..Settings::default() });
        (dir, database)
    }

    async fn tables(database: &SqliteDatabase) -> Result<usize, SourceError> {
        in_time(database, "dossiers", async |connection| Ok(connection.names("").await.tables.len())).await
    }

    #[tokio::test]
    async fn a_panic_while_reading_is_an_error_and_the_next_reading_works() {
        let (_dir, database) = file();
        for _ in 0..3 {
            let panics = in_time(&database, "dossiers", async |_| -> Result<(), SourceError> {
                panic!("broken on purpose")
            });
            let error = panics.await.unwrap_err();
            assert_eq!(error, SourceError::Panicked { query: "dossiers".to_owned() });
            assert_eq!(error.class(), dongbo_model::ErrorClass::Bug);
            assert_eq!(tables(&database).await, Ok(0));
        }
    }
}
