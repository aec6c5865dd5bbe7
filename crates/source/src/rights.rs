//! The rights of the account beyond reading, which no query of the mapping needs.

use sqlx::PgConnection;

use crate::engines::{Database as _, PostgresDatabase, in_time};
use crate::error::SourceError;

/// The most tables that are named.
const MOST_NAMED: usize = 5;

/// Rights of a server's account beyond reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteRights {
    /// Whether it may do everything.
    pub is_superuser: bool,
    /// The number of tables that it may write to.
    pub tables: u64,
    /// Some of them.
    pub named: Vec<String>,
}

impl WriteRights {
    /// Whether it may only read.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        !self.is_superuser && self.tables == 0
    }
}

/// Asks the server what the account may write.
pub(crate) async fn write_rights(database: &PostgresDatabase) -> Result<WriteRights, SourceError> {
    in_time(database, "rights", async |connection| asked(connection).await).await
}

async fn asked(connection: &mut PgConnection) -> Result<WriteRights, SourceError> {
    let fault = |error| PostgresDatabase::fault("rights", error);
    let is_superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user";
    let is_superuser: Option<bool> = sqlx::query_scalar(is_superuser)
        .persistent(false)
        .fetch_optional(&mut *connection)
        .await
        .map_err(fault)?;
    let tables = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                  WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
                  AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1";
    let mut named: Vec<String> =
        sqlx::query_scalar(tables).persistent(false).fetch_all(&mut *connection).await.map_err(fault)?;
    let tables = u64::try_from(named.len()).unwrap_or(u64::MAX);
    named.truncate(MOST_NAMED);
    Ok(WriteRights { is_superuser: is_superuser.unwrap_or_default(), tables, named })
}
