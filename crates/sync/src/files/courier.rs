//! Bringing one file that is due to the portal: proved, then announced or uploaded, and how its claim ends.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;

use super::claimed_file::Case;
use super::delivery::Delivery;
use super::inspect::Defect;
use super::marks::mark_of;
use super::prove::{Found, Prover};
use super::settings::Settings;
use super::store::{Stat, StoreError, Stores};
use super::upload::{Failed, Uploader};
use crate::ctx::Ctx;
use dongbo_ledger::{FileClaim, FileNext, FileSettlement, FileState, Offered, ReadMark, Signature};
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::later;
use dongbo_model::{Finding, FindingKind, Lang};
use dongbo_portal::{Answer, Outcome};
use dongbo_source::Reading;

/// Brings files to the portal.
pub(super) struct FileCourier {
    /// The handles that every worker holds.
    pub(super) ctx: Ctx,
    /// The stores of files.
    pub(super) stores: Stores,
    /// Proves them.
    pub(super) prover: Prover,
    /// The way of files to the portal.
    pub(super) delivery: Arc<Delivery>,
    /// Uploads them; `None` in dialect `ndxp`.
    pub(super) uploader: Option<Uploader>,
    /// `[files]`.
    pub(super) config: Settings,
    /// Waits after failures.
    pub(super) backoff: Backoff,
}

impl FileCourier {
    /// Whether files are uploaded, so that the portal has to be there.
    #[must_use]
    pub(super) const fn uploads(&self) -> bool {
        self.uploader.is_some()
    }

    /// Looks after one file under its claim.
    pub(super) async fn look_after(
        &self,
        claim: FileClaim,
        reading: Reading,
        mut chance: StdRng,
    ) -> FileSettlement {
        let dossier = match reading {
            Reading::Dossier(dossier) => dossier,
            Reading::Absent => return gone(claim),
            // Its staff have been told what is wrong; when they have mended it, the dossier changes.
            Reading::Defective(_) => {
                let again = self.look_again_at();
                let (mark, attempts) = (claim.mark.clone(), claim.attempts);
                return done(claim, FileNext::Kept(Some(again)), mark, attempts, None);
            }
        };
        let Some(case) = Case::of(&dossier, claim.place, &self.stores) else { return gone(claim) };
        match self.prover.prove(&claim, &case).await {
            Found::Same(mark) => self.go_on(claim, mark, &case, &mut chance).await,
            Found::Sound(mark) => {
                let known = claim.mark.as_ref().is_some_and(|before| before.sha256 == mark.sha256);
                if known && claim.offered.is_some() && claim.state != FileState::Held {
                    self.go_on(claim, mark, &case, &mut chance).await
                } else {
                    self.deliver(claim, mark, &case, &mut chance).await
                }
            }
            Found::StillDefective => {
                let (mark, attempts) = (claim.mark.clone(), claim.attempts);
                done(claim, FileNext::Held(self.look_again_at()), mark, attempts, None)
            }
            Found::Defective(defects, stat) => self.hold(claim, &case, &defects, stat),
            Found::Failed(error) => self.put_off(claim, &error, &mut chance),
        }
    }

    /// Its bytes are known and in order: it waits to be announced, or to be fetched, or for nothing.
    async fn go_on(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        case: &Case<'_>,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let attempts = claim.attempts;
        match (claim.state, claim.announced_at) {
            (FileState::New | FileState::Held, _) => self.deliver(claim, mark, case, chance).await,
            (FileState::Announced, Some(announced_at)) => {
                match self.delivery.fetch_until(attempts, announced_at) {
                    Some(until) if until <= self.ctx.clock.now() => self.chase(claim, mark, case),
                    until => done(claim, FileNext::Kept(until), Some(mark), attempts, None),
                }
            }
            _ => done(claim, FileNext::Kept(None), Some(mark), attempts, Some(Vec::new())),
        }
    }

    /// The portal was told of it and has not fetched it: it is told again, with a link that it does not know yet.
    fn chase(&self, claim: FileClaim, mark: ReadMark, case: &Case<'_>) -> FileSettlement {
        let unanswered = claim.attempts.saturating_add(1);
        let findings = (unanswered >= self.config.not_fetched_after).then(|| {
            let detail = format!("{unanswered} announcements");
            vec![Finding::new(FindingKind::FileNotFetched, case.subject(), detail)]
        });
        self.ctx.metrics.file_chased();
        tracing::info!(
            event = "files.not_fetched",
            code = %claim.code,
            role = claim.place.role.name(),
            unanswered,
            "The portal has not fetched a file of {}; it is told again",
            claim.code
        );
        let offered = self.offer(&claim, &mark);
        done(claim, FileNext::Ready(offered), Some(mark), unanswered, findings)
    }

