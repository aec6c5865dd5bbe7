//! apalis with apalis-postgres: batches of 5,000, 64 calls at once, woken by NOTIFY.

use std::time::{Duration, Instant};

use apalis::layers::WorkerBuilderExt;
use apalis::prelude::*;
use apalis_postgres::{Config, PgPool, PostgresStorage};

const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL").unwrap()).await.unwrap();
    match std::env::args().nth(1).as_deref() {
        Some("enrol") => enrol(&pool).await,
        _ => work(&pool).await,
    }
    let _ = std::io::stdin().read_line(&mut String::new());
}

fn config() -> Config {
    Config::default().queue("send").batch_size(5_000).lock_tasks(false)
}

async fn enrol(pool: &PgPool) {
    PostgresStorage::setup(pool).await.unwrap();
    let mut storage = PostgresStorage::<String>::new(pool).with_config(config());
    let began = Instant::now();
    let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM body").fetch_all(pool).await.unwrap();
    for page in bodies.chunks(5_000) {
        storage.push_bulk(page.to_vec()).await.unwrap();
    }
    println!("enrolled {}", began.elapsed().as_secs_f64());
}

async fn work(pool: &PgPool) {
    let url = format!("{}/integration", std::env::var("PORTAL_URL").unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = move |body: String| {
        let request = client
            .post(&url)
            .header("content-type", "application/json; charset=utf-8")
            .header("dstcode", "VN:GOV:G22:DVC")
            .body(body);
        async move {
            let told: serde_json::Value = request.send().await?.json().await?;
            if told["error_code"] == 0 { Ok(()) } else { Err::<(), BoxDynError>("refused".into()) }
        }
    };
    let storage = PostgresStorage::new(pool).with_config(config()).with_pubsub();
    let worker = WorkerBuilder::new("send").backend(storage).concurrency(AT_ONCE).build(send);
    tokio::spawn(worker.run());
    while left(pool).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("done");
}

async fn left(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM apalis.jobs WHERE status <> 'Done'").fetch_one(pool).await.unwrap()
}
