//! A changed configuration takes over in a running daemon when it proves itself, and else the old one stays.

use std::path::Path;

use mock_portal::{FaultKind, FaultRule};

use crate::kit::until;
use crate::process::Process;
use support::{Plan, Rig, now};

fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(file, text.replace(from, to)).unwrap();
}

async fn logged(process: &Process, text: &str, times: usize) {
    until(text, async || process.log().matches(text).count() >= times).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_takes_over_without_a_restart_and_sending_goes_on_at_once() {
    let mut rig = Rig::new(Plan { seed: 81, dossiers: 20, ..Plan::default() }).await;
    let config = rig.folder.join("dongbo.toml");
    std::fs::write(rig.folder.join("portal.password"), "wrong").unwrap();
    // Nothing but the reload brings it back within the time of this test.
    change(&config, "probe_every = \"500ms\"", "probe_every = \"1h\"");
    let process = Process::start(&config);
    until("log-in refused", async || process.health().await["sending"] == "auth").await;
    std::fs::write(rig.folder.join("portal.password"), "dongbo").unwrap();
    process.signal("HUP");
    logged(&process, "config.reloaded", 1).await;
    process.until_settled(20, 0).await;
    rig.simulator.advance(now(), 5).await.unwrap();
    until("later changes", async || rig.compare().await.is_clean()).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_does_not_prove_itself_changes_nothing_and_says_why() {
    let mut rig = Rig::new(Plan { seed: 82, dossiers: 20, ..Plan::default() }).await;
    let config = rig.folder.join("dongbo.toml");
    let good = std::fs::read_to_string(&config).unwrap();
    let process = Process::start(&config);
    process.until_settled(20, 0).await;
    let cases: [(&dyn Fn(), &str); 5] = [
        (&|| change(&config, "lease = ", "leese = "), "leese"),
        (&|| change(&config, "mapping.example.toml", "no-such-mapping.toml"), "no-such-mapping.toml"),
        (&|| change(&config, "onestop.sqlite", "elsewhere.sqlite"), "elsewhere.sqlite"),
        (
            &|| std::fs::write(rig.folder.join("portal.password"), "wrong").unwrap(),
            "the portal does not take it",
        ),
        (&|| change(&config, "ledger.sqlite", "other.sqlite"), "ledger.path cannot change while dongbo runs"),
    ];
    for (time, (spoil, reason)) in cases.iter().enumerate() {
        spoil();
        process.signal("HUP");
        logged(&process, "the old one stays in force", time + 1).await;
        assert!(process.log().contains(reason), "{reason} is not in {}", process.log());
        std::fs::write(&config, &good).unwrap();
        std::fs::write(rig.folder.join("portal.password"), "dongbo").unwrap();
    }
    rig.simulator.advance(now(), 5).await.unwrap();
    until("the old one goes on sending", async || rig.compare().await.is_clean()).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_in_the_middle_of_sending_loses_and_repeats_nothing() {
    let mut rig = Rig::new(Plan { seed: 83, dossiers: 300, ..Plan::default() }).await;
    rig.mock.add_fault(FaultRule::new(FaultKind::Delay { ms: 50, ms_max: Some(150) }).named("slow")).unwrap();
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    for (time, size) in [(1, "5"), (2, "20")] {
        let creates = rig.mock.counters().creates;
        // Whatever was sent meanwhile, there is something to send.
        for _ in 0..20 {
            rig.simulator.create_at(now()).await.unwrap();
        }
        until("under way", async || rig.mock.counters().creates > creates).await;
        let text = std::fs::read_to_string(&config).unwrap();
        let mut table: toml::Table = text.parse().unwrap();
        let portal = table.get_mut("portal").and_then(toml::Value::as_table_mut).unwrap();
        portal.insert("batch_size".to_owned(), size.parse().unwrap());
        std::fs::write(&config, table.to_string()).unwrap();
        process.signal("HUP");
        logged(&process, "config.reloaded", time).await;
    }
    rig.mock.remove_fault("slow");
    process.until_settled(340, 0).await;
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    rig.assert_portal_equals_local().await;
    let counters = rig.mock.counters();
    assert_eq!(counters.created_twice + counters.duplicate_steps + counters.steps_out_of_order, 0);
}
