//! Opening the ledger: a file of SQLite, or a database of PostgreSQL that many share.

use std::ffi::OsString;
use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::delays::Following;
use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::fair_turn::Backlogs;
use crate::migrations;
use crate::settings::Settings;
use crate::store::{PgServer, Sql, Store, values};
use chrono::{DateTime, Utc};
use dongbo_connections::SqliteFile;
use dongbo_model::SourceId;
use dongbo_settings::ownership;

/// Connections to the file that only read.
const READERS: u32 = 2;
/// The longest wait for a connection to the file that others have.
const CONNECTION_WITHIN: Duration = Duration::from_secs(30);

/// The ledger. Cheap to clone; all clones share its connections.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) store: Store,
    pub(super) backlogs: Arc<Backlogs>,
    pub(super) following: Following,
    /// The source whose readers hold it.
    pub(super) source: SourceId,
    /// Whether no other source is known.
    pub(super) alone: bool,
}

impl From<Store> for Ledger {
    fn from(store: Store) -> Self {
        Self {
            store,
            backlogs: Arc::default(),
            following: Following::default(),
            source: SourceId::FIRST,
            alone: true,
        }
    }
}

impl Ledger {
    /// Opens the ledger that `config` names, and brings its tables to this version.
    ///
    /// # Errors
    /// When it cannot be opened, or was written by a newer version. A server that is away is an error of class transient.
    pub async fn of(config: &Settings) -> Result<Self, LedgerError> {
        if !config.is_shared() {
            let ledger = Self::open(&config.path).await?;
            ledger.refuse_moved().await?;
            return Ok(ledger);
        }
        let server = PgServer::new(config)?;
        server.check_reachable().await?;
        let path = || "of ledger.url".to_owned();
        migrations::POSTGRES
            .run(server.pool())
            .await
            .map_err(|source| LedgerError::Migrate { path: path(), source })?;
        Ok(Store::Postgres(server).into())
    }

    /// Opens the ledger that `config` names for reading. Nothing is created, migrated or written.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or another version wrote it.
    pub async fn read_only_of(config: &Settings) -> Result<Self, LedgerError> {
        if !config.is_shared() {
            let ledger = Self::open_read_only(&config.path).await?;
            ledger.refuse_moved().await?;
            return Ok(ledger);
        }
        let server = PgServer::new(config)?;
        server.check_reachable().await?;
        let path = || "of ledger.url".to_owned();
        let version: Option<i64> =
            sqlx::query_scalar("-- version\nSELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(server.pool())
                .await
                .map_err(|source| match source.as_database_error().and_then(|error| error.code()) {
                    // There is no such table.
                    Some(code) if code == "42P01" => LedgerError::Absent { path: path() },
                    _ => LedgerError::Read { path: path(), source },
                })?;
        if version != migrations::POSTGRES.iter().map(|migration| migration.version).max() {
            return Err(LedgerError::Version { path: path() });
        }
        Ok(Store::Postgres(server).into())
    }

    /// Opens the ledger at `path`, creates it when it is not there and brings its tables to this version.
    ///
    /// Every committed write is on the disk when the call returns (`synchronous = FULL`).
    ///
    /// # Errors
    /// When the file cannot be opened or created, or was written by a newer version.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let shown = || path.display().to_string();
        private_file(path).map_err(|source| LedgerError::Open { path: shown(), source: source.into() })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-8000")
            // Rows of a batch that are put in order are at most some hundred kilobytes: no file is made for them.
            .pragma("temp_store", "memory")
            .statement_cache_capacity(64);
        let writer = SqliteFile::new(options.clone(), 1, CONNECTION_WITHIN);
        let unopened = |source| LedgerError::Open { path: shown(), source };
        let mut first = writer.acquire().await.map_err(unopened)?;
        let migrated =
            migrations::SQLITE.run_direct(None, first.connection().map_err(unopened)?, false).await;
        migrated.map_err(|source| LedgerError::Migrate { path: shown(), source })?;
        drop(first);
        // Readers walk over all rows for counts, which no cache of theirs would hold: the system has the file in memory.
        let reading =
            options.create_if_missing(false).pragma("query_only", "on").pragma("cache_size", "-1000");
        let readers = SqliteFile::new(reading, READERS, CONNECTION_WITHIN);
        Ok(Store::Sqlite { writer, readers }.into())
    }

    /// Opens the ledger that `config` names for a look that leaves no file behind: while nobody writes, SQLite need not make
    /// one beside it only to read it.
    ///
    /// # Errors
    /// See [`Ledger::read_only_of`].
    pub async fn glance(config: &Settings) -> Result<Self, LedgerError> {
        if config.is_shared() {
            return Self::read_only_of(config).await;
        }
        let mut log = OsString::from(&config.path);
        log.push("-wal");
        let is_quiet = !Path::new(&log).exists();
        let ledger = Self::open_to_read(&config.path, is_quiet).await?;
        ledger.refuse_moved().await?;
        Ok(ledger)
    }

