//! The pages as monitors read them: valid in both forms, bounded, true, and as a file.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use dongbo::daemon::Daemon;
use dongbo::http;
use dongbo_ledger::{Lane, Layer, LayerState, Ledger, Overview};
use dongbo_sync::metrics::format::Format;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::kit::{until, until_at_rest, until_found};
use support::{Plan, Rig, clock, now, sample};

/// The most series that a page may have, as docs/metrics.md says.
const BUDGET: usize = 700;

/// Seconds since 1970.
fn unix_now() -> f64 {
    (now() - chrono::DateTime::UNIX_EPOCH).as_seconds_f64()
}

/// Reads a page as strictly as its form asks for, and gives its series.
fn parse(page: &str, format: Format) -> BTreeMap<String, f64> {
    let body = match format {
        Format::OpenMetrics => page.strip_suffix("# EOF\n").expect("no end"),
        Format::Classic => page,
    };
    let mut family: Option<(&str, &str)> = None;
    let mut families = BTreeSet::new();
    let mut helped = None;
    let mut series = BTreeMap::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped = rest.split(' ').next();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(helped, Some(name), "the help stands before the type and has the same name");
            assert!(families.insert(name), "{name} comes twice");
            let known: &[&str] = match format {
                Format::OpenMetrics => &["counter", "gauge", "histogram", "info"],
                Format::Classic => &["counter", "gauge", "histogram"],
            };
            assert!(known.contains(&kind), "{line}");
            family = Some((name, kind));
        } else {
            assert!(!line.starts_with('#'), "what is this: {line}");
            let (key, value) = line.rsplit_once(' ').unwrap();
            let (name, kind) = family.unwrap();
            let sample = key.split('{').next().unwrap();
            let suffixes: &[&str] = match (format, kind) {
                (_, "histogram") => &["_bucket", "_sum", "_count"],
                (Format::OpenMetrics, "counter") => &["_total"],
                (Format::OpenMetrics, "info") => &["_info"],
                _ => &[""],
            };
            assert!(
                suffixes.iter().any(|suffix| sample == format!("{name}{suffix}")),
                "{line} is not of {name}"
            );
            assert!(series.insert(key.to_owned(), value.parse().unwrap()).is_none(), "{key} comes twice");
        }
    }
    series
}

