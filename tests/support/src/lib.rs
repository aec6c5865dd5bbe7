//! A real dongbo between a simulated one-stop system and a mock portal, for tests, benchmarks and the demo.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a broken rig shall stop the test"
)]

pub mod bridge;
pub mod daemon;
pub mod files;
pub mod spoil;
pub mod usage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo::config::Config;
use dongbo::daemon::Daemon;
use dongbo::http::Pages;
use dongbo_ledger::{Layer, LayerState, Ledger, Overview};
use dongbo_model::clock::Clock;
use mock_portal::MockPortal;
use testbed::expect::{Expectation, Report, compare};
use testbed::onestop::{SimConfig, Simulator};
use testbed::tds::{SqlServerStandIn, TdsType};
use testbed::{Db, day, servers};

/// Nothing in a test takes as long as this; a condition that is not met by then never will be.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// The engine of the local database.
pub enum Engine {
    /// A file of the rig's own.
    Sqlite,
    /// A fresh database on the test server.
    Postgres,
    /// A fresh database on a MariaDB of the tests' own.
    Mysql,
    /// A stand-in for SQL Server, over a file of the rig's own.
    Sqlserver,
    /// A server at this address, empty so far.
    At(String),
}

/// The making of a rig.
pub struct Plan {
    /// The engine of the local database.
    pub engine: Engine,
    /// The seed that the simulated office is drawn from.
    pub seed: u64,
    /// Units of the office.
    pub communes: usize,
    /// Dossiers that are there from the start, spread over a year.
    pub dossiers: usize,
    /// The manners of the mock portal.
    pub portal: mock_portal::Config,
    /// Lines of TOML over the rig's own configuration.
    pub overrides: String,
    /// The time by which the clocks of the portal and of a dongbo in this process are ahead of the machine's. Nothing, where something
    /// takes part that can be given no clock: the office's year ends on its day all the same.
    pub ahead: TimeDelta,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            engine: Engine::Sqlite,
            seed: 1,
            communes: 4,
            dossiers: 0,
            portal: mock_portal::Config::default(),
            overrides: String::new(),
            ahead: ahead(),
        }
    }
}

/// A local system, a portal, and the configuration of a dongbo between them.
pub struct Rig {
    /// The simulated one-stop system.
    pub simulator: Simulator,
    /// The mock portal.
    pub mock: MockPortal,
    /// The configuration in `dongbo.toml`.
    pub config: Config,
    /// The folder of configuration, ledger and secrets.
    pub folder: PathBuf,
    ahead: TimeDelta,
    _temporary: Option<tempfile::TempDir>,
    _database: Option<servers::TestDatabase>,
    stand_in: Option<SqlServerStandIn>,
}

