//! Proof of life and freshness: every part reports the work that it has finished.
//!
//! Alive means finished work. Nothing in here is fed by a timer, so a part that hangs is seen: its count stands still.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, watch};

use dongbo_model::clock::{Clock, later};
use dongbo_model::vocabulary;

/// The width of one count of finished dossiers.
const SLOT: TimeDelta = TimeDelta::seconds(10);
/// How many of them are kept: five minutes tell how fast sending goes now.
const SLOTS: usize = 30;
/// What any part may need on top of its longest piece of work: waits between tries, the ledger, a busy host.
const MARGIN: Duration = Duration::from_secs(60);

/// What the parts of the daemon have finished, and when. It outlives engines, and is shared by their parts.
#[derive(Debug)]
pub struct Vitals {
    clock: Clock,
    reading: AtomicU64,
    live: AtomicU64,
    background: AtomicU64,
    progress: Notify,
    damage: watch::Sender<Option<String>>,
    state: Mutex<State>,
}

vocabulary! {
    /// A part that has to finish work by itself, whatever the others do.
    pub enum Part {
        /// A page, a poll or a sweep of the local database ended, well or not, and what came of it is dealt with.
        Reading = "reading";
        /// A live change was dealt with, or none was found due.
        Live = "live";
        /// The same of retries and backfill.
        Background = "background";
    }
}

/// A part that has finished nothing for longer than its longest piece of work can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standstill {
    /// Which.
    pub part: Part,
    /// When it last finished something; `None` when it never did.
    pub since: Option<DateTime<Utc>>,
}

/// When something was last done and will be done next; `None` when it never was, or is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments {
    /// The last poll of the local database that was completed.
    pub last_poll: Option<DateTime<Utc>>,
    /// The last time the portal accepted something and the ledger holds it.
    pub last_acknowledged: Option<DateTime<Utc>>,
    /// The last full sweep that was completed.
    pub last_sweep: Option<DateTime<Utc>>,
    /// The next poll.
    pub next_poll: Option<DateTime<Utc>>,
    /// The next full sweep.
    pub next_sweep: Option<DateTime<Utc>>,
    /// Whether this daemon is the one on its ledger that reads the local database.
    pub leads: bool,
    /// The portal's catalogue of procedures; `None` while none was ever fetched.
    pub catalogue: Option<CatalogueSeen>,
}

/// The portal's catalogue of procedures as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueSeen {
    /// When its list was fetched.
    pub at: DateTime<Utc>,
    /// Procedures in it.
    pub known: usize,
    /// Procedures that were in an earlier one and are in it no more.
    pub vanished: usize,
}

#[derive(Debug, Default)]
struct State {
    moments: Moments,
    /// Finished dossiers by slot, the newest last.
    finished: Vec<(DateTime<Utc>, u64)>,
    began: Option<DateTime<Utc>>,
    last_progress: ByPart<Option<DateTime<Utc>>>,
    longest: ByPart<Duration>,
}

/// One thing for each part.
#[derive(Debug, Clone, Copy, Default)]
struct ByPart<T> {
    reading: T,
    live: T,
    background: T,
}

impl<T: Copy> ByPart<T> {
    const fn of(&self, part: Part) -> T {
        match part {
            Part::Reading => self.reading,
            Part::Live => self.live,
            Part::Background => self.background,
        }
    }

    const fn set(&mut self, part: Part, to: T) {
        match part {
            Part::Reading => self.reading = to,
            Part::Live => self.live = to,
            Part::Background => self.background = to,
        }
    }
}

