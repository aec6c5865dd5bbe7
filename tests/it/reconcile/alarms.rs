//! The metrics behind the alerts about comparing both sides are true.

use dongbo_ledger::Ledger;
use dongbo_sync::reconcile::{Job, RunRequest};
use mock_portal::Evaluation;
use serde_json::json;

use super::{compare, order, settled};
use crate::kit::until;
use crate::process::command;
use support::spoil::set;
use support::{Plan, Rig, Running, now, sample};

async fn value(running: &Running, series: &str) -> f64 {
    let page = running.metrics().await;
    sample(&page, series).unwrap_or_else(|| panic!("no {series} in\n{page}"))
}

/// Mismatches that sending again can put right, those that nobody has to see to, and what was sent again in vain.
async fn mismatches(running: &Running) -> [f64; 3] {
    [
        value(running, "dongbo_mismatches_open{remedy=\"repair\"}").await,
        value(running, "dongbo_mismatches_open{remedy=\"nothing\"}").await,
        value(running, "dongbo_differences_unmended").await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_again_asks_for_nobody_until_a_look_up_still_shows_it() {
    let overrides = "[reconcile]\nsample = 0".to_owned();
    let (rig, running) = settled(Plan { seed: 551, dossiers: 60, overrides, ..Plan::default() }).await;
    let look = || RunRequest { jobs: vec![Job::LookUps], full: true, ..order() };
    let spoil = |place: usize| {
        let code = rig.mock.dossiers()[place].code.clone();
        assert!(rig.mock.damage(&code, &set("TrichYeuHoSo", json!("Khác"))).unwrap());
        code
    };
    let (stubborn, other) = (spoil(7), spoil(9));
    compare(&running, look()).await;
    assert_eq!(mismatches(&running).await, [2.0, 0.0, 0.0]);

    compare(&running, RunRequest { repair: true, ..look() }).await;
    running.until_settled(60).await;
    until("mended", async || rig.compare().await.is_clean()).await;
    assert_eq!(mismatches(&running).await, [0.0, 2.0, 0.0]);

    // The portal said yes to both, and shows one of them as before.
    assert_eq!(spoil(7), stubborn);
    compare(&running, look()).await;
    assert_eq!(mismatches(&running).await, [1.0, 0.0, 1.0]);
    let list = command()
        .args(["reconcile", "list", "--lang", "en", "--config"])
        .arg(rig.folder.join("dongbo.toml"))
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.lines().any(|line| line.contains("1 still differ") && line.contains(&stubborn)), "{list}");
    assert!(!list.contains(&other), "{list}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_the_portal_breaks_off_are_counted_until_one_goes_through_over_restarts_too() {
    let (rig, mut running) = settled(Plan { seed: 552, dossiers: 30, ..Plan::default() }).await;
    let broken_off = "dongbo_runs_broken_off_in_a_row{task=\"counts\"}";
    let counts = || RunRequest { jobs: vec![Job::Counts], ..order() };
    rig.mock.set_evaluation(Evaluation { refuse_with: 403, ..Evaluation::default() });
    for run in 1..=3_u8 {
        compare(&running, counts()).await;
        until("counted", async || value(&running, broken_off).await == f64::from(run)).await;
        running.stop().await;
        running = rig.start().await;
        until("known again", async || value(&running, broken_off).await == f64::from(run)).await;
    }
    let alone = RunRequest {
        scope: dongbo_sync::reconcile::Scope { agency: Some("H48".to_owned()), ..Default::default() },
        ..counts()
    };
    rig.mock.set_evaluation(Evaluation::default());
    compare(&running, alone).await;
    assert_eq!(value(&running, broken_off).await, 3.0, "a run of less than everything stands for none");
    compare(&running, counts()).await;
    until("it went through", async || value(&running, broken_off).await == 0.0).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_not_made_shows_since_when_it_is_overdue() {
    let mut rig = Rig::new(Plan { seed: 553, dossiers: 10, ..Plan::default() }).await;
    rig.config.reconcile.look_ups = "0 0 4 * * *".to_owned();
    // The files of a run have nowhere to go.
    std::fs::write(rig.folder.join("reconcile"), "").unwrap();
    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    let long_ago = now() - chrono::TimeDelta::days(5);
    ledger.move_cursor("reconcile.look_ups", long_ago).await.unwrap();
    ledger.close().await;
    let running = rig.start().await;
    until("tried in vain", async || value(&running, "dongbo_runs_failed_total").await == 1.0).await;
    let next = "dongbo_next_run_timestamp_seconds{task=\"look_ups\"}";
    let day = chrono::TimeDelta::days(1);
    let first_missed = (long_ago + day - chrono::DateTime::UNIX_EPOCH).as_seconds_f64();
    assert!((1.0..=first_missed).contains(&value(&running, next).await));
    let switched_off = "dongbo_next_run_timestamp_seconds{task=\"counts\"}";
    assert_eq!(sample(&running.metrics().await, switched_off), None);
    until("thought of again", async || running.pages.board.jobs().next.get(&Job::LookUps) > Some(&now()))
        .await;
    assert!((1.0..=first_missed).contains(&value(&running, next).await), "it is overdue still");
    running.stop().await;
}
