//! The local system goes on working: changes at a steady rate, and the scans that they name, in a task of their own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use testbed::Db;
use testbed::day::machine;
use testbed::onestop::{OfficeFiles, Simulator};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// Time between a change and the scans that it names, at most.
const SCANS_EVERY: Duration = Duration::from_millis(500);

/// Live changes under way.
pub(crate) struct Live {
    stop: watch::Sender<bool>,
    task: JoinHandle<(Simulator, Result<(), testbed::Error>)>,
}

impl Live {
    /// Makes `per_second` changes a second from now on.
    pub(crate) fn begin(mut simulator: Simulator, scans: Arc<OfficeFiles>, per_second: u32) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let db = simulator.db().clone();
            let worked = tokio::select! {
                worked = simulator.run_live(machine, f64::from(per_second), stopped) => worked,
                failed = scan(&scans, &db) => failed.map(|never| match never {}),
            };
            let done = match worked {
                Ok(()) => scans.write(&db).await.map(drop),
                Err(error) => Err(error),
            };
            (simulator, done)
        });
        Self { stop, task }
    }

    /// Stops the changes; none comes after this returns, and every scan is there.
    pub(crate) async fn end(self) -> Result<Simulator, Failure> {
        self.stop.send_replace(true);
        let (simulator, done) = self.task.await.map_err(|error| Failure::Rig(error.to_string()))?;
        done.map_err(Failure::Local)?;
        Ok(simulator)
    }
}

/// Scans what the database names, for ever.
async fn scan(scans: &OfficeFiles, db: &Db) -> Result<Infallible, testbed::Error> {
    loop {
        tokio::time::sleep(SCANS_EVERY).await;
        scans.write(db).await?;
    }
}
