//! A ledger that is filled behind dongbo's back: through the front door ten million dossiers would take an hour.

use std::ops::Range;

use sqlx::AssertSqlSafe;

const UNITS: u64 = 200;

/// The ledger's database.
pub(crate) enum Behind {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Behind {
    pub(crate) async fn open(settings: &dongbo_ledger::Settings) -> Self {
        if settings.url.is_empty() {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&settings.path);
            let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
            Self::Sqlite(pool)
        } else {
            Self::Postgres(sqlx::PgPool::connect(&settings.url).await.unwrap())
        }
    }

    pub(crate) async fn run(&self, sql: String) {
        match self {
            Self::Sqlite(pool) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop).unwrap(),
            Self::Postgres(pool) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop).unwrap(),
        }
    }

    /// Adds dossiers of these numbers, which are at rest and lack nothing.
    pub(crate) async fn add(&self, numbers: Range<u64>) {
        let (from, last) = (numbers.start, numbers.end - 1);
        let (series, code) = match self {
            Self::Sqlite(_) => (
                format!(
                    "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
                ),
                "printf('Z48.57-%06d-%08d', i % 999983, i)",
            ),
            Self::Postgres(_) => (
                format!("WITH n (i) AS (SELECT generate_series({from}::bigint, {last})) "),
                "'Z48.57-' || lpad((i % 999983)::text, 6, '0') || '-' || lpad(i::text, 8, '0')",
            ),
        };
        let print = "'0123456789abcdef0123456789abcdef'";
        self.run(format!(
            "INSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at, touches, read_touches, fence,
                 attempts, doubt, on_portal, content_wanted, content_accepted, steps_wanted, steps_wanted_fp,
                 steps_accepted, steps_accepted_fp, accepted_at, verified_at)
             {series}SELECT {code}, 'Z48.' || (i % {UNITS}), 'synced', 2, i, i, i, 1, 1, 1, 0, 0, 1,
                 {print}, {print}, 4, {print}, 4, {print}, i, i FROM n"
        ))
        .await;
        match self {
            Self::Sqlite(_) => self.run("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE".to_owned()).await,
            Self::Postgres(_) => {
                self.run("VACUUM (ANALYZE) dossier".to_owned()).await;
                self.run("CHECKPOINT".to_owned()).await;
            }
        }
        // Nobody else has the file open while dongbo starts.
        if let Self::Sqlite(pool) = self {
            drop(pool.acquire().await.unwrap().close().await);
        }
    }

    /// The size of the database.
    pub(crate) async fn bytes(&self) -> i64 {
        match self {
            Self::Sqlite(pool) => {
                sqlx::query_scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                    .fetch_one(pool)
                    .await
                    .unwrap()
            }
            Self::Postgres(pool) => {
                sqlx::query_scalar("SELECT pg_total_relation_size('dossier')").fetch_one(pool).await.unwrap()
            }
        }
    }
}
