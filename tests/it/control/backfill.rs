//! The backfill: a range of local changes is compared once more, beside everything else.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use dongbo_ledger::{BackfillState, Lane, Ledger};
use mock_portal::{FaultKind, FaultRule};
use serde_json::Value;
use testbed::Db;

use super::dongbo;
use crate::kit::{execute, until};
use crate::process::Process;
use support::{Plan, Rig, now};

const DOSSIERS: usize = 120;

/// Small pages, so that a backfill takes many.
async fn rig(seed: u64) -> Rig {
    let overrides = "[source]\npage_size = 10".to_owned();
    Rig::new(Plan { seed, dossiers: DOSSIERS, overrides, ..Plan::default() }).await
}

/// Codes and times of change by the local system's own writing, the oldest first.
async fn changes(rig: &Rig) -> Vec<(String, String)> {
    let Db::Sqlite(pool) = rig.simulator.db() else { panic!("SQLite is what this reads") };
    sqlx::query_as("SELECT ma_ho_so, cap_nhat_luc FROM ho_so ORDER BY cap_nhat_luc, id")
        .fetch_all(pool)
        .await
        .unwrap()
}

/// The day of a local time, as it is typed.
fn day(written: &str) -> &str {
    &written[..10]
}

/// A day so long ago or ahead, as it is typed in Vietnam.
fn days_from_now(days: i64) -> String {
    (now() + TimeDelta::days(days)).with_timezone(&Ho_Chi_Minh).format("%d/%m/%Y").to_string()
}

async fn cursor(rig: &Rig) -> Option<DateTime<Utc>> {
    let ledger = Ledger::open_read_only(&rig.config.ledger.path).await.unwrap();
    let cursor = ledger.cursor("intake").await.unwrap();
    ledger.close().await;
    cursor
}

async fn rename(rig: &Rig, code: &str) {
    execute(
        rig.simulator.db(),
        &format!("UPDATE ho_so SET trich_yeu = 'Đã sửa tay' WHERE ma_ho_so = '{code}'"),
    )
    .await;
}

fn shows(rig: &Rig, code: &str) -> bool {
    rig.mock.dossier(code).unwrap().fields["TrichYeuHoSo"] == "Đã sửa tay"
}

fn last_line(stdout: &str) -> Value {
    serde_json::from_str(stdout.lines().last().unwrap()).unwrap()
}

