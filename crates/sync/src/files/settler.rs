//! Writes down the news of files: whatever has gathered since the last write goes into one transaction.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use crate::ctx::Ctx;
use crate::ledger_trouble;
use dongbo_ledger::{FileNews, LedgerError};

/// Most news in one transaction.
const MOST_AT_ONCE: usize = 500;

/// News that may wait for the ledger before the lane waits for it.
pub(super) const NEWS_WAITING: usize = 250;

/// Writes news until every sender is gone and all is written.
pub(super) struct FileSettler {
    pub(super) ctx: Ctx,
    /// Told after each write: files may be due again.
    pub(super) settled: Arc<Notify>,
}

impl FileSettler {
    pub(super) async fn run(self, mut handed_in: mpsc::Receiver<FileNews>) {
        let mut news = Vec::with_capacity(MOST_AT_ONCE);
        while handed_in.recv_many(&mut news, MOST_AT_ONCE).await > 0 {
            let write = || self.write(&news);
            ledger_trouble::write_in_spite(news.len(), "files", &self.ctx, write).await;
            self.settled.notify_one();
            news.clear();
        }
    }

    async fn write(&self, news: &[FileNews]) -> Result<(), LedgerError> {
        let noted = self.ctx.ledger.note_files(news, self.ctx.clock.now()).await?;
        self.ctx.metrics.files_arrived(noted.arrived);
        if noted.dossier_due {
            self.ctx.due.notify_waiters();
        }
        for (code, error) in noted.refused {
            self.ctx.metrics.ledger_failed();
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