impl Rig {
    /// A rig whose files go with it.
    pub async fn new(plan: Plan) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        let mut rig = Self::within(&folder, plan).await;
        rig._temporary = Some(temporary);
        rig
    }

    /// A rig whose files stay in `folder`.
    pub async fn within(folder: &Path, plan: Plan) -> Self {
        let mut stand_in = None;
        let (database, db, url) = match plan.engine {
            Engine::Sqlite => {
                let path = folder.join("onestop.sqlite");
                (None, Db::sqlite(&path).await.unwrap(), path.display().to_string())
            }
            Engine::Postgres => {
                let database = servers::fresh_database().await.unwrap();
                let url = database.url().to_owned();
                (Some(database), Db::postgres(&url).await.unwrap(), url)
            }
            Engine::Mysql => {
                let database = servers::fresh_mysql_database().await.unwrap();
                let url = database.url().to_owned();
                (Some(database), Db::mysql(&url).await.unwrap(), url)
            }
            Engine::Sqlserver => {
                let db = Db::sqlite(&folder.join("onestop.sqlite")).await.unwrap();
                let Db::Sqlite(pool) = &db else { panic!("SQLite") };
                let server = SqlServerStandIn::over(pool.clone()).await.unwrap();
                server.set_type("changed_at", TdsType::DateTime2(6));
                let url = server.url();
                stand_in = Some(server);
                (None, db, url)
            }
            Engine::At(url) => (None, Db::server(&url).await.unwrap(), url),
        };
        let sim = SimConfig { seed: plan.seed, communes: plan.communes, ..SimConfig::default() };
        let mut simulator = Simulator::create(db, sim).await.unwrap();
        if plan.dossiers > 0 {
            simulator.create_year(day::start().unwrap(), plan.dossiers).await.unwrap();
        }
        let portal = mock_portal::Config { clock_ahead_s: plan.ahead.num_seconds(), ..plan.portal };
        let mock = MockPortal::start(portal).await.unwrap();
        let password = folder.join("portal.password");
        std::fs::write(&password, "dongbo").unwrap();
        let file = folder.join("dongbo.toml");
        let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/mapping.example.toml");
        let text = toml_text(&url, mapping, &folder.join("ledger.sqlite"), &mock.url(), &password);
        std::fs::write(&file, merged(&text, &plan.overrides)).unwrap();
        let config = Config::load(Some(&file)).unwrap();
        let folder = folder.to_owned();
        Self {
            simulator,
            mock,
            config,
            folder,
            ahead: plan.ahead,
            _temporary: None,
            _database: database,
            stand_in,
        }
    }

    /// The stand-in for SQL Server.
    #[must_use]
    pub fn stand_in(&self) -> &SqlServerStandIn {
        self.stand_in.as_ref().unwrap()
    }

    /// Takes away all result papers and lets none come any more: they go as links, and nothing proves that the
    /// portal has those.
    pub async fn without_results(&self) {
        let sql = match self.simulator.db() {
            Db::Sqlite(_) => {
                "DELETE FROM ket_qua;
                 CREATE TRIGGER no_results BEFORE INSERT ON ket_qua BEGIN SELECT RAISE(IGNORE); END"
            }
            Db::Postgres(_) => {
                "DELETE FROM ket_qua; CREATE RULE no_results AS ON INSERT TO ket_qua DO INSTEAD NOTHING"
            }
            // What is written through the view is not seen through it.
            Db::Mysql(_) => {
                "RENAME TABLE ket_qua TO giau; CREATE VIEW ket_qua AS SELECT * FROM giau WHERE id < 0"
            }
        };
        self.simulator.db().execute(sql).await.unwrap();
    }

    /// Starts dongbo in this process.
    pub async fn start(&self) -> Running {
        self.start_on(Clock::system_wrong_by(self.ahead)).await
    }

    /// Starts dongbo in this process, on `clock`.
    pub async fn start_on(&self, clock: Clock) -> Running {
        Self::start_with(&self.config, clock).await
    }

    /// Starts a dongbo of another configuration in this process.
    pub async fn start_with(config: &Config, clock: Clock) -> Running {
        let daemon = Daemon::prepare(config, clock.clone(), 7).await.unwrap();
        let pages = daemon.pages();
        let ledger = daemon.ledger();
        let address = daemon.address().unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let task = tokio::spawn(daemon.run(stop.clone()));
        Running { pages, ledger, address, clock, stop, task }
    }

    /// Compares the portal with the local database by code that knows nothing of dongbo.
    pub async fn compare(&self) -> Report {
        let expectation = Expectation::read(self.simulator.db()).await.unwrap();
        let portal: Vec<serde_json::Value> =
            self.mock.dossiers().iter().map(|dossier| serde_json::to_value(dossier).unwrap()).collect();
        compare(&expectation, &portal)
    }

    /// Panics with every difference when the portal is not equal to the local database.
    pub async fn assert_portal_equals_local(&self) {
        let report = self.compare().await;
        assert!(report.is_clean(), "the portal differs from the local database: {report:#?}");
    }
}

/// A dongbo that runs in this process.
pub struct Running {
    /// The contents of its HTTP pages.
    pub pages: Pages,
    /// Its ledger.
    pub ledger: Ledger,
    /// The address of its HTTP pages.
    pub address: std::net::SocketAddr,
    clock: Clock,
    stop: tokio_util::sync::CancellationToken,
    task: tokio::task::JoinHandle<Result<(), dongbo_sync::engine::Died>>,
}

