//! The line in which the portal's requests wait for their turn, in the order in which they came.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;
use crate::files::budget::Budget;
use crate::files::settings::Settings;
use dongbo_model::clock::Clock;

/// The longest time for which a request waits for its turn. Clients give up after some fifteen seconds or more.
pub(in crate::files) const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The line of requests. Only those with a good link stand in it.
#[derive(Debug)]
pub(in crate::files) struct Line {
    requests: Budget,
    places: Arc<Semaphore>,
    clock: Clock,
    waiting: AtomicUsize,
    /// More than this many make the line a long one.
    long: usize,
}

/// One request that waits; it leaves the line when it is dropped.
struct Waiting<'l>(&'l AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Line {
    pub(in crate::files) fn new(config: &Settings, clock: Clock) -> Self {
        let at_once = config.serve_concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            requests: Budget::new(config.serve_per_second.into(), clock.clone()),
            places: Arc::new(Semaphore::new(at_once)),
            clock,
            waiting: AtomicUsize::new(0),
            long: usize::try_from(config.serve_per_second).unwrap_or(usize::MAX),
        }
    }

    /// Waits for a turn, and holds the place until the permit is dropped.
    ///
    /// # Errors
    /// When the turn would not come within [`LONGEST_WAIT`]; nothing was taken from the others then.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _leaves = Waiting(&self.waiting);
        if let Err(wait) = self.requests.spend_within(1, LONGEST_WAIT).await {
            return Err(Refusal::TooMany { come_back_s: wait.as_secs().max(1) });
        }
        let place = self.clock.timeout(LONGEST_WAIT, Arc::clone(&self.places).acquire_owned()).await;
        place.and_then(Result::ok).ok_or(Refusal::Busy)
    }

    /// Whether more than a second's worth of requests wait: the portal is being told of more than it can be given.
    pub(in crate::files) fn is_long(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > self.long
    }
}
