//! The processes of a run, and what the system says that they used.

use std::process::Stdio;
use std::sync::LazyLock;

use dongbo::config::Config;
use dongbo::daemon::Daemon;
use dongbo_ledger::{Layer, LayerState, Ledger};
use dongbo_model::clock::Clock;
use mock_portal::{FaultKind, FaultRule, MockPortal, Service};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use support::usage::{self, Usage};

/// A process of this same program in another role.
pub struct Child {
    child: tokio::process::Child,
    pub url: String,
    pub admin_url: String,
}

impl Child {
    pub async fn mock(options: &[&str]) -> Self {
        Self::spawn(&[&["mock"], options].concat()).await
    }

    pub async fn dongbo(config: &str) -> Self {
        Self::spawn(&["dongbo", config]).await
    }

    async fn spawn(arguments: &[&str]) -> Self {
        let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let mut words = line.split(' ').map(str::to_owned);
        Self { child, url: words.next().unwrap(), admin_url: words.next().unwrap_or_default() }
    }

    /// The resources that the process has used so far.
    pub fn usage(&mut self) -> Usage {
        usage::of_process(self.child.id().unwrap())
    }

    pub async fn stop(&mut self) {
        self.child.kill().await.unwrap();
    }
}

pub async fn be_the_mock(options: &[String]) {
    let has = |option: &str| options.iter().any(|given| given == option);
    let mut config = mock_portal::Config { log_bodies: has("bodies"), ..mock_portal::Config::default() };
    if has("poison") {
        let refuse = FaultKind::RefuseContent { message: "nội dung không hợp lệ".to_owned() };
        config.faults.push(FaultRule::new(refuse).on(Service::Upsert).for_percent_of_dossiers(1.0));
    }
    let mock = MockPortal::start(config).await.unwrap();
    println!("{} {}", mock.url(), mock.admin_url());
    std::future::pending::<()>().await;
}

pub async fn be_dongbo(file: &str) {
    let config = Config::load(Some(std::path::Path::new(file))).unwrap();
    let daemon = Daemon::prepare(&config, Clock::system(), 1).await.unwrap();
    println!("http://{}", daemon.address().unwrap());
    daemon.run(tokio_util::sync::CancellationToken::new()).await.unwrap();
}

/// One for all: making a client reads every certificate of the system, which would be measured as well.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);

async fn json(url: String) -> Value {
    let response = CLIENT.get(url).send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "pages of our own")]
    let body = response.bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

/// The number of dossiers with every layer synced or held. The ledger is asked, since the pages are made once a second only.
pub async fn settled(ledger: &Ledger) -> u64 {
    let overview = ledger.overview(testbed::day::machine()).await.unwrap();
    let count = |layer| {
        let counts = overview.counts.of(layer);
        counts.of(LayerState::Synced) + counts.of(LayerState::Held)
    };
    [Layer::Presence, Layer::Status, Layer::Steps].map(count).into_iter().min().unwrap_or_default()
}

/// Reads a page and lets it go.
pub async fn read(url: String) {
    let response = CLIENT.get(url).send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "pages of our own")]
    drop(response.bytes().await.unwrap());
}

/// Dossiers and steps that the portal has taken.
pub async fn arrived(admin: &str) -> (u64, u64) {
    let counters = json(format!("{admin}/admin/counters")).await;
    (counters["creates"].as_u64().unwrap(), counters["steps"].as_u64().unwrap())
}

pub async fn calls(admin: &str) -> u64 {
    let counters = json(format!("{admin}/admin/counters")).await;
    counters["calls"].as_object().unwrap().values().filter_map(Value::as_u64).sum()
}

/// Service and body of every call but the log-in, in order.
pub async fn bodies(admin: &str) -> Vec<(String, String)> {
    let mut bodies = Vec::new();
    let mut after = 0;
    loop {
        let page = json(format!("{admin}/admin/calls?after={after}&limit=1000")).await;
        let page = page.as_array().unwrap();
        let Some(last) = page.last() else { return bodies };
        after = last["seq"].as_u64().unwrap();
        for call in page {
            let service = call["service"].as_str().unwrap();
            if let (true, Some(body)) = (service != "auth", call["body"].as_str()) {
                bodies.push((service.to_owned(), body.to_owned()));
            }
        }
    }
}
