//! systemd: readiness, proof of life for the watchdog, and the line that says how things stand.

pub mod notify;
pub mod status_line;
pub mod watchdog;
