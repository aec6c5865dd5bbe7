//! The life of a claimed dossier: how far it has come, and what it needs next. Pure: no call is made here.
//!
//! Three states move side by side. [`Stage`] says how much is known of the dossier on the portal. A claim begins as
//! `Trusted`, or as `Doubted` when its outcome is in doubt:
//!
//! ```text
//!               contradicted
//!   Trusted ──────────────────► Contradicted ◄─┐
//!      │                              │        │ contradicted
//!      │ refused                      │ look-up│
//!      │              look-up         ▼        │
//!      │     Doubted ──────────────► Seen ─────┘
//!      ▼                              │
//!   Refused ◄─────────────────────────┘ refused
//! ```
//!
//! [`Steps`] says whether steps can be appended, as the portal takes them only at the end of those that it has:
//!
//! ```text
//!               look-up                 refused             refused
//!   Questioned ────────► Fit(Together) ────────► Fit(Alone) ────────► Fit(OneByOne)
//!        │                    │                      │                     │
//!        └────────────────────┴──────────┬───────────┴─────────────────────┘
//!                                        ▼ a look-up shows that they do not fit
//!                Rewritten (ours are not those that were sent) or Differ (the portal has others)
//! ```
//!
//! [`Taken`] says how much the portal took under this claim: `Nothing`, then `Something`, then `HandIn` where content
//! travels in parts. A claim ends when the dossier needs [`Need::Nothing`], or before that when it is put off.

use std::ops::Range;

use dongbo_ledger::{Accepted, Doubt, Wanted};
use dongbo_portal::Writing;

/// The knowledge about the dossier on the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The ledger's word counts: nothing speaks against it.
    Trusted,
    /// It was in doubt when the dossier was claimed: nothing is sent before a look-up.
    Doubted,
    /// An answer contradicted it: nothing more is sent before a look-up.
    Contradicted,
    /// A look-up under this claim showed it, and the portal took what followed.
    Seen(Shown),
    /// The portal refused the dossier for its content: nothing more is sent. Holds what a look-up before it showed.
    Refused(Option<Shown>),
}

/// The finding of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Everything as it is to be.
    Equal,
    /// Something else, or nothing.
    Other,
    /// Less than the portal had accepted, when the look-up was to confirm it.
    BrokenWord,
}

impl Stage {
    /// The first stage of a claim.
    pub(super) const fn of_claim(doubt: Doubt, steps: Steps) -> Self {
        match (doubt, steps) {
            (Doubt::None, Steps::Fit(_)) => Self::Trusted,
            _ => Self::Doubted,
        }
    }

    /// The stage after a refusal.
    pub(super) const fn refused(self) -> Self {
        Self::Refused(self.shown())
    }

    /// The finding of the last look-up, when nothing has contradicted it.
    pub(super) const fn shown(self) -> Option<Shown> {
        match self {
            Self::Seen(shown) | Self::Refused(Some(shown)) => Some(shown),
            Self::Trusted | Self::Doubted | Self::Contradicted | Self::Refused(None) => None,
        }
    }
}

/// The part of a dossier that the portal took under this claim. Each value implies those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taken {
    /// Nothing.
    Nothing,
    /// Content or steps.
    Something,
    /// The part that was handed in, in a dialect in which content travels in parts.
    HandIn,
}

/// Whether steps can be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    /// By the ledger, the portal's are no beginning of ours: a look-up says whether that is so.
    Questioned,
    /// They can.
    Fit(Company),
    /// The portal accepted steps from us that are no beginning of ours any more.
    Rewritten,
    /// The portal shows steps that are not ours.
    Differ,
}

/// The ways in which the steps of a dossier travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// With those of other dossiers.
    Together,
    /// In a call of their own.
    Alone,
    /// Each in a call of its own.
    OneByOne,
}

impl Steps {
    /// The state after `sent` steps were refused, together with those of other dossiers or not; `None` after the refusal
    /// of a single step, when no smaller call is left to try.
    pub(super) const fn narrowed(sent: usize, with_others: bool) -> Option<Self> {
        match (with_others, sent) {
            (true, _) => Some(Self::Fit(Company::Alone)),
            (false, 2..) => Some(Self::Fit(Company::OneByOne)),
            (false, _) => None,
        }
    }
}

/// The next thing to do for a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// Look up what the portal has.
    LookUp,
    /// Send it as new.
    Create,
    /// Send it again.
    Update,
    /// Append these of its steps.
    Steps(Range<usize>, Company),
    /// Nothing more; it can be settled.
    Nothing,
}

