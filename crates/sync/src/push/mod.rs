//! Sending: claim, read fresh, call, settle; with retry, rate, breaker and concurrency.
//!
//! Two streams run side by side and share one [`Gate`](crate::gate::Gate): live changes, and everything else (retries before backfill).
//! In each, a feeder claims due dossiers and reads them as they are now, and a courier forms calls from them and acts
//! on the answers; of the sources that are only watched an observer takes the courier's place, who can do nothing but look. All outcomes
//! go to one settler, which writes whatever has gathered in one transaction.

mod answers;
mod call;
mod circles;
mod courier;
mod feeder;
mod hold;
mod observer;
mod parcel;
mod pauser;
mod prober;
mod queues;
mod report;
mod round;
mod settings;
mod settler;
mod stage;
mod streams;

pub use observer::{WatchSettings, Watcher};
pub use settings::Settings;
pub use streams::Streams;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;

use crate::files::Delivery;
use crate::sources::Sources;
use courier::{Courier, Rules, Shared};
use dongbo_model::Catalogue;
use dongbo_model::backoff::Backoff;
use dongbo_portal::{Portal, Writing};
use settler::Endings;
use streams::{Carriers, Carrying};

/// Time in which all of sending ends after a stop.
pub(crate) const SENDING_ENDS_WITHIN: Duration = Duration::from_secs(10);
/// Dossiers that are claimed at once at least, where the portal takes fewer in one call.
const SMALLEST_ROUND: usize = 10;

/// Claimed dossiers are carried: those of some sources are sent, those of others only looked at.
pub struct Sending {
    /// The parts that claim and read.
    pub streams: Streams,
    /// Sends; `None` when no source is sent for.
    pub pusher: Option<Pusher>,
    /// Looks; `None` when no source is only watched.
    pub watcher: Option<Watcher>,
}

impl Sending {
    /// Works until `stop`. Then nothing new is begun, calls under way are finished, and what waits is given back.
    pub async fn run(self, stop: CancellationToken) {
        let Self { streams, pusher, watcher } = self;
        let pushing = pusher.map(|pusher| pusher.carriers(&streams));
        let watching = watcher.map(|watcher| watcher.carriers(&streams));
        streams.run(stop, pushing.into_iter().chain(watching).collect()).await;
    }
}

/// Everything that sending needs.
pub struct Pusher {
    /// The sources whose dossiers are sent.
    pub sources: Sources,
    /// The portal.
    pub portal: Portal,
    /// The procedures that the portal knows.
    pub catalogue: Catalogue,
    /// Most dossiers in one call, where the dialect puts several into it.
    pub batch_size: usize,
    /// Most steps in one call.
    pub steps_per_call: usize,
    /// The way of files to the portal; `None` when dongbo delivers none.
    pub delivery: Option<Arc<Delivery>>,
    /// Seeds jitter and samples.
    pub chance: StdRng,
}

impl Pusher {
    /// The couriers of both streams.
    fn carriers(self, streams: &Streams) -> Carriers {
        let shared = self.shared(streams);
        let Self { sources, batch_size, delivery, mut chance, .. } = self;
        let carrier = move |carrying: Carrying| {
            let chance = StdRng::seed_from_u64(chance.next_u64());
            let courier = Courier::new(shared(carrying.endings), (carrying.stream, carrying.part), chance);
            courier.run(carrying.work, carrying.stop).boxed()
        };
        let smallest_round = batch_size.max(SMALLEST_ROUND);
        Carriers { sources, smallest_round, delivery, carrier: Box::new(carrier) }
    }

    /// All that couriers share; each has a channel of its own for the ends of claims.
    fn shared(&self, streams: &Streams) -> impl Fn(Endings) -> Shared + use<> {
        let (ctx, portal, catalogue) = (streams.ctx.clone(), self.portal.clone(), self.catalogue.clone());
        let rules = self.rules(streams);
        move |endings| Shared {
            ctx: ctx.clone(),
            portal: portal.clone(),
            catalogue: catalogue.clone(),
            endings,
            rules: rules.clone(),
        }
    }

    fn rules(&self, streams: &Streams) -> Rules {
        let config = &streams.config;
        // Without look-ups a create that meets a known dossier becomes an update, which must be of that dossier alone.
        let batch_size = if self.portal.looks_up() { self.batch_size.max(1) } else { 1 };
        Rules {
            looks_up: self.portal.looks_up(),
            creates_per_call: match self.portal.writing() {
                Writing::Whole => batch_size,
                Writing::InParts { .. } => 1,
            },
            batch_size,
            steps_per_call: self.steps_per_call.max(1),
            call_budget: streams.call_timeout,
            lease: config.lease,
            backoff: Backoff { base: config.backoff_base, cap: config.backoff_cap },
            lookup_after: config.lookup_after,
            verify_after: config.verify_after,
            lands_within: config.lands_within,
            verify_share: if self.portal.looks_up() { config.verify_share } else { 0.0 },
        }
    }
}
