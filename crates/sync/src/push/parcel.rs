//! One claimed dossier on its way to the portal, and the end of its claim. [`life`](super::life) draws the
//! states that it passes through.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use dongbo_ledger::{Accepted, Claim, Doubt, FileMark, Wanted};
use dongbo_model::{
    Detail, DifferenceKind, Differing, Dossier, Facts, Finding, FindingKind, PortalHistory, PortalId,
    StepChain,
};
use dongbo_portal::{Answer, Histories, Outcome, Reader, Seen, StepsSeen, Writing};

use super::call::LOOK_UP;
use super::circles::{Circles, Write};
use super::hold::Place;
use super::stage::{Company, Need, Shown, Stage, Steps, Taken};
use crate::facts::FactsTeller;
use trail::Trail;

mod ending;
mod trail;

pub(super) use ending::PutOff;

/// Answers that may contradict what was known, each followed by a look-up, before the claim is put off.
const MOST_CONTRADICTIONS: u8 = 3;

/// A claimed dossier, as it was read, and how far it has come.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) claim: Claim,
    pub(super) dossier: Arc<Dossier>,
    /// The room that the dossier takes.
    _place: Place,
    wanted: Wanted,
    chain: StepChain,
    accepted: Accepted,
    writing: Writing,
    stage: Stage,
    steps: Steps,
    taken: Taken,
    /// Answers that contradicted what was known.
    contradictions: u8,
    /// Its rounds with the portal, over all claims.
    circles: Circles,
    /// Whether no other dossier may ride with it.
    alone: bool,
    /// Whether the last look-up did not show what the portal had just said exists.
    hidden: bool,
    /// When the last answer to a write was lost.
    lost_at: Option<DateTime<Utc>>,
    /// When the last look-up that was answered began.
    looked_at: Option<DateTime<Utc>>,
    /// The portal's history of its steps, when it is no beginning of ours.
    history_shown: Option<PortalHistory>,
    teller: FactsTeller,
    /// The facts that the last look-up showed, where they are not as they are to be.
    facts_shown: Option<Box<Facts>>,
    findings: Vec<Finding>,
    trail: Option<Trail>,
    /// Its files; `None` when dongbo delivers none.
    files: Option<ParcelFiles>,
}

/// The files of a claimed dossier.
#[derive(Debug)]
pub(super) struct ParcelFiles {
    /// Each as it is named in the dossier that was read.
    pub(super) marks: Vec<FileMark>,
    /// Whether the ledger knows some that the dossier does not list any more.
    pub(super) lists_fewer: bool,
}

impl Parcel {
    /// A parcel of a claim and of the dossier that was read for it.
    ///
    /// `most_writes` with one content may be made within a day that holds `now`.
    pub(super) fn new(
        claim: Claim,
        (dossier, place): (Dossier, Place),
        (portal, teller): (&Reader, &FactsTeller),
        files: Option<ParcelFiles>,
        (most_writes, now): (u32, DateTime<Utc>),
    ) -> Self {
        let chain = dossier.step_chain();
        let wanted =
            Wanted { content: dossier.content_fingerprint(), steps: chain.len(), steps_fp: chain.whole() };
        let mut findings = Vec::new();
        if let Some(before) = claim.accepted.status
            && !portal.expects_move(before, dossier.status)
        {
            let detail = format!("{} -> {}", before.code(), dossier.status.code());
            findings.push(Finding::new(FindingKind::StatusLeap, "status", detail));
        }
        if !claim.swept {
            findings.push(Finding::new(FindingKind::NotSwept, "sweep", ""));
        }
        let steps = if is_beginning(&claim.accepted, &wanted, &chain) {
            Steps::Fit(Company::Together)
        } else {
            Steps::Questioned
        };
        Self {
            accepted: claim.accepted.clone(),
            writing: portal.writing(),
            stage: Stage::of_claim(claim.doubt, steps),
            steps,
            taken: Taken::Nothing,
            contradictions: 0,
            circles: Circles::new(&claim.rounds, &wanted, most_writes, now),
            alone: false,
            hidden: false,
            lost_at: None,
            looked_at: None,
            history_shown: None,
            teller: teller.clone(),
            facts_shown: None,
            findings,
            trail: None,
            files,
            dossier: Arc::new(dossier),
            _place: place,
            claim,
            wanted,
            chain,
        }
    }

