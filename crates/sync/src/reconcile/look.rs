//! Looking dossiers up on the portal and judging what it shows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rand::RngExt as _;

use super::checkpoint::{Place, Plan};
use super::judge::cause;
use super::note::NoteKind;
use super::run::Run;
use super::{ReconcileError, Reconciler};
use crate::compare_jobs::Job;
use crate::gate::{Change, Load, Permit, Stream, report_change};
use crate::vitals::Part;
use dongbo_ledger::{Found, Standing};
use dongbo_model::clock::later;
use dongbo_model::{
    Cell, DifferenceKind, Differing, Dossier, DossierCode, FoundBy, Mode, Month, PlainCause, PortalHistory,
};
use dongbo_portal::{Answer, Histories, Outcome, Seen};
use dongbo_source::Reading;

/// Dossiers are read, looked up and written down together, as many as may be looked up within this time, within limits.
const BATCH_TIME: Duration = Duration::from_secs(20);
const SMALLEST_BATCH: usize = 10;
const LARGEST_BATCH: usize = 200;
/// Look-ups under way at once; the gate may allow fewer.
const AT_ONCE: usize = 8;
/// Codes read at once.
const PAGE: u32 = 5_000;
/// Look-ups in a row without an answer, after which the others are left for later.
const MOST_FAILURES: u32 = 20;

/// The result of one look-up.
enum Shown {
    Seen(Option<Seen>),
    /// The portal gave no answer that says anything of the dossier.
    Nothing,
    /// Calls may not go.
    Stopped,
}

/// A dossier that was judged.
struct Judged {
    code: String,
    /// In what it differs.
    differing: Vec<Differing>,
    /// The portal's history of its steps, when it is no beginning of ours.
    history: Option<PortalHistory>,
}

/// Dossiers on their way through a look-up.
#[derive(Default)]
struct Batch {
    /// Their state before they were read.
    before: HashMap<String, Standing>,
    cells: HashMap<String, Cell>,
    /// Those that can be judged.
    asked: Vec<Dossier>,
    /// In what each differs that was judged.
    judged: Vec<Judged>,
    /// Those that cannot: something of them is on its way.
    in_flight: u64,
}

impl Reconciler {
    /// Looks up what is most worth it, within the run's budget, or everything.
    pub(super) async fn look(
        &mut self,
        run: &mut Run<'_>,
        place: Option<Place>,
    ) -> Result<(), ReconcileError> {
        self.place_unplaced().await?;
        if !self.portal.looks_up() {
            run.note(NoteKind::LookUpsOff);
            return Ok(());
        }
        if let Some(code) = &run.request.scope.dossier {
            return self
                .look_through(run, std::slice::from_ref(code), &mut 0, 1, |_, _| None)
                .await
                .map(drop);
        }
        let (plan, looked_at) = match place {
            Some(Place::Walk(after, done)) => return self.look_at_all(run, after, done).await,
            Some(Place::Planned(plan, looked_at)) => (plan, looked_at),
            None if run.request.full && run.request.scope.is_all() => {
                return self.look_at_all(run, String::new(), 0).await;
            }
            None => (self.plan(run).await?, 0),
        };
        run.drawn = Arc::clone(&plan.drawn);
        let of = u64::try_from(plan.codes.len()).unwrap_or(u64::MAX);
        let mut done = u64::try_from(looked_at).unwrap_or(u64::MAX);
        let ahead = plan.codes.get(looked_at..).unwrap_or_default();
        let place = |done: u64, _: &str| Some(Place::Planned(plan.clone(), usize::try_from(done).ok()?));
        if !self.look_through(run, ahead, &mut done, of, place).await? {
            run.summary.left = run.summary.left.saturating_add(of.saturating_sub(done));
        }
        Ok(())
    }

