//! The server of a shared ledger.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, Postgres, Transaction};

use crate::config::ledger::LedgerConfig;
use crate::ledger::LedgerError;
use crate::pg_login::PgLogin;

/// Whoever leads and hears nothing of its lock for so long leads no more.
const PING_WITHIN: Duration = Duration::from_secs(3);

/// The connections to PostgreSQL. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct PgServer {
    pool: PgPool,
    login: Arc<PgLogin>,
    statement_timeout: Duration,
}

impl PgServer {
    /// Names the server; no connection is made yet.
    pub(in crate::ledger) fn new(config: &LedgerConfig) -> Result<Self, LedgerError> {
        let login = PgLogin::new(config.password_file.clone())
            .map_err(|error| LedgerError::Address(format!("ledger.password_file: {error}")))?;
        let timeout = config.statement_timeout.as_millis().to_string();
        let options = login
            .options(&config.url)
            .ok_or_else(|| LedgerError::Address("ledger.url cannot be read as a PostgreSQL URL".to_owned()))?
            // What was acknowledged has to outlast a power cut, whatever the server's own default is.
            .options([
                ("synchronous_commit", "on"),
                ("statement_timeout", timeout.as_str()),
                ("idle_in_transaction_session_timeout", timeout.as_str()),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(config.connect_timeout)
            .connect_lazy_with(options.disable_statement_logging());
        Ok(Self { pool, login: Arc::new(login), statement_timeout: config.statement_timeout })
    }

    pub(in crate::ledger) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction with `statement`.
    pub(super) async fn begin(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.within(|| self.pool.begin_with(statement)).await
    }

    /// Makes sure that the server answers.
    pub(in crate::ledger) async fn check_reachable(&self) -> Result<(), LedgerError> {
        let asked = self.within(|| sqlx::query("-- check_reachable\nSELECT 1").execute(&self.pool)).await;
        asked.map(drop).map_err(|source| LedgerError::Server { operation: "check_reachable", source })
    }

    /// Asks within the time that a statement may take. When the log-in is refused and the password file holds another
    /// password by now, it asks once more with that.
    pub(super) async fn within<T, F: Future<Output = Result<T, sqlx::Error>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, sqlx::Error> {
        match limited(self.statement_timeout, ask()).await {
            Err(error) if is_refused(&error) && self.login.renew(&self.pool).unwrap_or(false) => {
                limited(self.statement_timeout, ask()).await
            }
            outcome => outcome,
        }
    }

    /// A connection that holds the lock of who leads, of which each schema of the database has one; `None` while another
    /// holds it.
    pub(in crate::ledger) async fn lead(&self) -> Result<Option<PgConnection>, sqlx::Error> {
        let campaign = || async {
            let options = self.pool.connect_options().as_ref().clone();
            let mut connection = options.application_name("dongbo (leads)").connect().await?;
            let ours: bool = sqlx::query_scalar(
                "-- campaign\nSELECT pg_try_advisory_lock(1685024359, hashtext(current_schema()))",
            )
            .fetch_one(&mut connection)
            .await?;
            Ok(ours.then_some(connection))
        };
        self.within(campaign).await
    }

    /// Makes sure that `connection` lives.
    pub(in crate::ledger) async fn ping(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        limited(PING_WITHIN, async { sqlx::query("-- lead\nSELECT 1").execute(connection).await.map(drop) })
            .await
    }

    /// The longest that one statement may take.
    pub(super) const fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }
}

/// The server ends a long statement by itself. Where nothing comes back at all, because the network swallows it, we stop
/// waiting a little later.
pub(super) async fn limited<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let limit = limit.saturating_add(Duration::from_secs(2));
    tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the server has not answered in time")))
    })
}

fn is_refused(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code.starts_with("28"))
}
