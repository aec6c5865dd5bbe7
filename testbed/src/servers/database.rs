//! One database for each test, on a server that the tests of a run share.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::postgres::{PrivatePostgres, random_hex};
use crate::Error;

/// Names the URL of a server to be used in place of a private one; `testbed postgres -- <command>` sets it.
pub const POSTGRES_URL_VARIABLE: &str = "DONGBO_TEST_POSTGRES_URL";

/// The private server of this process while a test uses it. Weak, because statics are never dropped.
static SHARED: Mutex<Weak<PrivatePostgres>> = Mutex::new(Weak::new());

/// An empty PostgreSQL database, dropped with this handle.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    name: String,
    admin_url: String,
    /// Keeps the private server running.
    _server: Option<Arc<PrivatePostgres>>,
}

impl TestDatabase {
    /// The database's URL, as superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    /// Best effort: a private server is removed as a whole, and a shared one belongs to the script that started it.
    fn drop(&mut self) {
        if self._server.as_ref().is_some_and(|server| Arc::strong_count(server) == 1) {
            return;
        }
        let (url, name) = (self.admin_url.clone(), self.name.clone());
        // A runtime of its own, for this may run inside one, where blocking on it is not allowed.
        let dropping = std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            let _ = runtime.block_on(execute(&url, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        let _ = dropping.join();
    }
}

/// Creates an empty database with a name of its own, on the server named by [`POSTGRES_URL_VARIABLE`], else on a
/// private server which all databases of this process share and which stops with the last of them.
///
/// # Errors
/// When there is no server and none can be started, or it refuses.
pub async fn fresh_database() -> Result<TestDatabase, Error> {
    let (admin_url, server) = match std::env::var(POSTGRES_URL_VARIABLE) {
        Ok(url) => (url, None),
        Err(_) => {
            let server = tokio::task::spawn_blocking(shared)
                .await
                .map_err(|lost| Error::Unsupported(format!("starting PostgreSQL: {lost}")))??;
            (server.url().to_owned(), Some(server))
        }
    };
    let name = format!("dongbo_{}", random_hex()?);
    execute(&admin_url, format!("CREATE DATABASE {name}")).await?;
    Ok(TestDatabase { url: with_database(&admin_url, &name), name, admin_url, _server: server })
}

fn shared() -> Result<Arc<PrivatePostgres>, Error> {
    // A test that panicked while it held the lock has left it as good as before.
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Ok(server);
    }
    let server = Arc::new(PrivatePostgres::start()?);
    *shared = Arc::downgrade(&server);
    Ok(server)
}

async fn execute(url: &str, sql: String) -> Result<(), Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
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
