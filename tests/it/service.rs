//! The program as a service: what it tells systemd over a real notification socket, its watchdog, its two-stage stop,
//! and its lock on the ledger.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dongbo_ledger::Ledger;
use dongbo_portal::{Observer, Service};
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine::Engine;
use mock_portal::{FaultKind, FaultRule};
use sqlx::AssertSqlSafe;
use testbed::Db;
use testbed::servers::lasting_port;
use tokio_util::sync::CancellationToken;

use crate::kit::{Log, until};
use crate::process::{Process, command};
use support::{self, Plan, Rig, all_synced, now};

/// A service manager, as far as the notification socket goes.
struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
    /// Messages that have come and that no test has asked for yet.
    unread: VecDeque<String>,
}

impl Manager {
    fn new(folder: &Path) -> Self {
        let path = folder.join("notify.socket");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self { socket, path, unread: VecDeque::new() }
    }

    /// The program under this manager, with a watchdog of three minutes.
    fn command(&self) -> Command {
        let mut command = command();
        command.env("NOTIFY_SOCKET", &self.path).env("WATCHDOG_USEC", "180000000");
        command
    }

    fn start(&self, config: &Path) -> Process {
        Process::start_as(self.command(), config)
    }

    fn receive(&mut self) {
        let mut bytes = [0; 1_024];
        while let Ok(length) = self.socket.recv(&mut bytes) {
            self.unread.push_back(String::from_utf8(bytes[..length].to_vec()).unwrap());
        }
    }

    /// The messages since this was called last.
    fn told(&mut self) -> Vec<String> {
        self.receive();
        self.unread.drain(..).collect()
    }

    /// Waits for the next message that is `wanted`; those before it are gone.
    async fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        until(what, async || {
            self.receive();
            let place = self.unread.iter().position(|message| wanted(message));
            place.map(|place| self.unread.drain(..=place)).is_some()
        })
        .await;
    }

    async fn until_told(&mut self, message: &str) {
        self.until(message, |told| told == message).await;
    }

    /// Waits for `times` more proofs of life.
    async fn until_alive(&mut self, times: usize) {
        self.told();
        for _ in 0..times {
            self.until_told("WATCHDOG=1").await;
        }
    }
}