impl Need {
    /// The need of a dossier in this state.
    pub(super) fn of(
        stage: Stage,
        steps: Steps,
        taken: Taken,
        accepted: &Accepted,
        wanted: &Wanted,
        writing: Writing,
    ) -> Self {
        match stage {
            Stage::Refused(_) => return Self::Nothing,
            Stage::Doubted | Stage::Contradicted => return Self::LookUp,
            Stage::Trusted | Stage::Seen(_) => {}
        }
        if !accepted.on_portal {
            return Self::Create;
        }
        if accepted.content != Some(wanted.content) {
            return match writing {
                Writing::InParts { .. } if accepted.portal_id.is_none() => Self::LookUp,
                Writing::InParts { resubmits: true } if taken < Taken::HandIn => Self::Create,
                Writing::InParts { .. } | Writing::Whole => Self::Update,
            };
        }
        match steps {
            Steps::Fit(company) if accepted.steps < wanted.steps => {
                let until = match company {
                    Company::Together | Company::Alone => wanted.steps,
                    Company::OneByOne => accepted.steps.saturating_add(1),
                };
                Self::Steps(accepted.steps..until, company)
            }
            Steps::Fit(_) | Steps::Questioned | Steps::Rewritten | Steps::Differ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Company, Need, Shown, Stage, Steps, Taken};
    use dongbo_ledger::{Accepted, Doubt, Wanted};
    use dongbo_model::{Fingerprint, PortalId};
    use dongbo_portal::Writing;

    const FIT: Steps = Steps::Fit(Company::Together);

    fn content(digit: u8) -> Fingerprint {
        Fingerprint::parse(&digit.to_string().repeat(32)).unwrap()
    }

    fn wanted() -> Wanted {
        Wanted { content: content(1), steps: 5, steps_fp: None }
    }

    /// The portal has the content of this digit, and the first `steps` steps.
    fn has(digit: u8, steps: usize) -> Accepted {
        Accepted { on_portal: true, content: Some(content(digit)), steps, ..Accepted::default() }
    }

    fn need(stage: Stage, steps: Steps, accepted: &Accepted) -> Need {
        Need::of(stage, steps, Taken::Nothing, accepted, &wanted(), Writing::Whole)
    }

    #[test]
    fn a_dossier_needs_its_content_first_then_its_steps_then_nothing() {
        for stage in [Stage::Trusted, Stage::Seen(Shown::Other), Stage::Seen(Shown::BrokenWord)] {
            assert_eq!(need(stage, FIT, &Accepted::default()), Need::Create);
            assert_eq!(need(stage, FIT, &has(2, 0)), Need::Update);
            assert_eq!(need(stage, FIT, &has(1, 2)), Need::Steps(2..5, Company::Together));
            assert_eq!(need(stage, FIT, &has(1, 5)), Need::Nothing);
        }
    }

    #[test]
    fn nothing_is_sent_while_it_is_in_doubt_and_nothing_at_all_after_a_refusal() {
        for accepted in [Accepted::default(), has(2, 0), has(1, 2), has(1, 5)] {
            for stage in [Stage::Doubted, Stage::Contradicted] {
                assert_eq!(need(stage, FIT, &accepted), Need::LookUp);
            }
            for stage in [Stage::Trusted.refused(), Stage::Seen(Shown::Other).refused()] {
                assert_eq!(need(stage, FIT, &accepted), Need::Nothing);
            }
        }
    }

    #[test]
    fn steps_that_do_not_fit_stay_here_and_the_content_goes_all_the_same() {
        for steps in [Steps::Rewritten, Steps::Differ] {
            assert_eq!(need(Stage::Seen(Shown::Other), steps, &has(2, 2)), Need::Update);
            assert_eq!(need(Stage::Seen(Shown::Other), steps, &has(1, 2)), Need::Nothing);
        }
    }

    #[test]
    fn refused_steps_go_alone_then_one_by_one_and_a_single_one_is_refused_for_good() {
        assert_eq!(Steps::narrowed(3, true), Some(Steps::Fit(Company::Alone)));
        assert_eq!(Steps::narrowed(3, false), Some(Steps::Fit(Company::OneByOne)));
        assert_eq!(Steps::narrowed(1, false), None);
        let needed = |company| need(Stage::Trusted, Steps::Fit(company), &has(1, 2));
        assert_eq!(needed(Company::Alone), Need::Steps(2..5, Company::Alone));
        assert_eq!(needed(Company::OneByOne), Need::Steps(2..3, Company::OneByOne));
    }

    #[test]
    fn content_in_parts_is_handed_in_once_more_before_it_is_updated_where_the_portal_takes_that() {
        let named = Accepted { portal_id: PortalId::new("G22-1"), ..has(2, 0) };
        let needed = |taken, resubmits, accepted| {
            Need::of(Stage::Trusted, FIT, taken, accepted, &wanted(), Writing::InParts { resubmits })
        };
        assert_eq!(needed(Taken::Nothing, true, &named), Need::Create);
        assert_eq!(needed(Taken::HandIn, true, &named), Need::Update);
        assert_eq!(needed(Taken::Nothing, false, &named), Need::Update);
        assert_eq!(needed(Taken::Nothing, true, &has(2, 0)), Need::LookUp, "its name there is not known");
    }

    #[test]
    fn a_claim_begins_in_doubt_when_the_ledger_is_or_its_steps_are_no_beginning_of_ours() {
        for (doubt, steps, stage) in [
            (Doubt::None, FIT, Stage::Trusted),
            (Doubt::None, Steps::Questioned, Stage::Doubted),
            (Doubt::Unknown, FIT, Stage::Doubted),
            (Doubt::Verify, FIT, Stage::Doubted),
        ] {
            assert_eq!(Stage::of_claim(doubt, steps), stage, "{doubt:?} {steps:?}");
        }
    }
}
