//! Fetching the portal's counts, politely: one call after another, and no more once it refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::Theirs;
use crate::compare_jobs::Job;
use crate::inquiry::{Inquiry, Turn};
use crate::reconcile::note::{Note, NoteKind};
use crate::reconcile::run::Run;
use crate::reconcile::{ReconcileError, Reconciler};
use crate::vitals::Part;
use dongbo_ledger::CellCount;
use dongbo_model::{Cell, Month};
use dongbo_portal::{CountGroup, CountRow, EvaluationError};

/// The memo of the portal's ids of procedures, by their codes.
const FORMALITIES: &str = "reconcile.formalities";
/// Stands for all procedures that we have no dossier of.
const OTHERS: &str = "*";
/// Calls in a row without counts, after which the others are left alone.
const MOST_FAILURES: u32 = 3;

/// One question to the portal.
struct Question<'q> {
    group: CountGroup,
    month: Month,
    /// Code and the portal's id of the procedure; all procedures together without.
    procedure: Option<(&'q str, &'q str)>,
}

/// The result of a question.
enum Asked<T> {
    Told(T),
    /// Nothing this time.
    Failed,
    /// Nothing, and nothing more is asked in this run.
    Over,
}

/// The asking of one run.
struct Asking<'q> {
    inquiry: &'q Inquiry,
    /// All calls for counts that are to be made.
    of: u64,
    /// Those that were made.
    done: u64,
    /// Those in a row that failed.
    failures: u32,
    /// The ledger's counts.
    ours: &'q BTreeMap<Cell, CellCount>,
    /// The portal's ids of procedures, by their codes.
    ids: &'q BTreeMap<String, String>,
    /// The units that we have dossiers of.
    agencies: BTreeSet<&'q str>,
    /// The portal's counts so far.
    theirs: BTreeMap<Cell, Theirs>,
}

impl Reconciler {
    /// Asks month by month, the newest first: for all procedures together, and for each that we have dossiers of.
    pub(super) async fn fetch(
        &mut self,
        run: &mut Run<'_>,
        inquiry: &Inquiry,
        ours: &BTreeMap<Cell, CellCount>,
        ids: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<Cell, Theirs>, ReconcileError> {
        let agencies: BTreeSet<&str> = ours.keys().map(|cell| cell.agency.as_str()).collect();
        let mut wanted: BTreeMap<Month, BTreeSet<&str>> = BTreeMap::new();
        for cell in ours.keys() {
            wanted.entry(cell.month).or_default().insert(&cell.procedure);
        }
        let each = if self.config.count_results { 2 } else { 1 };
        let calls: usize = wanted.values().map(|procedures| procedures.len() * each + 1).sum();
        let of = u64::try_from(calls).unwrap_or(u64::MAX);
        let mut asking =
            Asking { inquiry, of, done: 0, failures: 0, ours, ids, agencies, theirs: BTreeMap::new() };
        for (month, procedures) in wanted.into_iter().rev() {
            if !self.fetch_month(run, &mut asking, month, procedures).await? {
                break;
            }
        }
        Ok(asking.theirs)
    }

    /// Asks for the counts of one month. Returns `false` when nothing more is to be asked in this run.
    async fn fetch_month<'q>(
        &mut self,
        run: &mut Run<'_>,
        asking: &mut Asking<'q>,
        month: Month,
        procedures: BTreeSet<&str>,
    ) -> Result<bool, ReconcileError> {
        // The dossiers of each unit beside the procedures that we know.
        let mut beside: BTreeMap<&'q str, u64> = BTreeMap::new();
        if run.request.scope.procedure.is_none() {
            let question = Question { group: CountGroup::Progress, month, procedure: None };
            match self.ask(run, asking, &question).await? {
                Asked::Told(rows) => {
                    let rows = self.by_agency(&rows, &asking.agencies).into_iter();
                    beside = rows.filter_map(|(agency, row)| Some((agency, row.received?))).collect();
                }
                Asked::Failed => {}
                Asked::Over => return Ok(false),
            }
        }
        for code in procedures {
            let Some(id) = asking.ids.get(code) else {
                run.note(Note::about(NoteKind::ProcedureUnlisted, code));
                beside.clear();
                continue;
            };
            let counted = match self.procedure(run, asking, month, (code, id)).await? {
                Asked::Told(counted) => counted,
                Asked::Failed => {
                    beside.clear();
                    continue;
                }
                Asked::Over => return Ok(false),
            };
            for (agency, counted) in counted {
                match (beside.get_mut(agency), counted.received) {
                    (Some(beside), Some(received)) => *beside = beside.saturating_sub(received),
                    (Some(_), None) => drop(beside.remove(agency)),
                    (None, _) => {}
                }
                let cell = Cell { agency: agency.to_owned(), procedure: code.to_owned(), month };
                // A unit of ours that neither side counts anything of is no cell.
                if asking.ours.contains_key(&cell) || counted.received.is_some_and(|many| many > 0) {
                    asking.theirs.insert(cell, counted);
                }
            }
        }
        for (agency, beside) in beside {
            let cell = Cell { agency: agency.to_owned(), procedure: OTHERS.to_owned(), month };
            asking.theirs.insert(cell, Theirs { received: Some(beside), ..Theirs::default() });
        }
        Ok(true)
    }