impl Running {
    /// Waits until the ledger looks as `wanted`.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Overview) -> bool) -> Overview {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let overview = self.ledger.overview(self.clock.now()).await.unwrap();
            if wanted(&overview) {
                return overview;
            }
            if tokio::time::Instant::now() > deadline {
                let findings = self.ledger.open_findings(20).await.unwrap();
                panic!("not {what} in time: {overview:#?}\n{findings:#?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until `dossiers` are known and every layer of each is synced or held, and nothing is left to verify.
    pub async fn until_settled(&self, dossiers: u64) -> Overview {
        self.until("settled", |overview| {
            overview.dossiers >= dossiers && overview.to_verify == 0 && all_settled(overview)
        })
        .await
    }

    /// Breaks it off wherever it is, as a kill does.
    pub async fn break_off(self) {
        self.task.abort();
        drop(self.task.await);
    }

    /// Stops it in order. By a clock that a test moves, time goes by meanwhile: what is under way may wait for its turn.
    pub async fn stop(mut self) {
        self.end().await;
    }

    /// Stops it in order, and starts it with another configuration on the same clock.
    pub async fn restart_with(&mut self, config: &Config) {
        self.end().await;
        *self = Rig::start_with(config, self.clock.clone()).await;
    }

    async fn end(&mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(PATIENCE, as_time_goes_by(&self.clock, &mut self.task)).await;
        ended.expect("it does not stop").unwrap().unwrap();
    }

    /// The text of `/metrics`, as things stand now.
    pub async fn metrics(&self) -> String {
        self.pages.lookout.forget().await;
        let response = reqwest::get(format!("http://{}/metrics", self.address)).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
        response.text().await.unwrap()
    }
}

/// What `work` gives. Where a test moves the clock, time goes by meanwhile, fifty times as fast.
pub async fn as_time_goes_by<W: Future>(clock: &Clock, work: W) -> W::Output {
    let ticking = async {
        loop {
            clock.advance_to(clock.now() + TimeDelta::milliseconds(50));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        done = work => done,
        never = ticking => never,
    }
}

/// Whether every layer of every dossier is synced or held.
pub fn all_settled(overview: &Overview) -> bool {
    Layer::ALL.iter().all(|&layer| {
        done(overview, layer) + overview.counts.of(layer).of(LayerState::Held) == overview.dossiers
    })
}

/// The dossiers of which nothing is left to do in `layer`: what goes as a link of the local system's cannot be proved.
pub fn done(overview: &Overview, layer: Layer) -> u64 {
    let counts = overview.counts.of(layer);
    counts.of(LayerState::Synced) + counts.of(LayerState::Unproved)
}

/// Whether nothing is left to do in any layer of any dossier.
pub fn all_synced(overview: &Overview) -> bool {
    Layer::ALL.iter().all(|&layer| done(overview, layer) == overview.dossiers)
}

/// The value of a metric's sample line, by its name and labels as they are written.
pub fn sample(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// The time by which the clocks of the tests are ahead of the machine's.
pub fn ahead() -> TimeDelta {
    day::ahead().unwrap()
}

/// A clock that began on the day of every office when this process did, and goes on with the machine's.
pub fn clock() -> Clock {
    Clock::system_wrong_by(ahead())
}

/// The present of the office and of all around it.
pub fn now() -> DateTime<Utc> {
    clock().now()
}

fn toml_text(source: &str, mapping: &str, ledger: &Path, portal: &str, password: &Path) -> String {
    format!(
        r#"
[source]
url = "{source}"
mapping = "{mapping}"
poll_every = "100ms"
overlap_every = "1s"
[ledger]
path = "{}"
[portal]
adapter_url = "{portal}"
dstcode = "VN:GOV:G22:DVC"
unit_code = "H48"
username = "dongbo"
password_file = "{}"
connect_timeout = "1s"
read_timeout = "1s"
total_timeout = "2s"
login_pause = "200ms"
[push]
calls_per_second = 0
max_concurrency = 16
lease = "6s"
backoff_base = "50ms"
backoff_cap = "1s"
lookup_after = "500ms"
verify_after = "500ms"
verify_share = 0.0
probe_every = "500ms"
[reconcile]
evaluation_url = "{portal}"
counts = ""
look_ups = ""
catalogue = ""
counts_per_minute = 60000
counts_lag = "0s"
look_ups_per_minute = 0
late_after = "0s"
mismatch_after = "0s"
[published]
fetch = ""
[http]
listen = "127.0.0.1:0"
[console]
listen = ""
[control]
socket = "{}"
"#,
        ledger.display(),
        password.display(),
        ledger.with_file_name("control.sock").display()
    )
}

/// The configuration `text` with the values of `over` laid over it, key by key.
pub fn merged(text: &str, over: &str) -> String {
    let mut base: toml::Table = text.parse().unwrap();
    let over: toml::Table = over.parse().unwrap();
    for (section, values) in over {
        match (base.get_mut(&section), values) {
            (Some(toml::Value::Table(base)), toml::Value::Table(values)) => base.extend(values),
            (_, values) => {
                base.insert(section, values);
            }
        }
    }
    base.to_string()
}
