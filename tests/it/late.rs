//! Requests that land late or twice: what they take back is sent again, what they double is found, told, and accepted by a person.

use dongbo_ledger::Overview;
use dongbo_model::{DifferenceKind, FindingKind};
use dongbo_sync::reconcile::{RunRequest, Summary};
use mock_portal::{FaultKind, FaultRule, Service};
use serde_json::Value;

use crate::control::run;
use crate::kit::{execute, until};
use crate::reconcile::{compare, order};
use support::{Plan, Rig, Running, all_synced, now};

/// A lost request lands this long after it was given up, and the second confirmation comes after that.
const LATE_MS: u64 = 3_000;
const TIMES: &str = "[push]\nlookup_after = \"100ms\"\nverify_after = \"100ms\"\nlands_within = \"6s\"\nbackoff_cap = \"200ms\"";

async fn rig(seed: u64, more: &str) -> Rig {
    let overrides = format!("{TIMES}\n{more}");
    let mut rig = Rig::new(Plan { seed, overrides, ..Plan::default() }).await;
    // One that goes on: of a year most are at their end.
    rig.simulator.create_at(now()).await.unwrap();
    rig.without_results().await;
    rig
}

fn at_rest(overview: &Overview) -> bool {
    overview.to_verify == 0 && all_synced(overview) && overview.dossiers == 1
}

/// The only dossier of the rig.
fn code(rig: &Rig) -> String {
    rig.mock.dossiers()[0].code.clone()
}

fn steps(rig: &Rig) -> usize {
    rig.mock.dossiers().first().map_or(0, |dossier| dossier.steps.len())
}

/// What the portal shows of the note.
fn note(rig: &Rig) -> String {
    rig.mock.dossiers()[0].fields["GhiChu"].as_str().unwrap_or_default().to_owned()
}

/// A clerk writes another note.
async fn write(rig: &Rig, note: &str) {
    let changed = (now() + chrono::TimeDelta::hours(7)).format("%Y-%m-%d %H:%M:%S%.6f");
    let sql = format!("UPDATE ho_so SET ghi_chu = '{note}', cap_nhat_luc = '{changed}'");
    execute(rig.simulator.db(), &sql).await;
}

async fn compare_all(running: &Running) -> Summary {
    compare(running, RunRequest { full: true, ..order() }).await
}

async fn until_confirmed(running: &Running) {
    until("confirmed again", async || running.ledger.unconfirmed().await.unwrap().is_none()).await;
}

