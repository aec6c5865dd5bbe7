//! A stand-in of the HTTP interface of a hosted one-stop system (iGate), over the database of a simulated office, with its habits:
//! tokens that end soon, pages and slices that shift while they are read, empty fields, two zones in one answer, and errors.

mod desk;
mod files;
mod wire;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Deserialize;
use sqlx::SqlitePool;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::onestop::{FilePlan, OfficeFiles};
use crate::{Db, Error};

/// The account that may read.
pub const USER: &str = "canbo.test";
/// Its password.
pub const PASSWORD: &str = "mat-khau-test";
/// The program that may sign in.
pub const CLIENT: &str = "svc-test";
/// The secret of the program, for signing in without a user.
pub const CLIENT_SECRET: &str = "bi-mat-test";
/// The unit whose dossiers there are.
pub const UNIT: &str = "62174f2e0000000000000001";

/// The properties of a stand-in.
#[derive(Debug, Clone)]
pub struct IgateConfig {
    /// The seed of its errors.
    pub seed: u64,
    /// How long a token lasts.
    pub token_lasts: Duration,
    /// How many of a thousand requests it answers with an error of its own.
    pub errors_per_mille: u32,
    /// The properties of the files that it gives.
    pub files: FilePlan,
}

impl Default for IgateConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            token_lasts: Duration::from_secs(300),
            errors_per_mille: 0,
            files: FilePlan::default(),
        }
    }
}

/// The manner in which it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// As it should, with its habits.
    #[default]
    Usual,
    /// Every page is the first.
    RepeatsSlice,
    /// Searches are answered with a page of HTML.
    NoJson,
    /// Answers have no end.
    Endless,
    /// The applicant is a list where it is an object otherwise, in every third dossier.
    OddShapes,
    /// Dates do not say their zone, in every third dossier.
    NoZones,
    /// The sort that is asked for is not heeded.
    Unsorted,
    /// Every request is one too many.
    Throttles,
}

/// A request to the vendor's own bridge to the national portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestSync {
    /// The configuration of the bridge.
    pub config_id: String,
    /// The kind of thing that is sent; 1 for a dossier.
    #[serde(rename = "type")]
    pub kind: i64,
    /// The dossier.
    pub dossier: TestSyncDossier,
}

/// The dossier of a request to the bridge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestSyncDossier {
    /// Its identifier.
    pub id: String,
    /// Its local code.
    pub code: String,
    /// Its national code, where it has one.
    pub nation_code: Option<String>,
    /// Whether it is updated; else it is created.
    pub updated: bool,
    /// Whether the national code of the procedure is sent.
    pub procedure_nation_code_sync: bool,
}

/// Does what the bridge is asked for; the words of a refusal otherwise.
pub type Bridge = Arc<dyn Fn(TestSync) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The numbers of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IgateCounters {
    /// Tokens that were given for a password or a secret.
    pub sign_ins: u64,
    /// Tokens that were given for an earlier one.
    pub renewals: u64,
    /// Requests without a token that holds.
    pub refused: u64,
    /// Pages of lists.
    pub searches: u64,
    /// Dossiers that were given whole.
    pub details: u64,
    /// Requests for the bytes of a file.
    pub files: u64,
    /// Requests that were answered with an error of its own.
    pub errors: u64,
}

pub(crate) struct State {
    tokens: HashMap<String, Instant>,
    manner: Manner,
    rng: StdRng,
    counters: IgateCounters,
    asked: Vec<TestSync>,
    bridge: Option<Bridge>,
}

pub(crate) struct Shared {
    pool: SqlitePool,
    config: IgateConfig,
    files: OfficeFiles,
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stand-in, on a free port of the loopback, which ends with this value.
pub struct Igate {
    shared: Arc<Shared>,
    address: SocketAddr,
    serving: AbortHandle,
}

impl Igate {
    /// Starts it over the database of a simulated office, which must be a file.
    ///
    /// # Errors
    /// When no port can be had, or the database is another one.
    pub async fn start(db: &Db, config: IgateConfig) -> Result<Self, Error> {
        let Db::Sqlite(pool) = db else {
            return Err(Error::Unsupported("the stand-in of iGate reads an office in SQLite".to_owned()));
        };
        let state = State {
            tokens: HashMap::new(),
            manner: Manner::Usual,
            rng: StdRng::seed_from_u64(config.seed),
            counters: IgateCounters::default(),
            asked: Vec::new(),
            bridge: None,
        };
        let files = OfficeFiles::new("/nowhere", config.files.clone());
        let shared = Arc::new(Shared { pool: pool.clone(), config, files, state: Mutex::new(state) });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen for iGate"))?;
        let address = listener.local_addr().map_err(Error::io("read iGate's address"))?;
        let app = desk::app(Arc::clone(&shared));
        // It only ends with an error of the listener, which every request then shows.
        let serving = tokio::spawn(async move { drop(axum::serve(listener, app).await) }).abort_handle();
        Ok(Self { shared, address, serving })
    }

    /// The address below which its interface is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/api/", self.address)
    }

    /// The address where tokens are given.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("http://{}/auth/realms/digo/protocol/openid-connect/token", self.address)
    }

    /// Changes its manner.
    pub fn behave(&self, manner: Manner) {
        self.shared.state().manner = manner;
    }

    /// Ends every token before its time.
    pub fn expire_tokens(&self) {
        self.shared.state().tokens.clear();
    }

    /// Gives its bridge something to do; without it the bridge only writes down what it is asked.
    pub fn bridge_to(&self, bridge: Bridge) {
        self.shared.state().bridge = Some(bridge);
    }

    /// The requests to its bridge so far.
    #[must_use]
    pub fn asked(&self) -> Vec<TestSync> {
        self.shared.state().asked.clone()
    }

    /// The numbers of requests so far.
    #[must_use]
    pub fn counters(&self) -> IgateCounters {
        self.shared.state().counters
    }
}

impl Drop for Igate {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl State {
    /// Whether this request meets an error of its own.
    fn stumbles(&mut self, per_mille: u32) -> bool {
        let stumbles = self.rng.random_ratio(per_mille.min(1_000), 1_000);
        self.counters.errors += u64::from(stumbles);
        stumbles
    }

    fn new_token(&mut self, lasts: Duration) -> String {
        let token = format!("{:032x}", self.rng.random::<u128>());
        self.tokens.insert(token.clone(), Instant::now() + lasts);
        token
    }

    fn holds(&mut self, token: &str) -> bool {
        let holds = self.tokens.get(token).is_some_and(|end| Instant::now() < *end);
        self.counters.refused += u64::from(!holds);
        holds
    }
}
