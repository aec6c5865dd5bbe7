//! The portal's counts against the ledger's, cell by cell.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::RngExt as _;

use super::judge::{Delta, explain};
use super::order::{COUNTS_BROKEN_OFF, Job};
use super::run::Run;
use super::{ReconcileError, Reconciler};
use crate::class::ErrorClass;
use crate::clock::earlier;
use crate::dossier::{Cell, DifferenceKind, Differing, Month};
use crate::ledger::{CellCount, Found, FoundBy};
use crate::portal::{Evaluation, EvaluationError, Progress, ProgressRow};

/// The memo of the portal's ids of procedures, by their codes.
const FORMALITIES: &str = "reconcile.formalities";
/// Stands for all procedures that we have no dossier of.
const OTHERS: &str = "*";
/// Calls in a row without counts, after which the others are left alone.
const MOST_FAILURES: u32 = 3;
/// Cells written down at once.
const AT_ONCE: usize = 500;

/// What both sides count of a cell.
#[derive(Debug, Clone, Copy)]
struct Theirs {
    received: Option<u64>,
    finished: Option<u64>,
}

/// How a cell stands.
enum Verdict {
    Equal,
    Pending,
    Uncounted,
    Different(DifferenceKind, u64, u64),
}

impl Reconciler {
    /// Asks for the counts of every month, unit and procedure in scope and compares them with the ledger's.
    pub(super) async fn count(&mut self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let Some(evaluation) = self.evaluation.clone() else {
            run.note("counts_off");
            return Ok(());
        };
        self.place_unplaced().await?;
        let counted_until = earlier(self.clock.now(), self.config.counts_lag);
        let before = self.ours(run, counted_until).await?;
        let ids = match self.formalities(run, &evaluation).await {
            Ok(ids) => ids,
            Err(error) => {
                self.report_refusal(run, &error);
                return Ok(());
            }
        };
        let theirs = self.fetch(run, &evaluation, &before, &ids).await?;
        // What was accepted while the portal was asked is in one of the two counts.
        let after = self.ours(run, counted_until).await?;
        let mut open_since: HashMap<Cell, DateTime<Utc>> = HashMap::new();
        self.each_difference(Some(FoundBy::Counts), |it| {
            open_since.insert(it.cell.clone(), it.since);
        })
        .await?;
        let mut judged: Vec<(Cell, Option<Found>)> = Vec::new();
        for (cell, counted) in &theirs {
            let nothing = CellCount { cell: cell.clone(), known: 0, on_portal: 0, finished: 0, moving: 0 };
            let sides = [before.get(cell).unwrap_or(&nothing), after.get(cell).unwrap_or(&nothing)];
            run.summary.cells.compared += 1;
            match verdict(sides, *counted) {
                Verdict::Equal => {
                    run.summary.cells.equal += 1;
                    judged.push((cell.clone(), None));
                }
                Verdict::Pending => run.summary.cells.pending += 1,
                Verdict::Uncounted => run.summary.cells.uncounted += 1,
                Verdict::Different(kind, ours, theirs) => {
                    run.summary.cells.different += 1;
                    let since = open_since.get(cell).copied();
                    judged.push((cell.clone(), Some(self.cell_difference(cell, kind, ours, theirs, since))));
                }
            }
        }
        for batch in judged.chunks(AT_ONCE) {
            let codes: Vec<String> = batch.iter().map(|(cell, _)| code_of(cell)).collect();
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let found: Vec<Found> = batch.iter().filter_map(|(_, found)| found.clone()).collect();
            let now = self.clock.now();
            let recorded = self.ledger.record_differences(FoundBy::Counts, &codes, &found, now).await?;
            run.tell(&found, &recorded);
        }
        Ok(())
    }

    async fn ours(
        &self,
        run: &Run<'_>,
        counted_until: DateTime<Utc>,
    ) -> Result<BTreeMap<Cell, CellCount>, ReconcileError> {
        let present = Month::of(self.clock.now());
        let oldest = present.0 - i64::from(self.config.months) + 1;
        let counts = self.ledger.cell_counts(counted_until).await?;
        let in_scope = |count: &CellCount| {
            (oldest..=present.0).contains(&count.cell.month.0) && run.order.scope.holds(Some(&count.cell))
        };
        Ok(counts.into_iter().filter(in_scope).map(|count| (count.cell.clone(), count)).collect())
    }

