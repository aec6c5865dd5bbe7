//! The contents of the HTTP pages, gathered from ledger, gate and workers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use dongbo_ledger::LedgerError;
use dongbo_model::Lang;
use dongbo_sync::ctx::Ctx;
use dongbo_sync::health::{Counted, Lookout};
use dongbo_sync::metrics::format::Format;
use dongbo_sync::metrics::{Snapshot, textfile};
use dongbo_sync::reconcile::RunBoard;
use dongbo_sync::vitals::{Part, ReaderMoments};

/// The parts that the pages are made from.
#[derive(Debug, Clone)]
pub struct Pages {
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// The state of runs that compare both sides.
    pub board: Arc<RunBoard>,
    /// Judges how things stand.
    pub lookout: Lookout,
    /// The language of what people read on them.
    pub lang: Lang,
}

/// The reason why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] Arc<LedgerError>),
    /// The text cannot be formed.
    #[error("the page cannot be written, please report this: {0}")]
    Format(#[from] std::fmt::Error),
}

impl Pages {
    /// The text of all metrics as they are now.
    ///
    /// # Errors
    /// [`PageError::Ledger`] when the ledger cannot be read, which is counted.
    pub async fn metrics(&self, format: Format) -> Result<String, PageError> {
        let snapshot = self.snapshot().await?;
        Ok(self.ctx.metrics.render(&snapshot, format)?)
    }

    /// Keeps the metrics in the file at `path` for node_exporter, as [`textfile::run`] says, until `stop`.
    pub async fn keep_textfile(self, path: &Path, every: Duration, stop: CancellationToken) {
        let page = || self.metrics(Format::Classic);
        textfile::run(path, every, page, &self.ctx.metrics, &self.ctx.clock, stop).await;
    }

    /// The readers of each of several sources, and whether some reading of it fails.
    fn sources(&self) -> Vec<(String, ReaderMoments, bool)> {
        let readers = self.ctx.vitals.readers();
        let failing = self.ctx.failures.standing();
        let fails = |name: &str| failing.iter().any(|one| one.source == name && !name.is_empty());
        readers
            .into_iter()
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, reader)| (name.clone(), reader, fails(&name)))
            .collect()
    }

    async fn snapshot(&self) -> Result<Snapshot, Arc<LedgerError>> {
        let now = self.ctx.clock.now();
        let seen = self.lookout.look().await;
        let Counted { overview, files, differences, overdue_leases } = Counted::clone(&*seen.counted?);
        Ok(Snapshot {
            now,
            standing: Some(seen.health.standing),
            reasons: seen.health.reasons.iter().map(|reason| reason.kind).collect(),
            differences,
            jobs: self.board.jobs(),
            files,
            overdue_leases,
            trouble: self.ctx.gate.closed().map(|(trouble, _)| trouble),
            paused: Some(self.ctx.gate.paused()),
            wait_until: self.ctx.gate.paused_until(),
            concurrency: self.ctx.gate.limit(),
            moments: self.ctx.vitals.moments(),
            sources: self.sources(),
            last_progress: Part::ALL
                .iter()
                .map(|&part| (part, self.ctx.vitals.last_sign_of_life(part, now)))
                .collect(),
            forecast: self.ctx.gate.forecast(&self.ctx.vitals, overview.backlog(), now),
            ledger: self.ctx.ledger.path(),
            overview,
        })
    }
}
