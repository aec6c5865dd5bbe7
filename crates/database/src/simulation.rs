//! How a simulation makes the calls of databases: each to its end before anything else happens, and failing on order.
//!
//! The drivers answer from threads of their own, so the order of answers is the operating system's. Driven to its end
//! within one turn of its task, a call is indivisible, and a run has one order only. Nothing but a simulation uses it.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::runtime::{EnterGuard, Handle};

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is made.
    Made,
    /// The database cannot be reached: it fails, and nothing was done.
    Fails,
    /// It is made, and the word that it was is lost: it fails, and all was done. A call that only reads fails like
    /// any other.
    FailsAfterwards,
}

/// Decides what becomes of a call, by the name of its operation.
pub type Fates = Arc<dyn Fn(&'static str) -> Fate + Send + Sync>;

/// Drives calls. Cheap to clone.
#[derive(Clone)]
pub struct Drive {
    beside: Handle,
    fates: Fates,
}

impl Drive {
    /// A drive whose calls meet what `fates` says. What drivers leave behind, as the way of a connection back into its
    /// pool, runs on the runtime `beside`, which has to have a thread of its own.
    #[must_use]
    pub fn new(beside: Handle, fates: Fates) -> Self {
        Self { beside, fates }
    }

    /// The fate of the call of this name.
    #[must_use]
    pub fn fate(&self, call: &'static str) -> Fate {
        (self.fates)(call)
    }

    /// Stays on this thread until `work` is done.
    pub fn finish<F: Future>(&self, work: F) -> F::Output {
        let _beside = self.enter();
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut work = pin!(tokio::task::unconstrained(work));
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(done) => return done,
                Poll::Pending => std::thread::park(),
            }
        }
    }

    /// Until the guard is dropped, what is spawned runs beside.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.beside.enter()
    }
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").finish_non_exhaustive()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
