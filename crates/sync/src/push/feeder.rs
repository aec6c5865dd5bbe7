//! Claims due dossiers, reads them as they are now, and hands them to a courier.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::hold::{Hold, Place};
use super::parcel::{Parcel, ParcelFiles};
use super::report;
use super::round::Round;
use super::settler::{Ending, Endings, LONGEST_SLEEP};
use crate::bells::Bell;
use crate::ctx::Ctx;
use crate::facts::FactsTeller;
use crate::failures::Work;
use crate::files::Delivery;
use crate::gate::Way;
use crate::vitals::Part;
use dongbo_ledger::{
    Claim, FactsNews, KnownFile, Landing, Lane, LedgerError, Next, Proof, Settlement, SideNews,
};
use dongbo_model::backoff::retry_waits;
use dongbo_model::clock::later;
use dongbo_model::{Dossier, DossierCode, Finding, FindingKind};
use dongbo_portal::Reader;
use dongbo_source::{Reading, Source, SourceError};

/// It sleeps no shorter than this when nothing is due, however short the times are that it is given.
const SHORTEST_SLEEP: Duration = Duration::from_millis(100);

/// Feeds one courier from its lanes.
pub(super) struct Feeder {
    pub(super) part: Part,
    pub(super) lanes: &'static [Lane],
    /// The room for what the courier carries.
    pub(super) hold: Hold,
    pub(super) ctx: Ctx,
    pub(super) source: Arc<Source>,
    pub(super) portal: Reader,
    pub(super) teller: FactsTeller,
    pub(super) endings: Endings,
    pub(super) owner: String,
    pub(super) lease: Duration,
    /// The longest time in which a request lands.
    pub(super) lands_within: Duration,
    /// Most writes of one kind with one content within a day.
    pub(super) most_writes: u32,
    pub(super) live_for: Duration,
    pub(super) smallest_round: usize,
    pub(super) page_size: usize,
    /// Whether only some units are read from the source, so that a dossier may be there that is none of ours.
    pub(super) only_units: bool,
    /// The way of files to the portal; `None` when dongbo delivers none.
    pub(super) delivery: Option<Arc<Delivery>>,
}

/// The readings of a page, and by code the ledger's knowledge of its files.
type Found = (Vec<Reading>, HashMap<String, Vec<KnownFile>>);

