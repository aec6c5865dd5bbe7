//! Statuses at which the mapping sends nothing, and columns of which the local system knows nothing: both are counted apart.

use dongbo_ledger::{Layer, LayerState, Overview};
use testbed::Db;

use crate::kit::{example_mapping, execute, until, write_mapping};
use support::{Engine, Plan, Rig, Running, sample};

/// Sweeps every second, so that no change of these tests needs a time.
const SWEEP: &str = "[source]\nsweep = \"* * * * * *\"";

fn of(overview: &Overview, state: LayerState) -> Vec<u64> {
    Layer::ALL.iter().map(|layer| overview.counts.of(*layer).of(state)).collect()
}

/// The least code of the office.
async fn first_code(db: &Db) -> String {
    db.texts("SELECT min(ma_ho_so) FROM ho_so").await.unwrap().remove(0)
}

async fn set_status(rig: &Rig, code: &str, status: &str) {
    let sql = format!("UPDATE ho_so SET trang_thai = '{status}' WHERE ma_ho_so = '{code}'");
    execute(rig.simulator.db(), &sql).await;
}

/// The metrics tell the same.
async fn until_told(running: &Running, layer: &str, many: f64) {
    let name = format!("dongbo_dossiers{{layer=\"{layer}\",state=\"not_sent\"}}");
    until(&name, async || sample(&running.metrics().await, &name) == Some(many)).await;
}

async fn a_status_that_is_not_for_the_portal_rests_apart(engine: Engine) {
    let overrides = SWEEP.to_owned();
    let mut rig = Rig::new(Plan { engine, seed: 51, dossiers: 8, overrides, ..Plan::default() }).await;
    rig.without_results().await;
    let mapping = example_mapping().replace("\n[status]\n", "\n[status]\n\"NHAP\" = \"skip\"\n");
    rig.config.source.mapping = write_mapping(&rig.folder, &mapping);
    let code = first_code(rig.simulator.db()).await;
    set_status(&rig, &code, " NHAP ").await;
    let running = rig.start().await;
    let rests = running.until("one rests", |overview| of(overview, LayerState::NotSent) == [1; 4]).await;
    assert_eq!((rests.held, rests.not_sent), (0, 1), "nobody has to act");
    running.until("the others are there", |overview| of(overview, LayerState::Synced) == [7; 4]).await;
    assert!(rig.mock.dossier(&code).is_none(), "it was sent");
    let complete =
        running.until("complete", |overview| overview.completeness(Layer::Steps) == Some(1.0)).await;
    assert_eq!(complete.dossiers, 8, "it is known all the same");
    until_told(&running, "presence", 1.0).await;
    assert_eq!(running.ledger.held_totals(&dongbo_ledger::HeldFilter::default()).await.unwrap().dossiers, 0);

    set_status(&rig, &code, "DANG_XU_LY").await;
    running
        .until("it is sent once its status changes", |overview| of(overview, LayerState::Synced) == [8; 4])
        .await;
    assert_eq!(rig.mock.dossier(&code).unwrap().fields["TrangThaiHoSo"], "4");

    set_status(&rig, &code, "NHAP").await;
    let back = running.until("it rests again", |overview| overview.not_sent == 1).await;
    assert_eq!(of(&back, LayerState::NotSent), [0, 1, 1, 1], "it is on the portal since before");
    assert_eq!(rig.mock.dossier(&code).unwrap().fields["TrangThaiHoSo"], "4", "and stays there as it is");
    let found = running.ledger.open_findings(10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].finding.subject, "NHAP");
    assert!(found[0].finding.detail.contains("stays there as it is"), "{found:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_not_for_the_portal_rests_apart_and_is_sent_once_it_changes_on_sqlite() {
    a_status_that_is_not_for_the_portal_rests_apart(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_not_for_the_portal_rests_apart_and_is_sent_once_it_changes_on_postgresql() {
    a_status_that_is_not_for_the_portal_rests_apart(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_not_for_the_portal_rests_apart_and_is_sent_once_it_changes_on_mysql() {
    a_status_that_is_not_for_the_portal_rests_apart(Engine::Mysql).await;
}
