//! Readings that serve everybody who asks within a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use dongbo_ledger::LedgerError;

/// A reading that took long serves for so many times as long, so that reading takes no more than a part of one core.
const TIMES_AS_LONG: u32 = 10;

/// The last reading of something. Those who ask while it is read wait for it, and are given the same.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    least: Duration,
    last: Mutex<Option<(Instant, Arc<T>)>>,
}

impl<T> Kept<T> {
    /// Readings that serve for `least` at least.
    pub(crate) fn new(least: Duration) -> Self {
        Self { least, last: Mutex::new(None) }
    }

    /// The value that was read last, or the one that `read` reads now.
    pub(crate) async fn get(
        &self,
        read: impl AsyncFnOnce() -> Result<T, LedgerError>,
    ) -> Result<Arc<T>, LedgerError> {
        let mut last = self.last.lock().await;
        if let Some((_, kept)) = last.as_ref().filter(|(until, _)| Instant::now() < *until) {
            return Ok(Arc::clone(kept));
        }
        let began = Instant::now();
        let fresh = Arc::new(read().await?);
        let serves = self.least.max(began.elapsed() * TIMES_AS_LONG);
        *last = Some((Instant::now() + serves, Arc::clone(&fresh)));
        Ok(fresh)
    }
}
