//! The operating system's figures for this process and for the disk under the ledger.

use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::statvfs;
use rustix::time::{ClockId, clock_gettime};

/// A file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Bytes that this user may still write on it.
    pub free: u64,
    /// Bytes that it has in all.
    pub size: u64,
}

/// The file system on which `path`, or else the folder that it is to lie in, lies.
///
/// # Errors
/// When neither is there or the system does not tell.
pub fn disk(path: &Path) -> io::Result<Disk> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let found = statvfs(path).or_else(|_| statvfs(folder))?;
    Ok(Disk {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        size: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

/// Processor time that this process has used.
pub(super) fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(used.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(used.tv_sec).unwrap_or_default(), nanos)
}

/// Bytes of memory that this process holds; `None` where /proc does not tell.
pub(super) fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{cpu_time, disk, resident_memory};

    #[test]
    fn the_system_tells_of_the_disk_and_of_this_process() {
        let folder = tempfile::tempdir().unwrap();
        let found = disk(&folder.path().join("not there yet")).unwrap();
        assert!(found.free > 0 && found.free < found.size, "{found:?}");
        assert!(disk(Path::new("/no/such/folder/file")).is_err());
        assert!(cpu_time().as_nanos() > 0);
        let memory = resident_memory().unwrap();
        assert!((1 << 20..1 << 34).contains(&memory), "{memory} bytes");
    }
}
