//! A rate that many share: bytes or requests a second, spaced evenly.

use dongbo_model::locks::lock;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use dongbo_model::clock::{Clock, later};

/// The lag behind the even rate up to which a user of the budget may catch up at once.
const BURST: Duration = Duration::from_secs(1);

/// An amount a second, for all users together. A rate of 0 sets no limit.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: u64,
    clock: Clock,
    /// When all that was taken so far would be used up at exactly the allowed rate.
    used_until: Mutex<DateTime<Utc>>,
}

impl Budget {
    /// An unused budget.
    #[must_use]
    pub(super) const fn new(per_second: u64, clock: Clock) -> Self {
        Self { per_second, clock, used_until: Mutex::new(DateTime::<Utc>::MIN_UTC) }
    }

    /// Takes `amount` and waits until it may be used.
    pub(super) async fn spend(&self, amount: u64) {
        if let Some(until) = self.take(amount, None) {
            self.clock.sleep_until(until).await;
        }
    }

    /// Takes `amount` and waits until it may be used, when that is within `longest`; else takes nothing.
    ///
    /// # Errors
    /// The wait after which it might be used.
    pub(super) async fn spend_within(&self, amount: u64, longest: Duration) -> Result<(), Duration> {
        let now = self.clock.now();
        let latest = later(now, longest);
        match self.take(amount, Some(latest)) {
            Some(at) if at > latest => Err((at - now).to_std().unwrap_or_default()),
            Some(at) => {
                self.clock.sleep_until(at).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// From when on `amount` may be used; `None` for at once. It is not taken when that is after `latest`.
    fn take(&self, amount: u64, latest: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let nanos = amount.saturating_mul(1_000_000_000).checked_div(self.per_second)?;
        let now = self.clock.now();
        let mut used_until = lock(&self.used_until);
        // A clock that was set back leaves a mark far ahead, which would hold everybody up.
        let ahead = later(now, Duration::from_hours(1));
        let begin = if *used_until > ahead { now } else { (*used_until).max(now) };
        let usable_at = (begin > later(now, BURST)).then(|| dongbo_model::clock::earlier(begin, BURST));
        if usable_at.is_none_or(|at| latest.is_none_or(|latest| at <= latest)) {
            *used_until = later(begin, Duration::from_nanos(nanos));
        }
        usable_at
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};

    use super::Budget;
    use dongbo_model::clock::Clock;

    #[tokio::test]
    async fn what_is_spent_in_a_long_run_keeps_to_the_rate() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let budget = Budget::new(1_000, clock.clone());
        let spending = tokio::spawn({
            let clock = clock.clone();
            async move {
                for _ in 0..100 {
                    budget.spend(100).await;
                }
                clock.now()
            }
        });
        while !spending.is_finished() {
            if let Some(wake) = futures_util::FutureExt::now_or_never(clock.next_sleeper()) {
                clock.advance_to(wake);
            }
            tokio::task::yield_now().await;
        }
        let took = spending.await.unwrap() - DateTime::UNIX_EPOCH;
        assert!((TimeDelta::seconds(8)..=TimeDelta::seconds(10)).contains(&took), "{took}");
    }

    #[tokio::test]
    async fn who_would_wait_too_long_has_taken_nothing_and_is_told_when_to_come_back() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let budget = Budget::new(2, clock.clone());
        let at_once = Duration::ZERO;
        let mut passed = 0;
        while budget.spend_within(1, at_once).await.is_ok() {
            passed += 1;
        }
        assert_eq!(passed, 3);
        let wait = budget.spend_within(1, at_once).await.unwrap_err();
        assert!(wait <= Duration::from_secs(1) && !wait.is_zero());
        clock.advance_to(clock.now() + TimeDelta::from_std(wait).unwrap());
        assert_eq!(budget.spend_within(1, at_once).await, Ok(()));
        assert_eq!(Budget::new(0, clock).spend_within(u64::MAX, at_once).await, Ok(()));
    }

    #[tokio::test]
    async fn who_waits_is_let_in_when_the_turn_comes() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let budget = Budget::new(2, clock.clone());
        while budget.spend_within(1, Duration::ZERO).await.is_ok() {}
        let waiting = tokio::spawn(async move { budget.spend_within(1, Duration::from_secs(10)).await });
        clock.advance_to(clock.next_sleeper().await);
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }
}
