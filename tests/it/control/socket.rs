//! The socket: who gets it, what is answered, and that no client does harm.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dongbo::control::{Client, ClientError, Refusal, Request};
use dongbo::daemon::Daemon;
use dongbo_ledger::Selection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::dongbo;
use crate::kit::until;
use crate::process::{Process, command};
use support::{Plan, Rig, clock, now};

async fn rig(seed: u64, dossiers: usize) -> Rig {
    Rig::new(Plan { seed, dossiers, ..Plan::default() }).await
}

fn socket(rig: &Rig) -> PathBuf {
    rig.config.control.socket.clone()
}

async fn client(rig: &Rig) -> Client {
    Client::connect(&socket(rig)).await.unwrap()
}

/// Sends raw bytes and gives the reply.
async fn send(rig: &Rig, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(socket(rig)).await.unwrap();
    // The daemon may have refused what it read before all is written, and then hangs up.
    drop(stream.write_all(bytes).await);
    let mut reply = Vec::new();
    drop(stream.read_to_end(&mut reply).await);
    String::from_utf8(reply).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_how_it_stands_to_clients_and_to_the_status_command() {
    let rig = rig(101, 30).await;
    rig.without_results().await;
    let before = now();
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 30, 0).await;
    let status = client(&rig).await.status().await.unwrap().status;
    assert_eq!((status.pid, status.sending.as_str()), (process.id(), "open"));
    assert_eq!(status.version, env!("CARGO_PKG_VERSION"));
    assert!(status.started_at >= before && status.started_at <= now());
    assert!(status.last_poll.is_some() && status.last_acknowledged.is_some());
    assert!(status.next_poll.is_some() && status.next_sweep.is_some());
    assert_eq!((status.portal_words.as_str(), status.next_probe), ("", None));
    assert!(status.concurrency >= 1.0);
    let shown = dongbo(&rig, &["status", "--json"]).await.json(0);
    assert_eq!(shown["daemon"]["pid"], process.id());

    rig.mock.set_down(true);
    let mut rig = rig;
    rig.simulator.create_at(now()).await.unwrap();
    until("in trouble, with the portal's words and the next probe", async || {
        let status = client(&rig).await.status().await.unwrap().status;
        status.sending == "down" && status.next_probe.is_some() && !status.portal_words.is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_left_behind_is_replaced_a_living_one_and_other_files_are_not() {
    let rig = rig(102, 5).await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    assert_eq!(std::fs::metadata(socket(&rig)).unwrap().permissions().mode() & 0o777, 0o660);
    let second = command().arg("run").arg("--config").arg(&config).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{said}");
    process.kill();
    assert!(socket(&rig).exists(), "a killed daemon cannot tidy up");
    assert!(matches!(Client::connect(&socket(&rig)).await, Err(ClientError::NotRunning(_))));

    let process = Process::start(&config);
    client(&rig).await.status().await.unwrap();
    process.terminate();
    assert_eq!(process.ended().await.0.code(), Some(0));
    assert!(!socket(&rig).exists(), "it stays behind after a stop");

    std::fs::write(socket(&rig), "a letter").unwrap();
    let output = command().arg("run").arg("--config").arg(&config).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("control.socket") && said.contains("no socket"), "{said}");
    assert_eq!(std::fs::read_to_string(socket(&rig)).unwrap(), "a letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_somebody_answers_on_is_named_with_the_way_out() {
    let rig = rig(103, 0).await;
    let _other = std::os::unix::net::UnixListener::bind(socket(&rig)).unwrap();
    let error = Daemon::prepare(&rig.config, clock(), 1).await.err().unwrap().to_string();
    assert!(error.contains("control.socket") && error.contains("another dongbo answers"), "{error}");
    assert!(socket(&rig).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_floods_and_silence_neither_harm_it_nor_hold_up_its_stop() {
    let rig = rig(104, 5).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    for garbage in [&b"\xff\xfe\0\n"[..], b"{}\n", b"{\"ask\":\"explode\"}\n", b"[[[[[[\n", b"\n"] {
        let reply = send(&rig, garbage).await;
        assert!(reply.contains("refused") && reply.contains("not_understood"), "{garbage:?}: {reply}");
    }
    let reply = send(&rig, &vec![b'x'; 1 << 20]).await;
    assert!(reply.contains("too_long"), "{reply}");
    let codes = Some((0..10_000).map(|number| format!("H48.01-{number:06}")).collect());
    let selection = Selection { codes, ..Selection::default() };
    let refused = client(&rig).await.ask(&Request::PreviewRetry { selection }).await;
    assert!(matches!(refused, Err(ClientError::Refused(Refusal::TooLong))), "{refused:?}");
    let begun = UnixStream::connect(socket(&rig)).await.unwrap();
    drop(begun);

    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(UnixStream::connect(socket(&rig)).await.unwrap());
    }
    let status = client(&rig).await.status().await.unwrap().status;
    assert_eq!(status.pid, process.id());
    for _ in 0..20 {
        silent.push(UnixStream::connect(socket(&rig)).await.unwrap());
    }
    let began = Instant::now();
    process.terminate();
    let (status, _, log) = process.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reload_tells_what_became_of_it() {
    let rig = rig(105, 0).await;
    let config = rig.folder.join("dongbo.toml");
    let good = std::fs::read_to_string(&config).unwrap();
    let none = dongbo(&rig, &["reload", "--lang", "en"]).await;
    assert_eq!(none.code, 1);
    assert!(none.stderr.contains("the daemon does not run"), "{}", none.stderr);
    assert!(dongbo(&rig, &["reload"]).await.stderr.contains("dongbo không chạy"));

    let _process = Process::start(&config);
    assert_eq!(dongbo(&rig, &["reload", "--json"]).await.json(0)["reloaded"], true);
    std::fs::write(rig.folder.join("portal.password"), "wrong").unwrap();
    let refused = dongbo(&rig, &["reload"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("cấu hình cũ vẫn có hiệu lực"), "{}", refused.stderr);
    std::fs::write(rig.folder.join("portal.password"), "dongbo").unwrap();
    std::fs::write(&config, good.replace("control.sock", "other.sock")).unwrap();
    // The command itself reads the changed file, so it is asked as the daemon knows it.
    let refused = client(&rig).await.ask(&Request::Reload).await.unwrap_err().to_string();
    assert!(refused.contains("control.socket cannot change while dongbo runs"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_levels_of_the_log_change_while_it_runs() {
    let rig = rig(106, 0).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    assert_eq!(dongbo(&rig, &["log-level", "--json"]).await.json(0)["levels"], "info");
    let set = dongbo(&rig, &["log-level", "warn", "--json"]).await.json(0);
    assert_eq!((&set["levels"], &set["changed"]), (&"warn".into(), &true.into()));
    assert_eq!(dongbo(&rig, &["log-level", "--json"]).await.json(0)["levels"], "warn");
    assert_eq!(dongbo(&rig, &["reload"]).await.code, 0);
    assert_eq!(dongbo(&rig, &["log-level", "--json"]).await.json(0)["levels"], "info", "as configured again");
    let refused = dongbo(&rig, &["log-level", "dongbo=loud"]).await;
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("mức nhật ký không đọc được"), "{}", refused.stderr);
    process.until_logs(&["log.level_set"]).await;
}
