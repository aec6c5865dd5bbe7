//! The lock that keeps one ledger to one daemon, held by the kernel: a lock on a file beside the ledger, which ends
//! with the process however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dongbo_model::ErrorClass;
use dongbo_settings::ownership;

/// Between two looks at a lock that somebody only asks about, or whose holder is just writing its name into it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);
/// Looks before that is taken for something else.
const LOOKS: u32 = 500;

/// The longest number of a process, with its line's end.
const LONGEST_SIGNATURE: u64 = 32;

/// The right to work on a ledger, for as long as it lives.
#[derive(Debug)]
pub struct LedgerLock {
    /// The lock is the kernel's, and ends when this is closed.
    _file: File,
}

/// A ledger that cannot be worked on now.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another daemon works on it.
    #[error(
        "another dongbo ({}) works on the ledger {}: stop it first (systemctl stop dongbo), or give this one a ledger \
         of its own (ledger.path)",
        .pid.map_or_else(|| "of unknown process".to_owned(), |pid| format!("process {pid}")),
        .ledger.display()
    )]
    Held {
        /// The ledger's path.
        ledger: PathBuf,
        /// The other's process, when it has said so.
        pid: Option<u32>,
    },
    /// The lock's file cannot be used.
    #[error(
        "cannot lock the ledger with {}: {source}; its folder must be on a local disk and belong to dongbo's user",
        .path.display()
    )]
    File {
        /// The lock's file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl LockError {
    /// The class, which says who has to act.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Config
    }
}

impl LedgerLock {
    /// Takes the lock of the ledger at `ledger`, in the file of the same name with `.lock` behind it, whose folder must
    /// be there. What a killed daemon has left is no obstacle.
    ///
    /// # Errors
    /// When another process holds it, or the file cannot be made or locked.
    pub fn take(ledger: &Path) -> Result<Self, LockError> {
        let path = beside(ledger);
        let failed = |source| LockError::File { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        ownership::give(&file, &path);
        for _ in 0..LOOKS {
            match file.try_lock() {
                Ok(()) => {
                    sign(&mut file).map_err(failed)?;
                    return Ok(Self { _file: file });
                }
                Err(TryLockError::WouldBlock) if is_only_asked_about(&file).map_err(failed)? => {
                    std::thread::sleep(BETWEEN_LOOKS);
                }
                // A program that this one starts has all its open files until it begins, also those closed meanwhile.
                Err(TryLockError::WouldBlock)
                    if signature(&mut file).map_err(failed)? == Some(std::process::id()) =>
                {
                    std::thread::sleep(BETWEEN_LOOKS);
                }
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
        Err(LockError::Held { ledger: ledger.to_owned(), pid: signature(&mut file).ok().flatten() })
    }

    /// The process of the daemon that works on the ledger at `ledger`; `None` when none does. Also `None` when the lock
    /// cannot be read, as neither can the ledger then.
    #[must_use]
    pub fn holder(ledger: &Path) -> Option<u32> {
        let mut file = File::open(beside(ledger)).ok()?;
        for _ in 0..LOOKS {
            if is_only_asked_about(&file).ok()? {
                return None;
            }
            if let Some(pid) = signature(&mut file).ok()? {
                return Some(pid);
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        None
    }
}

fn beside(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Whether no daemon holds it. Askers share the lock for a moment, so they see each other, and a daemon that starts in
/// that moment sees them, without taking anybody for a daemon.
fn is_only_asked_about(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Writes down who holds the lock: one line, in place of its predecessor's, whose room it takes: the disk may be full.
/// Without any room the lock holds all the same, and only the name of its holder is not reported.
fn sign(file: &mut File) -> io::Result<()> {
    let line = format!("{}\n", std::process::id());
    file.rewind()?;
    let written = file.write_all(line.as_bytes());
    // What is left of a longer line would make this one unreadable.
    file.set_len(if written.is_ok() { u64::try_from(line.len()).unwrap_or(0) } else { 0 })?;
    match written {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
        written => written,
    }
}

/// The holder of the lock; `None` while that is only being written.
fn signature(file: &mut File) -> io::Result<Option<u32>> {
    let mut text = String::new();
    file.rewind()?;
    file.take(LONGEST_SIGNATURE).read_to_string(&mut text)?;
    Ok(text.strip_suffix('\n').and_then(|pid| pid.parse().ok()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{LedgerLock, LockError};

    #[test]
    fn it_keeps_others_out_names_its_holder_and_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.sqlite");
        let us = std::process::id();
        assert_eq!(LedgerLock::holder(&ledger), None, "there is no file yet");
        let lock = LedgerLock::take(&ledger).unwrap();
        assert_eq!(LedgerLock::holder(&ledger), Some(us));
        let error = LedgerLock::take(&ledger).unwrap_err();
        assert!(matches!(&error, LockError::Held { pid: Some(pid), .. } if *pid == us), "{error:?}");
        drop(lock);
        assert_eq!(LedgerLock::holder(&ledger), None, "the file that is left behind says nothing");
        LedgerLock::take(&ledger).unwrap();
    }

    #[test]
    fn the_longer_name_of_a_predecessor_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.sqlite");
        std::fs::write(folder.path().join("ledger.sqlite.lock"), "4194304123\nand more\n").unwrap();
        let _lock = LedgerLock::take(&ledger).unwrap();
        assert_eq!(LedgerLock::holder(&ledger), Some(std::process::id()));
    }

    #[test]
    fn those_who_only_ask_never_keep_a_daemon_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger.sqlite");
        drop(LedgerLock::take(&ledger).unwrap());
        let enough = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !enough.load(Ordering::Relaxed) {
                        let _ = LedgerLock::holder(&ledger);
                    }
                });
            }
            for _ in 0..200 {
                drop(LedgerLock::take(&ledger).unwrap());
            }
            enough.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = LedgerLock::take("/nowhere/ledger.sqlite".as_ref()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/ledger.sqlite.lock"), "{error}");
    }
}
