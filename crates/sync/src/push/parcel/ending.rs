//! The end of a claim: what of its dossier goes into the ledger.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Parcel, Trail, is_beginning};
use crate::push::stage::{Shown, Stage, Steps, Taken};
use dongbo_ledger::{
    Delayed, DossierFiles, Doubt, FactsNews, FileMark, Landing, Lane, Next, Proof, Settlement, SideNews,
};
use dongbo_model::Facts;
use dongbo_model::clock::earlier;

/// Reasons why a claim ends before all was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::push) enum PutOff {
    /// A failure that counts: wait by backoff. `in_doubt`: the outcome of the last call is unknown.
    Failed {
        /// Whether the last call may have been applied.
        in_doubt: bool,
    },
    /// No fault of the dossier's: sending stopped, or the lease grew too short.
    Interrupted,
}

impl Parcel {
    /// Ends the claim when everything was done that could be.
    ///
    /// `verify_at` is when the portal is looked at once more; it applies to a send that followed an unknown outcome, and
    /// to an ordinary one when `sampled`.
    pub(in crate::push) fn settle(
        self,
        verify_at: DateTime<Utc>,
        sampled: bool,
        lands_within: Duration,
    ) -> Settlement {
        let landing = self.landing(lands_within);
        // It was late enough for what was lost: nothing else waits for a confirmation then.
        let confirms = self.claim.lost_at.is_some_and(|lost| Some(lost) <= landing.sure_until);
        // The look-up came for another reason than the confirmation that waits: too early to be that.
        let too_early = self.claim.doubt == Doubt::Verify && self.claim.touched && !confirms;
        let doubt = if self.steps == Steps::Differ { Doubt::Unknown } else { Doubt::None };
        let attempts = if self.has_broken_word() { self.failures() } else { 0 };
        let unconfirmed = self.taken > Taken::Nothing && (sampled || matches!(self.stage, Stage::Seen(_)));
        let next = match (self.stage, self.steps) {
            (Stage::Refused(_), _) | (_, Steps::Rewritten | Steps::Differ) => Next::Held,
            _ if too_early || unconfirmed => Next::Verify(verify_at),
            _ => Next::Synced,
        };
        self.into_settlement(next, attempts, doubt, landing)
    }

    /// Ends the claim of a dossier that comes back at `due_at`.
    pub(in crate::push) fn put_off(self, why: PutOff, due_at: DateTime<Utc>) -> Settlement {
        let landing = Landing { lost_at: self.lost_at, sure_until: None };
        let lane = self.claim.lane;
        let doubt = self.doubt_left(why);
        let (lane, attempts) = match why {
            PutOff::Failed { .. } => (lane.max(Lane::Retry), self.failures()),
            PutOff::Interrupted => (lane, self.claim.attempts),
        };
        self.into_settlement(Next::Due(due_at, lane), attempts, doubt, landing)
    }

    /// Ends the claim of a dossier that a vendor's bridge is given time for, until `look_at`: what the portal has of it is not known.
    pub(in crate::push) fn not_looked_for(self, look_at: DateTime<Utc>) -> Settlement {
        let (lane, attempts) = (self.claim.lane, self.claim.attempts);
        let doubt = if self.claim.accepted.on_portal { self.claim.doubt } else { Doubt::Unknown };
        self.into_settlement(Next::Due(look_at, lane), attempts, doubt, Landing::default())
    }

    /// Ends the claim of a dossier that was only looked at: what the portal lacks is looked for again at `again_at`.
    pub(in crate::push) fn looked_at(mut self, again_at: DateTime<Utc>) -> Settlement {
        let fits = !matches!(self.steps, Steps::Differ | Steps::Rewritten);
        if fits && self.accepted.has(&self.wanted) {
            return self.into_settlement(Next::Synced, 0, Doubt::None, Landing::default());
        }
        // Of many looks that show the same, the first is told.
        if self.claim.attempts > 0 && self.accepted == self.claim.accepted {
            self.trail = None;
        }
        let (lane, attempts) = (self.claim.lane.max(Lane::Retry), self.failures());
        self.into_settlement(Next::Due(again_at, lane), attempts, Doubt::None, Landing::default())
    }

