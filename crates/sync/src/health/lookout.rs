//! The lookout: gathers the facts of a running daemon and judges them, for whoever asks.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use super::facts::Facts;
use super::verdict::Health;
use crate::ctx::Ctx;
use crate::reconcile::RunBoard;
use dongbo_ledger::Overview;
use dongbo_model::clock::later;

/// Judges how things stand for every surface of one daemon.
#[derive(Debug, Clone)]
pub struct Lookout {
    ctx: Ctx,
    board: Arc<RunBoard>,
    started_at: DateTime<Utc>,
    last: Arc<Mutex<Option<Arc<Seen>>>>,
}

/// One look at everything.
#[derive(Debug)]
pub struct Seen {
    /// The facts.
    pub facts: Facts,
    /// The ledger's counts of dossiers; `None` when it cannot be read.
    pub overview: Option<Overview>,
    /// The verdict.
    pub health: Health,
}

impl Lookout {
    /// The lookout of a daemon that starts now.
    #[must_use]
    pub fn new(ctx: Ctx, board: Arc<RunBoard>) -> Self {
        let started_at = ctx.clock.now();
        Self { ctx, board, started_at, last: Arc::default() }
    }

    /// When the daemon started.
    #[must_use]
    pub const fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// Looks now.
    pub async fn look(&self) -> Arc<Seen> {
        let now = self.ctx.clock.now();
        let (facts, overview) = Facts::of(&self.ctx, &self.board, self.started_at, now).await;
        let seen = Arc::new(Seen { health: facts.judge(now), facts, overview });
        *self.last.lock().await = Some(Arc::clone(&seen));
        seen
    }

    /// What was seen no longer than `within` ago, so that many who ask cost the ledger one look.
    pub async fn seen(&self, within: Duration) -> Arc<Seen> {
        let now = self.ctx.clock.now();
        let last = self.last.lock().await.clone();
        match last.filter(|seen| seen.health.at <= now && later(seen.health.at, within) > now) {
            Some(seen) => seen,
            None => self.look().await,
        }
    }
}
