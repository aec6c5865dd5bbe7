//! Having dossiers sent again: what the portal lacks by dongbo itself, at a pace; and of sources that are only watched by a vendor's
//! bridge, one request after another, and a look-up afterwards that says which really arrived.
//!
//! The order lies in the ledger, so it goes on after a restart. The look-ups of what a bridge was asked for are those of the watch,
//! which such a dossier comes to next.

mod bridge;
mod by_bridge;
mod list;
mod preview;
mod progress;
mod settings;
mod template;

pub use bridge::{Bridge, BridgeError, NotTaken};
pub use list::{Listed, Reading, decoded};
pub use preview::{Part, Preview, Way};
pub use progress::{HEADING, Progress, ResultRow};
pub use settings::{Settings, SignIn};

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::acts::apart;
use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::sources::{ReadError, Sources};
use crate::vitals::Part as Vital;
use by_bridge::ByBridge;
use dongbo_ledger::{LedgerError, Resend, ResendCounts, ResendState};
use dongbo_model::clock::{Mark, later};

/// The time between two looks for an order, and for what look-ups have shown.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Most dossiers that dongbo itself sends again that have had their turn and no result yet. The others wait, so that an order can be
/// paused or ended, and nothing is pushed aside by a great one.
const WINDOW: u32 = 500;

/// The longest that the ledger may take for a round where no bridge is asked.
const LONGEST: Duration = Duration::from_secs(30);

/// A piece of an order that could not be done; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The dossier could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Works off the order in the ledger.
pub struct Resender {
    ctx: Ctx,
    /// How a bridge is asked, where there is one and something is watched.
    by_bridge: Option<ByBridge>,
    /// The next dossiers that dongbo itself sends have their turn no sooner.
    next_own: Mark,
}

impl Resender {
    /// A resender of what dongbo itself sends, and by the bridge of `config` of `watched` sources.
    ///
    /// # Errors
    /// When the bridge cannot be asked as it is configured.
    pub fn new(config: &Settings, ctx: Ctx, watched: Option<&Sources>) -> Result<Self, BridgeError> {
        let watched = watched.filter(|_| config.is_set());
        let by_bridge = watched.map(|sources| ByBridge::new(config, ctx.clone(), sources.clone()));
        let next_own = ctx.clock.mark();
        Ok(Self { ctx, by_bridge: by_bridge.transpose()?, next_own })
    }

    /// Gives their turn to dossiers that dongbo itself sends, at the pace of the order: they are looked up and sent in the background.
    async fn begin_own(&mut self, order: &Resend, now: DateTime<Utc>) -> Result<(), ResendError> {
        if !self.ctx.clock.has_come(self.next_own) {
            return Ok(());
        }
        let apart = apart(order.per_minute);
        let most = match LOOK_EVERY.as_nanos().checked_div(apart.as_nanos()) {
            Some(many) => u32::try_from(many).unwrap_or(u32::MAX).clamp(1, WINDOW),
            None => WINDOW,
        };
        if self.ctx.ledger.begin_resends(most, WINDOW, now).await? > 0 {
            self.next_own = self.ctx.clock.mark().later(apart.saturating_mul(most));
            self.ctx.due.ring_all();
        }
        Ok(())
    }

    /// The order has ended, when nothing of it is left.
    async fn finish(&self, counts: ResendCounts) -> Result<(), ResendError> {
        if self.ctx.ledger.turn_resend(ResendState::Done, "").await?.is_some() {
            tracing::info!(
                event = "resend.done",
                dossiers = counts.all(),
                arrived = counts.arrived,
                lacking = counts.lacking,
                failed = counts.failed,
                "{} dossiers were sent again: {} have arrived, {} are still lacking, {} failed",
                counts.all(),
                counts.arrived,
                counts.lacking,
                counts.failed
            );
        }
        Ok(())
    }
}

impl Worker for Resender {
    type Error = ResendError;

    fn part(&self) -> Vital {
        Vital::Resend
    }

    async fn once(&mut self) -> Result<Again, ResendError> {
        let now = self.ctx.clock.now();
        let look_again = Again::At(later(now, LOOK_EVERY));
        if !self.ctx.vitals.moments().leads {
            return Ok(look_again);
        }
        let order = self.ctx.ledger.resend().await?;
        let Some(order) =
            order.filter(|order| matches!(order.state, ResendState::Running | ResendState::Paused))
        else {
            return Ok(look_again);
        };
        self.ctx.ledger.judge_resends(now).await?;
        if order.state == ResendState::Paused || self.ctx.gate.paused() {
            return Ok(look_again);
        }
        self.begin_own(&order, now).await?;
        if let Some(by_bridge) = &mut self.by_bridge
            && let Some(one) = self.ctx.ledger.next_resend().await?
        {
            if !self.ctx.clock.has_come(by_bridge.next_call) {
                let may_call = self.ctx.clock.moment_of(by_bridge.next_call);
                return Ok(Again::At(may_call.min(later(now, LOOK_EVERY))));
            }
            by_bridge.ask(&one).await?;
            return Ok(Again::Now);
        }
        let counts = self.ctx.ledger.resend_counts().await?;
        if counts.waiting == 0 && counts.asked == 0 {
            self.finish(counts).await?;
        }
        Ok(look_again)
    }

    fn failed(&mut self, error: &ResendError, wait: Duration) {
        let class = match error {
            ResendError::Ledger(error) | ResendError::Read(ReadError::Ledger(error)) => {
                self.ctx.ledger_failed(error);
                error.class()
            }
            ResendError::Read(ReadError::Source(error)) => error.class(),
        };
        tracing::error!(
            event = "resend.failed",
            class = class.name(),
            retry_in_s = wait.as_secs_f64(),
            "Sending again does not get on: {error}"
        );
    }

    fn longest(&self) -> Duration {
        let by_bridge = self.by_bridge.as_ref().map(|by_bridge| by_bridge.bridge.longest());
        by_bridge.unwrap_or(LONGEST).saturating_mul(2)
    }
}
