//! Gathering the facts: from the ledger alone, and from a running daemon.

use chrono::{DateTime, Utc};

use super::facts::{
    ComparingFacts, DaemonFacts, DifferenceFacts, Facts, FilesHindered, HeldFacts, LedgerFacts, Stopped,
    WatchedFacts,
};
use super::judge::judge;
use super::verdict::Health;
use crate::compare_jobs::Job;
use crate::ctx::{Ctx, POLLED};
use crate::intake::{CENSUS_MEMO, Census};
use crate::reconcile::RunBoard;
use dongbo_ledger::{
    DifferenceGroup, FileCounts, FileState, KnownSource, Layer, LayerState, Ledger, LedgerError, Moving,
    Overview,
};
use dongbo_model::{Age, FindingKind, Mode, Owner, Remedy};

/// The layers whose state the ledger's rows of dossiers tell; files have rows of their own.
const OF_DOSSIERS: [Layer; 3] = [Layer::Presence, Layer::Status, Layer::Steps];

impl LedgerFacts {
    /// What the ledger holds `now` of one unit, or of all, of which `overview` is known already.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(
        ledger: &Ledger,
        overview: &Overview,
        (unit, now): (Option<&str>, DateTime<Utc>),
    ) -> Result<Self, LedgerError> {
        let files = ledger.file_counts_of(unit).await?;
        let differences = ledger.difference_causes_of(unit).await?;
        Self::of(ledger, overview, &files, &differences, (unit, now)).await
    }

    /// What the ledger holds, of which its counts are known already.
    pub(super) async fn of(
        ledger: &Ledger,
        overview: &Overview,
        files: &FileCounts,
        open: &[DifferenceGroup],
        (unit, now): (Option<&str>, DateTime<Utc>),
    ) -> Result<Self, LedgerError> {
        let files_held = files.of(FileState::Held);
        let mut held_by = std::collections::BTreeMap::new();
        if overview.held > 0 || files_held > 0 {
            for &owner in Owner::ALL {
                let held = ledger.held_by(owner, unit).await?;
                if held.dossiers > 0 || held.files > 0 {
                    held_by.insert(owner, HeldFacts { dossiers: held.dossiers, files: held.files });
                }
            }
        }
        let rebuilt = ledger.rebuilt().await?;
        let of_sources = OfSources::read(ledger).await?;
        let found = |kind: FindingKind| {
            overview.findings.iter().find(|(name, _)| name == kind.name()).map_or(0, |(_, many)| *many)
        };
        let announced = files.of(FileState::Announced);
        let (stranded, gone) = match of_sources.left.is_empty() {
            true => (0, 0),
            false => (ledger.stranded(unit).await?.values().sum::<u64>(), ledger.gone(unit).await?),
        };
        let read_no_more = stranded.saturating_add(gone);
        let due = most(overview, &[LayerState::Due, LayerState::InFlight]);
        let moving =
            if of_sources.modes == (true, true) { ledger.moving(unit, now).await? } else { Vec::new() };
        let (watched, sent) = watched_apart(moving);
        let many = |of: fn(&WatchedFacts) -> u64| watched.iter().map(of).sum::<u64>();
        let (looked_for, looked_for_later) = (many(|one| one.due), many(|one| one.waiting));
        // What waits there soon comes due, and stays so.
        let waiting = most(overview, &[LayerState::Waiting]).saturating_sub(read_no_more.saturating_sub(due));
        Ok(Self {
            watches: of_sources.modes == (false, true),
            wanted: overview.dossiers.saturating_sub(overview.not_sent).saturating_sub(gone),
            synced: synced(overview),
            not_sent: overview.not_sent,
            due: due.saturating_sub(read_no_more).saturating_sub(looked_for),
            waiting: waiting.saturating_sub(looked_for_later),
            oldest_unsent: if watched.is_empty() { overview.oldest_unsent } else { sent },
            watched,
            held: overview.held,
            files_held,
            held_by,
            files_on_the_way: [FileState::New, FileState::Ready]
                .map(|state| files.of(state))
                .iter()
                .sum::<u64>()
                + announced,
            files_announced: announced,
            oldest_announced: files.oldest_announced,
            files_in_trouble: files
                .troubled
                .iter()
                .map(|files| FilesHindered {
                    trouble: files.trouble,
                    detail: files.detail.clone(),
                    many: files.many,
                    since: files.since,
                })
                .collect(),
            not_swept: found(FindingKind::NotSwept),
            unfollowed: found(FindingKind::BadRow),
            changes_gone: of_sources.changes_gone,
            left: of_sources.left,
            stranded,
            gone,
            // They are counted of all only.
            unconfirmed: match unit {
                None => ledger.unconfirmed().await?.map_or(0, |lost| lost.dossiers),
                Some(_) => 0,
            },
            links: ledger.unproved_links(unit).await?,
            differences: open.iter().flat_map(differences).collect(),
            paused: ledger.pause().await?,
            rebuilding: rebuilt.filter(|rebuilt| rebuilt.complete_at.is_none()).map(|rebuilt| rebuilt.at),
            last_poll: ledger.cursor(POLLED).await?,
            last_sweep: of_sources.last_sweep,
            last_comparison: ledger
                .cursor(Job::LookUps.cursor())
                .await?
                .max(ledger.cursor(Job::Counts.cursor()).await?),
        })
    }
}

/// Facts that the ledger keeps of each source.
struct OfSources {
    changes_gone: Vec<(String, u64, DateTime<Utc>)>,
    left: Vec<String>,
    /// Whether any is sent for, and whether any is only watched.
    modes: (bool, bool),
    /// When the last of them was swept that others were swept after.
    last_sweep: Option<DateTime<Utc>>,
}

