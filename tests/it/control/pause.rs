//! The operator's pause: soon, for good, and without a change that is missed.

use std::time::{Duration, Instant};

use dongbo_ledger::{Ledger, Pause};
use serde_json::Value;

use super::{calls, dongbo};
use crate::kit::until;
use crate::process::Process;
use support::{Plan, Rig, now};

/// Longer than a pause may take to take hold.
const SOON: Duration = Duration::from_secs(5);

async fn until_sending(process: &Process, sending: &str) {
    let began = Instant::now();
    until(sending, async || process.health().await["sending"] == sending).await;
    assert!(began.elapsed() < SOON, "{sending} after {:?}", began.elapsed());
}

/// The number of dossiers that wait to be sent.
fn due(health: &Value) -> u64 {
    health["layers"]["status"]["due"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_all_calls_survives_kill_and_restart_and_its_end_drains_what_was_heard_meanwhile() {
    let mut rig = Rig::new(Plan { seed: 111, dossiers: 30, ..Plan::default() }).await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    process.until_settled(30, 0).await;

    let paused = dongbo(&rig, &["pause", "--reason", "Cổng\nbảo trì", "--json"]).await.json(0);
    assert_eq!(
        (&paused["paused"], &paused["changed"], &paused["daemon"]),
        (&true.into(), &true.into(), &true.into())
    );
    assert_eq!(paused["pause"]["reason"], "Cổng bảo trì");
    assert!(!paused["pause"]["by"].as_str().unwrap().is_empty());
    until_sending(&process, "paused").await;
    rig.mock.settle().await;
    let before = calls(&rig);
    rig.simulator.advance(now(), 10).await.unwrap();
    until("changes are heard of", async || due(&process.health().await) > 0).await;
    let again = dongbo(&rig, &["pause", "--json"]).await.json(0);
    assert_eq!((&again["changed"], &again["pause"]), (&false.into(), &paused["pause"]));
    let health = process.health().await;
    assert_eq!(
        (&health["standing"], &health["reasons"][0]["reason"]),
        (&"person_needed".into(), &"paused".into())
    );
    assert_eq!(health["reasons"][0]["since"], paused["pause"]["since"]);
    assert_eq!(dongbo(&rig, &["status", "--json"]).await.json(3)["daemon"]["sending"], "paused");

    process.kill();
    let process = Process::start(&config);
    until_sending(&process, "paused").await;
    let waiting = due(&process.health().await);
    rig.simulator.create_at(now()).await.unwrap();
    until("more is heard of", async || due(&process.health().await) > waiting).await;
    assert_eq!(calls(&rig), before, "the portal was called during the pause");

    let resumed = dongbo(&rig, &["resume", "--json"]).await.json(0);
    assert_eq!((&resumed["paused"], &resumed["pause"]), (&false.into(), &paused["pause"]));
    until("drained", async || rig.compare().await.is_clean()).await;
    assert_eq!(process.health().await["sending"], "open");
    process.until_logs(&["sending.paused"]).await;
    process.until_logs(&["sending.resumed"]).await;
    assert_eq!(dongbo(&rig, &["resume", "--json"]).await.json(0)["changed"], false);
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_the_pause_is_written_down_and_holds_when_one_starts() {
    let rig = Rig::new(Plan { seed: 112, dossiers: 10, ..Plan::default() }).await;
    let missing = dongbo(&rig, &["pause", "--lang", "en"]).await;
    assert_eq!(missing.code, 1, "{}", missing.stderr);
    assert!(!rig.config.ledger.path.exists(), "a command made a ledger");
    Ledger::open(&rig.config.ledger.path).await.unwrap().close().await;

    let said = dongbo(&rig, &["pause", "--reason", "bảo trì"]).await;
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stdout.contains("Đã tạm dừng gửi.") && said.stdout.contains("dongbo không chạy"),
        "{}",
        said.stdout
    );
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    until("changes are heard of", async || process.health().await["dossiers"] == 10).await;
    assert_eq!((process.health().await["sending"].clone(), calls(&rig)), ("paused".into(), 0));
    process.kill();
    assert_eq!(dongbo(&rig, &["resume", "--json"]).await.json(0)["daemon"], false);
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(10, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_another_process_wrote_is_followed_and_the_streams_stay_alive_in_it() {
    let rig = Rig::new(Plan { seed: 113, dossiers: 10, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until_settled(10).await;
    let elsewhere = Ledger::open(&rig.config.ledger.path).await.unwrap();
    elsewhere.begin_pause(&Pause::new(now(), "lan", "thử")).await.unwrap();
    let began = Instant::now();
    until("paused", async || running.pages.ctx.gate.paused()).await;
    assert!(began.elapsed() < SOON);
    let mut seen = running.pages.ctx.vitals.progress();
    for _ in 0..2 {
        let alive = tokio::time::timeout(SOON * 2, running.pages.ctx.vitals.all_progressed(&seen));
        seen = alive.await.expect("a paused daemon looks dead");
    }
    elsewhere.end_pause(now(), "lan").await.unwrap();
    let began = Instant::now();
    until("open", async || !running.pages.ctx.gate.paused()).await;
    assert!(began.elapsed() < SOON);
    elsewhere.close().await;
    running.stop().await;
}
