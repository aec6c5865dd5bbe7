//! The real program on a ledger of this size: its start, its pages, its commands, and a change on its way while many read.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::daemon::Daemon;
use support::{Rig, all_settled};

use crate::Row;

const PROGRAM: &str = env!("CARGO_BIN_EXE_dongbo");
const READERS: usize = 50;
const CHANGES: usize = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// Has everything sent that the office has, and everything swept.
pub(crate) async fn synchronise(rig: &Rig) {
    let running = rig.start().await;
    running.until("settled", |overview| overview.dossiers >= 200 && all_settled(overview)).await;
    running.stop().await;
}

/// Measures the program.
pub(crate) async fn measure(rig: &mut Rig) -> Row {
    let began = Instant::now();
    let daemon = Daemon::start(PROGRAM, rig);
    let started = began.elapsed();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = daemon.url().to_owned();
    let mut pages = Vec::new();
    for _ in 0..5 {
        // What was read for one is kept for a second for the others.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let began = Instant::now();
        read(&client, &url, "metrics").await;
        pages.push(began.elapsed());
    }
    let status = command(rig, &["status"]);
    let full = command(rig, &["status", "--full"]);
    let alone = changes(rig).await;
    let answers = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..READERS)
        .map(|number| {
            let (client, url, answers) = (client.clone(), url.clone(), Arc::clone(&answers));
            tokio::spawn(async move {
                loop {
                    read(&client, &url, ["metrics", "healthz", "readyz"][number % 3]).await;
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let began = Instant::now();
    let read_by_many = changes(rig).await;
    let rate = answers.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    readers.iter().for_each(tokio::task::JoinHandle::abort);
    let usage = daemon.usage();
    let most = |times: &[Duration]| times.iter().max().map_or(0.0, Duration::as_secs_f64) * 1_000.0;
    let half = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort();
        times.get(times.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1_000.0
    };
    vec![
        ("start to pages served, ms", format!("{:.0}", started.as_secs_f64() * 1_000.0)),
        ("`/metrics`, computed, ms", format!("{:.1}", half(&pages))),
        ("`dongbo status`, ms", format!("{:.0}", status.as_secs_f64() * 1_000.0)),
        ("`dongbo status --full`, ms", format!("{:.0}", full.as_secs_f64() * 1_000.0)),
        ("a change to the portal, p50 / most, ms", format!("{:.0} / {:.0}", half(&alone), most(&alone))),
        (
            "the same while 50 read pages, p50 / most, ms",
            format!("{:.0} / {:.0}", half(&read_by_many), most(&read_by_many)),
        ),
        ("pages a second for these 50", format!("{rate:.0}")),
        ("resident memory, now / most, MB", format!("{:.0} / {:.0}", usage.resident, usage.peak)),
    ]
}

async fn read(client: &reqwest::Client, url: &str, page: &str) {
    let answer = client.get(format!("{url}/{page}")).send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "pages of our own")]
    drop(answer.bytes().await.unwrap());
}

/// The time that a command takes.
fn command(rig: &Rig, words: &[&str]) -> Duration {
    let began = Instant::now();
    let said = Command::new(PROGRAM)
        .args(words)
        .arg("--config")
        .arg(rig.folder.join("dongbo.toml"))
        .output()
        .unwrap();
    assert!(!said.stdout.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    began.elapsed()
}

/// From the commit of each change in the local database until the portal has it.
async fn changes(rig: &mut Rig) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..CHANGES {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = rig.mock.counters().creates;
        rig.simulator.create_at(testbed::day::machine()).await.unwrap();
        let began = Instant::now();
        while rig.mock.counters().creates == before {
            assert!(began.elapsed() < PATIENCE, "a change did not reach the portal");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.push(began.elapsed());
    }
    times
}
