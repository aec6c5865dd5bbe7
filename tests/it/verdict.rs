//! The verdict of the real program on all its surfaces: green only while everything is read, and known again after a restart.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::control::{Said, run};
use crate::kit::{execute, until};
use crate::process::Process;
use support::{Engine, Plan, Rig, sample};

/// The surfaces that say how things stand.
struct Surfaces {
    status: Said,
    shown: Value,
    health: Value,
    ready: u16,
    metrics: String,
}

impl Surfaces {
    async fn of(rig: &Rig, process: &Process) -> Self {
        let ready =
            reqwest::get(format!("http://{}/readyz", process.address)).await.unwrap().status().as_u16();
        let shown = run(&rig.folder, &["status", "--json"]).await;
        Self {
            status: run(&rig.folder, &["status"]).await,
            shown: serde_json::from_str(&shown.stdout).unwrap(),
            health: process.health().await,
            ready,
            metrics: process.page("/metrics").await,
        }
    }

    /// Whether all say `standing`, for `reason` where there is one, with this exit code.
    fn all_say(&self, standing: &str, reason: Option<&str>, code: i32) -> bool {
        let metric = |name: &str| sample(&self.metrics, name) == Some(1.0);
        let first = |page: &Value| page["reasons"][0]["reason"].as_str().map(str::to_owned);
        let green = self.status.stdout.contains("Khớp với Cổng");
        self.shown["standing"] == standing
            && self.health["standing"] == standing
            && metric(&format!("dongbo_standing{{standing=\"{standing}\"}}"))
            && first(&self.shown).as_deref() == reason
            && first(&self.health).as_deref() == reason
            && reason.is_none_or(|reason| metric(&format!("dongbo_reasons_open{{reason=\"{reason}\"}}")))
            && self.status.code == code
            && self.ready == if standing == "in_step" { 200 } else { 503 }
            && green == (standing == "in_step")
    }
}

/// Waits until every surface says so.
async fn until_all_say(
    rig: &Rig,
    process: &Process,
    standing: &str,
    reason: Option<&str>,
    code: i32,
) -> Surfaces {
    let mut seen = None;
    until(standing, async || {
        let surfaces = Surfaces::of(rig, process).await;
        let said = surfaces.all_say(standing, reason, code);
        seen = Some(surfaces);
        said
    })
    .await;
    seen.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_or_does_not_fit_is_told_by_every_surface_and_a_restart_forgets_nothing() {
    let rig = Rig::new(Plan { seed: 1_401, dossiers: 20, ..Plan::default() }).await;
    rig.without_results().await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    process.until_settled(20, 0).await;
    let well = until_all_say(&rig, &process, "in_step", None, 0).await;
    assert_eq!(well.status.stdout.lines().count(), 5, "{}", well.status.stdout);
    assert!(well.status.stdout.contains("chưa lần nào được đối chiếu"), "{}", well.status.stdout);

    let (here, away) = (rig.folder.join("onestop.sqlite"), rig.folder.join("away.sqlite"));
    std::fs::rename(&here, &away).unwrap();
    let gone = until_all_say(&rig, &process, "not_known", Some("source_down"), 4).await;
    assert!(gone.status.stdout.contains("Không đọc được cơ sở dữ liệu một cửa"), "{}", gone.status.stdout);
    assert!(gone.status.stdout.lines().all(|line| line.chars().count() <= 80), "{}", gone.status.stdout);
    std::fs::rename(&away, &here).unwrap();
    until_all_say(&rig, &process, "in_step", None, 0).await;

    execute(rig.simulator.db(), "ALTER TABLE ho_so RENAME TO ho_so_cu").await;
    let unfit = until_all_say(&rig, &process, "not_known", Some("mapping_unfit"), 4).await;
    assert_eq!(unfit.shown["reasons"][0]["owner"], "operator");
    execute(rig.simulator.db(), "ALTER TABLE ho_so_cu RENAME TO ho_so").await;
    let before = until_all_say(&rig, &process, "in_step", None, 0).await;
    process.terminate();
    process.ended().await;

    let without = run(&rig.folder, &["status", "--json"]).await.json(4);
    assert_eq!(without["reasons"][0]["reason"], "no_daemon", "{without}");
    assert!(without["proved"]["last_poll"].is_string(), "{without}");
    let process = Process::start(&config);
    let after = run(&rig.folder, &["status", "--json"]).await;
    let after: Value = serde_json::from_str(&after.stdout).unwrap();
    // The ledger keeps microseconds.
    let acknowledged = |shown: &Value| {
        let at: DateTime<Utc> = shown["daemon"]["last_acknowledged"].as_str().unwrap().parse().unwrap();
        at.timestamp_micros()
    };
    assert_eq!(acknowledged(&after), acknowledged(&before.shown));
    assert!(
        sample(&process.page("/metrics").await, "dongbo_last_acknowledgement_timestamp_seconds") > Some(0.0)
    );

    // Socket and ledger are found in what can be read of a broken file.
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[push.wrong]\nx = 1\n")).unwrap();
    until("the broken file is told", async || {
        let said = run(&rig.folder, &["status"]).await;
        said.code == 3 && said.stdout.contains("Tệp cấu hình bị lỗi") && said.stdout.contains("20 hồ sơ")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_ledger_with_a_wrong_password_is_not_known() {
    let plan = Plan { engine: Engine::Postgres, seed: 1_402, dossiers: 5, ..Plan::default() };
    let rig = Rig::new(plan).await;
    let config = rig.folder.join("dongbo.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let url = rig.config.source.url.clone();
    let (_, host) = url.split_once('@').unwrap();
    let stranger = format!("postgres://nguoi_la:sai@{host}");
    std::fs::write(&config, text.replace(&url, &stranger)).unwrap();
    let process = Process::start(&config);
    let refused = until_all_say(&rig, &process, "not_known", Some("source_refuses"), 4).await;
    assert!(refused.status.stdout.starts_with("Chưa rõ\n"), "{}", refused.status.stdout);
    assert_eq!(sample(&refused.metrics, "dongbo_last_poll_timestamp_seconds"), None);
    assert!(!refused.shown.to_string().contains("sai@"));
}
