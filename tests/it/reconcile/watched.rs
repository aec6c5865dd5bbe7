//! A run that takes its time: it shows how far it is, is joined, goes on after a reload, and is cancelled.

use std::process::{Child, Output, Stdio};

use mock_portal::{FaultKind, FaultRule, Service};
use serde_json::{Value, json};

use super::command::{code, dongbo, said, seen};
use crate::kit::{until, until_found};
use crate::process::{Process, command};
use support::{Plan, Rig};

const DOSSIERS: u64 = 700;

/// The command in the background, as one at a terminal of its own would run it.
fn begun(rig: &Rig, arguments: &[&str]) -> Child {
    let mut command = command();
    command.args(arguments).arg("--config").arg(rig.folder.join("dongbo.toml"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A portal that shows each dossier late enough for a run to last as long as it has to.
fn slow() -> FaultRule {
    FaultRule::new(FaultKind::Delay { ms: 400, ms_max: None }).on(Service::LookUp).named("slow")
}

async fn ended(child: Child) -> Output {
    tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap()
}

fn comparison(rig: &Rig) -> Value {
    seen(rig, &["status"])["daemon"]["comparison"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_its_progress_is_joined_goes_on_after_a_reload_and_ends_when_it_is_cancelled() {
    // Four batches, some seconds each.
    let overrides = "[reconcile]\nlook_ups_per_minute = 6000\nlook_ups = \"0 0 4 * * *\"".to_owned();
    let plan = Plan { seed: 523, dossiers: 700, overrides, ..Plan::default() };
    let rig = Rig::new(plan).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(DOSSIERS, 0).await;
    assert_eq!(comparison(&rig), Value::Null);
    let never = dongbo(&rig, &["reconcile", "list"]);
    assert!(said(&never).contains("Chưa đối chiếu hai bên lần nào") && code(&never) == 3, "{}", said(&never));

    let look = ["reconcile", "--full", "--only", "look_ups", "--json"];
    let first = begun(&rig, &look);
    let progress = until_found("a batch is written down", async || {
        let progress = comparison(&rig);
        if progress["done"].as_u64() > Some(0) { Ok(progress) } else { Err(progress.to_string()) }
    })
    .await;
    // However long the commands take to start, it does not end before it is joined.
    rig.mock.add_fault(slow()).unwrap();
    assert_eq!((&progress["job"], &progress["of"]), (&json!("look_ups"), &json!(DOSSIERS)), "{progress}");
    assert!(progress["expected_end"].is_string() && progress["begun"].is_string(), "{progress}");
    let second = begun(&rig, &look);
    let reloaded = dongbo(&rig, &["reload"]);
    assert_eq!(code(&reloaded), 0, "{}", said(&reloaded));
    let begun_twice = async || process.log().matches("reconcile.began").count() == 2;
    until("it goes on after the reload", begun_twice).await;
    rig.mock.remove_fault("slow");
    let (first, second) = (ended(first).await, ended(second).await);
    assert_eq!((code(&first), code(&second)), (0, 0), "{} {}", said(&first), said(&second));
    let summary = |output: &Output| serde_json::from_slice::<Value>(&output.stdout).unwrap();
    let (run, joined) = (summary(&first), summary(&second));
    assert_eq!(run["id"], joined["id"]);
    // A dossier that is confirmed at this moment is under way, and not judged.
    let counted = ["equal", "in_flight"].map(|count| run[count].as_u64().unwrap());
    assert_eq!(counted.iter().sum::<u64>(), DOSSIERS, "{run:#}\n{joined:#}");
    let log = process.log();
    let began: Vec<&str> = log.lines().filter(|line| line.contains("reconcile.began")).collect();
    assert_eq!(began.len(), 2, "{log}");
    let id = run["id"].as_str().unwrap();
    assert!(began.iter().all(|line| line.contains(id)), "{began:#?}");

    let nothing = dongbo(&rig, &["reconcile", "cancel"]);
    assert!(said(&nothing).contains("Không có lần đối chiếu nào"), "{}", said(&nothing));
    rig.mock.add_fault(slow()).unwrap();
    let third = begun(&rig, &["reconcile", "--full", "--only", "look_ups"]);
    until("it runs", async || comparison(&rig)["of"].as_u64() > Some(0)).await;
    assert_eq!(seen(&rig, &["reconcile", "cancel"]), json!({ "cancelled": 1 }));
    rig.mock.remove_fault("slow");
    let third = ended(third).await;
    let told = said(&third);
    assert_eq!(code(&third), 3, "{told}");
    assert!(told.contains("đã dừng lần đối chiếu này") && !told.contains("Hai bên khớp"), "{told}");
    let shown = seen(&rig, &["reconcile", "show"]);
    assert!(shown["run"]["notes"][0].as_str().unwrap().starts_with("cancelled:"), "{shown:#}");
    let log = process.log();
    assert!(log.contains("reconcile.cancelled") && !log.contains("reconcile.failed"), "{log}");
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}
