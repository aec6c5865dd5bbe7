//! Notifications of the local database, so that a change need not wait for the next poll.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use sqlx::postgres::PgListener;

use dongbo_connections::DatabaseTrouble;
use dongbo_model::clock::{Clock, later};

use super::postgres::{PostgresDatabase, fault};
use super::server::is_of_login;
use crate::error::SourceError;

/// Pauses between attempts to listen again, of which the first comes at once.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After so long without a notification the server is asked whether it still hears us: a connection that carries
/// nothing any more looks like a quiet one.
const LONGEST_QUIET: Duration = Duration::from_secs(60);

/// Notifications on `source.notify_channel`. They make dongbo quicker, and nothing depends on them.
#[derive(Debug)]
pub struct WakeUps {
    database: Arc<PostgresDatabase>,
    channel: String,
    clock: Clock,
    listener: Option<PgListener>,
    /// Before the next attempt to listen, when the one before did not last.
    pause: Duration,
    /// Since when it is listened.
    since: DateTime<Utc>,
}

impl WakeUps {
    pub(crate) const fn new(database: Arc<PostgresDatabase>, channel: String, clock: Clock) -> Self {
        let since = DateTime::UNIX_EPOCH;
        Self { database, channel, clock, listener: None, pause: Duration::ZERO, since }
    }

    /// Waits for a reason to look for changes: a notification, or that listening began or began again after the
    /// connection was lost, for nothing was heard in between. Several notifications at once are one reason. Never
    /// fails and never gives up; it may be dropped while it waits.
    pub async fn next(&mut self) {
        let limit = self.database.connect_timeout();
        let Some(listener) = self.listener.as_mut() else { return self.listen().await };
        let told = loop {
            match tokio::time::timeout(LONGEST_QUIET, listener.try_recv()).await {
                Ok(told) => break told,
                Err(_) => match in_time(limit, sqlx::raw_sql("SELECT 1").execute(&mut *listener)).await {
                    Ok(_) => {}
                    Err(error) => return self.listen_again(&error.to_string()).await,
                },
            }
        };
        match told {
            Ok(Some(_)) => {
                // A burst is answered by one look; what is left in the queue by the time it is over counts again.
                while let Some(more) = listener.try_recv().now_or_never() {
                    if !matches!(more, Ok(Some(_))) {
                        return self.listen_again("the connection was closed").await;
                    }
                }
            }
            Ok(None) => self.listen_again("the connection was closed").await,
            Err(error) => self.listen_again(&fault("notify_channel", &error).to_string()).await,
        }
    }

    async fn listen_again(&mut self, reason: &str) {
        self.listener = None;
        tracing::warn!(
            event = "source.not_told",
            "The local database no longer notifies of changes, polling goes on: {reason}"
        );
        // Only a connection that lasted is made again at once: a server that accepts and closes would be asked without a pause.
        if later(self.since, LONGEST_PAUSE) < self.clock.now() {
            self.pause = Duration::ZERO;
        }
        self.rest().await;
        self.listen().await;
    }

    async fn rest(&mut self) {
        let pause = self.pause;
        self.pause = pause.saturating_mul(2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.clock.sleep(pause).await;
    }

    async fn listen(&mut self) {
        loop {
            match self.connect().await {
                Ok(listener) => {
                    tracing::info!(
                        event = "source.told",
                        channel = self.channel,
                        "The local database notifies of changes on channel {}",
                        self.channel
                    );
                    self.since = self.clock.now();
                    self.listener = Some(listener);
                    return;
                }
                Err(error) => {
                    tracing::debug!(
                        event = "source.not_told_yet",
                        "The local database cannot notify of changes yet: {error}"
                    );
                    if is_of_login(&error) {
                        // Polling renews the log-in too; here it only matters which comes first.
                        self.database.renew_login().unwrap_or_default();
                    }
                }
            }
            self.rest().await;
        }
    }

    async fn connect(&self) -> Result<PgListener, SourceError> {
        let mut listener = PgListener::connect_with(&self.database.listening_pool())
            .await
            .map_err(|error| fault("notify_channel", &error))?;
        // Coming back by itself it would hide that notifications were missed.
        listener.eager_reconnect(false);
        in_time(self.database.connect_timeout(), listener.listen(&self.channel)).await?;
        Ok(listener)
    }
}

/// The result of `work`, or a failure after `limit`: a silent server must not be waited for without end.
async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(|error| fault("notify_channel", &error)),
        Err(_) => {
            let reason = "no answer within source.connect_timeout".to_owned();
            Err(SourceError::Unreachable { trouble: DatabaseTrouble::Silent, reason })
        }
    }
}
