//! Sealed periods: a folder of reports for each, whose files are hashed into a chain, so that what is changed later shows.
//!
//! A folder that is sealed, or added to later, gets an entry `seal-NNNNNN.json`: the SHA-256 of each file that it covers, and that of
//! the entry before it, whatever period that is of. So one hash, that of the last entry, stands for all files of all periods; noted
//! outside, it shows too that nobody made the chain anew or cut off its end.

mod entry;
mod error;
mod store;
mod verify;

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use dongbo_model::{Period, day_of};

use entry::{Entry, Link};

pub use entry::Kept;
pub use error::SealError;
pub use verify::{Flaw, Verified};

/// The folder of all periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    root: PathBuf,
}

/// An entry that was added to the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its number in the chain, from 1.
    pub number: u64,
    /// The SHA-256 of the entry, which stands for everything before it too.
    pub hash: String,
    /// The files that it covers.
    pub files: Vec<Kept>,
}

/// Who seals, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealing {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The program with its version.
    pub program: String,
}

impl Archive {
    /// The archive in the folder `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of a period.
    #[must_use]
    pub fn folder(&self, period: Period) -> PathBuf {
        self.root.join(period.to_string())
    }

    /// Whether a period is sealed.
    ///
    /// # Errors
    /// When the chain cannot be read.
    pub fn is_sealed(&self, period: Period) -> Result<bool, SealError> {
        let name = period.to_string();
        Ok(entry::chain(&self.root)?.iter().any(|link| link.entry.period == name))
    }

    /// Whether a period has a file of this name, sealed or not.
    #[must_use]
    pub fn has(&self, period: Period, stem: &str, extension: &str) -> bool {
        self.folder(period).join(format!("{stem}.{extension}")).is_file()
    }

    /// Writes a file of a period, whole or not at all: one that is there is replaced, unless it is sealed. In a sealed period it gets
    /// a name that says the day on which it was added. Returns the file's path.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or its chain cannot be read.
    pub fn keep(
        &self,
        period: Period,
        stem: &str,
        extension: &str,
        day: DateTime<Utc>,
        content: &[u8],
    ) -> Result<PathBuf, SealError> {
        let _lock = store::lock(&self.root)?;
        let folder = self.folder(period);
        store::make(&folder)?;
        let chain = entry::chain(&self.root)?;
        let of_period: Vec<&Link> =
            chain.iter().filter(|link| link.entry.period == period.to_string()).collect();
        let is_kept =
            |name: &str| of_period.iter().any(|link| link.entry.files.iter().any(|kept| kept.name == name));
        let mut name = format!("{stem}.{extension}");
        if !of_period.is_empty() {
            let day: NaiveDate = day_of(day);
            let added = |number: u32| match number {
                1 => format!("{stem}-bo-sung-{day}.{extension}"),
                number => format!("{stem}-bo-sung-{day}-{number}.{extension}"),
            };
            name = (1..u32::MAX).map(added).find(|name| !is_kept(name)).unwrap_or(name);
        }
        let path = folder.join(&name);
        store::replace(&path, content)?;
        Ok(path)
    }

    /// Seals a period that is over: all files of its folder.
    ///
    /// # Errors
    /// When it is not over, is sealed already or has no files; when the chain cannot be trusted; when a file cannot be read or
    /// written. Nothing is sealed then.
    pub fn seal(&self, period: Period, sealing: &Sealing) -> Result<Sealed, SealError> {
        if sealing.at < period.ends() {
            return Err(SealError::NotOver { period: period.to_string() });
        }
        self.append(period, None, sealing)
    }

    /// Adds the new files of a sealed period to the chain, with the reason why they came later.
    ///
    /// # Errors
    /// When it is not sealed or has no new files; otherwise as [`Archive::seal`].
    pub fn add(&self, period: Period, reason: &str, sealing: &Sealing) -> Result<Sealed, SealError> {
        self.append(period, Some(reason), sealing)
    }

    /// Compares every sealed file with the chain, and the chain with itself. `noted` is the hash of an entry that was written down
    /// elsewhere, which has to be in the chain still.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn verify(&self, noted: Option<&str>) -> Result<Verified, SealError> {
        verify::verify(&self.root, noted)
    }

    fn append(&self, period: Period, reason: Option<&str>, sealing: &Sealing) -> Result<Sealed, SealError> {
        let _lock = store::lock(&self.root)?;
        let folder = self.folder(period);
        let name = period.to_string();
        let chain = entry::chain(&self.root)?;
        let flaws = verify::links(&chain);
        if let Some(flaw) = flaws.first() {
            return Err(SealError::Broken { flaw: flaw.to_string() });
        }
        let of_period: Vec<&Link> = chain.iter().filter(|link| link.entry.period == name).collect();
        match (reason, of_period.is_empty()) {
            (None, false) => return Err(SealError::AlreadySealed { period: name }),
            (Some(_), true) => return Err(SealError::NotSealed { period: name }),
            _ => {}
        }
        let is_kept = |file: &String| {
            of_period.iter().any(|link| link.entry.files.iter().any(|kept| kept.name == *file))
        };
        let new: Vec<String> = store::files(&folder)?.into_iter().filter(|file| !is_kept(file)).collect();
        if new.is_empty() {
            return Err(SealError::NoFiles { period: name });
        }
        let files = new.into_iter().map(|file| entry::kept(&folder, file)).collect::<Result<Vec<_>, _>>()?;
        let last = chain.last();
        let next = Entry {
            number: last.map_or(1, |link| link.entry.number + 1),
            period: name,
            reason: reason.map(str::to_owned),
            at: sealing.at,
            program: sealing.program.clone(),
            previous: last.map(|link| link.hash.clone()),
            files,
        };
        let hash = next.write(&folder)?;
        Ok(Sealed { number: next.number, hash, files: next.files })
    }
}

/// The root as messages name it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
