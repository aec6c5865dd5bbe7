//! The one door to the ledger's database, whichever of the two engines it is.

mod record;
mod row;
mod server;
mod simulated;
mod sql;

use std::path::PathBuf;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite, SqliteConnection, Transaction};

pub(super) use record::{ColumnType, Fenced, Record, record};
pub(super) use row::{Row, Value};
pub(super) use server::PgServer;
pub(super) use sql::Sql;

use crate::error::LedgerError;
use dongbo_connections::{SimulatedCalls, SqliteFile, SqliteTx};
use simulated::{Simulated, SimulatedTx};
use sql::SqlDialect;

/// The ledger's database. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Store {
    Sqlite {
        /// SQLite has one writer: with one connection the waiting is ours, in order, and never a busy error.
        writer: SqliteFile,
        readers: SqliteFile,
    },
    Postgres(PgServer),
    /// Either, in a simulation.
    Simulated(Simulated),
}

/// A transaction. It takes back what it did unless it is committed.
pub(super) enum Tx {
    Sqlite(SqliteTx),
    Postgres { tx: Transaction<'static, Postgres>, server: PgServer },
    Simulated(SimulatedTx),
}

/// The parameters of a statement, each as a [`Value`].
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::Value::from($value)),*]
    };
}
pub(super) use values;

impl Store {
    /// This database in a simulation, in which every call goes through `calls`.
    pub(super) fn simulated(self, calls: SimulatedCalls) -> Self {
        Self::Simulated(Simulated::new(self, calls))
    }

    /// Begins to write. On SQLite it takes the write lock at once, so it can never fail half-way for being late.
    pub(super) async fn begin(&self, operation: &'static str) -> Result<Tx, LedgerError> {
        match self {
            Self::Sqlite { writer, .. } => {
                writer.begin("BEGIN IMMEDIATE").await.map(Tx::Sqlite).map_err(LedgerError::during(operation))
            }
            Self::Postgres(server) => Tx::on_server(server, "BEGIN", operation).await,
            Self::Simulated(simulated) => simulated.begin(operation, false),
        }
    }

    /// Begins to read: all that is read in it is of one moment.
    pub(super) async fn snapshot(&self, operation: &'static str) -> Result<Tx, LedgerError> {
        match self {
            Self::Sqlite { readers, .. } => {
                readers.begin("BEGIN").await.map(Tx::Sqlite).map_err(LedgerError::during(operation))
            }
            Self::Postgres(server) => {
                Tx::on_server(server, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", operation).await
            }
            Self::Simulated(simulated) => simulated.begin(operation, true),
        }
    }

    /// Makes one change by itself, and says how many rows it changed.
    pub(super) async fn execute(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<u64, LedgerError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let changed = async {
                    let mut lent = writer.acquire().await?;
                    let done = sqlite_change(sql, values, lent.connection()?).await;
                    lent.heed(done)
                };
                changed.await.map_err(LedgerError::during(sql.name))
            }
            Self::Postgres(server) => server
                .within(|| postgres_change(sql, values.clone(), server.pool()))
                .await
                .map_err(LedgerError::on_server(sql.name)),
            Self::Simulated(simulated) => simulated.execute(sql, values),
        }
    }

    /// Reads rows outside of any transaction.
    pub(super) async fn read(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, LedgerError> {
        match self {
            Self::Sqlite { readers, .. } => {
                let read = async {
                    let mut lent = readers.acquire().await?;
                    let done = sqlite_rows(sql, values, lent.connection()?).await;
                    lent.heed(done)
                };
                read.await.map_err(LedgerError::during(sql.name))
            }
            Self::Postgres(server) => server
                .within(|| postgres_rows(sql, values.clone(), server.pool()))
                .await
                .map_err(LedgerError::on_server(sql.name)),
            Self::Simulated(simulated) => simulated.read(sql, values),
        }
    }

    /// The first column of the first row that is read, as text; `None` when there is no row.
    pub(super) async fn read_text(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Option<String>, LedgerError> {
        first(&self.read(sql, values).await?).map_err(LedgerError::during(sql.name))
    }

    /// The first column of the first row that is read, as a number; `None` when there is no row, or nothing in it.
    pub(super) async fn read_number(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Option<i64>, LedgerError> {
        let rows = self.read(sql, values).await?;
        first::<Option<i64>>(&rows).map(Option::flatten).map_err(LedgerError::during(sql.name))
    }

    /// The first column of the first row, as a count.
    pub(super) async fn read_count(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<u64, LedgerError> {
        Ok(self.read_number(sql, values).await?.and_then(|many| u64::try_from(many).ok()).unwrap_or(0))
    }

    /// The first column of every row, as text.
    pub(super) async fn read_texts(
        &self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<String>, LedgerError> {
        texts(&self.read(sql, values).await?).map_err(LedgerError::during(sql.name))
    }

    /// The file of SQLite.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite { writer, .. } => Some(writer.options().get_filename().to_owned()),
            Self::Postgres(_) => None,
            Self::Simulated(simulated) => simulated.store.file(),
        }
    }

    /// Closes it after what is under way.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                // Left to the driver, this would fail on every reader, for whose end it does not wait then.
                if let Ok(mut lent) = writer.acquire().await
                    && let Ok(connection) = lent.connection()
                {
                    drop(sqlx::query("PRAGMA optimize").execute(connection).await);
                }
                writer.close().await;
            }
            Self::Postgres(server) => server.close().await,
            // A simulation leaves its databases to its end.
            Self::Simulated(_) => {}
        }
    }
}

