//! The portal's counts against the ledger's, cell by cell.

mod fetch;
mod verdict;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::judge::Explained;
use super::note::{Note, NoteKind};
use super::run::Run;
use super::{ReconcileError, Reconciler};
use dongbo_ledger::{CellCount, Found};
use dongbo_model::clock::earlier;
use dongbo_model::{Cause, ErrorClass, FoundBy, PlainCause};
use dongbo_model::{Cell, DifferenceKind, Differing, Mode, Month};
use dongbo_portal::EvaluationError;
use verdict::{Theirs, Verdict, verdict};

/// Cells written down at once.
const AT_ONCE: usize = 500;

impl Reconciler {
    /// Asks for the counts of every month, unit and procedure in scope and compares them with the ledger's.
    pub(super) async fn count(&mut self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let Some(inquiry) = self.inquiry.clone() else {
            run.note(NoteKind::CountsOff);
            return Ok(());
        };
        self.place_unplaced().await?;
        let counted_until = earlier(self.ctx.clock.now(), self.config.counts_lag);
        let before = self.ours(run, counted_until).await?;
        let ids = match self.formalities(run, &inquiry).await {
            Ok(ids) => ids,
            Err(error) => {
                self.report_refusal(run, &error);
                return Ok(());
            }
        };
        let theirs = self.fetch(run, &inquiry, &before, &ids).await?;
        // What was accepted while the portal was asked is in one of the two counts.
        let after = self.ours(run, counted_until).await?;
        let mut open_since: HashMap<Cell, DateTime<Utc>> = HashMap::new();
        self.each_difference(Some(FoundBy::Counts), |difference| {
            open_since.insert(difference.cell.clone(), difference.since);
        })
        .await?;
        let mut judged: Vec<(Cell, Option<Found>)> = Vec::new();
        for (cell, counted) in &theirs {
            let nothing = CellCount {
                cell: cell.clone(),
                known: 0,
                on_portal: 0,
                finished: 0,
                with_result: 0,
                result_unknown: 0,
                moving: 0,
            };
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
        if self.sources.of_mode(Mode::Watch).is_some() {
            self.look_first(&theirs, &after).await?;
        }
        for batch in judged.chunks(AT_ONCE) {
            let codes: Vec<String> = batch.iter().map(|(cell, _)| code_of(cell)).collect();
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let found: Vec<Found> = batch.iter().filter_map(|(_, found)| found.clone()).collect();
            let now = self.ctx.clock.now();
            let recorded = self.ctx.ledger.record_differences(FoundBy::Counts, &codes, &found, now).await?;
            run.tell(&found, &recorded);
        }
        Ok(())
    }

    /// Has the dossiers of cells in which the portal counts another number than the local system has looked up before others.
    async fn look_first(
        &self,
        theirs: &BTreeMap<Cell, Theirs>,
        ours: &BTreeMap<Cell, CellCount>,
    ) -> Result<(), ReconcileError> {
        let known = |cell: &Cell| ours.get(cell).map(|count| count.known);
        let differs = |(cell, counted): &(&Cell, &Theirs)| {
            counted.received.is_some() && known(cell).is_some_and(|known| counted.received != Some(known))
        };
        let cells: Vec<Cell> = theirs.iter().filter(differs).map(|(cell, _)| cell.clone()).collect();
        if !cells.is_empty() && self.ctx.ledger.look_first(&cells, self.ctx.clock.now()).await? > 0 {
            self.ctx.due.ring_all();
        }
        Ok(())
    }

    async fn ours(
        &self,
        run: &Run<'_>,
        counted_until: DateTime<Utc>,
    ) -> Result<BTreeMap<Cell, CellCount>, ReconcileError> {
        let present = Month::of(self.ctx.clock.now());
        let oldest = present.0 - i64::from(self.config.months) + 1;
        let counts = self.ctx.ledger.cell_counts(counted_until).await?;
        let in_scope = |count: &CellCount| {
            (oldest..=present.0).contains(&count.cell.month.0) && run.request.scope.holds(Some(&count.cell))
        };
        Ok(counts.into_iter().filter(in_scope).map(|count| (count.cell.clone(), count)).collect())
    }

    /// Reads the portal's list of procedures, and notes those of ours that it does not have.
    pub(super) async fn catalogue(&mut self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let Some(inquiry) = self.inquiry.clone() else {
            run.note(NoteKind::CountsOff);
            return Ok(());
        };
        match self.read_formalities(run, &inquiry).await {
            Ok(_) if run.cancel.is_cancelled() => {}
            Ok(ids) => {
                let ours = self.ctx.ledger.cell_counts(self.ctx.clock.now()).await?;
                let codes: BTreeSet<String> = ours.into_iter().map(|count| count.cell.procedure).collect();
                for code in codes.iter().filter(|code| !ids.contains_key(*code)) {
                    run.note(Note::about(NoteKind::ProcedureUnlisted, code));
                }
            }
            Err(error) => self.report_refusal(run, &error),
        }
        Ok(())
    }

    fn report_refusal(&self, run: &mut Run<'_>, error: &EvaluationError) {
        run.note(NoteKind::CountsBrokenOff);
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
        let now = self.ctx.clock.now();
        // What is younger than the lag is moving and was taken off.
        let settled = earlier(now, self.config.counts_lag);
        let since = open_since.map_or(settled, |since| since.min(settled));
        let cause = match kind {
            DifferenceKind::CountedMore => PlainCause::BornOnPortal,
            _ => PlainCause::Unexplained,
        };
        Found {
            code: code_of(cell),
            cell: cell.clone(),
            differing: Differing::plain(kind, "", ours.to_string(), theirs.to_string()),
            cause: cause.into(),
            age: self.ages().age(since, now),
            since,
        }
    }

    /// Notes of each cell that differs whether the findings of look-ups account for it.
    pub(super) async fn explain_cells(&self, run: &mut Run<'_>) -> Result<(), ReconcileError> {
        let mut cells = Vec::new();
        self.each_difference(Some(FoundBy::Counts), |difference| cells.push(difference.clone())).await?;
        if cells.is_empty() {
            return Ok(());
        }
        let mut explained = Explained::default();
        self.each_difference(Some(FoundBy::LookUp), |difference| explained.add(difference)).await?;
        let number = |text: &str| text.parse::<i64>().unwrap_or_default();
        let explained: Vec<Found> = cells
            .into_iter()
            .filter_map(|difference| {
                let delta = explained.of(&difference.cell);
                let kind = difference.kind;
                let known = match kind {
                    DifferenceKind::CountedFinished => delta.finished,
                    DifferenceKind::CountedResults => delta.with_result,
                    _ => delta.received,
                };
                let cause = match kind {
                    _ if known == number(&difference.theirs) - number(&difference.ours) => {
                        PlainCause::ToldOneByOne
                    }
                    DifferenceKind::CountedMore => PlainCause::BornOnPortal,
                    _ => PlainCause::Unexplained,
                };
                (difference.cause != Cause::Plain(cause)).then(|| Found {
                    differing: Differing::plain(
                        kind,
                        difference.subject.clone(),
                        difference.ours.clone(),
                        difference.theirs.clone(),
                    ),
                    cause: cause.into(),
                    age: difference.age,
                    since: difference.since,
                    code: difference.code,
                    cell: difference.cell,
                })
            })
            .collect();
        for batch in explained.chunks(AT_ONCE) {
            let codes: Vec<&str> = batch.iter().map(|found| found.code.as_str()).collect();
            let now = self.ctx.clock.now();
            let recorded = self.ctx.ledger.record_differences(FoundBy::Counts, &codes, batch, now).await?;
            run.tell(batch, &recorded);
        }
        Ok(())
    }
}

/// The name of a cell among the codes of dossiers, none of which begins so.
fn code_of(cell: &Cell) -> String {
    format!("@{cell}")
}
