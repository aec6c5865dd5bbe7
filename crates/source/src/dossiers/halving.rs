//! Reading many dossiers although the database stumbles over some of them: halving finds those, and the others are read.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use dongbo_model::{Detail, DossierCode, Finding, FindingKind};

use super::observe::Observe;
use super::read::page;
use super::reading::{ObservedReading, Reading};
use crate::engines::Database;
use crate::error::SourceError;
use crate::mapping::{Mapping, Statements};

/// The number of dossiers that one transaction reads: enough that the queries' overhead does not count, few enough that the
/// transaction is short.
const PAGE: usize = 500;
/// The longest time that one reading goes on halving. What it has found by then is remembered, so the next goes on from there.
const LONGEST_HALVING: Duration = Duration::from_secs(20);
/// The most dossiers that are remembered. Beyond it they are found anew each time.
const MOST_REMEMBERED: usize = 10_000;

/// The dossiers over which the database stumbled when they were last read. They are read one by one, so that they are not
/// searched among others again.
#[derive(Debug, Default)]
pub(crate) struct Stumbling(Mutex<HashSet<DossierCode>>);

impl Stumbling {
    fn known(&self) -> MutexGuard<'_, HashSet<DossierCode>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `codes` with their places: those that can be read together, and those that are read alone.
    fn divide<'c>(&self, codes: &'c [DossierCode]) -> (Vec<Asked<'c>>, Vec<Asked<'c>>) {
        let known = self.known();
        codes.iter().enumerate().partition(|(_, code)| !known.contains(*code))
    }

    fn remember(&self, code: &DossierCode) {
        let mut known = self.known();
        if known.len() < MOST_REMEMBERED {
            known.insert(code.clone());
        }
    }

    fn forget(&self, code: &DossierCode) {
        self.known().remove(code);
    }
}

/// A dossier that is asked for, and its place among the others.
type Asked<'c> = (usize, &'c DossierCode);

/// Reads the dossiers, each reading in the place of its code.
pub(crate) async fn read<D: Database>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
    stumbling: &Stumbling,
    codes: &[DossierCode],
    observe: Observe,
) -> Result<Vec<ObservedReading>, SourceError> {
    let (together, alone) = stumbling.divide(codes);
    let mut open: Vec<&[Asked<'_>]> = together.chunks(PAGE).chain(alone.chunks(1)).rev().collect();
    let mut done: Vec<(usize, ObservedReading)> = Vec::with_capacity(codes.len());
    let mut halving: Option<Halving> = None;
    while let Some(part) = open.pop() {
        let asked: Vec<&DossierCode> = part.iter().map(|(_, code)| *code).collect();
        let error = match page(database, statements, mapping, &asked, observe).await {
            Ok(readings) => {
                if let ([only], false) = (&*asked, alone.is_empty()) {
                    stumbling.forget(only);
                }
                done.extend(part.iter().map(|(place, _)| *place).zip(readings));
                continue;
            }
            Err(error) if error.may_be_of_one_row() => error,
            Err(error) => return Err(error),
        };
        if halving.is_none() {
            // Where it fails without a dossier too, it is no dossier's fault.
            page(database, statements, mapping, &[], observe).await.map_err(SourceError::whichever_row)?;
        }
        let halving = halving.get_or_insert_with(Halving::begin);
        match part {
            [(place, code)] => {
                stumbling.remember(code);
                halving.found = true;
                done.push((*place, Reading::Defective(vec![finding(error)]).into()));
            }
            _ if halving.is_over() => return Err(error),
            _ => {
                let (left, right) = part.split_at(part.len() / 2);
                open.extend([right, left]);
            }
        }
    }
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, reading)| reading).collect())
}

/// A search for the dossiers over which the database stumbles.
struct Halving {
    begun: Instant,
    /// Whether one was found that was not known.
    found: bool,
}

impl Halving {
    fn begin() -> Self {
        Self { begun: Instant::now(), found: false }
    }

    /// `true` when it has lasted long enough, and the next one will have less to search.
    fn is_over(&self) -> bool {
        self.found && self.begun.elapsed() > LONGEST_HALVING
    }
}

