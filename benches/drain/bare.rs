//! The bare HTTP client: the same bodies, ready made, from 32 tasks, each answer parsed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::process::Child;

const CONCURRENCY: usize = 32;

#[derive(Deserialize)]
struct Login {
    session: String,
}

#[derive(Deserialize)]
struct Told {
    error_code: serde_json::Value,
}

/// The time that the bare client takes for these calls on a fresh portal. Steps go after all dossiers, as they must.
pub async fn replay(recorded: &[(String, String)]) -> Duration {
    let mock = Child::mock(&[]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let login: Login =
        post(&client, &mock.url, "auth", r#"{"username":"dongbo","password":"dongbo"}"#.into()).await;
    let (steps, dossiers): (Vec<_>, Vec<_>) =
        recorded.iter().partition(|(service, _)| service == "CapNhatTienDoHoSoMC");
    let phases: Vec<Arc<Vec<String>>> = [dossiers, steps]
        .into_iter()
        .map(|phase| Arc::new(phase.into_iter().map(|(_, body)| in_session(body, &login.session)).collect()))
        .collect();
    let started = Instant::now();
    for phase in phases {
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..CONCURRENCY {
            let (client, url, phase, next) =
                (client.clone(), mock.url.clone(), Arc::clone(&phase), Arc::clone(&next));
            tasks.spawn(async move {
                while let Some(body) = phase.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let told: Told = post(&client, &url, "integration", body.clone()).await;
                    assert_eq!(told.error_code, 0);
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
    }
    started.elapsed()
}

async fn post<T: serde::de::DeserializeOwned>(
    client: &reqwest::Client,
    url: &str,
    path: &str,
    body: String,
) -> T {
    let request = client
        .post(format!("{url}/{path}"))
        .header("content-type", "application/json; charset=utf-8")
        .header("dstcode", "VN:GOV:G22:DVC")
        .body(body);
    let response = request.send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "what the bare client is measured with")]
    let answer = response.bytes().await.unwrap();
    serde_json::from_slice(&answer).unwrap()
}

fn in_session(body: &str, session: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap();
    let recorded = value["session"].as_str().unwrap();
    body.replacen(recorded, session, 1)
}
