//! The time from a change's commit in the local database to its acknowledgement in the ledger, with NOTIFY.
//!
//! `cargo bench --bench latency -- [changes]`. PostgreSQL with its durability on, SQLite ledger with FULL, a mock portal, all
//! on this machine. The ledger is asked once a millisecond, so figures are up to a millisecond too high.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark stops when it cannot go on"
)]

use std::time::{Duration, Instant};

use support::{Engine, Plan, Rig, all_synced, now};

fn main() {
    let changes = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(400);
    tokio::runtime::Runtime::new().unwrap().block_on(measure(changes));
}

async fn measure(changes: usize) {
    let server = testbed::servers::PrivatePostgres::start_durable().unwrap();
    let mut rig = Rig::new(Plan {
        engine: Engine::At(server.url().to_owned()),
        dossiers: 1_000,
        overrides: "[source]\nnotify_channel = \"dongbo\"\npoll_every = \"10s\"\noverlap_every = \"1m\""
            .to_owned(),
        ..Plan::default()
    })
    .await;
    let running = rig.start().await;
    running.until("all synced", |overview| overview.dossiers == 1_000 && all_synced(overview)).await;
    let mut times = Vec::with_capacity(changes);
    let mut known = 1_000;
    for _ in 0..changes {
        tokio::time::sleep(Duration::from_millis(20)).await;
        rig.simulator.create_at(now()).await.unwrap();
        let committed = Instant::now();
        known += 1;
        loop {
            let overview = running.ledger.overview(now()).await.unwrap();
            if overview.dossiers == known && all_synced(&overview) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.push(committed.elapsed());
    }
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
    println!(
        "{changes} changes, commit to acknowledged: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        at(50),
        at(99),
        at(100)
    );
    running.stop().await;
}