    /// It may be named to the portal now: with a new link, or once it is uploaded.
    async fn deliver(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        case: &Case<'_>,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let Some(uploader) = &self.uploader else {
            let offered = self.offer(&claim, &mark);
            return done(claim, FileNext::Ready(offered), Some(mark), 0, Some(Vec::new()));
        };
        match uploader.upload(case, &mark).await {
            Ok(id) => {
                let offered =
                    Offered { announcement: next_announcement(&claim), link_id: None, reference: id };
                done(claim, FileNext::Ready(offered), Some(mark), 0, Some(Vec::new()))
            }
            Err(Failed::Store(error)) => self.put_off(claim, &error, chance),
            Err(Failed::Damaged) => {
                let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
                let why = "the portal's receipt has another hash; it is read and sent again";
                self.again(claim, None, wait, why)
            }
            Err(Failed::Answered(answer)) => self.after_answer(claim, mark, case, &answer, chance),
        }
    }

    fn after_answer(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        case: &Case<'_>,
        answer: &Answer,
        chance: &mut StdRng,
    ) -> FileSettlement {
        if answer.outcome == Outcome::Rejected {
            let detail = format!("{} {}", answer.portal_code, answer.message);
            let finding = Finding::new(FindingKind::FileRefused, case.subject(), detail.trim());
            return done(claim, FileNext::Held(self.look_again_at()), Some(mark), 0, Some(vec![finding]));
        }
        let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
        let asked = answer.retry_after.unwrap_or_default().min(self.backoff.cap);
        self.again(claim, Some(mark), wait.max(asked), &answer.message)
    }

    /// The reference by which the portal knows the file from now on.
    fn offer(&self, claim: &FileClaim, mark: &ReadMark) -> Offered {
        let announcement = next_announcement(claim);
        let link_id = claim.place.link_id(&claim.code, &mark.sha256);
        let reference = self.delivery.reference(&link_id, announcement);
        Offered { announcement, link_id: Some(link_id), reference }
    }

    fn hold(
        &self,
        claim: FileClaim,
        case: &Case<'_>,
        defects: &[Defect],
        stat: Option<Stat>,
    ) -> FileSettlement {
        // The portal has the bytes; that they are archived elsewhere by now is none of its business.
        if claim.state == FileState::Arrived && defects == [Defect::Missing] {
            let mark = claim.mark.clone();
            return done(claim, FileNext::Kept(None), mark, 0, None);
        }
        let subject = case.subject();
        let findings: Vec<Finding> = defects.iter().map(|defect| defect.finding(&subject)).collect();
        tracing::info!(
            event = "files.held",
            code = %claim.code,
            role = claim.place.role.name(),
            cause = defects.iter().map(|defect| defect.name()).collect::<Vec<_>>().join("+"),
            "A file of {} waits for its unit: {}",
            claim.code,
            findings.iter().map(|finding| finding.kind.explanation(Lang::En)).collect::<Vec<_>>().join(" ")
        );
        // The mark that it was judged by is kept, so that it is not read again before it changes.
        let mark = stat.map(|stat| mark_of(&stat, String::new(), Signature::Absent));
        done(claim, FileNext::Held(self.look_again_at()), mark, 0, Some(findings))
    }

    fn put_off(&self, claim: FileClaim, error: &StoreError, chance: &mut StdRng) -> FileSettlement {
        let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
        let mark = claim.mark.clone();
        self.again(claim, mark, wait, &error.to_string())
    }

    fn again(&self, claim: FileClaim, mark: Option<ReadMark>, wait: Duration, why: &str) -> FileSettlement {
        tracing::warn!(
            event = "files.failed",
            code = %claim.code,
            role = claim.place.role.name(),
            retry_in_s = wait.as_secs_f64(),
            "A file of {} could not be brought to the portal: {why}",
            claim.code
        );
        let (attempts, at) = (claim.attempts.saturating_add(1), later(self.ctx.clock.now(), wait));
        done(claim, FileNext::Again(at), mark, attempts, None)
    }

    fn look_again_at(&self) -> chrono::DateTime<chrono::Utc> {
        later(self.ctx.clock.now(), self.config.look_again_after)
    }
}

/// The number of the announcement that comes next.
fn next_announcement(claim: &FileClaim) -> i64 {
    claim.offered.as_ref().map_or(0, |offered| offered.announcement).saturating_add(1)
}

/// The dossier does not list the file any more.
fn gone(claim: FileClaim) -> FileSettlement {
    done(claim, FileNext::Gone, None, 0, Some(Vec::new()))
}

fn done(
    claim: FileClaim,
    next: FileNext,
    mark: Option<ReadMark>,
    attempts: u32,
    findings: Option<Vec<Finding>>,
) -> FileSettlement {
    FileSettlement { claim, next, mark, attempts, findings }
}
