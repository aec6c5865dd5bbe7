//! What all parts of the portal share.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::watch;

use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::error::Error;
use crate::evaluation::{Counted, Evaluation};
use crate::faults::FaultBoard;
use crate::files::{self, Book, Puller};
use crate::gate::GateKeeper;
use crate::journal::{Counters, Journal};
use crate::kept::Kept;
use crate::sessions::Sessions;
use crate::store::Store;
use crate::sync::lock;
use crate::uploads::Uploads;

/// The state behind both ports.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) sessions: Mutex<Sessions>,
    /// The sessions of dialect `rest`.
    pub(crate) tokens: Mutex<Sessions>,
    pub(crate) uploads: Mutex<Uploads>,
    /// How many bytes of an upload are read before the rest is waited with; `None` for all. Who waits listens.
    pub(crate) upload_brake: watch::Sender<Option<u64>>,
    pub(crate) store: Mutex<Store>,
    /// What the portal knows of procedures now; it begins as it is configured.
    pub(crate) catalogue: Mutex<Catalogue>,
    /// Locked only while `store` is.
    pub(crate) kept: Mutex<Option<Kept>>,
    pub(crate) journal: Journal,
    pub(crate) faults: FaultBoard,
    pub(crate) files: Puller,
    pub(crate) gate: GateKeeper,
    /// Successes told so far: says whose turn it is among the success codes.
    pub(crate) answers: AtomicUsize,
    /// Requests that have yet to land, by a fault.
    pub(crate) late: watch::Sender<usize>,
    /// How the evaluation API behaves.
    pub(crate) evaluation: Mutex<Evaluation>,
    /// Locked after `store`, by who locks both.
    pub(crate) counted: Mutex<Counted>,
}

impl Core {
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        config.validate()?;
        let faults = FaultBoard::new(config.seed);
        for rule in &config.faults {
            faults.add(rule.clone())?;
        }
        let mut store = Store::default();
        let mut book = config.pull.enabled.then(Book::default);
        let keep = config.keep.as_deref();
        let kept = keep.map(|path| Kept::open(path, &mut store, book.as_mut())).transpose()?;
        let life = Duration::from_secs(config.ndxp.session_life_s);
        let token_life = Duration::from_secs(config.rest.token_life_s);
        Ok(Self {
            sessions: Mutex::new(Sessions::new(config.seed, "sessions", life)),
            tokens: Mutex::new(Sessions::new(config.seed, "tokens", token_life)),
            uploads: Mutex::default(),
            upload_brake: watch::Sender::new(None),
            store: Mutex::new(store),
            catalogue: Mutex::new(config.catalogue.clone()),
            kept: Mutex::new(kept),
            journal: Journal::new(config.max_logged_calls),
            faults,
            files: Puller::new(&config.pull, config.seed, book.unwrap_or_default()),
            gate: GateKeeper::new(config.start_down),
            answers: AtomicUsize::new(0),
            late: watch::Sender::new(0),
            evaluation: Mutex::new(config.evaluation.clone()),
            counted: Mutex::default(),
            config,
        })
    }

    /// Takes note of the files that a dossier names, which is accepted just now: `store` is locked.
    pub(crate) fn announce(&self, code: &str, body: &str) {
        if self.config.pull.enabled {
            lock(&self.files.book).announce(code, files::announced(body));
            self.files.wake();
        }
    }

    /// Forgets a dossier and its files, as a portal that lost it would; says whether it was there.
    pub(crate) fn forget(&self, code: &str) -> bool {
        let mut store = lock(&self.store);
        lock(&self.files.book).forget(code);
        store.remove(code)
    }

    pub(crate) fn counters(&self) -> Counters {
        let mut counters = Counters::default();
        lock(&self.store).count_into(&mut counters);
        self.journal.read(|traffic| counters.add_traffic(traffic));
        (counters.connections, counters.connections_refused) = self.journal.connections();
        counters
    }

    /// Ends every session and every token.
    pub(crate) fn expire_sessions(&self) {
        lock(&self.sessions).expire_all();
        lock(&self.tokens).expire_all();
    }

    pub(crate) fn reset_counters(&self) {
        lock(&self.store).reset_counters();
        self.journal.reset();
    }
}
