//! The daemon's own work: the runs that compared both sides, and what is due when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::Resource;
use super::call::{AFTER, Parameter, ROWS, cut, rows};
use super::problem::{Problem, ProblemKind};
use crate::asked::Asked;
use dongbo_ledger::RunRecord;
use dongbo_model::{Lang, Mode};
use dongbo_sync::health::LiveStatus;
use dongbo_sync::reconcile::{CellTotals, Job, Sample, Summary};
use dongbo_sync::telling::comparing;

/// One run that compared both sides.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Run {
    /// Its name, which sorts by time.
    id: String,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When it ended.
    ended_at: DateTime<Utc>,
    /// The numbers that it found; `null` where another version wrote them.
    found: Option<Found>,
}

/// The numbers of a run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FoundByRun")]
struct Found {
    /// Their meaning for both sides, in a sentence.
    text: String,
    /// Whether both sides are equal, as far as was compared, but for what is merely pending.
    equal: bool,
    /// The person or schedule that asked for it.
    by: String,
    /// The jobs that it did.
    jobs: Vec<Job>,
    /// Dossiers that the ledger knew.
    dossiers: u64,
    /// Cells of the portal's counts.
    cells: CellTotals,
    /// Look-ups that were answered.
    looked_up: u64,
    /// Of these, those that showed something else than is to be.
    different: u64,
    /// Look-ups that were not answered.
    unanswered: u64,
    /// Dossiers that the budget left for later runs.
    left: u64,
    /// The sample, and its meaning for all.
    sample: Sample,
    /// Open differences by kind.
    by_kind: BTreeMap<String, u64>,
    /// Open differences by gravity.
    by_age: BTreeMap<String, u64>,
    /// Differences that were not open before.
    opened: u64,
    /// Differences that are gone.
    closed: u64,
    /// Dossiers that were sent again.
    repaired: u64,
    /// Files that the portal did not have.
    files_missing: u64,
    /// Everything that the run could not do.
    notes: Vec<String>,
}

impl Run {
    fn of(run: RunRecord, lang: Lang) -> Self {
        let found = serde_json::from_str::<Summary>(&run.summary).ok();
        let found = found.map(|summary| Found {
            text: comparing::meaning(lang, summary.meaning()).0,
            equal: summary.is_equal(),
            notes: summary.notes.iter().map(|note| note.text(lang)).collect(),
            by: summary.by,
            jobs: summary.jobs,
            dossiers: summary.dossiers,
            cells: summary.cells,
            looked_up: summary.looked_up,
            different: summary.different,
            unanswered: summary.unanswered,
            left: summary.left,
            sample: summary.sample,
            by_kind: summary.by_kind,
            by_age: summary.by_age,
            opened: summary.opened,
            closed: summary.closed,
            repaired: summary.repaired,
            files_missing: summary.files_missing,
        });
        Self { id: run.id, started_at: run.started_at, ended_at: run.ended_at, found }
    }
}

/// A page of runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RunsAnswer {
    /// The runs, the newest first.
    runs: Vec<Run>,
    /// The parameter `after` of the next page; `null` on the last.
    next: Option<String>,
}

/// `GET /api/v1/runs`.
pub(super) struct Runs;

impl Resource for Runs {
    type Answer = RunsAnswer;

    const PATH: &'static str = "/api/v1/runs";
    const NAME: &'static str = "runs";
    const SUMMARY: &'static str = "The runs that compared both sides, with the numbers of dongbo reconcile show. Their numbers are of all units.";
    const PARAMETERS: &'static [Parameter] = &[AFTER, ROWS];

    async fn answer(asked: &Asked) -> Result<RunsAnswer, Problem> {
        if !asked.visitor.sees_the_daemon() {
            return Err(Problem::new(ProblemKind::NotForYou));
        }
        let (rows, after) = (rows(asked), asked.parameter(AFTER.name));
        let kept = asked.console.ctx.ledger.runs(asked.console.in_force().keep_runs.max(1)).await?;
        let behind = kept.into_iter().filter(|run| after.is_none_or(|after| run.id.as_str() < after));
        let mut runs: Vec<Run> = behind.map(|run| Run::of(run, asked.lang)).collect();
        let has_more = cut(&mut runs, rows);
        let next = runs.last().filter(|_| has_more).map(|last| last.id.clone());
        Ok(RunsAnswer { runs, next })
    }
}

