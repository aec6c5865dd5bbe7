//! The full sweep: everything local compared with the ledger, page by page.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::reader::{Intake, IntakeError, MAPPING_MEMO};
use crate::compare_jobs::Job;
use crate::crew::{Again, Worker};
use crate::vitals::Part;
use dongbo_ledger::{LedgerError, SweptDossier};
use dongbo_model::DossierCode;
use dongbo_model::clock::later;
use dongbo_source::{Change, Reading, Scan, Sweep};

/// The memo of how far a sweep has come that has not ended.
const POSITION_MEMO: &str = "sweep.position";
/// Pages between two notes of that.
const NOTE_EVERY: u32 = 20;
/// A sweep that was broken off longer ago begins anew: what it compared has grown old.
const GOES_ON_WITHIN: TimeDelta = TimeDelta::hours(12);

/// The progress of a sweep.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    after: String,
    began: DateTime<Utc>,
    /// Under another mapping nothing that was compared holds.
    mapping: String,
}

/// The name under which the ledger keeps when the last sweep ended.
pub const SWEEP_CURSOR: &str = Job::Sweep.cursor();

/// Sweeps by schedule, and at the start when one was missed or the mapping has changed.
pub(super) struct Sweeper<'i> {
    intake: &'i Intake,
    /// The digest of a mapping under which nothing was swept yet.
    new_mapping: Option<&'i str>,
    /// Whether it is known when the first sweep is due.
    planned: bool,
}

impl<'i> Sweeper<'i> {
    pub(super) fn new(intake: &'i Intake) -> Self {
        Self { intake, new_mapping: intake.new_mapping.as_deref(), planned: false }
    }

    /// When the first sweep is due: at once when one was missed while dongbo was not running, and when the ledger is
    /// being rebuilt, which ends with it.
    async fn first_sweep(&self) -> Option<DateTime<Utc>> {
        let Intake { ctx, sweeps, .. } = self.intake;
        let now = ctx.clock.now();
        if self.new_mapping.is_some() || ctx.ledger.is_rebuilding().await.unwrap_or_default() {
            return Some(now);
        }
        let last = ctx.ledger.cursor(SWEEP_CURSOR).await.unwrap_or_default();
        if let Some(last) = last {
            ctx.vitals.swept(last);
        }
        sweeps.next(last.unwrap_or(now)).map(|due| due.max(now))
    }

    async fn sweep(&mut self) -> Result<u64, IntakeError> {
        let Intake { ctx, alone, .. } = self.intake;
        let waiting = ctx.vitals.waits(Part::Sweep);
        let _alone = alone.lock().await;
        drop(waiting);
        let differences = self.intake.sweep(Part::Sweep).await?;
        if let Some(digest) = self.new_mapping {
            ctx.ledger.remember(MAPPING_MEMO, digest).await?;
            self.new_mapping = None;
        }
        Ok(differences)
    }

    fn next(&self, at: Option<DateTime<Utc>>) -> Again {
        self.intake.ctx.vitals.next_sweep(at);
        at.map_or(Again::Never, Again::At)
    }
}

impl Worker for Sweeper<'_> {
    type Error = IntakeError;

    fn part(&self) -> Part {
        Part::Sweep
    }

    async fn once(&mut self) -> Result<Again, IntakeError> {
        if !std::mem::replace(&mut self.planned, true) {
            return Ok(self.next(self.first_sweep().await));
        }
        let differences = self.sweep().await?;
        tracing::info!(event = "sweep.done", differences, "Full sweep done: {differences} differences found");
        Ok(self.next(self.intake.sweeps.next(self.intake.ctx.clock.now())))
    }

    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        let Intake { ctx, .. } = self.intake;
        self.intake.report("sweep", error, wait);
        ctx.vitals.next_sweep(Some(later(ctx.clock.now(), wait)));
    }

    fn longest(&self) -> Duration {
        self.intake.longest_query()
    }
}

