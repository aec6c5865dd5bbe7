//! The log: its forms, its level, its sums, and what of a panic stands in it.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, Utc};
use dongbo::log::LogFormat;
use dongbo::log::{LogHandle, Outlet};
use dongbo_model::clock::{Clock, later};
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

use crate::kit::{Log, execute, until};
use crate::process::Process;
use support::{Plan, Rig, clock};

const CANARY: &str = "Nguyễn Thị Hoàng Yến 079199000123";

/// A log of this thread that writes into memory.
fn kept(config: &dongbo::log::Settings, clock: Clock, journal: &Path) -> (Log, LogHandle, DefaultGuard) {
    let log = Log::default();
    let outlet = Outlet::new(Box::new(log.clone()), journal.to_owned());
    let (subscriber, handle) = dongbo::log::build(config, clock, outlet).unwrap();
    (log, handle, tracing::subscriber::set_default(subscriber))
}

fn json() -> dongbo::log::Settings {
    dongbo::log::Settings { format: LogFormat::Json, ..dongbo::log::Settings::default() }
}

fn objects(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn told<'v>(lines: &'v [Value], event: &str) -> Vec<&'v Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_held_for_one_cause_are_five_lines_and_a_sum_and_every_json_line_is_whole() {
    let overrides = "[log]\nlevel = \"debug\"\nformat = \"json\"\nrepeats_every = \"1h\"".to_owned();
    let rig = Rig::new(Plan { seed: 91, dossiers: 60, overrides, ..Plan::default() }).await;
    let some = "UPDATE ho_so SET ma_thu_tuc = 'XX99' WHERE id IN (SELECT id FROM ho_so ORDER BY id LIMIT 40)";
    execute(rig.simulator.db(), some).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(60, 40).await;
    process.terminate();
    let (status, _, log) = process.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");

    let lines = objects(&log);
    for line in &lines {
        for key in ["time", "level", "event", "message"] {
            assert!(
                line[key].as_str().is_some_and(|text| !text.is_empty() || key == "message"),
                "{key}: {line}"
            );
        }
        let time = line["time"].as_str().unwrap();
        assert!(time.ends_with('Z') && DateTime::parse_from_rfc3339(time).is_ok(), "{line}");
        assert!(line.as_object().unwrap().values().all(|value| !value.is_object()), "not flat: {line}");
    }
    let told = told(&lines, "dossier.held");
    let (sums, single): (Vec<&Value>, Vec<&Value>) =
        told.into_iter().partition(|line| line["repeats"].is_u64());
    assert_eq!(single.len(), 5, "{single:?}");
    assert!(
        single.iter().all(|line| line["code"].is_string() && line["cause"] == "unmapped_procedure"),
        "{single:?}"
    );
    assert!(single.iter().all(|line| line["message"].as_str().unwrap().contains("XX99")), "{single:?}");
    assert_eq!(sums.len(), 1, "a stop writes what was summed: {sums:?}");
    // A dossier that is read once more is held once more.
    let repeats = sums[0]["repeats"].as_u64().unwrap();
    assert!(repeats >= 35, "{repeats}");
    let more = format!("… {repeats} more in ");
    assert!(sums[0]["message"].as_str().unwrap().starts_with(&more), "{}", sums[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_down_is_told_once_and_text_in_a_pipe_has_no_colours() {
    let overrides = "[portal]\nadapter_url = \"http://127.0.0.1:9\"".to_owned();
    let rig = Rig::new(Plan { seed: 92, dossiers: 50, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    until("stopped", async || process.health().await["sending"] == "down").await;
    process.terminate();
    let log = process.ended().await.2;
    assert!(!log.contains('\x1b'), "{log}");
    assert_eq!(log.matches("event=portal.stopped class=transient trouble=down").count(), 1, "{log}");
    for line in log.lines() {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.ends_with("+07:00") && DateTime::parse_from_rfc3339(time).is_ok(), "{line}");
        let level = rest.split(' ').next().unwrap();
        assert!(["ERROR", "WARN", "INFO"].contains(&level), "{line}");
        assert!(rest.contains("  event="), "{line}");
    }
}

#[tokio::test]
async fn an_error_that_repeats_is_one_line_and_a_sum_when_its_minute_is_over() {
    let start: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let clock = Clock::manual(start);
    let (log, handle, _kept) = kept(&json(), clock.clone(), Path::new("/nowhere"));
    tokio::spawn(handle.sum_up());
    for tenth in 0..813_u64 {
        clock.advance_to(later(start, Duration::from_millis(tenth * 50)));
        tracing::error!(
            event = "intake.failed",
            class = "transient",
            operation = "poll",
            "It failed: {tenth}"
        );
    }
    tracing::error!(event = "intake.failed", class = "auth", operation = "poll", "Access is refused");
    assert_eq!(objects(&log.text()).len(), 2, "{}", log.text());
    let end = clock.next_sleeper().await;
    assert_eq!(end, later(start, Duration::from_secs(60)));
    clock.advance_to(end);
    until("the sum", async || objects(&log.text()).len() == 3).await;
    let sum = objects(&log.text()).pop().unwrap();
    assert_eq!(sum["message"], "… 812 more in 60 s, the last: It failed: 812");
    assert_eq!((&sum["event"], &sum["level"]), (&"intake.failed".into(), &"ERROR".into()));
    assert_eq!(
        (&sum["repeats"], &sum["class"], &sum["operation"]),
        (&812.into(), &"transient".into(), &"poll".into())
    );
}

#[test]
fn the_level_changes_at_run_time_and_one_that_cannot_be_read_leaves_it() {
    let clock = Clock::manual(DateTime::UNIX_EPOCH);
    let (log, handle, _kept) = kept(&json(), clock, Path::new("/nowhere"));
    let say = || {
        tracing::debug!(event = "test.detail", "A detail");
        tracing::info!(event = "test.news", "Changes");
        let lines = objects(&log.text());
        (told(&lines, "test.detail").len(), told(&lines, "test.news").len())
    };
    assert_eq!(handle.level(), "info");
    assert_eq!(say(), (0, 1));
    handle.set_level("debug").unwrap();
    assert_eq!(say(), (1, 2));
    for wrong in ["inof", "", "info,", "dongbo=loud", "dongbo_sync::push"] {
        let error = handle.set_level(wrong).unwrap_err().to_string();
        assert!(error.starts_with("log.level: ") && error.contains("debug or trace"), "{error}");
        assert_eq!(handle.level(), "debug");
    }
    assert_eq!(say(), (2, 3));
    handle.set_level("warn, it::elsewhere=trace").unwrap();
    assert_eq!(say(), (2, 3));
    handle.set_level("error,it::logging=debug").unwrap();
    assert_eq!(say(), (3, 4));
    assert_eq!(told(&objects(&log.text()), "log.level_set").len(), 3, "{}", log.text());
}

fn journald() -> dongbo::log::Settings {
    dongbo::log::Settings { format: LogFormat::Journald, ..dongbo::log::Settings::default() }
}

fn datagram(socket: &UnixDatagram) -> Vec<u8> {
    let mut bytes = vec![0; 65_536];
    let length = socket.recv(&mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

#[test]
fn the_journal_gets_each_field_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let journal = UnixDatagram::bind(&path).unwrap();
    let (log, _handle, _kept) = kept(&journald(), Clock::manual(DateTime::UNIX_EPOCH), &path);
    tracing::info!(event = "dossier.held", code = %"H48-1", retry_in_s = 1.5, "Dossier H48-1 is held");
    let text = String::from_utf8(datagram(&journal)).unwrap();
    assert_eq!(
        text,
        "PRIORITY=6\nSYSLOG_IDENTIFIER=dongbo\nMESSAGE=Dossier H48-1 is held\nDONGBO_EVENT=dossier.held\n\
         DONGBO_CODE=H48-1\nDONGBO_RETRY_IN_S=1.5\n"
    );
    tracing::error!(event = "portal.stopped", "Two\nlines");
    let expected = b"PRIORITY=3\nSYSLOG_IDENTIFIER=dongbo\nMESSAGE\n\x09\0\0\0\0\0\0\0Two\nlines\nDONGBO_EVENT=portal.stopped\n";
    assert_eq!(datagram(&journal), expected, "a value with a line break goes with its length");
    assert_eq!(log.text(), "");
}

#[test]
fn where_there_is_no_journal_lines_are_text_which_is_said_once_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("socket");
    let (log, _handle, _kept) = kept(&journald(), Clock::manual(DateTime::UNIX_EPOCH), &path);
    let say = || tracing::info!(event = "test.news", "Changes");
    say();
    say();
    let lines = || {
        (log.text().matches("event=log.no_journal").count(), log.text().matches("event=test.news").count())
    };
    assert_eq!(lines(), (1, 2), "{}", log.text());
    let journal = UnixDatagram::bind(&path).unwrap();
    say();
    assert!(datagram(&journal).ends_with(b"DONGBO_EVENT=test.news\n"));
    drop(journal);
    say();
    assert_eq!(lines(), (2, 3), "{}", log.text());
}

#[tokio::test]
#[ignore = "run in a process of its own by the test below: it changes what a panic does"]
async fn tasks_that_panic() {
    let handle = dongbo::log::start(&dongbo::log::Settings::default(), clock()).unwrap();
    let made = tokio::spawn(async { panic!("no dossier of {CANARY}") });
    made.await.unwrap_err();
    let unwrapped = std::thread::Builder::new().name("reader".to_owned());
    let refused = std::hint::black_box(Err::<(), _>(CANARY.to_owned()));
    let unwrapped = unwrapped.spawn(|| refused.unwrap()).unwrap();
    unwrapped.join().unwrap_err();
    tokio::spawn(async { panic!("a sentence of the source code") }).await.unwrap_err();
    handle.flush();
}

#[test]
fn a_panic_is_a_line_with_its_place_and_without_what_a_citizen_wrote() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "logging::tasks_that_panic", "--ignored", "--nocapture"])
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    let (said, shown) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success() && shown.contains("1 passed"), "{said}{shown}");
    let panics: Vec<&str> = said.lines().filter(|line| line.contains("event=task.panicked")).collect();
    assert_eq!(panics.len(), 3, "{said}");
    assert_eq!(said.lines().count(), 3, "a backtrace or a message is printed: {said}");
    assert!(
        panics.iter().all(|line| line.contains(" ERROR A task of dongbo panicked at tests/it/logging.rs:")),
        "{said}"
    );
    assert!(panics[1].contains("thread=reader"), "{said}");
    assert!(panics[2].contains("a sentence of the source code"), "{said}");
    for part in CANARY.split(' ') {
        assert!(!said.contains(part) && !shown.contains(part), "{part} in {said}{shown}");
    }
}
