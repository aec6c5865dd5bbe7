//! The ends of claims, and how they are written.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc};

use crate::bells::Bell;
use crate::ctx::Ctx;
use crate::gate::Stream;
use crate::settler::Outcomes;
use crate::vitals::Part;
use dongbo_ledger::{Lane, LedgerError, Next, Settled, Settlement};
use dongbo_model::DossierCode;
use dongbo_model::clock::{Clock, later};

/// The time for which the first outcome of the background waits for others, so that one transaction serves many.
const COMPANY: Duration = Duration::from_millis(5);
/// The longest that a feeder sleeps: what is due later than this it finds by itself.
pub(super) const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// The end of a claim.
#[derive(Debug)]
pub(super) enum Ending {
    /// It was worked on.
    Settled(Box<Settlement>),
    /// It was not.
    GivenBack(DossierCode, i64),
}

/// The channel for the ends of claims of one stream. When the ledger cannot be written it fills up, and sending stops.
#[derive(Clone)]
pub(super) struct Endings {
    sender: mpsc::Sender<(Stream, Ending)>,
    stream: Stream,
    /// Notified when one was handed in that waits for no company.
    urgent: Arc<Notify>,
}

/// Nobody writes down the ends of claims any more.
#[derive(Debug)]
pub(super) struct SettlerGone;

impl Endings {
    /// This channel for the claims of `stream`.
    pub(super) fn of(&self, stream: Stream) -> Self {
        Self { stream, ..self.clone() }
    }

    /// Hands in the end of a claim.
    pub(super) async fn send(&self, ending: Ending) -> Result<(), SettlerGone> {
        self.sender.send((self.stream, ending)).await.map_err(|_| SettlerGone)?;
        if self.stream == Stream::Live {
            self.urgent.notify_one();
        }
        Ok(())
    }
}

/// Outcomes of claimed dossiers.
pub(super) struct Claims {
    clock: Clock,
    urgent: Arc<Notify>,
}

impl Claims {
    /// Those that are handed in through a channel that holds `waiting` of them, with both of its ends.
    pub(super) fn new(clock: Clock, waiting: usize) -> (Self, Endings, mpsc::Receiver<(Stream, Ending)>) {
        let (sender, handed_in) = mpsc::channel(waiting);
        let urgent = Arc::<Notify>::default();
        let endings = Endings { sender, stream: Stream::Background, urgent: Arc::clone(&urgent) };
        (Self { clock, urgent }, endings, handed_in)
    }
}

/// The ends of some claims.
pub(super) struct Batch {
    settlements: Vec<Settlement>,
    given_back: Vec<(DossierCode, i64)>,
}

impl Outcomes for Claims {
    type Outcome = (Stream, Ending);
    type Batch = Batch;

    const PART: Part = Part::Settling;
    const MOST_AT_ONCE: usize = 1_000;
    const CALLED: &'static str = "dossiers";

    async fn ripe(&self, first: &[(Stream, Ending)]) {
        if first.iter().all(|(stream, _)| *stream == Stream::Background) {
            tokio::select! {
                biased;
                () = self.urgent.notified() => {}
                () = self.clock.sleep(COMPANY) => {}
            }
        }
    }

    fn gather(endings: &mut Vec<(Stream, Ending)>) -> (usize, Batch) {
        let mut batch = Batch { settlements: Vec::with_capacity(endings.len()), given_back: Vec::new() };
        for (_, ending) in endings.drain(..) {
            match ending {
                Ending::Settled(settlement) => batch.settlements.push(*settlement),
                Ending::GivenBack(code, fence) => batch.given_back.push((code, fence)),
            }
        }
        (batch.settlements.len(), batch)
    }

    async fn write(&self, ctx: &Ctx, batch: &Batch) -> Result<(), LedgerError> {
        let Batch { settlements, given_back } = batch;
        if !settlements.is_empty() {
            let now = ctx.clock.now();
            let done = ctx.ledger.settle(settlements, now).await?;
            ctx.metrics.lease_lost(done.lease_lost);
            ctx.metrics.files_arrived(done.files_arrived);
            done.delays.iter().for_each(|delay| ctx.metrics.change_took(delay));
            let accepted = settlements
                .iter()
                .filter(|settlement| matches!(settlement.next, Next::Synced | Next::Verify(_)))
                .fold(0_u64, |many, _| many.saturating_add(1));
            if accepted > 0 {
                ctx.vitals.acknowledged(now, accepted);
            }
            for settlement in settlements {
                ctx.metrics.settled(&settlement.next);
            }
            ring(ctx, settlements, &done, later(now, LONGEST_SLEEP));
        }
        if !given_back.is_empty() {
            ctx.ledger.give_back(given_back).await?;
            ctx.due.ring_all();
        }
        Ok(())
    }
}

/// Tells those for whom something is due by `until` now that a batch is settled.
fn ring(ctx: &Ctx, settlements: &[Settlement], done: &Settled, until: DateTime<Utc>) {
    let comes_back = |next: &Next| match next {
        Next::Due(at, lane) => (*at <= until).then_some(*lane),
        Next::Verify(at) => (*at <= until).then_some(Lane::Backfill),
        Next::Synced | Next::Held | Next::NotSent | Next::Forget => None,
    };
    let lanes = || settlements.iter().filter_map(|one| comes_back(&one.next));
    if done.live_due || lanes().any(|lane| lane == Lane::Live) {
        ctx.due.ring(Bell::Live);
    }
    if lanes().any(|lane| lane != Lane::Live) {
        ctx.due.ring(Bell::Background);
    }
    if settlements.iter().any(|one| one.files.is_some()) {
        ctx.due.ring(Bell::Files);
    }
}
