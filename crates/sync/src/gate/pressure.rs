//! The signs by which a portal shows that it is asked for too much.
//!
//! A single failure is none: lost answers and broken connections happen on any line, and fewer calls at once do not make them fewer. Signs
//! are an answer that says so (429, 503), a share of failures among the last answers, and answers that take much longer
//! than such calls take otherwise.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use dongbo_portal::{Answer, Outcome};

/// The number of last answers among which failures are counted.
const WINDOW: usize = 20;
/// So many failures among them are a sign: at one failure in ten they come together about once in ninety windows.
const FAILURES: usize = 6;
/// Answers that take this many times as long as usual are a sign,
const SLOWER: f64 = 3.0;
/// when they take this much longer as well: below it the clocks of a busy host say little.
const SLOWER_BY: f64 = 0.25;
/// Calls of one kind whose durations make the first picture of the usual one.
const FIRST_PICTURE: u32 = 10;
/// The weight of one call in the picture of the last ones,
const WEIGHT_OF_NOW: f64 = 0.1;
/// and in that of the usual, which follows a portal that is another's prey at this hour within some hundred calls.
const WEIGHT_OF_USUAL: f64 = 1.0 / 300.0;
/// No call counts for more than so many times the usual, or one that hung would be a sign by itself.
const MOST_OF_ONE: f64 = 10.0;

/// Kinds of calls that take about equally long: the operation, and its size to the next power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Load {
    operation: &'static str,
    magnitude: u32,
}

impl Load {
    /// A look-up of one dossier.
    pub const LOOK_UP: Self = Self { operation: "look_up", magnitude: 0 };

    /// The kind of a call of `operation` that carries so many dossiers or steps.
    #[must_use]
    pub fn of(operation: &'static str, pieces: usize) -> Self {
        Self { operation, magnitude: pieces.max(1).ilog2() }
    }
}

/// The memory of the last answers.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    /// Whether each of the last answers was a failure, the newest last.
    failed: VecDeque<bool>,
    durations: HashMap<Load, Durations>,
}

/// The durations of calls of one kind that were answered, in seconds.
#[derive(Debug, Default)]
struct Durations {
    calls: u32,
    usual: f64,
    now: f64,
}

impl Pressure {
    /// Takes in an answer and the time that its call lasted; says whether it is a sign of overload. `alone` while no more
    /// than one call goes at once: whatever it lasts then is not for our number of calls.
    pub(super) fn shows(&mut self, load: Load, answer: &Answer, lasted: Duration, alone: bool) -> bool {
        if is_said(answer) {
            return true;
        }
        let failed = match answer.outcome {
            Outcome::Transient | Outcome::Unknown => true,
            Outcome::Delivered | Outcome::Duplicate | Outcome::Rejected | Outcome::NotFound => false,
            Outcome::Throttled | Outcome::Auth | Outcome::Config => return false,
        };
        if self.failed.len() == WINDOW {
            self.failed.pop_front();
        }
        self.failed.push_back(failed);
        if failed {
            return self.failed.iter().filter(|failed| **failed).count() >= FAILURES;
        }
        self.durations.entry(load).or_default().take(lasted.as_secs_f64(), alone)
    }

    /// After fewer calls were made of a sign: only what is seen from here on is another.
    pub(super) fn forget_signs(&mut self) {
        self.failed.clear();
        for durations in self.durations.values_mut() {
            durations.now = durations.usual;
        }
    }
}

/// Whether the portal says itself that it is too much.
pub(super) fn is_said(answer: &Answer) -> bool {
    answer.outcome == Outcome::Throttled || answer.http_status == Some(503)
}

impl Durations {
    /// Takes in one duration; says whether the last ones were much longer than the usual.
    fn take(&mut self, lasted: f64, alone: bool) -> bool {
        self.calls = self.calls.saturating_add(1);
        if self.calls <= FIRST_PICTURE {
            self.usual += (lasted - self.usual) / f64::from(self.calls);
            self.now = self.usual;
            return false;
        }
        let lasted = lasted.min(self.usual.max(SLOWER_BY) * MOST_OF_ONE);
        self.now += (lasted - self.now) * WEIGHT_OF_NOW;
        // What a portal takes for one call at a time is its usual, however it was before; and it is soon as fast as it can be.
        let weight = if alone || self.now < self.usual { WEIGHT_OF_NOW } else { WEIGHT_OF_USUAL };
        self.usual += (lasted - self.usual) * weight;
        self.now > (self.usual * SLOWER).max(self.usual + SLOWER_BY)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Load, Pressure};
    use dongbo_portal::{Answer, Outcome};

    fn send(pressure: &mut Pressure, millis: u64, outcome: Outcome) -> bool {
        let answer = Answer::local(outcome, "");
        pressure.shows(Load::LOOK_UP, &answer, Duration::from_millis(millis), false)
    }

    #[test]
    fn single_failures_are_no_sign_and_a_share_of_them_is() {
        let mut pressure = Pressure::default();
        for call in 0..1_000 {
            let outcome = if call % 10 == 0 { Outcome::Unknown } else { Outcome::Delivered };
            assert!(!send(&mut pressure, 50, outcome), "every tenth failed");
        }
        let signs = (0..20).filter(|call| {
            let outcome = if call % 2 == 0 { Outcome::Transient } else { Outcome::Delivered };
            send(&mut pressure, 50, outcome)
        });
        assert!(signs.count() > 0, "every second failed");
        pressure.forget_signs();
        assert!(!send(&mut pressure, 50, Outcome::Unknown), "what was before has been acted on");
    }

    #[test]
    fn the_portal_s_own_word_is_a_sign_at_once() {
        let mut pressure = Pressure::default();
        assert!(send(&mut pressure, 5, Outcome::Throttled));
        let busy = Answer { http_status: Some(503), ..Answer::local(Outcome::Transient, "") };
        assert!(pressure.shows(Load::LOOK_UP, &busy, Duration::ZERO, false));
    }

    #[test]
    fn answers_that_come_much_later_than_usual_are_a_sign_and_a_bigger_call_is_not() {
        let mut pressure = Pressure::default();
        let delivered = Answer::local(Outcome::Delivered, "");
        for _ in 0..100 {
            assert!(!send(&mut pressure, 100, Outcome::Delivered));
            let batch = Load::of("create", 50);
            assert!(!pressure.shows(batch, &delivered, Duration::from_secs(3), false));
        }
        assert!(!send(&mut pressure, 60_000, Outcome::Delivered), "one that hung");
        assert!(
            (0..20).any(|_| send(&mut pressure, 1_500, Outcome::Delivered)),
            "fifteen times as long, again and again"
        );
    }

    #[test]
    fn a_portal_that_is_slower_for_good_is_believed_after_a_while() {
        let mut pressure = Pressure::default();
        for _ in 0..50 {
            send(&mut pressure, 100, Outcome::Delivered);
        }
        let mut signs = 0;
        for _ in 0..3_000 {
            if send(&mut pressure, 1_000, Outcome::Delivered) {
                signs += 1;
                pressure.forget_signs();
            }
        }
        assert!((1..30).contains(&signs), "{signs} signs");
        assert!((0..500).all(|_| !send(&mut pressure, 1_000, Outcome::Delivered)));
    }
}
