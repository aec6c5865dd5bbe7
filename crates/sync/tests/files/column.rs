//! A column of the local database, on every engine.

use std::sync::Arc;

use dongbo_model::FileRole;
use dongbo_source::{Source, SourceError};
use dongbo_sync::files::store::{KeyFault, Store, StoreError, Stores};
use futures_util::StreamExt as _;
use tempfile::TempDir;
use testbed::Db;
use testbed::servers::{TestDatabase, fresh_database, fresh_mysql_database};
use testbed::tds::{SqlServerStandIn, TdsType};

use crate::kit::{CANARY, clock, noise, parts_are_right, read, silent, source};

const SECTION: &str = "kind = 'column'\n\
    sqlite = \"SELECT length(bytes) AS size, luc AS changed, CASE WHEN :length > 0 THEN substr(bytes, :start, :length) \
    END AS bytes FROM tep WHERE ma = :key\"\n\
    postgres = \"SELECT octet_length(bytes) AS size, luc AS changed, substring(bytes FROM :start FOR :length) AS bytes \
    FROM tep WHERE ma = :key\"\n\
    mysql = \"SELECT octet_length(bytes) AS size, luc AS changed, substring(bytes, :start, :length) AS bytes \
    FROM tep WHERE ma = :key\"\n\
    sqlserver = \"SELECT DATALENGTH(bytes) AS size, luc AS changed, SUBSTRING(bytes, :start, :length) AS bytes \
    FROM tep WHERE ma = :key\"\n";

struct Site {
    db: Db,
    url: String,
    _stand_in: Option<SqlServerStandIn>,
    _file: Option<TempDir>,
    _database: Option<TestDatabase>,
}

impl Site {
    async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("motcua.db");
        let db = Db::sqlite(&path).await.unwrap();
        Self::made(db, path.to_str().unwrap().to_owned(), Some(dir), None, "BLOB", "TEXT").await
    }

    /// The stand-in for SQL Server, before the same.
    async fn on_sqlserver() -> Self {
        let mut site = Self::on_sqlite().await;
        let Db::Sqlite(pool) = &site.db else { panic!("SQLite") };
        let server = SqlServerStandIn::over(pool.clone()).await.unwrap();
        server.set_type("bytes", TdsType::VarbinaryMax);
        site.url = server.url();
        site._stand_in = Some(server);
        site
    }

    async fn on_postgres() -> Self {
        let database = fresh_database().await.unwrap();
        let db = Db::postgres(database.url()).await.unwrap();
        let url = database.url().to_owned();
        Self::made(db, url, None, Some(database), "bytea", "timestamptz").await
    }

    async fn on_mysql() -> Self {
        let database = fresh_mysql_database().await.unwrap();
        let db = Db::mysql(database.url()).await.unwrap();
        let url = database.url().to_owned();
        Self::made(db, url, None, Some(database), "longblob", "datetime").await
    }

    async fn made(
        db: Db,
        url: String,
        file: Option<TempDir>,
        database: Option<TestDatabase>,
        bytes: &str,
        moment: &str,
    ) -> Self {
        let site = Self { db, url, _stand_in: None, _file: file, _database: database };
        site.execute(&format!("CREATE TABLE tep (ma TEXT, luc {moment}, bytes {bytes})")).await;
        site
    }

    async fn execute(&self, sql: &str) {
        self.db.execute(sql).await.unwrap();
    }

    async fn put(&self, key: &str, bytes: &[u8]) {
        let sql = "INSERT INTO tep (ma, luc, bytes) VALUES ($1, '2026-09-15 09:30:00+07', $2)";
        match &self.db {
            Db::Sqlite(pool) => drop(sqlx::query(sql).bind(key).bind(bytes).execute(pool).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query(sql).bind(key).bind(bytes).execute(pool).await.unwrap()),
            Db::Mysql(pool) => {
                let sql = "INSERT INTO tep (ma, luc, bytes) VALUES (?, '2026-09-15 09:30:00', ?)";
                sqlx::query(sql).bind(key).bind(bytes).execute(pool).await.unwrap();
            }
        }
    }

    fn opened(&self, section: &str) -> (Arc<Source>, Arc<Store>) {
        let source = source(&self.url, section);
        let stores = Stores::open(&source, &clock()).unwrap();
        let store = Arc::clone(stores.of(FileRole::Result).unwrap());
        (source, store)
    }
}

