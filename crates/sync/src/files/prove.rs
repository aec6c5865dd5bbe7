//! One file that is due: is it there, is it what it should be, is it what was proved before; and then what next.

use std::sync::Arc;

use rand::rngs::StdRng;

use super::budget::Budget;
use super::delivery::Delivery;
use super::inspect::{Defect, look};
use super::serve::same;
use super::store::{Stat, Store, StoreError, Stores};
use super::upload::Failed;
use crate::backoff::Backoff;
use crate::ctx::Ctx;
use crate::files::Settings;
use crate::vitals::Part;
use dongbo_ledger::{FileClaim, FileNext, FileSettlement, FileState, Offered, ReadMark, Signature};
use dongbo_model::clock::later;
use dongbo_model::{Dossier, FileKind, FileRole, Finding, FindingKind, Place, Text};
use dongbo_portal::{Answer, Outcome, Rest};
use dongbo_source::Reading;

/// Proves files.
pub(super) struct Prover {
    /// The handles that every worker holds.
    pub(super) ctx: Ctx,
    /// Where they are.
    pub(super) stores: Stores,
    /// How they reach the portal.
    pub(super) delivery: Arc<Delivery>,
    /// Where they are uploaded to; `None` in dialect `ndxp`.
    pub(super) uploads: Option<Rest>,
    /// `[files]`.
    pub(super) config: Settings,
    /// Waits after failures.
    pub(super) backoff: Backoff,
    /// Bytes a second that are read.
    pub(super) reading: Budget,
    /// Bytes a second that are uploaded.
    pub(super) uploading: Arc<Budget>,
}

/// What was found of a file.
enum Found {
    /// It is as it was proved.
    Same(ReadMark),
    /// It was read, and is in order.
    Sound(ReadMark),
    /// Something is wrong with it; what was read, when it was.
    Defective(Vec<Defect>, Option<Stat>),
    /// It was defective before, and nobody has changed it since.
    StillDefective,
    /// It could not be judged.
    Failed(StoreError),
}

/// A file on its way through the prover.
pub(super) struct Case<'c> {
    pub(super) dossier: &'c Dossier,
    pub(super) key: &'c Text,
    place: Place,
    /// What tells its kind by its end.
    named: &'c str,
}

impl Case<'_> {
    /// What the portal's store calls it: codes, and the end that tells its kind.
    pub(super) fn upload_name(&self) -> String {
        let kind = FileKind::promised_by(self.named).map_or("bin", FileKind::extension);
        format!("{}-{}.{kind}", self.dossier.code, self.place.key)
    }
}

