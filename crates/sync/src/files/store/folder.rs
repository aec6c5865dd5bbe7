//! A tree of folders, also one that is mounted from another machine.
//!
//! The kernel keeps each way below the root (`openat2` with `RESOLVE_BENEATH`), so that a link which leads out is refused
//! also when it takes a folder's place between two looks. Where the kernel is older than Linux 5.6, no link is followed
//! at all.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;
use futures_util::stream::{StreamExt as _, try_unfold};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use tokio::sync::Semaphore;

use super::blocks::{BLOCK, Blocks};
use super::error::{KeyFault, StoreError};
use super::key;
use super::spelling::{self, Like};
use super::stat::{Stat, clamped};

/// A mount whose server is away keeps each thread that asks it. So many may be kept, and no more.
const MOST_THREADS: usize = 16;
/// The number of times that the kernel may report folders moving while it resolves a path.
const MOST_RACES: usize = 8;

/// Never waits for a writer of a pipe, and does not take a terminal.
const READING: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    threads: Arc<Semaphore>,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, threads: Arc::new(Semaphore::new(MOST_THREADS)) }
    }

    pub(super) async fn stat(&self, key: &str) -> Result<Stat, StoreError> {
        self.open(key).await.map(|(_, stat)| stat)
    }

    pub(super) async fn read(
        &self,
        key: &str,
        range: Option<std::ops::Range<u64>>,
    ) -> Result<(Stat, u64, Blocks), StoreError> {
        let (file, stat) = self.open(key).await?;
        let range = clamped(range, stat.size);
        let length = range.end - range.start;
        let reading = Reading {
            file: Arc::new(file),
            begun: stat.clone(),
            at: range.start,
            end: range.end,
            whole: false,
        };
        let threads = Arc::clone(&self.threads);
        let blocks = try_unfold((reading, threads), |(reading, threads)| async move {
            let (reading, block) = on_a_thread(&threads, move || reading.next()).await?;
            Ok(block.map(|block| (block, (reading, threads))))
        });
        Ok((stat, length, blocks.boxed()))
    }

    async fn open(&self, key: &str) -> Result<(File, Stat), StoreError> {
        key::check_path(key)?;
        let (root, key) = (self.root.clone(), key.to_owned());
        on_a_thread(&self.threads, move || {
            let root = open_root(&root)?;
            let found = match open_beneath(&root, &key) {
                Err(StoreError::NotFound) => match spelling::like(&key, |path| look(&root, path)) {
                    Some(Like::One(path)) => open_beneath(&root, &path),
                    Some(Like::Several) => Err(KeyFault::Ambiguous.into()),
                    None => Err(StoreError::NotFound),
                },
                found => found,
            };
            let file = found?;
            let stat = stat(&file)?;
            Ok((file, stat))
        })
        .await
    }
}

/// Looks below the root.
fn look(root: &OwnedFd, at: spelling::At<'_>) -> Vec<String> {
    match at {
        spelling::At::Path(path) => match open_beneath(root, path) {
            Err(StoreError::NotFound) => Vec::new(),
            // What is there and cannot be opened is told as that.
            _ => vec![path.to_owned()],
        },
        spelling::At::Folder(path) => {
            let Ok(folder) = open_beneath(root, if path.is_empty() { "." } else { path }) else {
                return Vec::new();
            };
            let Ok(entries) = rustix::fs::Dir::read_from(&folder) else { return Vec::new() };
            let names = entries
                .filter_map(Result::ok)
                .filter_map(|entry| Some(entry.file_name().to_str().ok()?.to_owned()));
            names.collect()
        }
    }
}

struct Reading {
    file: Arc<File>,
    begun: Stat,
    at: u64,
    end: u64,
    whole: bool,
}

impl Reading {
    /// The next block; at the end a look whether the file is still the same.
    fn next(mut self) -> Result<(Self, Option<Bytes>), StoreError> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(BLOCK);
        if left == 0 {
            if !self.whole && stat(&self.file)? != self.begun {
                return Err(StoreError::Changed);
            }
            self.whole = true;
            return Ok((self, None));
        }
        let mut block = vec![0; left];
        let read = self.file.read_at(&mut block, self.at).map_err(|error| failed(&error))?;
        if read == 0 {
            return Err(StoreError::Changed);
        }
        block.truncate(read);
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok((self, Some(block.into())))
    }
}

async fn on_a_thread<T: Send + 'static>(
    threads: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let ended = || StoreError::unreachable("a thread of ours ended");
    let permit = Arc::clone(threads).acquire_owned().await.map_err(|_| ended())?;
    let work = move || {
        let done = work();
        // Kept while the thread is, which no timeout of ours ends.
        drop(permit);
        done
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| ended())?
}

