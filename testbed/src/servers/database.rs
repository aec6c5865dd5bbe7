//! One database for each test, on a server that the tests of a run share.

use std::sync::{Mutex, PoisonError};

use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};

use super::mariadb::PrivateMariadb;
use super::postgres::PrivatePostgres;
use super::process::random_hex;
use crate::Error;

/// Names the URL of a server to be used in place of a private one; `testbed postgres -- <command>` sets it.
pub const POSTGRES_URL_VARIABLE: &str = "DONGBO_TEST_POSTGRES_URL";

/// Names the URL of a MySQL or MariaDB server, as a user who may make databases, to be used in place of a private one.
pub const MYSQL_URL_VARIABLE: &str = "DONGBO_TEST_MYSQL_URL";

/// The private servers of this process, from the first test that needs one to the end: they would take seconds to be started for each.
/// Nobody drops them; the watcher of each stops it when the process ends.
static POSTGRES: Mutex<Option<PrivatePostgres>> = Mutex::new(None);
static MARIADB: Mutex<Option<PrivateMariadb>> = Mutex::new(None);

/// An empty database on a server, dropped with this handle.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    name: String,
    admin_url: String,
}

impl TestDatabase {
    /// The database's URL, as the server's administrator.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    /// Best effort: a server is removed as a whole by whoever started it.
    fn drop(&mut self) {
        let url = self.admin_url.clone();
        let force = if is_mysql(&url) { "" } else { " WITH (FORCE)" };
        let drop_it = format!("DROP DATABASE IF EXISTS {}{force}", self.name);
        let name = self.name.clone();
        // A runtime of its own, for this may run inside one, where blocking on it is not allowed.
        let dropping = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            let _ = runtime.block_on(async {
                if is_mysql(&url) {
                    end_sessions(&url, &name).await?;
                }
                execute(&url, drop_it).await
            });
        });
        let _ = dropping.join();
    }
}

/// Creates an empty database with a name of its own, on the server named by [`POSTGRES_URL_VARIABLE`], else on a
/// private server which all databases of this process share.
///
/// # Errors
/// When there is no server and none can be started, or it refuses.
pub async fn fresh_database() -> Result<TestDatabase, Error> {
    let start = || shared(&POSTGRES, PrivatePostgres::start, PrivatePostgres::url);
    fresh(POSTGRES_URL_VARIABLE, start).await
}

/// Creates an empty database with a name of its own, on the server named by [`MYSQL_URL_VARIABLE`], else on a private
/// MariaDB which all databases of this process share.
///
/// # Errors
/// When there is no server and none can be started, or it refuses.
pub async fn fresh_mysql_database() -> Result<TestDatabase, Error> {
    let start = || shared(&MARIADB, PrivateMariadb::start, PrivateMariadb::url);
    fresh(MYSQL_URL_VARIABLE, start).await
}

async fn fresh(
    variable: &str,
    start: impl FnOnce() -> Result<String, Error> + Send + 'static,
) -> Result<TestDatabase, Error> {
    let admin_url = match std::env::var(variable) {
        Ok(url) => url,
        Err(_) => tokio::task::spawn_blocking(start)
            .await
            .map_err(|lost| Error::Unsupported(format!("starting a server: {lost}")))??,
    };
    let name = format!("dongbo_{}", random_hex()?);
    // Tables that tests make beside those of the office compare with them.
    let form = if is_mysql(&admin_url) { " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci" } else { "" };
    execute(&admin_url, format!("CREATE DATABASE {name}{form}")).await?;
    Ok(TestDatabase { url: with_database(&admin_url, &name), name, admin_url })
}

/// The URL of the server that is kept, which is started first where there is none.
fn shared<S>(
    kept: &Mutex<Option<S>>,
    start: impl FnOnce() -> Result<S, Error>,
    url: impl Fn(&S) -> &str,
) -> Result<String, Error> {
    // A test that panicked while it held the lock has left it as good as before.
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let server = match kept.take() {
        Some(server) => server,
        None => start()?,
    };
    Ok(url(kept.insert(server)).to_owned())
}

fn is_mysql(url: &str) -> bool {
    url.starts_with("mysql:") || url.starts_with("mariadb:")
}

async fn execute(url: &str, sql: String) -> Result<(), Error> {
    if is_mysql(url) {
        let mut connection = MySqlConnection::connect(url).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        return Ok(connection.close().await?);
    }
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Ends who is still in the database: one that was left in the middle of a transaction keeps it from being dropped.
async fn end_sessions(url: &str, name: &str) -> Result<(), Error> {
    let mut connection = MySqlConnection::connect(url).await?;
    let select = "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = ?";
    let sessions: Vec<u64> = sqlx::query_scalar(select).bind(name).fetch_all(&mut connection).await?;
    for session in sessions {
        // It may have gone by itself.
        drop(sqlx::raw_sql(AssertSqlSafe(format!("KILL {session}"))).execute(&mut connection).await);
    }
    Ok(connection.close().await?)
}

/// The URL with its path replaced by the database's name; a query stays.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (scheme, rest) = base.split_once("://").unwrap_or(("postgres", base));
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let server = format!("{scheme}://{authority}");
    match query {
        Some(query) => format!("{server}/{name}?{query}"),
        None => format!("{server}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_takes_the_place_of_the_path() {
        assert_eq!(with_database("postgres://u:p@h:1/postgres", "x"), "postgres://u:p@h:1/x");
        assert_eq!(with_database("postgres://u@h", "x"), "postgres://u@h/x");
        assert_eq!(with_database("postgres://h/a?sslmode=disable", "x"), "postgres://h/x?sslmode=disable");
    }
}
