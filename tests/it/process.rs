//! The real binary as a child process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use testbed::day::AHEAD_VARIABLE;

use crate::kit::{until, until_at_rest, until_found};
use support::{Rig, ahead};

/// A running `dongbo run`. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// The address of its pages.
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it and waits until it serves its pages.
    pub(crate) fn start(config: &Path) -> Self {
        Self::start_as(command(), config)
    }

    /// Starts the binary in another environment, which `program` brings along.
    pub(crate) fn start_as(mut program: Command, config: &Path) -> Self {
        // For our own client. The second test to come finds it done.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut child = program
            .args(["run", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "ended before it served its pages: {said}");
            said.push_str(&line);
            if let Some((_, rest)) = line.split_once("served on http://") {
                break rest
                    .split(|c: char| c != '.' && c != ':' && !c.is_ascii_digit())
                    .next()
                    .unwrap()
                    .to_owned();
            }
        };
        let log = Arc::new(Mutex::new(said));
        // Somebody has to empty the pipe, or the child waits for it.
        let reader = std::thread::spawn({
            let log = Arc::clone(&log);
            move || {
                let mut bytes = [0; 8_192];
                let mut rest = Vec::new();
                while let Ok(length @ 1..) = lines.read(&mut bytes) {
                    rest.extend_from_slice(&bytes[..length]);
                    let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
                    let text = String::from_utf8(rest.drain(..whole).collect()).unwrap();
                    log.lock().unwrap().push_str(&text);
                }
            }
        });
        Self { child, address, log, reader: Some(reader) }
    }

    /// The text of a page.
    pub(crate) async fn page(&self, path: &str) -> String {
        let response = reqwest::get(format!("http://{}{path}", self.address)).await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
        response.text().await.unwrap()
    }

    /// The ledger's overview.
    pub(crate) async fn health(&self) -> Value {
        serde_json::from_str(&self.page("/healthz").await).unwrap()
    }

    /// Waits until all of `dossiers` are known and every layer of each is synced, or held where `held` are.
    pub(crate) async fn until_settled(&self, dossiers: u64, held: u64) {
        until("settled", async || {
            let health = self.health().await;
            health["dossiers"] == dossiers
                && health["to_verify"] == 0
                && health["layers"].as_object().unwrap().values().all(|layer| {
                    let many = |state: &str| layer[state].as_u64().unwrap_or(0);
                    many("held") <= held && many("synced") + many("held") + many("unproved") == dossiers
                })
        })
        .await;
    }

    /// Waits until all of `dossiers` are settled as [`Self::until_settled`] says, and none is to be read once more.
    pub(crate) async fn until_at_rest(&self, rig: &Rig, dossiers: u64, held: u64) {
        self.until_settled(dossiers, held).await;
        until_at_rest(rig).await;
        // Its pages show a reading of a moment ago.
        self.until_settled(dossiers, held).await;
    }

    /// Waits until a line of its log has all of `parts`: what it logs comes through a pipe, after what it did.
    pub(crate) async fn until_logs(&self, parts: &[&str]) {
        until_found(&format!("a line with {parts:?}"), async || {
            let log = self.log();
            let says = log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
            if says { Ok(()) } else { Err(log) }
        })
        .await;
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends the signal of this name.
    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for its end; gives how it ended, how long that took, and all that it logged.
    pub(crate) async fn ended(mut self) -> (ExitStatus, Duration, String) {
        let began = Instant::now();
        let mut status = None;
        until("ended", async || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        let took = began.elapsed();
        self.reader.take().unwrap().join().unwrap();
        let log = self.log.lock().unwrap().clone();
        (status.unwrap(), took, log)
    }

    /// Sends SIGKILL and waits for its end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The binary, in an environment that says nothing of dongbo but its time and has no service manager.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dongbo"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["DONGBO", "NOTIFY_", "WATCHDOG_"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    command.env(AHEAD_VARIABLE, ahead().num_seconds().to_string());
    command
}
