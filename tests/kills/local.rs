//! The local system: it goes on changing, but while its own database is being killed.

use std::sync::Arc;
use std::time::Duration;

use testbed::onestop::Simulator;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use support::now;

/// Between two local changes.
const PACE: Duration = Duration::from_millis(25);

/// A simulated system at work.
pub(crate) struct Office {
    simulator: Arc<Mutex<Simulator>>,
    /// Whether its clerks work.
    open: watch::Sender<bool>,
    clerks: JoinHandle<()>,
}

impl Office {
    pub(crate) fn open(simulator: Simulator) -> Self {
        let simulator = Arc::new(Mutex::new(simulator));
        let open = watch::Sender::new(true);
        let clerks = tokio::spawn(work(Arc::clone(&simulator), open.subscribe()));
        Self { simulator, open, clerks }
    }

    /// Nobody changes anything when this returns.
    pub(crate) async fn rest(&self) {
        self.open.send_replace(false);
        drop(self.simulator.lock().await);
    }

    pub(crate) fn go_on(&self) {
        self.open.send_replace(true);
    }

    /// The system between two changes.
    pub(crate) async fn between_changes(&self) -> tokio::sync::MutexGuard<'_, Simulator> {
        self.simulator.lock().await
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.clerks.abort();
    }
}

async fn work(simulator: Arc<Mutex<Simulator>>, mut open: watch::Receiver<bool>) {
    while open.wait_for(|open| *open).await.is_ok() {
        {
            let mut simulator = simulator.lock().await;
            if *open.borrow() {
                simulator.tick(now()).await.unwrap();
            }
        }
        tokio::time::sleep(PACE).await;
    }
}