fn open_root(root: &Path) -> Result<OwnedFd, StoreError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(CWD, root, flags, Mode::empty()).map_err(|error| match error {
        Errno::ACCESS | Errno::PERM => StoreError::Closed,
        other => StoreError::unreachable(format!("its root cannot be opened ({})", words(other))),
    })
}

fn open_beneath(root: &OwnedFd, key: &str) -> Result<File, StoreError> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..MOST_RACES {
        return match rustix::fs::openat2(root, key, READING, Mode::empty(), resolve) {
            Ok(file) => Ok(file.into()),
            Err(Errno::AGAIN | Errno::INTR) => continue,
            // Not known to the kernel, or hidden by the filter of an old container.
            Err(Errno::NOSYS | Errno::PERM) => open_without_links(root, key),
            Err(error) => Err(refused(error)),
        };
    }
    Err(StoreError::unreachable("folders are moved all the time"))
}

/// Goes step by step, and follows no link.
fn open_without_links(root: &OwnedFd, key: &str) -> Result<File, StoreError> {
    let (folders, name) = key.rsplit_once('/').unwrap_or(("", key));
    let mut folder = root.try_clone().map_err(|error| failed(&error))?;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for step in folders.split('/').filter(|step| !step.is_empty()) {
        folder = rustix::fs::openat(&folder, step, flags, Mode::empty()).map_err(|error| match error {
            // Both a link and a file are no folder; a link must not be told as a missing file.
            Errno::NOTDIR if is_link(&folder, step) => StoreError::Outside,
            other => refused(other),
        })?;
    }
    rustix::fs::openat(&folder, name, READING | OFlags::NOFOLLOW, Mode::empty())
        .map(File::from)
        .map_err(refused)
}

fn is_link(folder: &OwnedFd, step: &str) -> bool {
    rustix::fs::readlinkat(folder, step, Vec::new()).is_ok()
}

/// The state of the file now. Size, inode and time of the last write tell one state of a file from another.
fn stat(file: &File) -> Result<Stat, StoreError> {
    let told = file.metadata().map_err(|error| failed(&error))?;
    if !told.is_file() {
        return Err(StoreError::NotAFile);
    }
    let nanos = u32::try_from(told.mtime_nsec()).unwrap_or_default();
    let tag = format!("{:x}-{:x}-{:x}.{nanos:x}", told.ino(), told.size(), told.mtime());
    Ok(Stat { size: told.size(), changed: DateTime::from_timestamp(told.mtime(), nanos), tag })
}

fn refused(error: Errno) -> StoreError {
    match error {
        Errno::NOENT | Errno::NOTDIR => StoreError::NotFound,
        // The way would leave the root; or goes through a link that is none of a file system.
        Errno::XDEV | Errno::LOOP => StoreError::Outside,
        Errno::ACCESS | Errno::PERM => StoreError::Denied { reason: "a file may not be read".to_owned() },
        // A pipe or socket, and a device that has no driver.
        Errno::NXIO | Errno::NODEV | Errno::ISDIR => StoreError::NotAFile,
        Errno::NAMETOOLONG => StoreError::BadKey(KeyFault::TooLong),
        other => StoreError::unreachable(words(other)),
    }
}

fn failed(error: &std::io::Error) -> StoreError {
    error.raw_os_error().map_or_else(
        || StoreError::unreachable(error.kind().to_string()),
        |code| refused(Errno::from_raw_os_error(code)),
    )
}

/// The system's words, which name no path.
fn words(error: Errno) -> String {
    std::io::Error::from(error).to_string()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    use super::{StoreError, open_beneath, open_root, open_without_links, stat};

    #[test]
    fn an_old_kernel_follows_no_link_and_finds_the_same_files() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("a/b")).unwrap();
        std::fs::write(root.path().join("a/b/x.pdf"), "bytes").unwrap();
        symlink("b", root.path().join("a/inside")).unwrap();
        symlink("/etc", root.path().join("a/out")).unwrap();
        symlink("/etc/hostname", root.path().join("a/host")).unwrap();
        let folder = open_root(root.path()).unwrap();
        for open in [open_beneath, open_without_links] {
            let mut text = String::new();
            open(&folder, "a/b/x.pdf").unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "bytes");
            assert!(matches!(open(&folder, "a/b/y.pdf"), Err(StoreError::NotFound)));
            assert!(matches!(open(&folder, "a/b/x.pdf/z"), Err(StoreError::NotFound)));
            assert!(matches!(open(&folder, "a/out/hostname"), Err(StoreError::Outside)));
            assert!(matches!(open(&folder, "a/host"), Err(StoreError::Outside)));
            assert!(matches!(open(&folder, "a").and_then(|a| stat(&a)), Err(StoreError::NotAFile)));
        }
        assert!(open_beneath(&folder, "a/inside/x.pdf").is_ok());
        assert!(matches!(open_without_links(&folder, "a/inside/x.pdf"), Err(StoreError::Outside)));
    }
}
