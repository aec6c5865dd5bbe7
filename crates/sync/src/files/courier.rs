//! Bringing one file that is due to the portal: proved, then announced or uploaded, and how its claim ends.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;

use super::claimed_file::{Case, Claimed};
use super::delivery::Delivery;
use super::inspect::Defect;
use super::marks::mark_of;
use super::pace::Pace;
use super::prove::{Found, Prover};
use super::settings::Settings;
use super::store::{AllStores, Stat, StoreError};
use super::upload::{Failed, Uploader};
use crate::ctx::Ctx;
use dongbo_ledger::{FileClaim, FileNext, FileSettlement, FileState, Offered, ReadMark, Signature};
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::later;
use dongbo_model::{Detail, FileTrouble, Finding, FindingKind, Lang};
use dongbo_portal::{Answer, Outcome};
use dongbo_source::Reading;

/// A store that gives all but this one file may have been about to change it, or have stumbled: after so many tries in a row
/// it is a person's job.
const TRIES: u32 = 3;

/// Brings files to the portal.
pub(super) struct FileCourier {
    /// The handles that every worker holds.
    pub(super) ctx: Ctx,
    /// The stores of files.
    pub(super) stores: AllStores,
    /// Proves them.
    pub(super) prover: Prover,
    /// The way of files to the portal.
    pub(super) delivery: Arc<Delivery>,
    /// Uploads them; `None` in dialect `ndxp`.
    pub(super) uploader: Option<Uploader>,
    /// Paces announcements; `None` in dialect `rest`.
    pub(super) pace: Option<Pace>,
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

    /// The claimed file, as the reading of its dossier shows it.
    pub(super) fn find(&self, claim: &FileClaim, reading: &Reading) -> Claimed {
        Claimed::of(reading, claim.place, self.stores.of(claim.source))
    }

