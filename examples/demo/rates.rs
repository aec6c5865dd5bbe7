//! The rates at which counters rise, over the last seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::lang::ratio;

/// The span that a rate is taken over.
const SPAN: Duration = Duration::from_secs(2);

/// Rates of several counters that are read together.
#[derive(Debug)]
pub(crate) struct Rates<const N: usize> {
    seen: VecDeque<(Instant, [u64; N])>,
}

impl<const N: usize> Rates<N> {
    /// Nothing seen yet.
    pub(crate) fn new() -> Self {
        Self { seen: VecDeque::new() }
    }

    /// Takes a reading in and gives the rise of each counter in a second, 0 while it falls.
    pub(crate) fn per_second(&mut self, now: Instant, counts: [u64; N]) -> [u64; N] {
        self.seen.push_back((now, counts));
        while self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN) {
            self.seen.pop_front();
        }
        let Some((first, before)) = self.seen.front() else { return [0; N] };
        let millis = u64::try_from(now.duration_since(*first).as_millis()).unwrap_or(u64::MAX);
        let mut rates = counts;
        for (rate, before) in rates.iter_mut().zip(before) {
            let rise = rate.saturating_sub(*before).saturating_mul(1_000);
            *rate = rise.checked_div(millis).unwrap_or(0);
        }
        rates
    }
}

/// Seconds with a fraction.
pub(crate) fn seconds(span: Duration) -> f64 {
    ratio(u64::try_from(span.as_millis()).unwrap_or(u64::MAX), 1_000)
}
