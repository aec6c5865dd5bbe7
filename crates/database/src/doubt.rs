//! Connections to a server that was in trouble, and whether they may be used once more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

/// When a connection last failed. What was made before has most likely met the same end: were each tried in turn, a
/// server that is back would be waited for as often as there are connections.
#[derive(Debug, Default)]
pub struct Doubt(Mutex<Option<Instant>>);

impl Doubt {
    /// From here on no connection made until now is used.
    pub fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Has a pool give out no connection that is in doubt, or does not answer `within` that time. One that was in use less
    /// than `fresh` ago is not asked. The pool's own test waits for as long as there is time, and leaves none for another.
    pub fn watch(self: &Arc<Self>, pool: PgPoolOptions, fresh: Duration, within: Duration) -> PgPoolOptions {
        let doubt = Arc::clone(self);
        pool.test_before_acquire(false).before_acquire(move |connection, meta| {
            let doubt = Arc::clone(&doubt);
            Box::pin(async move {
                let fresh = meta.idle_for < fresh && !doubt.covers(meta.age);
                Ok(fresh || doubt.passes(connection, meta.age, within).await)
            })
        })
    }

    /// Whether an unused connection of this age may be used: it is not in doubt, and answers `within` that time. One
    /// that does not puts all others in doubt.
    pub async fn passes(&self, connection: &mut PgConnection, age: Duration, within: Duration) -> bool {
        if self.covers(age) {
            return false;
        }
        let alive = matches!(tokio::time::timeout(within, connection.ping()).await, Ok(Ok(())));
        if !alive {
            self.raise();
        }
        alive
    }

    /// Whether a connection of this age was made before the last failure.
    fn covers(&self, age: Duration) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        raised.is_some_and(|raised| age >= raised.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Doubt;

    #[test]
    fn what_is_older_than_the_failure_is_in_doubt_and_what_came_after_is_not() {
        let hour = Duration::from_secs(3_600);
        assert!(!Doubt::default().covers(hour));
        let doubt = Doubt(Mutex::new(Instant::now().checked_sub(Duration::from_secs(60))));
        assert!(doubt.covers(hour) && !doubt.covers(Duration::from_secs(30)));
        doubt.raise();
        assert!(doubt.covers(Duration::from_secs(30)), "the later failure counts");
    }
}
