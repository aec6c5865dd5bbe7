//! The cost of a claim in a large ledger: it must not grow with the rows that are not due.
//!
//! `cargo bench --bench claims -- [postgres|sqlite] [rows]`. The ledger gets so many dossiers that are synced, in steps of
//! ten from 10,000 on, and always the same 20,000 due ones of 200 units; at each step claims of 50 are made and given back, and
//! claims are made and settled. Then the due ones are of 4, 100 and 200 units, beside each other in one run. PostgreSQL is durable and
//! of this machine; SQLite syncs in full.
//!
//! `-- facts [postgres|sqlite] [dossiers] [alone]` settles so many dossiers of a year with and without facts, batch by batch in turns (with
//! `alone` only those with), and shows the room that facts take and how long it takes to list and to sum them up. Units and months are
//! of different size: six of 150 units have 60 of 100 dossiers.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    unreachable_pub,
    reason = "a benchmark stops when it cannot go on"
)]

mod facts;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use dongbo_ledger::{Accepted, Claim, Doubt, FactsNews, Lane, Ledger, Next, Settlement, Wanted};
use sqlx::AssertSqlSafe;

const DUE: u64 = 20_000;
const UNITS: [u64; 3] = [4, 100, 200];
const ROUNDS: usize = 200;
const BATCH: usize = 50;
const LEASE: Duration = Duration::from_secs(60);

/// A database, filled behind the ledger's back: through the front door ten million rows would take an hour.
enum Behind {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Behind {
    async fn run(&self, sql: String) {
        match self {
            Self::Sqlite(pool) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop).unwrap(),
            Self::Postgres(pool) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop).unwrap(),
        }
    }

    /// Adds dossiers number `from` to `to`, which are in `state`.
    async fn add(&self, from: u64, to: u64, state: &str) {
        let (series, code) = match self {
            Self::Sqlite(_) => (
                format!(
                    "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {}) ",
                    to - 1
                ),
                "printf('H48.57-%06d-%08d', i % 999983, i)",
            ),
            Self::Postgres(_) => (
                format!("WITH n (i) AS (SELECT generate_series({from}::bigint, {})) ", to - 1),
                "'H48.57-' || lpad((i % 999983)::text, 6, '0') || '-' || lpad(i::text, 8, '0')",
            ),
        };
        let (accepted, fingerprint) =
            if state == "synced" { (1, "'0123456789abcdef0123456789abcdef'") } else { (0, "NULL") };
        self.run(format!(
            "INSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at, touches, read_touches, fence,
                 attempts, doubt, on_portal, content_wanted, content_accepted, steps_wanted, steps_wanted_fp,
                 steps_accepted, steps_accepted_fp)
             {series}SELECT {code}, 'H48.' || (i % {}), '{state}', 2, i, i, i, 1, {accepted}, 1, 0, 0, {accepted},
                 {fingerprint}, {fingerprint}, 4, {fingerprint}, 4, {fingerprint} FROM n",
            UNITS[UNITS.len() - 1]
        ))
        .await;
    }

    async fn settle_down(&self) {
        match self {
            Self::Sqlite(_) => self.run("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE".to_owned()).await,
            Self::Postgres(_) => self.run("VACUUM (ANALYZE) dossier".to_owned()).await,
        }
    }

    async fn bytes(&self) -> i64 {
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

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let rows = words.iter().find_map(|word| word.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if words.iter().any(|word| word == "facts") {
        let shared = words.iter().any(|word| word == "postgres");
        let alone = words.iter().any(|word| word == "alone");
        runtime.block_on(facts::measure(shared, alone, rows));
    } else if words.iter().any(|word| word == "sqlite") {
        runtime.block_on(sqlite(rows));
    } else {
        runtime.block_on(postgres(rows));
    }
}

async fn sqlite(rows: u64) {
    let folder = tempfile::tempdir().unwrap();
    let config = dongbo_ledger::Settings {
        path: folder.path().join("ledger.sqlite"),
        ..dongbo_ledger::Settings::default()
    };
    let ledger = Ledger::of(&config).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&config.path);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    measure("SQLite", &ledger, &Behind::Sqlite(pool), rows).await;
}

async fn postgres(rows: u64) {
    let server = testbed::servers::PrivatePostgres::start_durable().unwrap();
    let config =
        dongbo_ledger::Settings { url: server.url().to_owned(), ..dongbo_ledger::Settings::default() };
    let ledger = Ledger::of(&config).await.unwrap();
    let pool = sqlx::PgPool::connect(server.url()).await.unwrap();
    measure("PostgreSQL", &ledger, &Behind::Postgres(pool), rows).await;
    ledger.close().await;
}

