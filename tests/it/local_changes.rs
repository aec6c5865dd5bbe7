//! Changes that a reader who trusts timestamps would miss, and those that the portal cannot follow.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use dongbo_ledger::{Layer, LayerState};
use dongbo_model::FindingKind;
use dongbo_model::clock::Clock;
use testbed::onestop::Simulator;

use crate::housekeeping::as_time_goes_by;
use crate::kit::{execute, until};
use support::{Engine, Plan, Rig, Running, all_synced, now, sample};

/// Sweeps every second.
const SWEEP: &str = "[source]\nsweep = \"* * * * * *\"";

/// The kinds of the open findings of each dossier.
async fn found(running: &Running) -> BTreeMap<String, Vec<FindingKind>> {
    let mut kinds: BTreeMap<String, Vec<FindingKind>> = BTreeMap::new();
    for open in running.ledger.open_findings(1_000).await.unwrap() {
        kinds.entry(open.code).or_default().push(open.finding.kind);
    }
    kinds
}

async fn until_synced(running: &Running, dossiers: u64) {
    running.until("all synced", |overview| overview.dossiers == dossiers && all_synced(overview)).await;
}

/// A new dossier's code.
async fn create(simulator: &mut Simulator) -> String {
    simulator.create_at(now() - TimeDelta::seconds(5)).await.unwrap().code
}

async fn completed_sweeps(running: &Running) -> f64 {
    sample(&running.metrics().await, "dongbo_last_sweep_timestamp_seconds").unwrap_or_default()
}

/// Waits until a sweep that began after this call has ended.
async fn until_swept(running: &Running) {
    for _ in 0..2 {
        let before = completed_sweeps(running).await;
        until("a sweep", async || completed_sweeps(running).await > before).await;
    }
}

