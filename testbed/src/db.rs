//! One handle for all engines of the simulated system, and the few statements that differ between them.

use std::path::Path;
use std::time::Duration;

use chrono::NaiveDateTime;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, MySql, MySqlPool, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::PgPoolOptions,
};

use crate::Error;

/// The simulated system's database.
#[derive(Debug, Clone)]
pub enum Db {
    /// SQLite, in a file.
    Sqlite(SqlitePool),
    /// PostgreSQL; sessions run in Vietnamese time.
    Postgres(PgPool),
    /// MySQL or MariaDB, with local times and without what makes them strict: as many a vendor has it.
    Mysql(MySqlPool),
}

impl Db {
    /// Opens the SQLite file, which is created when missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn sqlite(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(30));
        Ok(Self::Sqlite(SqlitePoolOptions::new().max_connections(4).connect_with(options).await?))
    }

    /// Connects to the PostgreSQL database of the URL.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::query("SET TIME ZONE 'Asia/Ho_Chi_Minh'").execute(connection).await.map(drop)
                })
            })
            .connect(url)
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Connects to the MySQL or MariaDB database of the URL.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn mysql(url: &str) -> Result<Self, Error> {
        let options: MySqlConnectOptions = url.parse()?;
        let options = options.timezone("+07:00".to_owned()).statement_cache_capacity(20);
        let pool = MySqlPoolOptions::new()
            .max_connections(4)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    let lax = "SET SESSION sql_mode = 'PIPES_AS_CONCAT'";
                    sqlx::raw_sql(lax).execute(connection).await.map(drop)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self::Mysql(pool))
    }

    /// Connects to the server's database of the URL, whatever its make.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn server(url: &str) -> Result<Self, Error> {
        match url.starts_with("postgres") {
            true => Self::postgres(url).await,
            false => Self::mysql(url).await,
        }
    }

    /// Runs statements, one after another.
    ///
    /// # Errors
    /// When the database refuses one.
    pub async fn execute(&self, sql: &str) -> Result<(), Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
            Self::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
            Self::Mysql(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// The numbers that a query of one column gives.
    ///
    /// # Errors
    /// When the database refuses, or they are no whole numbers.
    pub async fn numbers(&self, sql: &str) -> Result<Vec<i64>, Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await?,
            Self::Mysql(pool) => sqlx::query_scalar(sql).fetch_all(pool).await?,
        })
    }

    /// The texts that a query of one column gives.
    ///
    /// # Errors
    /// When the database refuses, or they are no texts.
    pub async fn texts(&self, sql: &str) -> Result<Vec<String>, Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await?,
            Self::Mysql(pool) => sqlx::query_scalar(sql).fetch_all(pool).await?,
        })
    }

    /// Creates the tables; the database must be empty.
    ///
    /// # Errors
    /// When a table exists already or the database refuses.
    pub async fn create_schema(&self) -> Result<(), Error> {
        let schema = match self {
            Self::Sqlite(_) => include_str!("../schema/sqlite.sql"),
            Self::Postgres(_) => include_str!("../schema/postgres.sql"),
            Self::Mysql(_) => include_str!("../schema/mysql.sql"),
        };
        self.execute(schema).await
    }

    /// Closes all connections and waits for it.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
            Self::Mysql(pool) => pool.close().await,
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        Ok(match self {
            // A deferred transaction could fail when it turns from reading to writing.
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
            Self::Mysql(pool) => Tx::Mysql(pool.begin().await?),
        })
    }

    /// Rows of the table as JSON objects, for dossiers whose id is in the range, ordered by id. As bytes, since
    /// SQLite may hold text that is not UTF-8.
    pub(crate) async fn json_rows(
        &self,
        table: &str,
        columns: &[&str],
        key: &str,
        range: (i64, i64),
    ) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        match self {
            Self::Sqlite(pool) => {
                let pairs: Vec<String> = columns.iter().map(|name| format!("'{name}', {name}")).collect();
                let sql = format!(
                    "SELECT {key}, CAST(json_object({}) AS BLOB) FROM {table} WHERE {key} BETWEEN ?1 AND ?2 ORDER BY id",
                    pairs.join(", ")
                );
                Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(range.0).bind(range.1).fetch_all(pool).await?)
            }
            Self::Postgres(pool) => {
                let sql = format!(
                    "SELECT {key}, convert_to(row_to_json(t)::text, 'UTF8') FROM {table} t \
                     WHERE {key} BETWEEN $1 AND $2 ORDER BY id"
                );
                Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(range.0).bind(range.1).fetch_all(pool).await?)
            }
            Self::Mysql(pool) => {
                let pairs: Vec<String> = columns.iter().map(|name| format!("'{name}', {name}")).collect();
                let sql = format!(
                    "SELECT {key}, CAST(json_object({}) AS BINARY) FROM {table} WHERE {key} BETWEEN ? AND ? ORDER BY id",
                    pairs.join(", ")
                );
                Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(range.0).bind(range.1).fetch_all(pool).await?)
            }
        }
    }

    /// The largest id among the next `limit` dossiers after `after`, if there is one.
    pub(crate) async fn page_end(&self, after: i64, limit: i64) -> Result<Option<i64>, Error> {
        let sql = "SELECT max(id) FROM (SELECT id FROM ho_so WHERE id > $1 ORDER BY id LIMIT $2) page";
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).bind(after).bind(limit).fetch_one(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(sql).bind(after).bind(limit).fetch_one(pool).await?,
            Self::Mysql(pool) => {
                sqlx::query_scalar(of_mysql(sql)).bind(after).bind(limit).fetch_one(pool).await?
            }
        })
    }

    /// The id of the dossier with this code.
    pub(crate) async fn id_of(&self, code: &str) -> Result<i64, Error> {
        let sql = "SELECT id FROM ho_so WHERE ma_ho_so = $1";
        let id: Option<i64> = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).bind(code).fetch_optional(pool).await?,
            Self::Postgres(pool) => sqlx::query_scalar(sql).bind(code).fetch_optional(pool).await?,
            Self::Mysql(pool) => sqlx::query_scalar(of_mysql(sql)).bind(code).fetch_optional(pool).await?,
        };
        id.ok_or_else(|| Error::Unsupported(format!("no dossier {code}")))
    }
}