async fn measure(engine: &str, ledger: &Ledger, behind: &Behind, rows: u64) {
    let most = UNITS[UNITS.len() - 1];
    println!("{engine}: {DUE} due dossiers of {most} units, claims of {BATCH}, {ROUNDS} of each kind");
    behind.add(0, DUE, "due").await;
    let mut known = DUE;
    let mut step = 10_000;
    while step <= rows {
        behind.add(known, DUE + step, "synced").await;
        known = DUE + step;
        behind.settle_down().await;
        let (claim, give_back) = claims(ledger).await;
        let settle = settlements(ledger).await;
        println!(
            "{step:>10} more that are not due: claim p50 {:.2} ms, p99 {:.2} ms; give back p50 {:.2} ms; settle p50 {:.2} ms; \
             {} bytes a row",
            at(&claim, 50),
            at(&claim, 99),
            at(&give_back, 50),
            at(&settle, 50),
            behind.bytes().await / i64::try_from(known).unwrap()
        );
        // What was settled is due again, so that each step finds the same.
        behind
            .run(
                "UPDATE dossier SET state = 'due', lane = 2, due_at = changed_at WHERE changed_at < 20000"
                    .to_owned(),
            )
            .await;
        step *= 10;
    }
    by_units(ledger, behind).await;
}

/// Claims side by side with few units and with many: the rounds take turns, so that all meet the same machine.
async fn by_units(ledger: &Ledger, behind: &Behind) {
    let mut times: Vec<(u64, Vec<Duration>)> = UNITS.iter().map(|units| (*units, Vec::new())).collect();
    for _ in 0..3 {
        for (units, times) in &mut times {
            behind
                .run(format!(
                    "UPDATE dossier SET unit = 'H48.' || (changed_at % {units}) WHERE changed_at < {DUE}"
                ))
                .await;
            behind.settle_down().await;
            times.extend(claims(ledger).await.0);
        }
    }
    let few = at(&times[0].1, 50);
    for (units, times) in &times {
        let p50 = at(times, 50);
        println!(
            "{units:>10} units: claim p50 {p50:.2} ms, {:.2} times that of {} units",
            p50 / few,
            UNITS[0]
        );
    }
}

async fn claim(ledger: &Ledger, turn: usize, now: DateTime<Utc>) -> Vec<Claim> {
    ledger.claim(&[Lane::Retry, Lane::Backfill], BATCH, turn, "bench", LEASE, now).await.unwrap().claims
}

async fn claims(ledger: &Ledger) -> (Vec<Duration>, Vec<Duration>) {
    let (mut claimed, mut given_back) = (Vec::new(), Vec::new());
    for turn in 0..ROUNDS {
        let began = Instant::now();
        let claims = claim(ledger, turn, DateTime::UNIX_EPOCH + Duration::from_secs(60)).await;
        claimed.push(began.elapsed());
        assert_eq!(claims.len(), BATCH);
        let pairs: Vec<_> = claims.into_iter().map(|claim| (claim.code, claim.fence)).collect();
        let began = Instant::now();
        ledger.give_back(&pairs).await.unwrap();
        given_back.push(began.elapsed());
    }
    (claimed, given_back)
}

async fn settlements(ledger: &Ledger) -> Vec<Duration> {
    let now = DateTime::UNIX_EPOCH + Duration::from_secs(60);
    let mut settled = Vec::new();
    for turn in 0..ROUNDS {
        let batch: Vec<Settlement> = claim(ledger, turn, now)
            .await
            .into_iter()
            .map(|claim| settlement(claim, FactsNews::default()))
            .collect();
        let began = Instant::now();
        ledger.settle(&batch, now).await.unwrap();
        settled.push(began.elapsed());
    }
    settled
}

/// All of it is accepted.
fn settlement(claim: Claim, facts: FactsNews) -> Settlement {
    let fingerprint = dongbo_model::Fingerprint::parse(&"a".repeat(32));
    Settlement {
        code: claim.code,
        fence: claim.fence,
        touches: claim.touches,
        next: Next::Synced,
        attempts: 0,
        doubt: Doubt::None,
        wanted: Some(Wanted { content: fingerprint.unwrap(), steps: 4, steps_fp: fingerprint }),
        accepted: Accepted {
            results: None,
            on_portal: true,
            status: None,
            content: fingerprint,
            steps: 4,
            steps_fp: fingerprint,
            portal_id: None,
        },
        findings: Some(Vec::new()),
        rounds: claim.rounds,
        landing: dongbo_ledger::Landing::default(),
        history_shown: None,
        delayed: None,
        facts,
        attempt: None,
        cell: None,
        proof: dongbo_ledger::Proof::Sent,
        unproved_links: None,
        files: None,
    }
}

/// Milliseconds at this share of `times`.
fn at(times: &[Duration], share: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0
}
