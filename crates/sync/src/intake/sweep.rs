//! The full sweep: everything local compared with the ledger, page by page.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::census::{CENSUS_MEMO, Census};
use super::reader::{Intake, IntakeError, MAPPING_MEMO, touch};
use crate::compare_jobs::Job;
use crate::crew::{Again, Worker};
use crate::failures::Work;
use crate::vitals::Part;
use dongbo_ledger::{FactsRead, LedgerError, SweptDossier, Touch};
use dongbo_model::DossierCode;
use dongbo_model::clock::later;
use dongbo_source::{Change, Observe, ObservedReading, Reading, Scan, Sweep};

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
        let last = ctx.ledger.cursor(&ctx.ledger.own(SWEEP_CURSOR)).await.unwrap_or_default();
        if let Some(last) = last {
            ctx.vitals.swept(&ctx.source, last);
        }
        sweeps.next(last.unwrap_or(now)).map(|due| due.max(now))
    }

    async fn sweep(&mut self) -> Result<u64, IntakeError> {
        let Intake { ctx, alone, .. } = self.intake;
        let waiting = ctx.vitals.waits(Part::Sweep);
        let _alone = alone.lock().await;
        drop(waiting);
        let differences = self.intake.sweep(Part::Sweep, |_| {}).await?;
        if let Some(digest) = self.new_mapping {
            ctx.ledger.remember(&ctx.ledger.own(MAPPING_MEMO), digest).await?;
            self.new_mapping = None;
        }
        Ok(differences)
    }

    fn next(&self, at: Option<DateTime<Utc>>) -> Again {
        let ctx = &self.intake.ctx;
        ctx.vitals.next_sweep(&ctx.source, at);
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
        self.intake.works(Work::Sweep, "");
        tracing::info!(event = "sweep.done", differences, "Full sweep done: {differences} differences found");
        Ok(self.next(self.intake.sweeps.next(self.intake.ctx.clock.now())))
    }

    fn failed(&mut self, error: &IntakeError, wait: Duration) {
        let Intake { ctx, .. } = self.intake;
        self.intake.report("sweep", error, wait);
        self.intake.stands(Work::Sweep, "", error);
        ctx.vitals.next_sweep(&ctx.source, Some(later(ctx.clock.now(), wait)));
    }

    fn longest(&self) -> Duration {
        self.intake.longest_query()
    }
}

impl Intake {
    /// Compares every local dossier with the ledger, in pages by code, and touches what differs: changes whose clock
    /// lied, missed rows, deletions. It is the work of `part`, and `progressed` hears how many were read. Returns how many differed. One that was broken off, by a failure or a stop, goes on
    /// where it was.
    ///
    /// # Errors
    /// When the local database or the ledger fails; pages done until then are done.
    pub async fn sweep(&self, part: Part, progressed: impl Fn(u64) + Send) -> Result<u64, IntakeError> {
        let began = Instant::now();
        let position = self.position().await?;
        let swept_since = position.as_ref().map_or_else(|| self.ctx.clock.now(), |position| position.began);
        let mut noted = position.is_some();
        let mut walk = position.map_or_else(Sweep::start, |position| Sweep::behind(&position.after));
        let mut pages: u32 = 0;
        let mut differences: u64 = 0;
        let mut read: u64 = 0;
        loop {
            let began = self.ctx.clock.now();
            let after = walk.place().to_owned();
            let mut page = self.source.sweep(&mut walk).await?;
            let to_end = page.is_empty();
            if to_end && !walk.is_over() {
                self.ctx.vitals.progressed(part);
                continue;
            }
            read = read.saturating_add(u64::try_from(page.len()).unwrap_or_default());
            check_order(&after, &page)?;
            self.keep_ours(&mut page);
            let codes: Vec<DossierCode> = page.iter().filter_map(Change::usable_code).cloned().collect();
            let (swept, facts) = self.read_whole(&codes).await?;
            let last = (!to_end).then(|| walk.place());
            let found = self.compare(page, &swept, &after, last, began).await?;
            differences = differences.saturating_add(found);
            self.ctx.ledger.note_facts(&facts).await?;
            self.ctx.vitals.progressed(part);
            progressed(read);
            if to_end {
                break;
            }
            pages = pages.wrapping_add(1);
            if pages.is_multiple_of(NOTE_EVERY) {
                let position = Position {
                    after: walk.place().to_owned(),
                    began: swept_since,
                    mapping: self.mapping.clone(),
                };
                self.note_position(Some(&position)).await?;
                noted = true;
            }
        }
        differences = differences.saturating_add(self.find_gone(part, swept_since).await?);
        let now = self.ctx.clock.now();
        self.ctx.ledger.move_cursor(&self.ctx.ledger.own(SWEEP_CURSOR), now).await?;
        if noted {
            self.note_position(None).await?;
        }
        if self.all_swept().await?
            && let Some(rebuilt) = self.ctx.ledger.end_rebuilding(now).await?
        {
            tracing::info!(
                event = "ledger.rebuild_complete",
                set_aside = %rebuilt.set_aside.display(),
                "Everything local is in the new ledger again; what is new from now on needs no look-up first"
            );
        }
        self.ctx.vitals.swept(&self.ctx.source, now);
        self.ctx.metrics.swept(began.elapsed());
        Ok(differences)
    }