    /// The portal's counts of one procedure in one month, by unit.
    async fn procedure<'q>(
        &mut self,
        run: &mut Run<'_>,
        asking: &mut Asking<'q>,
        month: Month,
        procedure: (&str, &str),
    ) -> Result<Asked<BTreeMap<&'q str, Theirs>>, ReconcileError> {
        let question = |group| Question { group, month, procedure: Some(procedure) };
        let rows = match self.ask(run, asking, &question(CountGroup::Progress)).await? {
            Asked::Told(rows) => rows,
            Asked::Failed => return Ok(Asked::Failed),
            Asked::Over => return Ok(Asked::Over),
        };
        let mut with_results = Vec::new();
        if self.config.count_results {
            match self.ask(run, asking, &question(CountGroup::Digitised)).await? {
                Asked::Told(rows) => with_results = rows,
                Asked::Failed => {}
                Asked::Over => return Ok(Asked::Over),
            }
        }
        let agencies = &asking.agencies;
        let results = self.by_agency(&with_results, agencies);
        let counted = self.by_agency(&rows, agencies).into_iter().map(|(agency, row)| {
            let with_result = results.get(agency).and_then(|row| row.with_result);
            (agency, Theirs { received: row.received, finished: row.completed, with_result })
        });
        let mut counted: BTreeMap<&str, Theirs> = counted.collect();
        // Of a unit that it does not list it has counted nothing.
        for agency in agencies {
            counted.entry(agency).or_default();
        }
        Ok(Asked::Told(counted))
    }

    /// Asks one question, page by page, each when its turn has come, and keeps the answers.
    async fn ask(
        &mut self,
        run: &mut Run<'_>,
        asking: &mut Asking<'_>,
        question: &Question<'_>,
    ) -> Result<Asked<Vec<CountRow>>, ReconcileError> {
        let (code, id) = question.procedure.unzip();
        let (group, month) = (question.group, question.month);
        let mut rows = Vec::new();
        asking.done += 1;
        for number in 1.. {
            let Some(turn) = turn(run, asking.inquiry).await else { return Ok(Asked::Over) };
            let answer = asking.inquiry.api.count(group, month, id, number).await;
            turn.end(&answer);
            self.ctx.vitals.progressed(Part::Reconcile);
            run.progressed(Job::Counts, asking.done, asking.of, asking.inquiry.pace());
            let page = match answer {
                Ok(page) => page,
                Err(error) => {
                    asking.failures += 1;
                    let refused = matches!(error, EvaluationError::Refused { .. });
                    if !refused {
                        run.note(Note::about(NoteKind::CountsFailed, month));
                    }
                    if refused || asking.failures >= MOST_FAILURES {
                        self.report_refusal(run, &error);
                        return Ok(Asked::Over);
                    }
                    return Ok(Asked::Failed);
                }
            };
            let (at, month) = (self.ctx.clock.now(), month.to_string());
            run.files.keep_counts(at, &month, code.unwrap_or_default(), group.name(), &page.raw)?;
            // Of units that are not ours nothing is compared.
            rows.extend(page.items.into_iter().filter(|row| self.is_ours(row, &asking.agencies)));
            if !page.has_next {
                break;
            }
        }
        asking.failures = 0;
        Ok(Asked::Told(rows))
    }

    /// Whether the row is of the unit with this code of ours.
    fn is_of(&self, agency: &str, row: &CountRow) -> bool {
        match self.config.departments.get(agency) {
            Some(name) => row.id == *name || row.code == *name,
            None => row.code == agency || row.id == agency,
        }
    }

    fn is_ours(&self, row: &CountRow, agencies: &BTreeSet<&str>) -> bool {
        agencies.contains(row.code.as_str())
            || agencies.contains(row.id.as_str())
            || self.config.departments.values().any(|name| row.id == *name || row.code == *name)
    }

    fn by_agency<'a, 'r>(
        &self,
        rows: &'r [CountRow],
        agencies: &BTreeSet<&'a str>,
    ) -> BTreeMap<&'a str, &'r CountRow> {
        let row_of = |agency: &str| rows.iter().find(|row| self.is_of(agency, row));
        agencies.iter().filter_map(|agency| Some((*agency, row_of(agency)?))).collect()
    }

    /// The portal's ids of procedures by their codes, as they were read last, or now when they never were.
    pub(super) async fn formalities(
        &mut self,
        run: &mut Run<'_>,
        inquiry: &Inquiry,
    ) -> Result<BTreeMap<String, String>, EvaluationError> {
        let kept = self.ctx.ledger.memo(FORMALITIES).await.ok().flatten();
        if let Some(ids) = kept.and_then(|kept| serde_json::from_str(&kept).ok()) {
            return Ok(ids);
        }
        self.read_formalities(run, inquiry).await
    }

    /// Reads them, and keeps them for the next runs.
    pub(super) async fn read_formalities(
        &mut self,
        run: &mut Run<'_>,
        inquiry: &Inquiry,
    ) -> Result<BTreeMap<String, String>, EvaluationError> {
        let mut ids = BTreeMap::new();
        for number in 1.. {
            let Some(turn) = turn(run, inquiry).await else { break };
            let page = inquiry.api.formalities(number).await;
            turn.end(&page);
            self.ctx.vitals.progressed(Part::Reconcile);
            let page = page?;
            ids.extend(page.items.into_iter().map(|listed| (listed.code, listed.id)));
            if !page.has_next {
                break;
            }
        }
        if run.cancel.is_cancelled() {
            return Ok(ids);
        }
        if let Ok(kept) = serde_json::to_string(&ids)
            && let Err(error) = self.ctx.ledger.remember(FORMALITIES, &kept).await
        {
            tracing::warn!(
                event = "reconcile.not_kept",
                class = error.class().name(),
                "The portal's list of procedures could not be kept; it is read again next time: {error}"
            );
        }
        Ok(ids)
    }
}

/// The turn of the run's next call to the evaluation API; `None` when the run ends before.
async fn turn(run: &mut Run<'_>, inquiry: &Inquiry) -> Option<Turn> {
    let cancel = run.cancel.clone();
    let turn = cancel.run_until_cancelled(inquiry.turn(Part::Reconcile)).await?;
    run.summary.count_calls += 1;
    Some(turn)
}