async fn rig(seed: u64, dossiers: usize) -> Rig {
    Rig::new(Plan { seed, dossiers, ..Plan::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_comes_when_the_pages_are_served_and_proofs_of_life_follow_also_while_portal_and_source_are_away()
 {
    let rig = rig(71, 0).await;
    rig.mock.set_down(true);
    let config = rig.folder.join("dongbo.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    // A port that is known before the program tells it.
    let address = format!("127.0.0.1:{}", lasting_port().unwrap());
    let text = text.replace("onestop.sqlite", "away.sqlite").replace("127.0.0.1:0", &address);
    std::fs::write(&config, text).unwrap();
    let mut manager = Manager::new(&rig.folder);
    let mut program = tokio::process::Command::from(manager.command());
    let _running = program
        .args(["run", "--config"])
        .arg(&config)
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    manager.until_told("READY=1").await;
    TcpStream::connect(address).expect("ready, and nobody listens");
    let unread = |told: &str| told.starts_with("STATUS=Chưa rõ · Không đọc được cơ sở dữ liệu một cửa, từ ");
    manager.until("the local database is away", unread).await;
    manager.until_alive(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_of_life_come_with_work_without_any_and_while_the_portal_is_down_and_a_stop_is_told() {
    let mut rig = rig(72, 30).await;
    let mut manager = Manager::new(&rig.folder);
    let process = manager.start(&rig.folder.join("dongbo.toml"));
    manager.until_alive(1).await;
    process.until_settled(30, 0).await;
    manager.until_alive(2).await;

    rig.mock.set_down(true);
    rig.simulator.advance(now(), 5).await.unwrap();
    until("portal down", async || process.health().await["sending"] == "down").await;
    manager.until_alive(2).await;
    process.terminate();
    manager.until_told("STOPPING=1").await;
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_hangs_ends_the_proofs_of_life_though_the_pages_are_served_and_its_end_brings_them_back()
{
    let overrides = "[source]\nstatement_timeout = \"1h\"".to_owned();
    let plan =
        Plan { engine: support::Engine::Postgres, seed: 73, dossiers: 10, overrides, ..Plan::default() };
    let rig = Rig::new(plan).await;
    let mut manager = Manager::new(&rig.folder);
    let process = manager.start(&rig.folder.join("dongbo.toml"));
    let raised = dongbo::systemd::watchdog::needed(&rig.config);
    assert!(raised > Duration::from_secs(3_600), "{raised:?}");
    manager.until_told(&format!("WATCHDOG_USEC={}", raised.as_micros())).await;
    process.until_settled(10, 0).await;

    let Db::Postgres(pool) = rig.simulator.db() else { panic!("not PostgreSQL") };
    let mut locked = pool.begin().await.unwrap();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut *locked)
            .await
            .unwrap();
    let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "));
    sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut *locked).await.unwrap();
    // What was finished before may still be told once, as soon as all else has made progress too; and then, longer than an
    // idle daemon takes from one proof to the next, nothing.
    tokio::time::sleep(Duration::from_secs(12)).await;
    manager.told();
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert_eq!(process.health().await["dossiers"], 10);
    let told = manager.told();
    assert!(!told.iter().any(|message| message == "WATCHDOG=1"), "a poll hangs: {told:?}");
    locked.rollback().await.unwrap();
    manager.until_alive(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_line_tells_the_verdict_the_held_and_the_portal() {
    let mut rig = rig(74, 30).await;
    rig.without_results().await;
    rig.simulator.plant_unmapped_status(now()).await.unwrap();
    let mut manager = Manager::new(&rig.folder);
    let process = manager.start(&rig.folder.join("dongbo.toml"));
    manager.until_told("STATUS=Cần người xử lý: 96,77\u{a0}% của 31 hồ sơ đã khớp · 1 hồ sơ bị giữ").await;
    rig.mock.set_down(true);
    rig.simulator.advance(now(), 5).await.unwrap();
    let down = |told: &str| {
        told.starts_with("STATUS=Cần người xử lý: ")
            && told.contains(" · 1 hồ sơ bị giữ · Cổng không trả lời; đã ngừng gửi")
    };
    manager.until("portal down", down).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_is_told_from_its_beginning_to_its_end_also_when_the_old_configuration_stays() {
    let rig = rig(75, 0).await;
    let mut manager = Manager::new(&rig.folder);
    let config = rig.folder.join("dongbo.toml");
    let process = manager.start(&config);
    manager.until_told("READY=1").await;
    for text in [std::fs::read_to_string(&config).unwrap(), "[push]\nleese = 1".to_owned()] {
        std::fs::write(&config, text).unwrap();
        process.signal("HUP");
        manager.until_told("RELOADING=1").await;
        manager.until_told("READY=1").await;
    }
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_stop_that_waits_for_a_silent_portal() {
    let overrides = "[portal]\nread_timeout = \"30s\"\ntotal_timeout = \"40s\"\n[push]\nlease = \"120s\"";
    let plan = Plan { seed: 76, dossiers: 50, overrides: overrides.to_owned(), ..Plan::default() };
    let rig = Rig::new(plan).await;
    rig.mock.add_fault(FaultRule::new(FaultKind::Hang { max_ms: 60_000 })).unwrap();
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    until("a call hangs", async || !rig.mock.calls().is_empty()).await;
    process.terminate();
    until("stopping", async || process.log().contains("daemon.stopping")).await;
    process.signal("INT");
    let (status, took, log) = process.ended().await;
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(took < Duration::from_secs(4), "{took:?}\n{log}");
    assert!(log.contains("daemon.stopped_at_once") && !log.contains("dongbo has stopped"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_one_ledger_is_told_whose_it_is_and_a_killed_one_leaves_it_free_at_once() {
    let rig = rig(77, 20).await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    let second = command().args(["run", "--config"]).arg(&config).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{said}");
    let whose = format!("another dongbo (process {}) works on the ledger", process.id());
    assert!(said.contains(&whose) && said.contains("systemctl stop dongbo"), "{said}");
    process.kill();
    let process = Process::start(&config);
    process.until_settled(20, 0).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_call_that_panics_is_a_failed_attempt_that_is_told_and_its_dossiers_reach_the_portal_once() {
    let (log, _kept) = Log::keep();
    let rig = rig(78, 12).await;
    let clock = support::clock();
    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    let ctx = Ctx::new(ledger, clock, &rig.config.push);
    // The observer runs within the call, after the portal has applied it.
    let calls = AtomicUsize::new(0);
    let observer: Observer = Arc::new(move |record| {
        let broken = record.service != Service::LogIn && calls.fetch_add(1, Ordering::Relaxed) < 2;
        assert!(!broken, "broken on purpose");
    });
    let engine = Engine::build(&rig.config.sync(), ctx.clone(), &Arc::default(), observer, 7).await.unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(engine.run(stop.clone()));
    until("equal", async || {
        let overview = ctx.ledger.overview(now()).await.unwrap();
        overview.dossiers == 12 && overview.to_verify == 0 && all_synced(&overview)
    })
    .await;
    stop.cancel();
    running.await.unwrap().unwrap();
    assert!(log.says(&["push.call_died", "will be looked up"]), "{}", log.text());
    rig.assert_portal_equals_local().await;
    let counters = rig.mock.counters();
    assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0));
}
