//! What the pages are made from.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use dongbo_ledger::{Ledger, LedgerError, Overview};
use dongbo_model::clock::{Clock, earlier};
use dongbo_sync::metrics::format::Format;
use dongbo_sync::metrics::{Metrics, Snapshot, textfile};
use dongbo_sync::push::Gate;
use dongbo_sync::reconcile::Desk;
use dongbo_sync::vitals::{Part, Standstill, Vitals};

/// What the pages are made from.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Where everything stands.
    pub ledger: Ledger,
    /// What was counted.
    pub metrics: Arc<Metrics>,
    /// Whether sending goes on.
    pub gate: Arc<Gate>,
    /// What is finished, and when.
    pub vitals: Arc<Vitals>,
    /// How runs that compare both sides stand.
    pub desk: Arc<Desk>,
    /// The time.
    pub clock: Clock,
}

/// A page that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The text cannot be formed.
    #[error("the page cannot be written, please report this: {0}")]
    Format(#[from] std::fmt::Error),
}

impl Pages {
    /// All metrics as they are now.
    ///
    /// # Errors
    /// When the ledger cannot be read; that is counted.
    pub async fn metrics(&self, format: Format) -> Result<String, PageError> {
        let snapshot = self.snapshot().await?;
        Ok(self.metrics.render(&snapshot, format)?)
    }

    /// What the ledger counts.
    ///
    /// # Errors
    /// When it cannot be read; that is counted.
    pub async fn overview(&self, now: DateTime<Utc>) -> Result<Overview, LedgerError> {
        self.ledger.overview(now).await.inspect_err(|_| self.metrics.ledger_failed())
    }

    /// The part that stands still, if one does. While sending is stopped, or the portal has asked us to wait, nothing is
    /// expected of sending before it goes on.
    #[must_use]
    pub fn standstill(&self, now: DateTime<Utc>) -> Option<Standstill> {
        let next_probe = self.gate.closed().map(|(_, probe_at)| probe_at);
        self.vitals.standstill(next_probe.max(self.gate.paused_until()), now)
    }

    /// Keeps the metrics in the file at `path` for node_exporter, as [`textfile::run`] says, until `stop`.
    pub async fn keep_textfile(self, path: &Path, every: Duration, stop: CancellationToken) {
        let page = || self.metrics(Format::Classic);
        textfile::run(path, every, page, &self.metrics, &self.clock, stop).await;
    }

    async fn snapshot(&self) -> Result<Snapshot, LedgerError> {
        let now = self.clock.now();
        let overview = self.overview(now).await?;
        let a_lease_ago = earlier(now, self.vitals.longest_sending());
        let overdue = self.ledger.overdue_leases(a_lease_ago).await;
        let differences =
            self.ledger.difference_causes().await.inspect_err(|_| self.metrics.ledger_failed())?;
        let files = self.ledger.file_counts().await.inspect_err(|_| self.metrics.ledger_failed())?;
        Ok(Snapshot {
            now,
            differences,
            jobs: self.desk.jobs(),
            files,
            overdue_leases: overdue.inspect_err(|_| self.metrics.ledger_failed())?,
            trouble: self.gate.closed().map(|(trouble, _)| trouble),
            paused: Some(self.gate.paused()),
            wait_until: self.gate.paused_until(),
            concurrency: self.gate.limit(),
            moments: self.vitals.moments(),
            last_progress: Part::ALL.iter().map(|&part| (part, self.vitals.last_progress(part))).collect(),
            forecast: self.gate.forecast(&self.vitals, overview.backlog(), now),
            ledger: self.ledger.path(),
            overview,
        })
    }
}
