//! How long a change took is told of its dossier, by unit and month, and as a metric; of the old stock it is not.

use std::sync::Mutex;

use serde_json::Value;

use crate::control::dongbo;
use crate::kit::until;
use crate::process::Process;
use support::{Plan, Rig, now, sample};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_has_its_delay_told_and_the_old_stock_has_none() {
    let mut rig = Rig::new(Plan { seed: 181, dossiers: 12, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(12, 0).await;
    let said = dongbo(&rig, &["delays", "--json"]).await.json(0);
    assert!(said["following_since"].is_string(), "{said}");

    let code = rig.simulator.create_at(now()).await.unwrap().code;
    process.until_settled(13, 0).await;
    // The old stock is read once more after the tick of the local clock in which it changed, and waits for that.
    let told = Mutex::new(Value::Null);
    until("told", async || {
        let said = dongbo(&rig, &["delays", "--json"]).await.json(0);
        let is_told = said["rows"][0]["changes"]["many"] == 1 && said["rows"][0]["waiting"] == 0;
        *told.lock().unwrap() = said;
        is_told
    })
    .await;
    let told = told.into_inner().unwrap();
    assert_eq!(told["rows"].as_array().map(Vec::len), Some(2), "of the old stock nobody can tell: {told}");
    let [all, unit] = [&told["rows"][0], &told["rows"][1]];
    assert!(all["unit"].is_null() && unit["unit"].is_string(), "{told}");
    let longest = unit["changes"]["longest_s"].as_f64().unwrap();
    assert!(longest < 120.0 && unit["changes"]["p50_s"].as_f64() == Some(longest), "{told}");
    assert!(unit["steps"]["many"].as_u64() > Some(0) && unit["waiting"] == 0, "{told}");

    let mut why = Value::Null;
    until("it rests", async || {
        let said = dongbo(&rig, &["why", &code, "--json"]).await;
        why = said.json(said.code);
        said.code == 0
    })
    .await;
    let delays = why["dossier"]["delays"].as_array().unwrap();
    assert!(delays[0]["step"].is_null() && delays[0]["seconds"].as_f64().unwrap() <= longest, "{why}");
    assert!(delays.len() > 1 && delays[1]["step"] == 1, "{why}");
    let counted = "dongbo_change_delay_seconds_count{of=\"change\"}";
    until("counted", async || sample(&process.page("/metrics").await, counted) == Some(1.0)).await;
    let people = dongbo(&rig, &["why", &code, "--offline"]).await;
    assert!(people.stdout.contains("Độ trễ lần gần nhất"), "{}", people.stdout);
    let people = dongbo(&rig, &["delays"]).await;
    assert!(people.stdout.contains("hồ sơ cũ hơn không tính"), "{}", people.stdout);
}