impl Vitals {
    /// Nothing is finished yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            reading: AtomicU64::default(),
            live: AtomicU64::default(),
            background: AtomicU64::default(),
            progress: Notify::new(),
            damage: watch::Sender::new(None),
            state: Mutex::default(),
        }
    }

    /// How long one piece of work may take from now on: one query of the local database, and one dossier's way to the
    /// portal.
    pub fn allow(&self, reading: Duration, sending: Duration) {
        self.lock().longest = ByPart { reading, live: sending, background: sending };
    }

    /// Whether this daemon reads the local database, from now on. Who does not has no poll and no sweep to come.
    pub fn lead(&self, leads: bool) {
        let moments = &mut self.lock().moments;
        moments.leads = leads;
        if !leads {
            moments.next_poll = None;
            moments.next_sweep = None;
        }
    }

    /// What is known of the portal's catalogue, whose list was fetched `at`.
    pub fn catalogue(&self, at: DateTime<Utc>, known: usize, vanished: usize) {
        self.lock().moments.catalogue = Some(CatalogueSeen { at, known, vanished });
    }

    /// How long a dossier's way to the portal may take, as [`Vitals::allow`] was told.
    #[must_use]
    pub fn longest_sending(&self) -> Duration {
        self.lock().longest.live
    }

    /// When `part` last finished a piece of work; `None` before the first.
    #[must_use]
    pub fn last_progress(&self, part: Part) -> Option<DateTime<Utc>> {
        self.lock().last_progress.of(part)
    }

    /// The part that has stood still for longest, if one does: it has finished nothing yet, or nothing for two pieces
    /// of work and a minute. What rests until a known moment does not stand still: reading until the next poll, and
    /// sending until `sending_rests`, when the portal is asked again.
    #[must_use]
    pub fn standstill(&self, sending_rests: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Standstill> {
        let state = self.lock();
        let stands = |part: Part| {
            let since = state.last_progress.of(part);
            let rests = if part == Part::Reading { state.moments.next_poll } else { sending_rests };
            let allowed = state.longest.of(part).saturating_mul(2).saturating_add(MARGIN);
            let late = since.is_none_or(|since| later(since.max(rests.unwrap_or(since)), allowed) < now);
            late.then_some(Standstill { part, since })
        };
        Part::ALL.iter().filter_map(|&part| stands(part)).min_by_key(|standstill| standstill.since)
    }

    /// `part` has finished a piece of work.
    pub fn progressed(&self, part: Part) {
        let count = match part {
            Part::Reading => &self.reading,
            Part::Live => &self.live,
            Part::Background => &self.background,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.lock().last_progress.set(part, Some(self.clock.now()));
        self.progress.notify_one();
    }

    /// The ledger was found damaged in this way: nothing that is written to it can be relied on.
    pub fn ledger_damaged(&self, what: String) {
        self.damage.send_modify(|damage| {
            damage.get_or_insert(what);
        });
    }

    /// Waits until the ledger is found damaged, and says how.
    pub async fn ledger_damage(&self) -> String {
        let mut damage = self.damage.subscribe();
        // The sender lives as long as we do.
        let found = damage.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
        found.unwrap_or_default()
    }

    /// Waits until every part has progressed beyond `seen`, and gives how far they are then.
    pub async fn all_progressed(&self, seen: Progress) -> Progress {
        loop {
            let now = self.progress();
            if now.reading != seen.reading && now.live != seen.live && now.background != seen.background {
                return now;
            }
            self.progress.notified().await;
        }
    }

    /// How much work each part has finished.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            reading: self.reading.load(Ordering::Relaxed),
            live: self.live.load(Ordering::Relaxed),
            background: self.background.load(Ordering::Relaxed),
        }
    }

    /// A poll was completed at `at`.
    pub fn polled(&self, at: DateTime<Utc>) {
        self.lock().moments.last_poll = Some(at);
    }

    /// The next poll comes at `at`.
    pub fn next_poll(&self, at: DateTime<Utc>) {
        self.lock().moments.next_poll = Some(at);
    }

    /// A full sweep was completed at `at`.
    pub fn swept(&self, at: DateTime<Utc>) {
        self.lock().moments.last_sweep = Some(at);
    }

    /// The next full sweep comes at `at`; `None` when none will.
    pub fn next_sweep(&self, at: Option<DateTime<Utc>>) {
        self.lock().moments.next_sweep = at;
    }

    /// The ledger holds since `at` that the portal accepted `dossiers` more.
    pub fn acknowledged(&self, at: DateTime<Utc>, dossiers: u64) {
        let mut state = self.lock();
        state.moments.last_acknowledged = Some(at);
        state.began.get_or_insert(at);
        match state.finished.last_mut() {
            Some((slot, many)) if at - *slot < SLOT => *many = many.saturating_add(dossiers),
            _ => state.finished.push((at, dossiers)),
        }
        let surplus = state.finished.len().saturating_sub(SLOTS);
        state.finished.drain(..surplus);
    }

    /// When everything last happened.
    #[must_use]
    pub fn moments(&self) -> Moments {
        self.lock().moments
    }

    /// How long `backlog` dossiers take at the rate of the last five minutes; `None` when nothing was accepted in them,
    /// so that nothing can be foretold.
    #[must_use]
    pub fn forecast(&self, backlog: u64, now: DateTime<Utc>) -> Option<Duration> {
        let state = self.lock();
        let window = SLOT * i32::try_from(SLOTS).unwrap_or(i32::MAX);
        let since = state.began?.max(now - window);
        let finished: u64 = state.finished.iter().filter(|(at, _)| *at >= since).map(|(_, many)| many).sum();
        let elapsed = (now - since).to_std().ok()?.max(Duration::from_secs(1));
        if finished == 0 {
            return None;
        }
        let millis = elapsed.as_millis().saturating_mul(u128::from(backlog)) / u128::from(finished);
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much work each part has finished; only differences mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    reading: u64,
    live: u64,
    background: u64,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Part, Standstill, Vitals};
    use dongbo_model::clock::Clock;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_backlog_is_forecast_from_what_was_accepted_in_the_last_five_minutes() {
        let vitals = Vitals::new(Clock::manual(at(0)));
        assert_eq!(vitals.forecast(100, at(0)), None, "nothing is foretold from nothing");
        for second in 0..=100 {
            vitals.acknowledged(at(second), 5);
        }
        let forecast = vitals.forecast(1_000, at(100)).unwrap();
        assert!((190..=200).contains(&forecast.as_secs()), "{forecast:?}");
        assert_eq!(vitals.forecast(1_000, at(100 + 600)), None, "what is long ago foretells nothing");
    }

    #[test]
    fn a_part_stands_still_when_it_has_finished_nothing_for_two_pieces_of_work_and_a_minute() {
        let clock = Clock::manual(at(0));
        let vitals = Vitals::new(clock.clone());
        vitals.allow(Duration::from_secs(40), Duration::from_secs(60));
        vitals.progressed(Part::Reading);
        vitals.progressed(Part::Live);
        let never = Standstill { part: Part::Background, since: None };
        assert_eq!(vitals.standstill(None, at(0)), Some(never), "who has finished nothing yet is not ready");
        vitals.progressed(Part::Background);
        assert_eq!(vitals.standstill(None, at(140)), None);
        let reading = Standstill { part: Part::Reading, since: Some(at(0)) };
        assert_eq!(vitals.standstill(None, at(141)), Some(reading));

        vitals.next_poll(at(600));
        assert_eq!(vitals.standstill(None, at(180)), None, "what rests between polls does not stand still");
        let live = Standstill { part: Part::Live, since: Some(at(0)) };
        assert_eq!(vitals.standstill(None, at(181)), Some(live));
        assert_eq!(vitals.standstill(Some(at(500)), at(680)), None, "nor what waits for the next probe");
        assert_eq!(vitals.standstill(Some(at(500)), at(681)), Some(live));

        clock.advance_to(at(680));
        vitals.progressed(Part::Live);
        vitals.progressed(Part::Background);
        assert_eq!(vitals.standstill(None, at(741)), Some(reading), "a poll that never ends is seen");
    }

    #[tokio::test]
    async fn some_parts_alone_are_no_proof_of_life() {
        let vitals = Vitals::new(Clock::manual(at(0)));
        let seen = vitals.progress();
        for part in [Part::Reading, Part::Live, Part::Reading] {
            vitals.progressed(part);
        }
        let waited = tokio::time::timeout(Duration::from_millis(50), vitals.all_progressed(seen)).await;
        assert!(waited.is_err());
        vitals.progressed(Part::Background);
        let seen = vitals.all_progressed(seen).await;
        let waited = tokio::time::timeout(Duration::from_millis(50), vitals.all_progressed(seen)).await;
        assert!(waited.is_err(), "what was seen before proves nothing again");
    }
}
