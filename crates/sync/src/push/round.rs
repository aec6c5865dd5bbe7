//! Rounds of claims: how large they are, and what is to be done between them.

use std::time::Duration;

use dongbo_model::clock::Mark;

/// A round of claims should keep the courier busy for about this long: short enough that a change of plan, a stop or
/// another unit's turn comes soon, long enough that claiming costs little.
const ROUND: Duration = Duration::from_millis(500);
const LARGEST_ROUND: usize = 250;
/// The time between two looks at what has waited too long in the live lane, where nothing counts as live for a shorter one.
const DEMOTE_EVERY: Duration = Duration::from_secs(1);

/// The number of dossiers to claim at once: doubled while rounds are used up fast, halved while they last long.
pub(super) struct Round {
    size: usize,
    smallest: usize,
    /// The place in the turn of the units at which the round begins.
    pub(super) turn: usize,
    began: Option<Mark>,
    was_full: bool,
    confirmed: Last,
    demoted: Last,
}

/// The last time that something was done.
#[derive(Default)]
struct Last(Option<Mark>);

impl Last {
    /// Whether that is `every` so long ago; then it is done now.
    fn is_time(&mut self, now: Mark, every: Duration) -> bool {
        let is_time = self.0.is_none_or(|last| now >= last.later(every));
        if is_time {
            self.0 = Some(now);
        }
        is_time
    }
}

impl Round {
    /// Rounds of no fewer than `smallest` dossiers, where so many are due.
    pub(super) fn new(smallest: usize) -> Self {
        let smallest = smallest.clamp(1, LARGEST_ROUND);
        Self {
            size: smallest,
            smallest,
            turn: 0,
            began: None,
            was_full: false,
            confirmed: Last::default(),
            demoted: Last::default(),
        }
    }

    /// Whether lost answers are to be confirmed again now, as is asked `every` so long.
    pub(super) fn is_time_to_confirm(&mut self, now: Mark, every: Duration) -> bool {
        self.confirmed.is_time(now, every)
    }

    /// Begins a round: the number of dossiers to claim.
    pub(super) fn begin(&mut self, now: Mark) -> usize {
        if let Some(began) = self.began
            && self.was_full
        {
            if now < began.later(ROUND) {
                self.size = self.size.saturating_mul(2).min(LARGEST_ROUND);
            } else if now > began.later(ROUND.saturating_mul(4)) {
                self.size = (self.size / 2).max(self.smallest);
            }
        }
        self.began = Some(now);
        self.was_full = false;
        self.size
    }

    /// There was no room for more than these of a round: the next is no larger.
    pub(super) fn carried(&mut self, parcels: usize) {
        self.size = parcels.clamp(1, self.size);
        self.was_full = false;
    }

    /// Whether it is time to look at what has waited for longer than `live_for`.
    pub(super) fn demotes(&mut self, now: Mark, live_for: Duration) -> bool {
        self.demoted.is_time(now, DEMOTE_EVERY.min(live_for))
    }

    /// Notes how many dossiers were claimed.
    pub(super) fn took(&mut self, claims: usize) {
        self.was_full = claims >= self.size;
        self.turn = self.turn.wrapping_add(claims);
    }
}
