//! A look at a ledger's file that leaves everything as it is.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::LedgerError;
use crate::migrations;

/// The longest wait for a lock; readers hardly ever meet one.
const LOCK_WAIT: Duration = Duration::from_secs(1);

/// The state of a ledger's file as a look at it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The version of its tables; `None` when it has none yet.
    pub version: Option<i64>,
    /// Whether this dongbo can work on it: one that a newer dongbo has written it leaves alone.
    pub known: bool,
    /// The damage in the file, when it was looked through and something is.
    pub damage: Option<String>,
    /// Whether it has taken the place of a damaged one, and not everything local is in it again.
    pub rebuilding: bool,
}

/// Looks at the ledger at `path` without making, migrating or locking anything. A file of up to `look_through_below` bytes
/// is looked through for damage.
///
/// # Errors
/// When the file cannot be opened, or is no database.
pub async fn inspect(path: &Path, look_through_below: u64) -> Result<Inspection, LedgerError> {
    let mut log = OsString::from(path);
    log.push("-wal");
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .create_if_missing(false)
        // Without a log nobody writes, and SQLite need not make one beside the file only to read it.
        .immutable(!Path::new(&log).exists())
        .busy_timeout(LOCK_WAIT)
        .pragma("query_only", "on")
        .disable_statement_logging();
    let failed = |source| LedgerError::Open { path: path.display().to_string(), source };
    let mut connection = options.connect().await.map_err(failed)?;
    let found = look(&mut connection, path, look_through_below).await.map_err(failed);
    // What was read is read, however the connection ends.
    drop(connection.close().await);
    found
}

async fn look(
    connection: &mut SqliteConnection,
    path: &Path,
    look_through_below: u64,
) -> Result<Inspection, sqlx::Error> {
    let has_tables: bool =
        sqlx::query_scalar("SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    let version: Option<i64> = if has_tables {
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut *connection).await?
    } else {
        None
    };
    let rebuilding = match version {
        Some(_) => sqlx::query_scalar("SELECT value FROM memo WHERE name = ?1")
            .bind(super::rescue::REBUILDING)
            .fetch_optional(&mut *connection)
            .await?
            .is_some_and(|look_up_at: String| !look_up_at.is_empty()),
        None => false,
    };
    let small = std::fs::metadata(path).is_ok_and(|file| file.len() <= look_through_below);
    let said: Option<String> = if small {
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_optional(&mut *connection).await?
    } else {
        None
    };
    Ok(Inspection {
        version,
        known: version.is_none_or(|version| migrations::SQLITE.version_exists(version)),
        damage: said.filter(|said| said != "ok"),
        rebuilding,
    })
}

#[cfg(test)]
mod tests {
    use super::{Inspection, inspect};
    use crate::Ledger;
    use crate::store::Sql;

    const ALL: u64 = u64::MAX;

    fn names(folder: &std::path::Path) -> Vec<std::ffi::OsString> {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_ledger_is_looked_at_without_leaving_a_trace_whether_or_not_it_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let ledger = Ledger::open(&path).await.unwrap();
        let open = inspect(&path, ALL).await.unwrap();
        assert!(open.known && open.version.is_some() && open.damage.is_none(), "{open:?}");
        ledger.close().await;
        let (before, bytes) = (names(folder.path()), std::fs::read(&path).unwrap());
        assert_eq!(inspect(&path, ALL).await.unwrap(), open);
        assert_eq!((names(folder.path()), std::fs::read(&path).unwrap()), (before, bytes));
    }

    #[tokio::test]
    async fn what_is_no_ledger_of_ours_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        assert!(inspect(&path, ALL).await.is_err());
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        assert_eq!(
            inspect(&path, ALL).await.unwrap(),
            Inspection { version: None, known: true, damage: None, rebuilding: false }
        );
        std::fs::write(&path, "no database at all, but some other text".repeat(30)).unwrap();
        assert!(inspect(&path, ALL).await.is_err());
    }

    #[tokio::test]
    async fn a_newer_version_and_damage_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let ledger = Ledger::open(&path).await.unwrap();
        static NEWER: Sql = Sql::new(
            "newer",
            "UPDATE _sqlx_migrations SET version = 99990101000000
             WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
        );
        ledger.store.execute(&NEWER, Vec::new()).await.unwrap();
        ledger.close().await;
        assert!(!inspect(&path, ALL).await.unwrap().known);
        let mut bytes = std::fs::read(&path).unwrap();
        let length = bytes.len();
        bytes[4_096..length - 4_096].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let seen = inspect(&path, ALL).await;
        assert!(seen.is_err() || seen.is_ok_and(|seen| seen.damage.is_some()));
    }
}
