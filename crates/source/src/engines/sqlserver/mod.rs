//! SQL Server: a server, by a client outside of `sqlx`, on connections of its own.

mod fault;
mod pool;
mod session;
mod tls;
mod value;
mod wire;

use std::time::Duration;

use self::pool::{Lent, Pool};
use self::session::{Open, SqlServerSession};
use super::room::LARGEST_ROW;
use super::session::Database;
use crate::error::SourceError;
use crate::settings::Settings;

pub(crate) use value::first_moment;

/// The server, and the connections to it.
#[derive(Debug)]
pub(crate) struct SqlServerDatabase {
    pool: Pool,
    statement_timeout: Duration,
    begin: String,
}

impl SqlServerDatabase {
    pub(crate) fn new(config: &Settings) -> Result<Self, SourceError> {
        Ok(Self {
            pool: Pool::new(config)?,
            statement_timeout: config.statement_timeout,
            begin: begin(config.statement_timeout),
        })
    }
}

/// The SQL that opens a transaction with our settings. Messages come in the language in which names are read out of them, dates
/// are read with the year first, quotes mean what the statements were judged by, and no value is sent that is too large; of one that would be,
/// two bytes more come than are taken. Where the database keeps versions of rows for readings of one moment, this is one.
fn begin(timeout: Duration) -> String {
    // Ends before the statement does, so that the two are told apart: no index helps against a lock.
    let lock = (timeout.as_millis() / 2).max(1);
    let most = LARGEST_ROW + 2;
    format!(
        "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; SET LANGUAGE us_english; SET DATEFORMAT ymd; SET QUOTED_IDENTIFIER ON; \
         SET ANSI_NULLS ON; SET ANSI_PADDING ON; SET ANSI_WARNINGS ON; SET ARITHABORT ON; SET CONCAT_NULL_YIELDS_NULL ON; \
         SET NUMERIC_ROUNDABORT OFF; SET IMPLICIT_TRANSACTIONS OFF; SET XACT_ABORT OFF; SET NOCOUNT ON; SET ROWCOUNT 0; \
         SET LOCK_TIMEOUT {lock}; SET TEXTSIZE {most}; \
         IF EXISTS (SELECT 1 FROM sys.databases WHERE database_id = DB_ID() AND snapshot_isolation_state = 1) \
         SET TRANSACTION ISOLATION LEVEL SNAPSHOT ELSE SET TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         BEGIN TRANSACTION"
    )
}

impl Database for SqlServerDatabase {
    type Session = SqlServerSession;
    type Lease = Lent;
    type Snapshot<'c> = Open<'c>;

    async fn acquire(&self) -> Result<Lent, SourceError> {
        self.pool.acquire().await
    }

    async fn begin<'c>(&self, connection: &'c mut SqlServerSession) -> Result<Open<'c>, SourceError> {
        connection.run(&self.begin, "connection").await.map_err(SourceError::of_connecting)?;
        Ok(Open(connection))
    }

    fn record_failure(&self) {
        self.pool.record_failure();
    }

    fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }
}
