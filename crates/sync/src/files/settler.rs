//! Writes down what came of files: whatever has gathered since the last write goes into one transaction.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use crate::ledger_trouble;
use crate::metrics::Metrics;
use crate::vitals::Vitals;
use dongbo_ledger::{FileNews, Ledger, LedgerError};
use dongbo_model::clock::Clock;

/// Most news in one transaction.
const MOST_AT_ONCE: usize = 500;

/// News that may wait for the ledger before the lane waits for it.
pub(super) const NEWS_WAITING: usize = 250;

/// Writes news until every sender is gone and all is written.
pub(super) struct FileSettler {
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
    pub(super) vitals: Arc<Vitals>,
    /// Told when dossiers have become due.
    pub(super) dossiers_due: Arc<Notify>,
    /// Told after each write: files may be due again.
    pub(super) settled: Arc<Notify>,
}

impl FileSettler {
    pub(super) async fn run(self, mut handed_in: mpsc::Receiver<FileNews>) {
        let mut news = Vec::with_capacity(MOST_AT_ONCE);
        while handed_in.recv_many(&mut news, MOST_AT_ONCE).await > 0 {
            let Self { clock, metrics, vitals, .. } = &self;
            let write = || self.write(&news);
            ledger_trouble::write_in_spite(news.len(), "files", clock, metrics, vitals, write).await;
            self.settled.notify_one();
            news.clear();
        }
    }

    async fn write(&self, news: &[FileNews]) -> Result<(), LedgerError> {
        let noted = self.ledger.note_files(news, self.clock.now()).await?;
        self.metrics.files_arrived(noted.arrived);
        if noted.dossier_due {
            self.dossiers_due.notify_waiters();
        }
        for (code, error) in noted.refused {
            self.metrics.ledger_failed();
            tracing::error!(
                event = "files.not_settled",
                class = error.class().name(),
                %code,
                "What came of a file of {code} cannot be written; it is looked at again: {error}. Please report this"
            );
        }
        Ok(())
    }
}
