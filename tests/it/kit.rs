//! Helpers beside the rig: waiting, statements behind the simulator's back, mappings, the log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testbed::Db;
use tracing_subscriber::fmt::MakeWriter;

use support::{PATIENCE, Rig};

/// Waits until `met`, and says `what` was waited for when it never is.
pub(crate) async fn until(what: &str, mut met: impl AsyncFnMut() -> bool) {
    until_found(what, async || if met().await { Ok(()) } else { Err(String::new()) }).await;
}

/// Waits until `look` finds what is wanted, and gives it: nothing is read once more after that it was waited for. Where it never
/// comes, the words of the last look say what was there instead.
pub(crate) async fn until_found<T>(what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(instead) => {
                assert!(tokio::time::Instant::now() < deadline, "not in time: {what}\n{instead}");
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until nothing is under way, and nothing will be by itself: each row that changed lately is read once more after the tick
/// of the local clock in which it changed, and is not in step for that moment. Whoever reads once how things stand waits for it.
pub(crate) async fn until_at_rest(rig: &Rig) {
    // What lies further back than the overlap is not read again, and a row without a code with each poll anyway.
    let overlap = rig.config.source.overlap.as_micros();
    let moving = format!(
        "SELECT code || ' ' || state FROM dossier WHERE state IN ('due', 'leased') OR (rechecked = 0
         AND code NOT LIKE '#%' AND changed_at > (SELECT max(changed_at) FROM dossier) - {overlap})"
    );
    let ledger = match rig.config.ledger.url.as_str() {
        "" => Db::Sqlite(
            sqlx::SqlitePool::connect(&rig.config.ledger.path.display().to_string()).await.unwrap(),
        ),
        server => Db::server(server).await.unwrap(),
    };
    until_found("at rest", async || {
        let left = ledger.texts(&moving).await.unwrap();
        if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
    })
    .await;
    ledger.close().await;
}

/// Runs a statement in the local database, behind the simulator's back.
pub(crate) async fn execute(db: &Db, sql: &str) {
    db.execute(sql).await.unwrap();
}

/// The text of the example mapping.
pub(crate) fn example_mapping() -> String {
    include_str!("../../config/mapping.example.toml").to_owned()
}

/// Writes a mapping into `folder`.
pub(crate) fn write_mapping(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("mapping.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// Keeps what is logged by this thread, which is all of a test on a runtime of one thread.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins to keep, until the guard is dropped.
    pub(crate) fn keep() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_ansi(false)
            .with_max_level(tracing::Level::INFO)
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// All lines so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Waits until one line holds all of `parts`: what is counted and what is logged of one thing come one after the other.
    pub(crate) async fn until_says(&self, parts: &[&str]) {
        let says = async || if self.says(parts) { Ok(()) } else { Err(self.text()) };
        until_found(&format!("a line with {parts:?}"), says).await;
    }

    /// Whether one line holds all of `parts`.
    pub(crate) fn says(&self, parts: &[&str]) -> bool {
        self.text().lines().any(|line| parts.iter().all(|part| line.contains(part)))
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
