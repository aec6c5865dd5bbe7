//! Late that is not late: one dossier by the facts of the local system and by those that the portal has.

use dongbo_model::{Facts, vocabulary};
use serde::Serialize;

use crate::calendar::Calendar;
use crate::cutoff::Cutoff;
use crate::verdict::{Rules, Verdict, verdict};

vocabulary! {
    /// The fact for which the portal judges a dossier otherwise than the local facts do.
    pub enum GapReason
    texts {
        /// Its name.
        text
    }
    {
        /// The portal has another due day, or none.
        Due = "due_not_synchronised", ["ngày hẹn trả chưa đồng bộ", "due day not synchronised"];
        /// The portal lacks the step that ended the processing.
        EndMissing = "end_step_missing", ["thiếu bước kết thúc", "end step missing"];
        /// The portal's end step is later than the end: dated by when it was sent.
        EndBySending = "end_dated_by_sending", ["bước kết thúc ghi theo lúc gửi", "end dated by its sending"];
        /// The portal's end step is earlier, or the local system has none.
        EndEarlier = "end_too_early", ["bước kết thúc trên Cổng sớm hơn thực tế", "end on the portal earlier than it was"];
        /// The portal lacks requests for further papers, or their answers.
        Supplements = "supplements_missing", ["thiếu bước bổ sung hồ sơ", "supplement steps missing"];
        /// The portal's status is an earlier one, and with it the end is missing.
        StatusBehind = "status_behind", ["trạng thái trên Cổng chậm hơn", "status behind"];
        /// None of these alone, but several together.
        Several = "several", ["nhiều nguyên nhân cùng lúc", "several together"];
        /// Another fact, such as the day of receipt.
        Other = "other", ["dữ liệu khác chưa khớp", "another fact differs"];
    }
}

/// The verdicts of both sides on one dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// By the local facts.
    pub local: Verdict,
    /// By what the portal accepted; `None` when it has nothing.
    pub portal: Option<Verdict>,
    /// The fact that makes the difference; `None` when both are late or both are not.
    pub reason: Option<GapReason>,
}

impl Gap {
    /// The verdicts at the end of a period, and the reason where only one of them is late. The reason is the fact that turns the
    /// portal's verdict when it alone is put right.
    #[must_use]
    pub fn between(
        local: &Facts,
        portal: Option<&Facts>,
        rules: &Rules,
        calendar: &Calendar,
        cutoff: Cutoff,
    ) -> Self {
        let judge = |facts: &Facts| verdict(facts, rules, calendar, cutoff);
        let ours = judge(local);
        let theirs = portal.map(judge);
        let apart = portal.filter(|_| theirs.is_some_and(|theirs| theirs.is_late() != ours.is_late()));
        let reason = apart.map(|portal| {
            let turns = |corrected: &Facts| judge(corrected).is_late() == ours.is_late();
            reason(local, portal, turns)
        });
        Self { local: ours, portal: theirs, reason }
    }

    /// Whether the portal calls late what is not.
    #[must_use]
    pub fn is_falsely_late(&self) -> bool {
        !self.local.is_late() && self.portal.is_some_and(Verdict::is_late)
    }

    /// Whether the portal does not call late what is.
    #[must_use]
    pub fn is_falsely_on_time(&self) -> bool {
        self.local.is_late() && self.portal.is_some_and(|portal| !portal.is_late())
    }
}

/// The fact of `local` that `turns` the portal's verdict.
fn reason(local: &Facts, portal: &Facts, turns: impl Fn(&Facts) -> bool) -> GapReason {
    let due = |facts: Facts| Facts { due_at: local.due_at, ..facts };
    let end = |facts: Facts| Facts { ended: local.ended, ..facts };
    let supplements = |facts: Facts| Facts {
        asked: local.asked,
        first_asked_at: local.first_asked_at,
        waiting_since: local.waiting_since,
        waited: local.waited,
        ..facts
    };
    if turns(&due(portal.clone())) {
        GapReason::Due
    } else if turns(&end(portal.clone())) {
        of_end(local, portal)
    } else if turns(&supplements(portal.clone())) {
        GapReason::Supplements
    } else if turns(&supplements(end(due(portal.clone())))) {
        GapReason::Several
    } else {
        GapReason::Other
    }
}

/// The fault of the portal's end step, which is not the local one.
fn of_end(local: &Facts, portal: &Facts) -> GapReason {
    match (local.ended, portal.ended) {
        (Some(_), None) if portal.status != local.status => GapReason::StatusBehind,
        (Some(_), None) => GapReason::EndMissing,
        (Some(ours), Some(theirs)) if theirs.at > ours.at => GapReason::EndBySending,
        _ => GapReason::EndEarlier,
    }
}
