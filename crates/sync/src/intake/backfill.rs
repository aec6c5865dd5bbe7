//! The backfill: reads a range of local changes once more and has each dossier compared, gently and with a place of its
//! own, so that the live cursor stays where it is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::reader::{Intake, IntakeError, report};
use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_ledger::{Backfill, BackfillPage, BackfillPosition, BackfillState, Lane};
use dongbo_model::clock::{Mark, later};
use dongbo_source::{Scan, ScanPosition};

/// Time between two looks for a backfill, and for room in its lane.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// While more dossiers than this wait in the backfill lane, no further ones are read.
const MOST_WAITING: u32 = 2_000;
const MINUTE: Duration = Duration::from_secs(60);

/// When the next page of a backfill may be read, so that its pace is kept.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Which backfill.
    started_at: DateTime<Utc>,
    not_before: Mark,
}

/// Reads the backfill that the ledger holds, page by page, of one source after another. One that cannot be read now is put off until the
/// others are read.
pub(super) struct Backfiller<'i> {
    ctx: &'i Ctx,
    intakes: &'i [Intake],
    pace: Option<Pace>,
    /// Sources in a row that could not be read.
    failed: usize,
}

impl<'i> Backfiller<'i> {
    pub(super) const fn new(ctx: &'i Ctx, intakes: &'i [Intake]) -> Self {
        Self { ctx, intakes, pace: None, failed: 0 }
    }
}

impl Worker for Backfiller<'_> {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Backfill
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        if self.page().await? {
            return Ok(Again::Now);
        }
        Ok(Again::At(later(self.ctx.clock.now(), LOOK_EVERY)))
    }

    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        report(self.ctx, "backfill", error, wait);
    }

    fn longest(&self) -> Duration {
        self.intakes.iter().map(Intake::longest_query).max().unwrap_or_default()
    }
}

impl Backfiller<'_> {
    /// Reads the next page of the backfill that the ledger holds, unless it holds none, its lane is full or its pace
    /// says that it is too early. Returns whether it did.
    ///
    /// # Errors
    /// When the local database or the ledger fails; the page is read again then.
    async fn page(&mut self) -> Result<bool, IntakeError> {
        let clock = &self.ctx.clock;
        let (now, began) = (clock.now(), clock.mark());
        let Some(backfill) =
            self.ctx.ledger.backfill().await?.filter(|backfill| backfill.state == BackfillState::Reading)
        else {
            return Ok(false);
        };
        if self
            .pace
            .is_some_and(|pace| pace.started_at == backfill.started_at && !clock.has_come(pace.not_before))
        {
            return Ok(false);
        }
        if self.ctx.ledger.backlog(Lane::Backfill, MOST_WAITING, now).await? >= u64::from(MOST_WAITING) {
            return Ok(false);
        }
        let at = backfill.position.clone().unwrap_or_else(|| beginning(&backfill, 0));
        let place =
            usize::try_from(at.source).unwrap_or(usize::MAX).min(self.intakes.len().saturating_sub(1));
        let Some(intake) = self.intakes.get(place) else { return Ok(false) };
        let mut page = match intake.read_page(&backfill, &at).await {
            Ok(page) => page,
            Err(error @ IntakeError::Ledger(_)) => return Err(error),
            Err(error) => return self.put_off(&backfill, at, intake, error).await,
        };
        self.failed = 0;
        if page.position.is_none() {
            page.position = following(&backfill, at, self.intakes.len());
        }
        let Some(done) = intake.ctx.ledger.touch_backfill(&backfill, page, now).await? else {
            return Ok(false);
        };
        let touched = done.touched.saturating_sub(backfill.touched);
        if touched > 0 {
            self.ctx.due.ring_all();
        }
        if done.state == BackfillState::Read {
            tracing::info!(
                event = "backfill.read",
                found = done.found,
                touched = done.touched,
                "The backfill has been read to its end: {} dossiers found, {} of them are compared",
                done.found,
                done.touched
            );
        }
        let minutes = MINUTE.saturating_mul(u32::try_from(touched).unwrap_or(u32::MAX));
        let wait = minutes.checked_div(backfill.per_minute).unwrap_or_default();
        self.pace = Some(Pace { started_at: backfill.started_at, not_before: began.later(wait) });
        Ok(true)
    }

    /// Goes on with another source, as the one at `at` cannot be read now. When none of them can, the next try waits.
    async fn put_off(
        &mut self,
        backfill: &Backfill,
        mut at: BackfillPosition,
        intake: &Intake,
        error: IntakeError,
    ) -> Result<bool, IntakeError> {
        let one = BackfillPosition { later: Vec::new(), ..at.clone() };
        at.later.push(one);
        self.failed = self.failed.saturating_add(1);
        let all = self.intakes.len();
        let position = following(backfill, at, all);
        let page = BackfillPage { touches: Vec::new(), position };
        self.ctx.ledger.touch_backfill(backfill, page, self.ctx.clock.now()).await?;
        if self.failed >= all {
            return Err(error);
        }
        intake.report("backfill", &error, Duration::ZERO);
        Ok(true)
    }
}

/// The beginning of the range in this source.
fn beginning(backfill: &Backfill, source: u32) -> BackfillPosition {
    let begun = source.saturating_add(1);
    BackfillPosition { at: backfill.from, place: Value::Null, source, begun, later: Vec::new() }
}

/// The place at which reading goes on behind the source of `at`: in the next of so many sources, or in the first of those that were put
/// off; `None` when there is none.
fn following(backfill: &Backfill, mut at: BackfillPosition, sources: usize) -> Option<BackfillPosition> {
    let next = at.begun.max(at.source.saturating_add(1));
    if usize::try_from(next).is_ok_and(|next| next < sources) {
        return Some(BackfillPosition { later: at.later, ..beginning(backfill, next) });
    }
    if at.later.is_empty() {
        return None;
    }
    let first = at.later.remove(0);
    Some(BackfillPosition { begun: next, later: at.later, ..first })
}

impl Intake {
    async fn read_page(
        &self,
        backfill: &Backfill,
        from: &BackfillPosition,
    ) -> Result<BackfillPage, IntakeError> {
        // A place that another version wrote cannot be read: from the beginning again is slower, and right.
        let place: Option<ScanPosition> = serde_json::from_value(from.place.clone()).ok();
        let mut scan = Scan::within(backfill.range(), place);
        let mut page = self.source.changed(&mut scan).await?;
        // A source that first gathers what there is gives nothing meanwhile.
        while page.is_empty() && !scan.is_over() && scan.place().is_none() {
            self.ctx.vitals.progressed(Part::Backfill);
            page = self.source.changed(&mut scan).await?;
        }
        let at = page.iter().map(|change| change.changed_at).chain([from.at]).max().unwrap_or(from.at);
        let place = scan.place().and_then(|place| serde_json::to_value(place).ok());
        self.keep_ours(&mut page);
        let place = place.filter(|_| !scan.is_over());
        let position = place.map(|place| BackfillPosition { at, place, ..from.clone() });
        Ok(BackfillPage { touches: page.into_iter().map(super::reader::touch).collect(), position })
    }
}
