//! Acting on a daemon with the real commands: its socket, pause, retry and backfill.

mod backfill;
mod pause;
mod retry;
mod silent;
mod socket;
mod terminal;

use std::path::Path;

use serde_json::Value;

use crate::kit::until_found;
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

/// Runs a command with `--json` until it ends with `code`, and gives what it told then: after a fault, a restart or a send things
/// become so at different moments on different surfaces, and what one surface shows already another may not know yet.
pub(crate) async fn until_ends(folder: &Path, arguments: &[&str], code: i32) -> Value {
    until_tells(folder, arguments, code, |_| true).await
}

/// Runs it until it ends with `code` and tells what is `wanted`.
pub(crate) async fn until_tells(
    folder: &Path,
    arguments: &[&str],
    code: i32,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    until_found(&format!("{arguments:?} ends with {code}"), async || {
        let said = run(folder, &arguments).await;
        let instead = || format!("{}: {}{}", said.code, said.stdout, said.stderr);
        if said.code != code {
            return Err(instead());
        }
        Some(said.json(code)).filter(&wanted).ok_or_else(instead)
    })
    .await
}

/// All calls that the portal has received.
pub(super) fn calls(rig: &Rig) -> u64 {
    rig.mock.counters().calls.values().sum()
}
