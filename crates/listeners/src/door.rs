//! The door of a listener: who comes in, who has to go, and what is told of it.

use dongbo_model::locks::lock;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::Accept;
use crate::measured::Measured;
use crate::settings::Limits;
use crate::visit::{Overdue, Visit};
use dongbo_model::ErrorClass;

/// Wait after the system failed to accept a connection.
const REST: Duration = Duration::from_secs(1);
/// The log tells no more often of connections that had to be ended.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// A listener with limits.
#[derive(Debug)]
pub struct Door<L> {
    listener: L,
    hall: Arc<Hall>,
}

/// All connections that one listener has let in.
#[derive(Debug)]
struct Hall {
    /// The key of the configuration that names the listener's address.
    key: &'static str,
    limits: Limits,
    room: Arc<Notify>,
    visits: Mutex<Vec<Arc<Visit>>>,
    told: Mutex<Told>,
}

/// Connections that were ended since the last line in the log.
#[derive(Debug, Default)]
struct Told {
    at: Option<Instant>,
    late: u64,
    stalled: u64,
    crowded: u64,
}

/// A connection's place, which is free again when this is dropped.
struct Place {
    hall: Arc<Hall>,
    visit: Arc<Visit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hall.visits().retain(|visit| !Arc::ptr_eq(visit, &self.visit));
        self.hall.room.notify_one();
    }
}

impl<L: Accept + Sync> Door<L> {
    /// The door of `listener`, whose address the configuration names at `key`.
    #[must_use]
    pub fn new(listener: L, key: &'static str, limits: Limits) -> Self {
        let (room, visits, told) = (Arc::default(), Mutex::default(), Mutex::default());
        Self { listener, hall: Arc::new(Hall { key, limits, room, visits, told }) }
    }

    /// Hands each connection to `serve` until `stop`; then nobody comes in any more, and it waits for those inside, which
    /// `serve` has to send home. One that breaks a limit is ended, whatever it is served.
    pub async fn open<F: Future<Output = ()> + Send + 'static>(
        self,
        stop: CancellationToken,
        serve: impl Fn(Measured<L::Stream>) -> F,
    ) {
        let Self { listener, hall } = self;
        let inside = TaskTracker::new();
        stop.run_until_cancelled(async {
            loop {
                let stream = hall.next(&listener).await;
                let place = Hall::enter(&hall);
                let served = serve(Measured::new(stream, Arc::clone(&place.visit)));
                inside.spawn(async move {
                    tokio::select! {
                        () = served => {}
                        overdue = place.visit.is_to_end() => place.hall.tell(overdue),
                    }
                });
            }
        })
        .await;
        drop(listener);
        inside.close();
        inside.wait().await;
    }
}

impl Hall {
    /// A place for one more connection.
    fn enter(hall: &Arc<Self>) -> Place {
        let visit = Arc::new(Visit::new(hall.limits.clone(), Arc::clone(&hall.room)));
        hall.visits().push(Arc::clone(&visit));
        Place { hall: Arc::clone(hall), visit }
    }

    /// The next connection for which there is room.
    async fn next<L: Accept>(&self, listener: &L) -> L::Stream {
        loop {
            match listener.accept().await {
                Ok(stream) => {
                    self.make_room().await;
                    return stream;
                }
                Err(error) => {
                    tracing::error!(
                        event = "listener.accept_failed",
                        class = ErrorClass::Transient.name(),
                        listener = self.key,
                        "No connection could be taken in at {}: {error}",
                        self.key
                    );
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }

    /// Waits until one more may come in: the one that has waited longest without asking has to go. While all have an
    /// answer to come, the new one waits, and those behind it wait in the kernel.
    async fn make_room(&self) {
        loop {
            let changed = self.room.notified();
            {
                let visits = self.visits();
                let open = visits.iter().filter(|visit| !visit.is_ended());
                if open.clone().count() < self.limits.max_connections {
                    return;
                }
                let waiting = open.filter_map(|visit| Some((visit.waits_since()?, visit)));
                if let Some((_, longest)) = waiting.min_by_key(|(since, _)| *since) {
                    longest.end();
                    return;
                }
            }
            changed.await;
        }
    }

    /// Counts a connection that was ended, for what was `overdue` or the room that it took, and says so now and then.
    fn tell(&self, overdue: Option<Overdue>) {
        let mut told = lock(&self.told);
        match overdue {
            Some(Overdue::Idle) => return,
            Some(Overdue::Head) => told.late = told.late.saturating_add(1),
            Some(Overdue::Stalled) => told.stalled = told.stalled.saturating_add(1),
            None => told.crowded = told.crowded.saturating_add(1),
        }
        if told.at.is_some_and(|at| at.elapsed() < TOLD_EVERY) {
            return;
        }
        let Told { late, stalled, crowded, .. } = std::mem::take(&mut *told);
        told.at = Some(Instant::now());
        tracing::warn!(
            event = "listener.ended",
            class = ErrorClass::Throttled.name(),
            listener = self.key,
            late,
            stalled,
            crowded,
            "Connections at {} were ended: {late} whose request did not come in time, {stalled} that did not take their \
             answer, {crowded} that made room for others. See who connects there (ss -tnp, or the proxy's log)",
            self.key
        );
    }

    fn visits(&self) -> MutexGuard<'_, Vec<Arc<Visit>>> {
        lock(&self.visits)
    }
}
