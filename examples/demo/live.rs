//! The local system goes on working: changes at a steady rate, in a task of their own.

use testbed::day::machine;
use testbed::onestop::Simulator;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// Live changes under way.
pub(crate) struct Live {
    stop: watch::Sender<bool>,
    task: JoinHandle<(Simulator, Result<(), testbed::Error>)>,
}

impl Live {
    /// Makes `per_second` changes a second from now on.
    pub(crate) fn begin(mut simulator: Simulator, per_second: f64) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let done = simulator.run_live(machine, per_second, stopped).await;
            (simulator, done)
        });
        Self { stop, task }
    }

    /// Stops the changes; none comes after this returns.
    pub(crate) async fn end(self) -> Result<Simulator, Failure> {
        self.stop.send_replace(true);
        let (simulator, done) = self.task.await.map_err(|error| Failure::Rig(error.to_string()))?;
        done.map_err(Failure::Local)?;
        Ok(simulator)
    }
}