/// A feeding that could not be done.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl Feeder {
    /// Feeds `courier` until `stop`. What is claimed by then is handed over or given back: a claim that was dropped
    /// would keep its dossier waiting for a whole lease.
    pub(super) async fn run(self, courier: mpsc::Sender<Vec<Parcel>>, stop: CancellationToken) {
        let mut round = Round::new(self.smallest_round);
        let mut waits = retry_waits();
        let bell = if self.lanes.contains(&Lane::Live) { Bell::Live } else { Bell::Background };
        while !stop.is_cancelled() {
            let Some(Some(room)) = stop.run_until_cancelled(self.room(&courier)).await else { return };
            let due = self.ctx.due.rung(bell);
            tokio::pin!(due);
            due.as_mut().enable();
            match self.next_parcels(&mut round, &stop).await {
                Ok((Some(parcels), _)) => {
                    waits = retry_waits();
                    room.send(parcels);
                }
                Ok((None, until)) => {
                    waits = retry_waits();
                    self.ctx.vitals.progressed(self.part);
                    drop(room);
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => {}
                        () = due => {}
                        () = self.ctx.clock.sleep_until(until) => {}
                    }
                }
                Err(error) => {
                    drop(room);
                    let wait = waits.next().unwrap_or(LONGEST_SLEEP);
                    self.report(&error, wait);
                    self.ctx.vitals.progressed(self.part);
                    stop.run_until_cancelled(self.ctx.clock.sleep(wait)).await;
                }
            }
        }
    }

    /// Waits until sending goes on and the courier has room. The gate first: while sending is stopped nothing is
    /// claimed, so nothing is held up. `None` when there is nobody to feed any more.
    async fn room<'c>(
        &self,
        courier: &'c mpsc::Sender<Vec<Parcel>>,
    ) -> Option<mpsc::Permit<'c, Vec<Parcel>>> {
        loop {
            tokio::select! {
                biased;
                () = self.ctx.gate.until(Way::Open) => break,
                () = self.ctx.clock.sleep(LONGEST_SLEEP) => self.take_back_meanwhile().await,
            }
        }
        let room = courier.reserve().await.ok()?;
        self.hold.until_free().await;
        Some(room)
    }

    /// Takes back dossiers that a crash left under lease: they would count as in flight for as long as sending is stopped.
    /// One feeder does it for all.
    async fn take_back_meanwhile(&self) {
        if self.lanes.contains(&Lane::Live) {
            match self.ctx.ledger.reclaim(self.ctx.clock.now()).await {
                Ok(reclaimed) => self.report_reclaimed(reclaimed),
                Err(error) => self.report(&error.into(), LONGEST_SLEEP),
            }
        }
    }

    fn report_reclaimed(&self, reclaimed: u64) {
        if reclaimed > 0 {
            self.ctx.metrics.reclaimed(reclaimed);
            tracing::warn!(
                event = "lease.expired",
                dossiers = reclaimed,
                "{reclaimed} leases had run out; their dossiers will be looked up on the portal"
            );
        }
    }

    /// One round: the dossiers that are to be carried, or until when there is none.
    async fn next_parcels(
        &self,
        round: &mut Round,
        stop: &CancellationToken,
    ) -> Result<(Option<Vec<Parcel>>, DateTime<Utc>), FeedError> {
        let (now, passed) = (self.ctx.clock.now(), self.ctx.clock.mark());
        let is_live = self.lanes.contains(&Lane::Live);
        if is_live && round.demotes(passed, self.live_for) {
            self.ctx.ledger.demote(self.live_for, now).await?;
        }
        if !is_live && self.portal.looks_up() && round.is_time_to_confirm(passed, self.longest_sleep()) {
            self.confirm_again(now).await?;
        }
        let size = round.begin(passed);
        let ledger = &self.ctx.ledger;
        let (claimed, writing) =
            ledger.begin_claim(self.lanes, size, round.turn, &self.owner, self.lease, now).await?;
        let latest = later(now, self.longest_sleep());
        let until = claimed.next_due.map_or(latest, |due| due.min(latest));
        let mut left: VecDeque<Claim> = claimed.claims.into();
        let claims = left.len();
        let mut page = self.next_page(&mut left);
        // Reading may begin while the claims go to the disk, sending may not.
        let (written, mut read) = tokio::join!(writing.finish(), self.read_until(&page, stop));
        written?;
        self.report_reclaimed(claimed.reclaimed);
        if claims == 0 {
            // Nothing is left whose reading could fail.
            self.ctx.failures.worked(Work::Read, &self.ctx.source, self.part.name());
            return Ok((None, until));
        }
        round.took(claims);
        let mut parcels = Vec::with_capacity(claims);
        loop {
            match read {
                Some(Ok(found)) => {
                    let (unread, unplaced) = self.sort_out(page, found, &mut parcels).await;
                    unread.into_iter().rev().for_each(|claim| left.push_front(claim));
                    if !unplaced.is_empty() {
                        round.carried(parcels.len());
                        self.give_back(unplaced.into_iter().chain(left)).await;
                        return Ok((Some(parcels), until));
                    }
                }
                unread => {
                    let packed = parcels.into_iter().map(Parcel::into_claim);
                    self.give_back(page.into_iter().chain(left).chain(packed)).await;
                    return match unread {
                        Some(Err(error)) => Err(error),
                        Some(Ok(_)) | None => Ok((None, until)),
                    };
                }
            }
            if left.is_empty() {
                return Ok((Some(parcels), until));
            }
            page = self.next_page(&mut left);
            read = self.read_until(&page, stop).await;
        }
    }

    fn next_page(&self, left: &mut VecDeque<Claim>) -> Vec<Claim> {
        left.drain(..self.page_size.min(left.len())).collect()
    }

    /// Packs what can be carried into `parcels`, and ends the claims of what cannot. Gives the claims of those that were not read, and
    /// of those for which there is no room.
    async fn sort_out(
        &self,
        mut page: Vec<Claim>,
        (readings, mut known): Found,
        parcels: &mut Vec<Parcel>,
    ) -> (Vec<Claim>, Vec<Claim>) {
        let unread = page.split_off(readings.len().min(page.len()));
        let mut unplaced = Vec::new();
        for (claim, reading) in page.into_iter().zip(readings) {
            match reading {
                Reading::Dossier(_) if self.only_units && !claim.listed => self.absent(claim).await,
                Reading::Dossier(dossier) => match self.portal.objection(&dossier) {
                    None => match self.hold.place(&dossier) {
                        Some(place) => {
                            let known = known.remove(claim.code.as_str()).unwrap_or_default();
                            parcels.push(self.parcel(claim, *dossier, &known, place));
                        }
                        None => unplaced.push(claim),
                    },
                    Some(finding) => {
                        let local = SideNews::Known(self.teller.local(&dossier));
                        self.hold_back(claim, vec![finding], FactsNews { local, ..FactsNews::default() })
                            .await;
                    }
                },
                Reading::Defective(findings) if is_not_sent(&findings) => self.rest(claim, findings).await,
                Reading::Defective(findings) => self.hold_back(claim, findings, FactsNews::default()).await,
                Reading::Absent => self.absent(claim).await,
            }
        }
        (unread, unplaced)
    }

    /// Gives claims back as if they had never been.
    async fn give_back(&self, claims: impl Iterator<Item = Claim>) {
        for claim in claims {
            self.end(Ending::GivenBack(claim.code, claim.fence)).await;
        }
    }

    /// Reads the dossiers of a page; `None` after a `stop`.
    async fn read_until(&self, page: &[Claim], stop: &CancellationToken) -> Option<Result<Found, FeedError>> {
        if page.is_empty() {
            return Some(Ok(Found::default()));
        }
        let codes: Vec<DossierCode> = page.iter().map(|claim| claim.code.clone()).collect();
        stop.run_until_cancelled(self.read(&codes)).await
    }

    /// However quiet it is, it looks for leases that ran out and answers that were lost this often.
    fn longest_sleep(&self) -> Duration {
        LONGEST_SLEEP.min(self.lands_within / 4).max(SHORTEST_SLEEP)
    }

    /// Has dossiers looked up once more of which an answer was lost, when no request of then can land any more.
    async fn confirm_again(&self, now: DateTime<Utc>) -> Result<(), FeedError> {
        let dossiers = self.ctx.ledger.confirm_again(self.lands_within, now).await?;
        if dossiers > 0 {
            tracing::info!(
                event = "lost.confirmed_again",
                dossiers,
                "{dossiers} dossiers whose answers were lost are looked up once more, as their requests have landed by now or never will"
            );
        }
        Ok(())
    }

    /// Reads dossiers as they are now, from the first on as many as there is room for, and the ledger's knowledge of their files.
    async fn read(&self, codes: &[DossierCode]) -> Result<Found, FeedError> {
        let readings = self.source.read_some(codes).await?;
        self.ctx.failures.worked(Work::Read, &self.ctx.source, self.part.name());
        let known = match &self.delivery {
            Some(_) => self.ctx.ledger.known_files(codes).await?,
            None => HashMap::new(),
        };
        Ok((readings, known))
    }

    /// The dossier as it goes, with its proved files named.
    fn parcel(&self, claim: Claim, mut dossier: Dossier, known: &[KnownFile], place: Place) -> Parcel {
        self.ctx.metrics.not_known(&dossier.not_known);
        let files = self.delivery.as_ref().map(|delivery| {
            let now = self.ctx.clock.now();
            delivery.ship(&mut dossier, known, now);
            let marks = delivery.marks(&dossier, known, claim.touched, now);
            let lists_fewer = known.iter().any(|file| !marks.iter().any(|mark| mark.place == file.place));
            ParcelFiles { marks, lists_fewer }
        });
        let most = (self.most_writes, self.ctx.clock.now());
        Parcel::new(claim, (dossier, place), (&self.portal, &self.teller), files, most)
    }

    /// It cannot be read as a dossier: its unit has to act, and nobody else waits for that.
    async fn hold_back(&self, claim: Claim, findings: Vec<Finding>, facts: FactsNews) {
        report::report_held(&claim.code, &claim.unit, &findings);
        self.end(ending(claim, Next::Held, findings, facts)).await;
    }

    /// By the mapping it is not sent at its status: it rests until that changes. What the portal has of it stays there.
    async fn rest(&self, claim: Claim, mut findings: Vec<Finding>) {
        if claim.accepted.on_portal {
            let note = "it is on the portal since before, and stays there as it is";
            findings.iter_mut().for_each(|finding| note.clone_into(&mut finding.detail));
        }
        report::report_not_sent(&claim.code, &claim.unit, claim.accepted.on_portal, &findings);
        self.end(ending(claim, Next::NotSent, findings, FactsNews::default())).await;
    }

    /// [dossiers] does not give it. Where another source gives it, it is read from there from now on. While the queries that find
    /// dossiers do, the mapping is at fault. Otherwise the local
    /// database has it no more. On the portal it stays, so that a person has to look; if it was never sent, it is simply
    /// forgotten.
    async fn absent(&self, claim: Claim) {
        match self.ctx.ledger.hand_over(&claim.code, self.ctx.clock.now()).await {
            Ok(false) => {}
            Ok(true) => {
                self.give_back(std::iter::once(claim)).await;
                self.ctx.due.ring_all();
                return;
            }
            Err(error) => {
                self.report(&error.into(), Duration::ZERO);
                return self.give_back(std::iter::once(claim)).await;
            }
        }
        if claim.listed && self.is_still_given(&claim).await {
            let finding = Finding::new(FindingKind::NotReadable, "dossiers.code", "");
            self.hold_back(claim, vec![finding], FactsNews::default()).await;
            return;
        }
        let never_sent = !claim.accepted.on_portal && claim.doubt == dongbo_ledger::Doubt::None;
        if never_sent {
            self.end(ending(claim, Next::Forget, Vec::new(), FactsNews::gone(true))).await;
        } else {
            let finding = Finding::new(FindingKind::DeletedLocally, "dossier", "");
            self.hold_back(claim, vec![finding], FactsNews::gone(false)).await;
        }
    }

    /// Whether the queries that find dossiers give it yet: it may have been deleted since. What cannot be told is left to the
    /// next sweep.
    async fn is_still_given(&self, claim: &Claim) -> bool {
        if claim.changed_at == DateTime::UNIX_EPOCH {
            return true;
        }
        self.source.still_gives(&claim.code, claim.changed_at).await.unwrap_or(true)
    }

    async fn end(&self, ending: Ending) {
        // A round may hold nothing that a courier ever sees: a year without a mapping, say.
        self.ctx.vitals.progressed(self.part);
        if self.endings.send(ending).await.is_err() {
            report::report_settler_gone();
        }
    }

    fn report(&self, error: &FeedError, wait: Duration) {
        let class = match error {
            FeedError::Ledger(error) => {
                self.ctx.ledger_failed(error);
                error.class()
            }
            FeedError::Source(error) => {
                self.ctx.metrics.source_failed("read", error.class());
                let (failures, part) = (&self.ctx.failures, self.part.name());
                failures.failed(Work::Read, &self.ctx.source, part, error.class(), self.ctx.told(error));
                error.class()
            }
        };
        tracing::error!(
            event = "push.feed_failed",
            class = class.name(),
            retry_in_s = wait.as_secs_f64(),
            "Due dossiers{} cannot be read now: {}",
            self.ctx.named(),
            self.ctx.told(error)
        );
    }
}

fn is_not_sent(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.kind == FindingKind::NotForPortal)
}

fn ending(claim: Claim, next: Next, findings: Vec<Finding>, facts: FactsNews) -> Ending {
    Ending::Settled(Box::new(Settlement {
        doubt: claim.doubt,
        code: claim.code,
        fence: claim.fence,
        touches: claim.touches,
        next,
        attempts: 0,
        wanted: None,
        accepted: claim.accepted,
        rounds: claim.rounds,
        landing: Landing::default(),
        history_shown: None,
        delayed: None,
        facts,
        findings: Some(findings),
        attempt: None,
        cell: None,
        proof: Proof::None,
        unproved_links: None,
        files: None,
    }))
}