/// The finding on a dossier that alone cannot be read.
fn finding(error: SourceError) -> Finding {
    let (query, detail) = match error {
        SourceError::Data { query, code, words, .. } => (query, Detail::Database.with(&[&code, &words])),
        SourceError::Panicked { query } => (query, Detail::Panic.with(&[])),
        other => ("dossiers".to_owned(), other.to_string()),
    };
    Finding::new(FindingKind::BadValue, query, detail)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use sqlx::pool::PoolConnection;
    use sqlx::{Sqlite, SqliteConnection, Transaction};
    use testbed::Db;
    use testbed::onestop::{SimConfig, Simulator};

    use super::{DossierCode, Observe, Reading, Stumbling, read};
    use crate::engines::{Database, SqliteDatabase};
    use crate::error::SourceError;
    use crate::mapping::Mapping;
    use crate::settings::{Engine, Settings};

    /// A database that counts its transactions.
    struct Counting(SqliteDatabase, AtomicUsize);

    impl Database for Counting {
        type Driver = Sqlite;

        async fn acquire(&self) -> Result<PoolConnection<Sqlite>, SourceError> {
            self.0.acquire().await
        }

        async fn begin<'c>(
            &self,
            connection: &'c mut SqliteConnection,
        ) -> Result<Transaction<'c, Sqlite>, SourceError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.begin(connection).await
        }

        fn statement_timeout(&self) -> Duration {
            self.0.statement_timeout()
        }

        fn fault(query: &str, error: sqlx::Error) -> SourceError {
            SqliteDatabase::fault(query, error)
        }
    }

    async fn office(path: &Path) -> Simulator {
        let db = Db::sqlite(path).await.unwrap();
        let mut simulator =
            Simulator::create(db, SimConfig { seed: 41, ..SimConfig::default() }).await.unwrap();
        simulator.create_year(testbed::day::start().unwrap(), 256).await.unwrap();
        simulator
    }

    #[tokio::test]
    async fn a_dossier_that_the_database_stumbles_over_is_searched_once_and_then_read_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("motcua.db");
        let simulator = office(&path).await;
        let Db::Sqlite(pool) = simulator.db() else { panic!("a file") };
        let run = async |sql: &'static str| sqlx::query(sql).execute(pool).await.unwrap();
        run("UPDATE ho_so SET ghi_chu = '{}'").await;
        run("UPDATE ho_so SET ghi_chu = '{' WHERE id = (SELECT id FROM ho_so ORDER BY ma_ho_so LIMIT 1 OFFSET 77)").await;
        let codes: Vec<String> =
            sqlx::query_scalar("SELECT ma_ho_so FROM ho_so ORDER BY ma_ho_so").fetch_all(pool).await.unwrap();
        let codes: Vec<_> = codes.iter().map(|code| DossierCode::new(code).unwrap()).collect();
        let text = include_str!("../../../../config/mapping.example.toml")
            .replace("ghi_chu AS note", "json_extract(ghi_chu, '$.x') AS note");
        let mapping = Mapping::parse(&text, "thu.toml").unwrap();
        let statements = mapping.statements(Engine::Sqlite).unwrap().clone();
        let url = path.to_str().unwrap().to_owned();
        let file = SqliteDatabase::new(&Settings { url, ..Settings::default() });
        let database = Counting(file, AtomicUsize::new(0));
        let stumbling = Stumbling::default();
        let places = async || {
            let readings = read(&database, &statements, &mapping, &stumbling, &codes, Observe::Nothing).await;
            let readings: Vec<Reading> = readings.unwrap().into_iter().map(|read| read.reading).collect();
            assert_eq!(readings.len(), codes.len());
            let defective = |(place, reading)| matches!(reading, &Reading::Defective(_)).then_some(place);
            let places: Vec<usize> = readings.iter().enumerate().filter_map(defective).collect();
            (places, database.1.swap(0, Ordering::Relaxed))
        };
        // The page, the look without a dossier, and two for each halving of 256.
        assert_eq!(places().await, (vec![77], 1 + 1 + 2 * 8));
        assert_eq!(places().await, (vec![77], 3), "the others, that one, and the look without a dossier");
        run("UPDATE ho_so SET ghi_chu = '{}'").await;
        assert_eq!(places().await, (vec![], 2));
        assert_eq!(places().await, (vec![], 1), "it is forgotten once it can be read");
    }
}
