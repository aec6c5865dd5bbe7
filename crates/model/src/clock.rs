//! The clock: the only place where the time is read.

use crate::locks::lock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;

/// The greatest distance between another host's clock and ours that nobody has to look into.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Tells the time and sleeps; cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System(Arc<Machine>),
    Manual { timeline: Arc<Manual>, host: Arc<Host> },
}

/// A point in the time that passes, which nobody sets, as a clock is set: by it goes what is waited for within one process. A
/// moment that a clock shows, [`DateTime<Utc>`], is for what is kept, sent or told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(Duration);

impl Mark {
    /// The point that comes `by` later.
    #[must_use]
    pub const fn later(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// A host on a manual timeline.
#[derive(Debug, Default)]
struct Host {
    /// The microseconds by which its clock is ahead of the timeline.
    ahead: AtomicI64,
    halted: AtomicBool,
}

/// The machine's clock, and how far it is known to be from the time that counts.
#[derive(Debug)]
struct Machine {
    /// From where its marks are counted.
    began: Instant,
    /// The error of the machine's clock, for tests of that.
    wrong_by: TimeDelta,
    /// Microseconds to be added, so that many hosts go by one time.
    correction: AtomicI64,
}

impl Machine {
    fn shows(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the place where time enters the program")]
        let now = Utc::now();
        now + self.wrong_by
    }
}

#[derive(Debug)]
struct Manual {
    state: Mutex<ManualState>,
    fell_asleep: Notify,
}

#[derive(Debug)]
struct ManualState {
    now: DateTime<Utc>,
    sleepers: Vec<Sleeper>,
}

/// A sleeping task and its time of waking on the timeline.
#[derive(Debug)]
struct Sleeper {
    wake: DateTime<Utc>,
    bell: Arc<Notify>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::system_wrong_by(ahead_of_the_machine())
    }

    /// The clock of a machine on which it goes wrong by so much.
    #[must_use]
    pub fn system_wrong_by(wrong_by: TimeDelta) -> Self {
        Self(Kind::System(Arc::new(Machine {
            began: Instant::now(),
            wrong_by,
            correction: AtomicI64::new(0),
        })))
    }

    /// The time that the machine itself shows, whatever this clock follows.
    #[must_use]
    pub fn machine(&self) -> DateTime<Utc> {
        match &self.0 {
            Kind::System(machine) => machine.shows(),
            Kind::Manual { .. } => self.now(),
        }
    }

    /// From now on shows the machine's time plus `offset`: the time of a peer that many hosts go by. All clones do.
    pub fn follow(&self, offset: TimeDelta) {
        if let Kind::System(machine) = &self.0 {
            let correction = offset.num_microseconds().unwrap_or_default();
            machine.correction.store(correction, Ordering::Relaxed);
        }
    }

    /// A clock that stands at `now` until [`Clock::advance_to`] moves it, so that days pass in a test's seconds.
    #[must_use]
    pub fn manual(now: DateTime<Utc>) -> Self {
        let state = Mutex::new(ManualState { now, sleepers: Vec::new() });
        let timeline = Arc::new(Manual { state, fell_asleep: Notify::new() });
        Self(Kind::Manual { timeline, host: Arc::default() })
    }

    /// The clock of another host on the timeline of a manual clock: it can be stepped by itself. The machine's clock has
    /// no other host.
    #[must_use]
    pub fn of_another_host(&self) -> Self {
        match &self.0 {
            Kind::System(_) => Self::system(),
            Kind::Manual { timeline, .. } => {
                Self(Kind::Manual { timeline: Arc::clone(timeline), host: Arc::default() })
            }
        }
    }

    /// Sets the clock of one host of a manual timeline by `by`, as an administrator does. Who sleeps wakes no earlier and
    /// no later for it.
    pub fn step(&self, by: TimeDelta) {
        if let Kind::Manual { host, .. } = &self.0 {
            host.ahead.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::Relaxed);
        }
    }

    /// Halts one host of a manual timeline, as a power cut does: who sleeps there never wakes.
    pub fn halt(&self) {
        if let Kind::Manual { timeline, host } = &self.0 {
            host.halted.store(true, Ordering::Relaxed);
            timeline.lock().sleepers.iter().for_each(|one| one.bell.notify_one());
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Kind::System(machine) => {
                machine.shows() + TimeDelta::microseconds(machine.correction.load(Ordering::Relaxed))
            }
            Kind::Manual { timeline, host } => host.shows(timeline.lock().now),
        }
    }