    /// Opens the ledger at `path` for reading, beside a daemon that runs or without one. Nothing is created, migrated
    /// or written: what would write fails.
    ///
    /// # Errors
    /// When there is no ledger, it cannot be read by this user, or another version wrote it.
    pub async fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        Self::open_to_read(path, false).await
    }

    async fn open_to_read(path: &Path, is_quiet: bool) -> Result<Self, LedgerError> {
        let shown = || path.display().to_string();
        // Where it cannot be told whether the file is there, opening it says why.
        if !path.try_exists().unwrap_or(true) {
            return Err(LedgerError::Absent { path: shown() });
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(is_quiet)
            .busy_timeout(Duration::from_secs(10))
            .pragma("query_only", "on");
        let readers = SqliteFile::new(options, READERS, CONNECTION_WITHIN);
        let version = async {
            sqlx::query_scalar("-- version\nSELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(readers.acquire().await?.connection()?)
                .await
        };
        let version: Option<i64> =
            version.await.map_err(|source| LedgerError::Read { path: shown(), source })?;
        if version != migrations::SQLITE.iter().map(|migration| migration.version).max() {
            return Err(LedgerError::Version { path: shown() });
        }
        Ok(Store::Sqlite { writer: readers.clone(), readers }.into())
    }

    /// This ledger in a simulation, in which every call goes through `calls`. Of all that is derived from one ledger,
    /// calls may only be made by one task at a time.
    #[must_use]
    pub fn simulated(&self, calls: dongbo_connections::SimulatedCalls) -> Self {
        self.store.clone().simulated(calls).into()
    }

    /// Its file, when it is one. While dongbo runs, two more lie beside it, whose names end in `-wal` and `-shm`.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        self.store.file()
    }

    /// Closes the ledger after what is under way.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The moment up to which the local database has been read under `name`; `None` before the first time.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn cursor(&self, name: &str) -> Result<Option<DateTime<Utc>>, LedgerError> {
        Ok(self.store.read_number(&CURSOR, values![name]).await?.map(time))
    }

    /// Moves the cursor `name` to `at`; it never goes back.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn move_cursor(&self, name: &str, at: DateTime<Utc>) -> Result<(), LedgerError> {
        self.store.execute(&MOVE_CURSOR, values![name, micros(at)]).await.map(drop)
    }

    /// The value remembered under `name`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn memo(&self, name: &str) -> Result<Option<String>, LedgerError> {
        self.store.read_text(&MEMO, values![name]).await
    }

    /// Remembers `value` under `name`.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn remember(&self, name: &str, value: &str) -> Result<(), LedgerError> {
        self.store.execute(&REMEMBER, values![name, value]).await.map(drop)
    }
}

/// Sees to it that nobody but its owner can read the file at `path`, or its group where the folder lets in that group and nobody
/// else, as the service's does. SQLite gives the log beside it the same owner and rights.
///
/// # Errors
/// When it is not there and cannot be made.
fn private_file(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let of_folder = std::fs::metadata(folder)?.permissions().mode();
    let mode = if of_folder & 0o077 == 0o050 { 0o640 } else { 0o600 };
    match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
        Ok(file) => {
            // The umask is no reason to keep the group out.
            file.set_permissions(Permissions::from_mode(mode))?;
            ownership::give(&file, path);
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            for end in ["", "-wal", "-shm"] {
                let mut name = OsString::from(path);
                name.push(end);
                close_to_others(Path::new(&name), mode);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Takes rights beyond `mode` from a file that an earlier version left open to others. Where that may not be done, it is not ours.
fn close_to_others(path: &Path, mode: u32) {
    let Ok(found) = std::fs::metadata(path) else { return };
    let found = found.permissions().mode() & 0o777;
    if found & !mode != 0 {
        drop(std::fs::set_permissions(path, Permissions::from_mode(found & mode)));
    }
}

static CURSOR: Sql = Sql::new("cursor", "SELECT at FROM cursor WHERE name = $1");

/// Also run within the transaction that writes down what was read.
pub(super) static MOVE_CURSOR: Sql = Sql::new(
    "move_cursor",
    "INSERT INTO cursor (name, at) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET at = GREATEST(cursor.at, excluded.at)",
);

/// Also run within the transactions of those who remember more than one thing.
pub(super) static REMEMBER: Sql = Sql::new(
    "remember",
    "INSERT INTO memo (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
);

/// Also run within transactions.
pub(super) static MEMO: Sql = Sql::new("memo", "SELECT value FROM memo WHERE name = $1");
