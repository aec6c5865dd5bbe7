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

/// The portal says that it took a step, did not, and takes the next, all before anybody looks; a request that was given up lands while a
/// clock that was set forward has it looked for already; a request that is refused comes twice; a call that carries one dossier is to be
/// applied by half; a person accepts the steps that the portal shows, and it refuses the dossier from then on. The simulation took what
/// nobody can do anything about for broken promises.
#[test]
fn what_cannot_be_mended_from_here_is_told_and_breaks_no_promise() {
    [1_513, 1_169, 2_252, 4_602, 9_470, 10_459, 12_314].into_iter().for_each(holds);
}