async fn a_late_commit_is_sent(engine: Engine) {
    let overrides = "[source]\noverlap_every = \"200ms\"".to_owned();
    let mut rig = Rig::new(Plan { engine, seed: 21, dossiers: 10, overrides, ..Plan::default() }).await;
    // Begun five minutes ago, and not committed until everything younger has been read.
    let late = rig.simulator.late_commit(now() - TimeDelta::minutes(5)).await.unwrap();
    let running = rig.start().await;
    until_synced(&running, 10).await;
    late.commit().await.unwrap();
    until_synced(&running, 11).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_comes_minutes_after_its_timestamp_is_sent_on_sqlite() {
    a_late_commit_is_sent(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_comes_minutes_after_its_timestamp_is_sent_on_postgresql() {
    a_late_commit_is_sent(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_found_in_its_turn_however_often_a_notification_wakes_dongbo() {
    let overrides = "[source]\nnotify_channel = \"dongbo\"\npoll_every = \"1s\"".to_owned();
    let plan = Plan { engine: Engine::Postgres, seed: 24, dossiers: 10, overrides, ..Plan::default() };
    let mut rig = Rig::new(plan).await;
    let running = rig.start().await;
    rig.simulator.create_at(now()).await.unwrap();
    until_synced(&running, 11).await;
    // Further behind what has been read than a poll looks that a notification has woken.
    rig.simulator.create_at(now() - TimeDelta::seconds(4)).await.unwrap();
    let db = rig.simulator.db();
    tokio::select! {
        () = until_synced(&running, 12) => {}
        () = async { loop { execute(db, "NOTIFY dongbo").await } } => {}
    }
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_rows_on_one_timestamp_are_all_sent_in_pages_of_a_hundred() {
    let overrides = "[source]\npage_size = 100".to_owned();
    let mut rig = Rig::new(Plan { seed: 22, overrides, ..Plan::default() }).await;
    rig.simulator.plant_same_instant(now() - TimeDelta::seconds(5), 1_000).await.unwrap();
    let running = rig.start().await;
    until_synced(&running, 1_000).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_from_the_future_is_warned_of_and_hides_no_later_row() {
    let mut rig = Rig::new(Plan { seed: 23, dossiers: 5, ..Plan::default() }).await;
    let ahead = rig.simulator.create_at(now() - TimeDelta::seconds(5)).await.unwrap();
    let lies = (now() + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S%.6f");
    let db = rig.simulator.db();
    execute(db, &format!("UPDATE ho_so SET cap_nhat_luc = '{lies}' WHERE id = {}", ahead.id)).await;
    let running = rig.start().await;
    until_synced(&running, 6).await;
    let ahead_rows = async || sample(&running.metrics().await, "dongbo_source_rows_ahead");
    until("it is warned of", async || ahead_rows().await == Some(1.0)).await;
    // Rows with true times come after the one that lies has been read.
    create(&mut rig.simulator).await;
    until_synced(&running, 7).await;
    // Once its clock is right again, the row's next change is not older than what was believed.
    rig.simulator.move_on(&ahead.code, now()).await.unwrap();
    until("moved on", async || rig.mock.dossier(&ahead.code).is_some_and(|dossier| dossier.steps.len() == 2))
        .await;
    until("the warning is over", async || ahead_rows().await == Some(0.0)).await;
    until_synced(&running, 7).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_history_is_told_and_the_content_goes_on() {
    let mut rig = Rig::new(Plan { seed: 24, dossiers: 5, ..Plan::default() }).await;
    let code = create(&mut rig.simulator).await;
    let running = rig.start().await;
    until_synced(&running, 6).await;
    let before = rig.mock.dossier(&code).unwrap();

    rig.simulator.rewrite_steps(&code, now()).await.unwrap();
    until("told", async || found(&running).await.contains_key(&code)).await;
    rig.simulator.move_on(&code, now()).await.unwrap();
    let status = |it: mock_portal::DossierView| it.fields["TrangThaiHoSo"].clone();
    let was = status(before.clone());
    until("sent on", async || rig.mock.dossier(&code).is_some_and(|dossier| status(dossier) != was)).await;
    let overview = running
        .until("held for its steps alone", |overview| {
            overview.counts.of(Layer::Steps).of(LayerState::Held) == 1
                && overview.counts.of(Layer::Status).of(LayerState::Synced) == 6
        })
        .await;
    assert_eq!(overview.counts.of(Layer::Steps).of(LayerState::Synced), 5);
    assert_eq!(found(&running).await, BTreeMap::from([(code.clone(), vec![FindingKind::StepsRewritten])]));
    // The portal only appends, so what it shows is left as it is.
    assert_eq!(rig.mock.dossier(&code).unwrap().steps, before.steps);
    let report = rig.compare().await;
    assert_eq!((report.equal, report.different.total), (5, 0), "{report:#?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_deleted_locally_is_told_once_and_stays_on_the_portal() {
    let overrides = SWEEP.to_owned();
    let mut rig = Rig::new(Plan { seed: 25, dossiers: 5, overrides, ..Plan::default() }).await;
    let code = create(&mut rig.simulator).await;
    let running = rig.start().await;
    until_synced(&running, 6).await;
    let shown = rig.mock.dossier(&code).unwrap();

    rig.simulator.delete_dossier(&code).await.unwrap();
    let wanted = BTreeMap::from([(code.clone(), vec![FindingKind::DeletedLocally])]);
    until("told", async || found(&running).await == wanted).await;
    let differences = async || sample(&running.metrics().await, "dongbo_sweep_differences_total").unwrap();
    let told = differences().await;
    until_swept(&running).await;
    assert!((differences().await - told).abs() < f64::EPSILON, "the same deletion is found again each night");
    assert_eq!(found(&running).await, wanted);
    assert_eq!(rig.mock.dossier(&code).unwrap(), shown);
    running.stop().await;
}

async fn a_silent_change_is_found(engine: Engine) {
    let overrides = SWEEP.to_owned();
    let mut rig = Rig::new(Plan { engine, seed: 26, dossiers: 30, overrides, ..Plan::default() }).await;
    let code = create(&mut rig.simulator).await;
    let running = rig.start().await;
    until_synced(&running, 31).await;
    // Past the one reading that follows every change, so that nothing but the sweep can find it.
    until_swept(&running).await;
    let sql = format!("UPDATE ho_so SET trich_yeu = 'Đã sửa tay' WHERE ma_ho_so = '{code}'");
    execute(rig.simulator.db(), &sql).await;
    let sent = async || rig.mock.dossier(&code).unwrap().fields["TrichYeuHoSo"] == "Đã sửa tay";
    until("sent", sent).await;
    // A sweep counts at its end what it found on its way.
    let differences = async || sample(&running.metrics().await, "dongbo_sweep_differences_total").unwrap();
    until("the sweep has counted it", async || differences().await >= 1.0).await;
    until_synced(&running, 31).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_changed_without_its_timestamp_is_found_by_the_sweep_on_sqlite() {
    a_silent_change_is_found(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_changed_without_its_timestamp_is_found_by_the_sweep_on_postgresql() {
    a_silent_change_is_found(Engine::Postgres).await;
}

/// An administrator, or a time server, sets this host's clock back by an hour; the local system's own is right.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_delays_no_local_change() {
    let mut portal = mock_portal::Config::default();
    portal.rules.refuse_future_receipt = false;
    let overrides =
        "[source]\npoll_every = \"5s\"\noverlap_every = \"10s\"\nsweep = \"0 0 2 1 1 *\"".to_owned();
    let mut rig = Rig::new(Plan { dossiers: 5, portal, overrides, ..Plan::default() }).await;
    let clock = Clock::manual(now());
    let running = rig.start_on(clock.clone()).await;
    let until_heard_of = async |dossiers: u64| {
        let heard_of = async || running.ledger.overview(clock.now()).await.unwrap().dossiers == dossiers;
        as_time_goes_by(&clock, "heard of", heard_of).await;
        clock.now()
    };
    until_heard_of(5).await;
    let hour = TimeDelta::hours(1);
    clock.step(-hour);
    // The first is found by the poll that is already waited for.
    for dossiers in [6, 7] {
        let made_at = clock.now();
        rig.simulator.create_at(made_at + hour).await.unwrap();
        let took = until_heard_of(dossiers).await - made_at;
        // Time goes by here while the machine is busy with something else, too; a mark on the old clock would cost the hour.
        assert!(took < hour / 2, "{dossiers} are heard of after {took}");
    }
    running.stop().await;
}
