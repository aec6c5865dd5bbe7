//! CPU time and memory of a process, as the system says.

#![allow(clippy::indexing_slicing, reason = "the kernel's format is fixed")]

use std::time::Duration;

/// The resources that a process has used.
pub struct Usage {
    /// CPU time so far.
    pub cpu: Duration,
    /// Resident memory now, in MB.
    pub resident: f64,
    /// Resident memory at its highest, in MB.
    pub peak: f64,
}

/// Reads what process `id` has used.
pub fn of_process(id: u32) -> Usage {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1_024.0
    };
    Usage { cpu: Duration::from_millis(ticks * 10), resident: megabytes("VmRSS:"), peak: megabytes("VmHWM:") }
}
