//! The two streams of claimed dossiers, live changes and everything else, for whoever carries them: a courier who sends, or an
//! observer who only looks.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::feeder::Feeder;
use super::hold::Hold;
use super::parcel::Parcel;
use super::pauser::Pauser;
use super::prober::Prober;
use super::settler::{Claims, Endings};
use crate::crew::{Crew, Post};
use crate::ctx::Ctx;
use crate::facts::FactsTeller;
use crate::files::Delivery;
use crate::gate::Stream;
use crate::settler::settle;
use crate::sources::{OneSource, Sources};
use crate::vitals::{LONGEST_PIECE, Part};
use dongbo_ledger::Lane;
use dongbo_portal::Reader;

/// Outcomes that may wait for the ledger before couriers wait for it.
const ENDINGS_WAITING: usize = 2_000;

/// The streams, with the part, the lanes and the feeders of each for one source. In the background reading takes longer than sending in
/// batches: with two, one reads while the other waits for the ledger.
const STREAMS: [(Stream, Part, &[Lane], usize); 2] = [
    (Stream::Live, Part::Live, &[Lane::Live], 1),
    (Stream::Background, Part::Background, &[Lane::Retry, Lane::Backfill], 2),
];

/// Time for calls under way to end after a stop; leases take care of those that take longer.
const CALLS_END_WITHIN: Duration = Duration::from_secs(8);

/// The writer ends when the last who hands something in has.
const SETTLING: Post = Post {
    part: Part::Settling,
    longest: LONGEST_PIECE,
    stop_within: Duration::from_secs(9),
    may_outlast: false,
};

/// Everything that claiming and reading due dossiers needs.
pub struct Streams {
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// The portal, to look at.
    pub portal: Reader,
    /// `[push]`.
    pub config: Settings,
    /// The longest that one call can take.
    pub call_timeout: Duration,
    /// The name under which this engine claims, unique among all on the ledger.
    pub owner: String,
}

/// Those who carry the dossiers of some sources. Dossiers of others never come to them.
pub(super) struct Carriers {
    /// The sources.
    pub(super) sources: Sources,
    /// The fewest dossiers to claim at once, where so many are due.
    pub(super) smallest_round: usize,
    /// The way of files to the portal; `None` when none of these sources has any delivered.
    pub(super) delivery: Option<Arc<Delivery>>,
    /// Makes one for each stream.
    pub(super) carrier: Box<dyn FnMut(Carrying) -> BoxFuture<'static, ()> + Send>,
}

/// One stream, for whoever carries it.
pub(super) struct Carrying {
    pub(super) stream: Stream,
    pub(super) part: Part,
    /// Takes the ends of claims.
    pub(super) endings: Endings,
    /// The dossiers that come.
    pub(super) work: mpsc::Receiver<Vec<Parcel>>,
    /// Ends it.
    pub(super) stop: CancellationToken,
}

impl Streams {
    /// Has both streams of each of `all` carried until `stop`, which it gives itself when a part dies. Then nothing new is begun, calls
    /// under way are finished, waiting dossiers are given back, and all outcomes are written. Returns when that is done.
    pub(super) async fn run(self, stop: CancellationToken, all: Vec<Carriers>) {
        let pauser = Pauser { ctx: self.ctx.clone() };
        // Before anything can be sent: a pause outlives a restart.
        if stop.run_until_cancelled(pauser.first_look()).await.is_none() {
            return;
        }
        let mut crew = Crew::new(self.ctx.clone(), stop.clone());
        let (claims, endings, handed_in) = Claims::new(self.ctx.clock.clone(), ENDINGS_WAITING);
        crew.hire_stream(SETTLING, settle(self.ctx.clone(), claims, handed_in));
        for mut carriers in all {
            for (stream, part, lanes, feeders) in STREAMS {
                let endings = endings.of(stream);
                let (feed, work) = mpsc::channel(1);
                let post = self.post(part);
                let (of_feeders, stop) = (endings.clone(), stop.clone());
                let carrying = Carrying { stream, part, endings, work, stop: stop.clone() };
                crew.hire_stream(post, (carriers.carrier)(carrying));
                let hold = Hold::new();
                for one in carriers.sources.iter() {
                    for _ in 0..feeders {
                        let way = (part, lanes, of_feeders.clone(), hold.clone());
                        let feeder = self.feeder(&carriers, one, way);
                        crew.hire_stream(post, feeder.run(feed.clone(), stop.clone()));
                    }
                }
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

    /// A feeder of the dossiers of one source, which holds up no other when it cannot be read.
    fn feeder(
        &self,
        carriers: &Carriers,
        one: &OneSource,
        (part, lanes, endings, hold): (Part, &'static [Lane], Endings, Hold),
    ) -> Feeder {
        Feeder {
            part,
            lanes,
            hold,
            ctx: carriers.sources.ctx_of(&self.ctx, one),
            teller: FactsTeller::new(&self.ctx, one.settings.mode),
            portal: self.portal.clone(),
            source: Arc::clone(&one.source),
            endings,
            owner: self.owner.clone(),
            lease: self.config.lease,
            live_for: self.config.live_for,
            lands_within: self.config.lands_within,
            most_writes: self.config.most_writes_a_day,
            smallest_round: carriers.smallest_round,
            page_size: usize::try_from(one.settings.page_size).unwrap_or(usize::MAX).max(1),
            only_units: !one.settings.units.is_empty(),
            delivery: carriers.delivery.clone(),
        }
    }
}
