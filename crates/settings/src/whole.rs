//! Files that appear whole or not at all: the content goes to the disk under another name before it gets its own, so that a crash
//! leaves either the old file or the new one.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::ownership::{self, OWN};

/// The rights of a new file before the process's mask takes some away.
const USUAL: u32 = 0o666;

/// The beginning and the end of an unfinished file's name. A crash may leave one, and nobody who looks for endings takes it.
const UNFINISHED: [&str; 2] = [".", ".tmp"];

/// Whether `name` is that of a file that is not finished.
#[must_use]
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED[0]) && name.ends_with(UNFINISHED[1])
}

/// Writes the file at `path` whole or not at all, whether one of its name is there or not. It belongs to the owner of
/// its folder, with the rights `mode`, else those that new files of the process have.
///
/// # Errors
/// When it cannot be written; what was there before stays.
pub fn replace(path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
    fs::rename(unfinished(path, content, mode)?, path)?;
    settle(path)
}

/// Writes the file at `path` whole or not at all, where none of its name may be.
///
/// # Errors
/// When it cannot be written, or is there already.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path, content, None)?;
    let linked = fs::hard_link(&unfinished, path);
    drop(fs::remove_file(&unfinished));
    linked?;
    settle(path)
}

/// Writes the content beside `path`, and has it on the disk.
fn unfinished(path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!("{}{name}{}", UNFINISHED[0], UNFINISHED[1]));
    // Nobody else reads it while it is written, whatever the rights it gets.
    let first = mode.map_or(USUAL, |_| OWN);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(first).open(&unfinished)?;
    ownership::give(&file, path);
    file.write_all(content)?;
    if let Some(mode) = mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.sync_all()?;
    Ok(unfinished)
}

/// Has the names of the file's folder on the disk.
fn settle(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{create, is_unfinished, replace};

    #[test]
    fn a_file_is_replaced_with_its_rights_and_nothing_unfinished_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.prom");
        replace(&path, b"one", Some(0o640)).unwrap();
        replace(&path, b"two", Some(0o644)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(create(&path, b"three").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["page.prom"]);
        assert!(is_unfinished(".page.prom.tmp") && !is_unfinished("page.prom"));
    }

    #[test]
    fn what_was_there_stays_when_the_new_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.prom");
        replace(&path, b"one", None).unwrap();
        fs::create_dir(folder.path().join(".page.prom.tmp")).unwrap();
        assert!(replace(&path, b"two", None).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
