//! Shared by the tests.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Finding};
use dongbo_source::{Change, Mapping, Reading, Scan, Source, Sweep};
use tempfile::TempDir;
use testbed::Db;
use testbed::onestop::{SimConfig, Simulator};
use testbed::servers::{TestDatabase, fresh_database};

/// When the year of an office ends.
pub(crate) fn now() -> DateTime<Utc> {
    testbed::day::start().unwrap()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// The text of the example mapping.
pub(crate) fn example() -> String {
    include_str!("../../../../config/mapping.example.toml").to_owned()
}

/// The text of the example mapping for documents.
pub(crate) fn json_example() -> String {
    include_str!("../../../../config/mapping.json-column.example.toml").to_owned()
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
    let mapping = Mapping::parse(text, "test.toml").unwrap();
    Source::open(config, mapping, Clock::manual(after(3_600))).unwrap()
}

/// A simulated one-stop system, and how to read it.
pub(crate) struct Site {
    pub(crate) simulator: Simulator,
    pub(crate) config: dongbo_source::Settings,
    _file: Option<TempDir>,
    _database: Option<TestDatabase>,
}

impl Site {
    pub(crate) async fn on_sqlite(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("motcua.db");
        let db = Db::sqlite(&path).await.unwrap();
        let simulator = Simulator::create(db, SimConfig { seed, ..SimConfig::default() }).await.unwrap();
        let config = config(path.to_str().unwrap());
        Self { simulator, config, _file: Some(dir), _database: None }
    }

    pub(crate) async fn on_postgres(seed: u64) -> Self {
        let database = fresh_database().await.unwrap();
        let db = Db::postgres(database.url()).await.unwrap();
        let simulator = Simulator::create(db, SimConfig { seed, ..SimConfig::default() }).await.unwrap();
        let config = config(database.url());
        Self { simulator, config, _file: None, _database: Some(database) }
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
        let ids: Vec<i64> = match self.simulator.db() {
            Db::Sqlite(pool) => sqlx::query_scalar(select).fetch_all(pool).await.unwrap_or_default(),
            Db::Postgres(pool) => sqlx::query_scalar(select).fetch_all(pool).await.unwrap_or_default(),
        };
        let mut sql = sql.to_owned();
        for (place, id) in ids.iter().enumerate().take(9) {
            sql = sql.replace(&format!("#{}", place + 1), &id.to_string());
        }
        let sql = sqlx::AssertSqlSafe(sql);
        match self.simulator.db() {
            Db::Sqlite(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.unwrap()),
        }
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
