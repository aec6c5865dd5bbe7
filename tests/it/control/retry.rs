//! Trying again what is held: counted first, asked for, paced, with a daemon and without one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{Layer, LayerState, Ledger, Selection};
use dongbo_model::FindingKind;
use serde_json::Value;

use super::{calls, dongbo};
use crate::kit::{execute, until, until_at_rest};
use crate::process::Process;
use support::{Plan, Rig, now};

/// A rig with three dossiers held for their status, two for their procedure, one row without a code, and ten others.
async fn held_rig(seed: u64) -> Rig {
    let mut rig = Rig::new(Plan { seed, dossiers: 10, ..Plan::default() }).await;
    for _ in 0..3 {
        rig.simulator.plant_unmapped_status(now()).await.unwrap();
    }
    for _ in 0..2 {
        rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
    }
    rig.simulator.plant_without_code(now()).await.unwrap();
    rig
}

/// The codes that are held for `kind`.
async fn held(rig: &Rig, kind: FindingKind) -> Vec<String> {
    let ledger = Ledger::open_read_only(&rig.config.ledger.path).await.unwrap();
    let open = ledger.open_findings(100).await.unwrap();
    ledger.close().await;
    open.into_iter().filter(|found| found.finding.kind == kind).map(|found| found.code).collect()
}

fn count(said: &Value, what: &str) -> u64 {
    said["preview"][what].as_u64().unwrap()
}

/// Puts the planted procedures right behind dongbo's back, so that nothing but trying again finds out.
async fn mend(rig: &Rig) {
    execute(rig.simulator.db(), "UPDATE ho_so SET ma_thu_tuc = 'KS01' WHERE ma_thu_tuc = 'XX99'").await;
}