impl Intake {
    /// Compares every local dossier with the ledger, in pages by code, and touches what differs: changes whose clock
    /// lied, missed rows, deletions. It is the work of `part`. Returns how many differed. One that was broken off, by a failure or a stop, goes on
    /// where it was.
    ///
    /// # Errors
    /// When the local database or the ledger fails; pages done until then are done.
    pub async fn sweep(&self, part: Part) -> Result<u64, IntakeError> {
        let began = Instant::now();
        let position = self.position().await?;
        let swept_since = position.as_ref().map_or_else(|| self.ctx.clock.now(), |position| position.began);
        let mut after = position.as_ref().and_then(|position| DossierCode::new(&position.after));
        let mut walk = after.as_ref().map_or_else(Sweep::start, Sweep::after);
        let mut noted = after.is_some();
        let mut pages: u32 = 0;
        let mut differences: u64 = 0;
        loop {
            let page = self.source.sweep(&mut walk).await?;
            let codes: Vec<DossierCode> = page.iter().filter_map(|change| change.code.clone()).collect();
            let to_end = page.is_empty();
            check_order(after.as_ref(), &codes)?;
            let swept = self.fingerprints(&codes).await?;
            let unheard = self.ctx.ledger.unheard_of(&swept).await?;
            let differing = self.ctx.ledger.differing(after.as_ref(), &swept, to_end).await?;
            let now = self.ctx.clock.now();
            let known: Vec<&str> = differing.iter().map(String::as_str).collect();
            let mut found = self.ctx.ledger.touch_codes(&known, now).await?;
            let missed: Vec<Change> = page
                .into_iter()
                .filter(|change| {
                    change
                        .code
                        .as_ref()
                        .is_some_and(|code| unheard.iter().any(|unheard| unheard == code.as_str()))
                })
                .collect();
            found += self.touch(missed, None, now).await?.due;
            if found > 0 {
                self.ctx.metrics.sweep_found(found);
                self.ctx.due.notify_waiters();
            }
            differences = differences.saturating_add(found);
            self.ctx.vitals.progressed(part);
            if to_end {
                break;
            }
            after = codes.into_iter().last().or(after);
            pages = pages.wrapping_add(1);
            if let Some(after) = after.as_ref().filter(|_| pages.is_multiple_of(NOTE_EVERY)) {
                let position = Position {
                    after: after.as_str().to_owned(),
                    began: swept_since,
                    mapping: self.mapping.clone(),
                };
                self.note_position(Some(&position)).await?;
                noted = true;
            }
        }
        self.forget_without_code(part).await?;
        let now = self.ctx.clock.now();
        self.ctx.ledger.move_cursor(SWEEP_CURSOR, now).await?;
        if noted {
            self.note_position(None).await?;
        }
        if let Some(rebuilt) = self.ctx.ledger.end_rebuilding(now).await? {
            tracing::info!(
                event = "ledger.rebuild_complete",
                set_aside = %rebuilt.set_aside.display(),
                "Everything local is in the new ledger again; what is new from now on needs no look-up first"
            );
        }
        self.ctx.vitals.swept(now);
        self.ctx.metrics.swept(began.elapsed());
        Ok(differences)
    }

    /// The position at which the last sweep was broken off, when it is worth going on there.
    async fn position(&self) -> Result<Option<Position>, LedgerError> {
        let noted = self.ctx.ledger.memo(POSITION_MEMO).await?.unwrap_or_default();
        let position: Option<Position> = serde_json::from_str(&noted).ok();
        let goes_on =
            |it: &Position| it.mapping == self.mapping && self.ctx.clock.now() - it.began < GOES_ON_WITHIN;
        Ok(position.filter(goes_on))
    }

    async fn note_position(&self, position: Option<&Position>) -> Result<(), LedgerError> {
        let noted = position.and_then(|position| serde_json::to_string(position).ok()).unwrap_or_default();
        self.ctx.ledger.remember(POSITION_MEMO, &noted).await
    }

    /// Rows without a code are in no walk by code, so those that were deleted are found by a walk over all changes.
    async fn forget_without_code(&self, part: Part) -> Result<(), IntakeError> {
        if !self.ctx.ledger.holds_without_code().await? {
            return Ok(());
        }
        let began = self.ctx.clock.now();
        let mut present = Vec::new();
        let mut scan = Scan::since(None, Duration::ZERO);
        loop {
            let page = self.source.changed(&mut scan).await?;
            if page.is_empty() {
                break;
            }
            let without_code = page.into_iter().filter(|row| row.code.is_none() || row.finding.is_some());
            present.extend(without_code.map(|row| row.key));
            self.ctx.vitals.progressed(part);
        }
        let gone = self.ctx.ledger.forget_without_code(&present, began).await?;
        if gone > 0 {
            tracing::info!(
                event = "sweep.without_code_gone",
                rows = gone,
                "{gone} rows that never had a code are gone"
            );
        }
        Ok(())
    }

    async fn fingerprints(&self, codes: &[DossierCode]) -> Result<Vec<SweptDossier>, IntakeError> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let readings = self.source.read(codes).await?;
        let known = match &self.delivery {
            Some(_) => self.ctx.ledger.known_files(codes).await?,
            None => HashMap::new(),
        };
        let now = self.ctx.clock.now();
        let swept = codes.iter().zip(readings).filter_map(|(code, reading)| {
            let (content, steps_fp) = match reading {
                Reading::Dossier(mut dossier) => {
                    if let Some(delivery) = &self.delivery {
                        let known = known.get(code.as_str()).map(Vec::as_slice).unwrap_or_default();
                        delivery.ship(&mut dossier, known, now);
                    }
                    (Some(dossier.content_fingerprint()), dossier.step_chain().whole())
                }
                Reading::Defective(_) => (None, None),
                Reading::Absent => return None,
            };
            Some(SweptDossier { code: code.clone(), content, steps_fp })
        });
        Ok(swept.collect())
    }
}

fn check_order(after: Option<&DossierCode>, codes: &[DossierCode]) -> Result<(), IntakeError> {
    let all: Vec<&DossierCode> = after.into_iter().chain(codes).collect();
    for pair in all.windows(2) {
        if let [earlier, later] = pair
            && earlier > later
        {
            return Err(IntakeError::Unordered { earlier: earlier.to_string(), later: later.to_string() });
        }
    }
    Ok(())
}
