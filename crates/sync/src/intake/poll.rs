//! The poll: what changed since the cursor, every few seconds and whenever the local database says so.

use std::time::Duration;

use tokio::time::Instant;

use super::reader::{CURSOR, Intake, IntakeError};
use crate::crew::{Again, Worker};
use crate::failures::Work;
use crate::vitals::Part;
use dongbo_model::clock::{CLOCK_TOLERANCE, Mark, earlier, later};
use dongbo_source::{Change, ChangeQuery, Scan};

/// The time by which a short poll reaches back before the cursor.
const SHORT_OVERLAP: Duration = Duration::from_secs(5);
/// The time by which a poll that was woken does: changes that are committed side by side, in another order than their times.
const WOKEN_OVERLAP: Duration = Duration::from_millis(200);

/// The way by which a poll reaches back before the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// For what has just been committed. Nothing that is known is looked at once more: a wake-up is for one change, and the
    /// next poll in its turn finds what this one leaves.
    Woken,
    /// By some seconds, and by as much more as polls that were woken may have moved the cursor on meanwhile.
    Short(Duration),
    /// By the whole overlap, where transactions may have committed late.
    Deep,
}

/// Polls the local database.
pub(super) struct Poller<'i> {
    intake: &'i Intake,
    /// When the next poll is due that nobody woke: however often somebody does, it comes in its turn.
    due: Mark,
    /// When the whole overlap is read again.
    deep: Mark,
    /// When the last poll was that nobody woke, once one was woken since.
    woken_since: Option<Mark>,
    polled: Mark,
}

impl<'i> Poller<'i> {
    pub(super) fn new(intake: &'i Intake) -> Self {
        intake.ctx.vitals.polls_every(&intake.ctx.source, intake.config.poll_every);
        let now = intake.ctx.clock.mark();
        Self { intake, due: now, deep: now, woken_since: None, polled: now }
    }

    fn reach(&self) -> Reach {
        let clock = &self.intake.ctx.clock;
        if clock.has_come(self.deep) {
            Reach::Deep
        } else if clock.has_come(self.due) {
            Reach::Short(self.woken_since.map(|since| clock.since(since)).unwrap_or_default())
        } else {
            Reach::Woken
        }
    }
}

impl Worker for Poller<'_> {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Reading
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        let Intake { ctx, config, .. } = self.intake;
        let now = ctx.clock.mark();
        let reach = self.reach();
        self.intake.poll(reach).await?;
        if reach == Reach::Deep {
            self.deep = now.later(config.overlap_every);
        }
        if reach == Reach::Woken {
            self.woken_since = Some(self.polled);
        } else {
            (self.woken_since, self.polled) = (None, now);
            self.due = ctx.clock.mark().later(config.poll_every);
        }
        ctx.vitals.next_poll(&ctx.source, ctx.clock.moment_of(self.due));
        Ok(Again::MarkOrWoken(self.due))
    }

    /// A wake-up does not turn the wait for a database that is away into a busy loop.
    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        let Intake { ctx, .. } = self.intake;
        self.intake.report("poll", error, wait);
        // Whatever it was, the next one makes up for it.
        self.due = self.due.min(ctx.clock.mark());
        ctx.vitals.next_poll(&ctx.source, later(ctx.clock.now(), wait));
    }

    async fn woken(&self) {
        self.intake.wake.notified().await;
    }

    fn longest(&self) -> Duration {
        self.intake.longest_query()
    }
}

/// What one poll met.
#[derive(Debug, Default)]
struct Met {
    due: u64,
    without_code: u64,
    /// Rows whose time lies in the future.
    ahead: u64,
    /// Rows whose time cannot be read.
    undated: u64,
}

