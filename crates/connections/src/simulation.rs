//! Database calls under the control of a simulation: each is run to its end before anything else happens, and fails when
//! the simulation decides so.
//!
//! The drivers answer from threads of their own, so the order of their answers is the operating system's. Run to its end
//! within one turn of its task, a call is indivisible, and a simulated run has one order only. Only simulations use it.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::runtime::{EnterGuard, Handle};

/// The outcome that a simulation gives a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFate {
    /// It is made.
    Made,
    /// The database cannot be reached: it fails, and nothing was done.
    Fails,
    /// It is made, and its answer is lost: it fails although all was done. A call that only reads just fails.
    FailsAfterwards,
}

/// Decides the fate of a call by the name of its operation.
pub type CallFates = Arc<dyn Fn(&'static str) -> CallFate + Send + Sync>;

/// Makes the calls of a database in a simulation. Cheap to clone.
#[derive(Clone)]
pub struct SimulatedCalls {
    beside: Handle,
    fates: CallFates,
}

impl SimulatedCalls {
    /// Makes calls with the fate that `fates` decides. Tasks that drivers leave behind, such as the return of a
    /// connection into its pool, run on the runtime `beside`, which has to have a thread of its own.
    #[must_use]
    pub fn new(beside: Handle, fates: CallFates) -> Self {
        Self { beside, fates }
    }

    /// Decides the fate of the call of this name.
    #[must_use]
    pub fn fate(&self, call: &'static str) -> CallFate {
        (self.fates)(call)
    }

    /// Runs `work` to its end on this thread.
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

    /// Enters the runtime `beside`: what is spawned until the guard is dropped runs there.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.beside.enter()
    }
}

impl fmt::Debug for SimulatedCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedCalls").finish_non_exhaustive()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
