//! Clients of the listeners that mean no good: what they do keeps neither readers of pages, nor commands, nor sending away.

use std::time::{Duration, Instant};

use mock_portal::{FaultKind, FaultRule};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UnixStream};

use crate::control::run;
use crate::kit::until;
use crate::process::{Process, command};
use support::{Plan, Rig, now};

/// The files that the daemon may have open, which is fewer than its clients would take.
const FILES: usize = 320;

/// The real binary where a process may have few files open.
fn of_few_files(binary: &std::process::Command) -> std::process::Command {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {FILES} && exec \"$0\" \"$@\"")]).arg(binary.get_program());
    for (name, value) in binary.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_never_end_their_requests_use_up_neither_files_nor_places() {
    let overrides = "[listeners]\nheader_timeout = \"10m\"\nidle_timeout = \"10m\"".to_owned();
    let mut rig = Rig::new(Plan { seed: 141, dossiers: 5, overrides, ..Plan::default() }).await;
    rig.without_results().await;
    let process = Process::start_as(of_few_files(&command()), &rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 5, 0).await;

    let mut halves = Vec::new();
    for _ in 0..FILES + 80 {
        let mut half = TcpStream::connect(&process.address).await.unwrap();
        // One that had to make room is closed already.
        drop(half.write_all(b"GET /healthz HTTP/1.1\r\nhost: don").await);
        halves.push(half);
    }
    let mut silent = Vec::new();
    for _ in 0..FILES + 80 {
        silent.push(UnixStream::connect(&rig.config.control.socket).await.unwrap());
    }

    assert_eq!(process.health().await["dossiers"], 5);
    let asked = Instant::now();
    let status = run(&rig.folder, &["status", "--json"]).await.json(0);
    assert_eq!(status["daemon"]["pid"], process.id());
    assert!(asked.elapsed() < Duration::from_secs(60), "{:?}", asked.elapsed());

    // The line to the portal is cut, and what comes next needs a new one.
    rig.mock.add_fault(FaultRule::new(FaultKind::CloseBefore {}).times(4)).unwrap();
    let created = rig.simulator.create_at(now()).await.unwrap();
    until("the portal has the new dossier", async || rig.mock.dossier(&created.code).is_some()).await;
    process.until_logs(&["daemon.few_files"]).await;
    drop((halves, silent));
}
