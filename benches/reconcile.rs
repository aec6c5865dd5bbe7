//! What comparing both sides finds and costs. It runs the real binary, with a mock portal that is spoilt meanwhile.
//!
//! `cargo bench --bench reconcile -- SIZE [scatter|cluster] [busy] [SHARE...]`: on so many dossiers a share of each
//! (0.001 0.01 0.1 without any given) is spoilt in every way and in all four layers, found, sent again and compared once
//! more. `scatter` spoils dossiers by chance, and everything is looked up (`--full`). `cluster` spoils half of each of some
//! cells, as an outage does, and the portal's counts lead to them. `busy` lets clerks work on meanwhile.
//!
//! `cargo bench --bench reconcile -- growth SIZE...`: portal calls, time and memory of a run with nothing wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark that cannot go on shall stop, and its figures are small"
)]

#[path = "common/daemon.rs"]
mod daemon;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "common/usage.rs"]
mod usage;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use daemon::Daemon;
use dongbo::dossier::Cell;
use dongbo::ledger::Ledger;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use support::spoil::{MENDABLE, is_fit, spoil};
use support::{Plan, Rig};
use testbed::day::machine as now;

/// Nothing takes as long as this.
const PATIENCE: Duration = Duration::from_secs(3 * 3_600);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let numbers: Vec<f64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let says = |word: &str| words.iter().any(|it| it == word);
    if says("growth") {
        for size in numbers {
            runtime.block_on(growth(size as usize));
        }
        return;
    }
    let size = numbers.first().copied().unwrap_or(2_000.0) as usize;
    let shares = if numbers.len() > 1 { numbers[1..].to_vec() } else { vec![0.001, 0.01, 0.1] };
    runtime.block_on(damage(size, &shares, says("cluster"), says("busy")));
}

/// A rig and the daemon beside it; everything is on the portal.
struct World {
    rig: Rig,
    daemon: Daemon,
    size: usize,
}

impl World {
    async fn new(size: usize) -> Self {
        // As in a province: communes by the hundred thousand.
        let communes = (size / 2_000).clamp(4, 100);
        let overrides = "[push]\nlease = \"60s\"\nbackoff_cap = \"10s\"\n[portal]\ntotal_timeout = \"10s\"\nread_timeout = \"10s\"\n\
                         [log]\nlevel = \"warn,dongbo::cli=info\"\n[source]\npoll_every = \"1s\"\noverlap_every = \"30s\"\n\
                         [reconcile]\nlook_ups_per_run = 1000000\nmonths = 120";
        let portal = mock_portal::Config { max_logged_calls: 1_000, ..mock_portal::Config::default() };
        let plan = Plan {
            seed: 9,
            communes,
            dossiers: size,
            portal,
            overrides: overrides.to_owned(),
            ahead: TimeDelta::zero(),
            ..Plan::default()
        };
        let began = Instant::now();
        let rig = Rig::new(plan).await;
        println!("{size} dossiers of {communes} communes made within {:.0} s", began.elapsed().as_secs_f64());
        let daemon = Daemon::start(&rig);
        let world = Self { rig, daemon, size };
        let began = Instant::now();
        world.settle().await;
        println!("on the portal within {:.0} s", began.elapsed().as_secs_f64());
        world
    }