async fn files_are_read_in_pieces(site: Site) {
    let bytes = noise(5_000_000, 5);
    site.put("any key/../of 'theirs'\\", &bytes).await;
    site.put("none", b"").await;
    site.put("twice", b"a").await;
    site.put("twice", b"b").await;
    site.execute("INSERT INTO tep (ma) VALUES ('null')").await;
    let (_, store) = site.opened(SECTION);
    parts_are_right(&store, "any key/../of 'theirs'\\", &bytes).await;
    let stat = store.stat("none").await.unwrap();
    assert_eq!((stat.size, stat.changed), (0, Some("2026-09-15T02:30:00Z".parse().unwrap())));
    assert_eq!(read(&store, "none", None).await.unwrap().1, b"");
    assert!(matches!(silent(store.stat(CANARY).await), StoreError::NotFound));
    assert!(matches!(silent(store.stat("null").await), StoreError::NotFound));
    let error = silent(store.stat("twice").await);
    assert!(matches!(error, StoreError::BadKey(KeyFault::Ambiguous)), "{error:?}");
    assert!(matches!(silent(store.stat("a\0b").await), StoreError::BadKey(KeyFault::Control)));
    store.probe().await.unwrap();
    // Another content of the same length, at another time.
    let (_, mut blocks) = store.read("any key/../of 'theirs'\\", None).await.unwrap();
    assert!(blocks.next().await.unwrap().is_ok());
    site.execute("UPDATE tep SET luc = '2026-09-15 09:31:00+07'").await;
    let mut last = None;
    while let Some(block) = blocks.next().await {
        last = Some(block);
    }
    assert!(matches!(last, Some(Err(StoreError::Changed))));
}

#[tokio::test]
async fn files_in_a_column_of_sqlite_are_read_in_pieces() {
    files_are_read_in_pieces(Site::on_sqlite().await).await;
}

#[tokio::test]
async fn files_in_a_column_of_postgresql_are_read_in_pieces() {
    files_are_read_in_pieces(Site::on_postgres().await).await;
}

#[tokio::test]
async fn files_in_a_column_of_mysql_are_read_in_pieces() {
    files_are_read_in_pieces(Site::on_mysql().await).await;
}

#[tokio::test]
async fn files_in_a_column_of_sql_server_are_read_in_pieces() {
    files_are_read_in_pieces(Site::on_sqlserver().await).await;
}

#[tokio::test]
async fn a_key_that_the_database_cannot_cast_harms_no_other_file() {
    let site = Site::on_postgres().await;
    site.put("7", b"seven").await;
    let (_, store) = site.opened(&SECTION.replace("ma = :key", "ma::int = CAST(:key AS int)"));
    let error = silent(store.stat(CANARY).await);
    assert!(matches!(error, StoreError::BadKey(KeyFault::Refused)), "{error:?}");
    assert_eq!(read(&store, "7", None).await.unwrap().1, b"seven");
    store.probe().await.unwrap();
}

/// The probe's findings on the query for files, without those on everything else that an empty database lacks.
async fn told(site: &Site, section: &str) -> String {
    let (source, _) = site.opened(section);
    let told = source.probe().await.unwrap_err().to_string();
    told.lines().filter(|line| line.contains("files.results")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_probe_proves_the_query_for_files_and_tells_what_is_wrong_with_it() {
    for site in [Site::on_sqlite().await, Site::on_postgres().await, Site::on_mysql().await] {
        assert_eq!(told(&site, SECTION).await, "");
        let wrong =
            told(&site, &SECTION.replace("AS size", "AS sice").replace("AS changed", "AS chnged")).await;
        assert!(wrong.contains("no column \"size\", did you mean \"sice\"?"), "{wrong}");
        assert!(
            wrong.contains("\"chnged\", which dongbo does not know, did you mean \"changed\"?"),
            "{wrong}"
        );
        let missing = told(&site, &SECTION.replace("FROM tep", "FROM tepp")).await;
        assert!(missing.contains("no table \"tepp\", did you mean \"tep\"?"), "{missing}");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_no_fault_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let url = dir.path().join("gone.db").to_str().unwrap().to_owned();
    let stores = Stores::open(&source(&url, SECTION), &clock()).unwrap();
    let error = silent(stores.of(FileRole::Result).unwrap().stat(CANARY).await);
    assert!(matches!(error, StoreError::Source(SourceError::Unreachable { .. })), "{error:?}");
}