    /// The present point in the time that passes.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match &self.0 {
            Kind::System(machine) => Mark(machine.began.elapsed()),
            Kind::Manual { timeline, .. } => Mark(timeline.passed()),
        }
    }

    /// Whether `mark` has come.
    #[must_use]
    pub fn has_come(&self, mark: Mark) -> bool {
        mark <= self.mark()
    }

    /// The time that has passed since `mark`; none before it has come.
    #[must_use]
    pub fn since(&self, mark: Mark) -> Duration {
        self.mark().0.saturating_sub(mark.0)
    }

    /// The moment that this clock shows when `mark` comes, unless it is set meanwhile.
    #[must_use]
    pub fn moment_of(&self, mark: Mark) -> DateTime<Utc> {
        later(self.now(), mark.0.saturating_sub(self.mark().0))
    }

    /// Sleeps until `wake`; returns at once when that has passed.
    pub async fn sleep_until(&self, wake: DateTime<Utc>) {
        match &self.0 {
            Kind::System(_) => {
                // Even a sleep of nothing would last until the timer's next millisecond.
                let left = (wake - self.now()).to_std().unwrap_or(Duration::ZERO);
                if !left.is_zero() {
                    tokio::time::sleep(left).await;
                }
            }
            Kind::Manual { timeline, host } => {
                // One look at the time: between two of them it may be moved on, and the sleep would last that much longer.
                let now = timeline.lock().now;
                let left = wake - host.shows(now);
                let wake = now.checked_add_signed(left).unwrap_or(DateTime::<Utc>::MAX_UTC);
                timeline.sleep_until(wake, host).await;
            }
        }
    }

    /// Sleeps until `mark` comes; returns at once when it has.
    pub async fn sleep_to(&self, mark: Mark) {
        if self.has_come(mark) {
            return;
        }
        match &self.0 {
            Kind::System(machine) => match machine.began.checked_add(mark.0) {
                Some(wake) => tokio::time::sleep_until(wake).await,
                None => std::future::pending().await,
            },
            Kind::Manual { timeline, host } => {
                timeline.sleep_until(later(DateTime::<Utc>::MIN_UTC, mark.0), host).await;
            }
        }
    }

    /// Sleeps for `duration`.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(later(self.now(), duration)).await;
    }

    /// Does `work` for as long as `limit`; `None` when it takes longer.
    pub async fn timeout<F: Future>(&self, limit: Duration, work: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.sleep(limit) => None,
        }
    }

    /// Moves a manual clock to `to` and wakes who slept until then. The machine's clock is left alone, and a manual
    /// one may be moved backwards, as a real one sometimes is.
    pub fn advance_to(&self, to: DateTime<Utc>) {
        if let Kind::Manual { timeline, host } = &self.0 {
            let ahead = TimeDelta::microseconds(host.ahead.load(Ordering::Relaxed));
            let mut state = timeline.lock();
            state.now = to.checked_sub_signed(ahead).unwrap_or(to);
            let now = state.now;
            state.sleepers.iter().filter(|one| one.wake <= now).for_each(|one| one.bell.notify_one());
        }
    }

    /// Waits until somebody sleeps on a manual clock and gives the earliest moment that is waited for. On the
    /// machine's clock it never returns.
    pub async fn next_sleeper(&self) -> DateTime<Utc> {
        let Kind::Manual { timeline, host } = &self.0 else { return std::future::pending().await };
        loop {
            let fell_asleep = timeline.fell_asleep.notified();
            if let Some(earliest) = timeline.lock().sleepers.iter().map(|one| one.wake).min() {
                return host.shows(earliest);
            }
            fell_asleep.await;
        }
    }
}

/// The lead of this process's clocks over the machine's: the number of seconds in `DONGBO_CLOCK_AHEAD_S`, which
/// tests give to the processes that they start, so that the day on which a test runs is nothing to them either.
#[cfg(debug_assertions)]
fn ahead_of_the_machine() -> TimeDelta {
    let told = std::env::var("DONGBO_CLOCK_AHEAD_S").ok().and_then(|seconds| seconds.parse().ok());
    told.and_then(TimeDelta::try_seconds).unwrap_or_default()
}

/// Nothing: in a build without debug assertions, which every shipped one is, the machine's clock cannot be talked over.
#[cfg(not(debug_assertions))]
const fn ahead_of_the_machine() -> TimeDelta {
    TimeDelta::zero()
}

impl Manual {
    fn lock(&self) -> std::sync::MutexGuard<'_, ManualState> {
        lock(&self.state)
    }

    /// The time that has passed since the beginning of its time.
    fn passed(&self) -> Duration {
        (self.lock().now - DateTime::<Utc>::MIN_UTC).to_std().unwrap_or_default()
    }

    async fn sleep_until(&self, wake: DateTime<Utc>, host: &Host) {
        let asleep = Asleep::register(self, wake);
        loop {
            if host.halted.load(Ordering::Relaxed) {
                drop(asleep);
                return std::future::pending().await;
            }
            if self.lock().now >= wake {
                return;
            }
            asleep.bell.notified().await;
        }
    }
}

