//! One claimed dossier on its way: what the portal lacks of it, and what becomes of its claim.

use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use dongbo_ledger::{
    Accepted, Attempt, Claim, DossierFiles, Doubt, FileMark, Lane, Next, Proof, Settlement, Wanted,
};
use dongbo_model::{Dossier, Finding, FindingKind, PortalId, StepChain};
use dongbo_portal::{Answer, Seen, StepsSeen, Writing};

/// Look-ups that one claim may need before it is put off: each follows an answer that contradicts what was known.
const MOST_LOOK_UPS: u8 = 3;

/// What has to be done next for a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// See what the portal has.
    LookUp,
    /// Send it as new.
    Create,
    /// Send it again.
    Update,
    /// Append these of its steps.
    Steps(Range<usize>),
    /// Nothing more; it can be settled.
    Nothing,
}

/// How a claim ends when not all could be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PutOff {
    /// A failure that counts: wait by backoff. `in_doubt`: the outcome of the last call is unknown.
    Failed {
        /// Whether the last call may have been applied.
        in_doubt: bool,
    },
    /// No fault of the dossier's: sending stopped, or the lease grew too short.
    Interrupted,
}

/// A claimed dossier, what was read of it, and how far it has come.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) claim: Claim,
    pub(super) dossier: Arc<Dossier>,
    wanted: Wanted,
    chain: StepChain,
    accepted: Accepted,
    writing: Writing,
    /// What was handed in is on the portal as it is wanted; of account where content travels in parts.
    handed_in: bool,
    look_up: bool,
    /// What the ledger knows of the steps is no beginning of what is wanted: the portal says which of both is wrong.
    steps_questioned: bool,
    look_ups: u8,
    followed_doubt: bool,
    sent: bool,
    /// The last look-up showed everything as it is to be.
    shown_equal: bool,
    /// The portal did not show what it had accepted.
    lied: bool,
    findings: Vec<Finding>,
    /// The portal refused the dossier for what is in it: nothing more goes.
    refused: bool,
    /// The portal's steps are no beginning of ours: no step goes, everything else does.
    steps: Steps,
    trail: Option<Trail>,
    /// Set after its steps were refused together with others': then they go alone, then one by one.
    steps_alone: Option<usize>,
    /// Its files; `None` when dongbo delivers none.
    files: Option<ParcelFiles>,
    /// The portal had the dossier and has it no more.
    lost: bool,
}

/// The files of a claimed dossier.
#[derive(Debug)]
pub(super) struct ParcelFiles {
    /// Each as it is named in the dossier that was read.
    pub(super) marks: Vec<FileMark>,
    /// Whether the ledger knows some that the dossier does not list any more.
    pub(super) lists_fewer: bool,
}

/// Whether steps can be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Steps {
    Fit,
    /// What the portal accepted from us is no beginning of what is wanted now.
    Rewritten,
    /// The portal shows steps that we do not know.
    Differ,
}

#[derive(Debug)]
struct Trail {
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
    operations: Vec<&'static str>,
    outcome: &'static str,
    http_status: Option<u16>,
    portal_code: String,
    message: String,
}

impl Parcel {
    /// Puts what was claimed and what was read of it together.
    pub(super) fn new(claim: Claim, dossier: Dossier, writing: Writing, files: Option<ParcelFiles>) -> Self {
        let chain = dossier.step_chain();
        let wanted =
            Wanted { content: dossier.content_fingerprint(), steps: chain.len(), steps_fp: chain.whole() };
        let mut findings = Vec::new();
        if let Some(before) = claim.accepted.status
            && !before.can_lead_to(dossier.status)
        {
            let detail = format!("{} -> {}", before.code(), dossier.status.code());
            findings.push(Finding::new(FindingKind::StatusLeap, "status", detail));
        }
        let mut parcel = Self {
            accepted: claim.accepted.clone(),
            writing,
            handed_in: false,
            look_up: claim.doubt != Doubt::None,
            steps_questioned: false,
            look_ups: 0,
            followed_doubt: false,
            sent: false,
            shown_equal: false,
            lied: false,
            findings,
            refused: false,
            steps: Steps::Fit,
            trail: None,
            steps_alone: None,
            files,
            lost: false,
            dossier: Arc::new(dossier),
            claim,
            wanted,
            chain,
        };
        parcel.steps_questioned = !parcel.steps_fit();
        parcel.look_up |= parcel.steps_questioned;
        parcel
    }

    /// What has to be done next.
    pub(super) fn need(&self) -> Need {
        if self.refused {
            Need::Nothing
        } else if self.look_up {
            Need::LookUp
        } else if !self.accepted.on_portal {
            Need::Create
        } else if self.accepted.content != Some(self.wanted.content) {
            match self.writing {
                Writing::InParts { .. } if self.accepted.portal_id.is_none() => Need::LookUp,
                Writing::InParts { resubmits: true } if !self.handed_in => Need::Create,
                Writing::InParts { .. } | Writing::Whole => Need::Update,
            }
        } else if self.steps == Steps::Fit && self.accepted.steps < self.wanted.steps {
            let until = match self.steps_alone {
                Some(most) => self.wanted.steps.min(self.accepted.steps.saturating_add(most)),
                None => self.wanted.steps,
            };
            Need::Steps(self.accepted.steps..until)
        } else {
            Need::Nothing
        }
    }