/// The statement with MySQL's placeholders; each of ours stands once, in the order of the numbers.
fn of_mysql(sql: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(["$1", "$2"].iter().fold(sql.to_owned(), |sql, number| sql.replace(number, "?")))
}

/// A transaction on any engine.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
    Mysql(Transaction<'static, MySql>),
}

impl Tx {
    /// Inserts the rows (a JSON array of objects), or replaces the ones whose id is known.
    pub(crate) async fn upsert(&mut self, table: &str, columns: &[&str], rows: &str) -> Result<(), Error> {
        let names = columns.join(", ");
        let sets: Vec<String> = columns.iter().map(|name| format!("{name} = excluded.{name}")).collect();
        let (values, from) = match self {
            // `WHERE true` keeps SQLite from reading ON as the start of a join condition.
            Self::Sqlite(_) => {
                let values: Vec<String> = columns.iter().map(|name| format!("value ->> '{name}'")).collect();
                (values.join(", "), "json_each($1) WHERE true".to_owned())
            }
            Self::Postgres(_) => {
                (names.clone(), format!("json_populate_recordset(NULL::{table}, CAST($1 AS json))"))
            }
            Self::Mysql(tx) => {
                let typed: Vec<String> =
                    columns.iter().map(|name| format!("{name} longtext PATH '$.{name}'")).collect();
                let sets: Vec<String> =
                    columns.iter().map(|name| format!("{name} = VALUES({name})")).collect();
                let sql = format!(
                    "INSERT INTO {table} ({names}) SELECT {names} FROM JSON_TABLE(?, '$[*]' COLUMNS ({})) AS j \
                     ON DUPLICATE KEY UPDATE {}",
                    typed.join(", "),
                    sets.join(", ")
                );
                sqlx::query(AssertSqlSafe(sql)).bind(rows).execute(&mut **tx).await?;
                return Ok(());
            }
        };
        let sql = format!(
            "INSERT INTO {table} ({names}) SELECT {values} FROM {from} ON CONFLICT (id) DO UPDATE SET {}",
            sets.join(", ")
        );
        match self {
            Self::Sqlite(tx) => {
                sqlx::query(AssertSqlSafe(sql)).bind(rows).execute(&mut **tx).await?;
            }
            Self::Postgres(tx) => {
                sqlx::query(AssertSqlSafe(sql)).bind(rows).execute(&mut **tx).await?;
            }
            Self::Mysql(_) => {}
        }
        Ok(())
    }

    /// Runs a statement whose only parameter is an id.
    pub(crate) async fn run(&mut self, sql: &'static str, id: i64) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)?,
            Self::Postgres(tx) => sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)?,
            Self::Mysql(tx) => sqlx::query(of_mysql(sql)).bind(id).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    /// Sets `cap_nhat_luc` of a dossier.
    pub(crate) async fn set_changed(&mut self, id: i64, at: NaiveDateTime) -> Result<(), Error> {
        let at = at.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
        match self {
            Self::Sqlite(tx) => {
                let sql = "UPDATE ho_so SET cap_nhat_luc = $2 WHERE id = $1";
                sqlx::query(sql).bind(id).bind(at).execute(&mut **tx).await?;
            }
            Self::Postgres(tx) => {
                let sql = "UPDATE ho_so SET cap_nhat_luc = CAST($2 AS timestamptz) WHERE id = $1";
                sqlx::query(sql).bind(id).bind(at).execute(&mut **tx).await?;
            }
            Self::Mysql(tx) => {
                let sql = "UPDATE ho_so SET cap_nhat_luc = ? WHERE id = ?";
                sqlx::query(sql).bind(at).bind(id).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
            Self::Mysql(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
