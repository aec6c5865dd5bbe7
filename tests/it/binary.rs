//! The program itself: how it starts, serves, stops, and what is left when it is killed.

use std::time::Duration;

use dongbo_ledger::{Layer, LayerState, Ledger};
use mock_portal::{FaultKind, FaultRule};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::kit::until;
use crate::process::{Process, command};
use support::{Plan, Rig, now, sample};

/// A portal that takes its time, so that a signal meets calls under way.
fn slow() -> FaultRule {
    FaultRule::new(FaultKind::Delay { ms: 100, ms_max: Some(300) }).named("slow")
}

async fn rig(seed: u64, dossiers: usize) -> Rig {
    rig_with(seed, dossiers, 8).await
}

/// A rig whose program makes so many calls at a time.
async fn rig_with(seed: u64, dossiers: usize, at_once: u8) -> Rig {
    let overrides = format!(
        "[push]\nlease = \"3s\"\nmax_concurrency = {at_once}\n[portal]\nbatch_size = 10\ntotal_timeout = \"1s\""
    );
    Rig::new(Plan { seed, dossiers, overrides, ..Plan::default() }).await
}

fn assert_nothing_twice(rig: &Rig) {
    let counters = rig.mock.counters();
    assert_eq!(counters.created_twice, 0, "created twice");
    assert_eq!(counters.duplicate_steps, 0, "steps twice");
    assert_eq!(counters.steps_out_of_order, 0, "steps out of order");
    assert_eq!(counters.backward_moves, 0, "moves backwards");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_pages_tell_of_every_dossier_in_every_layer() {
    let mut rig = rig(41, 80).await;
    rig.simulator.plant_unmapped_status(now()).await.unwrap();
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(81, 1).await;
    let shown = |metrics: &str, layer: Layer, state: LayerState| {
        let name = format!("dongbo_dossiers{{layer=\"{}\",state=\"{}\"}}", layer.name(), state.name());
        sample(metrics, &name).unwrap()
    };
    let mut metrics = String::new();
    // A change that is looked at once more may come between the two pages.
    until("both pages say the same", async || {
        let health = process.health().await;
        metrics = process.page("/metrics").await;
        Layer::ALL.iter().all(|&layer| {
            LayerState::ALL.iter().all(|&state| {
                health["layers"][layer.name()][state.name()].as_f64() == Some(shown(&metrics, layer, state))
            })
        })
    })
    .await;
    let health = process.health().await;
    // What is held is read once more after the tick of the local clock in which it changed.
    assert!(["person_needed", "working"].iter().any(|standing| health["standing"] == *standing), "{health}");
    assert_eq!(health["sending"], "open");
    assert_eq!(health["findings"]["unmapped_status"], 1);
    assert_eq!(sample(&metrics, "dongbo_dossiers_known"), Some(81.0));
    for &layer in Layer::ALL {
        let sum: f64 = LayerState::ALL.iter().map(|&state| shown(&metrics, layer, state)).sum();
        assert!((sum - 81.0).abs() < f64::EPSILON, "{}: {sum}", layer.name());
    }
    process.terminate();
    let (status, ..) = process.ended().await;
    assert_eq!(status.code(), Some(0));
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_while_much_is_under_way_ends_soon_leaves_no_lease_and_the_next_run_completes() {
    // Two at a time, so that much is left to do for seconds.
    let rig = rig_with(42, 400, 2).await;
    rig.mock.add_fault(slow()).unwrap();
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    until("under way", async || rig.mock.counters().creates > 20).await;
    process.terminate();
    let (status, took, log) = process.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(log.contains("dongbo has stopped"), "{log}");
    let created = rig.mock.counters().creates;
    assert!(created < 400, "the stop came when all was done");

    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    assert_eq!(ledger.leases().await.unwrap(), []);
    let overview = ledger.overview(now()).await.unwrap();
    assert_eq!(overview.counts.of(Layer::Presence).of(LayerState::Synced), created, "all answers are kept");
    ledger.close().await;

    rig.mock.clear_faults();
    let process = Process::start(&config);
    process.until_settled(400, 0).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    rig.assert_portal_equals_local().await;
    assert_nothing_twice(&rig);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_held_up_neither_by_a_silent_portal_nor_by_a_client_that_never_ends_its_request() {
    let rig = rig(43, 50).await;
    rig.mock.add_fault(FaultRule::new(FaultKind::Hang { max_ms: 60_000 })).unwrap();
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    let mut idle = TcpStream::connect(&process.address).await.unwrap();
    idle.write_all(b"GET /metr").await.unwrap();
    until("a call hangs", async || !rig.mock.calls().is_empty()).await;
    process.terminate();
    let (status, took, log) = process.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(took < Duration::from_secs(10), "{took:?}\n{log}");
    drop(idle);
}

/// Kills the program again and again in the middle of its work, then lets it finish.
async fn killed_again_and_again(seed: u64) {
    let mut rig = rig(seed, 300).await;
    rig.mock.add_fault(slow()).unwrap();
    let config = rig.folder.join("dongbo.toml");
    for round in 1..=3_u64 {
        let process = Process::start(&config);
        let before = rig.mock.counters().calls.values().sum::<u64>();
        // Where this test had to wait for its turn, everything may be done.
        let done = async || {
            rig.mock.counters().calls.values().sum::<u64>() > before + 6 * round
                || rig.compare().await.is_clean()
        };
        until("in the middle", done).await;
        process.kill();
        rig.simulator.advance(now(), 10).await.unwrap();
    }
    rig.mock.remove_fault("slow");
    let process = Process::start(&config);
    until("equal", async || rig.compare().await.is_clean()).await;
    let local = u64::try_from(rig.mock.dossiers().len()).unwrap();
    process.until_settled(local, 0).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    rig.assert_portal_equals_local().await;
    assert_nothing_twice(&rig);
    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    assert_eq!(ledger.leases().await.unwrap(), []);
    ledger.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_in_the_middle_lose_nothing_and_repeat_nothing_seed_1() {
    killed_again_and_again(51).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_in_the_middle_lose_nothing_and_repeat_nothing_seed_2() {
    killed_again_and_again(52).await;
}

#[test]
fn a_wrong_configuration_ends_it_with_code_2_and_the_way_out_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dongbo.toml");
    for (text, parts) in [
        (
            "[push]\nmax_concurency = 3",
            &["push.max_concurency is not known", "did you mean push.max_concurrency?"][..],
        ),
        (
            "[push]\nlease = \"1s\"",
            &["push.lease (1s) must be at least 3 times portal.total_timeout", "source.url is empty"],
        ),
        (
            "[source]\nurl = \"x.db\"\nmapping = \"/nowhere/mapping.toml\"\n[portal]\nadapter_url = \"https://a.vn\"\n\
             dstcode = \"d\"\nunit_code = \"u\"\nusername = \"n\"",
            &["/nowhere/mapping.toml"],
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let ledger = folder.path().join("ledger.sqlite");
        let mut command = command();
        command.args(["run", "--config"]).arg(&file).env("DONGBO__LEDGER__PATH", ledger);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("dongbo: "), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part}\nis not in\n{said}");
        }
    }
    let output = command().args(["run", "--config", "/nowhere/dongbo.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/dongbo.toml"));
    assert_eq!(command().arg("rum").output().unwrap().status.code(), Some(2));
}

#[test]
fn a_variable_of_the_environment_wins_over_the_file() {
    let output = command().arg("run").env("DONGBO__PUSH__LEASE", "1s").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("push.lease (1s)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_on_the_same_port_is_told_what_is_in_its_way() {
    let rig = rig(44, 0).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    let output = command()
        .args(["run", "--config"])
        .arg(rig.folder.join("dongbo.toml"))
        .env("DONGBO__HTTP__LISTEN", &process.address)
        .env("DONGBO__LEDGER__PATH", rig.folder.join("another.sqlite"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("http.listen") && said.contains("is another dongbo running?"), "{said}");
}

#[test]
fn defaults_prints_the_documented_default_file() {
    let output = command().arg("defaults").output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), dongbo::config::DEFAULTS);
}
