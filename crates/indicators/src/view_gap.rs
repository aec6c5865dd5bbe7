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
        /// The portal does not have it.
        NotThere = "not_on_portal", ["chưa có trên Cổng", "not on the portal"];
        /// The portal counts it in another period, or for another unit or procedure.
        Elsewhere = "counted_elsewhere", ["Cổng tính vào kỳ, đơn vị hoặc thủ tục khác", "counted in another period, unit or procedure"];
        /// The portal has other days of handing in or receipt.
        Receipt = "receipt_differs", ["ngày nộp hoặc tiếp nhận khác", "days of handing in or receipt differ"];
        /// The portal has another channel.
        Channel = "channel_differs", ["kênh thực hiện khác", "channel differs"];
        /// The portal has other fees, or another payment.
        Payment = "payment_differs", ["phí hoặc thanh toán khác", "fees or payment differ"];
        /// The portal has other papers handed in, or other marks on them.
        Papers = "papers_differ", ["giấy tờ nộp khác", "papers handed in differ"];
        /// The portal lacks results, or their links.
        Results = "results_missing", ["thiếu kết quả hoặc đường dẫn tệp kết quả", "results or their links missing"];
        /// The portal has other marks of the dossier itself: the account verified, digitised, connected with a database.
        Marks = "marks_differ", ["dấu hiệu của hồ sơ khác", "marks of the dossier differ"];
        /// None of these alone, but several together.
        Several = "several", ["nhiều nguyên nhân cùng lúc", "several together"];
        /// Another fact.
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
    /// The fact that makes the difference; `None` when both say the same.
    pub reason: Option<GapReason>,
}

impl Gap {
    /// The verdicts at the end of a period, and the reason where they differ. The reason is the fact that turns the portal's verdict
    /// when it alone is put right.
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
        let reason = match portal {
            None => Some(GapReason::NotThere),
            Some(_) if theirs == Some(ours) => None,
            Some(portal) => Some(reason(local, portal, |corrected| judge(corrected) == ours)),
        };
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

/// The fact for which the portal's facts do not count as the `local` ones: that with which they `agree` when it alone is put right.
pub(crate) fn reason(local: &Facts, portal: &Facts, agree: impl Fn(&Facts) -> bool) -> GapReason {
    let due = |facts: Facts| Facts { due_at: local.due_at, ..facts };
    let end = |facts: Facts| Facts { ended: local.ended, status: local.status, ..facts };
    let supplements = |facts: Facts| Facts {
        asked: local.asked,
        first_asked_at: local.first_asked_at,
        waiting_since: local.waiting_since,
        waited: local.waited,
        ..facts
    };
    let theirs = || portal.clone();
    let alone = [
        (GapReason::Due, due(theirs())),
        (of_end(local, portal), end(theirs())),
        (GapReason::Supplements, supplements(theirs())),
        (
            GapReason::Receipt,
            Facts { submitted_at: local.submitted_at, received_at: local.received_at, ..theirs() },
        ),
        (GapReason::Channel, Facts { channel: local.channel, ..theirs() }),
        (GapReason::Payment, Facts { fees: local.fees, paid_online: local.paid_online, ..theirs() }),
        (GapReason::Papers, Facts { papers: local.papers, digitised_at: local.digitised_at, ..theirs() }),
        (GapReason::Results, Facts { results: local.results, ..theirs() }),
        (
            GapReason::Marks,
            Facts {
                vneid: local.vneid,
                digitised_flag: local.digitised_flag,
                databases: local.databases,
                submitted_to: local.submitted_to,
                ..theirs()
            },
        ),
        (GapReason::Several, local.clone()),
    ];
    alone.into_iter().find(|(_, facts)| agree(facts)).map_or(GapReason::Other, |(reason, _)| reason)
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
