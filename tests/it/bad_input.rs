//! Bad rows as real databases contain them: each shows as its finding, and everything else goes on.

use std::collections::BTreeSet;

use dongbo_ledger::{Layer, LayerState, Overview};
use dongbo_model::FindingKind;
use testbed::onestop::{Planted, Simulator};

use crate::kit::{example_mapping, execute, until, write_mapping};
use support::{Engine, Plan, Rig, Running, all_synced, now, sample};

/// One planted defect and how it must be told.
struct Defect {
    planted: Planted,
    /// The code that the ledger has for it.
    code: String,
    kind: FindingKind,
    subject: &'static str,
}

/// Plants every defect; a text that is none where the database holds any bytes as one.
async fn plant_all(simulator: &mut Simulator, holds_bytes: bool) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut add = |planted: Planted, kind, subject| {
        let code = match kind {
            FindingKind::MissingCode => format!("#{}", planted.id),
            _ => planted.code.clone(),
        };
        defects.push(Defect { planted, code, kind, subject });
    };
    add(simulator.plant_without_code(now()).await.unwrap(), FindingKind::MissingCode, "dossiers.code");
    add(simulator.plant_unmapped_status(now()).await.unwrap(), FindingKind::UnmappedStatus, "LUU_KHO");
    add(simulator.plant_unmapped_procedure(now()).await.unwrap(), FindingKind::UnmappedProcedure, "XX99");
    add(simulator.plant_year_zero(now()).await.unwrap(), FindingKind::BadDate, "dossiers.received_at");
    add(simulator.plant_long_text(now()).await.unwrap(), FindingKind::TooLong, "dossiers.summary");
    add(
        simulator.plant_missing_required(now()).await.unwrap(),
        FindingKind::MissingField,
        "dossiers.summary",
    );
    if holds_bytes {
        let planted = simulator.plant_invalid_utf8(now()).await.unwrap();
        add(planted, FindingKind::BadText, "dossiers.applicant_name");
    }
    defects
}

/// The open findings as code, kind and subject.
async fn open_findings(running: &Running) -> BTreeSet<(String, FindingKind, String)> {
    let found = running.ledger.open_findings(1_000).await.unwrap();
    found.into_iter().map(|one| (one.code, one.finding.kind, one.finding.subject)).collect()
}

/// Each layer's states add up to all dossiers, in what is counted and in what `/metrics` says.
async fn assert_sums(running: &Running, overview: &Overview, dossiers: u64) {
    assert_eq!(overview.dossiers, dossiers);
    let metrics = running.metrics().await;
    for layer in Layer::ALL {
        let counted: u64 = LayerState::ALL.iter().map(|&state| overview.counts.of(*layer).of(state)).sum();
        assert_eq!(counted, dossiers, "{}", layer.name());
        let told: f64 = LayerState::ALL
            .iter()
            .map(|state| {
                let name =
                    format!("dongbo_dossiers{{layer=\"{}\",state=\"{}\"}}", layer.name(), state.name());
                sample(&metrics, &name).unwrap()
            })
            .sum();
        assert_eq!(told.to_string(), dossiers.to_string(), "{}", layer.name());
    }
}