impl Tx {
    async fn on_server(
        server: &PgServer,
        statement: &'static str,
        operation: &'static str,
    ) -> Result<Self, LedgerError> {
        let tx = server.begin(statement).await.map_err(LedgerError::on_server(operation))?;
        Ok(Self::Postgres { tx, server: server.clone() })
    }

    /// Makes a change, and says how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<u64, LedgerError> {
        match self {
            Self::Sqlite(tx) => {
                let changed = async { sqlite_change(sql, values, tx.connection()?).await };
                changed.await.map_err(LedgerError::during(sql.name))
            }
            Self::Postgres { tx, server } => server
                .limit(postgres_change(sql, values, &mut **tx))
                .await
                .map_err(LedgerError::on_server(sql.name)),
            Self::Simulated(tx) => tx.execute(sql, values),
        }
    }

    /// Reads, or changes with RETURNING.
    pub(super) async fn read(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<Row>, LedgerError> {
        match self {
            Self::Sqlite(tx) => {
                let read = async { sqlite_rows(sql, values, tx.connection()?).await };
                read.await.map_err(LedgerError::during(sql.name))
            }
            Self::Postgres { tx, server } => server
                .limit(postgres_rows(sql, values, &mut **tx))
                .await
                .map_err(LedgerError::on_server(sql.name)),
            Self::Simulated(tx) => tx.read(sql, values),
        }
    }

    /// The first column of the first row, as text; `None` when there is no row.
    pub(super) async fn read_text(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Option<String>, LedgerError> {
        first(&self.read(sql, values).await?).map_err(LedgerError::during(sql.name))
    }

    /// The first column of the first row, as a number; `None` when there is no row, or nothing in it.
    pub(super) async fn read_number(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Option<i64>, LedgerError> {
        let rows = self.read(sql, values).await?;
        first::<Option<i64>>(&rows).map(Option::flatten).map_err(LedgerError::during(sql.name))
    }

    /// The list in the first column of the only row, which is a JSON array; empty when nothing stands there.
    pub(super) async fn read_list<T: serde::de::DeserializeOwned>(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<T>, LedgerError> {
        let rows = self.read(sql, values).await?;
        let list =
            first::<Option<&str>>(&rows).map(Option::flatten).map_err(LedgerError::during(sql.name))?;
        let read = |json| serde_json::from_str(json).map_err(|error| sqlx::Error::Decode(error.into()));
        list.map_or(Ok(Vec::new()), read).map_err(LedgerError::during(sql.name))
    }

    /// The first column of every row, as text.
    pub(super) async fn read_texts(
        &mut self,
        sql: &'static Sql,
        values: Vec<Value<'_>>,
    ) -> Result<Vec<String>, LedgerError> {
        texts(&self.read(sql, values).await?).map_err(LedgerError::during(sql.name))
    }

    /// Takes the rows of these codes for itself, where somebody else could have them.
    pub(super) async fn lock(&mut self, sql: &'static Sql, codes: String) -> Result<(), LedgerError> {
        match self {
            Self::Sqlite(_) | Self::Simulated(_) => Ok(()),
            Self::Postgres { .. } => self.execute(sql, values![codes]).await.map(drop),
        }
    }

    /// Makes all of it last, on the disk when this returns.
    pub(super) async fn commit(self, operation: &'static str) -> Result<(), LedgerError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await.map_err(LedgerError::during(operation)),
            Self::Postgres { tx, server } => {
                server.limit(tx.commit()).await.map_err(LedgerError::on_server(operation))
            }
            Self::Simulated(tx) => tx.commit(operation),
        }
    }
}

async fn sqlite_change(
    sql: &'static Sql,
    values: Vec<Value<'_>>,
    on: &mut SqliteConnection,
) -> Result<u64, sqlx::Error> {
    let values: SqliteArguments = row::arguments(values)?;
    sqlx::query_with(sql.on(SqlDialect::Sqlite), values).execute(on).await.map(|done| done.rows_affected())
}

async fn postgres_change<'e>(
    sql: &'static Sql,
    values: Vec<Value<'_>>,
    on: impl sqlx::Executor<'e, Database = Postgres>,
) -> Result<u64, sqlx::Error> {
    let values: PgArguments = row::arguments(values)?;
    sqlx::query_with(sql.on(SqlDialect::Postgres), values).execute(on).await.map(|done| done.rows_affected())
}

async fn sqlite_rows(
    sql: &'static Sql,
    values: Vec<Value<'_>>,
    on: &mut SqliteConnection,
) -> Result<Vec<Row>, sqlx::Error> {
    let values: SqliteArguments = row::arguments(values)?;
    let rows = sqlx::query_with(sql.on(SqlDialect::Sqlite), values).fetch_all(on).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

async fn postgres_rows<'e>(
    sql: &'static Sql,
    values: Vec<Value<'_>>,
    on: impl sqlx::Executor<'e, Database = Postgres>,
) -> Result<Vec<Row>, sqlx::Error> {
    let values: PgArguments = row::arguments(values)?;
    let rows = sqlx::query_with(sql.on(SqlDialect::Postgres), values).fetch_all(on).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

fn first<'r, T>(rows: &'r [Row]) -> Result<Option<T>, sqlx::Error>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite> + sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
{
    rows.first().map(|row| row.get(0)).transpose()
}

fn texts(rows: &[Row]) -> Result<Vec<String>, sqlx::Error> {
    rows.iter().map(|row| row.get(0)).collect()
}
