//! Sending: claim, read fresh, call, settle; with retry, rate, breaker and concurrency.
//!
//! Two streams run side by side and share one [`Gate`](crate::gate::Gate): live changes, and everything else (retries before backfill).
//! In each, a feeder claims due dossiers and reads them as they are now, and a courier forms calls from them and acts
//! on the answers; where dongbo only watches, an observer takes the courier's place, who can do nothing but look. All outcomes go
//! to one settler, which writes whatever has gathered in one transaction.

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

use std::time::Duration;

use futures_util::FutureExt as _;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;

use courier::{Courier, Rules, Shared};
use dongbo_model::Catalogue;
use dongbo_model::backoff::Backoff;
use dongbo_portal::{Portal, Writing};
use settler::Endings;
use streams::Carrying;

/// Time in which all of sending ends after a stop.
pub(crate) const SENDING_ENDS_WITHIN: Duration = Duration::from_secs(10);

/// Everything that sending needs.
pub struct Pusher {
    /// The parts that claim and read.
    pub streams: Streams,
    /// The portal.
    pub portal: Portal,
    /// The procedures that the portal knows.
    pub catalogue: Catalogue,
    /// Most dossiers in one call, where the dialect puts several into it.
    pub batch_size: usize,
    /// Most steps in one call.
    pub steps_per_call: usize,
    /// Seeds jitter and samples.
    pub chance: StdRng,
}

impl Pusher {
    /// Sends until `stop`; see [`Streams`].
    pub async fn run(self, stop: CancellationToken) {
        let shared = self.shared();
        let Self { streams, mut chance, .. } = self;
        let carrier = |carrying: Carrying| {
            let chance = StdRng::seed_from_u64(chance.next_u64());
            let courier = Courier::new(shared(carrying.endings), (carrying.stream, carrying.part), chance);
            courier.run(carrying.work, carrying.stop).boxed()
        };
        streams.run(stop, carrier).await;
    }

    /// All that couriers share; each has a channel of its own for the ends of claims.
    fn shared(&self) -> impl Fn(Endings) -> Shared + use<> {
        let (ctx, portal, catalogue) =
            (self.streams.ctx.clone(), self.portal.clone(), self.catalogue.clone());
        let rules = self.rules();
        move |endings| Shared {
            ctx: ctx.clone(),
            portal: portal.clone(),
            catalogue: catalogue.clone(),
            endings,
            rules: rules.clone(),
        }
    }

    fn rules(&self) -> Rules {
        let config = &self.streams.config;
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
            call_budget: self.streams.call_timeout,
            lease: config.lease,
            backoff: Backoff { base: config.backoff_base, cap: config.backoff_cap },
            lookup_after: config.lookup_after,
            verify_after: config.verify_after,
            lands_within: config.lands_within,
            verify_share: if self.portal.looks_up() { config.verify_share } else { 0.0 },
        }
    }
}
