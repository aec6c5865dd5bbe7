//! The pace at which files are announced: no faster than they can be served, and none while the portal waits in a line
//! for those that it was told of, or while many wait for the portal to be told.

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::budget::Budget;
use super::serve::{LONGEST_WAIT, Line};
use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_model::clock::Mark;

/// How often it is seen whether the way is free again.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The log tells no more often that announcements wait.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// Paces announcements.
pub(super) struct Pace {
    ctx: Ctx,
    line: Arc<Line>,
    announcements: Budget,
    /// As many as stand in a line without one of them being sent away.
    most_on_the_way: u32,
    last: Mutex<Last>,
}

/// The last look, and the last line in the log.
#[derive(Default)]
struct Last {
    looked_at: Option<Mark>,
    crowded: bool,
    told_at: Option<Mark>,
}

/// Reasons why announcements wait.
#[derive(Clone, Copy)]
enum Waits {
    /// The portal waits for files that it was told of.
    Serving,
    /// Enough files wait for the portal to be told of them.
    Telling,
}

impl Pace {
    pub(super) fn new(ctx: &Ctx, line: &Arc<Line>, per_second: u32) -> Self {
        let most = u64::from(per_second).saturating_mul(LONGEST_WAIT.as_secs());
        Self {
            ctx: ctx.clone(),
            line: Arc::clone(line),
            announcements: Budget::new(per_second.into(), ctx.clock.clone()),
            most_on_the_way: u32::try_from(most).unwrap_or(u32::MAX),
            last: Mutex::default(),
        }
    }

    /// Waits until one more file may be announced.
    pub(super) async fn turn(&self) {
        let _waiting = self.ctx.vitals.waits(Part::Files);
        while let Some(waits) = self.waits().await {
            self.tell(waits);
            self.ctx.clock.sleep(LOOK_EVERY).await;
        }
        self.announcements.spend(1).await;
    }

    async fn waits(&self) -> Option<Waits> {
        if self.line.is_long() {
            return Some(Waits::Serving);
        }
        self.is_crowded().await.then_some(Waits::Telling)
    }

    /// Whether as many files wait for the portal to be told of them as can be served in a rush; seen once a second.
    async fn is_crowded(&self) -> bool {
        let clock = &self.ctx.clock;
        {
            let mut last = lock(&self.last);
            let fresh = last.looked_at.is_some_and(|at| clock.since(at) < LOOK_EVERY);
            if fresh {
                return last.crowded;
            }
            // The others go by the look before, until this one is over.
            last.looked_at = Some(clock.mark());
        }
        let on_the_way = self.ctx.ledger.files_on_the_way(self.most_on_the_way, clock.now()).await;
        // A ledger that is away stops the lane by itself.
        let crowded = on_the_way.is_ok_and(|many| many >= u64::from(self.most_on_the_way));
        lock(&self.last).crowded = crowded;
        crowded
    }

    fn tell(&self, waits: Waits) {
        let mut last = lock(&self.last);
        if last.told_at.is_some_and(|at| self.ctx.clock.since(at) < TOLD_EVERY) {
            return;
        }
        last.told_at = Some(self.ctx.clock.mark());
        drop(last);
        match waits {
            Waits::Serving => tracing::warn!(
                event = "files.announcing_waits",
                cause = "serving",
                "No further file is announced for now: the portal waits for those that it was told of; if its line and \
                 this machine have room, raise files.serve_per_second and files.serve_concurrency"
            ),
            Waits::Telling => tracing::info!(
                event = "files.announcing_waits",
                cause = "telling",
                "No further file is announced for now: {} or more are still to be told to the portal",
                self.most_on_the_way
            ),
        }
    }
}
