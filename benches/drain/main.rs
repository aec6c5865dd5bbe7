//! The rate at which dongbo drains a backlog, beside the bare HTTP client on the same mock portal in the same run.
//!
//! `cargo bench --bench drain -- [rounds] [dossiers]`, and of its own accord `-- poison` (what 1 % refused dossiers cost)
//! and `-- memory [dossiers]` (CPU and memory while a great backlog drains). Each round, for each shape: a fresh mock portal in a process of its
//! own takes the very calls that dongbo makes, first from a bare client that replays their bodies, then from a real
//! dongbo (a process of its own, SQLite ledger with FULL) that reads a real PostgreSQL. Ratios are of one round.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    unreachable_pub,
    reason = "a benchmark that cannot go on shall stop, and its figures are small"
)]

mod bare;
mod process;
mod shape;

use std::time::{Duration, Instant};

use dongbo_ledger::Ledger;
use shape::{SHAPES, Shape};
use testbed::servers;

fn main() {
    let mut arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.first().map(String::as_str) {
        Some("mock") => runtime.block_on(process::be_the_mock(&arguments)),
        Some("dongbo") => runtime.block_on(process::be_dongbo(&arguments.remove(1))),
        Some("poison") => runtime.block_on(poison(20_000)),
        Some("memory") => {
            let dossiers = arguments.get(1).and_then(|argument| argument.parse().ok()).unwrap_or(200_000);
            runtime.block_on(memory(dossiers));
        }
        _ => {
            let number = |at: usize, default| {
                arguments.get(at).and_then(|argument| argument.parse().ok()).unwrap_or(default)
            };
            runtime.block_on(measure(number(0, 3), number(1, 20_000)));
        }
    }
}

/// A PostgreSQL with a year of dossiers.
async fn local_system(dossiers: usize) -> servers::PrivatePostgres {
    let server = servers::PrivatePostgres::start_durable().unwrap();
    let db = testbed::Db::postgres(server.url()).await.unwrap();
    let config = testbed::onestop::SimConfig::default();
    let mut simulator = testbed::onestop::Simulator::create(db, config).await.unwrap();
    simulator.create_year(testbed::day::start().unwrap(), dossiers).await.unwrap();
    shape::fill_json_column(simulator.db()).await;
    server
}