async fn command(rig: &Rig, words: &[&str], code: i32) -> Value {
    run(&rig.folder, words).await.json(code)
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_a_late_request_took_back_is_sent_again_without_a_comparison() {
    let rig = rig(71, "").await;
    let running = rig.start().await;
    running.until("in step", at_rest).await;
    let late = FaultRule::new(FaultKind::Late { ms: LATE_MS }).on(Service::Upsert).times(1);
    rig.mock.add_fault(late).unwrap();
    write(&rig, "older").await;
    until("an answer is lost", async || running.ledger.unconfirmed().await.unwrap().is_some()).await;
    write(&rig, "newer").await;
    until("the newer one is there", async || note(&rig) == "newer").await;
    until("the late request takes it back", async || note(&rig) == "older").await;
    let told = run(&rig.folder, &["why", &code(&rig), "--offline", "--json"]).await;
    let story: Value = serde_json::from_str(&told.stdout).unwrap();
    assert!(story["dossier"]["confirm_at"].is_string(), "{story}");
    until("it is put right", async || note(&rig) == "newer").await;
    until_confirmed(&running).await;
    running.until("in step again", at_rest).await;
    let story = running.ledger.story(&code(&rig), 50, now()).await.unwrap().unwrap();
    assert!(story.confirmed_at.is_some() && story.lost_at.is_none(), "{story:?}");
    let looks = story.attempts.iter().filter(|attempt| attempt.operations == "look_up").count();
    assert!(
        looks <= 3,
        "one for each of two sendings, and the second for the lost one: {:?}",
        story.attempts
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_a_late_request_doubles_is_told_and_accepted_and_later_steps_go_on() {
    let mut rig = rig(72, "").await;
    let late = FaultRule::new(FaultKind::Late { ms: LATE_MS }).on(Service::AppendSteps).times(1);
    rig.mock.add_fault(late).unwrap();
    let running = rig.start().await;
    running.until("sent again", at_rest).await;
    let story = running.ledger.story(&code(&rig), 1, now()).await.unwrap().unwrap();
    let once = story.steps_wanted;
    running.until("it is found", |overview| overview.held == 1).await;
    assert_eq!(steps(&rig), 2 * once, "the late request doubled them");
    let found = running.ledger.open_findings(10).await.unwrap();
    assert_eq!(found.iter().map(|found| found.finding.kind).collect::<Vec<_>>(), [FindingKind::StepsDiffer]);
    running.stop().await;

    let code = code(&rig);
    let shown = command(&rig, &["accept-steps", &code, "--dry-run", "--json"], 0).await;
    let history = &shown["preview"]["rows"][0]["history"];
    let counts = ["shown", "covers", "twice"].map(|name| history[name].as_u64().unwrap());
    let once_more = u64::try_from(once).unwrap();
    assert_eq!((counts, &shown["done"]), ([2 * once_more, once_more, once_more], &Value::Null), "{shown}");
    assert_eq!(command(&rig, &["accept-steps", &code, "--yes", "--json"], 0).await["done"], 1);
    let none = command(&rig, &["accept-steps", "H48.57-000000-9999", "--yes", "--json"], 1).await;
    assert_eq!(none["preview"]["unknown"][0], "H48.57-000000-9999");

    let running = rig.start().await;
    running.until("in step with what was accepted", at_rest).await;
    rig.simulator.move_on(&code, now()).await.unwrap();
    until("the next step is there", async || steps(&rig) == 2 * once + 1).await;
    running.until("in step", at_rest).await;
    let compared = compare_all(&running).await;
    assert_eq!((compared.equal, compared.different), (1, 0), "what was accepted is no difference");
    let story = running.ledger.story(&code, 5, now()).await.unwrap().unwrap();
    assert_eq!(story.history.unwrap().by, "lan");
    running.stop().await;

    assert_eq!(command(&rig, &["accept-steps", &code, "--take-back", "--yes", "--json"], 0).await["done"], 1);
    let running = rig.start().await;
    running.until("it is held again", |overview| overview.held == 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_something_on_the_way_repeats_is_found_by_a_comparison_with_cause_and_remedy() {
    let rig = rig(73, "").await;
    let repeat = FaultRule::new(FaultKind::Repeat { ms: LATE_MS }).on(Service::AppendSteps).times(1);
    rig.mock.add_fault(repeat).unwrap();
    let running = rig.start().await;
    running.until("accepted", at_rest).await;
    let local = running.ledger.story(&code(&rig), 1, now()).await.unwrap().unwrap().steps_wanted;
    until("it is repeated", async || steps(&rig) == 2 * local).await;
    let compared = compare_all(&running).await;
    assert_eq!(compared.different, 1);
    let open = running.ledger.differences_of(&code(&rig), 10).await.unwrap();
    let told: Vec<(DifferenceKind, String)> =
        open.iter().map(|found| (found.kind, found.cause.to_string())).collect();
    assert_eq!(told, [(DifferenceKind::StepExtra, "applied_twice".to_owned())]);
    running.stop().await;
    let code = code(&rig);
    assert_eq!(command(&rig, &["accept-steps", &code, "--yes", "--json"], 0).await["done"], 1);
    let running = rig.start().await;
    running.until("in step with what was accepted", at_rest).await;
    compare_all(&running).await;
    let open = running.ledger.differences_of(&code, 10).await.unwrap();
    assert!(open.iter().all(|difference| difference.closed_at.is_some()), "{open:?}");
    running.stop().await;
}
