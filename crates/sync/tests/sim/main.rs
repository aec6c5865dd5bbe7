//! The engine in simulated worlds: see `docs/decisions/0007-simulation.md`.

mod finds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use simulation::{Plan, Shelf};

/// The seeds that every run of the tests goes through; the example `simulate` goes through as many as one likes.
const SEEDS: u64 = 100;
/// The seeds that every run of the tests goes through with a ledger on PostgreSQL.
const SEEDS_ON_SERVER: std::ops::RangeInclusive<u64> = 1..=8;
/// The machine has at least two cores where this counts.
const THREADS: usize = 2;

#[test]
fn every_seed_keeps_every_promise() {
    let next = AtomicU64::new(1);
    let failures: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let shelf = Shelf::temporary();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > SEEDS {
                        return;
                    }
                    let outcome = simulation::run(&Plan::of(seed), &shelf, false);
                    if !outcome.problems.is_empty() {
                        failures.lock().unwrap().push(simulation::report(&outcome));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {SEEDS} seeds failed\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let (one, other) = (Shelf::temporary(), Shelf::temporary());
    for seed in 1..=12 {
        let plan = Plan::of(seed);
        let first = simulation::run(&plan, &one, true);
        let again = simulation::run(&plan, &other, true);
        assert_eq!(first.lines, again.lines, "seed {seed}");
        assert_eq!(first.hash, again.hash, "seed {seed}");
    }
}

/// A ledger on a server is driven by the same virtual time, so that a seed makes the same run there.
#[test]
fn a_ledger_on_a_server_keeps_every_promise_too() {
    let shelf = Shelf::on_server();
    for seed in SEEDS_ON_SERVER {
        let outcome = simulation::run(&Plan::of(seed), &shelf, false);
        assert!(outcome.problems.is_empty(), "{}", simulation::report(&outcome));
    }
}

#[test]
fn a_fault_that_is_planned_and_never_strikes_fails_the_run() {
    let mut plan = Plan::of(1);
    plan.faults.clear();
    plan.unmet = Some(simulation::Fault::Lie);
    let outcome = simulation::run(&plan, &Shelf::temporary(), false);
    assert_eq!(outcome.problems, ["Lie was planned and never struck"]);
}