async fn state(rig: &Rig) -> Value {
    dongbo(rig, &["backfill", "--detach", "--json"]).await.json(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_the_range_is_compared_only_what_differs_is_sent_and_the_live_cursor_stays() {
    let rig = rig(131).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(120, 0).await;
    assert_eq!(dongbo(&rig, &["backfill"]).await.stdout, "Chưa có lần đồng bộ bù nào.\n");
    let changes = changes(&rig).await;
    let (first, last) = (day(&changes[10].1), day(&changes[70].1));
    let within = changes.iter().filter(|(_, at)| (first..=last).contains(&day(at))).count();
    let outside = changes.iter().find(|(_, at)| day(at) > last).unwrap().0.clone();
    let inside = changes[40].0.clone();
    rename(&rig, &inside).await;
    rename(&rig, &outside).await;
    // Quiet, so that the cursor has no other reason to move.
    let before = (cursor(&rig).await, rig.mock.counters().updates);

    let said =
        dongbo(&rig, &["backfill", "--from", first, "--to", last, "--per-minute", "0", "--json"]).await;
    assert_eq!(said.code, 0, "{}", said.stderr);
    let end = last_line(&said.stdout);
    assert_eq!((&end["backfill"]["found"], &end["backfill"]["touched"]), (&within.into(), &within.into()));
    assert_eq!(
        (&end["backfill"]["state"], &end["read"], &end["backlog"]),
        (&"read".into(), &1.0.into(), &0.into())
    );
    until("sent", async || shows(&rig, &inside)).await;
    assert!(!shows(&rig, &outside), "it lies outside of the range");
    assert_eq!((cursor(&rig).await, rig.mock.counters().updates), (before.0, before.1 + 1));
    process.until_settled(120, 0).await;
    let shown = dongbo(&rig, &["backfill"]).await;
    assert!(shown.stdout.contains("đã đọc 100\u{a0}%") && shown.stdout.contains("xong"), "{}", shown.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_loses_nothing_and_counts_nothing_twice() {
    let rig = rig(132).await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    process.until_settled(120, 0).await;
    for (code, _) in changes(&rig).await {
        rename(&rig, &code).await;
    }
    let order = ["backfill", "--from", &days_from_now(-800), "--per-minute", "600", "--detach", "--json"];
    let begun = dongbo(&rig, &order).await.json(0);
    assert!(!begun["backfill"]["by"].as_str().unwrap().is_empty());
    until("in the middle", async || state(&rig).await["backfill"]["found"].as_u64().unwrap() >= 20).await;
    process.kill();
    assert_eq!(dongbo(&rig, &["backfill"]).await.code, 1, "it needs a daemon");
    let process = Process::start(&config);
    let after = state(&rig).await;
    assert_eq!(after["backfill"]["started_at"], begun["backfill"]["started_at"]);
    assert!(after["backfill"]["found"].as_u64().unwrap() < 120, "{after}");

    let other = dongbo(&rig, &["backfill", "--from", "2020-01-01", "--to", "2020-12-31"]).await;
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("đang đồng bộ bù từ"), "{}", other.stderr);

    until("all is read", async || state(&rig).await["backfill"]["state"] == "read").await;
    let end = state(&rig).await;
    assert_eq!((&end["backfill"]["found"], &end["backfill"]["touched"]), (&120.into(), &120.into()));
    until("all is sent", async || rig.compare().await.is_clean()).await;
    process.until_settled(120, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_changes_overtake_it_and_it_can_be_broken_off() {
    let overrides =
        "[source]\npage_size = 10\n[push]\nmax_concurrency = 1\n[portal]\nbatch_size = 1\nsteps_per_call = 1"
            .to_owned();
    let mut rig = Rig::new(Plan { seed: 133, dossiers: DOSSIERS, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(120, 0).await;
    for (code, _) in changes(&rig).await {
        rename(&rig, &code).await;
    }
    rig.mock.add_fault(FaultRule::new(FaultKind::Delay { ms: 400, ms_max: None }).named("slow")).unwrap();
    let order = ["backfill", "--from", &days_from_now(-800), "--per-minute", "0", "--detach", "--json"];
    dongbo(&rig, &order).await.json(0);
    until("all is read", async || state(&rig).await["backfill"]["state"] == "read").await;
    let waiting = state(&rig).await["backlog"].as_u64().unwrap();
    assert!(waiting > 60, "{waiting}");
    let live = rig.simulator.create_at(now()).await.unwrap().code;
    until("the live one is sent", async || rig.mock.dossier(&live).is_some()).await;
    assert!(state(&rig).await["backlog"].as_u64().unwrap() > 30, "the backfill went first");

    let none = dongbo(&rig, &["backfill", "--cancel", "--lang", "en"]).await;
    assert_eq!((none.code, none.stderr.contains("no backfill is running")), (1, true), "{}", none.stderr);
    let order = ["backfill", "--from", &days_from_now(-800), "--per-minute", "1", "--detach", "--json"];
    dongbo(&rig, &order).await.json(0);
    let cancelled = dongbo(&rig, &["backfill", "--cancel", "--json"]).await.json(0);
    assert_eq!(cancelled["backfill"]["state"], "cancelled");
    let empty = dongbo(&rig, &["backfill", "--from", &days_from_now(2)]).await;
    assert_eq!(empty.code, 2, "{}", empty.stderr);
    rig.mock.clear_faults();
    until("all is sent", async || rig.compare().await.is_clean()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_that_was_broken_off_meanwhile_touches_nothing() {
    use dongbo_ledger::{Backfill, BackfillPage};

    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let wanted = Backfill {
        from: now() - TimeDelta::days(9),
        to: now(),
        position: None,
        found: 0,
        touched: 0,
        state: BackfillState::Reading,
        started_at: now(),
        per_minute: 0,
        by: "lan".to_owned(),
    };
    let begun = ledger.begin_backfill(&wanted).await.unwrap();
    let other = Backfill { started_at: now() + TimeDelta::seconds(1), ..wanted.clone() };
    assert_eq!(ledger.begin_backfill(&other).await.unwrap(), begun, "one at a time");
    ledger.cancel_backfill().await.unwrap().unwrap();
    let touch = dongbo_ledger::Touch {
        key: "1".to_owned(),
        code: dongbo_model::DossierCode::new("A"),
        unit: "57".to_owned(),
        changed_at: now() - TimeDelta::days(1),
        finding: None,
    };
    let page = BackfillPage { touches: vec![touch], position: None };
    assert_eq!(ledger.touch_backfill(&begun, page.clone(), now()).await.unwrap(), None);
    assert_eq!(ledger.known().await.unwrap(), 0);

    let begun = ledger.begin_backfill(&other).await.unwrap();
    let done = ledger.touch_backfill(&begun, page, now()).await.unwrap().unwrap();
    assert_eq!((done.found, done.touched, done.state), (1, 1, BackfillState::Read));
    let claims =
        ledger.claim(&[Lane::Live, Lane::Retry], 9, 0, "test", Duration::from_secs(9), now()).await.unwrap();
    assert!(claims.claims.is_empty(), "a dossier that nobody had heard of is in the live lane");
    assert_eq!(ledger.backlog(Lane::Backfill, 9, now()).await.unwrap(), 1);
    ledger.close().await;
}
