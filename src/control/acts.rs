//! What the daemon does when it is asked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc, oneshot};

use super::live::LiveStatus;
use super::peer::caller;
use super::protocol::{Refusal, Reply, Request};
use crate::clock::Clock;
use crate::daemon::Reload;
use crate::ledger::{Ledger, LedgerError, Pause};
use crate::push::{self, Gate};
use crate::vitals::Vitals;

/// Sets the levels of the log when it is given some, and gives those in force then. The error is a sentence.
pub type LevelSetter = Arc<dyn Fn(Option<&str>) -> Result<String, String> + Send + Sync>;

/// All that requests can reach.
pub struct Control {
    /// dongbo's own memory.
    pub ledger: Ledger,
    /// Passed by every call to the portal.
    pub gate: Arc<Gate>,
    /// What is finished, and when.
    pub vitals: Arc<Vitals>,
    /// Told when dossiers may have become due.
    pub due: Arc<Notify>,
    /// The time.
    pub clock: Clock,
    /// When the daemon started.
    pub started_at: DateTime<Utc>,
    /// Takes orders to reload; `None` when nobody does.
    pub reloads: Option<mpsc::Sender<Reload>>,
    /// Sets the levels of the log; `None` when nobody can.
    pub levels: Option<LevelSetter>,
}

impl Control {
    /// Does what the request in `line` asks for, in the name of user `uid`.
    pub(super) async fn answer(&self, line: &[u8], uid: u32) -> Reply {
        let done = match serde_json::from_slice(line) {
            Ok(request) => self.act(request, uid).await,
            Err(error) => Err(Refusal::NotUnderstood(error.to_string())),
        };
        done.unwrap_or_else(Reply::Refused)
    }

    async fn act(&self, request: Request, uid: u32) -> Result<Reply, Refusal> {
        let now = self.clock.now();
        match request {
            Request::Status => {
                let overview = self.ledger.overview(now).await?;
                let status = LiveStatus::of(&self.gate, &self.vitals, &overview, self.started_at, now);
                Ok(Reply::Status(Box::new(status)))
            }
            Request::Pause { by, reason } => {
                let pause = Pause::new(now, &caller(uid, by.as_deref()), &reason);
                let pause = self.ledger.begin_pause(&pause).await?;
                push::heed(&self.gate, &self.ledger).await?;
                Ok(Reply::Paused(pause))
            }
            Request::Resume { by } => {
                let ended = self.ledger.end_pause(now, &caller(uid, by.as_deref())).await?;
                push::heed(&self.gate, &self.ledger).await?;
                self.due.notify_waiters();
                Ok(Reply::Resumed(ended))
            }
            Request::LogLevel { directives } => {
                let levels = self.levels.as_ref().ok_or(Refusal::WithoutMeans)?;
                levels(directives.as_deref()).map(Reply::LogLevel).map_err(Refusal::LogLevel)
            }
            Request::Reload => self.reload().await,
        }
    }

    async fn reload(&self) -> Result<Reply, Refusal> {
        let reloads = self.reloads.as_ref().ok_or(Refusal::WithoutMeans)?;
        let (asked, answer) = oneshot::channel();
        reloads.send(asked).await.map_err(|_| Refusal::Stopping)?;
        match answer.await {
            Ok(Ok(())) => Ok(Reply::Reloaded),
            Ok(Err(error)) => Err(Refusal::Reload(error.to_string())),
            Err(_) => Err(Refusal::Stopping),
        }
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.to_string())
    }
}