    /// Whether every source has been swept since the ledger began to be rebuilt.
    async fn all_swept(&self) -> Result<bool, LedgerError> {
        let ledger = &self.ctx.ledger;
        for source in ledger.sources().await?.iter().filter(|source| source.left_at.is_none()) {
            let own = ledger.of_source(source.id, false);
            if own.cursor(&own.own(SWEEP_CURSOR)).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The position at which the last sweep was broken off, when it is worth going on there.
    async fn position(&self) -> Result<Option<Position>, LedgerError> {
        let noted = self.ctx.ledger.memo(&self.ctx.ledger.own(POSITION_MEMO)).await?.unwrap_or_default();
        let position: Option<Position> = serde_json::from_str(&noted).ok();
        let goes_on =
            |it: &Position| it.mapping == self.mapping && self.ctx.clock.now() - it.began < GOES_ON_WITHIN;
        Ok(position.filter(goes_on))
    }

    async fn note_position(&self, position: Option<&Position>) -> Result<(), LedgerError> {
        let noted = position.and_then(|position| serde_json::to_string(position).ok()).unwrap_or_default();
        self.ctx.ledger.remember(&self.ctx.ledger.own(POSITION_MEMO), &noted).await
    }

    /// Compares a page of the sweep behind `after` with the ledger, and touches what differs. Returns how many did.
    async fn compare(
        &self,
        page: Vec<Change>,
        swept: &[SweptDossier],
        after: &str,
        last: Option<&str>,
        began: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let ledger = &self.ctx.ledger;
        let unheard: HashSet<String> = ledger.unheard_of(swept).await?.into_iter().collect();
        let mut differing = ledger.differing(swept).await?;
        differing.extend(ledger.note_listed(swept, after, last, began).await?);
        let now = self.ctx.clock.now();
        let known: Vec<&str> = differing.iter().map(String::as_str).collect();
        let mut found = ledger.touch_codes(&known, now).await?;
        let is_missed =
            |change: &Change| change.usable_code().is_some_and(|code| unheard.contains(code.as_str()));
        let (missed, known): (Vec<Change>, Vec<Change>) = page.into_iter().partition(is_missed);
        found += self.touch(missed, None, now, self.source.granularity()).await?.due;
        let known: Vec<Touch> = known.into_iter().map(touch).collect();
        ledger.note_rows(&known, now).await?;
        self.tell_found(found);
        Ok(found)
    }

    fn tell_found(&self, found: u64) {
        if found > 0 {
            self.ctx.metrics.sweep_found(found);
            self.ctx.due.ring_all();
        }
    }

    /// Finds what is gone since before `swept_since`: dossiers that the sweep did not meet, and rows without a code, which are in
    /// no walk by code. Only a walk over all changes tells that they are in none. That walk also counts the rows. Returns how many
    /// dossiers became due.
    async fn find_gone(&self, part: Part, swept_since: DateTime<Utc>) -> Result<u64, IntakeError> {
        let ledger = &self.ctx.ledger;
        let missing: HashSet<String> = ledger.missing().await?.into_iter().collect();
        let census = Census::read(ledger.memo(&ledger.own(CENSUS_MEMO)).await?.as_deref());
        let counts = census.as_ref().is_none_or(|census| census.is_old(&self.mapping, self.ctx.clock.now()));
        if missing.is_empty() && !counts && !ledger.holds_without_code().await? {
            return Ok(0);
        }
        let mut rows: u64 = 0;
        let mut keys = Vec::new();
        let mut given = Vec::new();
        let mut scan = Scan::over_all();
        loop {
            let mut page = self.source.changed(&mut scan).await?;
            if page.is_empty() && scan.is_over() {
                break;
            }
            self.keep_ours(&mut page);
            rows = rows.saturating_add(u64::try_from(page.len()).unwrap_or_default());
            for change in page {
                match change.usable_code() {
                    None => keys.push(change.key),
                    Some(code) if missing.contains(code.as_str()) => given.push(code.to_string()),
                    Some(_) => {}
                }
            }
            self.ctx.vitals.progressed(part);
        }
        if counts {
            let counted = Census::after(census.as_ref(), rows, &self.mapping, self.ctx.clock.now());
            ledger.remember(&ledger.own(CENSUS_MEMO), &counted.stored()).await?;
        }
        let gone = ledger.forget_without_code(&keys, swept_since).await?;
        if gone > 0 {
            tracing::info!(
                event = "sweep.without_code_gone",
                rows = gone,
                "{gone} rows that never had a code were deleted"
            );
        }
        let found = ledger.settle_missing(&given, self.ctx.clock.now()).await?;
        self.tell_found(found);
        Ok(found)
    }

    /// Reads dossiers, and tells of each its fingerprints, and of those that can be read as dossiers their facts.
    pub(super) async fn read_whole(
        &self,
        codes: &[DossierCode],
    ) -> Result<(Vec<SweptDossier>, Vec<FactsRead>), IntakeError> {
        if codes.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let known = match &self.delivery {
            Some(_) => self.ctx.ledger.known_files(codes).await?,
            None => HashMap::new(),
        };
        let now = self.ctx.clock.now();
        let mut swept = Vec::with_capacity(codes.len());
        let mut facts = Vec::with_capacity(codes.len());
        let note = |code: &DossierCode, read: ObservedReading| {
            let (content, steps_fp) = match read.reading {
                Reading::Dossier(mut dossier) => {
                    if let Some(delivery) = &self.delivery {
                        let known = known.get(code.as_str()).map(Vec::as_slice).unwrap_or_default();
                        delivery.ship(&mut dossier, known, now);
                    }
                    let (content, steps_fp) = (dossier.content_fingerprint(), dossier.step_chain().whole());
                    facts.push(self.teller.read(&dossier, content, steps_fp));
                    (Some(content), steps_fp)
                }
                // What [dossiers] does not give is held, as what it gives with defects is.
                Reading::Defective(_) | Reading::Absent => (None, None),
            };
            swept.push(SweptDossier { code: code.clone(), content, steps_fp });
        };
        self.source.read_each(codes, Observe::Nothing, note).await?;
        Ok((swept, facts))
    }
}

/// The codes as the database has them must come in the order of their bytes, behind `after`.
fn check_order(after: &str, page: &[Change]) -> Result<(), IntakeError> {
    let written = page.iter().filter_map(|change| change.written_code.as_deref());
    let all: Vec<&str> = std::iter::once(after).chain(written).collect();
    for pair in all.windows(2) {
        if let [earlier, later] = pair
            && earlier > later
        {
            return Err(IntakeError::Unordered {
                earlier: (*earlier).to_owned(),
                later: (*later).to_owned(),
            });
        }
    }
    Ok(())
}
