//! Acting on a daemon with the real commands: its socket, pause, retry and backfill.

mod backfill;
mod pause;
mod retry;
mod silent;
mod socket;
mod terminal;

use std::path::Path;

use serde_json::Value;

use crate::process::command;
use support::Rig;

/// The end of a command, and its output.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Its result; it must have ended with `code`.
    pub(crate) fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Runs `dongbo` with the rig's configuration, without a terminal.
pub(crate) async fn dongbo(rig: &Rig, arguments: &[&str]) -> Said {
    run(&rig.folder, arguments).await
}

/// Runs a command for a test that has no rig at hand.
pub(crate) async fn run(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = command();
    command.args(arguments).arg("--config").arg(folder.join("dongbo.toml"));
    command.env("USER", "lan").env("SUDO_USER", "").stdin(std::process::Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// All calls that the portal has received.
pub(super) fn calls(rig: &Rig) -> u64 {
    rig.mock.counters().calls.values().sum()
}
