//! The connections to a server of SQL Server.

use dongbo_model::locks::lock;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use dongbo_connections::{DatabaseTrouble, LastFailure, Login, ServerMake, SqlServer, SqlServerOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::session::SqlServerSession;
use crate::engines::server::{ALIVE_WITHIN, FRESH, is_of_login, no_login};
use crate::engines::session::Lease;
use crate::error::SourceError;
use crate::settings::Settings;

/// The idle connections, and room for others.
#[derive(Debug)]
pub(super) struct Pool {
    login: Login<SqlServer>,
    options: Mutex<SqlServerOptions>,
    room: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Idle>>>,
    last_failure: LastFailure,
    connect_timeout: Duration,
    statement_timeout: Duration,
}

/// A connection that nobody uses.
#[derive(Debug)]
struct Idle {
    session: SqlServerSession,
    made: Instant,
    since: Instant,
}

/// A connection in use.
#[derive(Debug)]
pub(crate) struct Lent {
    session: SqlServerSession,
    made: Instant,
    closes: bool,
    idle: Weak<Mutex<Vec<Idle>>>,
    _room: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(config: &Settings) -> Result<Self, SourceError> {
        let login = Login::<SqlServer>::new(config.password_file.clone(), config.tls.clone())
            .map_err(|error| no_login(&error))?;
        let options = login.options(&config.url).ok_or_else(|| {
            SourceError::Config(format!("source.url cannot be read as a URL of {}", SqlServer::MAKE))
        })?;
        let most = usize::try_from(config.max_connections).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Ok(Self {
            login,
            options: Mutex::new(options),
            room: Arc::new(Semaphore::new(most)),
            idle: Arc::default(),
            last_failure: LastFailure::default(),
            connect_timeout: config.connect_timeout,
            statement_timeout: config.statement_timeout,
        })
    }

    pub(super) fn record_failure(&self) {
        self.last_failure.record();
    }

    /// A connection, made when there is none.
    pub(super) async fn acquire(&self) -> Result<Lent, SourceError> {
        let within = Instant::now().checked_add(self.connect_timeout);
        let left =
            || within.map_or(self.connect_timeout, |end| end.saturating_duration_since(Instant::now()));
        let Ok(Ok(room)) = timeout(left(), Arc::clone(&self.room).acquire_owned()).await else {
            let reason = "all of source.max_connections were in use for source.connect_timeout".to_owned();
            return Err(SourceError::Unreachable { trouble: DatabaseTrouble::PoolFull, reason });
        };
        let (session, made) = match self.usable().await {
            Some(idle) => (idle.session, idle.made),
            None => (self.connect(left()).await?, Instant::now()),
        };
        Ok(Lent { session, made, closes: false, idle: Arc::downgrade(&self.idle), _room: room })
    }

    /// An idle connection that answers; those that do not are closed.
    async fn usable(&self) -> Option<Idle> {
        loop {
            let mut idle = lock(&self.idle).pop()?;
            let age = idle.made.elapsed();
            let is_fresh = idle.since.elapsed() < FRESH && !self.last_failure.covers(age);
            let within = ALIVE_WITHIN.min(self.connect_timeout / 2);
            if is_fresh || self.last_failure.passes(&mut idle.session, age, within).await {
                return Some(idle);
            }
        }
    }

    /// A new connection; with newer files, once more, when the server refuses us or we do not take it for the right one.
    async fn connect(&self, within: Duration) -> Result<SqlServerSession, SourceError> {
        match self.try_connect(within).await {
            Err(error) if is_of_login(&error) && self.renew_login()? => self.try_connect(within).await,
            outcome => outcome,
        }
    }

    async fn try_connect(&self, within: Duration) -> Result<SqlServerSession, SourceError> {
        let options = lock(&self.options).clone();
        match timeout(within, SqlServerSession::connect(&options, self.statement_timeout)).await {
            Ok(made) => made,
            Err(_) => {
                let reason = "no connection was made within source.connect_timeout".to_owned();
                Err(SourceError::Unreachable { trouble: DatabaseTrouble::Silent, reason })
            }
        }
    }

    /// Reads the files of the log-in again; `true` when one has changed.
    fn renew_login(&self) -> Result<bool, SourceError> {
        let mut options = lock(&self.options);
        let renewed = self.login.renewed(&options).map_err(|error| no_login(&error))?;
        Ok(renewed.map(|renewed| *options = renewed).is_some())
    }
}

impl Deref for Lent {
    type Target = SqlServerSession;

    fn deref(&self) -> &SqlServerSession {
        &self.session
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqlServerSession {
        &mut self.session
    }
}

impl Lease for Lent {
    fn close_on_drop(&mut self) {
        self.closes = true;
    }
}

impl Drop for Lent {
    /// Gives it back. One that is broken, or has a transaction of which nothing is known, is closed.
    fn drop(&mut self) {
        let Some(idle) = self.idle.upgrade().filter(|_| !self.closes) else { return };
        let Some(session) = self.session.take_usable() else { return };
        let given_back = Idle { session, made: self.made, since: Instant::now() };
        lock(&idle).push(given_back);
    }
}
