//! The same on a ledger that many share, and a sweep that goes on where it was broken off.

use chrono::TimeDelta;
use dongbo::ledger::Ledger;
use dongbo::reconcile::{Job, Order};
use dongbo::source::Mapping;
use serde_json::json;
use testbed::servers::fresh_database;

use super::{compare, order, settled, told};
use crate::kit::{execute, until};
use crate::support::spoil::{MENDABLE, is_fit, spoil};
use crate::support::{Plan, Rig, clock, now};

#[tokio::test(flavor = "multi_thread")]
async fn on_a_ledger_on_a_server_everything_is_found_and_put_right_by_the_daemon_that_leads() {
    let database = fresh_database().await.unwrap();
    let overrides = format!("[ledger]\nurl = \"{}\"\n[reconcile]\nsample = 50", database.url());
    let (rig, running) = settled(Plan { seed: 531, dossiers: 150, overrides, ..Plan::default() }).await;
    let equal = compare(&running, order()).await;
    assert!(equal.is_equal() && equal.cells.different == 0 && equal.sample.looked_at == 50, "{equal:#?}");
    let mut left = rig.mock.dossiers();
    let mut spoilt = Vec::new();
    for kind in MENDABLE {
        let place = left.iter().position(|it| is_fit(kind, it)).unwrap();
        let dossier = left.remove(place);
        spoil(&rig.mock, kind, &dossier);
        spoilt.push((dossier.code, kind.to_owned()));
    }
    spoilt.sort();
    let full = Order { jobs: vec![Job::LookUps], full: true, repair: true, yes: true, ..order() };
    let summary = compare(&running, full.clone()).await;
    assert_eq!(told(&running).await, spoilt);
    assert_eq!(summary.repaired, 12);
    running.until_settled(150).await;
    let after = compare(&running, Order { jobs: vec![Job::Counts, Job::LookUps], ..full }).await;
    assert!(after.is_equal() && after.closed == 12, "{after:#?}");
    rig.assert_portal_equals_local().await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_was_broken_off_goes_on_where_it_was_and_the_next_one_begins_anew() {
    let plan = Plan { seed: 532, dossiers: 60, ..Plan::default() };
    let (rig, running) = settled(plan).await;
    running.stop().await;
    let codes: Vec<String> = rig.mock.dossiers().into_iter().map(|it| it.code).collect();
    let (early, middle, late) = (&codes[5], &codes[30], &codes[50]);
    // Behind everybody's back: no timestamp tells.
    for code in [early, late] {
        let sql = format!("UPDATE ho_so SET trich_yeu = 'khác' WHERE ma_ho_so = '{code}'");
        execute(rig.simulator.db(), &sql).await;
    }
    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    let mapping = Mapping::load(&rig.config.source.mapping).unwrap();
    let position =
        json!({ "after": middle, "began": now() - TimeDelta::hours(1), "mapping": mapping.digest() });
    ledger.remember("sweep.position", &position.to_string()).await.unwrap();
    ledger.close().await;
    let running = Rig::start_with(&rig.config, clock()).await;
    let sweep = || Order { jobs: vec![Job::Sweep], ..order() };
    let summary = |code: &str| rig.mock.dossier(code).unwrap().fields["TrichYeuHoSo"].clone();
    assert_eq!(compare(&running, sweep()).await.swept, Some(1));
    until("sent", async || summary(late) == "khác").await;
    assert_ne!(summary(early), "khác");
    assert_eq!(compare(&running, sweep()).await.swept, Some(1));
    until("sent", async || summary(early) == "khác").await;
    rig.assert_portal_equals_local().await;
    running.stop().await;
}