    /// The doubt that the claim leaves behind. A look-up settles what was unknown, but a request that was lost before it
    /// can still land late, so that its dossier is looked up again.
    fn doubt_left(&self, why: PutOff) -> Doubt {
        match (why, self.stage) {
            (PutOff::Failed { in_doubt: true }, _) | (_, Stage::Contradicted) => Doubt::Unknown,
            (_, Stage::Doubted) => self.claim.doubt,
            (_, Stage::Seen(_) | Stage::Refused(Some(_))) if self.accepted.on_portal => Doubt::Verify,
            (_, Stage::Trusted | Stage::Seen(_) | Stage::Refused(_)) => Doubt::None,
        }
    }

    /// Requests of this claim that may still land, where none does later than `lands_within`.
    fn landing(&self, lands_within: Duration) -> Landing {
        let sure_until = self.looked_at.map(|at| earlier(at, lands_within));
        Landing { lost_at: self.lost_at, sure_until }
    }

    /// News that this claim brought to the portal, or showed to be there.
    fn delayed(&self, next: &Next) -> Option<Delayed> {
        let accepted_at = self.trail.as_ref()?.ended_at();
        let whole = matches!(next, Next::Synced | Next::Verify(_)) && !self.claim.accepted.has(&self.wanted);
        let changed_at = self.claim.unsent_since.filter(|_| whole);
        let before = self.claim.accepted.steps;
        let steps: Vec<_> = (1..).zip(&self.dossier.steps).map(|(place, step)| (place, step.at)).collect();
        let steps = steps.get(before..self.accepted.steps).unwrap_or_default().to_vec();
        let (source, unit) = (self.claim.source, self.claim.unit.clone());
        (changed_at.is_some() || !steps.is_empty()).then_some(Delayed {
            source,
            unit,
            accepted_at,
            changed_at,
            steps,
        })
    }

    /// The facts as this claim has read them, and as far as the portal has confirmed them.
    fn facts(&self) -> FactsNews {
        let local = self.teller.local(&self.dossier);
        let portal = self.facts_on_portal(&local);
        FactsNews { local: SideNews::Known(local), portal, steps: self.accepted.steps }
    }

    fn facts_on_portal(&self, local: &Facts) -> SideNews {
        let accepted = &self.accepted;
        match self.stage {
            // What the portal has is not known before it was looked at.
            Stage::Doubted | Stage::Contradicted => return SideNews::Unchanged,
            Stage::Seen(_) | Stage::Refused(Some(_)) if !accepted.on_portal => return SideNews::Gone,
            Stage::Trusted | Stage::Seen(_) | Stage::Refused(_) => {}
        }
        let of_ours = |steps| self.teller.on_portal(&self.dossier, steps, local);
        let is_whole = accepted.on_portal && accepted.content == Some(self.wanted.content);
        let fits = self.steps != Steps::Differ && is_beginning(accepted, &self.wanted, &self.chain);
        match &self.facts_shown {
            _ if is_whole && fits => SideNews::Known(of_ours(accepted.steps)),
            Some(shown) if is_whole => SideNews::Known(Box::new(Facts { ended: shown.ended, ..*of_ours(0) })),
            Some(shown) if accepted.on_portal => SideNews::Known(Box::new(Facts {
                officer: local.officer.clone(),
                received_by: local.received_by.clone(),
                ..*shown.clone()
            })),
            Some(_) | None => SideNews::Unchanged,
        }
    }

    fn into_settlement(mut self, next: Next, attempts: u32, doubt: Doubt, landing: Landing) -> Settlement {
        self.findings.extend(self.circles.form_finding());
        let rests = next == Next::Synced;
        let delayed = self.delayed(&next);
        let facts = self.facts();
        let attempt = self.trail.map(Trail::into_attempt);
        let judged = !matches!(next, Next::Due(..));
        let proof = match (self.taken, self.stage.shown()) {
            (Taken::Something | Taken::HandIn, _) => Proof::Sent,
            (Taken::Nothing, Some(Shown::Equal)) => Proof::Seen,
            (Taken::Nothing, _) => Proof::None,
        };
        let named = self.accepted.content == Some(self.wanted.content);
        let files = self.files.map(|files| DossierFiles {
            marks: files
                .marks
                .into_iter()
                .map(|mark| FileMark { named: mark.named.filter(|_| named), ..mark })
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
            cell: self.dossier.cell(),
            proof,
            rounds: self.circles.into_rounds(rests),
            unproved_links: Some(self.dossier.unproved_links()),
            landing,
            history_shown: self.history_shown,
            delayed,
            facts,
            files,
        }
    }
}
