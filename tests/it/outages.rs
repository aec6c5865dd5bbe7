//! Outages: peers that are away come back, refusals are told as such, and dongbo stays up meanwhile.

use std::time::Duration;

use chrono::TimeDelta;
use dongbo_ledger::{Layer, LayerState};
use mock_portal::{FaultKind, FaultRule, Service};
use testbed::proxy::Proxy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::kit::{Log, example_mapping, until, write_mapping};
use support::{Engine, Plan, Rig, Running, all_synced, now, sample};

async fn metric(running: &Running, name: &str) -> f64 {
    sample(&running.metrics().await, name).unwrap_or_default()
}

/// Failures of the local database, over operations, of one class.
async fn source_errors(running: &Running, class: &str) -> f64 {
    let end = format!("class=\"{class}\"}}");
    running
        .metrics()
        .await
        .lines()
        .filter_map(|line| line.strip_prefix("dongbo_source_errors_total{")?.split_once(&end))
        .map(|(_, value)| value.trim().parse::<f64>().unwrap())
        .sum()
}

async fn until_synced(running: &Running, dossiers: u64) {
    running.until("all synced", |overview| overview.dossiers == dossiers && all_synced(overview)).await;
}

/// The password and the address of a URL.
fn parts(url: &str) -> (&str, &str) {
    let (_, rest) = url.split_once("://").unwrap();
    let (account, rest) = rest.split_once('@').unwrap();
    (account.split_once(':').unwrap().1, rest.split_once('/').unwrap().0)
}

#[tokio::test]
async fn a_wrong_database_password_is_told_and_the_right_one_is_taken_without_a_restart() {
    let (log, _kept) = Log::keep();
    let mut rig = Rig::new(Plan { engine: Engine::Postgres, dossiers: 10, ..Plan::default() }).await;
    let url = rig.config.source.url.clone();
    let (password, _) = parts(&url);
    let file = rig.folder.join("source.password");
    std::fs::write(&file, "sai-mat-khau").unwrap();
    rig.config.source.url = url.replace(&format!(":{password}@"), "@");
    rig.config.source.password_file = Some(file.clone());
    let running = rig.start().await;
    until("refused", async || source_errors(&running, "auth").await > 0.0).await;
    log.until_says(&["ERROR", "refuses access", "source.password_file"]).await;
    assert!(running.metrics().await.contains("dongbo_polls_total 0"));

    std::fs::write(&file, format!("{password}\n")).unwrap();
    until_synced(&running, 10).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
    for secret in ["sai-mat-khau", password] {
        assert!(!log.text().contains(secret), "a password was logged");
    }
}

#[tokio::test]
async fn a_wrong_portal_password_stops_sending_and_is_told_and_the_right_one_sends_all() {
    let (log, _kept) = Log::keep();
    // However long this takes, no probe comes meanwhile.
    let overrides = "[push]\nprobe_every = \"1h\"".to_owned();
    let rig = Rig::new(Plan { dossiers: 10, overrides, ..Plan::default() }).await;
    std::fs::write(rig.folder.join("portal.password"), "sai-mat-khau").unwrap();
    let running = rig.start().await;
    let stopped = "dongbo_sending_stopped{trouble=\"auth\"}";
    until("stopped", async || metric(&running, stopped).await > 0.0).await;
    let remedy = ["Sending has stopped (auth)", "Sai tên đăng nhập", "portal.password_file", "locked"];
    log.until_says(&remedy).await;
    let overview = running.until("all known", |overview| overview.dossiers == 10).await;
    assert_eq!(overview.counts.of(Layer::Presence).of(LayerState::Held), 0, "no dossier is to blame");
    // An account must not be locked by a program that tries again and again.
    assert!(rig.mock.counters().calls["auth"] < 10, "{:?}", rig.mock.counters().calls);
    running.stop().await;

    // The file is read at start.
    std::fs::write(rig.folder.join("portal.password"), "dongbo\n").unwrap();
    let running = rig.start().await;
    until_synced(&running, 10).await;
    assert_eq!(sample(&running.metrics().await, stopped), Some(0.0));
    running.stop().await;
    rig.assert_portal_equals_local().await;
    assert!(!log.text().contains("sai-mat-khau"));
}

