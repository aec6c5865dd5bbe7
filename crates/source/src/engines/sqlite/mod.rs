//! SQLite: a file read in place.

mod session;

use dongbo_model::locks::lock;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use dongbo_connections::{DatabaseTrouble, SqliteFile};
use dongbo_model::mask_row_values;

use self::session::{Known, Lent, Open, SqliteSession};
use super::session::Database;
use crate::error::SourceError;
use crate::settings::Settings;

/// The longest wait for a writer's lock, which a reader of a WAL file hardly ever meets.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// Tells one file from another that has taken its place.
type FileId = (u64, u64);

/// The file, and the connections to it.
#[derive(Debug)]
pub(crate) struct SqliteDatabase {
    path: PathBuf,
    statement_timeout: Duration,
    connect_timeout: Duration,
    max_connections: u32,
    open: Mutex<Option<(FileId, OpenFile)>>,
}

/// The connections to one file, and what they have prepared.
#[derive(Debug, Clone)]
struct OpenFile {
    connections: SqliteFile,
    known: Arc<Known>,
}

impl SqliteDatabase {
    pub(crate) fn new(config: &Settings) -> Self {
        Self {
            path: config.sqlite_path(),
            statement_timeout: config.statement_timeout,
            connect_timeout: config.connect_timeout,
            max_connections: config.max_connections,
            open: Mutex::new(None),
        }
    }

    /// The connections to the file that is there now. An open file outlives its name, so without the look at it a
    /// restored or deleted database would go on being read in its old state for ever.
    fn open_file(&self) -> Result<OpenFile, SourceError> {
        let mut open = lock(&self.open);
        let id = match std::fs::metadata(&self.path) {
            Ok(file) if file.is_dir() => {
                let reason = format!("{} is a folder", self.path.display());
                return Err(SourceError::Misaddressed { trouble: DatabaseTrouble::NotAFile, reason });
            }
            Ok(file) => (file.dev(), file.ino()),
            Err(error) => {
                *open = None;
                return Err(self.unopened(&error));
            }
        };
        if let Some((_, file)) = open.as_ref().filter(|(known, _)| *known == id) {
            return Ok(file.clone());
        }
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(self.statement_timeout.min(LONGEST_LOCK))
            .pragma("query_only", "on")
            // A view or trigger of the file does nothing outside of it.
            .pragma("trusted_schema", "off")
            .disable_statement_logging();
        let connections = SqliteFile::new(options, self.max_connections, self.connect_timeout);
        let file = OpenFile { connections, known: Arc::default() };
        *open = Some((id, file.clone()));
        Ok(file)
    }

    /// The failure of a file that cannot be looked at.
    fn unopened(&self, error: &std::io::Error) -> SourceError {
        let reason = format!("file {}: {error}", self.path.display());
        match error.kind() {
            ErrorKind::PermissionDenied => SourceError::Auth { trouble: DatabaseTrouble::FileClosed, reason },
            _ => SourceError::Unreachable { trouble: DatabaseTrouble::NoFile, reason },
        }
    }
}

impl Database for SqliteDatabase {
    type Session = SqliteSession;
    type Lease = Lent;
    type Snapshot<'c> = Open<'c>;

    async fn acquire(&self) -> Result<Lent, SourceError> {
        let fault = |error| fault("connection", &error, false).of_connecting();
        let OpenFile { connections, known } = self.open_file()?;
        let mut connection = connections.acquire().await.map_err(fault)?;
        // Counts from here on, so it bounds all that is done with the connection.
        let deadline = Instant::now().checked_add(self.statement_timeout);
        connection.stop_at(deadline).await.map_err(fault)?;
        Ok(Lent::new(connection, known))
    }

    async fn begin<'c>(&self, connection: &'c mut SqliteSession) -> Result<Open<'c>, SourceError> {
        connection.begin().await
    }

    fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }
}

/// The failure that an error of the driver stands for; what is `prepared` is SQL that can be run. The lower byte of SQLite's code is the kind, the rest its variety.
fn fault(query: &str, error: &sqlx::Error, prepared: bool) -> SourceError {
    let query = query.to_owned();
    let sqlx::Error::Database(refused) = error else {
        return match error {
            sqlx::Error::PoolTimedOut => {
                let reason = "no connection became free within source.connect_timeout".to_owned();
                SourceError::Unreachable { trouble: DatabaseTrouble::PoolFull, reason }
            }
            other => SourceError::Protocol { query, reason: other.to_string() },
        };
    };
    let trouble = DatabaseTrouble::of(error).unwrap_or(DatabaseTrouble::Away);
    let code: u32 = refused.code().and_then(|code| code.parse().ok()).unwrap_or_default();
    let message = refused.message();
    let data = |damage| SourceError::Data {
        query: query.clone(),
        code: code.to_string(),
        words: mask_row_values(message),
        damage,
    };
    match code & 0xff {
        // ERROR: what the SQL says cannot be done.
        1 => {
            let named = |start: &str| message.strip_prefix(start).map(|name| name.trim().to_owned());
            if let Some(table) = named("no such table:") {
                SourceError::MissingTable { query, table, found: Vec::new(), hint: None }
            } else if let Some(column) = named("no such column:") {
                SourceError::MissingColumn { query, column, found: Vec::new(), hint: None }
            } else if prepared {
                data(false)
            } else {
                SourceError::Query { query, reason: message.to_owned() }
            }
        }
        // TOOBIG: by the guard, or beyond what SQLite holds at all.
        18 => SourceError::TooLarge { query },
        // A CONSTRAINT that a function checks, MISMATCH.
        19 | 20 => data(false),
        // CORRUPT and NOTADB, which a file also is while it is being restored.
        11 | 26 => data(true),
        9 => SourceError::Timeout { query },
        // PERM, AUTH.
        3 | 23 => SourceError::Auth { trouble, reason: message.to_owned() },
        8 if code == 8 => SourceError::Writes { query },
        // BUSY, LOCKED.
        5 | 6 => SourceError::Locked { query, reason: message.to_owned() },
        // READONLY (a WAL file whose index cannot be built), IOERR, CANTOPEN, PROTOCOL.
        8 | 10 | 14 | 15 => SourceError::Unreachable { trouble, reason: message.to_owned() },
        _ => SourceError::Protocol { query, reason: format!("SQLite error {code}: {message}") },
    }
}
