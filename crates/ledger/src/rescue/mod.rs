//! Rescue of a ledger on a disk that failed: a file that cannot be trusted is set aside, never deleted, and built anew.
//!
//! [`rescue`] runs before the ledger is opened, by the one daemon that holds its lock. A fresh ledger is rebuilt from the
//! local database, which is read from its beginning, and from the portal: until a first full sweep has ended, every
//! dossier heard of for the first time begins in doubt and is looked up before anything is sent for it.

mod aside;
mod log_file;
mod tables;

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use self::aside::Files;
use crate::encoding::micros;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::Store;
use dongbo_model::clock::later;
use dongbo_settings::ownership;

/// The memo that holds, while the ledger is being rebuilt, when the portal may first be looked up. `touch` reads it.
pub(super) const REBUILDING: &str = "rebuilding";
/// The memo of the last rebuilding.
const REBUILT: &str = "rebuilt";
/// The longest time that a start looks through the ledger: whoever waits for it does not wait longer for a larger one.
const LOOK_WITHIN: Duration = Duration::from_secs(2);
/// The longest time that it is looked through while dongbo works.
const LOOK_THROUGH_WITHIN: Duration = Duration::from_secs(3_600);

/// A ledger that was set aside, and the one that took its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// When.
    pub at: DateTime<Utc>,
    /// The reason why the old one could not be trusted.
    pub reason: String,
    /// The present path of the old one.
    pub set_aside: PathBuf,
    /// Whether the operator's pause was in force and went over to the new one.
    pub paused: bool,
    /// When everything local had been heard of again; `None` until then.
    pub complete_at: Option<DateTime<Utc>>,
}

/// Looks at the ledger at `path`, whose lock is ours, and puts a fresh one in its place when it cannot be trusted. What
/// was done then; `None` when nothing was. Dossiers are looked up no sooner than `look_up_after`, so that what the last
/// daemon sent can land.
///
/// # Errors
/// When the file cannot be written by this user, or a fresh one cannot be made: nothing is changed then.
pub async fn rescue(
    path: &Path,
    look_up_after: Duration,
    now: DateTime<Utc>,
) -> Result<Option<Rebuilt>, LedgerError> {
    let files = Files::of(path);
    let failed = |source| LedgerError::Rescue { path: path.display().to_string(), source };
    files.finish(now).map_err(failed)?;
    let Some(reason) = distrust(&files).await? else {
        // Without room nothing can be carried over now, and nothing has to be.
        drop(tables::carry_over(path).await);
        return Ok(None);
    };
    let paused = tables::salvage(path, super::pause::PAUSED).await;
    let entered = tables::entered(path).await;
    let rebuilt =
        Rebuilt { at: now, reason, set_aside: files.aside(now), paused: paused.is_some(), complete_at: None };
    files.clear_fresh().map_err(failed)?;
    let fresh = Ledger::open(&files.fresh).await?;
    let remembered = match fresh.keep_entered(&entered).await {
        Ok(()) => remember(&fresh, &rebuilt, paused.as_deref(), later(now, look_up_after)).await,
        Err(error) => Err(error),
    };
    fresh.close().await;
    remembered?;
    files.exchange(&rebuilt.set_aside).map_err(failed)?;
    Ok(Some(rebuilt))
}

/// Notes beside the ledger at `path` that it was found damaged while it was worked on, so that the next start sets it
/// aside even if it sees nothing.
///
/// # Errors
/// When that cannot be written.
pub fn condemn(path: &Path, reason: &str) -> io::Result<()> {
    ownership::write(&Files::of(path).verdict, reason.as_bytes())
}

/// A reason why the ledger cannot be trusted.
async fn distrust(files: &Files) -> Result<Option<String>, LedgerError> {
    if let Ok(reason) = std::fs::read_to_string(&files.verdict) {
        return Ok(Some(reason));
    }
    let length = match std::fs::metadata(&files.main) {
        Ok(file) if file.is_file() => file.len(),
        // Opening it says what is wrong.
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let left = std::fs::metadata(&files.log).is_ok_and(|log| log.len() > 0);
            return Ok(left.then(|| "the file is gone, and its log is there (-wal)".to_owned()));
        }
        Err(_) => return Ok(None),
    };
    for path in [&files.main, &files.log].into_iter().filter(|path| path.exists()) {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(_) => {}
            Err(source) if is_a_matter_of_rights(&source) => {
                return Err(LedgerError::Closed { path: path.display().to_string(), source });
            }
            Err(error) => return Ok(Some(format!("it cannot be opened: {error}"))),
        }
    }
    if length == 0 {
        return Ok(Some("the file is empty".to_owned()));
    }
    match log_file::distrust(&files.log, &files.index) {
        Ok(None) => Ok(tables::distrust(&files.main, LOOK_WITHIN).await),
        Ok(Some(reason)) => Ok(Some(reason.to_owned())),
        Err(error) => Ok(Some(format!("its log cannot be read: {error}"))),
    }
}

fn is_a_matter_of_rights(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

async fn remember(
    fresh: &Ledger,
    rebuilt: &Rebuilt,
    paused: Option<&str>,
    look_up_at: DateTime<Utc>,
) -> Result<(), LedgerError> {
    fresh.remember(REBUILDING, &micros(look_up_at).to_string()).await?;
    if let Some(paused) = paused {
        fresh.remember(super::pause::PAUSED, paused).await?;
    }
    fresh.remember(REBUILT, &encode(rebuilt)?).await
}

fn encode(rebuilt: &Rebuilt) -> Result<String, LedgerError> {
    serde_json::to_string(rebuilt).map_err(|source| LedgerError::Encode { operation: "rebuilt", source })
}

impl LedgerError {
    /// The damage of the ledger's file, when this error says that something is: nothing cures that but a new one.
    #[must_use]
    pub fn damage(&self) -> Option<String> {
        match self {
            Self::Operation { source, .. } => tables::malformed(source),
            _ => None,
        }
    }
}

impl Ledger {
    /// Looks through the whole of its file, for which a start has no time, beside everybody who works on it. The damage that it
    /// finds; `None` when there is none, and of a ledger on a server.
    pub async fn look_through(&self) -> Option<String> {
        match &self.store {
            Store::Sqlite { .. } => tables::distrust(&self.path()?, LOOK_THROUGH_WITHIN).await,
            Store::Postgres(_) | Store::Simulated(_) => None,
        }
    }

    /// The last time that this ledger took the place of one that could not be trusted.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn rebuilt(&self) -> Result<Option<Rebuilt>, LedgerError> {
        Ok(self.memo(REBUILT).await?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Whether it is being rebuilt: what is heard of for the first time may be on the portal already.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn is_rebuilding(&self) -> Result<bool, LedgerError> {
        Ok(self.memo(REBUILDING).await?.is_some_and(|look_up_at| !look_up_at.is_empty()))
    }

    /// Everything local has been heard of: what is heard of from now on was never sent. Returns what has ended; `None`
    /// when nothing was being rebuilt.
    ///
    /// # Errors
    /// When the ledger cannot be written; then it is still being rebuilt.
    pub async fn end_rebuilding(&self, now: DateTime<Utc>) -> Result<Option<Rebuilt>, LedgerError> {
        if !self.is_rebuilding().await? {
            return Ok(None);
        }
        let mut rebuilt = self.rebuilt().await?;
        if let Some(rebuilt) = &mut rebuilt {
            rebuilt.complete_at = Some(now);
            self.remember(REBUILT, &encode(rebuilt)?).await?;
        }
        self.remember(REBUILDING, "").await?;
        Ok(rebuilt)
    }
}
