//! Whatever comes from outside, the daemon stays far below the memory that its unit gives it (`MemoryMax=256M`).
//!
//! The limit is not set here: a limit of address space would count what the threads only reserve, and a cgroup of its own is for
//! root. The highest resident memory of the spawned program is read from the kernel instead, and is never above the limit.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dongbo_ledger::Ledger;
use dongbo_model::FindingKind;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::kit::{execute, until};
use crate::process::Process;
use support::usage::of_process;
use support::{Engine, Plan, Rig, now};

/// `MemoryMax` of the unit, in MB.
const MOST: f64 = 256.0;

fn assert_small(process: &Process, fed: &str) {
    let peak = of_process(process.id()).peak;
    assert!(peak < MOST, "{peak} MB after {fed}");
}

/// Two hundred dossiers with a free text of most of a MiB, as many with more than is read, and one whose text would not fit into
/// the memory at all.
async fn large_dossiers_are_told_and_all_others_go(engine: Engine) {
    let overrides = "[portal]\nbatch_size = 50\n[push]\nlease = \"60s\"".to_owned();
    let is_file = matches!(engine, Engine::Sqlite);
    let rig = Rig::new(Plan { engine, seed: 171, dossiers: 121, overrides, ..Plan::default() }).await;
    rig.without_results().await;
    let text = |length: usize| {
        if is_file { format!("printf('%.*c', {length}, 'x')") } else { format!("repeat('x', {length})") }
    };
    for (from, many, length) in [(0, 60, 900_000), (60, 40, 1_200_000), (100, 1, 300_000_000)] {
        let chosen = format!("SELECT id FROM ho_so ORDER BY ma_ho_so LIMIT {many} OFFSET {from}");
        let set = format!("UPDATE ho_so SET ghi_chu = {} WHERE id IN ({chosen})", text(length));
        execute(rig.simulator.db(), &set).await;
    }
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(121, 41).await;
    assert_small(&process, "large dossiers");
    assert_eq!(rig.mock.dossiers().len(), 80, "all that are not too large");
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    let findings = ledger.overview(now()).await.unwrap().findings;
    assert_eq!(findings, [(FindingKind::TooLarge.name().to_owned(), 41)]);
    ledger.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_of_a_file_with_endless_texts_are_told_and_all_others_go() {
    large_dossiers_are_told_and_all_others_go(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_of_a_server_with_endless_texts_are_told_and_all_others_go() {
    large_dossiers_are_told_and_all_others_go(Engine::Postgres).await;
}

/// A portal that takes log-ins and answers all else with four MiB of nothing. Gives its address and how often it did.
async fn flood() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let flooded = Arc::new(AtomicU64::new(0));
    let body: Arc<str> =
        format!("{{\"error_code\":0,\"message\":\"\",\"result\":[{{}}{}]}}", ",{}".repeat(1_380_000)).into();
    assert!(body.len() < 4 << 20);
    let count = Arc::clone(&flooded);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (body, count) = (Arc::clone(&body), Arc::clone(&count));
            // A client that goes away ends its conversation only.
            tokio::spawn(async move { drop(converse(stream, &body, &count).await) });
        }
    });
    (format!("http://{address}"), flooded)
}

async fn converse(stream: TcpStream, flood: &str, count: &AtomicU64) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut request = vec![0; length];
        stream.read_exact(&mut request).await?;
        let logs_in = request.windows(8).any(|window| window == b"password");
        let body = if logs_in { r#"{"error_code":0,"message":"","session":"s"}"# } else { flood };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        count.fetch_add(u64::from(!logs_in), Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_nothing_and_requests_without_end_do_not_fill_the_memory() {
    let (portal, flooded) = flood().await;
    let overrides = format!(
        "[portal]\nadapter_url = \"{portal}\"\nbatch_size = 1\n[push]\nbreaker_failures = 100000\nbreaker_drift = 100000\n\
         lookup_after = \"1ms\"\nbackoff_base = \"1ms\"\nbackoff_cap = \"10ms\"\ncalls_per_second = 0"
    );
    let rig = Rig::new(Plan { seed: 172, dossiers: 60, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    until("flooded", async || flooded.load(Ordering::Relaxed) > 100).await;
    let socket = rig.config.control.socket.clone();
    let piece = vec![b'x'; 1 << 20];
    let commands = std::thread::spawn(move || {
        for _ in 0..20 {
            let mut client = UnixStream::connect(&socket).unwrap();
            // It is refused somewhere on the way, which ends the line.
            let refused = (0..64).any(|_| std::io::Write::write_all(&mut client, &[b'x'; 1 << 20]).is_err());
            assert!(refused);
        }
    });
    for _ in 0..20 {
        let mut client = TcpStream::connect(&process.address).await.unwrap();
        client
            .write_all(b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\n")
            .await
            .unwrap();
        for _ in 0..64 {
            if client.write_all(&piece).await.is_err() {
                break;
            }
        }
        let mut client = TcpStream::connect(&process.address).await.unwrap();
        drop(client.write_all(b"GET /metrics HTTP/1.1\r\nX: ").await);
        for _ in 0..4 {
            if client.write_all(&piece).await.is_err() {
                break;
            }
        }
    }
    commands.join().unwrap();
    assert!(process.page("/metrics").await.contains("dongbo_"));
    assert_small(&process, "answers of four MiB and requests without end");
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}
