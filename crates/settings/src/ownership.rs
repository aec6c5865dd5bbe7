//! Whose the files are that dongbo makes. What root's commands make in the service's folders belongs to the service, or it could not
//! use them afterwards.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown, fchown};
use std::path::Path;

/// The rights of a file that nobody else is to read.
pub const OWN: u32 = 0o600;

/// Makes or empties the file at `path`, which its owner alone may read, and gives it to the owner of its folder.
///
/// # Errors
/// When it cannot be made.
pub fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(OWN).open(path)?;
    give(&file, path);
    Ok(file)
}

/// Writes the file at `path` as [`create`] makes it.
///
/// # Errors
/// When it cannot be made or written.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    io::Write::write_all(&mut create(path)?, content)
}

/// Makes the folder at `path` and those above it that are not there. Each belongs to the owner of the one that it lies in.
///
/// # Errors
/// When one cannot be made.
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        create_dir_all(above)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => return Ok(()),
        made => made?,
    }
    if let Some((owner, group)) = folder_of(path) {
        // Only root may, and only where root makes it is it needed.
        drop(chown(path, Some(owner), Some(group)));
    }
    Ok(())
}

/// Gives `file`, which was opened at `path`, to the owner of its folder, when root has it.
pub fn give(file: &File, path: &Path) {
    if let (Some((owner, group)), Ok(found)) = (folder_of(path), file.metadata())
        && found.uid() == 0
        && owner != 0
    {
        drop(fchown(file, Some(owner), Some(group)));
    }
}

/// Owner and group of the folder that `path` lies in.
fn folder_of(path: &Path) -> Option<(u32, u32)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs::metadata(folder).ok()?;
    Some((folder.uid(), folder.gid()))
}
