//! Reading and writing the files of an archive.

use std::fs::{self, DirEntry, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use dongbo_settings::whole;
use sha2::{Digest as _, Sha256};

use super::entry::is_entry;
use super::{SealError, shown};

/// The file whose lock says who works on the archive.
const LOCK: &str = ".lock";

/// The archive's lock while it is held.
pub(super) struct Lock {
    _file: File,
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> SealError {
    move |source| SealError::Io { path: shown(path), source }
}

/// Waits until nobody else works on the archive.
pub(super) fn lock(root: &Path) -> Result<Lock, SealError> {
    make(root)?;
    let path = root.join(LOCK);
    let file = File::options().create(true).append(true).open(&path).map_err(failed(&path))?;
    file.lock().map_err(failed(&path))?;
    Ok(Lock { _file: file })
}

/// Makes a folder unless it is there.
pub(super) fn make(folder: &Path) -> Result<(), SealError> {
    fs::create_dir_all(folder).map_err(failed(folder))
}

/// Writes a file whole or not at all, whether one of its name is there or not.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), SealError> {
    whole::replace(path, content, None).map_err(failed(path))
}

/// Writes a file whole or not at all, where none of its name may be.
pub(super) fn create(path: &Path, content: &[u8]) -> Result<(), SealError> {
    whole::create(path, content).map_err(failed(path))
}

/// The entries of a folder, in the order of their names; none when it is not there.
fn listed(
    folder: &Path,
    take: impl Fn(&DirEntry) -> std::io::Result<bool>,
) -> Result<Vec<String>, SealError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = name == LOCK || whole::is_unfinished(&name);
        if !is_ours && take(&entry).map_err(failed(folder))? {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The folders of an archive.
pub(super) fn folders(root: &Path) -> Result<Vec<String>, SealError> {
    listed(root, |entry| Ok(entry.file_type()?.is_dir()))
}

/// Everything in a folder, whatever it is.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, SealError> {
    listed(folder, |_| Ok(true))
}

/// The reports in a folder.
///
/// # Errors
/// When something in it is no plain file: what a link leads to cannot be sealed.
pub(super) fn files(folder: &Path) -> Result<Vec<String>, SealError> {
    let others = listed(folder, |entry| Ok(!entry.file_type()?.is_file()))?;
    if let Some(name) = others.first() {
        return Err(SealError::NoPlainFile { path: shown(&folder.join(name)) });
    }
    Ok(names(folder)?.into_iter().filter(|name| !is_entry(name)).collect())
}

/// The SHA-256 of `bytes` in hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The size and the SHA-256 of a file.
pub(super) fn hash_file(path: &Path) -> Result<(u64, String), SealError> {
    let mut file = File::open(path).map_err(failed(path))?;
    let (mut hasher, mut size, mut piece) = (Sha256::new(), 0_u64, vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut piece).map_err(failed(path))?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        size += u64::try_from(read).unwrap_or_default();
    }
    Ok((size, hex::encode(hasher.finalize())))
}
