//! The evaluation API as every part of dongbo asks it: politely, one call at a time and at an even pace.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::ctx::Ctx;
use crate::reconcile;
use crate::vitals::Part;
use dongbo_model::clock::Mark;
use dongbo_portal::{Evaluation, EvaluationError, PortalError};

/// The longest wait that the API can ask for: whoever asks for more is asked again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// The evaluation API, and whose turn it is. Cheap to clone: all clones share the turns.
#[derive(Clone)]
pub(crate) struct Inquiry {
    /// The API.
    pub(crate) api: Evaluation,
    pace: Duration,
    ctx: Ctx,
    turns: Arc<Mutex<Turns>>,
}

/// When the next call may begin.
struct Turns {
    next: Mark,
    chance: StdRng,
}

/// The leave for one call. Nobody else calls until it is dropped.
pub(crate) struct Turn {
    turns: OwnedMutexGuard<Turns>,
    ctx: Ctx,
}

impl Inquiry {
    /// The API as `config` names it; `None` when it names none. Uses no network.
    ///
    /// # Errors
    /// When the address or the certificate of the API cannot be used.
    pub(crate) fn new(
        config: &reconcile::Settings,
        portal: &dongbo_portal::Settings,
        ctx: &Ctx,
        seed: u64,
    ) -> Result<Option<Self>, PortalError> {
        let (url, root, clock) = (&config.evaluation_url, &config.root_department, ctx.clock.clone());
        let Some(api) = Evaluation::new(url, root, portal, clock)? else { return Ok(None) };
        // A draw of its own, so that it shifts nothing that sending draws.
        let chance = StdRng::seed_from_u64(seed.rotate_left(16));
        let turns = Arc::new(Mutex::new(Turns { next: ctx.clock.mark(), chance }));
        let pace = Duration::from_secs(60) / config.counts_per_minute.max(1);
        Ok(Some(Self { api, pace, ctx: ctx.clone(), turns }))
    }

    /// The even time between two calls.
    pub(crate) const fn pace(&self) -> Duration {
        self.pace
    }

    /// Waits until `part` may make one call; the next may begin an even time later, more or less a quarter of it.
    pub(crate) async fn turn(&self, part: Part) -> Turn {
        let waiting = self.ctx.vitals.waits(part);
        let mut turns = Arc::clone(&self.turns).lock_owned().await;
        drop(waiting);
        let clock = &self.ctx.clock;
        if !clock.has_come(turns.next) {
            self.ctx.vitals.rests(part, clock.moment_of(turns.next));
            clock.sleep_to(turns.next).await;
        }
        let wait = self.pace.mul_f64(turns.chance.random_range(0.75..1.25));
        turns.next = clock.mark().later(wait);
        self.ctx.metrics.evaluation_called();
        Turn { turns, ctx: self.ctx.clone() }
    }
}

impl Turn {
    /// Ends the call. When the API has asked for a wait, nobody calls before that is over.
    pub(crate) fn end<T>(mut self, answer: &Result<T, EvaluationError>) {
        if let Err(EvaluationError::Refused { retry_after: Some(wait), .. }) = answer {
            let until = self.ctx.clock.mark().later((*wait).min(LONGEST_WAIT));
            self.turns.next = self.turns.next.max(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;
    use chrono::{DateTime, Utc};
    use dongbo_ledger::Ledger;
    use dongbo_model::clock::{Clock, later};

    #[tokio::test]
    async fn calls_of_all_parts_come_one_after_another_and_after_the_wait_that_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let (clock, start) = (Clock::manual(DateTime::UNIX_EPOCH), DateTime::<Utc>::UNIX_EPOCH);
        let ctx = Ctx::new(ledger, clock.clone(), &crate::push::Settings::default());
        let config = reconcile::Settings {
            evaluation_url: "http://127.0.0.1:9".to_owned(),
            counts_per_minute: 60,
            ..reconcile::Settings::default()
        };
        let inquiry = Inquiry::new(&config, &dongbo_portal::Settings::default(), &ctx, 1).unwrap().unwrap();
        let first = inquiry.turn(Part::Reconcile).await;
        assert_eq!(clock.now(), start);
        let (other, time) = (inquiry.clone(), clock.clone());
        let second = tokio::spawn(async move {
            drop(other.turn(Part::Published).await);
            time.now()
        });
        for _ in 0..20 {
            yield_now().await;
        }
        assert!(!second.is_finished(), "the first call goes on");
        let wait = Some(Duration::from_secs(90));
        first.end(&Err::<(), _>(EvaluationError::Refused { status: 429, retry_after: wait }));
        clock.advance_to(clock.next_sleeper().await);
        let second = second.await.unwrap();
        assert_eq!(second, later(start, Duration::from_secs(90)));
        let third = tokio::spawn(async move { drop(inquiry.turn(Part::Reconcile).await) });
        let wake = clock.next_sleeper().await;
        let apart = (wake - second).num_milliseconds();
        assert!((750..=1_250).contains(&apart), "{apart} ms");
        clock.advance_to(wake);
        third.await.unwrap();
    }
}
