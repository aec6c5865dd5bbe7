//! The portal: a mock in a process of its own, which keeps what it has accepted.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mock_portal::{FaultKind, FaultRule, MockPortal, Service};
use serde_json::Value;
use testbed::day::AHEAD_VARIABLE;

use support::ahead;

/// The share of creates and updates that are cut off and land late, and how late: long after the look-up that follows.
const LATE_SHARE: f64 = 0.03;
const LATE_MS: u64 = 1_200;

/// The portal's process.
pub(crate) struct Portal {
    child: Child,
    keep: PathBuf,
    /// Whether some requests land late.
    late: bool,
    pub(crate) url: String,
    admin: String,
}

/// This program in the portal's role: `portal FILE LISTEN ADMIN [late]`.
pub(crate) fn be(words: &[String]) {
    let config = mock_portal::Config {
        keep: Some(PathBuf::from(&words[0])),
        listen: words[1].parse().unwrap(),
        admin_listen: words[2].parse().unwrap(),
        clock_ahead_s: ahead().num_seconds(),
        faults: if words.get(3).is_some_and(|word| word == LATE) { vec![late()] } else { Vec::new() },
        ..mock_portal::Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mock = MockPortal::start(config).await.unwrap();
        println!("{} {}", mock.url(), mock.admin_url());
        std::future::pending::<()>().await;
    });
}

/// The word that makes some requests land late.
const LATE: &str = "late";

/// Creates and updates only: what is appended cannot be taken back.
fn late() -> FaultRule {
    FaultRule::new(FaultKind::Late { ms: LATE_MS }).on(Service::Upsert).with_probability(LATE_SHARE)
}

impl Portal {
    pub(crate) fn start(folder: &Path, late: bool) -> Self {
        let keep = folder.join("portal.accepted");
        let address = || format!("127.0.0.1:{}", testbed::servers::lasting_port().unwrap());
        let (child, url, admin) = spawn(&keep, &address(), &address(), late);
        Self { child, keep, late, url, admin }
    }

    /// SIGKILL, and a start at the same addresses.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        self.child = spawn(&self.keep, &address(&self.url), &address(&self.admin), self.late).0;
    }

    async fn json(&self, path: &str) -> Value {
        let response = reqwest::get(format!("{}{path}", self.admin)).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "pages of our own")]
        let body = response.bytes().await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    pub(crate) async fn counters(&self) -> Value {
        self.json("/admin/counters").await
    }

    /// Every dossier that it shows.
    pub(crate) async fn dossiers(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.json(&format!("/admin/dossiers?limit=1000&history=false&after={after}")).await;
            let Value::Array(page) = page else { panic!("no page") };
            let Some(last) = page.last() else { return all };
            after = last["code"].as_str().unwrap().to_owned();
            all.extend(page);
        }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(keep: &Path, listen: &str, admin: &str, late: bool) -> (Child, String, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("portal")
        .arg(keep)
        .args([listen, admin])
        .args(late.then_some(LATE))
        .env(AHEAD_VARIABLE, ahead().num_seconds().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (url, admin) = line.trim().split_once(' ').expect("the portal did not start");
    (child, url.to_owned(), admin.to_owned())
}
