//! `dongbo reconcile` as an operator types it, with a daemon and without one.

use std::process::Output;

use serde_json::{Value, json};

use super::settled;
use crate::kit::until;
use crate::process::{Process, command};
use support::{Plan, Rig};

pub(super) fn dongbo(rig: &Rig, arguments: &[&str]) -> Output {
    command().args(arguments).arg("--config").arg(rig.folder.join("dongbo.toml")).output().unwrap()
}

pub(super) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(super) fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

pub(super) fn seen(rig: &Rig, arguments: &[&str]) -> Value {
    let output = dongbo(rig, &[arguments, &["--json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_daemon_it_compares_by_itself_and_what_it_repairs_is_sent_at_the_next_start() {
    let (rig, running) = settled(Plan { seed: 521, dossiers: 120, ..Plan::default() }).await;
    running.stop().await;
    let equal = dongbo(&rig, &["reconcile"]);
    assert_eq!(code(&equal), 0, "{}", said(&equal));
    assert!(said(&equal).contains("Hai bên khớp"), "{}", said(&equal));
    let dossiers = rig.mock.dossiers();
    assert!(rig.mock.delete_dossier(&dossiers[5].code));
    let mut damage = mock_portal::Damage::default();
    damage.set.insert("TrangThaiHoSo".to_owned(), json!("6"));
    assert!(rig.mock.damage(&dossiers[9].code, &damage).unwrap());

    let different = dongbo(&rig, &["reconcile", "--full"]);
    assert_eq!(code(&different), 3, "{}", said(&different));
    assert!(said(&different).contains("Sẽ gửi lại với --repair"), "{}", said(&different));
    assert!(rig.mock.dossier(&dossiers[5].code).is_none(), "a plan changes nothing");
    let list = seen(&rig, &["reconcile", "list", "--rows"]);
    let kinds: Vec<&str> =
        list["rows"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"missing") && kinds.contains(&"status"), "{list:#}");
    let (lost, spoilt) = (&dossiers[5].code, &dossiers[9].code);
    let told = dongbo(&rig, &["why", lost]);
    let (words, place) = (said(&told), |part: &str| said(&told).find(part));
    assert!(code(&told) == 3 && !words.contains("Không cần làm gì"), "{words}");
    let first = place("Khác với Cổng, theo đối chiếu hai bên");
    assert!(first.is_some() && first < place("Đơn vị"), "{words}");
    let story = seen(&rig, &["why", spoilt, "--offline"]);
    assert_eq!(story["dossier"]["next"], json!({ "what": "differs", "open": 1 }), "{story:#}");
    assert_eq!(story["differences"][0]["kind"], "status");
    let explained = dongbo(&rig, &["reconcile", "explain", &dossiers[9].code, "--lang", "en"]);
    assert_eq!(code(&explained), 3);
    assert!(said(&explained).contains("changed on the portal"), "{}", said(&explained));
    assert_eq!(code(&dongbo(&rig, &["reconcile", "explain", "nothing"])), 1);
    let shown = seen(&rig, &["reconcile", "show"]);
    assert_eq!((&shown["run"]["different"], shown["before"].as_array().unwrap().len()), (&json!(2), 1));

    let repaired = dongbo(&rig, &["reconcile", "--full", "--repair"]);
    assert_eq!(code(&repaired), 3, "what was sent again has not arrived yet: {}", said(&repaired));
    let running = rig.start().await;
    running.until_settled(120).await;
    rig.assert_portal_equals_local().await;
    running.stop().await;
    assert_eq!(code(&dongbo(&rig, &["reconcile", "--full"])), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_daemon_compares_tells_each_difference_in_its_log_and_shows_its_next_runs() {
    let plan = Plan {
        seed: 522,
        dossiers: 80,
        overrides: "[reconcile]\nlook_ups = \"0 0 4 * * *\"".to_owned(),
        ..Plan::default()
    };
    let rig = Rig::new(plan).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 80, 0).await;
    let lost = rig.mock.dossiers()[3].code.clone();
    assert!(rig.mock.delete_dossier(&lost));
    let arguments = ["reconcile", "--repair", "--yes", "--full"];
    let output = dongbo(&rig, &arguments);
    assert_eq!(code(&output), 3, "{}", said(&output));
    until("sent again", async || rig.mock.dossier(&lost).is_some()).await;
    process.until_at_rest(&rig, 80, 0).await;
    let output = dongbo(&rig, &["reconcile", "--full"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    for event in ["reconcile.repaired", "reconcile.closed", "reconcile.done"] {
        process.until_logs(&[event]).await;
    }
    process.until_logs(&["reconcile.opened", &lost]).await;
    let status = seen(&rig, &["status"]);
    assert!(status["comparing"]["next_runs"]["look_ups"].is_string(), "{status:#}");
    assert_eq!(status["comparing"]["open"], 0);
    let page = process.page("/metrics").await;
    assert!(
        page.contains("dongbo_sent_again_total 1")
            && !page.contains("dongbo_unseen_differences_bound_ratio ")
    );
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}
