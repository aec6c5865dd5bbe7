//! The worker that tells people, beside everything else: whatever a way does, nobody waits for it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::alert::{Alert, advance, standing};
use crate::bulletin::{Basis, Bulletin, Numbers};
use crate::error::SendError;
use crate::memory::{Failing, Memory, Told};
use crate::message::Message;
use crate::settings::{LONGEST_TIMEOUT, Settings};
use crate::telling::Teller;
use crate::way::Way;
use crate::ways::send;
use dongbo_ledger::LedgerError;
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::later;
use dongbo_model::schedule::Schedule;
use dongbo_sync::crew::{Again, Worker};
use dongbo_sync::ctx::Ctx;
use dongbo_sync::health::{Health, Lookout, ReasonKind};
use dongbo_sync::vitals::Part;

/// The time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The time in which the numbers of a bulletin have to be gathered; without them it has the verdict alone.
const GATHERED_WITHIN: Duration = Duration::from_secs(600);
/// Waits after a way has not taken a message.
const RETRY: Backoff = Backoff { base: Duration::from_secs(30), cap: Duration::from_secs(3_600) };

/// Tells people of how things stand.
pub struct Messenger {
    ctx: Ctx,
    lookout: Lookout,
    settings: Settings,
    basis: Basis,
    chance: StdRng,
    /// What was told; `None` before it is read, and while another daemon tells.
    memory: Option<Memory>,
    /// Whether the ledger has yet to be told of it.
    unwritten: bool,
}

/// What one way is to be told.
struct Due<'w> {
    way: &'w Way,
    bulletin: bool,
    news: Vec<Alert>,
    ended: Vec<Alert>,
}

/// What became of one message.
struct Outcome {
    bulletin: bool,
    sent: Result<(), SendError>,
}

impl Worker for Messenger {
    type Error = LedgerError;

    fn part(&self) -> Part {
        Part::Notifying
    }

    async fn once(&mut self) -> Result<Again, LedgerError> {
        let now = self.ctx.clock.now();
        let seen = self.lookout.look().await;
        if self.tells(&seen.health) {
            let stands = standing(&seen.facts, &seen.health, &self.settings, now);
            self.round(&seen.health, stands, now).await?;
        } else {
            self.memory = None;
            self.ctx.metrics.ways_failing(&[]);
        }
        Ok(Again::At(later(self.ctx.clock.now(), LOOK_EVERY)))
    }

    fn failed(&mut self, error: &LedgerError, wait: Duration) {
        self.ctx.ledger_failed(error);
        tracing::error!(
            event = "notify.ledger_failed",
            class = error.class().name(),
            retry_in_s = wait.as_secs_f64(),
            "What people were told cannot be read from the ledger now, so nobody is told anything: {error}"
        );
    }

    fn longest(&self) -> Duration {
        LONGEST_TIMEOUT.saturating_mul(2).saturating_add(GATHERED_WITHIN)
    }
}

impl Messenger {
    /// A worker for these settings; `None` when there is no way to tell anybody. `seed` drives jitter.
    #[must_use]
    pub fn new(ctx: &Ctx, lookout: &Lookout, settings: &Settings, basis: Basis, seed: u64) -> Option<Self> {
        (!settings.ways.is_empty()).then(|| Self {
            ctx: ctx.clone(),
            lookout: lookout.clone(),
            settings: settings.clone(),
            basis,
            chance: StdRng::seed_from_u64(seed),
            memory: None,
            unwritten: false,
        })
    }

    /// Whether it is for this daemon to tell people: it leads, or sees that nobody does.
    fn tells(&self, health: &Health) -> bool {
        let nobody = health.reasons.iter().any(|reason| reason.kind == ReasonKind::NobodyLeads);
        nobody || self.ctx.vitals.moments().leads
    }

    /// Tells each way what it was not told yet.
    async fn round(
        &mut self,
        health: &Health,
        stands: Vec<Alert>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut memory = match self.memory.take() {
            Some(memory) => memory,
            None => Memory::read(&self.ctx.ledger).await?,
        };
        let before = memory.clone();
        advance(&mut memory.alerts, stands, &self.settings, now);
        memory.ways.retain(|name, _| self.settings.ways.iter().any(|way| way.name == *name));
        for way in &self.settings.ways {
            memory.ways.entry(way.name.clone()).or_insert_with(|| Told::nothing(now));
        }
        // Of its own, so that what became of one way is kept while another is still told.
        let settings = self.settings.clone();
        let due = due(&settings, &memory, now);
        let bulletin = match due.iter().any(|due| due.bulletin) {
            true => Some(Bulletin { health: health.clone(), numbers: self.numbers(now).await }),
            false => None,
        };
        let ids: Vec<u64> = due.iter().map(|_| self.chance.next_u64()).collect();
        let telling = due.into_iter().zip(ids);
        let mut telling: FuturesUnordered<_> =
            telling.map(|(due, id)| tell(&settings, due, bulletin.as_ref(), health, id)).collect();
        while let Some((due, outcomes)) = telling.next().await {
            for outcome in outcomes {
                self.ctx.metrics.notified(outcome.bulletin, outcome.sent.is_ok());
                if let Some(told) = memory.ways.get_mut(&due.way.name) {
                    note(told, &due, outcome, self.ctx.clock.now(), &mut self.chance);
                }
            }
            self.keep(&before, &memory).await;
        }
        self.show(&memory);
        self.keep(&before, &memory).await;
        self.memory = Some(memory);
        Ok(())
    }

