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
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !met().await {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until nothing is under way: each row is read once more after the tick of the local clock in which it changed.
pub(crate) async fn until_looked_at_again(rig: &Rig) {
    let ledger = sqlx::SqlitePool::connect(&rig.config.ledger.path.display().to_string()).await.unwrap();
    until("looked at again", async || {
        // A row without a code is read again with each poll anyway.
        let sql = "SELECT count(*) FROM dossier
            WHERE state IN ('due', 'leased') OR (state = 'held' AND rechecked = 0 AND code NOT LIKE '#%')";
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&ledger).await.unwrap() == 0
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