impl Host {
    /// The time on its clock when the timeline is at `moment`.
    fn shows(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let ahead = TimeDelta::microseconds(self.ahead.load(Ordering::Relaxed));
        moment.checked_add_signed(ahead).unwrap_or(moment)
    }
}

/// Keeps a sleeper registered for as long as its future lives, also when that is dropped unfinished.
struct Asleep<'a> {
    manual: &'a Manual,
    bell: Arc<Notify>,
}

impl<'a> Asleep<'a> {
    fn register(manual: &'a Manual, wake: DateTime<Utc>) -> Self {
        let bell = Arc::new(Notify::new());
        manual.lock().sleepers.push(Sleeper { wake, bell: Arc::clone(&bell) });
        manual.fell_asleep.notify_waiters();
        Self { manual, bell }
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        let mut state = self.manual.lock();
        if let Some(place) = state.sleepers.iter().position(|one| Arc::ptr_eq(&one.bell, &self.bell)) {
            // In the order in which they fell asleep they wake too.
            state.sleepers.remove(place);
        }
    }
}

/// `from` plus `by`, at the end of time when it would lie beyond.
#[must_use]
pub fn later(from: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    chrono::TimeDelta::from_std(by)
        .ok()
        .and_then(|by| from.checked_add_signed(by))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `from` less `by`, at the beginning of time when it would lie before.
#[must_use]
pub fn earlier(from: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    chrono::TimeDelta::from_std(by)
        .ok()
        .and_then(|by| from.checked_sub_signed(by))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The time, in whole seconds, by which the clock of a peer is ahead that wrote `date` into an answer which came at `now`. A date
/// has whole seconds: most likely it was half a second later. Taken as it stands, a clock that is right would be told to be a
/// second behind whenever an answer crosses the turn of a second.
#[must_use]
pub fn ahead_by_date(date: DateTime<Utc>, now: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds((later(date, Duration::from_millis(500)) - now).num_seconds())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Clock, ahead_by_date, later};

    #[test]
    fn a_right_clock_is_not_told_to_be_off_wherever_in_its_second_the_answer_comes() {
        let date: DateTime<Utc> = "2025-09-15T08:01:30Z".parse().unwrap();
        // Written at the end of the second of its date, and read after the turn.
        for millis in [0, 500, 999, 1_020, 1_499] {
            let now = later(date, Duration::from_millis(millis));
            assert_eq!(ahead_by_date(date, now), TimeDelta::zero(), "{millis}");
        }
        assert_eq!(ahead_by_date(later(date, Duration::from_secs(90)), date), TimeDelta::seconds(90));
    }

    #[tokio::test]
    async fn a_sleeper_on_a_manual_clock_wakes_when_its_moment_has_come_and_not_before() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let clock = Clock::manual(start);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(3 * 86_400)).await }
        });
        let wake = clock.next_sleeper().await;
        assert_eq!(wake, later(start, Duration::from_secs(259_200)));
        clock.advance_to(later(start, Duration::from_secs(259_199)));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance_to(wake);
        sleeper.await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_is_set_moves_no_sleeper_and_no_other_host() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let (clock, hour) = (Clock::manual(start), chrono::TimeDelta::hours(1));
        let other = clock.of_another_host();
        let sleeper = tokio::spawn({
            let other = other.clone();
            async move { other.timeout(Duration::from_secs(60), std::future::pending::<()>()).await }
        });
        let wake = clock.next_sleeper().await;
        let mark = other.mark().later(Duration::from_secs(60));
        other.step(-hour);
        assert_eq!((clock.now(), other.now()), (start, start - hour));
        assert_eq!(other.moment_of(mark), later(start, Duration::from_secs(60)) - hour);
        assert!(!other.has_come(mark));
        clock.advance_to(wake);
        assert_eq!(sleeper.await.unwrap(), None);
        assert!(other.has_come(mark));
    }

    #[tokio::test]
    async fn nobody_wakes_on_a_halted_host_and_nobody_waits_for_it() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let clock = Clock::manual(start);
        let other = clock.of_another_host();
        let (second, hour) = (Duration::from_secs(1), Duration::from_secs(3_600));
        let sleeper =
            tokio::spawn(async move { (other.sleep(second).await, other.halt(), other.sleep(second).await) });
        let clock_of_mine = clock.clone();
        let mine = tokio::spawn(async move { clock_of_mine.sleep(hour).await });
        clock.advance_to(clock.next_sleeper().await);
        tokio::task::yield_now().await;
        assert_eq!(clock.next_sleeper().await, later(start, hour));
        clock.advance_to(later(start, hour));
        mine.await.unwrap();
        assert!(!sleeper.is_finished());
    }
}
