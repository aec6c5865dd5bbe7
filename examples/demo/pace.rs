//! The pace at which counters rise, and the forecast that follows from it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The span that a pace is taken over.
const SPAN: Duration = Duration::from_secs(4);
/// Nothing is forecast from less.
const SHORTEST: Duration = Duration::from_secs(1);

/// The pace of two counters that are read together: work that is done, and calls.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    seen: VecDeque<(Instant, Reading)>,
}

/// What the counters show at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Pieces of work that are done.
    pub(crate) done: u64,
    /// All pieces of work.
    pub(crate) whole: u64,
    /// Calls that the portal has had.
    pub(crate) calls: u64,
}

impl Reading {
    /// Whole percent of the work that are done.
    pub(crate) fn percent(&self) -> u64 {
        (self.done * 100).checked_div(self.whole).unwrap_or(0)
    }
}

impl Pace {
    /// Takes a reading in.
    pub(crate) fn read(&mut self, now: Instant, reading: Reading) {
        self.seen.push_back((now, reading));
        while self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN) {
            self.seen.pop_front();
        }
    }

    /// Calls a second.
    pub(crate) fn calls(&self) -> u64 {
        let Some((span, first, last)) = self.ends() else { return 0 };
        let rise = u128::from(last.calls.saturating_sub(first.calls)) * 1_000;
        rise.checked_div(span.as_millis()).and_then(|rate| u64::try_from(rate).ok()).unwrap_or(0)
    }

    /// The time that what is left takes at this pace; `None` when too little is known, or nothing gets on.
    pub(crate) fn left(&self) -> Option<Duration> {
        let (span, first, last) = self.ends()?;
        let rise = u128::from(last.done.saturating_sub(first.done));
        let left = u128::from(last.whole.saturating_sub(last.done));
        let millis = (left * span.as_millis()).checked_div(rise).filter(|_| span >= SHORTEST)?;
        u64::try_from(millis).ok().map(Duration::from_millis)
    }

    fn ends(&self) -> Option<(Duration, Reading, Reading)> {
        let ((from, first), (to, last)) = (self.seen.front()?, self.seen.back()?);
        Some((to.duration_since(*from), *first, *last))
    }
}