    /// Its claim, of which nothing was made.
    pub(super) fn into_claim(self) -> Claim {
        self.claim
    }

    /// The next thing to do for it.
    pub(super) fn need(&self) -> Need {
        Need::of(self.stage, self.steps, self.taken, &self.accepted, &self.wanted, self.writing)
    }

    /// Whether it was accepted whole, and is only looked at once more.
    pub(super) fn only_confirms(&self) -> bool {
        self.claim.doubt == Doubt::Verify && self.stage == Stage::Doubted && self.accepted.has(&self.wanted)
    }

    /// Its name on the portal, in a dialect in which it has one.
    pub(super) fn portal_id(&self) -> Option<&PortalId> {
        self.accepted.portal_id.as_ref()
    }

    /// Whether so many answers have contradicted what was known that it is better to come back later.
    pub(super) fn goes_in_circles(&self) -> bool {
        self.contradictions > MOST_CONTRADICTIONS
    }

    /// Whether no other dossier may ride with its content.
    pub(super) fn goes_alone(&self) -> bool {
        self.alone || self.circles.goes_alone()
    }

    /// Has its content go alone from here on: a batch came back for one that it does not name, or for this one.
    pub(super) fn leave_batch(&mut self) {
        self.alone = true;
    }

    /// Notes that the portal answered a write for this dossier.
    pub(super) fn answered(&mut self, write: Write, answer: &Answer, now: DateTime<Utc>) {
        self.circles.answered(write, &answer.portal_code, &answer.message, now);
    }

    /// The portal says that it exists, which went alone as new.
    pub(super) fn exists(&mut self) {
        self.circles.exists();
    }

    /// Whether it is worth waiting until the portal shows what it says exists.
    pub(super) fn waits_to_be_shown(&self) -> bool {
        self.hidden && self.circles.objection(Write::Create, self.writing).is_none()
    }

    /// Holds it instead of one more write, when it goes in circles with the portal.
    pub(super) fn hold_in_circles(&mut self) {
        let next = match self.need() {
            Need::Create => Write::Create,
            Need::Update => Write::Update,
            Need::Steps(range, _) => Write::Steps(range.len()),
            Need::LookUp | Need::Nothing => return,
        };
        if let Some(finding) = self.circles.objection(next, self.writing) {
            self.stage = self.stage.refused();
            self.findings.push(finding);
        }
    }

    /// Notes a call that was made for this dossier.
    pub(super) fn note_call(
        &mut self,
        operation: &'static str,
        answer: &Answer,
        started_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) {
        self.trail.get_or_insert_with(|| Trail::from(started_at)).note(operation, answer, now);
        match operation {
            LOOK_UP if answer.outcome == Outcome::Delivered => self.looked_at = Some(started_at),
            LOOK_UP => {}
            _ if answer.outcome == Outcome::Unknown => self.lost(now),
            _ => {}
        }
    }

    /// Notes that the answer to a write was lost: its request may still land.
    pub(super) fn lost(&mut self, now: DateTime<Utc>) {
        self.lost_at = Some(now);
    }

    /// The portal took it as new, or the part that is handed in once more, and gave it the name `portal_id`, if any.
    pub(super) fn created(&mut self, portal_id: Option<PortalId>) {
        match self.writing {
            Writing::Whole => self.content_accepted(),
            Writing::InParts { .. } => {
                self.accepted.on_portal = true;
                self.accepted.content = None;
                self.accepted.results = None;
                self.accepted.portal_id = portal_id.or(self.accepted.portal_id.take());
                self.taken = Taken::HandIn;
            }
        }
    }

