//! Sending: claim, read fresh, call, settle; with retry, rate, breaker and concurrency.
//!
//! Two streams run side by side and share one [`Gate`](crate::gate::Gate): live changes, and everything else (retries before backfill).
//! In each, a feeder claims due dossiers and reads them as they are now, and a courier forms calls from them and acts
//! on the answers. All outcomes go to one settler, which writes whatever has gathered in one transaction.

mod answers;
mod call;
mod circles;
mod courier;
mod feeder;
mod hold;
mod parcel;
mod pauser;
mod prober;
mod queues;
mod report;
mod round;
mod settings;
mod settler;
mod stage;

pub use settings::Settings;

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::crew::{Crew, Post};
use crate::ctx::Ctx;
use crate::files::Delivery;
use crate::gate::Stream;
use crate::settler::settle;
use crate::vitals::{LONGEST_PIECE, Part};
use courier::{Courier, Rules, Shared};
use dongbo_ledger::Lane;
use dongbo_model::Catalogue;
use dongbo_model::backoff::Backoff;
use dongbo_portal::{Portal, Writing};
use dongbo_source::Source;
use feeder::Feeder;
use hold::Hold;
use pauser::Pauser;
use prober::Prober;
use settler::{Claims, Endings};

/// Outcomes that may wait for the ledger before couriers wait for it.
const ENDINGS_WAITING: usize = 2_000;

/// The streams, with the part, the lanes and the feeders of each. In the background reading takes longer than sending in batches: with
/// two, one reads while the other waits for the ledger.
const STREAMS: [(Stream, Part, &[Lane], usize); 2] = [
    (Stream::Live, Part::Live, &[Lane::Live], 1),
    (Stream::Background, Part::Background, &[Lane::Retry, Lane::Backfill], 2),
];

/// Time for calls under way to end after a stop; leases take care of those that take longer.
const CALLS_END_WITHIN: Duration = Duration::from_secs(8);

/// Time in which all of sending ends after a stop.
pub(crate) const SENDING_ENDS_WITHIN: Duration = Duration::from_secs(10);

/// The writer ends when the last who hands something in has.
const SETTLING: Post = Post {
    part: Part::Settling,
    longest: LONGEST_PIECE,
    stop_within: Duration::from_secs(9),
    may_outlast: false,
};

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
    /// The way of files to the portal; `None` when dongbo delivers none.
    pub delivery: Option<Arc<Delivery>>,
}

impl Pusher {
    /// Sends until `stop`, which it gives itself when a part of it dies. Then nothing new is begun, calls under way are
    /// finished, waiting dossiers are given back, and all outcomes are written. Returns when that is done.
    pub async fn run(mut self, stop: CancellationToken) {
        let pauser = Pauser { ctx: self.ctx.clone() };
        // Before anything can be sent: a pause outlives a restart.
        if stop.run_until_cancelled(pauser.first_look()).await.is_none() {
            return;
        }
        let mut crew = Crew::new(self.ctx.clone(), stop.clone());
        let (claims, endings, handed_in) = Claims::new(self.ctx.clock.clone(), ENDINGS_WAITING);
        crew.hire_stream(SETTLING, settle(self.ctx.clone(), claims, handed_in));
        for (stream, part, lanes, feeders) in STREAMS {
            let shared = self.shared(endings.of(stream));
            let (feed, work) = mpsc::channel(1);
            let chance = StdRng::seed_from_u64(self.chance.next_u64());
            let post = self.post(part);
            let courier = Courier::new(shared.clone(), (stream, part), chance);
            crew.hire_stream(post, courier.run(work, stop.clone()));
            let hold = Hold::new();
            for _ in 0..feeders {
                let feeder = self.feeder(part, lanes, shared.endings.clone(), hold.clone());
                crew.hire_stream(post, feeder.run(feed.clone(), stop.clone()));
            }
        }
        crew.hire(Prober {
            ctx: self.ctx.clone(),
            portal: self.portal.clone(),
            longest: self.call_timeout.saturating_mul(2),
        });
        crew.hire(pauser);
        drop(endings);
        let ended = crew.run_until(std::future::pending::<()>()).await;
        if !ended.late.is_empty() {
            tracing::warn!(
                event = "daemon.stop_late",
                "Some calls did not end in time; their dossiers will be looked up when dongbo starts again"
            );
        }
    }

    fn post(&self, part: Part) -> Post {
        Post { part, longest: self.config.lease, stop_within: CALLS_END_WITHIN, may_outlast: false }
    }

    fn shared(&self, endings: Endings) -> Shared {
        // Without look-ups a create that meets a known dossier becomes an update, which must be of that dossier alone.
        let batch_size = if self.portal.looks_up() { self.batch_size.max(1) } else { 1 };
        Shared {
            ctx: self.ctx.clone(),
            portal: self.portal.clone(),
            catalogue: self.catalogue.clone(),
            endings,
            rules: Rules {
                looks_up: self.portal.looks_up(),
                creates_per_call: match self.portal.writing() {
                    Writing::Whole => batch_size,
                    Writing::InParts { .. } => 1,
                },
                batch_size,
                steps_per_call: self.steps_per_call.max(1),
                call_budget: self.call_timeout,
                lease: self.config.lease,
                backoff: Backoff { base: self.config.backoff_base, cap: self.config.backoff_cap },
                lookup_after: self.config.lookup_after,
                verify_after: self.config.verify_after,
                lands_within: self.config.lands_within,
                verify_share: if self.portal.looks_up() { self.config.verify_share } else { 0.0 },
            },
        }
    }

    fn feeder(&self, part: Part, lanes: &'static [Lane], endings: Endings, hold: Hold) -> Feeder {
        Feeder {
            part,
            lanes,
            hold,
            ctx: self.ctx.clone(),
            portal: self.portal.clone(),
            source: Arc::clone(&self.source),
            endings,
            owner: self.owner.clone(),
            lease: self.config.lease,
            live_for: self.config.live_for,
            lands_within: self.config.lands_within,
            most_writes: self.config.most_writes_a_day,
            smallest_round: self.batch_size.max(10),
            page_size: self.page_size.max(1),
            delivery: self.delivery.clone(),
        }
    }
}
