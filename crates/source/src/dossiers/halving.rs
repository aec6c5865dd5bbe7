//! Reading many dossiers although the database stumbles over some of them: halving finds those, and the others are read.

use dongbo_model::locks::lock;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use dongbo_model::{Detail, DossierCode, Finding, FindingKind};

use super::observe::Observe;
use super::read::page;
use super::reading::{ObservedReading, Reading};
use crate::engines::{Readable, Room};
use crate::error::SourceError;
use crate::mapping::{Mapping, Statements};

/// The number of dossiers that one transaction reads: enough that the queries' overhead does not count, few enough that the
/// transaction is short.
const PAGE: usize = 500;
/// The longest time that one reading goes on halving. What it has found by then is remembered, so the next goes on from there.
const LONGEST_HALVING: Duration = Duration::from_secs(20);
/// The most dossiers that are remembered. Beyond it they are found anew each time.
const MOST_REMEMBERED: usize = 10_000;

/// The room for dossiers that are read and not yet done with, by their weight. With the rows that they are made of it is the most
/// that one reading takes.
const TOGETHER: usize = 8 << 20;

/// The dossiers over which the database stumbled when they were last read. They are read one by one, so that they are not
/// searched among others again.
#[derive(Debug)]
pub(crate) struct Stumbling {
    known: Mutex<HashSet<DossierCode>>,
    /// The number of dossiers in a page: halved while they are so large that their rows have no room, and doubled while they have.
    page: AtomicUsize,
    /// The most dossiers of a page.
    most: usize,
}

impl Default for Stumbling {
    fn default() -> Self {
        Self::in_pages_of(PAGE)
    }
}

impl Stumbling {
    /// For readings of at most so many dossiers at once.
    pub(crate) fn in_pages_of(most: usize) -> Self {
        Self { known: Mutex::default(), page: AtomicUsize::new(most), most }
    }

    fn known(&self) -> MutexGuard<'_, HashSet<DossierCode>> {
        lock(&self.known)
    }

    /// `codes` with their places in pages, by the first place of each: those that can be read together, and those that are read
    /// alone.
    fn divide<'c>(&self, codes: &'c [DossierCode]) -> Vec<Vec<Asked<'c>>> {
        let known = self.known();
        let (together, alone): (Vec<_>, Vec<_>) =
            codes.iter().enumerate().partition(|(_, code)| !known.contains(*code));
        let together = together.chunks(self.page.load(Ordering::Relaxed).max(1));
        let mut pages: Vec<Vec<Asked<'_>>> =
            together.chain(alone.chunks(1)).map(<[Asked<'_>]>::to_vec).collect();
        pages.sort_by_key(|page| page.first().map(|(place, _)| *place));
        pages
    }

    /// Notes that the rows of so many dossiers had room, or had none.
    fn note_page(&self, dossiers: usize, had_room: bool) {
        let page = self.page.load(Ordering::Relaxed);
        let next = if had_room { page.saturating_mul(2).min(self.most) } else { dossiers / 2 };
        if !had_room || dossiers >= page {
            self.page.store(next.max(1), Ordering::Relaxed);
        }
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

/// Reads the dossiers from the first on, as many as there is room for and one at least; each reading stands in the place of its
/// code.
pub(crate) async fn read<D: Readable>(
    database: &D,
    statements: &Statements,
    mapping: &Mapping,
    stumbling: &Stumbling,
    codes: &[DossierCode],
    observe: Observe,
) -> Result<Vec<ObservedReading>, SourceError> {
    let mut open = stumbling.divide(codes);
    open.reverse();
    let mut done: Vec<(usize, ObservedReading)> = Vec::with_capacity(codes.len());
    let mut halving: Option<Halving> = None;
    let mut weight = 0_usize;
    while weight < TOGETHER
        && let Some(part) = open.pop()
    {
        let asked: Vec<&DossierCode> = part.iter().map(|(_, code)| *code).collect();
        let error = match page(database, statements, mapping, &asked, observe).await {
            Ok(readings) => {
                if let [only] = *asked {
                    stumbling.forget(only);
                }
                stumbling.note_page(part.len(), true);
                weight = readings.iter().map(ObservedReading::weight).fold(weight, usize::saturating_add);
                done.extend(part.iter().map(|(place, _)| *place).zip(readings));
                continue;
            }
            Err(error) if error.may_be_of_one_row() => error,
            Err(error) => return Err(error),
        };
        let has_no_room = matches!(error, SourceError::TooLarge { .. });
        if halving.is_none() {
            // Where it fails without a dossier too, it is no dossier's fault.
            page(database, statements, mapping, &[], observe).await.map_err(SourceError::whichever_row)?;
        }
        let halving = halving.get_or_insert_with(Halving::begin);
        match &*part {
            [(place, code)] => {
                stumbling.remember(code);
                halving.found = true;
                done.push((*place, Reading::Defective(vec![finding(error)]).into()));
            }
            // Dossiers that are large together are no search: each half goes on.
            _ if halving.is_over() && !has_no_room => return Err(error),
            _ => {
                if has_no_room {
                    stumbling.note_page(part.len(), false);
                }
                let (left, right) = part.split_at(part.len() / 2);
                open.extend([right.to_vec(), left.to_vec()]);
            }
        }
    }
    done.sort_by_key(|(place, _)| *place);
    let from_the_first = done.into_iter().enumerate().take_while(|(index, (place, _))| index == place);
    Ok(from_the_first.map(|(_, (_, reading))| reading).collect())
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
        SourceError::TooLarge { query } => {
            let detail = Detail::LargerRows.with(&[&Room::mebibytes()]);
            return Finding::new(FindingKind::TooLarge, query, detail);
        }
        other => ("dossiers".to_owned(), other.to_string()),
    };
    Finding::new(FindingKind::BadValue, query, detail)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

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
        type Session = <SqliteDatabase as Database>::Session;
        type Lease = <SqliteDatabase as Database>::Lease;
        type Snapshot<'c> = <SqliteDatabase as Database>::Snapshot<'c>;

        async fn acquire(&self) -> Result<Self::Lease, SourceError> {
            self.0.acquire().await
        }

        async fn begin<'c>(
            &self,
            connection: &'c mut Self::Session,
        ) -> Result<Self::Snapshot<'c>, SourceError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.begin(connection).await
        }

        fn statement_timeout(&self) -> Duration {
            self.0.statement_timeout()
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
