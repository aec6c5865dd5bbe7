//! The program, in a process of its own.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use testbed::day::AHEAD_VARIABLE;

use crate::support::ahead;

/// A `dongbo run`.
pub(crate) struct Program {
    child: Child,
    config: PathBuf,
}

impl Program {
    /// Starts it on the configuration `config`. It is not waited for.
    pub(crate) fn start(config: &Path) -> Self {
        Self { child: spawn(config), config: config.to_owned() }
    }

    /// SIGKILL, and a new start at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(&self.config);
    }

    /// Whether it has ended by itself; then it is started again, as its unit does.
    pub(crate) fn had_ended(&mut self) -> bool {
        let ended = self.child.try_wait().unwrap().is_some();
        if ended {
            self.child = spawn(&self.config);
        }
        ended
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn log(config: &Path) -> PathBuf {
    config.with_extension("log")
}

fn spawn(config: &Path) -> Child {
    let log: File = OpenOptions::new().create(true).append(true).open(log(config)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dongbo"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["DONGBO", "NOTIFY_", "WATCHDOG_"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    command
        .env(AHEAD_VARIABLE, ahead().num_seconds().to_string())
        .args(["run", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