/// A portal that answers with a page, to every call or to all but the log-in.
async fn a_portal_of_pages(services: &[Service], after: bool, trouble: &str, remedy: &str) {
    let (log, _kept) = Log::keep();
    let mut rig = Rig::new(Plan { seed: 31, dossiers: 100, ..Plan::default() }).await;
    for &service in services {
        rig.mock.add_fault(FaultRule::new(FaultKind::Html { after }).on(service)).unwrap();
    }
    let running = rig.start().await;
    let stopped = format!("dongbo_sending_stopped{{trouble=\"{trouble}\"}}");
    until("stopped", async || metric(&running, &stopped).await > 0.0).await;
    let told = ["Sending has stopped", "the answer (text/html) is not the JSON object", remedy];
    log.until_says(&told).await;
    rig.simulator.create_at(now()).await.unwrap();
    let overview = running.until("all heard of", |overview| overview.dossiers == 101).await;
    assert_eq!(overview.counts.of(Layer::Presence).of(LayerState::Held), 0, "no dossier is to blame");
    assert_eq!(overview.counts.of(Layer::Presence).of(LayerState::Synced), 0, "no answer was a success");

    rig.mock.clear_faults();
    running.until("all synced", |overview| overview.to_verify == 0 && all_synced(overview)).await;
    assert_eq!(sample(&running.metrics().await, &stopped), Some(0.0));
    running.stop().await;
    rig.assert_portal_equals_local().await;
    let counters = rig.mock.counters();
    assert_eq!((counters.created_twice, counters.duplicate_steps), (0, 0));
}

const SERVICES: [Service; 3] = [Service::Upsert, Service::AppendSteps, Service::LookUp];

#[tokio::test]
async fn pages_in_place_of_every_answer_stop_sending_until_the_portal_is_back() {
    // The log-in comes first, and one that is not understood has changed nothing on the portal.
    a_portal_of_pages(
        &[Service::Auth, SERVICES[0], SERVICES[1], SERVICES[2]],
        false,
        "down",
        "nothing is lost",
    )
    .await;
}

#[tokio::test]
async fn pages_in_place_of_answers_after_a_good_log_in_are_drift_and_lose_nothing() {
    a_portal_of_pages(&SERVICES, false, "drift", "portal.verdicts").await;
}

#[tokio::test]
async fn pages_in_place_of_answers_to_calls_that_were_obeyed_cause_nothing_twice() {
    a_portal_of_pages(&SERVICES, true, "drift", "portal.verdicts").await;
}

#[tokio::test]
async fn a_database_file_that_is_away_at_the_start_and_later_is_waited_for() {
    let mut rig = Rig::new(Plan { seed: 32, dossiers: 10, ..Plan::default() }).await;
    let (here, away) = (rig.folder.join("onestop.sqlite"), rig.folder.join("away.sqlite"));
    std::fs::rename(&here, &away).unwrap();
    let (log, _kept) = Log::keep();
    let running = rig.start().await;
    until("missed", async || source_errors(&running, "transient").await > 0.0).await;
    let told =
        ["local database cannot be reached", "there is no database file at that path", "put the file back"];
    log.until_says(&told).await;
    assert!(!here.exists(), "dongbo must never make the local database");
    std::fs::rename(&away, &here).unwrap();
    until_synced(&running, 10).await;

    std::fs::rename(&here, &away).unwrap();
    let before = source_errors(&running, "transient").await;
    until("missed again", async || source_errors(&running, "transient").await > before).await;
    std::fs::rename(&away, &here).unwrap();
    rig.simulator.advance(now(), 20).await.unwrap();
    until("equal", async || rig.compare().await.is_clean()).await;
    running.stop().await;
}

