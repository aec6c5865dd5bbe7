//! Empty databases to begin runs with, and the thread on which drivers put their connections away.
//!
//! A ledger on PostgreSQL is a real one: its server keeps no time of its own that a run could see, as every statement is given the time,
//! and each call of the ledger is made to its end while virtual time stands. What a server does by itself (locks that wait, sessions that
//! lapse, a clock of its own) is not in these runs; `tests/kills` and `it::shared` have that.

use std::path::{Path, PathBuf};

use dongbo_connections::{CallFate, SimulatedCalls};
use dongbo_ledger::Ledger;
use testbed::servers::{TestDatabase, fresh_database};
use tokio::runtime::{Builder, Handle, Runtime};

/// The empty databases and the thread that runs share; each test thread has its own shelf.
#[derive(Debug)]
pub struct Shelf {
    beside: Runtime,
    folder: tempfile::TempDir,
    /// Whether ledgers are on a PostgreSQL server.
    on_server: bool,
}

/// The databases of one run.
#[derive(Debug)]
pub(crate) struct Room {
    folder: tempfile::TempDir,
    /// The ledger.
    pub(crate) ledger: dongbo_ledger::Settings,
    _database: Option<TestDatabase>,
}

impl Room {
    /// The folder of the run's files.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Shelf {
    /// A shelf in a temporary folder, with ledgers in files.
    pub fn temporary() -> Self {
        Self::of(false)
    }

    /// A shelf with ledgers on a PostgreSQL server.
    pub fn on_server() -> Self {
        Self::of(true)
    }

    fn of(on_server: bool) -> Self {
        let beside = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // In memory where there is such a place: what is lost with the power is no concern of the simulation.
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let shelf = Self { beside, folder, on_server };
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

    /// Empty databases for one run; a second local one where that has `two_sources`. Never those of a run before: its connections may still be closing, and would write into what is
    /// there now.
    pub(crate) fn fresh(&self, two_sources: bool) -> Room {
        let folder = tempfile::tempdir_in(self.folder.path()).unwrap();
        let second = two_sources.then_some(("local", "second"));
        for (new, name) in [("local", "local"), ("ledger", "ledger")].into_iter().chain(second) {
            std::fs::copy(self.path(&format!("{new}.new")), folder.path().join(name)).unwrap();
        }
        let database = self.on_server.then(|| self.quiet().finish(fresh_database()).unwrap());
        let ledger = dongbo_ledger::Settings {
            path: folder.path().join("ledger"),
            url: database.as_ref().map(|database| database.url().to_owned()).unwrap_or_default(),
            ..dongbo_ledger::Settings::default()
        };
        Room { folder, ledger, _database: database }
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
