//! What the service costs when it starts and when nothing happens. It runs the real binary beside a mock portal.
//!
//! `cargo bench --bench service -- start [runs]`: from the start of the process to its first page, and to the portal's
//! taking the first dossier. `cargo bench --bench service -- idle [seconds] [dossiers]`: CPU and memory with everything
//! synced and the default polls.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark stops when it cannot go on"
)]

#[path = "common/daemon.rs"]
mod daemon;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "common/usage.rs"]
mod usage;

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daemon::Daemon;
use support::{Plan, Rig};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |place: usize, default| words.get(place).and_then(|it| it.parse().ok()).unwrap_or(default);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match words.first().map(String::as_str) {
        Some("idle") => {
            let dossiers = usize::try_from(number(2, 20_000)).unwrap();
            runtime.block_on(idle(Duration::from_secs(number(1, 600)), dossiers));
        }
        _ => runtime.block_on(start(number(1, 20))),
    }
}

async fn start(runs: u64) {
    let (mut to_pages, mut to_first) = (Vec::new(), Vec::new());
    for run in 0..runs {
        let rig =
            Rig::new(Plan { seed: run, dossiers: 20, ahead: TimeDelta::zero(), ..Plan::default() }).await;
        let began = Instant::now();
        let process = Daemon::start(&rig);
        to_pages.push(began.elapsed());
        while rig.mock.counters().creates == 0 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        to_first.push(began.elapsed());
        drop(process);
    }
    for (what, mut times) in [("pages served", to_pages), ("first dossier taken by the portal", to_first)] {
        times.sort();
        let at =
            |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
        println!("{what}: p50 {:.1} ms, most {:.1} ms ({runs} starts)", at(50), at(100));
    }
}

async fn idle(length: Duration, dossiers: usize) {
    let overrides =
        "[source]\npoll_every = \"2s\"\noverlap = \"10m\"\noverlap_every = \"30s\"\n[push]\nlive_for = \"5m\"".to_owned();
    let rig = Rig::new(Plan { dossiers, overrides, ahead: TimeDelta::zero(), ..Plan::default() }).await;
    let process = Daemon::start(&rig);
    while rig.mock.dossiers().len() < dossiers || !rig.compare().await.is_clean() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // What is written last is written after the portal's answer.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = process.usage().cpu;
    tokio::time::sleep(length).await;
    let after = process.usage();
    let cpu = after.cpu - before;
    println!(
        "idle for {} s with {dossiers} dossiers synced: CPU {:.2} s ({:.3} % of a core), resident {:.1} MB (peak {:.1} MB)",
        length.as_secs(),
        cpu.as_secs_f64(),
        cpu.as_secs_f64() / length.as_secs_f64() * 100.0,
        after.resident,
        after.peak
    );
}
