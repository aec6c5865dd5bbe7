//! Sending: claim, read fresh, call, settle; with retry, rate, breaker and concurrency.
//!
//! Two streams run side by side and share one [`Gate`]: live changes, and everything else (retries before backfill).
//! In each, a feeder claims due dossiers and reads them as they are now, and a courier forms calls from them and acts
//! on the answers. All outcomes go to one settler, which writes whatever has gathered in one transaction.

mod answers;
mod call;
mod courier;
mod feeder;
mod life;
mod parcel;
mod pauser;
mod prober;
mod queues;
mod report;
mod settings;
mod settler;

pub use settings::Settings;

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;
use crate::files::Delivery;
use crate::gate::Stream;
use courier::{Courier, Rules, Shared};
use dongbo_ledger::Lane;
use dongbo_model::Catalogue;
use dongbo_model::ErrorClass;
use dongbo_model::backoff::Backoff;
use dongbo_portal::{Portal, Writing};
use dongbo_source::Source;
use feeder::Feeder;
use pauser::Pauser;
use prober::Prober;
use settler::Settler;

/// Outcomes that may wait for the ledger before couriers wait for it.
const ENDINGS_WAITING: usize = 2_000;

/// Reading takes longer than sending in batches: with two, one reads while the other waits for the ledger.
const BACKGROUND_FEEDERS: usize = 2;

/// Everything that sending needs.
pub struct Pusher {
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// The local database.
    pub source: Arc<Source>,
    /// The portal.
    pub portal: Portal,
    /// The procedures that the portal knows.
    pub catalogue: Catalogue,
    /// `[push]`.
    pub config: Settings,
    /// Most dossiers in one call, where the dialect puts several into it.
    pub batch_size: usize,
    /// Most steps in one call.
    pub steps_per_call: usize,
    /// The longest that one call can take.
    pub call_timeout: Duration,
    /// Most dossiers read at once.
    pub page_size: usize,
    /// The name under which this engine claims, unique among all on the ledger.
    pub owner: String,
    /// Seeds jitter and samples.
    pub chance: StdRng,
    /// How files reach the portal; `None` when dongbo delivers none.
    pub delivery: Option<Arc<Delivery>>,
}

impl Pusher {
    /// Sends until `stop`, which it gives itself when a part of it dies; then nothing new is begun, what is under way is finished, the rest is given back, and all
    /// outcomes are written. Returns when that is done.
    pub async fn run(mut self, stop: CancellationToken) {
        let pauser = Pauser { ctx: self.ctx.clone() };
        // Before anything can be sent: a pause outlives a restart.
        if stop.run_until_cancelled(pauser.first_look()).await.is_none() {
            return;
        }
        let (endings, written) = mpsc::channel(ENDINGS_WAITING);
        let settler = Settler { ctx: self.ctx.clone() };
        // Without its writer sending would go on and forget every outcome: it stops however the writer ends.
        let stops = stop.clone().drop_guard();
        let settler = tokio::spawn(async move {
            let _stops = stops;
            settler.run(written).await;
        });
        let shared = Shared {
            ctx: self.ctx.clone(),
            portal: self.portal.clone(),
            catalogue: self.catalogue.clone(),
            endings,
            rules: Rules {
                creates_per_call: match self.portal.writing() {
                    Writing::Whole => self.batch_size.max(1),
                    Writing::InParts { .. } => 1,
                },
                batch_size: self.batch_size.max(1),
                steps_per_call: self.steps_per_call.max(1),
                call_budget: self.call_timeout,
                lease: self.config.lease,
                backoff: Backoff { base: self.config.backoff_base, cap: self.config.backoff_cap },
                lookup_after: self.config.lookup_after,
                verify_after: self.config.verify_after,
                verify_share: self.config.verify_share,
            },
        };
        let mut tasks = JoinSet::new();
        for (stream, lanes, feeders) in [
            (Stream::Live, &[Lane::Live][..], 1),
            (Stream::Background, &[Lane::Retry, Lane::Backfill][..], BACKGROUND_FEEDERS),
        ] {
            let (feed, work) = mpsc::channel(1);
            let chance = StdRng::seed_from_u64(self.chance.next_u64());
            tasks.spawn(Courier::new(shared.clone(), stream, chance).run(work, stop.clone()));
            for _ in 0..feeders {
                tasks.spawn(
                    self.feeder(stream, lanes, shared.endings.clone()).run(feed.clone(), stop.clone()),
                );
            }
        }
        let prober = Prober { ctx: self.ctx.clone(), portal: self.portal.clone() };
        tasks.spawn(prober.run(stop.clone()));
        tasks.spawn(pauser.run(stop.clone()));
        drop(shared);
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(
                    event = "push.task_died",
                    class = ErrorClass::Bug.name(),
                    "A part of sending died ({}). Please report this",
                    crate::crew::ended(&error)
                );
            }
            // Sending with a part missing would look alive and not be: the other parts stop too.
            stop.cancel();
        }
        if let Err(error) = settler.await {
            tracing::error!(
                event = "push.settler_died",
                class = ErrorClass::Bug.name(),
                "The ledger's writer died ({}). Please report this",
                crate::crew::ended(&error)
            );
        }
    }

    fn feeder(&self, stream: Stream, lanes: &'static [Lane], endings: settler::Endings) -> Feeder {
        Feeder {
            part: stream.part(),
            lanes,
            ctx: self.ctx.clone(),
            portal: self.portal.clone(),
            source: Arc::clone(&self.source),
            endings,
            owner: self.owner.clone(),
            lease: self.config.lease,
            live_for: self.config.live_for,
            smallest_round: self.batch_size.max(10),
            page_size: self.page_size.max(1),
            delivery: self.delivery.clone(),
        }
    }
}
