//! The connections to a server, whatever its make.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::{ConnectOptions, Connection, Database, Pool};

use dongbo_connections::{DatabaseTrouble, LastFailure, Login, LoginError, ServerConnection, ServerMake};

use crate::error::SourceError;
use crate::settings::Settings;

/// The longest wait for an idle connection to show that it is alive, before it is closed and another one made.
pub(super) const ALIVE_WITHIN: Duration = Duration::from_secs(2);

/// A connection that was in use so short a time ago is used again without a question: what was left open on one is closed with it.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// The failure that an error of a driver stands for while a query ran.
pub(super) type Fault = fn(&str, &sqlx::Error) -> SourceError;

/// The connections to a server, and the log-in for new ones.
#[derive(Debug)]
pub(super) struct Server<S: Database> {
    pool: Pool<S>,
    last_failure: Arc<LastFailure>,
    login: Login<S>,
    connect_timeout: Duration,
    fault: Fault,
}

impl<S, O> Server<S>
where
    S: ServerMake<Options = O> + Database<Connection: ServerConnection + Connection<Options = O>>,
    O: ConnectOptions<Connection = S::Connection>,
{
    pub(super) fn new(config: &Settings, fault: Fault) -> Result<Self, SourceError> {
        let login = Login::<S>::new(config.password_file.clone(), config.tls.clone())
            .map_err(|error| no_login(&error))?;
        let options = login.options(&config.url).ok_or_else(|| {
            SourceError::Config(format!("source.url cannot be read as a URL of {}", S::MAKE))
        })?;
        let last_failure = Arc::<LastFailure>::default();
        let connect_timeout = config.connect_timeout;
        let pool =
            PoolOptions::new().max_connections(config.max_connections).acquire_timeout(connect_timeout);
        let pool = last_failure
            .guard(pool, FRESH, ALIVE_WITHIN.min(connect_timeout / 2))
            .connect_lazy_with(options.disable_statement_logging());
        Ok(Self { pool, last_failure, login, connect_timeout, fault })
    }

    /// The longest wait for anything that makes a connection usable.
    pub(super) const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// The options of new connections.
    pub(super) fn options(&self) -> Arc<O> {
        self.pool.connect_options()
    }

    /// Reads the files of the log-in again; `true` when one has changed.
    pub(super) fn renew_login(&self) -> Result<bool, SourceError> {
        let renewed = self.login.renewed(&self.options()).map_err(|error| no_login(&error))?;
        Ok(renewed.map(|options| self.pool.set_connect_options(options)).is_some())
    }

    /// A connection, made when there is none.
    pub(super) async fn acquire(&self) -> Result<PoolConnection<S>, SourceError> {
        let fault = |error| (self.fault)("connection", &error).of_connecting();
        match self.pool.acquire().await {
            Err(sqlx::Error::PoolTimedOut) => Err(self.why_none().await),
            Ok(connection) => Ok(connection),
            Err(error) => match fault(error) {
                error if is_of_login(&error) && self.renew_login()? => {
                    self.pool.acquire().await.map_err(fault)
                }
                other => Err(other),
            },
        }
    }

    pub(super) fn record_failure(&self) {
        self.last_failure.record();
    }

    /// The reason why no connection can be had. The pool tries again by itself while the server refuses or is full, and
    /// does not tell why; one try of our own does.
    async fn why_none(&self) -> SourceError {
        let within = ALIVE_WITHIN.min(self.connect_timeout);
        let options = self.options();
        match tokio::time::timeout(within, options.connect()).await {
            Ok(Err(error)) => (self.fault)("connection", &error).of_connecting(),
            Ok(Ok(connection)) => {
                // It is not needed, and it does not matter whether it ends well.
                drop(tokio::time::timeout(within, connection.close()).await);
                let reason =
                    "all of source.max_connections were in use for source.connect_timeout".to_owned();
                SourceError::Unreachable { trouble: DatabaseTrouble::PoolFull, reason }
            }
            Err(_) => (self.fault)("connection", &sqlx::Error::PoolTimedOut),
        }
    }
}

/// The failure that an error of a driver stands for which no server's word is behind.
pub(super) fn without_answer(query: &str, error: &sqlx::Error) -> SourceError {
    let trouble = DatabaseTrouble::of(error).unwrap_or(DatabaseTrouble::Away);
    let away = |reason: String| SourceError::Unreachable { trouble, reason };
    match error {
        sqlx::Error::PoolTimedOut => away("no connection was made within source.connect_timeout".to_owned()),
        sqlx::Error::Io(error) if trouble.is_of_certificate() => away(format!("TLS: {error}")),
        sqlx::Error::Io(error) => away(error.to_string()),
        sqlx::Error::Tls(error) => away(format!("TLS: {error}")),
        sqlx::Error::Configuration(error) if trouble == DatabaseTrouble::NoTls => away(error.to_string()),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => away("the connection is closed".to_owned()),
        other => SourceError::Protocol { query: query.to_owned(), reason: other.to_string() },
    }
}

/// Whether the server refused us, or we did not take it for the right one: newer files may help.
pub(super) fn is_of_login(error: &SourceError) -> bool {
    matches!(error, SourceError::Auth { .. })
        || error.trouble().is_some_and(DatabaseTrouble::is_of_certificate)
}

pub(super) fn no_login(error: &LoginError) -> SourceError {
    let reason = format!("source.{error}");
    match error {
        LoginError::Password(_) => SourceError::Auth { trouble: DatabaseTrouble::PasswordFile, reason },
        LoginError::ReadAuthorities { .. } | LoginError::NoAuthority { .. } => SourceError::Config(reason),
    }
}