    /// Looks after one file under its claim.
    pub(super) async fn look_after(
        &self,
        claim: FileClaim,
        claimed: Claimed,
        mut chance: StdRng,
    ) -> FileSettlement {
        let case = match claimed {
            Claimed::Listed(case) => case,
            Claimed::Unlisted => return gone(claim),
            // Its staff have been told what is wrong; when they have mended it, the dossier changes.
            Claimed::Unreadable => return kept(claim, self.look_again_at()),
        };
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
            Found::Failed(error) => self.put_off(claim, &case, &error, &mut chance),
        }
    }

    /// Its bytes are known and in order: it waits to be announced, or to be fetched, or for nothing.
    async fn go_on(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        case: &Case,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let attempts = claim.attempts;
        match (claim.state, claim.announced_at) {
            (FileState::New | FileState::Held, _) => self.deliver(claim, mark, case, chance).await,
            (FileState::Announced, Some(announced_at)) => match self.fetch_until(&claim, announced_at) {
                Some(until) if until <= self.ctx.clock.now() => self.chase(claim, mark, case).await,
                until => done(claim, FileNext::Kept(until), Some(mark), attempts, None),
            },
            _ => done(claim, FileNext::Kept(None), Some(mark), attempts, Some(Vec::new())),
        }
    }

    /// Until when the portal, which was told of the file at `announced_at`, may fetch it before it is told again; less long
    /// when it came in vain.
    fn fetch_until(&self, claim: &FileClaim, announced_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let came = claim.trouble.filter(|(trouble, at)| trouble.of_a_fetch() && *at >= announced_at);
        let again = came.and_then(|(_, at)| self.delivery.after_trouble(claim.attempts, at));
        [self.delivery.fetch_until(claim.attempts, announced_at), again].into_iter().flatten().min()
    }

    /// The portal was told of it and has not fetched it: it is told again, with a link that it does not know yet.
    async fn chase(&self, claim: FileClaim, mark: ReadMark, case: &Case) -> FileSettlement {
        let unanswered = claim.attempts.saturating_add(1);
        let findings = (unanswered >= self.config.not_fetched_after).then(|| {
            let detail = Detail::Announcements.with(&[&unanswered]);
            let kind = match claim.trouble {
                Some((FileTrouble::ServingLimit, _)) => FindingKind::FileServingLimit,
                Some((FileTrouble::NotGiven, _)) => FindingKind::FileNotGiven,
                Some((FileTrouble::BrokenOff, _)) => FindingKind::FileBrokenOff,
                _ => FindingKind::FileNotFetched,
            };
            vec![Finding::new(kind, &case.subject, detail)]
        });
        self.ctx.metrics.file_chased();
        tracing::info!(
            event = "files.not_fetched",
            code = %claim.code,
            role = claim.place.role.name(),
            unanswered,
            came = claim.trouble.map_or("never", |(trouble, _)| trouble.name()),
            "The portal has not fetched a file of {}; it is told again",
            claim.code
        );
        let offered = self.offer(&claim, &mark).await;
        done(claim, FileNext::Ready(offered), Some(mark), unanswered, findings)
    }

    /// It may be named to the portal now: with a new link, or once it is uploaded.
    async fn deliver(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        case: &Case,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let Some(uploader) = &self.uploader else {
            let offered = self.offer(&claim, &mark).await;
            return done(claim, FileNext::Ready(offered), Some(mark), 0, Some(Vec::new()));
        };
        match uploader.upload(case, &mark).await {
            Ok(id) => {
                let offered =
                    Offered { announcement: next_announcement(&claim), link_id: None, reference: id };
                done(claim, FileNext::Ready(offered), Some(mark), 0, Some(Vec::new()))
            }
            Err(Failed::Store(error)) => self.put_off(claim, case, &error, chance),
            Err(Failed::Damaged) => {
                let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
                let why = "the portal's receipt has another hash; it is read and sent again";
                let attempts = claim.attempts.saturating_add(1);
                self.again(claim, None, attempts, wait, why)
            }
            Err(Failed::Answered(answer)) => self.after_answer(claim, mark, case, &answer, chance),
        }
    }

    fn after_answer(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        case: &Case,
        answer: &Answer,
        chance: &mut StdRng,
    ) -> FileSettlement {
        if answer.outcome == Outcome::Rejected {
            let detail = format!("{} {}", answer.portal_code, answer.message);
            let finding = Finding::new(FindingKind::FileRefused, &case.subject, detail.trim());
            return done(claim, FileNext::Held(self.look_again_at()), Some(mark), 0, Some(vec![finding]));
        }
        let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
        let asked = answer.retry_after.unwrap_or_default().min(self.backoff.cap);
        let attempts = claim.attempts.saturating_add(1);
        self.again(claim, Some(mark), attempts, wait.max(asked), &answer.message)
    }

    /// The reference by which the portal knows the file from now on, once it may be told of one more.
    async fn offer(&self, claim: &FileClaim, mark: &ReadMark) -> Offered {
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        let announcement = next_announcement(claim);
        let link_id = claim.place.link_id(&claim.code, &mark.sha256);
        let reference = self.delivery.reference(&link_id, announcement);
        Offered { announcement, link_id: Some(link_id), reference }
    }

    fn hold(&self, claim: FileClaim, case: &Case, defects: &[Defect], stat: Option<Stat>) -> FileSettlement {
        // The portal has the bytes; that they are archived elsewhere by now is none of its business.
        if claim.state == FileState::Arrived && defects == [Defect::Missing] {
            let mark = claim.mark.clone();
            return done(claim, FileNext::Kept(None), mark, 0, None);
        }
        let findings: Vec<Finding> = defects.iter().map(|defect| defect.finding(&case.subject)).collect();
        let causes = defects.iter().map(|defect| defect.name()).collect::<Vec<_>>().join("+");
        self.tell_held(&claim, &causes, &findings);
        // The mark that it was judged by is kept, so that it is not read again before it changes.
        let mark = stat.map(|stat| mark_of(&stat, String::new(), Signature::Absent));
        done(claim, FileNext::Held(self.look_again_at()), mark, 0, Some(findings))
    }

    fn tell_held(&self, claim: &FileClaim, cause: &str, findings: &[Finding]) {
        let explained = findings.iter().map(|finding| finding.kind.explanation(Lang::En));
        tracing::info!(
            event = "files.held",
            code = %claim.code,
            role = claim.place.role.name(),
            cause,
            "A file of {} waits: {}",
            claim.code,
            explained.collect::<Vec<_>>().join(" ")
        );
    }

    /// It could not be judged. What is about this one file is a finding after some tries in a row; a store that is away is
    /// none of a single file's.
    fn put_off(
        &self,
        claim: FileClaim,
        case: &Case,
        error: &StoreError,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let trouble = error.trouble();
        let before = claim.trouble.map(|(before, _)| before);
        let in_a_row = if before.is_none_or(|before| before == trouble) { claim.attempts } else { 0 };
        let attempts = in_a_row.saturating_add(1);
        if let Some(kind) = error.finding()
            && (attempts >= TRIES || claim.state == FileState::Held)
        {
            let finding = Finding::new(kind, &case.subject, error.brief());
            self.tell_held(&claim, kind.name(), std::slice::from_ref(&finding));
            return done(claim, FileNext::Held(self.look_again_at()), None, 0, Some(vec![finding]));
        }
        let wait = self.backoff.wait(attempts, chance);
        let mark = claim.mark.clone();
        let settlement = self.again(claim, mark, attempts, wait, &error.to_string());
        FileSettlement { trouble: Some((trouble, error.brief())), ..settlement }
    }

    fn again(
        &self,
        claim: FileClaim,
        mark: Option<ReadMark>,
        attempts: u32,
        wait: Duration,
        why: &str,
    ) -> FileSettlement {
        tracing::warn!(
            event = "files.failed",
            code = %claim.code,
            role = claim.place.role.name(),
            retry_in_s = wait.as_secs_f64(),
            "A file of {} could not be brought to the portal: {why}",
            claim.code
        );
        let at = later(self.ctx.clock.now(), wait);
        let trouble = Some((FileTrouble::NotUploaded, why.to_owned()));
        FileSettlement { trouble, ..done(claim, FileNext::Again(at), mark, attempts, None) }
    }

    fn look_again_at(&self) -> DateTime<Utc> {
        later(self.ctx.clock.now(), self.config.look_again_after)
    }
}

/// The number of the announcement that comes next.
fn next_announcement(claim: &FileClaim) -> i64 {
    claim.offered.as_ref().map_or(0, |offered| offered.announcement).saturating_add(1)
}

/// It is looked at again at this time, as if it had not been claimed.
pub(super) fn kept(claim: FileClaim, until: DateTime<Utc>) -> FileSettlement {
    let (mark, attempts) = (claim.mark.clone(), claim.attempts);
    done(claim, FileNext::Kept(Some(until)), mark, attempts, None)
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
    FileSettlement { claim, next, mark, attempts, findings, trouble: None }
}