/// One scheduled job that compares both sides.
#[derive(Debug, Serialize, JsonSchema)]
struct ScheduledJob {
    /// The job.
    job: Job,
    /// When it ended last; `null` for never since the daemon's start.
    last: Option<DateTime<Utc>>,
    /// When it begins next; `null` where it is not planned here.
    next: Option<DateTime<Utc>>,
}

/// One source, and when it is read.
#[derive(Debug, Serialize, JsonSchema)]
struct ScheduledSource {
    /// Its name.
    source: String,
    /// Whether its dossiers are sent or only looked for.
    mode: Mode,
    /// Since when the configuration names it no more.
    left_at: Option<DateTime<Utc>>,
    /// The last time that it was read.
    last_poll: Option<DateTime<Utc>>,
    /// The next time.
    next_poll: Option<DateTime<Utc>>,
    /// The last full sweep.
    last_sweep: Option<DateTime<Utc>>,
    /// The next one.
    next_sweep: Option<DateTime<Utc>>,
}

/// The daemon at one moment, and its plans.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SchedulesAnswer {
    /// The daemon's version.
    version: String,
    /// When it started.
    started_at: DateTime<Utc>,
    /// Whether this daemon leads: the one on a shared ledger that reads the local database.
    leads: bool,
    /// `open`, `paused` by an operator, or the name of the portal's trouble.
    sending: String,
    /// When a portal in trouble is tried again.
    next_probe: Option<DateTime<Utc>>,
    /// Until when the portal has asked to wait.
    paused_until: Option<DateTime<Utc>>,
    /// The last time that the portal accepted something.
    last_acknowledged: Option<DateTime<Utc>>,
    /// Seconds until the backlog is sent; `null` when that cannot be foreseen.
    forecast_s: Option<u64>,
    /// The jobs that compare both sides.
    jobs: Vec<ScheduledJob>,
    /// The sources.
    sources: Vec<ScheduledSource>,
}

/// `GET /api/v1/schedules`.
pub(super) struct Schedules;

impl Resource for Schedules {
    type Answer = SchedulesAnswer;

    const PATH: &'static str = "/api/v1/schedules";
    const NAME: &'static str = "schedules";
    const SUMMARY: &'static str =
        "How the daemon sends, and when it reads and compares next: the page /system.";
    const PARAMETERS: &'static [Parameter] = &[];

    async fn answer(asked: &Asked) -> Result<SchedulesAnswer, Problem> {
        if !asked.visitor.sees_the_daemon() {
            return Err(Problem::new(ProblemKind::NotForYou));
        }
        let console = &asked.console;
        let seen = console.lookout.look().await;
        let started_at = console.lookout.started_at();
        let live = LiveStatus::of(&console.ctx.gate, &console.ctx.vitals, &console.board, &seen, started_at);
        let states = console.board.jobs();
        let named: BTreeSet<Job> = states.last.keys().chain(states.next.keys()).copied().collect();
        let job = |job: Job| ScheduledJob {
            job,
            last: states.last.get(&job).copied(),
            next: states.next.get(&job).copied(),
        };
        Ok(SchedulesAnswer {
            version: live.version,
            started_at: live.started_at,
            leads: live.leads,
            sending: live.sending,
            next_probe: live.next_probe,
            paused_until: live.paused_until,
            last_acknowledged: live.last_acknowledged,
            forecast_s: live.forecast_s,
            jobs: named.into_iter().map(job).collect(),
            sources: sources(asked).await?,
        })
    }
}

async fn sources(asked: &Asked) -> Result<Vec<ScheduledSource>, Problem> {
    let known = asked.console.ctx.ledger.sources().await?;
    let readers = asked.console.ctx.vitals.readers();
    let is_only = known.len() < 2;
    let source = |one: dongbo_ledger::KnownSource| {
        let read = readers.iter().find(|(name, _)| *name == one.name || is_only);
        let moments = read.map(|(_, moments)| moments.clone()).unwrap_or_default();
        ScheduledSource {
            source: one.name,
            mode: one.mode,
            left_at: one.left_at,
            last_poll: moments.last_poll,
            next_poll: moments.next_poll,
            last_sweep: moments.last_sweep,
            next_sweep: moments.next_sweep,
        }
    };
    Ok(known.into_iter().map(source).collect())
}