#[tokio::test]
async fn a_database_server_that_is_away_at_the_start_and_later_is_waited_for() {
    let mut rig =
        Rig::new(Plan { engine: Engine::Postgres, seed: 33, dossiers: 10, ..Plan::default() }).await;
    let url = rig.config.source.url.clone();
    let (_, address) = parts(&url);
    let line = Proxy::before(address).await.unwrap();
    line.refuse().await;
    rig.config.source.url = url.replace(address, &line.address().to_string());
    rig.config.source.connect_timeout = Duration::from_millis(500);
    let running = rig.start().await;
    until("missed", async || source_errors(&running, "transient").await > 0.0).await;
    line.accept_again().await.unwrap();
    until_synced(&running, 10).await;

    line.refuse().await;
    let before = source_errors(&running, "transient").await;
    rig.simulator.advance(now(), 20).await.unwrap();
    until("missed again", async || source_errors(&running, "transient").await > before).await;
    line.accept_again().await.unwrap();
    until("equal", async || rig.compare().await.is_clean()).await;

    // The server ends our sessions, as it does when it is shut down or fails over.
    rig.simulator.advance(now(), 20).await.unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'dongbo%'";
    crate::kit::execute(rig.simulator.db(), sql).await;
    until("equal again", async || rig.compare().await.is_clean()).await;
    running.stop().await;
    assert_eq!(rig.mock.counters().duplicate_steps, 0);
}

async fn a_wrong_mapping_is_told(engine: Engine) {
    let (log, _kept) = Log::keep();
    let mut rig = Rig::new(Plan { engine, seed: 34, dossiers: 10, ..Plan::default() }).await;
    let wrong = example_mapping()
        .replace("don_vi AS unit, kenh", "donvi AS unit, kenh")
        .replace("FROM le_phi", "FROM lephi");
    rig.config.source.mapping = write_mapping(&rig.folder, &wrong);
    let running = rig.start().await;
    until("told", async || source_errors(&running, "config").await > 0.0).await;
    let told = async || {
        log.says(&["query [dossiers]", "no column \"donvi\"", "did you mean \"don_vi\"?"])
            && log.says(&["query [fees]", "no table \"lephi\"", "did you mean \"le_phi\"?", "mapping file"])
    };
    until("told with the way out", told).await;
    // What changes is heard of all the same: the dossiers are known, and wait.
    let overview = running.until("known", |overview| overview.dossiers == 10).await;
    assert_eq!(overview.counts.of(Layer::Presence).of(LayerState::Held), 0);
    running.stop().await;

    write_mapping(&rig.folder, &example_mapping());
    let running = rig.start().await;
    until_synced(&running, 10).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test]
async fn a_mapping_with_wrong_names_is_told_with_the_nearest_ones_while_changes_are_heard_of_on_sqlite() {
    a_wrong_mapping_is_told(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_mapping_with_wrong_names_is_told_with_the_nearest_ones_while_changes_are_heard_of_on_postgresql() {
    a_wrong_mapping_is_told(Engine::Postgres).await;
}

/// Answers every call with success, at a time of its own.
async fn portal_at(ahead: TimeDelta) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 65_536];
                let mut length = 0;
                // A call is small, and its body comes with its head or right after it.
                while !request[..length].ends_with(b"}") {
                    length += stream.read(&mut request[length..]).await.unwrap();
                }
                let date = (now() + ahead).format("%a, %d %b %Y %H:%M:%S GMT");
                let body = r#"{"error_code":0,"session":"1234567890","result":[]}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_portal_whose_clock_is_an_hour_ahead_is_measured_and_told() {
    let (log, _kept) = Log::keep();
    let mut rig = Rig::new(Plan { dossiers: 1, ..Plan::default() }).await;
    rig.config.portal.adapter_url = portal_at(TimeDelta::hours(1)).await;
    let running = rig.start().await;
    let offset = "dongbo_clock_offset_seconds{peer=\"portal\"}";
    until("measured", async || (metric(&running, offset).await - 3_600.0).abs() < 5.0).await;
    log.until_says(&["WARN", "The portal's clock is 3", "timedatectl"]).await;
    running.stop().await;
}

#[tokio::test]
async fn the_clock_of_the_database_server_is_measured() {
    // The server cannot be given another.
    let ahead = TimeDelta::zero();
    let rig = Rig::new(Plan { engine: Engine::Postgres, ahead, ..Plan::default() }).await;
    let running = rig.start().await;
    let offset = "dongbo_clock_offset_seconds{peer=\"source\"}";
    until("measured", async || running.metrics().await.contains(offset)).await;
    assert!(metric(&running, offset).await.abs() < 5.0);
    running.stop().await;
}