    /// Asks month by month, the newest first: for all procedures together, and for each that we have dossiers of.
    async fn fetch(
        &mut self,
        run: &mut Run<'_>,
        evaluation: &Evaluation,
        ours: &BTreeMap<Cell, CellCount>,
        ids: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<Cell, Theirs>, ReconcileError> {
        let agencies: BTreeSet<&str> = ours.keys().map(|cell| cell.agency.as_str()).collect();
        let mut wanted: BTreeMap<Month, BTreeSet<&str>> = BTreeMap::new();
        for cell in ours.keys() {
            wanted.entry(cell.month).or_default().insert(&cell.procedure);
        }
        let calls: usize = wanted.values().map(|procedures| procedures.len() + 1).sum();
        let calls = u64::try_from(calls).unwrap_or(u64::MAX);
        let mut theirs = BTreeMap::new();
        let mut failures = 0;
        for (month, procedures) in wanted.into_iter().rev() {
            let mut parts: BTreeMap<String, u64> = BTreeMap::new();
            let mut whole: Option<BTreeMap<String, u64>> = None;
            let unlisted = procedures.iter().any(|code| !ids.contains_key(*code));
            // Without a scope of one procedure, what lies beside those that we know is seen too.
            let all = run.order.scope.procedure.is_none().then_some(None);
            for procedure in all.into_iter().chain(procedures.into_iter().map(Some)) {
                let id = procedure.map(|code| ids.get(code));
                if id == Some(None) {
                    run.note(format!("procedure_unlisted:{}", procedure.unwrap_or_default()));
                    continue;
                }
                let answer = self.ask(run, evaluation, month, id.flatten().map(String::as_str)).await;
                run.progressed(Job::Counts, run.summary.count_calls, calls);
                let progress = match answer {
                    Ok(progress) => progress,
                    Err(error @ EvaluationError::Refused { .. }) => {
                        self.report_refusal(run, &error);
                        return Ok(theirs);
                    }
                    Err(error) => {
                        failures += 1;
                        run.note(format!("counts_failed:{month}"));
                        if failures >= MOST_FAILURES {
                            self.report_refusal(run, &error);
                            return Ok(theirs);
                        }
                        continue;
                    }
                };
                failures = 0;
                let at = self.clock.now();
                for raw in &progress.raw {
                    run.files.keep_counts(at, &month.to_string(), procedure.unwrap_or_default(), raw)?;
                }
                let rows = self.by_agency(&progress, &agencies);
                let Some(procedure) = procedure else {
                    whole =
                        Some(rows.iter().filter_map(|(a, row)| Some((a.clone(), row.received?))).collect());
                    continue;
                };
                for agency in &agencies {
                    let row = rows.get(*agency);
                    let counted = Theirs {
                        received: row.and_then(|row| row.received),
                        finished: row.and_then(|row| row.completed),
                    };
                    let cell = Cell { agency: (*agency).to_owned(), procedure: procedure.to_owned(), month };
                    *parts.entry(cell.agency.clone()).or_default() += counted.received.unwrap_or(0);
                    // A unit of ours that neither side counts anything of is no cell.
                    if ours.contains_key(&cell) || counted.received.is_some_and(|many| many > 0) {
                        theirs.insert(cell, counted);
                    }
                }
            }
            for (agency, whole) in whole.into_iter().flatten().filter(|_| !unlisted) {
                let beside = whole.saturating_sub(parts.get(&agency).copied().unwrap_or(0));
                let cell = Cell { agency, procedure: OTHERS.to_owned(), month };
                theirs.insert(cell, Theirs { received: Some(beside), finished: None });
            }
        }
        Ok(theirs)
    }

    /// One call, when its turn has come.
    async fn ask(
        &mut self,
        run: &mut Run<'_>,
        evaluation: &Evaluation,
        month: Month,
        formality: Option<&str>,
    ) -> Result<Progress, EvaluationError> {
        if run.summary.count_calls > 0 {
            self.rest_between_counts().await;
        }
        run.summary.count_calls += 1;
        evaluation.progress(month, formality).await
    }

    /// The even time between two calls, more or less a quarter of it.
    async fn rest_between_counts(&mut self) {
        let even = Duration::from_secs(60) / self.config.counts_per_minute.max(1);
        self.clock.sleep(even.mul_f64(self.chance.random_range(0.75..1.25))).await;
    }

    fn by_agency(&self, progress: &Progress, agencies: &BTreeSet<&str>) -> BTreeMap<String, ProgressRow> {
        let called = |agency: &str, row: &ProgressRow| match self.config.departments.get(agency) {
            Some(name) => row.id == *name || row.code == *name,
            None => row.code == agency || row.id == agency,
        };
        agencies
            .iter()
            .filter_map(|agency| {
                let row = progress.rows.iter().find(|row| called(agency, row))?;
                Some(((*agency).to_owned(), row.clone()))
            })
            .collect()
    }

    /// The portal's ids of procedures by their codes, as they were read last, or now when they never were.
    async fn formalities(
        &mut self,
        run: &mut Run<'_>,
        evaluation: &Evaluation,
    ) -> Result<BTreeMap<String, String>, EvaluationError> {
        let kept = self.ledger.memo(FORMALITIES).await.ok().flatten();
        if let Some(ids) = kept.and_then(|kept| serde_json::from_str(&kept).ok()) {
            return Ok(ids);
        }
        self.read_formalities(run, evaluation).await
    }

    async fn read_formalities(
        &mut self,
        run: &mut Run<'_>,
        evaluation: &Evaluation,
    ) -> Result<BTreeMap<String, String>, EvaluationError> {
        run.summary.count_calls += 1;
        let found = evaluation.formalities().await?;
        let ids: BTreeMap<String, String> = found.into_iter().map(|it| (it.code, it.id)).collect();
        if let Ok(kept) = serde_json::to_string(&ids)
            && let Err(error) = self.ledger.remember(FORMALITIES, &kept).await
        {
            tracing::warn!(
                event = "reconcile.not_kept",
                class = error.class().name(),
                "The portal's list of procedures could not be kept; it is read again next time: {error}"
            );
        }
        Ok(ids)
    }

    /// Reads the portal's list of procedures, and notes those of ours that it does not have.
    pub(super) async fn catalogue(&mut self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let Some(evaluation) = self.evaluation.clone() else {
            run.note("counts_off");
            return Ok(());
        };
        match self.read_formalities(run, &evaluation).await {
            Ok(ids) => {
                let ours = self.ledger.cell_counts(self.clock.now()).await?;
                let codes: BTreeSet<String> = ours.into_iter().map(|count| count.cell.procedure).collect();
                for code in codes.iter().filter(|code| !ids.contains_key(*code)) {
                    run.note(format!("procedure_unlisted:{code}"));
                }
            }
            Err(error) => self.report_refusal(run, &error),
        }
        Ok(())
    }

    fn report_refusal(&self, run: &mut Run<'_>, error: &EvaluationError) {
        run.note(COUNTS_BROKEN_OFF);
        tracing::warn!(
            event = "reconcile.counts_broken_off",
            class = ErrorClass::Transient.name(),
            calls = run.summary.count_calls,
            "The portal's counts were not read to the end, and what was not read is not compared: {error}"
        );
    }

    fn cell_difference(
        &self,
        cell: &Cell,
        kind: DifferenceKind,
        ours: u64,
        theirs: u64,
        open_since: Option<DateTime<Utc>>,
    ) -> Found {
        let now = self.clock.now();
        // What is younger than the lag is moving and was taken off.
        let settled = earlier(now, self.config.counts_lag);
        let since = open_since.map_or(settled, |since| since.min(settled));
        let cause = if kind == DifferenceKind::CountedMore { "born_on_portal" } else { "unexplained" };
        Found {
            code: code_of(cell),
            cell: cell.clone(),
            differing: Differing::plain(kind, "", ours.to_string(), theirs.to_string()),
            cause: cause.to_owned(),
            age: self.ages().age(since, now),
            since,
        }
    }

    /// Notes of each cell that differs whether what look-ups showed accounts for it.
    pub(super) async fn explain_cells(&self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let mut cells = Vec::new();
        self.each_difference(Some(FoundBy::Counts), |it| cells.push(it.clone())).await?;
        if cells.is_empty() {
            return Ok(());
        }
        let mut deltas: HashMap<Cell, Delta> = HashMap::new();
        self.each_difference(Some(FoundBy::LookUp), |difference| explain(difference, &mut deltas)).await?;
        let number = |text: &str| text.parse::<i64>().unwrap_or_default();
        let explained: Vec<Found> = cells
            .into_iter()
            .filter_map(|it| {
                let delta = deltas.get(&it.cell).copied().unwrap_or_default();
                let kind = it.what()?;
                let known =
                    if kind == DifferenceKind::CountedFinished { delta.finished } else { delta.received };
                let cause = match kind {
                    _ if known == number(&it.theirs) - number(&it.ours) => "told_one_by_one",
                    DifferenceKind::CountedMore => "born_on_portal",
                    _ => "unexplained",
                };
                (it.cause != cause).then(|| Found {
                    differing: Differing::plain(kind, it.subject.clone(), it.ours.clone(), it.theirs.clone()),
                    cause: cause.to_owned(),
                    age: it.age,
                    since: it.since,
                    code: it.code,
                    cell: it.cell,
                })
            })
            .collect();
        for batch in explained.chunks(AT_ONCE) {
            let codes: Vec<&str> = batch.iter().map(|it| it.code.as_str()).collect();
            let now = self.clock.now();
            let recorded = self.ledger.record_differences(FoundBy::Counts, &codes, batch, now).await?;
            run.tell(batch, &recorded);
        }
        Ok(())
    }
}

/// The name of a cell among the codes of dossiers, none of which begins so.
fn code_of(cell: &Cell) -> String {
    format!("@{cell}")
}

/// How a cell stands: it differs only when it does so before and after the portal was asked, by more than is moving.
fn verdict(sides: [&CellCount; 2], theirs: Theirs) -> Verdict {
    let Some(received) = theirs.received else { return Verdict::Uncounted };
    let finished_off =
        |side: &CellCount| theirs.finished.map_or(0, |finished| finished.abs_diff(side.finished));
    let off = |side: &CellCount| received.abs_diff(side.on_portal).max(finished_off(side));
    if sides.iter().any(|side| off(side) == 0) {
        return Verdict::Equal;
    }
    if sides.iter().any(|side| off(side) <= side.moving) {
        return Verdict::Pending;
    }
    let [_, now] = sides;
    if received > now.on_portal {
        Verdict::Different(DifferenceKind::CountedMore, now.on_portal, received)
    } else if received < now.on_portal {
        Verdict::Different(DifferenceKind::CountedLess, now.on_portal, received)
    } else {
        Verdict::Different(DifferenceKind::CountedFinished, now.finished, theirs.finished.unwrap_or_default())
    }
}
