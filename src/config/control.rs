//! `[control]`: where commands talk to the running daemon.

use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use serde::Deserialize;

/// The longest path that the kernel takes for a socket.
const LONGEST_PATH: usize = 107;

/// Where commands talk to the running daemon.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ControlConfig {
    /// The Unix socket. Whoever may write to it (its owner and its group) may pause, retry and backfill.
    pub socket: PathBuf,
}

impl Default for ControlConfig {
    fn default() -> Self {
        Self { socket: PathBuf::from("/run/dongbo/control.sock") }
    }
}

impl ControlConfig {
    /// What is wrong with these values by themselves.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let length = self.socket.as_os_str().as_bytes().len();
        let mut wrong = Vec::new();
        if length == 0 {
            wrong.push("control.socket must name a file".to_owned());
        } else if length > LONGEST_PATH {
            wrong.push(format!(
                "control.socket is {length} bytes long; a socket's path may have {LONGEST_PATH}"
            ));
        }
        wrong
    }
}
