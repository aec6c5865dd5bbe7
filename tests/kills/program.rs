//! The program, in a process of its own.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A `dongbo run`.
pub(crate) struct Program {
    child: Child,
    folder: PathBuf,
}

impl Program {
    /// Starts it on the configuration in `folder`. It is not waited for.
    pub(crate) fn start(folder: &Path) -> Self {
        Self { child: spawn(folder), folder: folder.to_owned() }
    }

    /// SIGKILL, and a new start at once. One that had ended by itself is a failure of ours.
    pub(crate) fn kill(&mut self) {
        self.must_run();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(&self.folder);
    }

    /// It has not ended by itself.
    pub(crate) fn must_run(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("dongbo ended by itself ({status}): see {}", log(&self.folder).display());
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn log(folder: &Path) -> PathBuf {
    folder.join("dongbo.log")
}

fn spawn(folder: &Path) -> Child {
    let log: File = OpenOptions::new().create(true).append(true).open(log(folder)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dongbo"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["DONGBO", "NOTIFY_", "WATCHDOG_"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    command
        .args(["run", "--config"])
        .arg(folder.join("dongbo.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