    /// What the portal calls it, in a dialect in which it does.
    pub(super) fn portal_id(&self) -> Option<&PortalId> {
        self.accepted.portal_id.as_ref()
    }

    /// Whether its steps have to go in a call of their own.
    pub(super) fn steps_go_alone(&self) -> bool {
        self.steps_alone.is_some()
    }

    /// Whether so many look-ups have contradicted what was known that it is better to come back later.
    pub(super) fn goes_in_circles(&self) -> bool {
        self.look_ups > MOST_LOOK_UPS
    }

    /// Notes a call that was made for this dossier.
    pub(super) fn note_call(
        &mut self,
        operation: &'static str,
        answer: &Answer,
        started_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) {
        let trail = self.trail.get_or_insert_with(|| Trail {
            started_at,
            ended_at: now,
            operations: Vec::new(),
            outcome: "",
            http_status: None,
            portal_code: String::new(),
            message: String::new(),
        });
        trail.ended_at = now;
        trail.operations.push(operation);
        trail.outcome = answer.outcome.name();
        trail.http_status = answer.http_status;
        trail.portal_code.clone_from(&answer.portal_code);
        trail.message.clone_from(&answer.message);
    }

    /// The portal took it as new, or what was handed in of it once more, and calls it `portal_id`, if it says so.
    pub(super) fn created(&mut self, portal_id: Option<PortalId>) {
        match self.writing {
            Writing::Whole => self.content_accepted(),
            Writing::InParts { .. } => {
                self.accepted.on_portal = true;
                self.accepted.content = None;
                self.accepted.results = None;
                self.accepted.portal_id = portal_id.or(self.accepted.portal_id.take());
                self.handed_in = true;
                self.sent = true;
            }
        }
    }

    /// The portal took the content.
    pub(super) fn content_accepted(&mut self) {
        self.accepted.on_portal = true;
        self.accepted.status = Some(self.dossier.status);
        self.accepted.content = Some(self.wanted.content);
        self.accepted.results = Some(self.dossier.shown_results().count());
        self.sent = true;
    }

    /// The portal took steps up to `until` (exclusive).
    pub(super) fn steps_accepted(&mut self, until: usize) {
        self.accepted.steps = until;
        self.accepted.steps_fp = self.chain.prefix(until);
        self.sent = true;
        self.check_steps();
    }

    /// An answer contradicts what was known of the portal: look before anything more is sent.
    pub(super) fn look_again(&mut self) {
        self.look_up = true;
        self.look_ups = self.look_ups.saturating_add(1);
    }

    /// A look-up showed what the portal has; `None` when it does not know the dossier. Returns `false` when the look-up
    /// was to confirm an acceptance and the portal does not show what it accepted.
    pub(super) fn seen(&mut self, seen: Option<&Seen>) -> bool {
        let before = self.accepted.clone();
        self.look_up = false;
        self.followed_doubt = true;
        self.shown_equal = seen.is_some_and(|seen| seen.differing.is_empty());
        match seen {
            None => {
                self.lost |= before.on_portal;
                self.accepted = Accepted::default();
            }
            Some(seen) => {
                self.accepted.on_portal = true;
                self.accepted.status = seen.status;
                if seen.portal_id.is_some() {
                    self.accepted.portal_id.clone_from(&seen.portal_id);
                }
                self.accepted.content = seen.content_equal.then_some(self.wanted.content);
                self.accepted.results = seen.content_equal.then(|| self.dossier.shown_results().count());
                match seen.steps {
                    StepsSeen::Prefix(count) => {
                        self.accepted.steps = count;
                        self.accepted.steps_fp = self.chain.prefix(count);
                    }
                    StepsSeen::NotReturned => {}
                    // What the portal had accepted was rewritten here; check_steps says so.
                    StepsSeen::Differ { twice: 0 } if self.steps_questioned => {}
                    StepsSeen::Differ { twice } => {
                        self.steps = Steps::Differ;
                        let detail = format!("{twice} twice on the portal");
                        self.findings.push(Finding::new(FindingKind::StepsDiffer, "steps", detail));
                    }
                }
            }
        }
        self.check_steps();
        let content_gone = before.content == Some(self.wanted.content) && self.accepted.content.is_none();
        let lacks = !self.accepted.on_portal || content_gone || self.accepted.steps < before.steps;
        self.lied = self.claim.doubt == Doubt::Verify && before.on_portal && lacks;
        !self.lied
    }

    /// The portal refused the content for what is in it.
    pub(super) fn refused(&mut self, layer: &str, portal_code: &str, message: &str) {
        self.refused = true;
        self.findings.push(Finding::new(FindingKind::Refused, format!("{layer}:{portal_code}"), message));
    }

