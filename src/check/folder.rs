//! Folders that the daemon writes into, looked at without writing.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// A folder as this user finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Folder {
    /// It is there, and this user may write into it.
    Writable,
    /// It is not there, and this user may make it.
    ToBeMade,
    /// Something is there, and this user cannot write into it as a folder.
    Closed {
        /// The folder, or the one above it in which it cannot be made.
        at: PathBuf,
        /// The reason, in the system's words.
        reason: String,
    },
}

/// Looks whether this user can write into `folder`, or make it where it is missing.
pub(super) fn look_at(folder: &Path) -> Folder {
    // A path without a folder means the one that we are in.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match closed(folder) {
        None => Folder::Writable,
        Some(error) if error == rustix::io::Errno::NOENT => {
            let above = folder.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("."));
            match closed(if above.as_os_str().is_empty() { Path::new(".") } else { above }) {
                None => Folder::ToBeMade,
                Some(error) => Folder::Closed { at: above.to_owned(), reason: plain(error) },
            }
        }
        Some(error) => Folder::Closed { at: folder.to_owned(), reason: plain(error) },
    }
}

/// The reason why this user cannot write to the file at `path`; `None` when it can.
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
    use super::{Folder, look_at};

    #[test]
    fn a_folder_is_there_or_can_be_made_or_something_is_in_its_way() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look_at(folder.path()), Folder::Writable);
        assert_eq!(look_at(&folder.path().join("a/b")), Folder::ToBeMade);
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(look_at(&file), Folder::Closed { at, .. } if at == file));
        assert!(!folder.path().join("a").exists(), "nothing is made");
    }
}