async fn measure(rounds: usize, dossiers: usize) {
    let server = local_system(dossiers).await;
    println!(
        "{dossiers} dossiers in PostgreSQL; every figure is dossiers a second, whole run from start to last acknowledgement"
    );

    let mut ratios: Vec<(&'static str, Vec<f64>)> =
        SHAPES.iter().map(|shape| (shape.name, Vec::new())).collect();
    for round in 1..=rounds {
        for (shape, (_, ratios)) in SHAPES.iter().zip(&mut ratios) {
            let recorded = record(shape, server.url(), dossiers).await;
            let bare = bare::replay(&recorded).await;
            let run = drain(shape, server.url(), dossiers, &[]).await;
            let rate = |time: Duration| dossiers as f64 / time.as_secs_f64();
            let ratio = rate(run.time) / rate(bare);
            ratios.push(ratio);
            println!(
                "round {round} {:<28} bare {:>7.0}  dongbo {:>7.0}  ratio {ratio:.2}  CPU {:.3} s per 1,000  peak RSS {:.1} MB  calls {}",
                shape.name,
                rate(bare),
                rate(run.time),
                run.cpu.as_secs_f64() * 1000.0 / dossiers as f64,
                run.peak_rss_mb,
                run.calls
            );
        }
    }
    for ((name, mut ratios), goal) in ratios.into_iter().zip(SHAPES.map(|shape| shape.goal)) {
        ratios.sort_by(f64::total_cmp);
        println!(
            "{name:<24} goal {goal:.2}: ratio median {:.2} (from {:.2} to {:.2})",
            ratios[ratios.len() / 2],
            ratios[0],
            ratios[ratios.len() - 1]
        );
    }
}

/// The cost to the others when the portal refuses one dossier in a hundred, side by side.
async fn poison(dossiers: usize) {
    let server = local_system(dossiers).await;
    for shape in &SHAPES {
        let mut ratios = Vec::new();
        for _ in 0..3 {
            let clean = drain(shape, server.url(), dossiers, &[]).await;
            let poisoned = drain(shape, server.url(), dossiers, &["poison"]).await;
            ratios.push(clean.time.as_secs_f64() / poisoned.time.as_secs_f64());
            println!("{:<24} calls {} clean, {} with 1 % refused", shape.name, clean.calls, poisoned.calls);
        }
        ratios.sort_by(f64::total_cmp);
        println!("{:<24} throughput with 1 % refused: {:.3} of clean (median of 3)", shape.name, ratios[1]);
    }
}

/// CPU and memory of a great backlog in the default shape.
async fn memory(dossiers: usize) {
    let server = local_system(dossiers).await;
    for watched in [false, true] {
        let mut mock = process::Child::mock(&[]).await;
        let folder = tempfile::tempdir().unwrap();
        let run = run_to_end(&SHAPES[0], server.url(), dossiers, &mut mock, folder.path(), watched).await;
        let read = if watched { "/metrics and /healthz read all the time" } else { "no page read" };
        let tenths: Vec<String> = run.resident.iter().map(|megabytes| format!("{megabytes:.0}")).collect();
        println!(
            "{dossiers} dossiers in {:.1} s, {read}: CPU {:.3} s per 1,000, peak RSS {:.1} MB; after each tenth {}",
            run.time.as_secs_f64(),
            run.cpu.as_secs_f64() * 1000.0 / dossiers as f64,
            run.peak_rss_mb,
            tenths.join(" ")
        );
    }
}

/// Reads the pages ten times a second.
async fn read_pages(dongbo: String) {
    loop {
        for page in ["metrics", "healthz", "readyz"] {
            process::read(format!("{dongbo}/{page}")).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Drained {
    time: Duration,
    cpu: Duration,
    peak_rss_mb: f64,
    calls: u64,
    /// Resident memory in MB when each tenth of the dossiers had arrived.
    resident: Vec<f64>,
}

/// The bodies that dongbo sends in this shape, in order.
async fn record(shape: &Shape, source: &str, dossiers: usize) -> Vec<(String, String)> {
    let mut mock = process::Child::mock(&["bodies"]).await;
    let folder = tempfile::tempdir().unwrap();
    run_to_end(shape, source, dossiers, &mut mock, folder.path(), false).await;
    process::bodies(&mock.admin_url).await
}

async fn drain(shape: &Shape, source: &str, dossiers: usize, mock: &[&str]) -> Drained {
    let mut mock = process::Child::mock(mock).await;
    let folder = tempfile::tempdir().unwrap();
    run_to_end(shape, source, dossiers, &mut mock, folder.path(), false).await
}

async fn run_to_end(
    shape: &Shape,
    source: &str,
    dossiers: usize,
    mock: &mut process::Child,
    folder: &std::path::Path,
    watched: bool,
) -> Drained {
    let file = shape.configure(folder, source, &mock.url);
    let expected_steps = shape::steps(source).await;
    let started = Instant::now();
    let mut dongbo = process::Child::dongbo(&file).await;
    let ledger = Ledger::open_read_only(&folder.join("ledger.sqlite")).await.unwrap();
    let mut resident = Vec::new();
    let readers = watched.then(|| tokio::spawn(read_pages(dongbo.url.clone())));
    let deadline = started + Duration::from_secs(600);
    loop {
        // The portal is asked first: counting a backlog is work for dongbo, which is being measured.
        let (creates, steps) = process::arrived(&mock.admin_url).await;
        let nearly_there = creates * 100 >= dossiers as u64 * 98 && steps * 100 >= expected_steps * 97;
        if nearly_there && process::settled(&ledger).await >= dossiers as u64 {
            break;
        }
        assert!(Instant::now() < deadline, "only {creates} dossiers and {steps} steps arrived");
        if creates * 10 >= dossiers as u64 * (resident.len() as u64 + 1) {
            resident.push(dongbo.usage().resident);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let time = started.elapsed();
    let support::usage::Usage { cpu, peak: peak_rss_mb, .. } = dongbo.usage();
    let calls = process::calls(&mock.admin_url).await;
    if let Some(readers) = readers {
        readers.abort();
    }
    dongbo.stop().await;
    ledger.close().await;
    Drained { time, cpu, peak_rss_mb, calls, resident }
}