    /// The portal took the content.
    pub(super) fn content_accepted(&mut self) {
        self.circles.accepted();
        self.accepted.on_portal = true;
        self.accepted.status = Some(self.dossier.status);
        self.accepted.content = Some(self.wanted.content);
        self.accepted.results = Some(self.dossier.shown_results().count());
        self.taken = self.taken.max(Taken::Something);
    }

    /// The portal took steps up to `until` (exclusive).
    pub(super) fn steps_accepted(&mut self, until: usize) {
        self.accepted.steps = until;
        self.accepted.steps_fp = self.chain.prefix(until);
        self.taken = self.taken.max(Taken::Something);
        self.check_steps();
    }

    /// An answer contradicts what was known of the portal: look before anything more is sent.
    pub(super) fn contradicted(&mut self) {
        self.stage = Stage::Contradicted;
        self.contradictions = self.contradictions.saturating_add(1);
    }

    /// Takes in the finding of a look-up; `None` when the portal does not know the dossier.
    pub(super) fn seen(&mut self, seen: Option<&Seen>) -> Shown {
        let before = self.accepted.clone();
        self.hidden = self.circles.seen(seen);
        self.facts_shown = seen.and_then(|seen| seen.facts.clone());
        if self.hidden
            && let Some(trail) = &mut self.trail
        {
            trail.say(self.circles.words());
        }
        match seen {
            None => self.seen_absent(&before),
            Some(seen) => self.seen_present(seen),
        }
        self.check_steps();
        let content_gone = before.content == Some(self.wanted.content) && self.accepted.content.is_none();
        let lacks = !self.accepted.on_portal || content_gone || self.accepted.steps < before.steps;
        let shown = if self.claim.doubt == Doubt::Verify && before.on_portal && lacks {
            Shown::BrokenWord
        } else if seen.is_some_and(|seen| seen.differing_from(self.circles.form(), self.history()).is_empty())
        {
            Shown::Equal
        } else {
            Shown::Other
        };
        self.stage = Stage::Seen(shown);
        shown
    }

    /// Takes in the finding of a look-up where dongbo only watches, and tells in what the dossier differs. Where the portal shows no
    /// steps, nobody can say that one is lacking.
    pub(super) fn watched(&mut self, seen: Option<&Seen>) -> Vec<Differing> {
        let Some(seen) = seen else {
            self.seen(None);
            return vec![Differing::plain(DifferenceKind::Missing, "", "1", "0")];
        };
        let differing = seen.differing_from(self.circles.form(), self.history());
        self.seen(Some(seen));
        if seen.steps == StepsSeen::NotReturned {
            (self.accepted.steps, self.accepted.steps_fp) = (self.wanted.steps, self.wanted.steps_fp);
        }
        differing
    }

    /// Goes on without a look-up, where the portal has none: the content is sent again, and the steps that it is not known to
    /// have taken.
    pub(super) fn unseen(&mut self) {
        // Where nothing is shown, the portal's word is all there is.
        self.accepted.on_portal |= self.circles.takes_its_word();
        self.accepted.content = None;
        self.accepted.results = None;
        self.check_steps();
        self.stage = Stage::Trusted;
    }

    /// The portal does not have it; and if it had it before, its files are lost there too.
    fn seen_absent(&mut self, before: &Accepted) {
        self.accepted = Accepted::default();
        if before.on_portal {
            self.files.iter_mut().flat_map(|files| &mut files.marks).for_each(|mark| mark.lost = true);
        }
    }

