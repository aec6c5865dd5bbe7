//! What bringing files to the portal costs, beside a bare upload of the same files in the same run, and the memory that
//! the real binary takes for it.
//!
//! `cargo bench --bench files -- [files] [bytes]`: so many result files of about so many bytes, in both dialects.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark stops when it cannot go on"
)]

#[path = "common/daemon.rs"]
mod daemon;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "common/usage.rs"]
mod usage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use mock_portal::{Config, Pull, PullKind, PullRule, Role};
use sha2::{Digest as _, Sha256};
use testbed::onestop::{FilePlan, OfficeFile, OfficeFiles};
use tokio::sync::Semaphore;

use daemon::Daemon;
use support::files::{Delivered, Dialect};
use support::{Plan, Rig};

/// As many files at once as dongbo takes by itself.
const AT_ONCE: usize = 4;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |place: usize, default| words.get(place).and_then(|it| it.parse().ok()).unwrap_or(default);
    let (files, bytes) = (number(0, 1_000), number(1, 5_000_000));
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for dialect in [Dialect::Rest, Dialect::Ndxp] {
        runtime.block_on(measure(dialect, files, bytes));
    }
}

async fn measure(dialect: Dialect, files: usize, bytes: usize) {
    // Papers go as links of the office's, which lead nowhere here.
    let papers = PullRule { role: Some(Role::Paper), ..PullRule::new(PullKind::Never) };
    let enabled = dialect == Dialect::Ndxp;
    let pull = Pull { enabled, delay_ms: 0, jitter_ms: 0, rules: vec![papers], ..Pull::default() };
    let portal = Config { pull, ..Config::default() };
    // Not every dossier has a result yet.
    let mut rig =
        Rig::new(Plan { dossiers: files * 3 + 10, portal, ahead: TimeDelta::zero(), ..Plan::default() })
            .await;
    let plan = FilePlan { bytes: bytes..=bytes, ..FilePlan::default() };
    let limit = u64::try_from(bytes).unwrap() * 2 + 1_000_000;
    let budgets = "bytes_per_second = 0\nserve_bytes_per_second = 0\nserve_per_second = 100000";
    let office = rig.deliver_files(dialect, Delivered::Results, plan, limit, budgets).await;
    let wanted = prepare(&rig, &office, files).await;
    let size: u64 = wanted.values().map(|(_, size)| size).sum();
    println!("{dialect:?}: {} files, {:.0} MB", wanted.len(), size as f64 / 1e6);
    let bare = if dialect == Dialect::Rest { Some(bare_upload(&rig, &wanted).await) } else { None };
    let began = Instant::now();
    let process = Daemon::start(&rig);
    while arrived(&rig, dialect, &wanted) < wanted.len() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    tell("dongbo", wanted.len(), size, took);
    let used = process.usage();
    println!("  peak resident memory {:.1} MiB, CPU {:.1} s", used.peak, used.cpu.as_secs_f64());
    if let Some(bare) = bare {
        tell("bare upload", wanted.len(), size, bare);
        println!(
            "  dongbo takes {:.2} times as long, reading each file twice",
            took.as_secs_f64() / bare.as_secs_f64()
        );
    }
    let (foreign, twice) = match dialect {
        Dialect::Rest => {
            let uploads = rig.mock.uploads();
            let foreign = uploads.iter().filter(|it| !wanted.contains_key(&it.sha256)).count();
            // Once by the bare upload, once by dongbo.
            (foreign, uploads.iter().filter(|it| it.uploads > 2).count())
        }
        Dialect::Ndxp => {
            let files = rig.mock.files();
            let foreign = files.iter().filter(|it| !it.sha256.is_empty() && !wanted.contains_key(&it.sha256));
            (foreign.count(), files.iter().filter(|it| it.whole > 1).count())
        }
    };
    println!(
        "  of {} files {} are there with the right hash; {foreign} with another, {twice} given twice",
        wanted.len(),
        arrived(&rig, dialect, &wanted)
    );
}

