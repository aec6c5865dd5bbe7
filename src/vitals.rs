//! Proof of life and freshness: every part reports the work that it has finished.
//!
//! Alive means finished work. Nothing in here is fed by a timer, so a part that hangs is seen: its count stands still.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

/// The width of one count of finished dossiers.
const SLOT: TimeDelta = TimeDelta::seconds(10);
/// How many of them are kept: five minutes tell how fast sending goes now.
const SLOTS: usize = 30;

/// What the parts of the daemon have finished, and when. One for each engine; shared by its parts.
#[derive(Debug, Default)]
pub struct Vitals {
    reading: AtomicU64,
    live: AtomicU64,
    background: AtomicU64,
    progress: Notify,
    state: Mutex<State>,
}

/// A part that has to finish work by itself, whatever the others do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A page, a poll or a sweep of the local database ended, well or not, and what came of it is dealt with.
    Reading,
    /// A live change was dealt with, or none was found due.
    Live,
    /// The same of retries and backfill.
    Background,
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
}

#[derive(Debug, Default)]
struct State {
    moments: Moments,
    /// Finished dossiers by slot, the newest last.
    finished: Vec<(DateTime<Utc>, u64)>,
    began: Option<DateTime<Utc>>,
}

impl Vitals {
    /// `part` has finished a piece of work.
    pub fn progressed(&self, part: Part) {
        let count = match part {
            Part::Reading => &self.reading,
            Part::Live => &self.live,
            Part::Background => &self.background,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.progress.notify_one();
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

    use super::{Part, Vitals};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_backlog_is_forecast_from_what_was_accepted_in_the_last_five_minutes() {
        let vitals = Vitals::default();
        assert_eq!(vitals.forecast(100, at(0)), None, "nothing is foretold from nothing");
        for second in 0..=100 {
            vitals.acknowledged(at(second), 5);
        }
        let forecast = vitals.forecast(1_000, at(100)).unwrap();
        assert!((190..=200).contains(&forecast.as_secs()), "{forecast:?}");
        assert_eq!(vitals.forecast(1_000, at(100 + 600)), None, "what is long ago foretells nothing");
    }

    #[tokio::test]
    async fn some_parts_alone_are_no_proof_of_life() {
        let vitals = Vitals::default();
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
