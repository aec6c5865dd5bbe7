//! The files of a ledger, and how a fresh one takes their place so that a power cut at any moment leaves one of the
//! two.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

/// The files of one ledger.
pub(super) struct Files {
    /// The ledger.
    pub(super) main: PathBuf,
    /// SQLite's write-ahead log.
    pub(super) log: PathBuf,
    /// The index of that log, which SQLite makes anew when it has to.
    pub(super) index: PathBuf,
    /// The one that will take its place. It is whole once the main file is gone.
    pub(super) fresh: PathBuf,
    /// Says, when it is there, why the ledger must not be worked on.
    pub(super) verdict: PathBuf,
}

impl Files {
    pub(super) fn of(main: &Path) -> Self {
        let named = |end| with(main, end);
        Self {
            main: main.to_owned(),
            log: named("-wal"),
            index: named("-shm"),
            fresh: named(".new"),
            verdict: named(".damaged"),
        }
    }

    /// A name with the date in it that no file has, for the ledger to be set aside under.
    pub(super) fn aside(&self, now: DateTime<Utc>) -> PathBuf {
        let dated = with(&self.main, &format!(".broken-{}", now.format("%Y%m%d-%H%M%S")));
        let free = |path: &PathBuf| !path.exists() && !with(path, "-wal").exists();
        let numbered = (2_u32..).map(|number| with(&dated, &format!("-{number}")));
        [dated.clone()].into_iter().chain(numbered).find(free).unwrap_or(dated)
    }

    /// Removes what is left of a fresh ledger that was never put in place.
    pub(super) fn clear_fresh(&self) -> io::Result<()> {
        for end in ["", "-wal", "-shm"] {
            absent_is_fine(std::fs::remove_file(with(&self.fresh, end)))?;
        }
        Ok(())
    }

    /// Sets the ledger aside under `name` and puts the fresh one in its place. The main file goes first: from then on
    /// [`Files::finish`] does the rest, should we be cut off.
    pub(super) fn exchange(&self, name: &Path) -> io::Result<()> {
        absent_is_fine(std::fs::rename(&self.main, name))?;
        self.sync()?;
        absent_is_fine(std::fs::rename(&self.log, with(name, "-wal")))?;
        absent_is_fine(std::fs::rename(&self.index, with(name, "-shm")))?;
        absent_is_fine(std::fs::remove_file(&self.verdict))?;
        std::fs::rename(&self.fresh, &self.main)?;
        self.sync()
    }

    /// Ends an exchange that was cut off.
    pub(super) fn finish(&self, now: DateTime<Utc>) -> io::Result<()> {
        let begun = !self.main.exists() && self.fresh.exists();
        if begun { self.exchange(&self.aside(now)) } else { Ok(()) }
    }

    /// Has the new names on the disk.
    fn sync(&self) -> io::Result<()> {
        let folder = self.main.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Files, with};

    /// A damaged ledger with its log, and a whole one to take its place.
    fn prepared(folder: &std::path::Path) -> Files {
        let files = Files::of(&folder.join("ledger.sqlite"));
        for (path, text) in
            [(&files.main, "old"), (&files.log, "log"), (&files.fresh, "new"), (&files.verdict, "why")]
        {
            fs::write(path, text).unwrap();
        }
        files
    }

    #[test]
    fn an_exchange_that_is_cut_off_at_any_moment_is_ended_by_the_next_start_and_loses_nothing() {
        let now = "2026-11-25T07:45:00Z".parse().unwrap();
        for done in 0..=4 {
            let folder = tempfile::tempdir().unwrap();
            let files = prepared(folder.path());
            let aside = files.aside(now);
            assert!(aside.ends_with("ledger.sqlite.broken-20261125-074500"), "{}", aside.display());
            let steps: [&dyn Fn(); 4] = [
                &|| fs::rename(&files.main, &aside).unwrap(),
                &|| fs::rename(&files.log, with(&aside, "-wal")).unwrap(),
                &|| fs::remove_file(&files.verdict).unwrap(),
                &|| fs::rename(&files.fresh, &files.main).unwrap(),
            ];
            steps.iter().take(done).for_each(|step| step());

            files.finish(now).unwrap();
            let read = |path: &std::path::Path| fs::read_to_string(path).unwrap();
            if done == 0 {
                assert_eq!(read(&files.main), "old", "nothing was begun, so it is looked at once more");
                continue;
            }
            assert_eq!(
                (read(&files.main), read(&aside)),
                ("new".to_owned(), "old".to_owned()),
                "after {done}"
            );
            let left = fs::read_dir(folder.path()).unwrap().count();
            let log =
                ["", "-2"].iter().find_map(|end| fs::read_to_string(with(&with(&aside, end), "-wal")).ok());
            assert_eq!((left, log.as_deref()), (3, Some("log")), "after {done}");
        }
    }
}
