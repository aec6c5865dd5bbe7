//! Watching: a vendor's bridge sends, and dongbo looks what has come of it. Whoever watches holds only the portal's reading side, so
//! that nothing here can write to it.
//!
//! A change is looked for once the bridge has had its time for it; what the portal then lacks is looked for again, less and less
//! often, and shown as a difference.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::parcel::{Parcel, PutOff};
use super::report;
use super::settler::{Ending, Endings};
use super::streams::{Carriers, Carrying, Streams};
use crate::ctx::Ctx;
use crate::gate::{Change, Load, Stream, report_change};
use crate::reconcile::{Ages, nowhere, tell_differences};
use crate::sources::Sources;
use crate::vitals::Part;
use dongbo_ledger::{Doubt, Found, Lane};
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::{Clock, later};
use dongbo_model::{Differing, FoundBy, Mode, PlainCause};
use dongbo_portal::{Answer, Outcome, Reader, Seen};

/// Look-ups under way at once in one stream; the gate may allow fewer.
const AT_ONCE: usize = 4;
/// Claims are no more than may be looked up within this time.
const ROUND: Duration = Duration::from_secs(5);
/// The most and fewest dossiers of such a round.
const ROUNDS: (usize, usize) = (1, 10);

/// `[watch]`: how a vendor's bridge is watched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WatchSettings {
    /// The time that the bridge is given to bring a change to the portal before that is looked for.
    #[serde(with = "humantime_serde")]
    pub look_after: Duration,
    /// The time after which what the portal lacked is looked for again; doubles each time.
    #[serde(with = "humantime_serde")]
    pub look_again_after: Duration,
    /// The longest such time.
    #[serde(with = "humantime_serde")]
    pub look_again_cap: Duration,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            look_after: Duration::from_secs(600),
            look_again_after: Duration::from_secs(1_800),
            look_again_cap: Duration::from_secs(21_600),
        }
    }
}

impl WatchSettings {
    /// The rules that these values break, each in a sentence that names the key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.look_again_after.is_zero() {
            wrong.push("watch.look_again_after must be longer than 0s".to_owned());
        }
        if self.look_again_after > self.look_again_cap {
            wrong.push(format!(
                "watch.look_again_after ({:?}) must not be longer than watch.look_again_cap ({:?}): lower the one or raise \
                 the other",
                self.look_again_after, self.look_again_cap
            ));
        }
        wrong
    }
}

/// Everything that watching needs.
pub struct Watcher {
    /// The sources that are only watched.
    pub sources: Sources,
    /// `[watch]`.
    pub config: WatchSettings,
    /// The time between two look-ups by the budget of a minute; none without one.
    pub pace: Duration,
    /// Whether the portal's counts are compared: they say where to look first among the stock of old dossiers.
    pub counted: bool,
    /// How old a difference gets before it counts as late, and as a mismatch.
    pub(crate) ages: Ages,
    /// Seeds jitter.
    pub chance: StdRng,
}

impl Watcher {
    /// The fewest dossiers to claim at once by a budget that leaves `pace` between two look-ups.
    fn round(pace: Duration) -> usize {
        let (fewest, most) = ROUNDS;
        let within = ROUND.as_millis().checked_div(pace.as_millis()).unwrap_or(u128::MAX);
        usize::try_from(within).unwrap_or(usize::MAX).clamp(fewest, most)
    }

    /// The observers of both streams.
    pub(super) fn carriers(self, streams: &Streams) -> Carriers {
        let Self { sources, config, pace, counted, ages, mut chance } = self;
        let (ctx, portal) = (streams.ctx.clone(), streams.portal.clone());
        let turn = Arc::new(Mutex::new(ctx.clock.now()));
        let (call_budget, cap) = (streams.call_timeout, streams.config.backoff_cap);
        let backoff = Backoff { base: streams.config.backoff_base, cap };
        let carrier = move |carrying: Carrying| {
            let observer = Observer {
                ctx: ctx.clone(),
                portal: portal.clone(),
                endings: carrying.endings.clone(),
                stream: carrying.stream,
                part: carrying.part,
                look_after: config.look_after,
                counted,
                again: Backoff { base: config.look_again_after, cap: config.look_again_cap },
                backoff,
                call_budget,
                pace: Pace { between: pace, next: Arc::clone(&turn) },
                ages,
                chance: Mutex::new(StdRng::seed_from_u64(chance.next_u64())),
            };
            observer.run(carrying).boxed()
        };
        let smallest_round = Self::round(pace);
        Carriers { sources, smallest_round, delivery: None, carrier: Box::new(carrier) }
    }
}

/// The budget of look-ups, which both streams share.
struct Pace {
    between: Duration,
    next: Arc<Mutex<DateTime<Utc>>>,
}

impl Pace {
    /// Waits for the turn of the next look-up.
    async fn turn(&self, clock: &Clock) {
        if self.between.is_zero() {
            return;
        }
        let at = {
            let mut next = self.next.lock().await;
            let at = clock.now().max(*next);
            *next = later(at, self.between);
            at
        };
        clock.sleep_until(at).await;
    }
}

/// Looks at the dossiers of one stream.
struct Observer {
    ctx: Ctx,
    portal: Reader,
    endings: Endings,
    stream: Stream,
    part: Part,
    look_after: Duration,
    counted: bool,
    again: Backoff,
    backoff: Backoff,
    call_budget: Duration,
    pace: Pace,
    ages: Ages,
    chance: Mutex<StdRng>,
}

/// A dossier that was looked at, and in what it differs.
struct Judged {
    code: String,
    found: Vec<Found>,
}

