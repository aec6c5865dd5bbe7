//! The state of the portal, which both ports and the fetching of files share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::catalogue::Catalogue;
use crate::config::Config;
use crate::contract::Contract;
use crate::counters::Counters;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::facts::CountCache;
use crate::faults::FaultBoard;
use crate::files::{Book, Puller, links_of};
use crate::gate::GateKeeper;
use crate::journal::Journal;
use crate::outcome::ErrorCode;
use crate::owner_store::OwnerStore;
use crate::sessions::Sessions;
use crate::store::{Store, Write};
use crate::sync::lock;
use crate::uploads::{UploadView, Uploads};
use crate::write_log::WriteLog;

/// The state behind both ports.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) contract: Contract,
    pub(crate) sessions: Mutex<Sessions>,
    /// The sessions of dialect `rest`.
    pub(crate) tokens: Mutex<Sessions>,
    pub(crate) uploads: Mutex<Uploads>,
    /// Number of bytes of an upload after which the portal stops reading; `None`: it reads all. Uploads that wait are
    /// its receivers.
    pub(crate) upload_brake: watch::Sender<Option<u64>>,
    pub(crate) store: Mutex<Store>,
    /// The lists that the portal knows now; at the start those of the configuration.
    pub(crate) catalogue: Mutex<Catalogue>,
    /// Locked only while `store` is.
    pub(crate) write_log: Mutex<Option<WriteLog>>,
    pub(crate) journal: Journal,
    pub(crate) faults: FaultBoard,
    pub(crate) files: Puller,
    pub(crate) gate: GateKeeper,
    /// Successes sent so far, which decide whose turn it is among the success codes.
    successes: AtomicUsize,
    /// Requests that have yet to take effect, because of a `late` fault.
    pub(crate) late: watch::Sender<usize>,
    /// The present settings of the evaluation API.
    pub(crate) evaluation: Mutex<Evaluation>,
    /// The present settings of the owners' stores.
    pub(crate) owner_store: Mutex<OwnerStore>,
    /// Locked after `store`, where both are.
    pub(crate) count_cache: Mutex<CountCache>,
}

impl Core {
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        config.validate()?;
        let contract = Contract::load(&config.contract, config.contract_file.as_deref())?;
        let faults = FaultBoard::new(config.seed);
        for rule in &config.faults {
            faults.add(rule.clone())?;
        }
        let mut store = Store::default();
        let mut book = config.pull.enabled.then(Book::default);
        let path = config.keep.as_deref();
        let write_log = path.map(|path| WriteLog::open(path, &mut store, book.as_mut())).transpose()?;
        let life = Duration::from_secs(config.ndxp.session_life_s);
        let token_life = Duration::from_secs(config.rest.token_life_s);
        Ok(Self {
            sessions: Mutex::new(Sessions::new(config.seed, "sessions", life)),
            tokens: Mutex::new(Sessions::new(config.seed, "tokens", token_life)),
            uploads: Mutex::default(),
            upload_brake: watch::Sender::new(None),
            store: Mutex::new(store),
            catalogue: Mutex::new(config.catalogue.clone()),
            write_log: Mutex::new(write_log),
            journal: Journal::new(config.max_logged_calls),
            faults,
            files: Puller::new(
                config.pull.rules.clone(),
                config.pull.at_once,
                config.seed,
                book.unwrap_or_default(),
            ),
            gate: GateKeeper::new(config.start_down),
            successes: AtomicUsize::new(0),
            late: watch::Sender::new(0),
            evaluation: Mutex::new(config.evaluation.clone()),
            owner_store: Mutex::new(config.owner_store.clone()),
            count_cache: Mutex::default(),
            contract,
            config,
        })
    }

    /// Stores the admitted writes of one call, in the write log first. The caller holds the lock of `store`.
    pub(crate) fn store_writes(&self, store: &mut Store, writes: &[Write<'_>], call: u64) {
        if let Some(log) = lock(&self.write_log).as_mut() {
            log.keep_writes(writes, call);
        }
        for write in writes {
            store.apply(write, call);
        }
    }

    /// Enters the links of a dossier that is being accepted. The caller holds the lock of `store`.
    pub(crate) fn announce(&self, code: &str, body: &str) {
        if self.config.pull.enabled {
            lock(&self.files.book).announce(code, links_of(body));
            self.files.wake();
        }
    }

    /// Most steps in one call.
    pub(crate) fn max_steps_per_call(&self) -> usize {
        self.config.rules.max_steps_per_call.unwrap_or(self.contract.max_steps_per_call)
    }

    /// The next of the codes for success, which take turns.
    pub(crate) fn next_success_code(&self, codes: &[ErrorCode]) -> ErrorCode {
        let turn = self.successes.fetch_add(1, Ordering::Relaxed);
        codes.get(turn % codes.len().max(1)).cloned().unwrap_or(ErrorCode::Number(0))
    }

    /// Forgets a dossier and its files, as a portal that lost it would; says whether it was there.
    pub(crate) fn forget(&self, code: &str) -> bool {
        let mut store = lock(&self.store);
        lock(&self.files.book).forget(code);
        store.remove(code)
    }

    /// The files that were uploaded, each with the dossiers that name it.
    pub(crate) fn uploaded(&self) -> Vec<UploadView> {
        let dossiers = lock(&self.store).page("", usize::MAX, false);
        lock(&self.uploads).views(&dossiers)
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
