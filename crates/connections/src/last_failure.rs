//! The last failure of a connection, after which connections that are older than it are not used.

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{Database, MySqlConnection, PgConnection};
use tokio::time::Instant;

/// A connection to a server, of which it can be asked whether it is alive.
pub trait ServerConnection: Send {
    /// Ends a transaction that may be open; `false` when the server does not answer well.
    fn end_any(&mut self) -> impl Future<Output = bool> + Send;
}

impl ServerConnection for PgConnection {
    /// That none is open is worth no warning, and the setting ends with the rollback.
    async fn end_any(&mut self) -> bool {
        sqlx::raw_sql("SET client_min_messages = error; ROLLBACK").execute(self).await.is_ok()
    }
}

impl ServerConnection for MySqlConnection {
    async fn end_any(&mut self) -> bool {
        sqlx::raw_sql("ROLLBACK").execute(self).await.is_ok()
    }
}

/// The moment at which a connection of a pool last failed. Connections made before it have most likely failed too:
/// were each tried in turn, a server that is back would be waited for once for every connection.
#[derive(Debug, Default)]
pub struct LastFailure(Mutex<Option<Instant>>);

impl LastFailure {
    /// Records a failure: no connection made until now is used any more.
    pub fn record(&self) {
        *lock(&self.0) = Some(Instant::now());
    }

    /// Lets `pool` give out only connections that are younger than the last failure and answer `within` that time. One
    /// that was in use less than `fresh` ago is not asked. The pool's own test waits for the whole time that it has to
    /// find a connection, and leaves none to try another.
    pub fn guard<D: Database<Connection: ServerConnection>>(
        self: &Arc<Self>,
        pool: PoolOptions<D>,
        fresh: Duration,
        within: Duration,
    ) -> PoolOptions<D> {
        let failure = Arc::clone(self);
        pool.test_before_acquire(false).before_acquire(move |connection, meta| {
            let failure = Arc::clone(&failure);
            Box::pin(async move {
                let fresh = meta.idle_for < fresh && !failure.covers(meta.age);
                Ok(fresh || failure.passes(connection, meta.age, within).await)
            })
        })
    }

    /// Whether an idle connection of this age may be used: it is younger than the last failure, and answers `within`
    /// that time. No answer is recorded as a failure.
    ///
    /// It is asked by a `ROLLBACK`. A caller that gives up while its `BEGIN` is under way leaves a transaction open of which
    /// the driver knows nothing: whatever came next on that connection would join it, and be lost with it.
    pub async fn passes(
        &self,
        connection: &mut impl ServerConnection,
        age: Duration,
        within: Duration,
    ) -> bool {
        if self.covers(age) {
            return false;
        }
        let alive = matches!(tokio::time::timeout(within, connection.end_any()).await, Ok(true));
        if !alive {
            self.record();
        }
        alive
    }

    /// Whether a connection of this age was made before the last failure.
    #[must_use]
    pub fn covers(&self, age: Duration) -> bool {
        let failed = *lock(&self.0);
        failed.is_some_and(|failed| age >= failed.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::LastFailure;

    #[test]
    fn connections_older_than_the_last_failure_are_not_used_and_younger_ones_are() {
        let hour = Duration::from_secs(3_600);
        assert!(!LastFailure::default().covers(hour));
        let failure = LastFailure(Mutex::new(Instant::now().checked_sub(Duration::from_secs(60))));
        assert!(failure.covers(hour) && !failure.covers(Duration::from_secs(30)));
        failure.record();
        assert!(failure.covers(Duration::from_secs(30)), "the later failure counts");
    }
}
