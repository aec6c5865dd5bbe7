//! The real binary beside a rig.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::Rig;
use crate::usage::{self, Usage};

/// A daemon that is killed when dropped.
pub struct Daemon(Child);

impl Daemon {
    /// Starts `program` as the daemon of `rig` and waits until it serves its pages.
    pub fn start(program: &str, rig: &Rig) -> Self {
        let mut child = Command::new(program)
            .args(["run", "--config"])
            .arg(rig.folder.join("dongbo.toml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.by_ref().any(|line| line.unwrap().contains("served on http://"));
        assert!(ready, "it ended before it served its pages");
        std::thread::spawn(move || lines.for_each(drop));
        Self(child)
    }

    /// The resources that it has used so far.
    pub fn usage(&self) -> Usage {
        usage::of_process(self.0.id())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