    /// Looks at every dossier behind `after`; so many before it are `done`.
    async fn look_at_all(
        &mut self,
        run: &mut Run<'_>,
        mut after: String,
        mut done: u64,
    ) -> Result<(), ReconcileError> {
        let of = run.summary.dossiers;
        let place = |done: u64, last: &str| Some(Place::Walk(last.to_owned(), done));
        loop {
            let page = self.ctx.ledger.on_portal_after(&after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(last);
            if !self.look_through(run, &page, &mut done, of, place).await? {
                run.summary.left = of.saturating_sub(done);
                return Ok(());
            }
        }
    }

    /// The dossiers to look up, the most valuable first: those found to differ, those that the portal counts otherwise,
    /// those whose outcome is unknown, those never seen since they were accepted; and always a sample of all.
    async fn plan(&mut self, run: &mut Run<'_>) -> Result<Plan, ReconcileError> {
        let scope = &run.request.scope;
        let budget = if run.request.full { u32::MAX } else { self.config.look_ups_per_run };
        let counts = self.ctx.ledger.cell_counts(self.ctx.clock.now()).await?;
        let mut known = Vec::new();
        self.each_difference(Some(FoundBy::LookUp), |difference| {
            if scope.holds(Some(&difference.cell)) && known.last() != Some(&difference.code) {
                known.push(difference.code.clone());
            }
        })
        .await?;
        if !scope.is_all() {
            let cells: Vec<Cell> =
                counts.into_iter().map(|count| count.cell).filter(|cell| scope.holds(Some(cell))).collect();
            known.extend(self.ctx.ledger.in_cells(&cells, budget).await?);
            return Ok(Plan { codes: without_repeats([known], budget, run).into(), drawn: Arc::default() });
        }
        let on_portal: u64 = counts.iter().map(|count| count.on_portal).sum();
        let sample = self.draw(on_portal, budget).await?;
        let drawn: HashSet<String> = sample.iter().cloned().collect();
        let budget = budget.saturating_sub(u32::try_from(sample.len()).unwrap_or(u32::MAX));
        let mut cells = Vec::new();
        self.each_difference(Some(FoundBy::Counts), |difference| cells.push(difference.cell.clone())).await?;
        let in_cells = self.ctx.ledger.in_cells(&cells, budget).await?;
        let in_doubt = self.ctx.ledger.in_doubt(budget).await?;
        let unverified = self.ctx.ledger.unverified(budget).await?;
        let planned: HashSet<&String> = known.iter().chain(&in_cells).chain(&in_doubt).collect();
        let never_seen = self.ctx.ledger.count_unverified().await?;
        let in_plan = unverified.iter().filter(|code| !planned.contains(code)).count();
        let room = usize::try_from(budget).unwrap_or(usize::MAX).saturating_sub(planned.len()).min(in_plan);
        run.summary.left = never_seen.saturating_sub(u64::try_from(room).unwrap_or_default());
        let mut plan = without_repeats([known, in_cells, in_doubt, unverified], budget, run);
        let there: HashSet<String> = plan.iter().cloned().collect();
        plan.extend(sample.into_iter().filter(|code| !there.contains(code)));
        Ok(Plan { codes: plan.into(), drawn: Arc::new(drawn) })
    }

    /// Draws dossiers at random from all that the portal accepted, each with the same probability.
    async fn draw(&mut self, of: u64, budget: u32) -> Result<Vec<String>, ReconcileError> {
        let wanted = u64::from(self.config.sample.min(budget)).min(of);
        let mut places = HashSet::new();
        while u64::try_from(places.len()).unwrap_or(u64::MAX) < wanted {
            places.insert(self.chance.random_range(0..of));
        }
        let mut drawn = Vec::new();
        let (mut after, mut place) = (String::new(), 0_u64);
        while u64::try_from(drawn.len()).unwrap_or(u64::MAX) < wanted {
            let page = self.ctx.ledger.on_portal_after(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            for code in page {
                if places.contains(&place) {
                    drawn.push(code);
                }
                place += 1;
            }
        }
        Ok(drawn)
    }

    /// Looks up, judges and writes down, batch by batch; the next is read meanwhile. `done` counts what was written down,
    /// of `of`, and `place` says where a run goes on that is interrupted behind so many, of which the last has this code.
    /// `false` when no more may be looked up now.
    async fn look_through(
        &self,
        run: &mut Run<'_>,
        codes: &[String],
        done: &mut u64,
        of: u64,
        place: impl Fn(u64, &str) -> Option<Place>,
    ) -> Result<bool, ReconcileError> {
        let mut ready = self.prepare(codes).await?;
        let mut left = codes;
        while let Some((mut batch, many)) = ready {
            run.progressed(Job::LookUps, *done, of, self.pace());
            let (batch_of, behind) = left.split_at(many.min(left.len()));
            let (goes_on, prepared) = tokio::join!(
                biased;
                self.ask_all(run, &batch.asked, &batch.before, &mut batch.judged),
                self.prepare(behind),
            );
            self.write_down(run, batch).await?;
            if !goes_on {
                return Ok(false);
            }
            *done += u64::try_from(batch_of.len()).unwrap_or_default();
            if let Some(place) = batch_of.last().and_then(|last| place(*done, last)) {
                run.keep(Some(place));
            }
            ready = prepared?;
            left = behind;
        }
        Ok(true)
    }

    /// Reads a batch of the first of `ahead`, as many as there is room for, judges what needs no look-up, and says how many they are;
    /// `None` when none is ahead.
    async fn prepare(&self, ahead: &[String]) -> Result<Option<(Batch, usize)>, ReconcileError> {
        let ahead = ahead.get(..self.batch_size()).unwrap_or(ahead);
        if ahead.is_empty() {
            return Ok(None);
        }
        let codes: Vec<DossierCode> = ahead.iter().filter_map(|code| DossierCode::new(code)).collect();
        let names: Vec<&str> = codes.iter().map(DossierCode::as_str).collect();
        let before = self.ctx.ledger.standings(&names).await?;
        let readings = if codes.is_empty() { Vec::new() } else { self.read_some(&codes, &before).await? };
        let unread = codes.get(readings.len()).map(DossierCode::as_str);
        let many = ahead.iter().position(|code| Some(code.as_str()) == unread).unwrap_or(ahead.len());
        let mut ready = Batch { before, ..Batch::default() };
        for (code, reading) in codes.iter().zip(readings) {
            let Some(standing) = ready.before.get(code.as_str()) else { continue };
            ready.cells.extend(standing.cell.clone().map(|cell| (code.to_string(), cell)));
            match reading {
                Reading::Absent if standing.on_portal && !standing.moves() => {
                    let gone = Differing::plain(DifferenceKind::UnknownLocally, "", "0", "1");
                    let code = code.to_string();
                    ready.judged.push(Judged { code, differing: vec![gone], history: None });
                }
                Reading::Dossier(dossier) if comparable(standing, &dossier) => {
                    ready.cells.extend(dossier.cell().map(|cell| (code.to_string(), cell)));
                    ready.asked.push(*dossier);
                }
                Reading::Absent | Reading::Defective(_) | Reading::Dossier(_) => ready.in_flight += 1,
            }
        }
        Ok(Some((ready, many)))
    }

    /// Looks dossiers up, several at once, each when its turn has come by the budget of a minute. `false` when no more may be
    /// looked up now.
    async fn ask_all(
        &self,
        run: &mut Run<'_>,
        asked: &[Dossier],
        before: &HashMap<String, Standing>,
        judged: &mut Vec<Judged>,
    ) -> bool {
        let pace = self.pace();
        let mut waiting = asked.iter();
        let mut under_way = FuturesUnordered::new();
        let cancel = run.cancel.clone();
        let mut goes_on = true;
        loop {
            let begins = goes_on && under_way.len() < AT_ONCE && waiting.len() > 0;
            tokio::select! {
                biased;
                Some((code, shown)) = under_way.next() => match shown {
                    Shown::Seen(seen) => {
                        run.failures = 0;
                        run.summary.looked_up += 1;
                        let histories = seen.as_ref().and_then(|seen| seen.histories.as_ref());
                        let history = histories.map(Histories::of_portal);
                        let standing = before.get(&code);
                        judged.push(Judged { code, differing: differing(seen, standing), history });
                    }
                    Shown::Nothing => {
                        run.failures += 1;
                        run.summary.unanswered += 1;
                        goes_on &= run.failures < MOST_FAILURES;
                    }
                    Shown::Stopped => goes_on = false,
                },
                () = cancel.cancelled(), if begins => goes_on = false,
                () = self.ctx.clock.sleep_until(run.next_look_up), if begins => {
                    run.next_look_up = later(self.ctx.clock.now(), pace);
                    under_way.extend(waiting.next().map(|dossier| async {
                        let code = dossier.code.to_string();
                        let standing = before.get(&code);
                        let watched = standing.is_some_and(|its| self.sources.watches(its.source));
                        let mode = if watched { Mode::Watch } else { Mode::Push };
                        let shown = self.look_up(dossier, mode).await;
                        (code, shown)
                    }));
                }
                else => break,
            }
        }
        if !goes_on && !cancel.is_cancelled() {
            run.note(NoteKind::LookUpsBrokenOff);
        }
        goes_on
    }

    fn pace(&self) -> Duration {
        self.config.pace()
    }

    fn batch_size(&self) -> usize {
        let in_time = match self.config.look_ups_per_minute {
            0 => LARGEST_BATCH,
            many => usize::try_from(u64::from(many) * BATCH_TIME.as_secs() / 60).unwrap_or(LARGEST_BATCH),
        };
        in_time.clamp(SMALLEST_BATCH, LARGEST_BATCH)
    }

    async fn write_down(&self, run: &mut Run<'_>, batch: Batch) -> Result<(), ReconcileError> {
        let Batch { before, judged, cells, in_flight, .. } = batch;
        run.summary.in_flight += in_flight;
        let names: Vec<&str> = judged.iter().map(|one| one.code.as_str()).collect();
        let after = self.ctx.ledger.standings(&names).await?;
        let now = self.ctx.clock.now();
        let mut settled = Vec::new();
        let mut equal = Vec::new();
        let mut found = Vec::new();
        let mut histories = Vec::new();
        for Judged { code, differing, history } in &judged {
            let (Some(was), Some(is)) = (before.get(code), after.get(code)) else { continue };
            // Whatever was heard of or sent while we looked, what was seen may be of before or of after it.
            if (was.fence, was.touches) != (is.fence, is.touches) || is.moves() {
                run.summary.in_flight += 1;
                continue;
            }
            settled.push(code.as_str());
            let drawn = run.drawn.contains(code);
            run.summary.sample.looked_at += u64::from(drawn);
            if differing.is_empty() {
                run.summary.equal += 1;
                equal.push((code.as_str(), is.fence));
                continue;
            }
            run.summary.different += 1;
            run.summary.sample.different += u64::from(drawn);
            histories.extend(history.as_ref().map(|history| (code.as_str(), is.fence, history)));
            let cell = cells.get(code).cloned().unwrap_or_else(nowhere);
            found.extend(differing.iter().map(|differing| Found {
                code: code.clone(),
                cell: cell.clone(),
                cause: self.cause(differing, is, history.as_ref()).into(),
                age: self.ages().age(is.accepted_at, now),
                since: is.accepted_at,
                differing: differing.clone(),
            }));
        }
        if !equal.is_empty() {
            self.ctx.ledger.verified(&equal, now).await?;
        }
        self.ctx.ledger.note_histories(&histories).await?;
        let recorded = self.ctx.ledger.record_differences(FoundBy::LookUp, &settled, &found, now).await?;
        run.tell(&found, &recorded);
        Ok(())
    }

    /// The cause of a difference; of a dossier that is only watched the portal accepted nothing from dongbo.
    fn cause(
        &self,
        differing: &Differing,
        standing: &Standing,
        history: Option<&PortalHistory>,
    ) -> PlainCause {
        match cause(differing, standing, history) {
            PlainCause::LostOnPortal | PlainCause::ChangedOnPortal | PlainCause::LostAnswer
                if self.sources.watches(standing.source) =>
            {
                PlainCause::NotBrought
            }
            cause => cause,
        }
    }

    /// One look-up, behind the changes that wait at the gate.
    async fn look_up(&self, dossier: &Dossier, mode: Mode) -> Shown {
        let Some(permit) = self.permit().await else { return Shown::Stopped };
        let looked = self.portal.look_up(dossier, mode).await;
        let worked = Answer::local(Outcome::Delivered, "");
        let answer = looked.as_ref().err().unwrap_or(&worked);
        let change = self.ctx.gate.record(&permit, Load::LOOK_UP, answer);
        report_change(change, answer);
        if let Change::Opened(trouble) = change {
            self.ctx.metrics.sending_stopped(trouble);
        }
        self.ctx.vitals.progressed(Part::Reconcile);
        match looked {
            Ok(seen) => Shown::Seen(seen),
            Err(_) => Shown::Nothing,
        }
    }

    /// Leave for one call; `None` while calls may not go.
    async fn permit(&self) -> Option<Permit> {
        let _waiting = self.ctx.vitals.waits(Part::Reconcile);
        self.ctx.gate.acquire(Stream::Rest).await.ok()
    }
}

/// Whether a dossier can be judged: nothing is on its way, and nothing has changed here that was not sent.
fn comparable(standing: &Standing, dossier: &Dossier) -> bool {
    let sent = standing.content == Some(dossier.content_fingerprint())
        && standing.steps == dossier.step_chain().whole();
    standing.rests && sent || standing.held && standing.on_portal
}

/// The differences that count: what the portal is known to keep in a form of its own is none, nor is a history that a person accepted.
fn differing(seen: Option<Seen>, standing: Option<&Standing>) -> Vec<Differing> {
    let form = standing.and_then(|standing| standing.form.as_deref());
    let history = standing.and_then(|standing| standing.history.as_ref());
    match seen {
        Some(seen) => seen.differing_from(form, history),
        None => vec![Differing::plain(DifferenceKind::Missing, "", "1", "0")],
    }
}

/// The cell of a dossier that is in none that we know.
pub(crate) fn nowhere() -> Cell {
    Cell { agency: String::new(), procedure: String::new(), month: Month(0) }
}

/// The lists one after another, each code once, no more than the budget. What does not fit is left for later runs.
fn without_repeats<const N: usize>(lists: [Vec<String>; N], budget: u32, run: &mut Run<'_>) -> Vec<String> {
    let budget = usize::try_from(budget).unwrap_or(usize::MAX);
    let mut there = HashSet::new();
    let mut plan: Vec<String> =
        lists.into_iter().flatten().filter(|code| there.insert(code.clone())).collect();
    if plan.len() > budget {
        run.note(NoteKind::OverBudget);
        plan.truncate(budget);
    }
    plan
}