#[tokio::test]
async fn the_page_is_valid_in_the_form_that_is_asked_for_and_its_series_are_bounded() {
    let mut rig = Rig::new(Plan { seed: 5, dossiers: 40, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until_settled(40).await;
    rig.simulator.create_at(now()).await.unwrap();
    running.until_settled(41).await;
    let url = format!("http://{}/metrics", running.address);
    let prometheus = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    for (accept, format) in [(prometheus, Format::OpenMetrics), ("text/plain", Format::Classic)] {
        let response = reqwest::Client::new().get(&url).header(ACCEPT, accept).send().await.unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], format.content_type());
        #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
        let page = response.text().await.unwrap();
        let series = parse(&page, format);
        assert!((200..=BUDGET).contains(&series.len()), "{} series", series.len());
        for dossier in rig.mock.dossiers() {
            assert!(!page.contains(&dossier.code), "{} is on the page", dossier.code);
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn freshness_backlog_and_host_are_told_as_they_are() {
    let rig = Rig::new(Plan { seed: 6, dossiers: 30, ..Plan::default() }).await;
    let began = unix_now().floor();
    let running = rig.start().await;
    running.until_settled(30).await;
    until_at_rest(&rig).await;
    let page = until_found("a poll and an acknowledgement are told", async || {
        let page = running.metrics().await;
        let told = ["poll", "acknowledgement"].iter().all(|what| {
            sample(&page, &format!("dongbo_last_{what}_timestamp_seconds"))
                .is_some_and(|at| at >= began && at <= unix_now())
        });
        if told { Ok(page) } else { Err(page) }
    })
    .await;
    let value = |name: &str| sample(&page, name).unwrap_or_else(|| panic!("no {name} in {page}"));
    assert!(value("dongbo_next_sweep_timestamp_seconds") > began);
    assert_eq!(value("dongbo_completeness_ratio{layer=\"steps\"}"), 1.0);
    assert_eq!(value("dongbo_backlog{lane=\"backfill\"}"), 0.0);
    assert_eq!(value("dongbo_backlog_forecast_seconds"), 0.0);
    assert_eq!(value("dongbo_leases_overdue"), 0.0);
    assert_eq!(value("dongbo_config_last_reload_successful"), 1.0);
    assert!(value("dongbo_ledger_settle_duration_seconds_count") > 0.0);
    assert!(value("dongbo_ledger_size_bytes{file=\"database\"}") >= 4_096.0);
    assert!(value("dongbo_ledger_size_bytes{file=\"wal\"}") > 0.0);
    assert!(value("dongbo_ledger_disk_free_bytes") < value("dongbo_ledger_disk_size_bytes"));
    assert!(value("dongbo_process_resident_memory_bytes") > 1e6);
    assert!((began..began + 60.0).contains(&value("dongbo_process_start_time_seconds").ceil()));
    assert_eq!(sample(&page, "dongbo_certificate_expiry_timestamp_seconds{certificate=\"client\"}"), None);
    running.stop().await;
}

async fn ready(address: std::net::SocketAddr) -> (StatusCode, serde_json::Value) {
    let response = reqwest::get(format!("http://{address}/readyz")).await.unwrap();
    let status = response.status();
    #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn who_works_is_ready_and_who_does_not_says_what_stands_still() {
    let mut rig = Rig::new(Plan { seed: 7, dossiers: 5, ..Plan::default() }).await;
    let idle = Daemon::prepare(&rig.config, clock(), 7).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let served = tokio::spawn(http::serve(listener, rig.config.limits(), idle.pages(), stop.clone()));
    let (status, page) = ready(address).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page["ready"], false);
    assert!(page["reason"].as_str().unwrap().contains("has finished nothing yet"), "{page}");
    stop.cancel();
    served.await.unwrap();
    drop(idle);

    // The portal is away: that is waited for, and waiting is work.
    rig.mock.set_down(true);
    let running = rig.start().await;
    let page = until_found("ready", async || match ready(running.address).await {
        (StatusCode::OK, page) => Ok(page),
        (status, page) => Err(format!("{status}: {page}")),
    })
    .await;
    assert_eq!((&page["ready"], &page["reason"]), (&true.into(), &serde_json::Value::Null));
    running.stop().await;

    // The local database is away: that is waited for, too, and this daemon is blind meanwhile.
    rig.config.source.url = "postgres://dongbo@127.0.0.1:1/none".to_owned();
    let running = rig.start().await;
    until("blind", async || {
        let (status, page) = ready(running.address).await;
        status == StatusCode::SERVICE_UNAVAILABLE
            && page["reason"].as_str().unwrap().contains("The local database cannot be read")
    })
    .await;
    running.stop().await;
}

#[tokio::test]
async fn the_textfile_is_whole_readable_and_written_a_last_time_at_the_stop() {
    let rig = Rig::new(Plan { seed: 8, dossiers: 10, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until_settled(10).await;
    let folder = rig.folder.join("textfile");
    let file = folder.join("dongbo.prom");
    let stop = CancellationToken::new();
    let keeper = tokio::spawn({
        let (pages, file, stop) = (running.pages.clone(), file.clone(), stop.clone());
        async move { pages.keep_textfile(&file, Duration::from_millis(50), stop).await }
    });
    let failures = async || sample(&running.metrics().await, "dongbo_textfile_errors_total").unwrap();
    until("the missing folder is counted", async || failures().await > 1.0).await;
    std::fs::create_dir(&folder).unwrap();
    until("the file is there", async || file.exists()).await;
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(parse(&text, Format::Classic)["dongbo_dossiers_known"], 10.0);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);

    std::fs::remove_file(&file).unwrap();
    stop.cancel();
    keeper.await.unwrap();
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["dongbo.prom"], "one file, and nothing half written");
    running.stop().await;
}

#[tokio::test]
async fn what_a_crash_left_under_lease_does_not_stay_in_flight_while_sending_is_stopped() {
    let rig = Rig::new(Plan { seed: 9, dossiers: 10, ..Plan::default() }).await;
    std::fs::write(rig.folder.join("portal.password"), "sai-mat-khau").unwrap();
    let running = rig.start().await;
    running.until("all known", |overview| overview.dossiers == 10).await;
    running.stop().await;
    let ledger = Ledger::open(&rig.config.ledger.path).await.unwrap();
    let mut left = 0;
    until("some are due again", async || {
        let lease = Duration::from_secs(3);
        left += ledger.claim(Lane::ALL, 3, 0, "a dead process", lease, now()).await.unwrap().claims.len();
        left > 0
    })
    .await;
    ledger.close().await;

    let running = rig.start().await;
    let stopped = "dongbo_sending_stopped{trouble=\"auth\"}";
    until("stopped", async || sample(&running.metrics().await, stopped) == Some(1.0)).await;
    let in_flight = |overview: &Overview| overview.counts.of(Layer::Presence).of(LayerState::InFlight);
    running.until("none in flight", |overview| in_flight(overview) == 0).await;
    let page = running.metrics().await;
    assert_eq!(sample(&page, stopped), Some(1.0));
    assert!(sample(&page, "dongbo_leases_expired_total").unwrap() >= 1.0);
    running.stop().await;
}
