//! Drawing up reports on schedule, by the leading daemon: each kind once a period, at the first moment of the schedule after the period's
//! end. From the files that are there it is known which are missing, so that a run that a restart interrupts goes on where it was.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::failures::Work;
use crate::vitals::Part;
use dongbo_gather::{GatherError, Office, Wanted};
use dongbo_indicators::fetched::Departments;
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::{Mark, later};
use dongbo_model::schedule::Schedule;
use dongbo_model::{ErrorClass, Lang, Period, vocabulary};
use dongbo_reports::{Archive, Format, Kind, Report, SealError, Sealing, Settings, WriteError};

/// The longest rest: who leads, and what is in the folder, may change meanwhile.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// Waits after failures of one report.
const RETRY: Backoff = Backoff { base: Duration::from_secs(300), cap: Duration::from_secs(21_600) };
/// The longest that one report may take.
const LONGEST_REPORT: Duration = Duration::from_secs(3_600);

vocabulary! {
    /// The outcome of drawing up a report on schedule.
    pub(crate) enum ReportOutcome {
        /// Its files were written.
        Written = "written";
        /// They were not; it is tried again.
        Failed = "failed";
    }
}

/// Draws up reports.
pub(crate) struct Reporter {
    ctx: Ctx,
    report: Settings,
    indicators: dongbo_indicators::Settings,
    departments: Departments,
    schedule: Schedule,
    /// The reports that failed, by their names: how often in a row, and when each is tried again.
    failed: BTreeMap<String, (u32, Mark)>,
}

/// A report whose time has come, with the forms that are missing.
#[derive(Debug, Clone)]
struct Due {
    wanted: Wanted,
    missing: Vec<Format>,
}

/// The reason why a report or a seal could not be written.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error(transparent)]
    Gather(#[from] GatherError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the report was broken off: {0}")]
    BrokenOff(#[from] tokio::task::JoinError),
}

impl ReportError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Gather(error) => error.class(),
            Self::Write(error) => error.class(),
            Self::Seal(error) => error.class(),
            Self::BrokenOff(_) => ErrorClass::Bug,
        }
    }
}

impl Worker for Reporter {
    type Error = Infallible;

    fn part(&self) -> Part {
        Part::Reports
    }

    async fn once(&mut self) -> Result<Again, Infallible> {
        let now = self.ctx.clock.now();
        if self.ctx.vitals.moments().leads {
            for due in self.due(now) {
                let name = name(due.wanted.period, &due.wanted.stem());
                if self.waits(&name) {
                    continue;
                }
                let done = self.draw_up(&due, now).await;
                self.note(&name, done.map(|()| ReportOutcome::Written), now);
                return Ok(Again::Now);
            }
            if self.report.seal {
                self.seal_all(now).await;
            }
        }
        let next = self.report.kinds.iter().filter_map(|kind| self.next_of(*kind, now)).min();
        Ok(Again::At(next.unwrap_or(DateTime::<Utc>::MAX_UTC).min(later(now, LONGEST_REST))))
    }

    fn failed(&mut self, error: &Infallible, _wait: Duration) {
        match *error {}
    }

    fn longest(&self) -> Duration {
        LONGEST_REPORT
    }
}

impl Reporter {
    /// A reporter of this configuration; `None` when no report is to be drawn up on schedule.
    pub(crate) fn new(config: &crate::Settings, ctx: &Ctx) -> Option<Self> {
        Some(Self {
            ctx: ctx.clone(),
            schedule: config.report.schedule()?,
            report: config.report.clone(),
            indicators: config.indicators.clone(),
            departments: config.reconcile.departments(config.published.keep),
            failed: BTreeMap::new(),
        })
    }

    fn archive(&self) -> Archive {
        Archive::new(&self.report.folder)
    }

    /// The last period of a kind that is over, when its time has come.
    fn period_of(&self, kind: Kind, now: DateTime<Utc>) -> Option<Period> {
        let period = kind.span().last_over(now);
        self.schedule.next(period.ends()).filter(|due| *due <= now).map(|_| period)
    }

    /// The next moment at which a report of a kind is due that is not yet.
    fn next_of(&self, kind: Kind, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let period = kind.span().last_over(now);
        self.schedule.next(period.ends()).filter(|due| *due > now)
    }

