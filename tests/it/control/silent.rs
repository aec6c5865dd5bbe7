//! A daemon that runs and does not answer: commands say so soon, and show what the ledger knows.

use std::time::{Duration, Instant};

use crate::control::dongbo;
use crate::kit::until;
use crate::process::Process;
use support::{Plan, Rig};

/// A time that a command beside a hanging daemon has, on a machine that is busy too; the wait itself is three seconds.
const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_daemon_that_hangs_status_shows_the_ledger_and_orders_are_not_given() {
    let rig = Rig::new(Plan { seed: 107, dossiers: 5, ..Plan::default() }).await;
    rig.without_results().await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(5, 0).await;
    process.signal("STOP");

    let began = Instant::now();
    let status = dongbo(&rig, &["status", "--json"]).await.json(4);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(status["dossiers"], 5, "{status:#}");
    assert_eq!(status["reasons"][0]["reason"], "daemon_silent", "{status:#}");
    let told = dongbo(&rig, &["status"]).await.stdout;
    assert!(told.contains("đang chạy nhưng không trả lời") && told.contains("systemctl restart"), "{told}");

    for order in [
        &["pause", "--reason", "bảo trì"][..],
        &["resume"],
        &["retry", "--all-held", "--yes"],
        &["log-level", "debug"],
        &["reload"],
        &["catalogue", "refresh"],
        &["reconcile"],
        &["backfill", "--from", "2020-01-01", "--to", "2020-01-02"],
    ] {
        let began = Instant::now();
        let said = dongbo(&rig, order).await;
        assert!(began.elapsed() < SOON, "{order:?}: {:?}", began.elapsed());
        assert_ne!(said.code, 0, "{order:?}");
        assert!(said.stderr.contains("không trả lời"), "{order:?}: {}", said.stderr);
    }

    process.signal("CONT");
    until("it answers again", async || {
        dongbo(&rig, &["status", "--json"]).await.stdout.contains("\"sending\": \"open\"")
    })
    .await;
    let log = process.log();
    for event in ["sending.paused", "log.level_set", "config.reloaded", "backfill.", "reconcile."] {
        assert!(
            !log.contains(&format!("event={event}")),
            "an order was carried out whose client had gone: {log}"
        );
    }
}
