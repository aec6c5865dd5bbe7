//! The abilities that every engine must have; all else is common to them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::pool::PoolConnection;

use super::layout::{FoundColumn, ResultRow};
use crate::error::SourceError;
use crate::mapping::Statement;

/// The most rows taken from one query: a mapping that forgets a condition must not fill the memory.
pub(crate) const ROW_CAP: usize = 1_000_000;

/// The time that an engine has beyond the statement timeout to stop a statement by itself.
const GRACE: Duration = Duration::from_secs(5);

/// A position in a column as the database has it, so that nothing is rounded on the way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Mark {
    Text(String),
    Int(i64),
    #[serde(with = "bits")]
    Real(f64),
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
}

impl<'a> Arguments<'a> {
    /// The arguments of a query for dossiers or for one of their lists.
    pub(crate) fn codes(codes: &'a [&'a str]) -> Self {
        Self {
            since: &Mark::Int(0),
            after: &Mark::Int(0),
            limit: 0,
            codes,
            keys: &[],
            piece: Piece::default(),
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
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) tables: Vec<String>,
    /// Of the tables that the SQL in question names.
    pub(crate) columns: Vec<String>,
}

/// A connection that runs the mapping's statements.
pub(crate) trait Session: Send {
    /// Its rows.
    type Row: ResultRow + Send + Sync;

    /// All rows that the statement gives, at most [`ROW_CAP`].
    fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> impl Future<Output = Result<Vec<Self::Row>, SourceError>> + Send;

    /// The columns that the statement would give; `after` is of the type that it will be run with.
    fn columns(
        &mut self,
        statement: &Statement,
        after: &Mark,
    ) -> impl Future<Output = Result<Vec<FoundColumn>, SourceError>> + Send;

    /// The tables that there are, and the columns of those which `sql` names; none when the database will not say.
    fn names(&mut self, sql: &str) -> impl Future<Output = Names> + Send;
}

/// A database of one make.
pub(crate) trait Database: Sync {
    /// The driver.
    type Driver: sqlx::Database<Connection: Session>;
    /// Opens a transaction that sees one state of the database and cannot write.
    const BEGIN: &'static str;

    /// A connection, made when there is none.
    fn acquire(&self) -> impl Future<Output = Result<PoolConnection<Self::Driver>, SourceError>> + Send;

    /// Records that a connection failed, so that older ones are not used either. A file has no connections that go stale.
    fn record_failure(&self) {}

    /// The longest time that a statement may run.
    fn statement_timeout(&self) -> Duration;

    /// The failure that an error of the driver stands for while `query` ran.
    fn fault(query: &str, error: sqlx::Error) -> SourceError;
}

/// Gives `work` on a connection the statement timeout, and a little more for the engine to end it by itself. A
/// connection that failed is not used again: it may hang, or keep plans of a schema that has changed.
pub(crate) async fn in_time<D: Database, T>(
    database: &D,
    query: &str,
    work: impl AsyncFnOnce(&mut <D::Driver as sqlx::Database>::Connection) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    let mut connection = database.acquire().await?;
    let limit = database.statement_timeout().saturating_add(GRACE);
    match tokio::time::timeout(limit, work(&mut connection)).await {
        // Here the connection did what it should, and halving a page meets many of these.
        Ok(Err(error @ SourceError::Data { .. })) => Err(error),
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            if matches!(error, SourceError::Unreachable { .. } | SourceError::Protocol { .. }) {
                database.record_failure();
            }
            connection.close_on_drop();
            Err(error)
        }
        // The engine would have ended the statement by now: the connection carries nothing any more.
        Err(_) => {
            database.record_failure();
            connection.close_on_drop();
            let reason =
                format!("nothing came of query [{query}] for {limit:?}, so the connection is given up");
            Err(SourceError::Unreachable { reason })
        }
    }
}

/// The error for a query whose rows went beyond the cap.
pub(crate) fn too_many(query: &str) -> SourceError {
    let reason = format!("it gives more than {ROW_CAP} rows; a condition is missing");
    SourceError::Query { query: query.to_owned(), reason }
}
