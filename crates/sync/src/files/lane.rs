//! The lane of files: claims those that are due, proves them, and has them announced or uploads them. It has its own
//! budget, so that a scan of 40 MB never delays a status.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::courier::FileCourier;
use crate::bells::Bell;
use crate::ctx::Ctx;
use crate::gate::Way;
use crate::sources::Sources;
use crate::vitals::Part;
use dongbo_ledger::{FileClaim, FileNews, LedgerError};
use dongbo_model::backoff::{LONGEST_RETRY, retry_waits};
use dongbo_model::clock::later;
use dongbo_model::{DossierCode, ErrorClass, SourceId};
use dongbo_source::{Reading, SourceError};

/// However quiet it is, files whose holder died are looked for this often.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);
/// The time for which the claim of a file lasts; it is renewed while a worker has it.
const LEASE: Duration = Duration::from_secs(60);

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

impl FileLane {
    /// Works until `stop`; then what is under way is broken off, and begins again when the lease of its claim ends.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut work: JoinSet<()> = JoinSet::new();
        let mut waits = retry_waits();
        let mut turn: usize = 0;
        while !stop.is_cancelled() {
            let free = self.concurrency.saturating_sub(work.len());
            let mut until = later(self.ctx.clock.now(), LONGEST_SLEEP);
            let due = Arc::clone(&self.ctx.due);
            let told = due.rung(Bell::Files);
            tokio::pin!(told);
            told.as_mut().enable();
            // Several at a time, so that a claim costs little of each.
            if free.saturating_mul(2) >= self.concurrency && self.may_work() {
                match self.begin(&mut work, free, turn).await {
                    Ok((begun, next)) => {
                        waits = retry_waits();
                        turn = turn.wrapping_add(begun);
                        if begun == free {
                            until = self.ctx.clock.now();
                        } else if let Some(next) = next {
                            until = until.min(next);
                        }
                    }
                    Err(error) => {
                        let wait = waits.next().unwrap_or(LONGEST_RETRY);
                        self.report(&error, wait);
                        until = later(self.ctx.clock.now(), wait);
                    }
                }
            }
            let full = work.len() >= self.concurrency;
            if !full {
                // Nothing is due, or it was claimed, or that failed and is told.
                self.ctx.vitals.progressed(Part::Files);
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(_) = work.join_next(), if !work.is_empty() => self.ctx.vitals.progressed(Part::Files),
                () = &mut told, if !full => {}
                () = self.settled.notified(), if !full => {}
                () = self.ctx.clock.sleep_until(until), if !full => {}
            }
        }
        work.shutdown().await;
    }

    /// Reading files does no harm while the portal is away, but uploading them would be in vain.
    fn may_work(&self) -> bool {
        !self.courier.uploads() || self.ctx.gate.way() == Way::Open
    }

    /// Claims up to `free` files and begins with them. Returns how many, and when the next falls due.
    async fn begin(
        &mut self,
        work: &mut JoinSet<()>,
        free: usize,
        turn: usize,
    ) -> Result<(usize, Option<chrono::DateTime<chrono::Utc>>), LaneError> {
        let now = self.ctx.clock.now();
        let due = self.ctx.ledger.claim_files(free, turn, &self.owner, LEASE, now).await?;
        let begun = due.claims.len();
        let mut of: BTreeMap<SourceId, Vec<FileClaim>> = BTreeMap::new();
        for claim in due.claims {
            of.entry(claim.source).or_default().push(claim);
        }
        let (mut worked, mut failed) = (false, None);
        for (source, claims) in of {
            // What is read no more, or cannot be read now, is looked at again when the leases of these claims end.
            let Some(one) = self.sources.of(source) else { continue };
            let codes: Vec<DossierCode> = claims.iter().map(|claim| claim.code.clone()).collect();
            let readings = match one.source.read(&codes).await {
                Ok(readings) => readings,
                Err(error) => {
                    failed = Some(error);
                    continue;
                }
            };
            worked = true;
            for (claim, reading) in claims.into_iter().zip(readings) {
                let chance = StdRng::from_rng(&mut self.chance);
                work.spawn(self.task(claim, reading, chance));
            }
        }
        match failed {
            Some(error) if worked => self.report(&error.into(), LEASE),
            Some(error) => return Err(error.into()),
            None => {}
        }
        Ok((begun, due.next_due))
    }

    /// Works on one file, renewing its claim meanwhile, and hands in the end of the claim.
    fn task(&self, claim: FileClaim, reading: Reading, chance: StdRng) -> impl Future<Output = ()> + use<> {
        let (courier, ledger, clock) =
            (Arc::clone(&self.courier), self.ctx.ledger.clone(), self.ctx.clock.clone());
        let news = self.news.clone();
        async move {
            let renewed = claim.clone();
            let renewing = async {
                loop {
                    clock.sleep(LEASE / 3).await;
                    let held = ledger.renew_file(&renewed, later(clock.now(), LEASE)).await;
                    // Where the ledger is away the lease may last until it is back; a claim that was lost is lost.
                    if matches!(held, Ok(false)) {
                        return;
                    }
                }
            };
            let settlement = tokio::select! {
                biased;
                settlement = courier.look_after(claim, reading, chance) => settlement,
                () = renewing => return,
            };
            // Without its writer the lane is about to end; the file is looked at again when the lease does.
            drop(news.send(FileNews::Ended(Box::new(settlement))).await);
        }
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
