//! What the simulation has found in the engine, each pinned by the seed that showed it.

use crate::run::{self, Plan, Shelf};

fn holds(seed: u64) {
    let outcome = run::run(&Plan::of(seed), &Shelf::new(), false);
    assert!(outcome.problems.is_empty(), "{}", run::report(&outcome));
}

/// The even rate of calls was kept as a moment of the clock: set back by 25 minutes, it let no call through for as long.
#[test]
fn a_clock_that_is_set_back_does_not_stop_sending() {
    for seed in [21, 30, 50, 67] {
        holds(seed);
    }
}

/// A local change brings a dossier forward that waits to be verified, and the look-up that came for the change was taken
/// for the verification: a request that landed after it was never found.
#[test]
fn a_change_does_not_use_up_the_verification_that_waits() {
    holds(83);
}
