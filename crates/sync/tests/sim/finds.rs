//! Bugs that the simulation has found, in the engine and in itself, each pinned by a seed that showed it. The one that stopped sending
//! after a clock was set back is pinned next to the gate, in `crates/sync/src/gate/tests.rs`.

use simulation::{self, Plan, Shelf};

fn holds(seed: u64) {
    let outcome = simulation::run(&Plan::of(seed), &Shelf::temporary(), false);
    assert!(outcome.problems.is_empty(), "{}", simulation::report(&outcome));
}

/// A local change brings a dossier forward that waits to be verified, and the look-up that came for the change was taken
/// for the verification: what the portal applied or lost after it was never found.
#[test]
fn a_change_does_not_use_up_the_verification_that_waits() {
    holds(26);
    holds(57);
}

/// The clocks go back by a quarter of an hour in two steps; the simulation gave up before what had been put off was due by them.
#[test]
fn what_waits_for_a_clock_that_was_set_back_is_waited_for() {
    holds(461);
}
