//! The lane of files: claims those that are due, reads their dossiers while others are at work, proves them, and has them
//! announced or uploads them. It has its own budget, so that a scan of 40 MB never delays a status.
//!
//! One reading of a dossier serves all of its files that are due. As many files as are worked on at once wait with what
//! was read of them, so that no worker waits for the local database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::claimed_file::Claimed;
use super::courier::{FileCourier, kept};
use super::lease::{LEASE, renewing};
use super::reader::{Read, read};
use crate::bells::Bell;
use crate::ctx::Ctx;
use crate::gate::Way;
use crate::sources::Sources;
use crate::vitals::Part;
use dongbo_ledger::{FileClaim, FileNews, LedgerError};
use dongbo_model::backoff::{LONGEST_RETRY, retry_waits};
use dongbo_model::clock::{Mark, later};
use dongbo_model::{ErrorClass, SourceId};
use dongbo_source::SourceError;

/// However quiet it is, files whose holder died are looked for this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// Looks after files.
pub(super) struct FileLane {
    /// The handles that every worker holds.
    pub(super) ctx: Ctx,
    /// The channel for the ends of claims. When the ledger cannot be written it fills up, and the lane stops.
    pub(super) news: mpsc::Sender<FileNews>,
    /// Notified when ends of claims were written.
    pub(super) settled: Arc<Notify>,
    /// The local databases.
    pub(super) sources: Sources,
    /// Brings a file to the portal.
    pub(super) courier: Arc<FileCourier>,
    /// Files that are worked on at once.
    pub(super) concurrency: usize,
    /// The name under which this engine claims.
    pub(super) owner: String,
    /// Seeds jitter.
    pub(super) chance: StdRng,
}

/// A round that could not be done.
#[derive(Debug, thiserror::Error)]
enum LaneError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// The files that are claimed at this moment.
struct UnderWay {
    /// The dossiers of some are being read, with how many files wait for that.
    readings: FuturesUnordered<BoxFuture<'static, (usize, Read)>>,
    /// The files whose dossiers are being read.
    unread: usize,
    /// The others: they are worked on, or wait for one of these places.
    files: JoinSet<()>,
    places: Arc<Semaphore>,
}

impl UnderWay {
    fn claimed(&self) -> usize {
        self.unread.saturating_add(self.files.len())
    }
}

/// The rest after failures.
struct Rest {
    waits: Box<dyn Iterator<Item = Duration> + Send>,
    until: Option<Mark>,
    /// Whether a source was read since the last failure.
    worked: bool,
}

impl Rest {
    fn none() -> Self {
        Self { waits: Box::new(retry_waits()), until: None, worked: false }
    }
}

