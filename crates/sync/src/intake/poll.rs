//! The poll: what changed since the cursor, every few seconds and whenever the local database says so.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::reader::{CURSOR, Intake, IntakeError};
use crate::crew::{Again, Worker};
use crate::vitals::Part;
use dongbo_model::clock::{CLOCK_TOLERANCE, later};
use dongbo_source::Scan;

/// The time by which a short poll reaches back before the cursor.
const SHORT_OVERLAP: Duration = Duration::from_secs(5);

/// Polls the local database.
pub(super) struct Poller<'i> {
    intake: &'i Intake,
    /// When the whole overlap is read again.
    deep_at: DateTime<Utc>,
}

impl<'i> Poller<'i> {
    pub(super) fn new(intake: &'i Intake) -> Self {
        Self { intake, deep_at: intake.ctx.clock.now() }
    }
}

impl Worker for Poller<'_> {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Reading
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        let Intake { ctx, config, .. } = self.intake;
        let now = ctx.clock.now();
        let deep = now >= self.deep_at;
        self.intake.poll(deep).await?;
        if deep {
            self.deep_at = later(now, config.overlap_every);
        }
        let next = later(ctx.clock.now(), config.poll_every);
        ctx.vitals.next_poll(next);
        Ok(Again::AtOrWoken(next))
    }

    /// A wake-up does not turn the wait for a database that is away into a busy loop.
    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        let Intake { ctx, .. } = self.intake;
        self.intake.report("poll", error, wait);
        ctx.vitals.next_poll(later(ctx.clock.now(), wait));
    }

    async fn woken(&self) {
        self.intake.wake.notified().await;
    }

    fn longest(&self) -> Duration {
        self.intake.longest_query()
    }
}

impl Intake {
    /// Reads what changed since the cursor and touches it in the ledger, page by page; the cursor moves with each page.
    /// A `deep` poll reads the whole overlap again, where transactions may have committed late. Returns how many
    /// dossiers became due.
    ///
    /// # Errors
    /// When the local database or the ledger fails; pages done until then are done.
    pub async fn poll(&self, deep: bool) -> Result<u64, IntakeError> {
        let began = Instant::now();
        let overlap = if deep { self.config.overlap } else { SHORT_OVERLAP.min(self.config.overlap) };
        let cursor = self.ctx.ledger.cursor(CURSOR).await?;
        let scan = Scan::since(cursor, overlap);
        let mut scan = if deep { scan.proving() } else { scan };
        let mut due = 0;
        let mut without_code = 0;
        let mut ahead = 0_u64;
        let mut undated = 0_u64;
        loop {
            let page = self.source.changed(&mut scan).await?;
            if page.is_empty() {
                break;
            }
            let now = self.ctx.clock.now();
            undated =
                undated.saturating_add(page.iter().filter(|change| change.is_undated()).map(|_| 1).sum());
            ahead = ahead.saturating_add(
                page.iter().filter(|change| change.changed_at - now > CLOCK_TOLERANCE).map(|_| 1).sum(),
            );
            let touched = self.touch(page, scan.reached(), now).await?;
            due += touched.due;
            without_code += touched.without_code;
            self.ctx.vitals.progressed(Part::Reading);
        }
        if ahead > 0 {
            tracing::warn!(
                event = "source.clock_ahead",
                rows = ahead,
                "{ahead} local rows say that they changed in the future; check the clock of the local system's host"
            );
        }
        if deep {
            self.ctx.metrics.source_undated(undated);
            let forms = self.source.mixed_times();
            if !forms.is_empty() {
                tracing::warn!(
                    event = "source.mixed_times",
                    forms = forms.len(),
                    "The local system writes the times of changes in several forms ({}), whose order is not that of the moments: more \
                     rows are read again than need be; give changed_at in one form, or as a time, in the mapping's [changed]",
                    forms.join("; ")
                );
            }
            if undated > 0 {
                tracing::warn!(
                    event = "source.undated",
                    rows = undated,
                    "{undated} local rows have a time of change that cannot be read; changes of theirs wait for the sweep"
                );
            }
        }
        self.ctx.metrics.source_ahead(ahead);
        self.ctx.metrics.polled(without_code, began.elapsed());
        self.ctx.vitals.polled(self.ctx.clock.now());
        Ok(due)
    }
}