impl OfSources {
    async fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let sources = ledger.sources().await?;
        let left = sources.iter().filter(|one| one.left_at.is_some()).map(|one| one.name.clone()).collect();
        let read: Vec<&KnownSource> = sources.iter().filter(|one| one.left_at.is_none()).collect();
        let any_is = |mode: Mode| read.iter().any(|one| one.mode == mode);
        let modes = (any_is(Mode::Push), any_is(Mode::Watch));
        let (mut changes_gone, mut sweeps) = (Vec::new(), Vec::new());
        for one in &read {
            let own = ledger.of_source(one.id, false);
            let census = Census::read(own.memo(&own.own(CENSUS_MEMO)).await?.as_deref());
            let name = if read.len() > 1 { one.name.clone() } else { String::new() };
            changes_gone
                .extend(census.as_ref().and_then(Census::gone).map(|(rows, since)| (name, rows, since)));
            sweeps.push(own.cursor(&own.own(Job::Sweep.cursor())).await?);
        }
        Ok(Self { changes_gone, left, modes, last_sweep: sweeps.into_iter().min().flatten() })
    }
}

/// The moving dossiers of sources that are watched, and since when the oldest change waits in the others.
fn watched_apart(moving: Vec<Moving>) -> (Vec<WatchedFacts>, Option<DateTime<Utc>>) {
    let (watched, sent): (Vec<Moving>, Vec<Moving>) =
        moving.into_iter().partition(|one| one.mode == Mode::Watch);
    let facts = |one: Moving| {
        let Moving { source, due, waiting, oldest_unsent: since, .. } = one;
        WatchedFacts { source, due, waiting, since }
    };
    (watched.into_iter().map(facts).collect(), sent.iter().filter_map(|one| one.oldest_unsent).min())
}

/// The dossiers that lack nothing in any layer.
fn synced(overview: &Overview) -> u64 {
    let has = |&layer: &Layer| {
        let counts = overview.counts.of(layer);
        counts.of(LayerState::Synced).saturating_add(counts.of(LayerState::Unproved))
    };
    Layer::ALL.iter().map(has).min().unwrap_or_default()
}

/// The most dossiers that any layer has in `states`.
fn most(overview: &Overview, states: &[LayerState]) -> u64 {
    let of = |layer: Layer| states.iter().map(|&state| overview.counts.of(layer).of(state)).sum();
    OF_DOSSIERS.into_iter().map(of).max().unwrap_or_default()
}

/// The differences of a group that are more than young, by who has to act: those that were sent again wait for the next
/// look.
fn differences(group: &DifferenceGroup) -> Vec<DifferenceFacts> {
    if group.age == Age::Pending {
        return Vec::new();
    }
    let owner = match Remedy::of(group.kind, &group.cause, group.age, group.mendable) {
        Remedy::Repair | Remedy::LookUp | Remedy::Send | Remedy::AcceptSteps => Owner::Operator,
        Remedy::Resend => Owner::Bridge,
        Remedy::Unit => Owner::Unit,
        Remedy::Portal => Owner::Portal,
        // What is held is counted as such.
        Remedy::Person | Remedy::Nothing => Owner::Nobody,
    };
    let waiting = if owner == Owner::Operator { group.sent_again.min(group.many) } else { 0 };
    [(owner, group.many.saturating_sub(waiting)), (Owner::Nobody, waiting)]
        .into_iter()
        .filter(|(_, many)| *many > 0)
        .map(|(owner, many)| DifferenceFacts { owner, many, since: group.since })
        .collect()
}

impl DaemonFacts {
    /// What the running daemon knows at `now`; `overview` is for its forecast.
    #[must_use]
    pub fn of(
        ctx: &Ctx,
        board: &RunBoard,
        overview: Option<&Overview>,
        started_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let moments = ctx.vitals.moments();
        let moments_of = ctx.vitals.readers();
        let gate = &ctx.gate;
        let forecast = overview.and_then(|overview| gate.forecast(&ctx.vitals, overview.backlog(), now));
        Self {
            started_at,
            leads: moments.leads,
            has_read: moments.has_read,
            poll_every: moments.poll_every,
            sweep_due: moments.next_sweep.filter(|_| moments.leads),
            last_poll: moments.last_poll,
            last_reading: moments.last_page,
            readers: if moments_of.len() > 1 { moments_of } else { Vec::new() },
            failing: ctx.failures.standing(),
            standstill: ctx.standstill(now).map(|standstill| (standstill.part, standstill.since)),
            stopped: gate.stopped().map(|stopped| Stopped {
                trouble: stopped.trouble,
                since: stopped.since,
                words: stopped.words,
                next_probe: stopped.probe_at,
            }),
            forecast_s: forecast.map(|left| left.as_secs()),
            comparing: comparing(board, moments.leads),
        }
    }
}

fn comparing(board: &RunBoard, leads: bool) -> ComparingFacts {
    let jobs = board.jobs();
    let compares = |job: &Job| matches!(job, Job::Counts | Job::LookUps);
    let first = |moments: &std::collections::BTreeMap<Job, DateTime<Utc>>| {
        moments.iter().filter(|(job, _)| compares(job) && leads).map(|(_, at)| *at).min()
    };
    ComparingFacts {
        due: first(&jobs.due),
        next: first(&jobs.next),
        running: board.progress().map(|running| (running.job, running.done, running.of)),
        broken_off: jobs
            .broken_off
            .iter()
            .filter(|(job, _)| compares(job))
            .map(|(_, many)| *many)
            .max()
            .unwrap_or_default(),
    }
}

impl Facts {
    /// The verdict on them.
    #[must_use]
    pub fn judge(&self, now: DateTime<Utc>) -> Health {
        judge(self, now)
    }
}
