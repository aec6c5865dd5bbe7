//! Empty databases to begin runs with, and the thread on which drivers put their connections away.

use std::path::{Path, PathBuf};

use dongbo_connections::{CallFate, SimulatedCalls};
use dongbo_ledger::Ledger;
use tokio::runtime::{Builder, Handle, Runtime};

/// The empty databases and the thread that runs share; each test thread has its own shelf.
#[derive(Debug)]
pub struct Shelf {
    beside: Runtime,
    folder: tempfile::TempDir,
}

impl Shelf {
    /// A shelf in a temporary folder.
    pub fn temporary() -> Self {
        let beside = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        // In memory where there is such a place: what is lost with the power is no concern of the simulation.
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let shelf = Self { beside, folder };
        shelf.quiet().finish(async {
            let local = testbed::Db::sqlite(&shelf.path("local.new")).await.unwrap();
            local.create_schema().await.unwrap();
            local.close().await;
            let ledger = Ledger::open(&shelf.path("ledger.new")).await.unwrap();
            ledger.close().await;
        });
        std::fs::write(shelf.path("password"), "dongbo").unwrap();
        shelf
    }

    /// The path of the file called `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder with empty databases, `local` and `ledger`, for one run. Never one that was used before: connections of
    /// the run before may still be closing, and would write into what lies there now.
    pub fn fresh(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        for name in ["local", "ledger"] {
            std::fs::copy(self.path(&format!("{name}.new")), folder.path().join(name)).unwrap();
        }
        folder
    }

    /// The runtime of the thread beside, on which calls of databases are made.
    pub fn beside(&self) -> Handle {
        self.beside.handle().clone()
    }

    /// Calls of which none fails.
    pub fn quiet(&self) -> SimulatedCalls {
        SimulatedCalls::new(self.beside(), std::sync::Arc::new(|_| CallFate::Made))
    }
}