impl Prover {
    /// Whether files are uploaded, so that the portal has to be there.
    #[must_use]
    pub(super) const fn uploads(&self) -> bool {
        self.uploads.is_some()
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
            Reading::Absent => return done(claim, FileNext::Gone, None, 0, Some(Vec::new())),
            // Its staff have been told what is wrong; when they have mended it, the dossier changes.
            Reading::Defective(_) => {
                let again = later(self.ctx.clock.now(), self.config.look_again_after);
                let (mark, attempts) = (claim.mark.clone(), claim.attempts);
                return done(claim, FileNext::Kept(Some(again)), mark, attempts, None);
            }
        };
        let Some((key, name)) = dossier.file_at(claim.place) else {
            return done(claim, FileNext::Gone, None, 0, Some(Vec::new()));
        };
        let Some(store) = self.stores.of(claim.place.role) else {
            return done(claim, FileNext::Gone, None, 0, Some(Vec::new()));
        };
        let promises = FileKind::promised_by(key.as_str()).is_some();
        let place = claim.place;
        let case = Case {
            dossier: &dossier,
            key,
            place,
            named: if promises { key.as_str() } else { name.as_str() },
        };
        let found = self.find(&claim, store, &case).await;
        self.ctx.metrics.file_looked(match &found {
            Found::Same(_) | Found::StillDefective => "unchanged",
            Found::Sound(_) => "sound",
            Found::Defective(..) => "defective",
            Found::Failed(_) => "failed",
        });
        match found {
            Found::Same(mark) => self.go_on(claim, mark, store, &case, &mut chance).await,
            Found::Sound(mark) => {
                let known = claim.mark.as_ref().is_some_and(|before| before.sha256 == mark.sha256);
                if known && claim.offered.is_some() && claim.state != FileState::Held {
                    self.go_on(claim, mark, store, &case, &mut chance).await
                } else {
                    self.deliver(claim, mark, store, &case, &mut chance).await
                }
            }
            Found::StillDefective => {
                let again = later(self.ctx.clock.now(), self.config.look_again_after);
                let (mark, attempts) = (claim.mark.clone(), claim.attempts);
                done(claim, FileNext::Held(again), mark, attempts, None)
            }
            Found::Defective(defects, stat) => self.hold(claim, &case, &defects, stat),
            Found::Failed(error) => self.put_off(claim, &error, &mut chance),
        }
    }

    async fn find(&self, claim: &FileClaim, store: &Store, case: &Case<'_>) -> Found {
        if case.key.is_empty() {
            return Found::Defective(vec![Defect::Missing], None);
        }
        let stat = match store.stat(case.key.as_str()).await {
            Ok(stat) => stat,
            Err(error) => {
                return Defect::of(&error)
                    .map_or(Found::Failed(error), |it| Found::Defective(vec![it], None));
            }
        };
        // The portal has other bytes than were proved: what the store says of its file is not believed this time.
        let doubted = claim.state == FileState::New && claim.offered.is_some();
        if let Some(mark) = claim.mark.as_ref().filter(|mark| !doubted && same(&stat, mark)) {
            return if claim.state == FileState::Held {
                Found::StillDefective
            } else {
                Found::Same(mark.clone())
            };
        }
        let waiting = self.ctx.vitals.waits(Part::Files);
        self.reading.spend(stat.size.min(store.limits().max_bytes)).await;
        drop(waiting);
        let looked = match look(store, case.key.as_str(), case.named).await {
            Ok(looked) => looked,
            Err(error) => return Found::Failed(error),
        };
        self.ctx.metrics.file_bytes("read", looked.verdict.size);
        match (looked.stat, looked.verdict.sha256) {
            (_, None) | (None, _) if looked.verdict.defects.is_empty() => Found::Failed(StoreError::Changed),
            (stat, _) if looked.verdict.defects.contains(&Defect::ChangedWhileRead) => {
                drop(stat);
                Found::Failed(StoreError::Changed)
            }
            (Some(stat), Some(sha256)) if looked.verdict.defects.is_empty() => Found::Sound(mark_of(
                &stat,
                sha256,
                signature_of(looked.verdict.signed, looked.verdict.covers_whole),
            )),
            (stat, _) => Found::Defective(looked.verdict.defects, stat),
        }
    }

    /// Its bytes are known and in order: it waits to be announced, or to be fetched, or for nothing.
    async fn go_on(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        store: &Store,
        case: &Case<'_>,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let now = self.ctx.clock.now();
        match (claim.state, claim.announced_at) {
            (FileState::New | FileState::Held, _) => self.deliver(claim, mark, store, case, chance).await,
            (FileState::Announced, Some(announced_at)) => {
                match self.delivery.fetch_until(claim.attempts, announced_at) {
                    Some(until) if until <= now => self.chase(claim, mark, case),
                    until => {
                        let attempts = claim.attempts;
                        done(claim, FileNext::Kept(until), Some(mark), attempts, None)
                    }
                }
            }
            _ => {
                let attempts = claim.attempts;
                done(claim, FileNext::Kept(None), Some(mark), attempts, Some(Vec::new()))
            }
        }
    }

    /// The portal was told of it and has not fetched it: it is told again, with a link that it does not know yet.
    fn chase(&self, claim: FileClaim, mark: ReadMark, case: &Case<'_>) -> FileSettlement {
        let unanswered = claim.attempts.saturating_add(1);
        let findings = (unanswered >= self.config.not_fetched_after).then(|| {
            let detail = format!("{unanswered} announcements");
            vec![Finding::new(FindingKind::FileNotFetched, subject(case.dossier, claim.place), detail)]
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

    /// It may be told to the portal now: with a new link, or once it is uploaded.
    async fn deliver(
        &self,
        claim: FileClaim,
        mark: ReadMark,
        store: &Store,
        case: &Case<'_>,
        chance: &mut StdRng,
    ) -> FileSettlement {
        let Some(rest) = &self.uploads else {
            let offered = self.offer(&claim, &mark);
            return done(claim, FileNext::Ready(offered), Some(mark), 0, Some(Vec::new()));
        };
        match self.upload(rest, store, case, &mark).await {
            Ok(id) => {
                let announcement = claim.offered.as_ref().map_or(0, |it| it.announcement).saturating_add(1);
                let offered = Offered { announcement, link_id: None, reference: id };
                done(claim, FileNext::Ready(offered), Some(mark), 0, Some(Vec::new()))
            }
            Err(Failed::Store(error)) => self.put_off(claim, &error, chance),
            Err(Failed::Damaged) => {
                let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
                self.again(
                    claim,
                    None,
                    wait,
                    "the portal's receipt has another hash; it is read and sent again",
                )
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
            let finding = Finding::new(
                FindingKind::FileRefused,
                subject(case.dossier, claim.place),
                format!("{} {}", answer.portal_code, answer.message).trim(),
            );
            let again = later(self.ctx.clock.now(), self.config.look_again_after);
            return done(claim, FileNext::Held(again), Some(mark), 0, Some(vec![finding]));
        }
        let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
        let asked = answer.retry_after.unwrap_or_default().min(self.backoff.cap);
        self.again(claim, Some(mark), wait.max(asked), &answer.message)
    }

    /// What the portal knows the file by from now on.
    fn offer(&self, claim: &FileClaim, mark: &ReadMark) -> Offered {
        let announcement = claim.offered.as_ref().map_or(0, |it| it.announcement).saturating_add(1);
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
        let subject = subject(case.dossier, claim.place);
        let findings: Vec<Finding> = defects.iter().map(|defect| defect.finding(&subject)).collect();
        tracing::info!(
            event = "files.held",
            code = %claim.code,
            role = claim.place.role.name(),
            cause = defects.iter().map(|defect| defect.name()).collect::<Vec<_>>().join("+"),
            "A file of {} waits for its unit: {}",
            claim.code,
            findings.iter().map(|finding| finding.kind.english()).collect::<Vec<_>>().join(" ")
        );
        // What it was judged by is kept, so that it is not read again before it changes.
        let mark = stat.map(|stat| mark_of(&stat, String::new(), Signature::Absent));
        let again = later(self.ctx.clock.now(), self.config.look_again_after);
        done(claim, FileNext::Held(again), mark, 0, Some(findings))
    }

    fn put_off(&self, claim: FileClaim, error: &StoreError, chance: &mut StdRng) -> FileSettlement {
        let wait = self.backoff.wait(claim.attempts.saturating_add(1), chance);
        let mark = claim.mark.clone();
        self.again(claim, mark, wait, &error.to_string())
    }

    fn again(
        &self,
        claim: FileClaim,
        mark: Option<ReadMark>,
        wait: std::time::Duration,
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
        let (attempts, at) = (claim.attempts.saturating_add(1), later(self.ctx.clock.now(), wait));
        done(claim, FileNext::Again(at), mark, attempts, None)
    }
}

const fn signature_of(signed: bool, covers_whole: Option<bool>) -> Signature {
    match (signed, covers_whole) {
        (false, _) => Signature::Absent,
        (true, Some(false)) => Signature::Partial,
        (true, Some(true) | None) => Signature::Whole,
    }
}

fn mark_of(stat: &Stat, sha256: String, signature: Signature) -> ReadMark {
    ReadMark {
        size: stat.size,
        changed_at: super::changed_mark(stat),
        tag: super::tag_mark(&stat.tag),
        sha256,
        signature,
    }
}

/// What the unit knows the file by: the code of the result or of the component, never a name.
fn subject(dossier: &Dossier, place: Place) -> String {
    let code = match place.role {
        FileRole::Result => {
            dossier.results.iter().find(|it| it.place() == Some(place)).map(|it| &it.result_code)
        }
        FileRole::Paper => {
            dossier.papers.iter().find(|it| it.place() == Some(place)).map(|it| &it.component_code)
        }
    };
    place.subject(code.map_or("", Text::as_str))
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