async fn every_defect_holds_its_own_dossier_and_no_other(engine: Engine) {
    let holds_bytes = matches!(engine, Engine::Sqlite);
    let mut rig = Rig::new(Plan { engine, seed: 11, dossiers: 60, ..Plan::default() }).await;
    let defects = plant_all(&mut rig.simulator, holds_bytes).await;
    let all = 60 + u64::try_from(defects.len()).unwrap();
    let running = rig.start().await;
    let overview = running.until_settled(all).await;
    let wanted: BTreeSet<_> =
        defects.iter().map(|defect| (defect.code.clone(), defect.kind, defect.subject.to_owned())).collect();
    assert_eq!(open_findings(&running).await, wanted);
    for layer in Layer::ALL {
        assert_eq!(overview.counts.of(*layer).of(LayerState::Held), all - 60, "{}", layer.name());
    }
    assert_sums(&running, &overview, all).await;
    let metrics = running.metrics().await;
    for defect in &defects {
        let name = format!("dongbo_findings_open{{kind=\"{}\"}}", defect.kind.name());
        assert_eq!(sample(&metrics, &name), Some(1.0), "{name}");
        assert!(rig.mock.dossier(&defect.planted.code).is_none(), "{} was sent", defect.planted.code);
    }
    rig.assert_portal_equals_local().await;

    for defect in defects {
        rig.simulator.repair(defect.planted, now()).await.unwrap();
    }
    let overview =
        running.until("all synced", |overview| overview.dossiers >= all && all_synced(overview)).await;
    assert_sums(&running, &overview, all).await;
    assert_eq!(open_findings(&running).await, BTreeSet::new());
    rig.assert_portal_equals_local().await;
    assert_eq!(rig.mock.dossiers().len(), usize::try_from(all).unwrap());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_defect_is_told_holds_its_own_dossier_only_and_is_gone_once_repaired_on_sqlite() {
    every_defect_holds_its_own_dossier_and_no_other(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_defect_is_told_holds_its_own_dossier_only_and_is_gone_once_repaired_on_postgresql() {
    every_defect_holds_its_own_dossier_and_no_other(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_defect_is_told_holds_its_own_dossier_only_and_is_gone_once_repaired_on_mysql() {
    every_defect_holds_its_own_dossier_and_no_other(Engine::Mysql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_defect_is_told_holds_its_own_dossier_only_and_is_gone_once_repaired_on_sqlserver() {
    every_defect_holds_its_own_dossier_and_no_other(Engine::Sqlserver).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_a_code_that_is_deleted_again_is_let_go() {
    let overrides = "[source]\nsweep = \"* * * * * *\"".to_owned();
    let mut rig = Rig::new(Plan { seed: 12, dossiers: 5, overrides, ..Plan::default() }).await;
    let planted = rig.simulator.plant_without_code(now()).await.unwrap();
    let running = rig.start().await;
    running.until_settled(6).await;
    execute(rig.simulator.db(), &format!("DELETE FROM ho_so WHERE id = {}", planted.id)).await;
    running.until("let go", |overview| overview.dossiers == 5 && all_synced(overview)).await;
    assert_eq!(open_findings(&running).await, BTreeSet::new());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_the_mapping_learns_frees_its_dossiers_at_the_next_start() {
    let mut rig = Rig::new(Plan { seed: 13, dossiers: 20, ..Plan::default() }).await;
    rig.config.source.mapping = write_mapping(&rig.folder, &example_mapping());
    let status = rig.simulator.plant_unmapped_status(now()).await.unwrap();
    let summary = rig.simulator.plant_missing_required(now()).await.unwrap();
    let running = rig.start().await;
    running.until_settled(22).await;
    running.stop().await;
    assert!(rig.mock.dossier(&status.code).is_none());

    let learned = example_mapping().replace("[status]\n", "[status]\n\"LUU_KHO\" = \"9\"\n");
    write_mapping(&rig.folder, &learned);
    let running = rig.start().await;
    running
        .until("freed", |overview| {
            overview.counts.of(Layer::Status).of(LayerState::Held) == 1
                && overview.counts.of(Layer::Steps).of(LayerState::Synced) == 21
        })
        .await;
    let sent = rig.mock.dossier(&status.code).unwrap();
    assert_eq!(sent.fields["TrangThaiHoSo"], "9");
    assert_eq!(sent.steps.len(), 1);
    // The other one is held for what no mapping can cure, and is so again.
    let wanted = (summary.code.clone(), FindingKind::MissingField, "dossiers.summary".to_owned());
    until("held again", async || open_findings(&running).await == BTreeSet::from([wanted.clone()])).await;
    assert!(rig.mock.dossier(&summary.code).is_none());
    running.stop().await;
}