    /// Waits until nothing is due.
    async fn settle(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ledger = Ledger::open_read_only(&self.rig.config.ledger.path).await;
            if let Ok(ledger) = ledger {
                let overview = ledger.overview(now()).await.unwrap();
                ledger.close().await;
                let known = usize::try_from(overview.dossiers).unwrap_or_default();
                if known >= self.size && support::all_settled(&overview) && overview.to_verify == 0 {
                    return;
                }
            }
            assert!(Instant::now() < deadline, "not settled in time");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Notes of all dossiers that a look-up has shown them to be equal, as the runs of some weeks would have.
    async fn take_all_for_seen(&self) {
        let ledger = Ledger::open(&self.rig.config.ledger.path).await.unwrap();
        let mut after = String::new();
        loop {
            let page = ledger.on_portal_after(&after, 5_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            let codes: Vec<&str> = page.iter().map(String::as_str).collect();
            let standings = ledger.standings(&codes).await.unwrap();
            let seen: Vec<(&str, i64)> = codes.iter().map(|code| (*code, standings[*code].fence)).collect();
            ledger.verified(&seen, now()).await.unwrap();
        }
        assert_eq!(ledger.count_unverified().await.unwrap(), 0);
        ledger.close().await;
    }

    async fn reconcile(&self, arguments: &[&str]) -> Value {
        reconcile(&self.rig.folder, arguments).await
    }

    /// The open differences as dossier and kind, those of the portal's counts apart.
    fn told(&self, summary: &Value) -> BTreeSet<(String, String)> {
        let file = format!("{}.jsonl", summary["id"].as_str().unwrap());
        let lines =
            BufReader::new(std::fs::File::open(self.rig.folder.join("reconcile").join(file)).unwrap());
        let differences = lines.lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        differences
            .filter(|it| it["found_by"] == "look_up")
            .map(|it| (it["code"].as_str().unwrap().to_owned(), it["kind"].as_str().unwrap().to_owned()))
            .collect()
    }

    fn usage(&self) -> usage::Usage {
        self.daemon.usage()
    }
}

/// Runs `dongbo reconcile` and gives its summary.
async fn reconcile(folder: &Path, arguments: &[&str]) -> Value {
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_dongbo"))
        .arg("reconcile")
        .args(arguments)
        .args(["--json", "--config"])
        .arg(folder.join("dongbo.toml"))
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Codes to be spoilt, in a seeded order, with their places: by chance, or half of each of some cells.
async fn victims(world: &World, many: usize, cluster: bool, chance: &mut StdRng) -> Vec<(String, usize)> {
    let ledger = Ledger::open_read_only(&world.rig.config.ledger.path).await.unwrap();
    let mut codes = Vec::new();
    if cluster {
        let mut cells: Vec<Cell> =
            ledger.cell_counts(now()).await.unwrap().into_iter().map(|count| count.cell).collect();
        while codes.len() < many && !cells.is_empty() {
            let cell = cells.swap_remove(chance.random_range(0..cells.len()));
            let all = ledger.in_cells(&[cell], u32::MAX).await.unwrap();
            let half = all.len().div_ceil(2);
            codes.extend(all.into_iter().take(half).zip(0..));
        }
    } else {
        let mut all = ledger.on_portal_after("", u32::MAX).await.unwrap();
        while codes.len() < many && !all.is_empty() {
            codes.push((all.swap_remove(chance.random_range(0..all.len())), codes.len()));
        }
    }
    ledger.close().await;
    codes
}

async fn damage(size: usize, shares: &[f64], cluster: bool, busy: bool) {
    let mut world = World::new(size).await;
    let mut chance = StdRng::seed_from_u64(11);
    if cluster {
        // So that a run by counts has nothing else to look at.
        world.take_all_for_seen().await;
    } else {
        let first = world.reconcile(&["--full"]).await;
        assert_eq!(first["different"], 0, "{first:#}");
    }
    println!(
        "share,spoilt,found,false,look_ups,look_ups_per_spoilt,count_calls,seconds,sent_again,seconds_to_equality,left,peak_mb"
    );
    for share in shares {
        let many = (size as f64 * share).round() as usize;
        let mut spoilt = BTreeSet::new();
        let (mut turn, mut shows) = (0, false);
        for (code, place) in victims(&world, many, cluster, &mut chance).await {
            let dossier = world.rig.mock.dossier(&code).unwrap();
            shows &= place > 0;
            // While clerks work, only what is finished stays as it was spoilt.
            if busy && dossier.fields["TrangThaiHoSo"] != "10" {
                continue;
            }
            // In a cluster the first and about every other one of each cell is lost, so that it shows in the counts.
            let kind = if cluster && (place.is_multiple_of(2) || !shows) {
                shows = true;
                "missing"
            } else {
                turn += 1;
                let kinds = (0..MENDABLE.len()).map(|step| MENDABLE[(turn + step) % MENDABLE.len()]);
                kinds.into_iter().find(|kind| is_fit(kind, &dossier)).unwrap()
            };
            spoil(&world.rig.mock, kind, &dossier);
            spoilt.insert((code, kind.to_owned()));
        }
        let arguments: &[&str] = if cluster { &[] } else { &["--full", "--only", "look_ups"] };
        let mut repair = arguments.to_vec();
        repair.extend(["--repair", "--yes"]);
        if cluster {
            repair.extend(["--only", "counts", "--only", "look_ups"]);
        }
        let began = Instant::now();
        let summary = if busy {
            let folder = world.rig.folder.clone();
            let compared = AtomicBool::new(false);
            let comparing = async {
                let summary = reconcile(&folder, &repair).await;
                compared.store(true, Ordering::Relaxed);
                summary
            };
            let working = async {
                while !compared.load(Ordering::Relaxed) {
                    world.rig.simulator.advance(now(), 10).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            };
            tokio::join!(comparing, working).0
        } else {
            world.reconcile(&repair).await
        };
        let seconds = began.elapsed().as_secs_f64();
        let told = world.told(&summary);
        let found = spoilt.intersection(&told).count();
        let wrong = told.difference(&spoilt).count();
        let began = Instant::now();
        world.settle().await;
        let equality = began.elapsed().as_secs_f64();
        let after = world.reconcile(&["--full", "--only", "look_ups"]).await;
        let kinds: BTreeMap<&str, usize> = told.iter().fold(BTreeMap::new(), |mut kinds, (_, kind)| {
            *kinds.entry(kind.as_str()).or_default() += 1;
            kinds
        });
        println!(
            "{share},{},{found},{wrong},{},{:.2},{},{seconds:.1},{},{equality:.1},{},{:.0}",
            spoilt.len(),
            summary["looked_up"],
            summary["looked_up"].as_f64().unwrap() / spoilt.len().max(1) as f64,
            summary["count_calls"],
            summary["repaired"],
            after["different"],
            world.usage().peak
        );
        println!("  {kinds:?}");
    }
    if size <= 20_000 {
        world.rig.assert_portal_equals_local().await;
        println!("an independent comparison finds both sides equal");
    }
}

async fn growth(size: usize) {
    let world = World::new(size).await;
    world.take_all_for_seen().await;
    let (before, cpu) = (world.rig.mock.evaluation_calls(), world.usage().cpu);
    let began = Instant::now();
    let summary = world.reconcile(&[]).await;
    let seconds = began.elapsed().as_secs_f64();
    let usage = world.usage();
    println!(
        "{size} dossiers: {} cells, {} calls for counts, {} look-ups (a sample of {}), {seconds:.1} s, CPU {:.2} s, peak {:.0} MB, different {}",
        summary["cells"]["compared"],
        world.rig.mock.evaluation_calls() - before,
        summary["looked_up"],
        summary["sample"]["looked_at"],
        (usage.cpu - cpu).as_secs_f64(),
        usage.peak,
        summary["different"]
    );
}
