//! The whole engine by each contract and form of dialect `ndxp`: from the local database to the portal, and both sides compared.

use dongbo_ledger::Overview;
use mock_portal::{Config, FaultKind, FaultRule, Faults, Ndxp, Service};
use testbed::expect::{Expectation, Report, compare};

use crate::kit::until;
use support::{Plan, Rig, Running, all_synced, now};

/// The fields that came after the contract of 2020.
const LATER: [&str; 5] = [
    "NoiNopHoSo",
    "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen",
    "NgayNopHoSo",
];

/// Compares both sides, with what is expected of the portal changed by `change`.
async fn report(rig: &Rig, change: fn(&mut Expectation)) -> Report {
    let mut expectation = Expectation::read(rig.simulator.db()).await.unwrap();
    change(&mut expectation);
    let portal: Vec<serde_json::Value> =
        rig.mock.dossiers().iter().map(|dossier| serde_json::to_value(dossier).unwrap()).collect();
    compare(&expectation, &portal)
}

fn of_2020(expectation: &mut Expectation) {
    for dossier in expectation.dossiers.values_mut() {
        dossier.scalars.retain(|name, _| !LATER.contains(&name.as_str()));
        let results = dossier.lists.get_mut("DanhSachGiayToKetQua").and_then(|list| list.as_array_mut());
        for paper in results.into_iter().flatten().filter_map(|paper| paper.as_object_mut()) {
            paper.remove("MaGiayToKetQua");
        }
    }
}

fn by_proxy(expectation: &mut Expectation) {
    for dossier in expectation.dossiers.values_mut() {
        dossier.scalars.insert("SoBienNhan".to_owned(), String::new());
    }
}

/// Lets the local system go on, and waits until the portal has followed.
async fn follow(rig: &mut Rig, running: &Running, change: fn(&mut Expectation)) {
    // What is new and changes at once may go as a create alone.
    let taken = |rig: &Rig| rig.mock.counters().creates + rig.mock.counters().updates;
    let before = taken(rig);
    rig.simulator.advance(now(), 100).await.unwrap();
    until("the portal followed", async || report(rig, change).await.is_clean()).await;
    synced(running, 120).await;
    assert!(taken(rig) > before, "nothing has changed");
}

async fn assert_equal(rig: &Rig, change: fn(&mut Expectation)) {
    let report = report(rig, change).await;
    assert!(report.is_clean(), "the portal differs from the local database: {report:#?}");
    assert!(report.equal > 0);
    let counters = rig.mock.counters();
    assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0));
    assert_eq!((counters.steps_out_of_order, counters.backward_moves), (0, 0));
}

async fn synced(running: &Running, dossiers: u64) {
    let whole = |overview: &Overview| {
        overview.dossiers >= dossiers && overview.to_verify == 0 && all_synced(overview)
    };
    running.until("all synced", whole).await;
}

/// A rig of which the portal speaks `theirs` and dongbo `ours`.
async fn contracts(theirs: &str, ours: &str) -> Rig {
    let portal = Config { contract: theirs.to_owned(), ..Config::default() };
    let overrides = format!("[portal]\ncontract = \"{ours}\"");
    Rig::new(Plan { dossiers: 120, portal, overrides, ..Plan::default() }).await
}

/// A rig whose dongbo calls a province's proxy, which has a look-up at `lookup_path`, or none.
async fn proxy(lookup_path: &str, portal: Config) -> Rig {
    let mut rig = Rig::new(Plan { dossiers: 120, portal, ..Plan::default() }).await;
    let config = &mut rig.config.portal;
    config.ndxp.form = dongbo_portal::NdxpForm::Proxy;
    lookup_path.clone_into(&mut config.ndxp.lookup_path);
    config.adapter_url = format!("{}/proxy", rig.mock.url());
    config.dstcode.clear();
    config.username.clear();
    "000.00.01.H22".clone_into(&mut config.unit_code);
    assert_eq!(config.validate(), Vec::<String>::new());
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_arrive_whole_by_the_contract_of_2020() {
    let mut rig = contracts("guide-2020", "guide-2020").await;
    let running = rig.start().await;
    synced(&running, 120).await;
    assert_equal(&rig, of_2020).await;
    follow(&mut rig, &running, of_2020).await;
    running.stop().await;
    assert_equal(&rig, of_2020).await;
    let outcomes = &rig.mock.counters().by_service_outcome;
    assert!(!outcomes["DongBoHoSoMC"].contains_key("rejected"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_of_2020_refuses_what_came_later_and_says_what() {
    let rig = contracts("guide-2020", "guide-2024").await;
    let running = rig.start().await;
    let held = running.until("all held", |overview| overview.held >= 120).await;
    running.stop().await;
    assert_eq!((held.held, rig.mock.dossiers().len()), (120, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_arrive_whole_by_a_provinces_proxy_whatever_goes_wrong() {
    let portal = Config { seed: 5, faults: Faults::nasty(), ..Config::default() };
    let mut rig = proxy("/TraCuuHoSo", portal).await;
    rig.config.push.verify_share = 1.0;
    let running = rig.start().await;
    running.until_settled(120).await;
    rig.mock.clear_faults();
    running.ledger.free_held(now()).await.unwrap();
    synced(&running, 120).await;
    follow(&mut rig, &running, by_proxy).await;
    running.stop().await;
    assert_equal(&rig, by_proxy).await;
    assert_eq!(rig.mock.counters().logins, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_arrive_whole_by_a_proxy_that_shows_nothing_though_answers_are_lost() {
    let lost = FaultRule::new(FaultKind::CloseAfter {}).on(Service::Upsert).with_probability(0.2);
    let ndxp = Ndxp { proxy_lookup_path: String::new(), ..Ndxp::default() };
    let mut rig = proxy("", Config { faults: vec![lost], ndxp, ..Config::default() }).await;
    rig.config.push.verify_share = 1.0;
    let running = rig.start().await;
    synced(&running, 120).await;
    assert_equal(&rig, by_proxy).await;
    follow(&mut rig, &running, by_proxy).await;
    running.stop().await;
    assert_equal(&rig, by_proxy).await;
    let calls = &rig.mock.counters().calls;
    assert!(!calls.contains_key("TraCuuHoSo"), "{calls:?}");
}
