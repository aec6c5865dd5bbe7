//! The real binary beside a rig.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::Rig;
use crate::usage::{self, Usage};

/// A daemon that is killed when dropped.
pub struct Daemon {
    child: Child,
    url: String,
}

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
        let address = |line: String| {
            let (_, after) = line.split_once("served on http://")?;
            Some(after.split(['/', ',', ' ', '"']).next()?.to_owned())
        };
        let served = lines.by_ref().find_map(|line| address(line.unwrap()));
        let url = format!("http://{}", served.expect("it ended before it served its pages"));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// The address of its pages.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The resources that it has used so far.
    pub fn usage(&self) -> Usage {
        usage::of_process(self.child.id())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
