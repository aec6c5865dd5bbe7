//! Runs the engine in worlds made of seeds: many quickly, or one with everything that happened.
//!
//! ```text
//! cargo run --release -p dongbo-sync --example simulate -- --seeds 1000000 --from 1
//! cargo run --release -p dongbo-sync --example simulate -- --seed 4711
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, reason = "a tool for developers")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use simulation::{Fault, Plan, Shelf};

/// A kind of ledger.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    fn shelf(self) -> Shelf {
        match self {
            Self::Sqlite => Shelf::temporary(),
            Self::Postgres => Shelf::on_server(),
        }
    }
}

#[derive(Parser)]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Runs this seed only, and tells everything that happens in it.
    #[arg(long)]
    seed: Option<u64>,
    /// The kind of ledger.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    ledger: Kind,
    /// How many at once.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.seed {
        Some(seed) => one(seed, options.ledger),
        None => many(&options),
    }
}

fn one(seed: u64, ledger: Kind) -> ExitCode {
    let plan = Plan::of(seed);
    println!("{plan:#?}");
    let outcome = simulation::run(&plan, &ledger.shelf(), true);
    outcome.lines.iter().for_each(|line| println!("{line}"));
    println!("struck: {:?}, trace {:016x}", outcome.fired, outcome.hash);
    if outcome.problems.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{}", simulation::report(&outcome));
    ExitCode::FAILURE
}

fn many(options: &Options) -> ExitCode {
    let began = Instant::now();
    let next = AtomicU64::new(options.from);
    let end = options.from + options.seeds;
    let failed = AtomicU64::new(0);
    let struck: Mutex<BTreeMap<Fault, u64>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..options.threads {
            scope.spawn(|| {
                let shelf = options.ledger.shelf();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let outcome = simulation::run(&Plan::of(seed), &shelf, false);
                    for (fault, many) in &outcome.fired {
                        *struck.lock().unwrap().entry(*fault).or_default() += u64::from(*many);
                    }
                    if !outcome.problems.is_empty() {
                        failed.fetch_add(1, Ordering::Relaxed);
                        eprintln!("{}", simulation::report(&outcome));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    println!("{} seeds in {:.1} s, {failed} failed", options.seeds, began.elapsed().as_secs_f64());
    println!("struck: {:?}", struck.into_inner().unwrap());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
