//! The index of a source that is read over HTTP: code, key, unit and time of change of each dossier that was listed.
//!
//! An interface that lists the newest first, in pages that shift, can neither be walked over in the order of change nor in that of
//! codes. What it lists is gathered here, and the walks of every source read it. Nothing personal is in it, and it lasts as long as
//! the process: it stands in a folder of its own that goes with it.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;

use dongbo_connections::DatabaseTrouble;

use crate::engines::SqliteDatabase;
use crate::error::SourceError;
use crate::settings::Settings;

const TABLE: &str = "CREATE TABLE listed (
    key TEXT NOT NULL PRIMARY KEY,
    code,
    unit,
    changed_at,
    met INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX listed_change ON listed (changed_at, key);
CREATE INDEX listed_code ON listed (code)";

/// A dossier as a list gives it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) code: Option<String>,
    pub(crate) unit: Option<String>,
    /// In microseconds since 1970; the text itself where it is no time.
    pub(crate) changed_at: Result<i64, String>,
}

/// The index.
#[derive(Debug)]
pub(super) struct Index {
    reader: SqliteDatabase,
    writer: Mutex<Option<SqliteConnection>>,
    folder: TempDir,
}

impl Index {
    pub(super) fn new(config: &Settings) -> Result<Self, SourceError> {
        let folder = tempfile::Builder::new().prefix("dongbo-index-").tempdir().map_err(|error| {
            SourceError::Config(format!(
                "no folder for the list of dossiers can be made in the system's temporary one: {error}"
            ))
        })?;
        let url = folder.path().join("listed.db").display().to_string();
        let reader = SqliteDatabase::new(&Settings { url, ..config.clone() });
        Ok(Self { reader, writer: Mutex::new(None), folder })
    }

    /// The index as the walks read it.
    pub(super) const fn database(&self) -> &SqliteDatabase {
        &self.reader
    }

    /// Makes the file, so that it can be read.
    pub(super) async fn prepare(&self) -> Result<(), SourceError> {
        self.write(async |_| Ok(())).await
    }

    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, SourceError> {
        let mut writer = self.writer.lock().await;
        // It is taken out while it is used: a reader that gives up half-way leaves none behind in the middle of something.
        let mut connection = match writer.take() {
            Some(connection) => connection,
            None => self.open().await.map_err(|error| failed(&error))?,
        };
        let done = work(&mut connection).await.map_err(|error| failed(&error))?;
        *writer = Some(connection);
        Ok(done)
    }

    async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(self.folder.path().join("listed.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Off)
            .disable_statement_logging();
        let mut connection = options.connect().await?;
        let exists: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'listed'")
            .fetch_one(&mut connection)
            .await?;
        if exists == 0 {
            sqlx::raw_sql(TABLE).execute(&mut connection).await?;
        }
        Ok(connection)
    }

    /// Takes in what a list gave in round `met`. A list that was read earlier does not take back a later time.
    pub(super) async fn take(&self, rows: &[Listed], met: i64) -> Result<(), SourceError> {
        self.write(async |connection| {
            let mut transaction = connection.begin().await?;
            for row in rows {
                let sql = "INSERT INTO listed (key, code, unit, changed_at, met) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT (key) DO UPDATE SET code = excluded.code, unit = excluded.unit,
                        changed_at = max(excluded.changed_at, changed_at), met = max(excluded.met, met)";
                let query = sqlx::query(sql).bind(&row.key).bind(&row.code).bind(&row.unit);
                let query = match &row.changed_at {
                    Ok(micros) => query.bind(*micros),
                    Err(text) => query.bind(text.clone()),
                };
                query.bind(met).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
        .await
    }

    /// Forgets what was met in no round since `met`, and so is no longer there.
    pub(super) async fn forget_before(&self, met: i64) -> Result<(), SourceError> {
        self.write(async |connection| {
            sqlx::query("DELETE FROM listed WHERE met < ?1")
                .bind(met)
                .execute(&mut *connection)
                .await
                .map(drop)
        })
        .await
    }

    /// Forgets one dossier.
    pub(super) async fn forget(&self, key: &str) -> Result<(), SourceError> {
        self.write(async |connection| {
            sqlx::query("DELETE FROM listed WHERE key = ?1")
                .bind(key)
                .execute(&mut *connection)
                .await
                .map(drop)
        })
        .await
    }

    /// The codes and keys of the dossiers with these codes.
    pub(super) async fn keys(&self, codes: &[&str]) -> Result<Vec<(String, String)>, SourceError> {
        let codes = serde_json::json!(codes).to_string();
        self.write(async |connection| {
            let sql =
                "SELECT code, key FROM listed WHERE code IN (SELECT value FROM json_each(?1)) ORDER BY key";
            sqlx::query_as(AssertSqlSafe(sql)).bind(codes).fetch_all(&mut *connection).await
        })
        .await
    }
}

fn failed(error: &sqlx::Error) -> SourceError {
    let trouble = DatabaseTrouble::of(error).unwrap_or(DatabaseTrouble::Away);
    let reason = format!("the list of dossiers in the system's temporary folder: {error}");
    SourceError::Unreachable { trouble, reason }
}
