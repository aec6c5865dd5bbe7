//! Being woken by the local database, so that a change need not wait for the next poll.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use sqlx::postgres::PgListener;

use crate::clock::Clock;

use super::error::SourceError;
use super::postgres::{PostgresDatabase, fault};

/// Pauses between attempts to listen again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Notifications on `source.notify_channel`. They make dongbo quicker, and nothing depends on them.
#[derive(Debug)]
pub struct WakeUps {
    database: Arc<PostgresDatabase>,
    channel: String,
    clock: Clock,
    listener: Option<PgListener>,
}

impl WakeUps {
    pub(super) const fn new(database: Arc<PostgresDatabase>, channel: String, clock: Clock) -> Self {
        Self { database, channel, clock, listener: None }
    }

    /// Waits for a reason to look for changes: a notification, or that listening began or began again after the
    /// connection was lost, for nothing was heard in between. Several notifications at once are one reason. Never
    /// fails and never gives up; it may be dropped while it waits.
    pub async fn next(&mut self) {
        let Some(listener) = self.listener.as_mut() else { return self.listen().await };
        match listener.try_recv().await {
            Ok(Some(_)) => {
                // A burst is answered by one look; what is left in the queue by the time it is over counts again.
                while let Some(more) = listener.try_recv().now_or_never() {
                    if !matches!(more, Ok(Some(_))) {
                        self.listener = None;
                        return;
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
            "The local database tells of changes no more, polling goes on: {reason}"
        );
        self.listen().await;
    }

    async fn listen(&mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.connect().await {
                Ok(listener) => {
                    tracing::info!(
                        event = "source.told",
                        channel = self.channel,
                        "The local database tells of changes on channel {}",
                        self.channel
                    );
                    self.listener = Some(listener);
                    return;
                }
                Err(error) => {
                    tracing::debug!(
                        event = "source.not_told_yet",
                        "The local database cannot tell of changes yet: {error}"
                    );
                    if matches!(error, SourceError::Auth { .. }) {
                        // Polling renews the password too; here it only matters which comes first.
                        self.database.renew_password().unwrap_or_default();
                    }
                }
            }
            self.clock.sleep(pause).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    async fn connect(&self) -> Result<PgListener, SourceError> {
        let fault = |error| fault("notify_channel", &error);
        let mut listener = PgListener::connect_with(&self.database.listening_pool()).await.map_err(fault)?;
        // Coming back by itself it would hide that notifications were missed.
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await.map_err(fault)?;
        Ok(listener)
    }
}