/// Writes the results of so many dossiers, takes the others' rows away, and gives each file's hash with its size.
async fn prepare(rig: &Rig, office: &OfficeFiles, files: usize) -> BTreeMap<String, (PathBuf, u64)> {
    let named = office.named(rig.simulator.db()).await.unwrap();
    let results: Vec<OfficeFile> = named.into_iter().filter(|file| file.is_result).collect();
    let testbed::Db::Sqlite(pool) = rig.simulator.db() else { unreachable!() };
    for file in results.iter().skip(files) {
        sqlx::query("DELETE FROM ket_qua WHERE khoa_tep = ?1").bind(&file.key).execute(pool).await.unwrap();
    }
    let mut wanted = BTreeMap::new();
    for file in results.iter().take(files) {
        let path = office.root().join(&file.key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let bytes = office.bytes(file);
        let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(&path, &bytes).unwrap();
        wanted.insert(hash, (path, u64::try_from(bytes.len()).unwrap()));
    }
    wanted
}

/// The files of `wanted` that the portal has whole and that hang on a dossier.
fn arrived(rig: &Rig, dialect: Dialect, wanted: &BTreeMap<String, (PathBuf, u64)>) -> usize {
    match dialect {
        Dialect::Rest => rig
            .mock
            .uploads()
            .iter()
            .filter(|it| !it.dossiers.is_empty() && wanted.contains_key(&it.sha256))
            .count(),
        Dialect::Ndxp => rig.mock.files().iter().filter(|file| wanted.contains_key(&file.sha256)).count(),
    }
}

/// The same files sent by nothing but an HTTP client, as many at once.
async fn bare_upload(rig: &Rig, wanted: &BTreeMap<String, (PathBuf, u64)>) -> Duration {
    let client = reqwest::Client::new();
    let base = format!("{}/rest", rig.mock.url());
    let login = serde_json::json!({ "client_id": "dongbo", "client_secret": "dongbo" }).to_string();
    let answer = client.post(format!("{base}/token")).header("content-type", "application/json").body(login);
    #[expect(clippy::disallowed_methods, reason = "our own mock, not a body from outside")]
    let answer = answer.send().await.unwrap().text().await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let token = answer.pointer("/data/access_token").and_then(serde_json::Value::as_str).unwrap().to_owned();
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (path, size) in wanted.values().cloned() {
        let permit = Arc::clone(&gate).acquire_owned().await.unwrap();
        let (client, url, token) = (client.clone(), format!("{base}/upload"), token.clone());
        tasks.spawn(async move {
            let (head, tail) = (
                "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.pdf\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n",
                "\r\n--b--\r\n",
            );
            let length = size + u64::try_from(head.len() + tail.len()).unwrap();
            let file = tokio::fs::File::open(path).await.unwrap();
            let body = futures_util::stream::unfold((file, 0_u8), move |(mut file, stage)| async move {
                use tokio::io::AsyncReadExt as _;
                let mut block = vec![0; 64 * 1_024];
                match stage {
                    0 => Some((head.as_bytes().to_vec(), (file, 1))),
                    1 => {
                        let read = file.read(&mut block).await.unwrap();
                        block.truncate(read);
                        let end = read == 0;
                        Some((if end { tail.as_bytes().to_vec() } else { block }, (file, 1 + u8::from(end))))
                    }
                    _ => None,
                }
            });
            use futures_util::StreamExt as _;
            let sent = client
                .post(url)
                .bearer_auth(token)
                .header("content-type", "multipart/form-data; boundary=b")
                .header("content-length", length)
                .body(reqwest::Body::wrap_stream(body.map(Ok::<_, std::io::Error>)))
                .send()
                .await
                .unwrap();
            assert!(sent.status().is_success(), "{}", sent.status());
            drop(permit);
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    began.elapsed()
}

fn tell(who: &str, files: usize, bytes: u64, took: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "  {who}: {seconds:.1} s, {:.1} files/s, {:.1} MB/s",
        files as f64 / seconds,
        bytes as f64 / 1e6 / seconds
    );
}
