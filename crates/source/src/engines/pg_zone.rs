//! The mapping's time zone as the server knows it: not every server knows every name.

use dongbo_model::locks::lock;
use std::sync::Mutex;

use chrono_tz::Tz;
use sqlx::PgConnection;

use super::postgres::fault;
use super::steady_zone::steady_offset;
use crate::error::SourceError;

/// The SQLSTATE for a value that a setting cannot have.
const INVALID_VALUE: &str = "22023";
/// Ways to tell a server the zone, and the one that it took.
#[derive(Debug)]
pub(super) struct ServerZone {
    name: &'static str,
    ways: Vec<String>,
    taken: Mutex<Option<String>>,
}

impl ServerZone {
    pub(super) fn new(zone: Tz) -> Self {
        let mut ways = vec![format!("TimeZone = '{}'", zone.name())];
        // Its name may be older or younger than what the server knows; an offset needs no name.
        if let Some(offset) = steady_offset(zone) {
            ways.push(format!("TIME ZONE INTERVAL '{offset}' HOUR TO MINUTE"));
        }
        Self { name: zone.name(), ways, taken: Mutex::new(None) }
    }

    /// What `SET LOCAL` has to say for it.
    pub(super) async fn setting(&self, connection: &mut PgConnection) -> Result<String, SourceError> {
        if let Some(taken) = &*lock(&self.taken) {
            return Ok(taken.clone());
        }
        for way in &self.ways {
            let trial = format!("BEGIN READ ONLY; SET LOCAL {way}; ROLLBACK");
            match sqlx::raw_sql(sqlx::AssertSqlSafe(trial)).execute(&mut *connection).await {
                Ok(_) => {
                    *lock(&self.taken) = Some(way.clone());
                    return Ok(way.clone());
                }
                Err(error) if is_refused(&error) => {
                    let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
                    ended.map_err(|error| fault("connection", &error))?;
                }
                Err(error) => return Err(fault("connection", &error).of_connecting()),
            }
        }
        Err(SourceError::Config(format!(
            "the local database's server does not know the time zone {}: write timezone in the mapping file as the \
             server knows it (SELECT name FROM pg_timezone_names), or as an offset like +07:00",
            self.name
        )))
    }

    /// Forgets the way that was taken, for another server may stand in the place of that one.
    pub(super) fn forget(&self) {
        *lock(&self.taken) = None;
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|refused| refused.code()).as_deref() == Some(INVALID_VALUE)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use sqlx::{Connection as _, PgConnection};
    use testbed::servers::fresh_database;

    use super::ServerZone;

    #[tokio::test]
    async fn a_server_that_does_not_know_the_name_is_told_the_offset() {
        let database = fresh_database().await.unwrap();
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let known = ServerZone::new(Tz::Asia__Ho_Chi_Minh);
        assert_eq!(known.setting(&mut connection).await.unwrap(), "TimeZone = 'Asia/Ho_Chi_Minh'");

        let mut unknown = ServerZone::new(Tz::Asia__Ho_Chi_Minh);
        unknown.ways[0] = "TimeZone = 'Asia/Khong_Co'".to_owned();
        for _ in 0..2 {
            let setting = unknown.setting(&mut connection).await.unwrap();
            let sql = format!("BEGIN; SET LOCAL {setting}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            let hour = sqlx::query_scalar::<_, String>(
                "SELECT to_char(timestamptz '2025-09-15 00:00:00+00', 'HH24:MI')",
            );
            assert_eq!(hour.fetch_one(&mut connection).await.unwrap(), "07:00");
            sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
        }

        unknown.ways.truncate(1);
        unknown.forget();
        let error = unknown.setting(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("does not know the time zone Asia/Ho_Chi_Minh"), "{error}");
    }
}