    /// The portal does not know its procedure, and would refuse its content: that does not go. Steps name no procedure.
    pub(super) fn hold_for_procedure(&mut self) {
        if matches!(self.need(), Need::Create | Need::Update) {
            self.refused = true;
            let code = self.dossier.procedure.code.as_str();
            self.findings.push(Finding::new(FindingKind::UnknownProcedure, code, ""));
        }
    }

    /// Steps were refused together: the next try is smaller. Returns `false` when it was one single step.
    pub(super) fn narrow_steps(&mut self, sent: usize, together_with_others: bool) -> bool {
        if together_with_others {
            self.steps_alone = Some(usize::MAX);
        } else if sent > 1 {
            self.steps_alone = Some(1);
        } else {
            return false;
        }
        true
    }

    /// The claim's end when everything was done that could be.
    ///
    /// `verify_at` is when the portal is looked at once more; it applies to a send that followed an unknown outcome, and
    /// to an ordinary one when `sampled`.
    pub(super) fn settle(self, verify_at: DateTime<Utc>, sampled: bool) -> Settlement {
        // What was to be confirmed later was looked at for another reason: that came too early to be the confirmation.
        let too_early = self.claim.doubt == Doubt::Verify && self.claim.touched;
        let doubt = if self.steps == Steps::Differ { Doubt::Unknown } else { Doubt::None };
        let attempts = if self.lied { self.failures() } else { 0 };
        let next = if self.refused || self.steps != Steps::Fit {
            Next::Held
        } else if too_early || (self.sent && (self.followed_doubt || sampled)) {
            Next::Verify(verify_at)
        } else {
            Next::Synced
        };
        self.into_settlement(next, attempts, doubt)
    }

    /// The claim's end when it has to come back: at `due_at`.
    pub(super) fn put_off(self, why: PutOff, due_at: DateTime<Utc>) -> Settlement {
        let lane = self.claim.lane;
        let doubt = self.doubt_left(why);
        let (lane, attempts) = match why {
            PutOff::Failed { .. } => (lane.max(Lane::Retry), self.failures()),
            PutOff::Interrupted => (lane, self.claim.attempts),
        };
        self.into_settlement(Next::Due(due_at, lane), attempts, doubt)
    }

    /// A look-up settles what was unknown, but a request that was lost before it can still land late: so what followed
    /// one is looked at again.
    fn doubt_left(&self, why: PutOff) -> Doubt {
        if matches!(why, PutOff::Failed { in_doubt: true }) {
            Doubt::Unknown
        } else if self.look_up {
            if self.look_ups == 0 { self.claim.doubt } else { Doubt::Unknown }
        } else if self.followed_doubt && self.accepted.on_portal {
            Doubt::Verify
        } else {
            Doubt::None
        }
    }

    /// Whether the portal did not show what it had accepted: then it is looked at less and less often.
    pub(super) fn was_lied_about(&self) -> bool {
        self.lied
    }

    /// Whether nothing happened with it yet, so that its claim can be given back as if it had never been.
    pub(super) fn is_untouched(&self) -> bool {
        self.trail.is_none()
    }

    /// Failures in a row, counting the one that is about to be settled.
    pub(super) fn failures(&self) -> u32 {
        self.claim.attempts.saturating_add(1)
    }

    /// The portal only appends: what it has must be the beginning of what is wanted.
    fn check_steps(&mut self) {
        if self.steps == Steps::Fit && !self.steps_fit() {
            self.steps = Steps::Rewritten;
            let detail = format!("{} on the portal, {} here", self.accepted.steps, self.wanted.steps);
            self.findings.push(Finding::new(FindingKind::StepsRewritten, "steps", detail));
        }
    }

    fn steps_fit(&self) -> bool {
        self.accepted.steps <= self.wanted.steps
            && self.chain.prefix(self.accepted.steps) == self.accepted.steps_fp
    }

    fn into_settlement(self, next: Next, attempts: u32, doubt: Doubt) -> Settlement {
        let attempt = self.trail.map(|trail| Attempt {
            started_at: trail.started_at,
            ended_at: trail.ended_at,
            operations: trail.operations.join(","),
            outcome: trail.outcome,
            http_status: trail.http_status,
            portal_code: trail.portal_code,
            message: trail.message,
        });
        let judged = !matches!(next, Next::Due(..));
        let proof = if self.sent {
            Proof::Sent
        } else if self.shown_equal {
            Proof::Seen
        } else {
            Proof::None
        };
        let (named, lost) = (self.accepted.content == Some(self.wanted.content), self.lost);
        let files = self.files.map(|files| DossierFiles {
            marks: files
                .marks
                .into_iter()
                .map(|mark| FileMark { lost, named: mark.named.filter(|_| named), ..mark })
                .collect(),
            lane: self.claim.lane,
            lists_fewer: files.lists_fewer,
        });
        Settlement {
            code: self.claim.code,
            fence: self.claim.fence,
            touches: self.claim.touches,
            next,
            attempts,
            doubt,
            wanted: Some(self.wanted),
            accepted: self.accepted,
            findings: judged.then_some(self.findings),
            attempt,
            cell: Some(self.dossier.cell()),
            proof,
            unproved_links: Some(self.dossier.unproved_links()),
            files,
        }
    }
}
