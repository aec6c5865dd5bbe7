//! Lines for systemd's journal, in its native protocol, so that each field can be searched for.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tracing::Level;

use super::line::Line;
use dongbo_model::invisible;

/// The socket on which the journal listens.
pub(super) const SOCKET: &str = "/run/systemd/journal/socket";

/// The sender to the journal. Each line is addressed anew, so a restart of journald loses nothing.
pub(super) struct Journal {
    socket: io::Result<UnixDatagram>,
    path: PathBuf,
}

impl Journal {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { socket: UnixDatagram::unbound(), path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Sends one line.
    pub(super) fn send(&self, line: &Line) -> io::Result<()> {
        let socket = self.socket.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        socket.send_to(&datagram(line), &self.path).map(drop)
    }
}

fn datagram(line: &Line) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    put(&mut bytes, "PRIORITY", priority(line.level));
    put(&mut bytes, "SYSLOG_IDENTIFIER", env!("CARGO_PKG_NAME"));
    put(&mut bytes, "MESSAGE", &invisible::harmless(&line.message));
    put(&mut bytes, "DONGBO_EVENT", &line.event);
    for (name, value) in &line.fields {
        let name = format!(
            "DONGBO_{}",
            name.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
        );
        match value {
            Value::String(text) => put(&mut bytes, &name, &invisible::harmless(text)),
            value => put(&mut bytes, &name, &value.to_string()),
        }
    }
    bytes
}

/// The severity in syslog's numbers.
const fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "3",
        Level::WARN => "4",
        Level::INFO => "6",
        _ => "7",
    }
}

/// Appends a field. A value with a line break has its length before it.
fn put(bytes: &mut Vec<u8>, name: &str, value: &str) {
    bytes.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        bytes.push(b'\n');
        let length = u64::try_from(value.len()).unwrap_or(u64::MAX);
        bytes.extend_from_slice(&length.to_le_bytes());
    } else {
        bytes.push(b'=');
    }
    bytes.extend_from_slice(value.as_bytes());
    bytes.push(b'\n');
}
