//! The portal's catalogue of procedures: names come from it, and what it lacks is held before the portal refuses it.

use std::path::Path;

use dongbo_ledger::{CatalogueOrder, HeldFilter};
use dongbo_model::FindingKind;
use serde_json::Value;
use testbed::catalogue::PROCEDURES;

use crate::kit::until;
use crate::process::command;
use support::{Plan, Rig, Running, all_synced, now, sample};

/// The example's mapping whose procedures have no more than their codes.
fn bare_mapping(folder: &Path) {
    let text = include_str!("../../config/mapping.example.toml");
    let bare: Vec<String> = text
        .lines()
        .map(|line| match line.split_once(", name = ") {
            Some((head, rest)) if rest.contains("field_code") => format!("{head} }}"),
            _ => line.to_owned(),
        })
        .collect();
    assert_eq!(bare.iter().filter(|line| line.contains("{ code = ") && line.ends_with("\" }")).count(), 10);
    std::fs::write(folder.join("mapping.toml"), bare.join("\n")).unwrap();
}

/// A portal that lists no codes of results and components, of which the example's system has its own.
async fn rig(folder: &Path, dossiers: usize) -> Rig {
    bare_mapping(folder);
    let mut portal = mock_portal::Config::default();
    for procedure in &mut portal.catalogue.procedures {
        procedure.result_code.clear();
        procedure.components.clear();
    }
    rig_with(folder, dossiers, portal).await
}

async fn rig_with(folder: &Path, dossiers: usize, mut portal: mock_portal::Config) -> Rig {
    portal.rules.check_procedures = true;
    let mapping = folder.join("mapping.toml");
    let overrides =
        format!("[catalogue]\nenabled = true\npause = \"0s\"\n[source]\nmapping = \"{}\"", mapping.display());
    Rig::within(folder, Plan { dossiers, portal, overrides, ..Plan::default() }).await
}

async fn order(running: &Running, believe: bool) {
    running.ledger.order_catalogue(&CatalogueOrder { at: now(), believe }).await.unwrap();
}

/// The procedures that are listed, and of which the details have come, too.
async fn known(running: &Running) -> usize {
    let kept = running.ledger.catalogue().await.unwrap();
    kept.iter().filter(|entry| entry.known && entry.detail_fetched_at.is_some()).count()
}

async fn held(running: &Running, kind: FindingKind) -> Vec<(String, u64)> {
    let filter = HeldFilter { kind: Some(kind), ..HeldFilter::default() };
    let causes = running.ledger.held_causes(&filter, 100).await.unwrap();
    causes.into_iter().map(|cause| (cause.subject, cause.dossiers)).collect()
}

