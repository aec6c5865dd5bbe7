//! The portal's counts lead to what differs, and calls grow with cells.

use std::collections::BTreeSet;

use mock_portal::Evaluation;
use serde_json::json;

use super::{compare, open, order, settled};
use crate::kit::{until, until_at_rest};
use dongbo_model::Age;
use dongbo_sync::reconcile::{Job, Meaning, RunRequest};
use support::spoil::set;
use support::{Plan, Rig, now};

/// The year of an office may lie in thirteen months, and the fourteenth begin while it is compared.
fn without_sample(seed: u64, dossiers: usize) -> Plan {
    Plan { seed, dossiers, overrides: "[reconcile]\nsample = 0\nmonths = 14".to_owned(), ..Plan::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_lead_to_what_was_lost_and_tell_what_was_born_on_the_portal() {
    let (rig, running) = settled(without_sample(511, 500)).await;
    compare(&running, order()).await;
    let dossiers = rig.mock.dossiers();
    let lost = [&dossiers[3], &dossiers[200], &dossiers[400]];
    lost.iter().for_each(|dossier| assert!(rig.mock.delete_dossier(&dossier.code)));
    let mut born = dossiers[50].fields.clone();
    born.insert("MaHoSo".to_owned(), json!("H48.57-NATIONAL-1"));
    rig.mock.plant("H48.57-NATIONAL-1", &born);
    let summary = compare(&running, order()).await;
    assert_eq!((summary.cells.different, summary.different), (4, 3), "{summary:#?}");
    assert!(summary.looked_up < 100, "only cells that differ are looked into: {summary:#?}");
    let open_now = open(&running).await;
    let causes = |kind: &str| -> Vec<String> {
        open_now
            .iter()
            .filter(|difference| difference.kind.name() == kind)
            .map(|difference| difference.cause.to_string())
            .collect()
    };
    assert_eq!(causes("missing"), ["lost_on_portal"; 3]);
    assert_eq!(causes("counted_less"), ["told_one_by_one"; 3]);
    assert_eq!(causes("counted_more"), ["born_on_portal"]);

    compare(&running, RunRequest { repair: true, yes: true, ..order() }).await;
    running.until_settled(500).await;
    until("sent again", async || lost.iter().all(|dossier| rig.mock.dossier(&dossier.code).is_some())).await;
    compare(&running, order()).await;
    let left = open(&running).await;
    assert_eq!(left.iter().map(|difference| difference.kind.name()).collect::<Vec<_>>(), ["counted_more"]);
    assert!(!left[0].mendable);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_differs_grows_older_from_run_to_run() {
    let overrides = "[reconcile]\nsample = 0\nmismatch_after = \"1ms\"".to_owned();
    let (rig, running) = settled(Plan { seed: 518, dossiers: 60, overrides, ..Plan::default() }).await;
    let mut born = rig.mock.dossiers()[20].fields.clone();
    born.insert("MaHoSo".to_owned(), json!("H48.57-NATIONAL-1"));
    rig.mock.plant("H48.57-NATIONAL-1", &born);
    let counts = || RunRequest { jobs: vec![Job::Counts], ..order() };
    let mut seen = Vec::new();
    for _ in 0..2 {
        compare(&running, counts()).await;
        let [cell] = &open(&running).await[..] else { panic!("one cell differs") };
        seen.push((cell.age, cell.since));
    }
    assert_eq!(seen[1], (Age::Mismatch, seen[0].1), "{seen:?}");
    running.stop().await;
}

/// Calls for what the portal shows: one for each month, and for each procedure of a month one for dossiers and one for results.
fn calls_for_cells(rig: &Rig) -> usize {
    let text =
        |dossier: &mock_portal::DossierView, field: &str| dossier.fields[field].as_str().unwrap().to_owned();
    let dossiers = rig.mock.dossiers();
    let month = |dossier: &mock_portal::DossierView| text(dossier, "NgayTiepNhan")[..6].to_owned();
    let months: BTreeSet<String> = dossiers.iter().map(month).collect();
    let procedures: BTreeSet<_> =
        dossiers.iter().map(|dossier| (month(dossier), text(dossier, "MaTTHC"))).collect();
    months.len() + 2 * procedures.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_wrong_calls_grow_with_cells_and_not_with_dossiers() {
    let mut calls = Vec::new();
    for (seed, dossiers) in [(512, 300), (513, 1_200)] {
        let (rig, running) = settled(without_sample(seed, dossiers)).await;
        compare(&running, order()).await;
        let before = rig.mock.evaluation_calls();
        let summary = compare(&running, order()).await;
        assert_eq!((summary.looked_up, summary.cells.different), (0, 0), "{summary:#?}");
        let made = usize::try_from(rig.mock.evaluation_calls() - before).unwrap();
        assert_eq!(made, calls_for_cells(&rig));
        calls.push(made);
        running.stop().await;
    }
    // How many cells a year of 300 dossiers fills is a matter of its day: from half to three quarters of those of 1,200.
    assert!(calls[1] < 2 * calls[0], "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_portal_has_not_counted_is_no_difference_and_a_refusal_ends_the_run_politely() {
    let (rig, running) = settled(without_sample(514, 200)).await;
    let of_first = |field: &str| rig.mock.dossiers()[0].fields[field].as_str().unwrap().to_owned();
    let received = of_first("NgayTiepNhan");
    let unpublished = vec![format!("{}-{}", &received[..4], &received[4..6])];
    for uncounted in [
        Evaluation { nulls: vec![of_first("DonViXuLy")], ..Evaluation::default() },
        Evaluation { unpublished, ..Evaluation::default() },
    ] {
        rig.mock.set_evaluation(uncounted);
        let summary = compare(&running, order()).await;
        assert!(summary.is_equal() && summary.cells.uncounted > 0, "{summary:#?}");
    }
    for refuse_with in [403, 429] {
        rig.mock.set_evaluation(Evaluation { refuse_with, ..Evaluation::default() });
        let before = rig.mock.evaluation_calls();
        let summary = compare(&running, order()).await;
        assert_eq!(rig.mock.evaluation_calls() - before, 1);
        assert_eq!(summary.notes, ["counts_broken_off".into()]);
        assert_eq!(summary.meaning(), Meaning::Unfinished, "what was not counted is not known to be equal");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_person_is_told_by_its_cause_and_gone_when_it_was_sent() {
    let (mut rig, running) = settled(without_sample(515, 50)).await;
    let mut planted = Vec::new();
    for _ in 0..3 {
        planted.push(rig.simulator.plant_unmapped_procedure(now()).await.unwrap());
    }
    running.until_settled(53).await;
    until_at_rest(&rig).await;
    compare(&running, order()).await;
    let causes = running.ledger.difference_causes().await.unwrap();
    assert_eq!((causes.len(), causes[0].many), (1, 3), "{causes:#?}");
    assert_eq!(
        (causes[0].kind.name(), causes[0].cause.to_string().as_str()),
        ("missing", "unmapped_procedure:XX99")
    );
    for plant in planted {
        rig.simulator.repair(plant, now()).await.unwrap();
    }
    running.until("sent", support::all_synced).await;
    until_at_rest(&rig).await;
    let after = compare(&running, order()).await;
    assert!(after.is_equal() && after.closed == 3, "{after:#?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_kept_raw_with_its_time_and_every_difference_in_two_lists() {
    let (rig, running) = settled(without_sample(516, 100)).await;
    rig.mock.delete_dossier(&rig.mock.dossiers()[7].code);
    let summary = compare(&running, RunRequest { jobs: vec![Job::Counts, Job::LookUps], ..order() }).await;
    let read = |ending: &str| {
        std::fs::read_to_string(rig.folder.join("reconcile").join(format!("{}{ending}", summary.id))).unwrap()
    };
    let answers = read(".counts.jsonl");
    assert_eq!(
        u64::try_from(answers.lines().count()).unwrap(),
        summary.count_calls - 1,
        "all but the procedures"
    );
    let first: serde_json::Value = serde_json::from_str(answers.lines().next().unwrap()).unwrap();
    assert!(first["answer"].as_str().unwrap().contains("totalReceived") && first["at"].is_string());
    assert_eq!(read(".jsonl").lines().count(), 2);
    assert_eq!(read(".csv").lines().count(), 3);
    let kept: serde_json::Value = serde_json::from_str(&read(".summary.json")).unwrap();
    assert_eq!(kept["different"], 1);
    assert_eq!(running.ledger.runs(5).await.unwrap()[0].id, summary.id);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_run_of_the_schedule_is_made_up_for_once_and_the_next_one_is_shown() {
    let mut rig = Rig::new(without_sample(517, 30)).await;
    rig.config.reconcile.look_ups = "0 0 4 * * *".to_owned();
    let ledger = dongbo_ledger::Ledger::open(&rig.config.ledger.path).await.unwrap();
    let long_ago = now() - chrono::TimeDelta::days(5);
    ledger.move_cursor("reconcile.look_ups", long_ago).await.unwrap();
    ledger.close().await;
    let running = rig.start().await;
    let jobs = || running.pages.board.jobs();
    until("made up for", async || jobs().last.get(&Job::LookUps).is_some_and(|at| *at > long_ago)).await;
    until("planned", async || jobs().next.get(&Job::LookUps).is_some_and(|at| *at > now())).await;
    assert_eq!(running.ledger.runs(10).await.unwrap().len(), 1);
    assert!(running.metrics().await.contains("dongbo_next_run_timestamp_seconds{task=\"look_ups\"}"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_results_lead_to_the_dossiers_whose_results_the_portal_lost() {
    let (rig, running) = settled(without_sample(518, 400)).await;
    compare(&running, order()).await;
    let papers = |it: &mock_portal::DossierView| it.fields["DanhSachGiayToKetQua"].as_array().unwrap().len();
    let with_results = rig.mock.dossiers().into_iter().filter(|dossier| papers(dossier) > 0);
    let lost: Vec<String> = with_results.step_by(60).take(3).map(|dossier| dossier.code).collect();
    lost.iter().for_each(|code| {
        assert!(rig.mock.damage(code, &set("DanhSachGiayToKetQua", json!([]))).unwrap());
    });
    let summary = compare(&running, RunRequest { repair: true, yes: true, ..order() }).await;
    assert_eq!((summary.different, summary.repaired), (3, 3), "{summary:#?}");
    assert!(summary.looked_up < 120, "only cells that differ are looked into: {summary:#?}");
    let told = open(&running).await;
    let of = |kind: &str| told.iter().filter(|difference| difference.kind.name() == kind).count();
    assert_eq!((of("file_missing"), of("counted_results"), told.len()), (3, 3, 6));
    assert!(told.iter().all(|difference| difference.layer.name() == "files"));
    let cells = told.iter().filter(|difference| difference.kind.name() == "counted_results");
    assert!(cells.into_iter().all(|difference| difference.cause.to_string() == "told_one_by_one"));
    running.until_settled(400).await;
    let after = compare(&running, order()).await;
    assert!(after.is_equal() && open(&running).await.is_empty(), "{after:#?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_whose_counts_fail_is_not_taken_for_dossiers_that_nobody_knows() {
    let (rig, running) = settled(without_sample(519, 200)).await;
    let calls = rig.mock.evaluation_calls();
    // After the list of procedures and the first call for all of them together.
    rig.mock.set_evaluation(Evaluation { fail_call: Some(calls + 3), ..Evaluation::default() });
    let summary = compare(&running, order()).await;
    assert!(summary.notes.iter().any(|note| note.to_string().starts_with("counts_failed:")), "{summary:#?}");
    assert!(summary.is_equal() && summary.cells.different == 0, "{summary:#?}");
    running.stop().await;
}
