//! Outcomes of files, and how they are written to the ledger.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::ctx::Ctx;
use crate::settler::Outcomes;
use crate::vitals::Part;
use dongbo_ledger::{FileNews, LedgerError};

/// News that may wait for the ledger before the lane waits for it.
pub(super) const NEWS_WAITING: usize = 250;

/// Outcomes of files.
pub(super) struct News {
    /// Notified after each write: files may be due again.
    pub(super) settled: Arc<Notify>,
}

impl Outcomes for News {
    type Outcome = FileNews;
    type Batch = Vec<FileNews>;

    const PART: Part = Part::FileSettling;
    const MOST_AT_ONCE: usize = 500;
    const CALLED: &'static str = "files";

    fn gather(news: &mut Vec<FileNews>) -> (usize, Vec<FileNews>) {
        (news.len(), std::mem::take(news))
    }

    async fn write(&self, ctx: &Ctx, news: &Vec<FileNews>) -> Result<(), LedgerError> {
        let noted = ctx.ledger.note_files(news, ctx.clock.now()).await?;
        ctx.metrics.files_arrived(noted.arrived);
        if noted.dossier_due {
            ctx.due.ring_all();
        }
        for (code, error) in noted.refused {
            ctx.metrics.ledger_failed();
            tracing::error!(
                event = "files.not_settled",
                class = error.class().name(),
                %code,
                "The outcome for a file of {code} cannot be written; it is examined again: {error}. Please report this"
            );
        }
        self.settled.notify_one();
        Ok(())
    }
}
