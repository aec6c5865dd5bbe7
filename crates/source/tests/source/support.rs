//! Shared by the tests.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Finding};
use dongbo_source::{Change, Engine, Mapping, Reading, Scan, Source, Sweep};
use tempfile::TempDir;
use testbed::Db;
use testbed::onestop::{SimConfig, Simulator};
use testbed::servers::{TestDatabase, fresh_database, fresh_mysql_database};
use testbed::tds::{SqlServerStandIn, TdsType};

use crate::{against_sqlserver, dialect};

/// When the year of an office ends.
pub(crate) fn now() -> DateTime<Utc> {
    testbed::day::start().unwrap()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// The text of the example mapping, without what it says to MySQL and SQL Server: [`open`] puts that there, changed as a test changes
/// the rest.
pub(crate) fn example() -> String {
    without_dialects(include_str!("../../../../config/mapping.example.toml"))
}

/// The text of the example mapping for documents, likewise.
pub(crate) fn json_example() -> String {
    without_dialects(include_str!("../../../../config/mapping.json-column.example.toml"))
}

pub(crate) fn without_dialects(text: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        if inside {
            inside = line != "\"\"\"";
        } else if let Some(sql) = line.strip_prefix("mysql = ").or(line.strip_prefix("sqlserver = ")) {
            inside = sql == "\"\"\"";
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// A configuration for the database at `url`, with short times.
pub(crate) fn config(url: &str) -> dongbo_source::Settings {
    dongbo_source::Settings {
        url: url.to_owned(),
        mapping: "config/mapping.example.toml".into(),
        connect_timeout: Duration::from_secs(5),
        ..dongbo_source::Settings::default()
    }
}

/// A source with the mapping of `text`.
pub(crate) fn open(config: &dongbo_source::Settings, text: &str) -> Source {
    let spoken = match config.engine() {
        Some(Engine::Mysql) => dialect::mapping(text, Make::Mysql),
        Some(Engine::Sqlserver) => dialect::mapping(text, Make::Sqlserver),
        _ => text.to_owned(),
    };
    let mapping = Mapping::parse(&spoken, "test.toml").unwrap();
    Source::open(config, mapping, Clock::manual(after(3_600))).unwrap()
}

/// A make of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    Sqlite,
    Postgres,
    Mysql,
    /// The stand-in for SQL Server, over an office in SQLite; or a server that somebody has, which follows that office.
    Sqlserver,
}

impl Make {
    /// Whether its tables are kept in SQLite, be it that another server is spoken to.
    pub(crate) fn is_in_sqlite(self) -> bool {
        matches!(self, Self::Sqlite | Self::Sqlserver)
    }
}

/// A simulated one-stop system, and how to read it.
pub(crate) struct Site {
    pub(crate) make: Make,
    pub(crate) simulator: Simulator,
    pub(crate) config: dongbo_source::Settings,
    stand_in: Option<SqlServerStandIn>,
    _server: Option<against_sqlserver::Database>,
    _file: Option<TempDir>,
    _database: Option<TestDatabase>,
}

impl Site {
    pub(crate) async fn on(make: Make, seed: u64) -> Self {
        let (file, database) = match make {
            Make::Sqlite | Make::Sqlserver => (Some(tempfile::tempdir().unwrap()), None),
            Make::Postgres => (None, Some(fresh_database().await.unwrap())),
            Make::Mysql => (None, Some(fresh_mysql_database().await.unwrap())),
        };
        let path = file.as_ref().map(|dir| dir.path().join("motcua.db"));
        let (db, mut config) = match (&path, &database) {
            (Some(path), _) => (Db::sqlite(path).await, config(path.to_str().unwrap())),
            (None, Some(database)) => (Db::server(database.url()).await, config(database.url())),
            (None, None) => unreachable!(),
        };
        let config_of = SimConfig { seed, ..SimConfig::default() };
        let simulator = Simulator::create(db.unwrap(), config_of).await.unwrap();
        let server = match simulator.db() {
            Db::Sqlite(pool) if make == Make::Sqlserver => against_sqlserver::Database::of(pool).await,
            _ => None,
        };
        let stand_in = match simulator.db() {
            Db::Sqlite(pool) if make == Make::Sqlserver && server.is_none() => {
                let stand_in = SqlServerStandIn::over(pool.clone()).await.unwrap();
                // As the office writes it.
                stand_in.set_type("changed_at", TdsType::DateTime2(6));
                config.url = stand_in.url();
                Some(stand_in)
            }
            _ => None,
        };
        if let Some(server) = &server {
            config = server.settings.clone();
        }
        Self { make, simulator, config, stand_in, _server: server, _file: file, _database: database }
    }

    pub(crate) async fn on_sqlserver(seed: u64) -> Self {
        Self::on(Make::Sqlserver, seed).await
    }

    /// The stand-in that it is read through.
    pub(crate) fn stand_in(&self) -> &SqlServerStandIn {
        self.stand_in.as_ref().unwrap()
    }

    pub(crate) async fn on_sqlite(seed: u64) -> Self {
        Self::on(Make::Sqlite, seed).await
    }

    pub(crate) async fn on_postgres(seed: u64) -> Self {
        Self::on(Make::Postgres, seed).await
    }

    pub(crate) async fn on_mysql(seed: u64) -> Self {
        Self::on(Make::Mysql, seed).await
    }

    /// One on each engine.
    pub(crate) async fn on_each(seed: u64) -> [Self; 3] {
        [Self::on_sqlite(seed).await, Self::on_postgres(seed).await, Self::on_mysql(seed).await]
    }

    /// One on each engine that is a server.
    pub(crate) async fn on_servers(seed: u64) -> [Self; 2] {
        [Self::on_postgres(seed).await, Self::on_mysql(seed).await]
    }

    pub(crate) fn source(&self) -> Source {
        open(&self.config, &example())
    }

    /// A year, then live changes.
    pub(crate) async fn live(&mut self) {
        self.simulator.create_year(now(), 400).await.unwrap();
        for second in 1..=100 {
            self.simulator.advance(after(second), 2).await.unwrap();
        }
    }

    /// Runs statements on the local database, as its owner; `#1` is the least id of a dossier, `#2` the next.
    pub(crate) async fn execute(&self, sql: &str) {
        let select = "SELECT id FROM ho_so ORDER BY id";
        let ids = self.simulator.db().numbers(select).await.unwrap_or_default();
        let mut sql = sql.to_owned();
        for (place, id) in ids.iter().enumerate().take(9) {
            sql = sql.replace(&format!("#{}", place + 1), &id.to_string());
        }
        if self.make == Make::Mysql {
            sql = dialect::mysql(&sql);
        }
        self.simulator.db().execute(&sql).await.unwrap();
    }
}

/// The keys of changes as places among all keys, from 1 on.
pub(crate) fn places(changes: &[Change]) -> Vec<usize> {
    let mut keys: Vec<i64> = changes.iter().map(|change| change.key.parse().unwrap()).collect();
    let order = keys.clone();
    keys.sort_unstable();
    order.iter().map(|key| keys.binary_search(key).unwrap() + 1).collect()
}

pub(crate) fn code(text: &str) -> DossierCode {
    DossierCode::new(text).unwrap()
}

/// All pages of a walk that begins at `cursor`, and the next cursor.
pub(crate) async fn scan(
    source: &Source,
    cursor: Option<DateTime<Utc>>,
) -> (Vec<Change>, Option<DateTime<Utc>>) {
    let mut scan = Scan::since(cursor, dongbo_source::Settings::default().overlap);
    let mut all = Vec::new();
    loop {
        let page = source.changed(&mut scan).await.unwrap();
        if page.is_empty() && scan.is_over() {
            return (all, scan.reached());
        }
        all.extend(page);
    }
}

/// All pages of a sweep.
pub(crate) async fn sweep(source: &Source) -> Vec<Change> {
    let mut sweep = Sweep::start();
    let mut all = Vec::new();
    loop {
        let page = source.sweep(&mut sweep).await.unwrap();
        if page.is_empty() && sweep.is_over() {
            return all;
        }
        all.extend(page);
    }
}

pub(crate) fn codes(changes: &[Change]) -> Vec<DossierCode> {
    changes.iter().filter_map(|change| change.code.clone()).collect()
}

/// Every dossier that a scan finds, read.
pub(crate) async fn read_all(source: &Source) -> BTreeMap<DossierCode, Reading> {
    let (changes, _) = scan(source, None).await;
    let codes = codes(&changes);
    let readings = source.read(&codes).await.unwrap();
    assert_eq!(readings.len(), codes.len());
    codes.into_iter().zip(readings).collect()
}

/// The dossier, which must be whole.
pub(crate) fn whole(reading: &Reading) -> &Dossier {
    match reading {
        Reading::Dossier(dossier) => dossier,
        other => panic!("no whole dossier: {other:?}"),
    }
}

/// The findings of a dossier, as `kind subject detail`.
pub(crate) fn findings(reading: &Reading) -> Vec<String> {
    match reading {
        Reading::Defective(findings) => findings.iter().map(told).collect(),
        other => panic!("not defective: {other:?}"),
    }
}

pub(crate) fn told(finding: &Finding) -> String {
    format!("{} {} {}", finding.kind.name(), finding.subject, finding.detail).trim_end().to_owned()
}

/// Content fingerprint and chain of steps of every dossier.
pub(crate) fn prints(readings: &BTreeMap<DossierCode, Reading>) -> BTreeMap<String, (String, String)> {
    let print = |reading: &Reading| {
        let dossier = whole(reading);
        let chain = dossier.step_chain();
        (dossier.content_fingerprint().to_string(), format!("{:?} of {}", chain.whole(), chain.len()))
    };
    readings.iter().map(|(code, reading)| (code.to_string(), print(reading))).collect()
}
