//! The cost of everything as the ledger grows: nothing but a sweep and a comparison of all may cost more than its logarithm.
//!
//! `cargo bench --bench growth -- [sqlite|postgres] [largest]`, from 10,000 dossiers in steps of ten up to the largest (default
//! 1,000,000; 10,000,000 needs 4 GB of disk). A small office is synchronised first; then its ledger gets so many dossiers at rest
//! behind dongbo's back, and the real program works on it beside the mock portal. A sweep and a comparison are shown by what
//! they cost for 1,000 dossiers, which has to stay the same.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark stops when it cannot go on"
)]

mod book;
mod service;
mod stuffing;

use stuffing::Behind;
use support::{Engine, Plan, Rig};

/// The figures of one size of the ledger, each a name and a number with its unit.
type Row = Vec<(&'static str, String)>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let largest = words.iter().find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    let shared = words.iter().any(|word| word == "postgres");
    tokio::runtime::Runtime::new().unwrap().block_on(measure(shared, largest));
}

async fn measure(shared: bool, largest: u64) {
    let server = testbed::servers::PrivatePostgres::start_durable().unwrap();
    let ledger_server = testbed::servers::PrivatePostgres::start_durable().unwrap();
    let mut overrides =
        "[source]\nnotify_channel = \"dongbo\"\npoll_every = \"2s\"\noverlap_every = \"1m\"\n\
        [push]\nmax_concurrency = 32\n[http]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n"
            .to_owned();
    if shared {
        overrides += &format!("[ledger]\nurl = \"{}\"\n", ledger_server.url());
    }
    let plan = Plan {
        engine: Engine::At(server.url().to_owned()),
        dossiers: 200,
        overrides,
        ahead: chrono::TimeDelta::zero(),
        ..Plan::default()
    };
    let mut rig = Rig::new(plan).await;
    service::synchronise(&rig).await;
    let behind = Behind::open(&rig.config.ledger).await;
    let mut rows = Vec::new();
    let (mut known, mut size) = (0, 10_000);
    while size <= largest {
        behind.add(known..size).await;
        known = size;
        let mut row: Row = vec![("dossiers", size.to_string())];
        row.extend(book::measure(&rig.config.ledger, &behind, size).await);
        row.extend(service::measure(&mut rig).await);
        for (name, figure) in &row {
            println!("{name:<58} {figure}");
        }
        println!();
        rows.push(row);
        size *= 10;
    }
    table(&rows);
}

/// The rows as a table for the documentation, one column for each size.
fn table(rows: &[Row]) {
    let Some(first) = rows.first() else { return };
    for place in 0..first.len() {
        let figures: Vec<&str> = rows.iter().map(|row| row[place].1.as_str()).collect();
        println!("| {} | {} |", first[place].0, figures.join(" | "));
        if place == 0 {
            println!("|---|{}", "---|".repeat(rows.len()));
        }
    }
}