fn list(folder: &Path, words: &str) -> (i32, Value) {
    let config = folder.join("dongbo.toml");
    let output = command()
        .args(["catalogue", "list", "--json"])
        .args(words.split_whitespace())
        .arg("--config")
        .arg(config)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        output.status.code().unwrap(),
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn national_names_and_fields_come_from_the_catalogue_where_the_mapping_leaves_them_out() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig(folder.path(), 60).await;
    let running = rig.start().await;
    running.until("all synced", |overview| overview.dossiers == 60 && all_synced(overview)).await;
    rig.assert_portal_equals_local().await;
    // Dossiers go as soon as the list has their names; the details come one after the other.
    until("fetched", async || known(&running).await == 10).await;
    until("told", async || {
        let metrics = running.metrics().await;
        sample(&metrics, "dongbo_catalogue_procedures") == Some(10.0)
            && sample(&metrics, "dongbo_catalogue_age_seconds").is_some_and(|age| age < 600.0)
    })
    .await;

    let kept = running.ledger.catalogue().await.unwrap();
    for procedure in &PROCEDURES {
        let entry = kept.iter().find(|entry| entry.code == procedure.code).unwrap();
        assert_eq!((entry.name.as_str(), entry.field_name.as_str()), (procedure.name, procedure.field_name));
        assert_eq!((entry.returns_paper, entry.has_fee), (Some(procedure.paper), Some(procedure.fee > 0)));
    }
    let (code, view) = list(folder.path(), "");
    assert_eq!((code, view["procedures"].as_array().unwrap().len()), (0, 10));
    running.stop().await;

    // It is kept: with the portal's lists away, a start knows the names, and every dossier reads as before.
    let asked = rig.mock.counters().calls["LayDanhSachTTHC"];
    let running = rig.start().await;
    running.until("all synced", |overview| overview.dossiers == 60 && all_synced(overview)).await;
    assert_eq!(held(&running, FindingKind::UnnamedProcedure).await, []);
    running.stop().await;
    assert_eq!(rig.mock.counters().calls["LayDanhSachTTHC"], asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_of_a_procedure_that_vanished_wait_without_a_refusal_until_it_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = rig(folder.path(), 0).await;
    let all = rig.mock.procedures();
    let running = rig.start().await;
    until("fetched", async || known(&running).await == 10).await;
    rig.mock.set_procedures(all.iter().filter(|procedure| procedure.code != "2.000815").cloned().collect());
    order(&running, false).await;
    until("vanished", async || known(&running).await == 9).await;
    until("told", async || {
        let metrics = running.metrics().await;
        sample(&metrics, "dongbo_catalogue_procedures_vanished") == Some(1.0)
    })
    .await;

    rig.simulator.create_year(now(), 80).await.unwrap();
    running.until_settled(80).await;
    let causes = held(&running, FindingKind::UnknownProcedure).await;
    let [(code, waiting)] = causes.as_slice() else { panic!("{causes:?}") };
    assert!(code == "2.000815" && *waiting > 10, "{causes:?}");
    assert_eq!(held(&running, FindingKind::Refused).await, []);
    let rejected = |rig: &Rig| {
        let outcomes = rig.mock.counters().by_service_outcome;
        outcomes.get("DongBoHoSoMC").and_then(|by| by.get("rejected")).copied().unwrap_or_default()
    };
    assert_eq!(rejected(&rig), 0);
    assert_eq!(rig.mock.dossiers().len() + usize::try_from(*waiting).unwrap(), 80);
    let (_, view) = list(folder.path(), "");
    assert_eq!((&view["known"], &view["vanished"]), (&9.into(), &1.into()));

    rig.mock.set_procedures(all);
    order(&running, false).await;
    running.until("all synced", |overview| overview.dossiers == 80 && all_synced(overview)).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
    assert_eq!(rejected(&rig), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_names_is_a_finding_and_nothing_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig(folder.path(), 30).await;
    let mut all = rig.mock.procedures();
    for procedure in &mut all {
        if procedure.code == "2.000815" {
            procedure.field = "none".to_owned();
        }
    }
    rig.mock.set_procedures(all);
    let running = rig.start().await;
    running
        .until("settled but for one procedure", |overview| {
            overview.dossiers == 30 && support::all_settled(overview) && !all_synced(overview)
        })
        .await;
    until("one cause", async || {
        let causes = held(&running, FindingKind::UnnamedProcedure).await;
        causes.len() == 1 && causes[0].0 == "2.000815"
    })
    .await;
    let findings = running.ledger.open_findings(100).await.unwrap();
    // What was read before the list came lacked the name, too.
    let says = |detail: &str| detail.ends_with("field_code, field_name");
    assert!(findings.iter().all(|open| says(&open.finding.detail)), "{findings:?}");
    assert!(rig.mock.dossiers().iter().all(|dossier| dossier.fields["MaTTHC"] != "2.000815"));
    running.stop().await;
}

#[test]
fn without_the_catalogue_a_mapping_has_to_name_every_procedure_in_full() {
    let folder = tempfile::tempdir().unwrap();
    bare_mapping(folder.path());
    let error = dongbo_source::Mapping::load(&folder.path().join("mapping.toml")).unwrap_err().to_string();
    assert!(error.contains("[procedure] \"CT01\"") && error.contains("catalogue.enabled"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_order_show_and_check_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig(folder.path(), 0).await;
    let running = rig.start().await;
    until("fetched", async || known(&running).await == 10).await;
    let asked = || rig.mock.counters().calls["LayDanhSachTTHC"];
    let before = asked();
    let run = |words: &'static str| {
        let config = folder.path().join("dongbo.toml");
        command().args(words.split(' ')).arg("--config").arg(config).output().unwrap()
    };
    let told = run("catalogue refresh");
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.code() == Some(0) && text.contains("dongbo catalogue list"), "{text}");
    until("fetched again", async || asked() > before).await;
    let told = run("catalogue list --lang en");
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(text.contains("1.001193") && text.contains("Hộ tịch"), "{text}");

    rig.mock.set_procedures(rig.mock.procedures().into_iter().take(8).collect());
    let told = run("check --json");
    let report: Value = serde_json::from_slice(&told.stdout).unwrap();
    let item = report["checks"].as_array().unwrap().iter().find(|item| item["id"] == "catalogue").unwrap();
    assert_eq!((&item["outcome"], &item["values"]["lacking"]), (&"warn".into(), &2.into()), "{item}");
    running.stop().await;
    // Without a daemon the order waits in the ledger.
    let told = run("catalogue refresh --lang en");
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(text.contains("The daemon does not run"), "{text}");
}

/// The example's mapping with codes of results and components as a vendor has them, and tables for them; the code of the
/// result of one procedure is forgotten.
fn mapping_of_codes(folder: &Path) {
    bare_mapping(folder);
    let file = folder.join("mapping.toml");
    let text = std::fs::read_to_string(&file)
        .unwrap()
        .replace(
            "k.ma_ket_qua AS result_code, k.ma_thanh_phan AS component_code",
            "'KQ ' || h.ma_thu_tuc AS result_code",
        )
        .replace("g.ma_ket_qua_thay_the AS replaces_result", "NULL AS replaces_result");
    let portal = mock_portal::Config::default();
    let mut tables = String::from("\n[result_code]\n");
    for procedure in &PROCEDURES {
        let listed = portal.catalogue.procedures.iter().find(|listed| listed.code == procedure.code).unwrap();
        if procedure.local != "CT02" && !listed.result_code.is_empty() {
            tables.push_str(&format!("\"KQ {}\" = \"{}\"\n", procedure.local, listed.result_code));
        }
    }
    tables.push_str("[component_code]\n");
    for procedure in &PROCEDURES {
        for number in 1..=3 {
            let (local, code) = (procedure.local, procedure.code);
            tables.push_str(&format!("\"TP.{local}.{number:02}\" = \"TP.{code}.{number:02}\"\n"));
        }
    }
    std::fs::write(file, text + &tables).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_papers_are_sent_as_the_portal_lists_them_and_others_wait_until_it_does() {
    let folder = tempfile::tempdir().unwrap();
    mapping_of_codes(folder.path());
    let mut rig = rig_with(folder.path(), 0, mock_portal::Config::default()).await;
    let running = rig.start().await;
    until("fetched", async || {
        let kept = running.ledger.catalogue().await.unwrap();
        kept.iter().filter(|entry| entry.component_codes.is_some()).count() == 10
    })
    .await;
    rig.simulator.create_year(now(), 80).await.unwrap();
    running.until_settled(80).await;

    let forgotten = held(&running, FindingKind::UnmappedResultCode).await;
    assert!(matches!(forgotten.as_slice(), [(subject, _)] if subject == "KQ CT02"), "{forgotten:?}");
    let unlisted = held(&running, FindingKind::UnknownComponentCode).await;
    assert!(unlisted.iter().any(|(subject, _)| subject == "2.000815 TP.2.000815.03"), "{unlisted:?}");
    assert!(unlisted.iter().all(|(subject, _)| subject.ends_with(".03")), "{unlisted:?}");
    assert_eq!(held(&running, FindingKind::UnknownResultCode).await, []);
    let sent: Vec<_> = rig.mock.dossiers();
    assert!(!sent.is_empty());
    for dossier in &sent {
        let text = serde_json::to_string(&dossier.fields).unwrap();
        assert!(!text.contains("\"KQ ") && !text.contains("\"TP.CT"), "{text}");
    }

    // Before a dossier uses one, the check tells of it.
    let config = folder.path().join("dongbo.toml");
    let checked = tokio::task::spawn_blocking(move || {
        command().args(["check", "--json", "--config"]).arg(config).output().unwrap()
    });
    let report: Value = serde_json::from_slice(&checked.await.unwrap().stdout).unwrap();
    let item = report["checks"].as_array().unwrap().iter().find(|item| item["id"] == "catalogue").unwrap();
    assert_eq!(item["outcome"], "warn", "{item:#}");
    let told = item["details"].to_string();
    assert!(told.contains("[component_code] TP.CT01.03") && !told.contains("[result_code]"), "{item:#}");

    // The portal lists a third component: what waited for it goes.
    let mut procedures = rig.mock.procedures();
    for procedure in &mut procedures {
        let mut third = procedure.components[0].clone();
        third.code = format!("TP.{}.03", procedure.code);
        procedure.components.push(third);
    }
    rig.mock.set_procedures(procedures);
    order(&running, false).await;
    until("freed", async || held(&running, FindingKind::UnknownComponentCode).await.is_empty()).await;
    running.stop().await;
}