    /// The numbers of the bulletin; `None` when they cannot be had.
    async fn numbers(&self, now: DateTime<Utc>) -> Option<Numbers> {
        let gathered = Numbers::gather(&self.ctx.ledger, &self.basis, now);
        let why = match tokio::time::timeout(GATHERED_WITHIN, gathered).await {
            Ok(Ok(numbers)) => return Some(numbers),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it took longer than {GATHERED_WITHIN:?}"),
        };
        tracing::warn!(
            event = "notify.no_numbers",
            "The numbers of the bulletin cannot be gathered, so that it tells the verdict alone: {why}"
        );
        None
    }

    fn show(&self, memory: &Memory) {
        let failing = |(name, told): (&String, &Told)| Some((name.clone(), told.failing.as_ref()?.since));
        let failing: Vec<_> = memory.ways.iter().filter_map(failing).collect();
        self.ctx.metrics.ways_failing(&failing);
    }

    /// Has the ledger keep what has changed. While it cannot, this daemon knows it alone, and tells nothing twice.
    async fn keep(&mut self, before: &Memory, memory: &Memory) {
        if before == memory && !self.unwritten {
            return;
        }
        let written = memory.write(&self.ctx.ledger).await;
        if let Err(error) = &written {
            self.ctx.ledger_failed(error);
        }
        self.unwritten = written.is_err();
    }
}

/// What is to be told at `now`, by each way that may be tried.
fn due<'s>(settings: &'s Settings, memory: &Memory, now: DateTime<Utc>) -> Vec<Due<'s>> {
    let schedule = settings.schedule();
    let of_way = |way: &'s Way| due_of(settings, schedule.as_ref(), way, memory, now);
    settings.ways.iter().filter_map(of_way).collect()
}

fn due_of<'s>(
    settings: &'s Settings,
    schedule: Option<&Schedule>,
    way: &'s Way,
    memory: &Memory,
    now: DateTime<Utc>,
) -> Option<Due<'s>> {
    let told = memory.ways.get(&way.name)?;
    if told.failing.as_ref().is_some_and(|failing| now < failing.next_at) {
        return None;
    }
    let next = schedule.filter(|_| way.bulletin).and_then(|schedule| schedule.next(told.bulletin_from));
    let is_quiet = settings.quiet_of(way).is_some_and(|hours| hours.has(now));
    let is_news = |alert: &&Alert| {
        way.alerts.contains(&alert.owner())
            && alert.is_raised(settings, now)
            && alert.may_be_told(settings, is_quiet)
            && !told.alerts.iter().any(|known| known.is(alert))
    };
    let ended = |known: &Alert| {
        let now_known = memory.alerts.iter().find(|alert| alert.is(known)).unwrap_or(known);
        let forgotten = !memory.alerts.iter().any(|alert| alert.is(known));
        let is_over = forgotten || now_known.is_over(settings, now);
        (is_over && now_known.may_be_told(settings, is_quiet)).then(|| now_known.clone())
    };
    let due = Due {
        way,
        bulletin: next.is_some_and(|next| next <= now),
        news: memory.alerts.iter().filter(is_news).cloned().collect(),
        ended: told.alerts.iter().filter_map(ended).collect(),
    };
    (due.bulletin || !due.news.is_empty() || !due.ended.is_empty()).then_some(due)
}

/// Tells one way all that it is due: the bulletin first, and nothing more when that was not taken.
async fn tell<'w>(
    settings: &Settings,
    due: Due<'w>,
    bulletin: Option<&Bulletin>,
    health: &Health,
    id: u64,
) -> (Due<'w>, Vec<Outcome>) {
    let teller = Teller::new(settings, settings.lang_of(due.way));
    let of_time = bulletin.filter(|_| due.bulletin).map(|bulletin| (true, teller.bulletin(bulletin)));
    let has_alerts = !due.news.is_empty() || !due.ended.is_empty();
    let alerts = has_alerts.then(|| (false, teller.alerts(&due.news, &due.ended, health)));
    let messages: Vec<(bool, Message)> = of_time.into_iter().chain(alerts).collect();
    let mut outcomes = Vec::new();
    for (bulletin, message) in messages {
        let sent = send(settings, due.way, &message, id ^ u64::from(bulletin)).await;
        let failed = sent.is_err();
        outcomes.push(Outcome { bulletin, sent });
        if failed {
            break;
        }
    }
    (due, outcomes)
}

/// Notes what became of a message to a way, and logs it.
fn note(told: &mut Told, due: &Due<'_>, outcome: Outcome, now: DateTime<Utc>, chance: &mut StdRng) {
    let (way, occasion) = (&due.way.name, if outcome.bulletin { "bulletin" } else { "alert" });
    match outcome.sent {
        Ok(()) => {
            tracing::info!(
                event = "notify.sent",
                way,
                occasion,
                "People were told by the way {way}: {occasion}"
            );
            told.sent_at = Some(now);
            told.failing = None;
            if outcome.bulletin {
                told.bulletin_from = now;
            } else {
                told.alerts.retain(|known| !due.ended.iter().any(|ended| ended.is(known)));
                told.alerts.extend(due.news.iter().cloned());
            }
        }
        Err(error) => {
            let failures = told.failing.as_ref().map_or(0, |failing| failing.failures).saturating_add(1);
            let wait = RETRY.wait(failures, chance).max(error.retry_after.unwrap_or_default());
            tracing::warn!(
                event = "notify.failed",
                class = error.class.name(),
                way,
                occasion,
                failures,
                retry_in_s = wait.as_secs_f64(),
                "The way {way} did not take a message ({occasion}), which is sent again later: {error}"
            );
            told.failing = Some(Failing {
                since: told.failing.as_ref().map_or(now, |failing| failing.since),
                failures,
                next_at: later(now, wait),
                class: error.class,
                error: error.words,
            });
        }
    }
}

#[cfg(test)]
mod tests;
