//! Shared by the tests.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use tempfile::TempDir;
use testbed::Db;
use testbed::expect::{Expectation, ExpectedDossier};
use testbed::onestop::{SimConfig, Simulator};
use testbed::servers::{TestDatabase, fresh_database, fresh_mysql_database};

/// When the year of an office ends.
pub(crate) fn now() -> DateTime<Utc> {
    testbed::day::start().unwrap()
}

/// The local time at the office `seconds` after that.
pub(crate) fn wall(seconds: i64) -> NaiveDateTime {
    after(seconds).with_timezone(&chrono_tz::Asia::Ho_Chi_Minh).naive_local()
}

pub(crate) fn after(seconds: i64) -> DateTime<Utc> {
    now() + TimeDelta::seconds(seconds)
}

/// A simulator on SQLite, and the directory of its file.
pub(crate) async fn on_sqlite(seed: u64) -> (Simulator, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&dir.path().join("motcua.db")).await.unwrap();
    (Simulator::create(db, config(seed)).await.unwrap(), dir)
}

/// A simulator on PostgreSQL, and its database.
pub(crate) async fn on_postgres(seed: u64) -> (Simulator, TestDatabase) {
    let database = fresh_database().await.unwrap();
    let db = Db::postgres(database.url()).await.unwrap();
    (Simulator::create(db, config(seed)).await.unwrap(), database)
}

/// A simulator on MariaDB, and its database.
pub(crate) async fn on_mysql(seed: u64) -> (Simulator, TestDatabase) {
    let database = fresh_mysql_database().await.unwrap();
    let db = Db::mysql(database.url()).await.unwrap();
    (Simulator::create(db, config(seed)).await.unwrap(), database)
}

fn config(seed: u64) -> SimConfig {
    SimConfig { seed, ..SimConfig::default() }
}

/// Writes one history, equal on any simulator: a year, then a few hundred live changes, two a second.
pub(crate) async fn history(simulator: &mut Simulator) -> Expectation {
    simulator.create_year(now(), 400).await.unwrap();
    for second in 1..=150 {
        simulator.advance(after(second), 2).await.unwrap();
    }
    Expectation::read(simulator.db()).await.unwrap()
}

/// The text of a scalar field.
pub(crate) fn field<'a>(dossier: &'a ExpectedDossier, name: &str) -> &'a str {
    dossier.scalars[name].as_str()
}

/// The statuses of the steps, in order.
pub(crate) fn statuses(dossier: &ExpectedDossier) -> Vec<&str> {
    dossier.steps.iter().map(|step| step["TrangThai"].as_str()).collect()
}

/// The time of a field; none when it is empty.
pub(crate) fn time(fields: &BTreeMap<String, String>, name: &str) -> Option<NaiveDateTime> {
    let text = fields[name].as_str();
    (!text.is_empty()).then(|| NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").unwrap())
}