impl Observer {
    /// Looks at what comes until that ends or the stop is given; then what waits is given back.
    async fn run(self, mut carrying: Carrying) {
        while let Some(parcels) = carrying.work.recv().await {
            let looks = parcels.into_iter().map(|parcel| self.one(parcel, &carrying.stop));
            let looked: Vec<Option<Judged>> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
            let judged: Vec<Judged> = looked.into_iter().flatten().collect();
            self.note_differences(&judged).await;
            if carrying.stop.is_cancelled() {
                carrying.work.close();
            }
        }
    }

    /// Deals with one dossier: it waits for its time, is looked at, or is given back.
    async fn one(&self, parcel: Parcel, stop: &CancellationToken) -> Option<Judged> {
        let now = self.ctx.clock.now();
        let look_at =
            later(parcel.claim.unsent_since.unwrap_or(parcel.claim.changed_at).min(now), self.look_after);
        // The stock of old dossiers is read whole first where the portal's counts can then say where to look first.
        let is_stock =
            self.counted && parcel.claim.lane == Lane::Backfill && parcel.claim.doubt != Doubt::Unknown;
        let look_at = if is_stock { later(now, self.look_after) } else { look_at };
        if parcel.claim.touched && (look_at > now || is_stock) {
            self.end(Ending::Settled(Box::new(parcel.not_looked_for(look_at)))).await;
            return None;
        }
        let leave = async {
            self.pace.turn(&self.ctx.clock).await;
            self.ctx.gate.acquire(self.stream).await.ok()
        };
        let permit = stop.run_until_cancelled(leave).await.flatten();
        let started_at = self.ctx.clock.now();
        let Some(permit) = permit.filter(|_| parcel.claim.lease_until > later(started_at, self.call_budget))
        else {
            self.end(Ending::GivenBack(parcel.claim.code.clone(), parcel.claim.fence)).await;
            return None;
        };
        let looked = self.portal.look_up(&parcel.dossier, Mode::Watch).await;
        let worked = Answer::local(Outcome::Delivered, "");
        let answer = looked.as_ref().err().unwrap_or(&worked);
        let change = self.ctx.gate.record(&permit, Load::LOOK_UP, answer);
        if let Change::Opened(trouble) = change {
            self.ctx.metrics.sending_stopped(trouble);
        }
        report_change(change, answer);
        drop(permit);
        match looked {
            Ok(seen) => Some(self.judge(parcel, seen, &worked, started_at).await),
            Err(answer) => {
                self.put_off(parcel, &answer, started_at).await;
                None
            }
        }
    }

    /// Ends the claim of a dossier that the portal has shown, or does not have.
    async fn judge(
        &self,
        mut parcel: Parcel,
        seen: Option<Seen>,
        worked: &Answer,
        started_at: DateTime<Utc>,
    ) -> Judged {
        let now = self.ctx.clock.now();
        parcel.note_call(super::call::LOOK_UP, worked, started_at, now);
        let differing = parcel.watched(seen.as_ref());
        let since = parcel.claim.unsent_since.unwrap_or(parcel.claim.changed_at);
        let code = parcel.claim.code.to_string();
        let cell = parcel.dossier.cell().unwrap_or_else(nowhere);
        let found = differing.into_iter().map(|differing: Differing| Found {
            code: code.clone(),
            cell: cell.clone(),
            cause: PlainCause::NotBrought.into(),
            age: self.ages.age(since, now),
            since,
            differing,
        });
        let found = found.collect();
        let again_at = later(now, self.again.ceiling(parcel.failures()));
        self.end(Ending::Settled(Box::new(parcel.looked_at(again_at)))).await;
        Judged { code, found }
    }

    async fn put_off(&self, mut parcel: Parcel, answer: &Answer, started_at: DateTime<Utc>) {
        let now = self.ctx.clock.now();
        if matches!(answer.outcome, Outcome::Auth | Outcome::Config) {
            self.end(Ending::GivenBack(parcel.claim.code.clone(), parcel.claim.fence)).await;
            return;
        }
        parcel.note_call(super::call::LOOK_UP, answer, started_at, now);
        let mut wait = self.backoff.wait(parcel.failures(), &mut *self.chance.lock().await);
        if let Some(asked) = answer.retry_after {
            wait = wait.max(asked.min(self.backoff.cap));
        }
        let why = PutOff::Failed { in_doubt: true };
        self.end(Ending::Settled(Box::new(parcel.put_off(why, later(now, wait))))).await;
    }

    /// Writes down in what the dossiers differ, and what of that is gone.
    async fn note_differences(&self, judged: &[Judged]) {
        if judged.is_empty() {
            return;
        }
        let codes: Vec<&str> = judged.iter().map(|one| one.code.as_str()).collect();
        let found: Vec<Found> = judged.iter().flat_map(|one| one.found.iter().cloned()).collect();
        let now = self.ctx.clock.now();
        match self.ctx.ledger.record_differences(FoundBy::LookUp, &codes, &found, now).await {
            Ok(recorded) => tell_differences(&found, &recorded),
            Err(error) => {
                self.ctx.ledger_failed(&error);
                tracing::error!(
                    event = "watch.differences_lost",
                    class = error.class().name(),
                    dossiers = codes.len(),
                    "In what {} dossiers differ is not written down; the next look-up tells again: {error}",
                    codes.len()
                );
            }
        }
    }

    async fn end(&self, ending: Ending) {
        self.ctx.vitals.progressed(self.part);
        if self.endings.send(ending).await.is_err() {
            report::report_settler_gone();
        }
    }
}
