//! Folders that the daemon writes into, looked at without writing.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// What is where a folder should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// It is there, and this user may write into it.
    Writable,
    /// It is not there, and this user may make it.
    ToBeMade,
    /// It is there and is no folder for this user to write into.
    Closed {
        /// It, or the folder above that keeps it from being made.
        at: PathBuf,
        /// What the system says.
        reason: String,
    },
}

/// Whether this user can write into `folder`, which may have to be made.
pub(super) fn look_at(folder: &Path) -> Place {
    // A path without a folder means the one that we are in.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match closed(folder) {
        None => Place::Writable,
        Some(error) if error == rustix::io::Errno::NOENT => {
            let above = folder.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("."));
            match closed(if above.as_os_str().is_empty() { Path::new(".") } else { above }) {
                None => Place::ToBeMade,
                Some(error) => Place::Closed { at: above.to_owned(), reason: plain(error) },
            }
        }
        Some(error) => Place::Closed { at: folder.to_owned(), reason: plain(error) },
    }
}

/// Why this user cannot write to the file at `path`; `None` when that can be done.
pub(super) fn unwritable(path: &Path) -> Option<String> {
    access(path, Access::READ_OK | Access::WRITE_OK).err().map(plain)
}

fn closed(folder: &Path) -> Option<rustix::io::Errno> {
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if folder.is_dir() => None,
        Ok(()) => Some(rustix::io::Errno::NOTDIR),
        Err(error) => Some(error),
    }
}

fn plain(error: rustix::io::Errno) -> String {
    std::io::Error::from(error).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Place, look_at};

    #[test]
    fn a_folder_is_there_or_can_be_made_or_something_is_in_its_way() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look_at(folder.path()), Place::Writable);
        assert_eq!(look_at(&folder.path().join("a/b")), Place::ToBeMade);
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(look_at(&file), Place::Closed { at, .. } if at == file));
        assert!(!folder.path().join("a").exists(), "nothing is made");
    }
}
