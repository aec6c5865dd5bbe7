//! dongbo beside what a user would pick instead: the same dossiers, a ready JSON body each, one POST each, a durable outcome.
//!
//! `cargo bench --bench peers -- [dossiers] [rounds]`. graphile-worker and pg-boss (npm), apalis (crate), dlt (pip) and a
//! sequential script are installed by name and version into a temporary folder, and each works at settings that suit it best
//! (`benches/peers/entrants`). All of them, and dongbo with either ledger, go in one run, one after the other, against fresh mock
//! portals and one PostgreSQL with its durability on, after the bodies that dongbo itself sends were recorded. The portal says
//! whether each dossier arrived, once. "drain" is from the first arrival to the last durable outcome; "all" has the enrolment,
//! which dongbo does in the same breath.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    unreachable_pub,
    reason = "a benchmark that cannot go on shall stop, and its figures are small"
)]

mod dongbo_run;
mod entrant;
mod office;
#[expect(dead_code, reason = "the bench that drains uses more of it")]
#[path = "../drain/process.rs"]
mod process;

use std::time::Duration;

use entrant::{ENTRANTS, Installed};
use office::Office;

/// The measure of one entrant's work.
struct Measured {
    /// From the first arrival at the portal to the last durable outcome.
    drain: Duration,
    /// The time of draining and of enrolment together.
    all: Duration,
    /// CPU of its own process.
    cpu: Duration,
    /// CPU of PostgreSQL meanwhile.
    server_cpu: Duration,
    /// Resident memory at its highest, in MB.
    peak: f64,
}

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match words.first().map(String::as_str) {
        Some("mock") => runtime.block_on(process::be_the_mock(&words)),
        Some("dongbo") => runtime.block_on(process::be_dongbo(&words.remove(1))),
        _ => {
            let number =
                |at: usize, default| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(default);
            runtime.block_on(compare(number(0, 20_000), number(1, 3)));
        }
    }
}

async fn compare(dossiers: usize, rounds: usize) {
    let folder = tempfile::tempdir().unwrap();
    let entrants: Vec<(&str, Option<Installed>)> =
        ENTRANTS.iter().map(|entrant| (entrant.name, entrant.install(folder.path()))).collect();
    for (name, _) in entrants.iter().filter(|(_, installed)| installed.is_none()) {
        println!("{name} cannot be installed here and is missing");
    }
    let office = Office::open(dossiers).await;
    println!("{dossiers} dossiers, {rounds} rounds; rates in dossiers a second, CPU in seconds for 1,000");
    for round in 1..=rounds {
        for shared in [false, true] {
            let name = if shared { "dongbo, PostgreSQL ledger" } else { "dongbo, SQLite ledger" };
            print(round, name, dossiers, &dongbo_run::measure(&office, shared).await);
        }
        for (name, installed) in &entrants {
            if let Some(installed) = installed {
                print(round, name, dossiers, &installed.measure(&office).await);
            }
        }
    }
}

fn print(round: usize, name: &str, dossiers: usize, measured: &Measured) {
    let rate = |time: Duration| dossiers as f64 / time.as_secs_f64();
    let a_thousand = |cpu: Duration| cpu.as_secs_f64() * 1_000.0 / dossiers as f64;
    println!(
        "round {round} {name:<26} drain {:>7.0}  all {:>7.0}  CPU own {:.3}  PostgreSQL {:.3}  both {:.3}  peak {:>6.1} MB",
        rate(measured.drain),
        rate(measured.all),
        a_thousand(measured.cpu),
        a_thousand(measured.server_cpu),
        a_thousand(measured.cpu + measured.server_cpu),
        measured.peak
    );
}
