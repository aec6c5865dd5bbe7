//! A ledger at work: it hears of changes, claims, settles and remembers, and says after each transaction how it stands.

#![expect(clippy::disallowed_methods, reason = "a program for a test, which counts its lines")]

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{Accepted, Attempt, Claim, Doubt, Lane, Ledger, Next, Settlement, Touch, Wanted};
use dongbo_model::{DossierCode, Fingerprint};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// When it begins.
pub(crate) const NOW: &str = "2026-03-02T01:00:00Z";
/// Times that it is opened and closed.
const SESSIONS: u64 = 3;
/// Transactions in each.
const TRANSACTIONS: u64 = 40;

/// How the ledger stands: every transaction of this work changes it.
pub(crate) async fn state(path: &Path) -> String {
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await.unwrap();
    let state = sqlx::query_scalar(
        "SELECT (SELECT count(*) || '/' || coalesce(sum(touches), 0) || '/' || coalesce(sum(fence % 1000000), 0)
             || '/' || count(lease_until) || '/' || coalesce(sum(steps_accepted), 0) FROM dossier)
             || '/' || (SELECT count(*) FROM attempt) || '/' || (SELECT coalesce(sum(at), 0) FROM cursor)
             || '/' || (SELECT coalesce(max(value), '') FROM memo WHERE name = 'turn')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    state
}

pub(crate) async fn run(folder: &Path, seed: u64) {
    let path = folder.join("ledger.sqlite");
    let mut chance = StdRng::seed_from_u64(seed);
    let mut now: DateTime<Utc> = NOW.parse().unwrap();
    for _ in 0..SESSIONS {
        let ledger = Ledger::open(&path).await.unwrap();
        for _ in 0..TRANSACTIONS {
            now += TimeDelta::seconds(1);
            transaction(&ledger, now, &mut chance).await;
            let state = state(&path).await;
            // One write to the system, so that its place among the others is known.
            std::io::stdout().write_all(format!("{state}\n").as_bytes()).unwrap();
        }
        ledger.close().await;
    }
}

async fn transaction(ledger: &Ledger, now: DateTime<Utc>, chance: &mut StdRng) {
    match chance.random_range(0..10) {
        0..4 => {
            let many = chance.random_range(1..100);
            let touches: Vec<Touch> = (0..many).map(|_| touch(chance.random_range(0..2_000), now)).collect();
            let tick = Duration::from_secs(1);
            ledger.touch(&touches, Some(("intake", now)), now, tick, Duration::from_secs(300)).await.unwrap();
        }
        4..9 => {
            let lease = Duration::from_secs(60);
            let claimed =
                ledger.claim(Lane::ALL, chance.random_range(1..60), 0, "test", lease, now).await.unwrap();
            // Both transactions are told of: what is in flight is one of them.
            std::io::stdout()
                .write_all(format!("{}\n", state(&ledger.path().unwrap()).await).as_bytes())
                .unwrap();
            let ends: Vec<Settlement> = claimed.claims.iter().map(|claim| settlement(claim, now)).collect();
            ledger.settle(&ends, now).await.unwrap();
        }
        _ => ledger.remember("turn", &now.timestamp().to_string()).await.unwrap(),
    }
}

fn touch(number: u32, at: DateTime<Utc>) -> Touch {
    Touch {
        key: number.to_string(),
        code: DossierCode::new(&format!("H48.{}-260302-{number:06}", number % 7)),
        unit: (number % 7).to_string(),
        changed_at: at,
        finding: None,
    }
}

fn settlement(claim: &Claim, now: DateTime<Utc>) -> Settlement {
    let fingerprint = Fingerprint::parse(&format!("{:032x}", claim.fence.unsigned_abs())).unwrap();
    let steps = claim.accepted.steps + 1;
    Settlement {
        code: claim.code.clone(),
        fence: claim.fence,
        touches: claim.touches,
        next: Next::Synced,
        attempts: 0,
        doubt: Doubt::None,
        wanted: Some(Wanted { content: fingerprint, steps, steps_fp: Some(fingerprint) }),
        accepted: Accepted {
            results: None,
            on_portal: true,
            status: None,
            content: Some(fingerprint),
            steps,
            steps_fp: Some(fingerprint),
            portal_id: None,
        },
        findings: Some(Vec::new()),
        rounds: claim.rounds.clone(),
        landing: dongbo_ledger::Landing::default(),
        history_shown: None,
        delayed: None,
        facts: dongbo_ledger::FactsNews::default(),
        unproved_links: None,
        files: None,
        attempt: Some(Attempt {
            started_at: now,
            ended_at: now,
            operations: "update,steps".to_owned(),
            outcome: "delivered",
            http_status: Some(200),
            portal_code: "0".to_owned(),
            message: String::new(),
        }),
        cell: None,
        proof: dongbo_ledger::Proof::Sent,
    }
}