impl Intake {
    /// Reads what changed since the cursor of each query for changes and touches it in the ledger, page by page; the cursor moves
    /// with each page. Returns how many dossiers became due.
    ///
    /// # Errors
    /// When the local database or the ledger fails; pages done until then are done. A query that fails keeps no other from being
    /// read.
    async fn poll(&self, reach: Reach) -> Result<u64, IntakeError> {
        let began = Instant::now();
        let mut met = Met::default();
        let mut failed = None;
        for (place, query) in self.source.change_queries().iter().enumerate() {
            match self.poll_by(place, query, reach, &mut met).await {
                Ok(()) => self.works(Work::Poll, &query.name),
                Err(error) => {
                    self.stands(Work::Poll, &query.name, &error);
                    failed.get_or_insert(error);
                }
            }
        }
        self.tell(&met, reach);
        if let Some(error) = failed {
            return Err(error);
        }
        self.ctx.metrics.polled(met.without_code, began.elapsed());
        self.ctx.vitals.polled(&self.ctx.source, self.ctx.clock.now());
        Ok(met.due)
    }

    async fn poll_by(
        &self,
        place: usize,
        query: &ChangeQuery,
        reach: Reach,
        met: &mut Met,
    ) -> Result<(), IntakeError> {
        let granularity = self.source.granularity();
        let whole = query.overlap.unwrap_or(self.config.overlap);
        let (overlap, again_after) = match reach {
            Reach::Deep => (whole, granularity),
            Reach::Short(moved) => (SHORT_OVERLAP.saturating_add(moved).min(whole), granularity),
            // A change of the same step of time has an earlier time than the cursor.
            Reach::Woken => (WOKEN_OVERLAP.max(granularity).min(SHORT_OVERLAP).min(whole), Duration::MAX),
        };
        let name = self.ctx.ledger.own(&cursor_name(place, query));
        let scan = Scan::since(self.ctx.ledger.cursor(&name).await?, overlap).by(place);
        let mut scan = if reach == Reach::Deep { scan.proving() } else { scan };
        loop {
            let mut page = self.source.changed(&mut scan).await?;
            if page.is_empty() {
                if scan.is_over() {
                    return Ok(());
                }
                self.ctx.vitals.progressed(Part::Reading);
                continue;
            }
            self.keep_ours(&mut page);
            let now = self.ctx.clock.now();
            let count = |is: &dyn Fn(&Change) -> bool| -> u64 {
                page.iter().filter(|change| is(change)).map(|_| 1).sum()
            };
            met.undated = met.undated.saturating_add(count(&Change::is_undated));
            met.ahead = met.ahead.saturating_add(count(&|change| change.changed_at - now > CLOCK_TOLERANCE));
            let heard = self.heard.news(place, &mut page, again_after, now);
            let read_to = scan.reached().map(|at| (name.as_str(), at));
            let touched = self.touch(page, read_to, now, again_after).await?;
            let kept = whole.saturating_add(granularity);
            self.heard.remember(place, heard, scan.reached().map(|at| earlier(at, kept)));
            met.due += touched.due;
            met.without_code += touched.without_code;
            self.ctx.vitals.read_page(&self.ctx.source, now);
            self.ctx.vitals.progressed(Part::Reading);
        }
    }

    fn tell(&self, met: &Met, reach: Reach) {
        let Met { ahead, undated, .. } = *met;
        if ahead > 0 {
            tracing::warn!(
                event = "source.clock_ahead",
                rows = ahead,
                "{ahead} local rows have a time of change in the future; check the clock of the local system's host"
            );
        }
        self.ctx.metrics.source_ahead(ahead);
        if reach != Reach::Deep {
            return;
        }
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
                "{undated} local rows have a time of change that cannot be read; their changes are found by the sweep"
            );
        }
    }
}

/// The name of the cursor of the query at `place`. The first has the name that the only one has, so that a file which gets
/// further queries goes on where it was.
fn cursor_name(place: usize, query: &ChangeQuery) -> String {
    if place == 0 { CURSOR.to_owned() } else { format!("{CURSOR}.{}", query.name) }
}