impl FileLane {
    /// Works until `stop`; then what is under way is broken off, and begins again when the lease of its claim ends. What
    /// was only claimed is given back.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.concurrency.min(Semaphore::MAX_PERMITS)));
        let (readings, files) = (FuturesUnordered::new(), JoinSet::new());
        let mut work = UnderWay { readings, unread: 0, files, places };
        let mut rest = Rest::none();
        let mut turn: usize = 0;
        while !stop.is_cancelled() {
            let mut until = later(self.ctx.clock.now(), LONGEST_SLEEP);
            let due = Arc::clone(&self.ctx.due);
            let told = due.rung(Bell::Files);
            tokio::pin!(told);
            told.as_mut().enable();
            if let Some(rested) = rest.until.filter(|mark| !self.ctx.clock.has_come(*mark)) {
                until = until.min(self.ctx.clock.moment_of(rested));
            } else if !self.is_full(&work) && self.may_work() {
                match self.claim(&mut work, turn, &stop).await {
                    Ok((begun, next)) => {
                        turn = turn.wrapping_add(begun);
                        if begun == 0 && work.readings.is_empty() {
                            rest = Rest::none();
                        }
                        if begun >= self.concurrency {
                            until = self.ctx.clock.now();
                        } else if let Some(next) = next {
                            until = until.min(next);
                        }
                    }
                    Err(error) => until = until.min(self.rest(&mut rest, &error.into())),
                }
            }
            let full = self.is_full(&work);
            if work.claimed() < self.concurrency {
                // Nothing is due, or it was claimed, or that failed and is told.
                self.ctx.vitals.progressed(Part::Files);
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some((files, read)) = work.readings.next(), if !work.readings.is_empty() => {
                    work.unread = work.unread.saturating_sub(files);
                    self.begin(&mut work, read, &mut rest, &stop);
                }
                Some(_) = work.files.join_next(), if !work.files.is_empty() => self.ctx.vitals.progressed(Part::Files),
                () = &mut told, if !full => {}
                () = self.settled.notified(), if !full => {}
                () = self.ctx.clock.sleep_until(until), if !full => {}
            }
        }
        while let Some((_, read)) = work.readings.next().await {
            self.give_back(read);
        }
        while work.files.join_next().await.is_some() {}
    }

    /// Whether enough files are claimed that no worker waits for the next reading.
    fn is_full(&self, work: &UnderWay) -> bool {
        work.claimed() >= self.concurrency.saturating_mul(2)
    }

    /// Reading files does no harm while the portal is away, but uploading them would be in vain.
    fn may_work(&self) -> bool {
        !self.courier.uploads() || self.ctx.gate.way() == Way::Open
    }

    /// Claims files and begins to read their dossiers. Returns how many had their turn, and when the next falls due.
    async fn claim(
        &self,
        work: &mut UnderWay,
        turn: usize,
        stop: &CancellationToken,
    ) -> Result<(usize, Option<DateTime<Utc>>), LedgerError> {
        let now = self.ctx.clock.now();
        // Several at a time, so that a claim and a reading cost little of each.
        let due = self.ctx.ledger.claim_files(self.concurrency, turn, &self.owner, LEASE, now).await?;
        let mut of: BTreeMap<SourceId, Vec<FileClaim>> = BTreeMap::new();
        for claim in due.claims {
            of.entry(claim.source).or_default().push(claim);
        }
        for (source, claims) in of {
            // What is read no more, or cannot be read now, is looked at again when the leases of these claims end.
            let Some(one) = self.sources.of(source) else { continue };
            let files = claims.len();
            work.unread = work.unread.saturating_add(files);
            let (one, courier, ctx) = (Arc::clone(one), Arc::clone(&self.courier), self.ctx.clone());
            let reading = read(one, claims, courier, ctx, stop.clone());
            work.readings.push(reading.map(move |read| (files, read)).boxed());
        }
        Ok((due.in_turn, due.next_due))
    }

    /// Begins with the files whose dossiers were read.
    fn begin(&mut self, work: &mut UnderWay, read: Read, rest: &mut Rest, stop: &CancellationToken) {
        self.ctx.vitals.progressed(Part::Files);
        match read {
            Read::Done(files) => {
                *rest = Rest { worked: true, ..Rest::none() };
                for (claim, claimed) in files {
                    let chance = StdRng::from_rng(&mut self.chance);
                    let task = self.task(claim, claimed, chance, Arc::clone(&work.places), stop.clone());
                    work.files.spawn(task);
                }
            }
            // Another source can be read: its files do not wait.
            Read::Failed(error) if rest.worked => {
                rest.worked = false;
                self.report(&error.into(), LEASE);
            }
            Read::Failed(error) => drop(self.rest(rest, &error.into())),
            stopped @ Read::Stopped(_) => self.give_back(stopped),
        }
    }

    /// Works on one file once there is a place, renewing its claim meanwhile, and hands in the end of the claim.
    fn task(
        &self,
        claim: FileClaim,
        claimed: Claimed,
        chance: StdRng,
        places: Arc<Semaphore>,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + use<> {
        let (courier, ledger, clock) =
            (Arc::clone(&self.courier), self.ctx.ledger.clone(), self.ctx.clock.clone());
        let news = self.news.clone();
        async move {
            let renewing = renewing(ledger, clock.clone(), vec![claim.clone()]);
            tokio::pin!(renewing);
            let place = tokio::select! {
                biased;
                () = stop.cancelled() => None,
                place = places.acquire() => place.ok(),
                () = &mut renewing => return,
            };
            if place.is_none() {
                return hand_back(&news, claim, clock.now());
            }
            let settlement = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                settlement = courier.look_after(claim, claimed, chance) => settlement,
                () = &mut renewing => return,
            };
            // Without its writer the lane is about to end; the file is looked at again when the lease does.
            tokio::select! {
                biased;
                sent = news.send(FileNews::Ended(Box::new(settlement))) => drop(sent),
                () = stop.cancelled() => {}
            }
        }
    }

    /// Gives back what was claimed and not begun.
    fn give_back(&self, read: Read) {
        let claims: Vec<FileClaim> = match read {
            Read::Stopped(claims) => claims,
            Read::Done(files) => files.into_iter().map(|(claim, _)| claim).collect(),
            Read::Failed(_) => return,
        };
        for claim in claims {
            hand_back(&self.news, claim, self.ctx.clock.now());
        }
    }

    /// Tells of a failure, and until when no file is claimed.
    fn rest(&self, rest: &mut Rest, error: &LaneError) -> DateTime<Utc> {
        let wait = rest.waits.next().unwrap_or(LONGEST_RETRY);
        self.report(error, wait);
        rest.until = Some(self.ctx.clock.mark().later(wait));
        later(self.ctx.clock.now(), wait)
    }

    fn report(&self, error: &LaneError, wait: Duration) {
        let class: ErrorClass = match error {
            LaneError::Ledger(error) => {
                self.ctx.ledger_failed(error);
                error.class()
            }
            LaneError::Source(error) => {
                self.ctx.metrics.source_failed("read", error.class());
                error.class()
            }
        };
        tracing::error!(
            event = "files.lane_failed",
            class = class.name(),
            retry_in_s = wait.as_secs_f64(),
            "Due files cannot be looked at now: {error}"
        );
    }
}

/// Has a claimed file looked at again at once. Where there is no room for that word, it is when the lease ends.
fn hand_back(news: &mpsc::Sender<FileNews>, claim: FileClaim, now: DateTime<Utc>) {
    drop(news.try_send(FileNews::Ended(Box::new(kept(claim, now)))));
}
