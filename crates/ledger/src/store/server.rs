//! The server of a shared ledger.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Postgres, Transaction};

use crate::error::LedgerError;
use crate::settings::Settings;
use dongbo_connections::{DatabaseTrouble, LastFailure, Login};

/// The time after which a leader that hears nothing of its lock leads no more.
const PING_WITHIN: Duration = Duration::from_secs(3);

/// A connection that was in use so short a time ago is used again without a question.
const FRESH: Duration = Duration::from_secs(1);

/// Saying good-bye to a server that does not listen takes no longer.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// The server ends the session of a leader that it has not heard of for so long; a leader says something every two seconds.
const LEAD_IDLE: Duration = Duration::from_secs(10);

/// The connections to PostgreSQL. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PgServer {
    pool: PgPool,
    login: Arc<Login<Postgres>>,
    last_failure: Arc<LastFailure>,
    statement_timeout: Duration,
}

impl PgServer {
    /// Names the server; no connection is made yet.
    pub(crate) fn new(config: &Settings) -> Result<Self, LedgerError> {
        let login = Login::<Postgres>::new(config.password_file.clone(), config.tls.clone())
            .map_err(|error| LedgerError::Address(format!("ledger.{error}")))?;
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
        let last_failure = Arc::<LastFailure>::default();
        let alive_within = PING_WITHIN.min(config.connect_timeout / 2);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(config.connect_timeout);
        let pool = last_failure
            .guard(pool, FRESH, alive_within)
            // The pool's own test of what comes back waits for ever where a line swallows everything.
            .after_release({
                let last_failure = Arc::clone(&last_failure);
                move |connection, meta| {
                    let last_failure = Arc::clone(&last_failure);
                    Box::pin(async move {
                        let alive = last_failure.passes(connection, meta.age, alive_within).await;
                        // An error closes it without a word to the server, which would not come through.
                        alive.then_some(true).ok_or(sqlx::Error::WorkerCrashed)
                    })
                }
            })
            .connect_lazy_with(options.disable_statement_logging());
        Ok(Self { pool, login: Arc::new(login), last_failure, statement_timeout: config.statement_timeout })
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes the connections, those in use when they come back.
    pub(super) async fn close(&self) {
        // Whoever does not hear of it finds out by itself.
        drop(tokio::time::timeout(CLOSE_WITHIN, self.pool.close()).await);
    }

    /// Begins a transaction with `statement`.
    pub(super) async fn begin(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.within(|| self.pool.begin_with(statement)).await
    }

    /// Makes sure that the server answers.
    pub(crate) async fn check_reachable(&self) -> Result<(), LedgerError> {
        let asked = self.within(|| sqlx::query("-- check_reachable\nSELECT 1").execute(&self.pool)).await;
        let Err(error) = asked else { return Ok(()) };
        let source = match error {
            sqlx::Error::PoolTimedOut => self.why_none().await.unwrap_or(error),
            other => other,
        };
        Err(LedgerError::Server { operation: "check_reachable", source })
    }

    /// The reason why no connection can be had, which the pool does not tell: it tries again by itself.
    async fn why_none(&self) -> Option<sqlx::Error> {
        let options = self.pool.connect_options();
        match tokio::time::timeout(PING_WITHIN, options.connect()).await {
            Ok(Err(error)) => Some(error),
            Ok(Ok(connection)) => {
                // It is not needed, and it does not matter whether it ends well.
                drop(tokio::time::timeout(PING_WITHIN, connection.close()).await);
                None
            }
            Err(_) => None,
        }
    }

    /// Asks within the time that a statement may take. When the log-in is refused, or the server's certificate not taken, and the
    /// files of the log-in hold something else by now, it asks once more with that.
    pub(super) async fn within<T, F: Future<Output = Result<T, sqlx::Error>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<T, sqlx::Error> {
        match self.limit(ask()).await {
            Err(error) if is_refused(&error) && self.renew_login() => self.limit(ask()).await,
            outcome => outcome,
        }
    }

    /// Reads the files of the log-in again; `true` when one has changed.
    fn renew_login(&self) -> bool {
        let Ok(Some(options)) = self.login.renewed(self.pool.connect_options().as_ref()) else {
            return false;
        };
        self.pool.set_connect_options(options);
        true
    }

    /// A connection that holds the lock of who leads, of which each schema of the database has one; `None` while another
    /// holds it.
    pub(crate) async fn lead(&self) -> Result<Option<PgConnection>, sqlx::Error> {
        let campaign = || async {
            let options = self.pool.connect_options().as_ref().clone();
            let mut connection = options.application_name("dongbo (leads)").connect().await?;
            // Where the network forgets the connection, the server has to notice that by itself, or nobody leads for as
            // long as it keeps the session. Servers before version 14 do not know the setting, and keep it for longer.
            let idle =
                AssertSqlSafe(format!("-- campaign\nSET idle_session_timeout = {}", LEAD_IDLE.as_millis()));
            if let Err(error) = sqlx::raw_sql(idle).execute(&mut connection).await
                && error.as_database_error().is_none()
            {
                return Err(error);
            }
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
    pub(crate) async fn ping(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let ping = sqlx::query("-- lead\nSELECT 1").execute(connection);
        let answer = tokio::time::timeout(PING_WITHIN, ping).await;
        answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(drop)
    }

    /// Waits for `asked` no longer than a statement may take: the server ends a long one by itself, and where nothing
    /// comes back at all, because the network swallows it, a little later we do. After such a failure every connection
    /// that was made before is given up.
    pub(super) async fn limit<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let limit = self.statement_timeout.saturating_add(Duration::from_secs(2));
        let outcome = tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| {
            let late = io::Error::new(io::ErrorKind::TimedOut, "the server has not answered in time");
            Err(sqlx::Error::Io(late))
        });
        if let Err(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) = &outcome {
            self.last_failure.record();
        }
        outcome
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    DatabaseTrouble::of(error).is_some_and(DatabaseTrouble::is_of_certificate)
        || error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code.starts_with("28"))
}