    /// The reports whose time has come and whose files are not all there. A sealed period is left as it is.
    fn due(&self, now: DateTime<Utc>) -> Vec<Due> {
        let archive = self.archive();
        let units = || [None].into_iter().chain(self.report.units.iter().cloned().map(Some));
        let kinds = self.report.kinds.iter().filter_map(|kind| Some((*kind, self.period_of(*kind, now)?)));
        let open = kinds.filter(|(_, period)| !archive.is_sealed(*period).unwrap_or(false));
        let wanted = open.flat_map(|(kind, period)| {
            units().map(move |unit| Wanted { kind, period, unit, lang: Lang::default() })
        });
        let lacking = wanted.map(|wanted| {
            let is_there = |format: &Format| archive.has(wanted.period, &wanted.stem(), format.name());
            let missing = self.report.formats.iter().copied().filter(|format| !is_there(format)).collect();
            Due { wanted, missing }
        });
        lacking.filter(|due| !due.missing.is_empty()).collect()
    }

    async fn draw_up(&self, due: &Due, now: DateTime<Utc>) -> Result<(), ReportError> {
        let office =
            Office { report: &self.report, indicators: &self.indicators, departments: &self.departments };
        let report = due.wanted.report(&self.ctx.ledger, office, now).await?;
        let (archive, due) = (self.archive(), due.clone());
        // A long report is put together and written beside the other work, and not in its place.
        tokio::task::spawn_blocking(move || write(&archive, &due, &report, now)).await?
    }

    /// Whether a report or a seal that failed is not yet tried again.
    fn waits(&self, name: &str) -> bool {
        self.failed.get(name).is_some_and(|(_, until)| !self.ctx.clock.has_come(*until))
    }

    /// Writes down what became of a report or a seal.
    fn note(&mut self, name: &str, done: Result<ReportOutcome, ReportError>, now: DateTime<Utc>) {
        let failures = &self.ctx.failures;
        match done {
            Ok(outcome) => {
                self.failed.remove(name);
                failures.worked(Work::Report, "", name);
                self.ctx.metrics.reported(outcome);
                tracing::info!(event = "report.written", report = name, "The report {name} is written");
            }
            Err(error) => {
                if let ReportError::Gather(GatherError::Ledger(error)) = &error {
                    self.ctx.ledger_failed(error);
                }
                let many = self.failed.get(name).map_or(0, |(many, _)| *many);
                let wait = RETRY.ceiling(many + 1);
                let until = later(now, wait);
                self.failed.insert(name.to_owned(), (many + 1, self.ctx.clock.mark().later(wait)));
                self.ctx.failures.failed(Work::Report, "", name, error.class(), error.to_string());
                self.ctx.metrics.reported(ReportOutcome::Failed);
                tracing::error!(
                    event = "report.failed",
                    class = error.class().name(),
                    report = name,
                    until = %until.format("%Y-%m-%dT%H:%M:%SZ"),
                    "The report {name} could not be drawn up and is tried again; everything else goes on: {error}"
                );
            }
        }
        self.ctx.metrics.reports_failing(u64::try_from(self.failed.len()).unwrap_or(u64::MAX));
    }

    /// Seals the periods whose reports are all there.
    async fn seal_all(&mut self, now: DateTime<Utc>) {
        if !self.due(now).is_empty() {
            return;
        }
        let mut periods: Vec<Period> =
            self.report.kinds.iter().filter_map(|kind| self.period_of(*kind, now)).collect();
        periods.sort_unstable();
        periods.dedup();
        for period in periods {
            let name = name(period, "seal");
            let archive = self.archive();
            let waits = self.waits(&name);
            if waits || archive.is_sealed(period).unwrap_or(true) {
                continue;
            }
            let program = concat!("dongbo ", env!("CARGO_PKG_VERSION")).to_owned();
            let sealing = Sealing { at: now, program };
            let sealed = tokio::task::spawn_blocking(move || archive.seal(period, &sealing)).await;
            match sealed.map_err(ReportError::from).and_then(|sealed| sealed.map_err(ReportError::from)) {
                Ok(sealed) => {
                    self.failed.remove(&name);
                    self.ctx.failures.worked(Work::Report, "", &name);
                    tracing::info!(
                        event = "report.sealed",
                        period = %period,
                        hash = sealed.hash,
                        "The reports of {period} are sealed; note the hash where nobody who can write to report.folder can write"
                    );
                }
                Err(error) => self.note(&name, Err(error), now),
            }
        }
    }
}

/// The name of a report of a period.
fn name(period: Period, stem: &str) -> String {
    format!("{period}/{stem}")
}

/// Writes the missing forms of a report, each whole or not at all.
fn write(archive: &Archive, due: &Due, report: &Report, now: DateTime<Utc>) -> Result<(), ReportError> {
    let Wanted { period, .. } = due.wanted;
    for format in &due.missing {
        let content = format.write(report)?;
        archive.keep(period, &due.wanted.stem(), format.name(), now, &content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
