//! The whole engine in dialect `rest`: from the local database to the portal, and both sides compared.

use mock_portal::{Config, FaultKind, FaultRule, Faults, Service};
use testbed::expect::{Expectation, Report, compare_rest};

use crate::kit::until;
use support::{Plan, Rig, Running, all_synced, now};

/// A rig whose dongbo speaks `rest`.
async fn rig(dossiers: usize, portal: Config, more: &str) -> Rig {
    let mut rig = Rig::new(Plan { dossiers, portal, overrides: more.to_owned(), ..Plan::default() }).await;
    rig.config.portal.dialect = dongbo_portal::Dialect::Rest;
    rig.config.portal.adapter_url = format!("{}/rest", rig.mock.url());
    rig.config.portal.dstcode = String::new();
    rig.config.portal.unit_code = String::new();
    assert_eq!(rig.config.portal.validate(), Vec::<String>::new());
    rig
}

fn on_portal(rig: &Rig) -> Vec<serde_json::Value> {
    rig.mock.dossiers().iter().map(|dossier| serde_json::to_value(dossier).unwrap()).collect()
}

/// What the local system has now, beside what the portal showed.
async fn beside(rig: &Rig, portal: &[serde_json::Value]) -> Report {
    compare_rest(&Expectation::read(rig.simulator.db()).await.unwrap(), portal)
}

async fn report(rig: &Rig) -> Report {
    beside(rig, &on_portal(rig)).await
}

/// Lets the local system go on, and waits until the portal has followed.
async fn change_and_follow(rig: &mut Rig, running: &Running, changes: usize) {
    let before = on_portal(rig);
    rig.simulator.advance(now(), changes).await.unwrap();
    assert!(!beside(rig, &before).await.is_clean(), "nothing has changed");
    until("the portal followed", async || report(rig).await.is_clean()).await;
    running.until("all synced", |overview| overview.to_verify == 0 && all_synced(overview)).await;
}

async fn assert_portal_equals_local(rig: &Rig) {
    let report = report(rig).await;
    assert!(report.is_clean(), "the portal differs from the local database: {report:#?}");
    assert!(report.equal > 0);
    let counters = rig.mock.counters();
    assert_eq!(counters.created_twice, 0, "created twice");
    assert_eq!(counters.duplicate_steps, 0, "steps twice");
    assert_eq!(counters.steps_out_of_order, 0, "steps out of order");
    assert_eq!(counters.backward_moves, 0, "moves backwards");
}

async fn all_synced_of(running: &Running, dossiers: u64) {
    running
        .until("all synced", |overview| {
            overview.dossiers >= dossiers && overview.to_verify == 0 && all_synced(overview)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_and_its_changes_arrive_and_nothing_is_left_in_doubt() {
    let mut rig = rig(200, Config::default(), "[push]\nverify_share = 1.0").await;
    let running = rig.start().await;
    all_synced_of(&running, 200).await;
    assert_portal_equals_local(&rig).await;
    change_and_follow(&mut rig, &running, 200).await;
    running.stop().await;
    assert_portal_equals_local(&rig).await;
    let outcomes = &rig.mock.counters().by_service_outcome;
    assert!(!outcomes["CapNhatTrangThai"].contains_key("rejected"), "{outcomes:?}");
    assert!(!outcomes["NopHoSo"].contains_key("exists"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_equals_the_local_database_after_every_fault() {
    let portal = Config { seed: 4, faults: Faults::nasty(), ..Config::default() };
    let mut rig = rig(150, portal, "[push]\nverify_share = 1.0").await;
    let running = rig.start().await;
    for _ in 0..5 {
        rig.simulator.advance(now(), 30).await.unwrap();
        running.until("something accepted", |overview| overview.dossiers >= 150).await;
    }
    running.until_settled(150).await;
    rig.mock.clear_faults();
    running.ledger.free_held(now()).await.unwrap();
    // The last changes may not have been heard of yet, and then all seems to be in step.
    until("equal", async || report(&rig).await.is_clean()).await;
    all_synced_of(&running, 150).await;
    running.stop().await;
    assert_portal_equals_local(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_that_the_ledger_does_not_know_is_looked_up_before_anything_is_sent() {
    let mut rig = rig(20, Config::default(), "").await;
    // Every answer to a create is lost, and with it what the portal calls the dossier.
    rig.mock.add_fault(FaultRule::new(FaultKind::CloseAfter {}).on(Service::HandIn).times(20)).unwrap();
    let running = rig.start().await;
    all_synced_of(&running, 20).await;
    change_and_follow(&mut rig, &running, 20).await;
    running.stop().await;
    assert_portal_equals_local(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_code_in_this_dialect_is_held_with_a_finding_and_never_guessed() {
    let mut rig = rig(30, Config::default(), "").await;
    rig.config.portal.rest.applicant_kinds.enterprise = String::new();
    let running = rig.start().await;
    running.until_settled(30).await;
    let findings = running.ledger.open_findings(50).await.unwrap();
    assert!(!findings.is_empty(), "the year has no enterprise in it");
    for open in &findings {
        assert_eq!(open.finding.subject, "LoaiDoiTuong");
        assert!(open.finding.detail.contains("portal.rest.applicant_kinds"), "{open:?}");
        assert!(rig.mock.dossier(open.code.as_str()).is_none());
    }
    running.stop().await;
}
