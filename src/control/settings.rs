//! `[control]`: the socket by which commands reach the running daemon.

use std::path::PathBuf;

use serde::Deserialize;

/// Length that a socket's path must stay below; the kernel takes 107 bytes, and names beside it need some.
const LONGEST_SOCKET: usize = 100;

/// The section `[control]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The Unix socket that the daemon listens on, and that commands such as `dongbo pause` connect to.
    pub socket: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self { socket: PathBuf::from("/run/dongbo/control.sock") }
    }
}

impl Settings {
    /// The errors in these values by themselves, a sentence each.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let length = self.socket.as_os_str().len();
        let wrong = if length == 0 {
            Some("control.socket must name a socket, for example \"/run/dongbo/control.sock\"".to_owned())
        } else if length >= LONGEST_SOCKET {
            Some(format!(
                "control.socket is {length} bytes long: Unix sockets need a path of under {LONGEST_SOCKET}"
            ))
        } else {
            None
        };
        wrong.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_path_that_no_socket_can_have_is_refused() {
        for (path, fits) in
            [("", false), ("c.sock", true), (&"x".repeat(99), true), (&"x".repeat(100), false)]
        {
            assert_eq!(Settings { socket: path.into() }.validate().is_empty(), fits, "{path}");
        }
    }
}