async fn until_counted_held(process: &Process, many: u64) {
    until("held", async || process.health().await["layers"]["status"]["held"] == many).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_counted_by_code_cause_and_unit_before_anything_is_done() {
    let rig = held_rig(121).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(16, 6).await;
    until_at_rest(&rig).await;
    let before = calls(&rig);

    let all = dongbo(&rig, &["retry", "--all-held", "--dry-run", "--json"]).await.json(0);
    assert_eq!((count(&all, "held"), count(&all, "without_code")), (5, 1), "{all}");
    assert_eq!((&all["daemon"], &all["retried"]), (&true.into(), &Value::Null));
    let causes: Vec<(&str, &str, u64)> = all["preview"]["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cause| {
            (
                cause["kind"].as_str().unwrap(),
                cause["subject"].as_str().unwrap(),
                cause["dossiers"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(causes, [("unmapped_status", "LUU_KHO", 3), ("unmapped_procedure", "XX99", 2)]);

    for (arguments, many) in [
        (&["--cause", "unmapped_status"][..], 3),
        (&["--cause", "unmapped_procedure:XX99"], 2),
        (&["--cause", "unmapped_procedure:KS01"], 0),
        (&["--unit", "no such unit"], 0),
    ] {
        let arguments = [&["retry", "--dry-run", "--json"], arguments].concat();
        assert_eq!(count(&dongbo(&rig, &arguments).await.json(0), "held"), many, "{arguments:?}");
    }
    let status = held(&rig, FindingKind::UnmappedStatus).await;
    let synced = rig.mock.dossiers()[0].code.clone();
    let mut named: Vec<&str> = status.iter().map(String::as_str).collect();
    named.extend([synced.as_str(), "KHONG-CO", "retry", "--dry-run", "--json"]);
    named.rotate_right(3);
    let some = dongbo(&rig, &named).await.json(3);
    assert_eq!((count(&some, "held"), count(&some, "complete")), (3, 1), "{some}");
    assert_eq!(some["preview"]["unknown"], serde_json::json!(["KHONG-CO"]));

    for (arguments, code, words) in [
        (&["retry", "KHONG-CO", "--yes"][..], 1, "Sổ theo dõi không có mã: KHONG-CO"),
        (&["retry", "--all-held"], 2, "--yes"),
        (&["retry", "--yes"], 2, ""),
        (&["retry", "--cause", "bad_luck", "--yes"], 2, "unmapped_status"),
        (&["retry", "--all-held", "--unit", "x", "--yes"], 2, ""),
    ] {
        let said = dongbo(&rig, arguments).await;
        assert_eq!(said.code, code, "{arguments:?}: {}{}", said.stdout, said.stderr);
        assert!(format!("{}{}", said.stdout, said.stderr).contains(words), "{}{}", said.stdout, said.stderr);
    }
    assert_eq!(calls(&rig), before, "something was done");
    assert_eq!(process.health().await["layers"]["status"]["held"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_mended_meanwhile_is_sent_what_was_not_is_held_again_and_what_is_gone_is_not_sent() {
    let rig = held_rig(122).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(16, 6).await;
    until_at_rest(&rig).await;
    mend(&rig).await;
    let gone = held(&rig, FindingKind::UnmappedStatus).await[0].clone();
    execute(rig.simulator.db(), &format!("DELETE FROM ho_so WHERE ma_ho_so = '{gone}'")).await;
    let said = dongbo(&rig, &["retry", "--all-held", "--yes", "--per-minute", "0", "--json"]).await.json(0);
    assert_eq!(said["retried"]["dossiers"], 5);
    // The two that were mended are sent; one is gone and was never sent, so nothing is left of it.
    process.until_settled(15, 3).await;
    assert!(held(&rig, FindingKind::UnmappedProcedure).await.is_empty());
    assert_eq!(held(&rig, FindingKind::UnmappedStatus).await.len(), 2);
    assert_eq!(rig.mock.dossiers().len(), 12);
    assert!(rig.mock.dossier(&gone).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_it_is_done_in_the_ledger_and_sent_at_the_next_start() {
    let rig = held_rig(123).await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    process.until_settled(16, 6).await;
    until_at_rest(&rig).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    mend(&rig).await;
    let said = dongbo(&rig, &["retry", "--cause", "unmapped_procedure", "--yes", "--lang", "en"]).await;
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stdout.contains("2 dossiers are tried again") && said.stdout.contains("The daemon does not run"),
        "{}",
        said.stdout
    );
    let process = Process::start(&config);
    until_counted_held(&process, 4).await;
    process.until_settled(16, 4).await;
    until_at_rest(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_to_its_pace_and_takes_the_units_in_turn() {
    let rig = held_rig(124).await;
    let running = rig.start().await;
    running.until("held", |overview| overview.counts.of(Layer::Status).of(LayerState::Held) == 6).await;
    let ledger = running.ledger.clone();
    running.until_settled(16).await;
    until_at_rest(&rig).await;
    let begin = at(now().timestamp_micros());
    let retried = ledger.retry(&Selection::default(), Duration::from_secs(30), begin).await.unwrap();
    assert_eq!((retried.dossiers, retried.last_due_at), (5, begin + TimeDelta::seconds(120)));
    let url = format!("sqlite:{}", rig.config.ledger.path.display());
    let pool = sqlx::sqlite::SqlitePool::connect(&url).await.unwrap();
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT due_at, unit FROM dossier WHERE state = 'due' AND lane = 1 ORDER BY due_at")
            .fetch_all(&pool)
            .await
            .unwrap();
    // The first may be with a worker by now; the others have to wait for their turn.
    let later: Vec<TimeDelta> =
        rows.iter().map(|(due, _)| at(*due) - begin).filter(|wait| *wait > TimeDelta::seconds(1)).collect();
    assert_eq!(later, [30, 60, 90, 120].map(TimeDelta::seconds));
    let named = Selection { codes: Some(codes(&pool).await), ..Selection::default() };
    let preview = ledger.preview_retry(&named, begin + TimeDelta::seconds(1)).await.unwrap();
    assert_eq!((preview.waiting, preview.held), (4, 0), "{preview:?}");
    let hurried = ledger.retry(&named, Duration::ZERO, begin + TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(hurried.dossiers, 4);
    running
        .until("all were tried again", |overview| overview.counts.of(Layer::Status).of(LayerState::Held) == 6)
        .await;
    running.stop().await;
}

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap()
}

async fn codes(pool: &sqlx::SqlitePool) -> Vec<String> {
    sqlx::query_scalar("SELECT code FROM dossier WHERE state = 'due' AND lane = 1")
        .fetch_all(pool)
        .await
        .unwrap()
}