    fn seen_present(&mut self, seen: &Seen) {
        self.accepted.on_portal = true;
        self.accepted.status = seen.status;
        if seen.portal_id.is_some() {
            self.accepted.portal_id.clone_from(&seen.portal_id);
        }
        let own = self.circles.is_own_form(seen.own_form.as_ref());
        let equal = seen.content_equal || own;
        self.accepted.content = equal.then_some(self.wanted.content);
        self.accepted.results = equal.then(|| self.dossier.shown_results().count());
        match seen.steps_beside(self.history()) {
            StepsSeen::Prefix(count) => {
                self.accepted.steps = count;
                self.accepted.steps_fp = self.chain.prefix(count);
            }
            StepsSeen::NotReturned => {}
            // Steps that the portal had accepted were rewritten here; `check_steps` says so.
            StepsSeen::Differ { twice: 0 } if self.steps == Steps::Questioned => {}
            StepsSeen::Differ { twice } => {
                self.steps = Steps::Differ;
                self.history_shown = seen.histories.as_ref().map(Histories::of_portal);
                let detail = Detail::TwiceThere.with(&[&twice]);
                self.findings.push(Finding::new(FindingKind::StepsDiffer, "steps", detail));
            }
        }
    }

    /// The portal refused `layer` of it for its content.
    pub(super) fn refused(&mut self, layer: &str, portal_code: &str, message: &str) {
        self.stage = self.stage.refused();
        self.findings.push(Finding::new(FindingKind::Refused, format!("{layer}:{portal_code}"), message));
    }

    /// Holds back its content, which the portal would refuse, as it does not know the procedure. Steps name no procedure.
    pub(super) fn hold_for_procedure(&mut self) {
        if matches!(self.need(), Need::Create | Need::Update) {
            self.stage = self.stage.refused();
            let code = self.dossier.procedure.code.as_str();
            self.findings.push(Finding::new(FindingKind::UnknownProcedure, code, ""));
        }
    }

    /// Steps were refused, `sent` of them: the next try is smaller, after a look-up. Returns `false` after the refusal of
    /// one single step, which leaves no smaller try.
    pub(super) fn narrow_steps(&mut self, sent: usize, with_others: bool) -> bool {
        let Some(narrowed) = Steps::narrowed(sent, with_others) else { return false };
        self.steps = narrowed;
        self.contradicted();
        true
    }

    /// The portal's history that a person accepted as it is.
    fn history(&self) -> Option<&PortalHistory> {
        self.claim.history.as_ref().map(|accepted| &accepted.history)
    }

    /// Whether the portal did not show what it had accepted: then it is looked at less and less often.
    pub(super) fn has_broken_word(&self) -> bool {
        self.stage.shown() == Some(Shown::BrokenWord)
    }

    /// Whether nothing happened with it yet, so that its claim can be given back as if it had never been.
    pub(super) fn is_untouched(&self) -> bool {
        self.trail.is_none()
    }

    /// Failures in a row, counting the one that is about to be settled.
    pub(super) fn failures(&self) -> u32 {
        self.claim.attempts.saturating_add(1)
    }

    /// The portal only appends: the steps that it has must be the beginning of those that are wanted.
    fn check_steps(&mut self) {
        let fits = is_beginning(&self.accepted, &self.wanted, &self.chain);
        match (self.steps, fits) {
            (Steps::Questioned, true) => self.steps = Steps::Fit(Company::Together),
            (Steps::Questioned | Steps::Fit(_), false) => {
                self.steps = Steps::Rewritten;
                let detail = Detail::StepsBothSides.with(&[&self.accepted.steps, &self.wanted.steps]);
                self.findings.push(Finding::new(FindingKind::StepsRewritten, "steps", detail));
            }
            (Steps::Fit(_), true) | (Steps::Rewritten | Steps::Differ, _) => {}
        }
    }
}

/// Whether the steps that the portal accepted are the beginning of those that are wanted.
fn is_beginning(accepted: &Accepted, wanted: &Wanted, chain: &StepChain) -> bool {
    accepted.steps <= wanted.steps && chain.prefix(accepted.steps) == accepted.steps_fp
}
