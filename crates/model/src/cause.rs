//! The causes of differences between both sides, and their remedies.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::difference::{Age, DifferenceKind};
use crate::finding::FindingKind;
use crate::lang::Lang;
use crate::vocabulary;

vocabulary! {
    /// A cause of a difference that no finding names.
    pub enum PlainCause
    texts {
        /// The cause in a few words.
        text
    }
    {
        /// A person has to act, and no finding says on what.
        Held = "held", ["bị giữ", "held"];
        /// A change is on its way for too long.
        InFlight = "in_flight", ["đang trên đường gửi, quá lâu", "in flight, for too long"];
        /// The portal has not fetched a file yet.
        NotFetched = "not_fetched", ["Cổng chưa tải tệp", "the portal has not fetched the file"];
        /// The portal accepted the dossier and does not have it.
        LostOnPortal = "lost_on_portal", ["đã gửi, mất trên Cổng", "accepted, and lost on the portal"];
        /// The portal shows something else than it accepted.
        ChangedOnPortal = "changed_on_portal", ["bị sửa trên Cổng", "changed on the portal"];
        /// The portal applied a request twice: it landed late, or something on its way repeated it.
        AppliedTwice = "applied_twice",
            ["yêu cầu đến muộn hoặc bị gửi lặp trên đường", "a request landed late or was repeated"];
        /// A vendor's bridge has not brought it to the portal; dongbo only watches.
        NotBrought = "not_brought", ["cầu nối chưa đưa lên Cổng", "not brought by the vendor's bridge"];
        /// The answer to the last call was lost.
        LostAnswer = "lost_answer", ["mất câu trả lời", "an answer was lost"];
        /// The local database does not have the dossier any more.
        DeletedLocally = "deleted_locally", ["đã xóa ở một cửa", "deleted locally"];
        /// Single dossiers account for a difference of counts.
        ToldOneByOne = "told_one_by_one", ["do các hồ sơ được nêu riêng", "accounted for by single dossiers"];
        /// The dossiers came into being on the portal, or the local database does not know them.
        BornOnPortal = "born_on_portal",
            ["phát sinh trên Cổng hoặc không có ở một cửa", "created on the portal, or unknown locally"];
        /// Nothing accounts for a difference of counts yet.
        Unexplained = "unexplained", ["chưa rõ", "not explained yet"];
    }
}

/// A cause of a difference. It is written as its stable name, and a finding with its subject behind a colon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A cause that no finding names.
    Plain(PlainCause),
    /// A finding that holds the dossier, and what it is about.
    Finding(FindingKind, String),
    /// A cause that a newer version wrote.
    Newer(String),
}

impl Cause {
    /// The cause in a few words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Plain(cause) => cause.text(lang).to_owned(),
            Self::Finding(kind, subject) => kind.line_about(lang, subject),
            Self::Newer(name) => name.clone(),
        }
    }
}

impl From<PlainCause> for Cause {
    fn from(cause: PlainCause) -> Self {
        Self::Plain(cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(cause) => f.write_str(cause.name()),
            Self::Finding(kind, subject) if subject.is_empty() => f.write_str(kind.name()),
            Self::Finding(kind, subject) => write!(f, "{}:{subject}", kind.name()),
            Self::Newer(name) => f.write_str(name),
        }
    }
}

impl FromStr for Cause {
    type Err = Infallible;

    fn from_str(written: &str) -> Result<Self, Infallible> {
        if let Some(cause) = PlainCause::from_name(written) {
            return Ok(Self::Plain(cause));
        }
        let (name, subject) = written.split_once(':').unwrap_or((written, ""));
        Ok(match FindingKind::from_name(name) {
            Some(kind) => Self::Finding(kind, subject.to_owned()),
            None => Self::Newer(written.to_owned()),
        })
    }
}

impl From<&str> for Cause {
    fn from(written: &str) -> Self {
        let Ok(cause) = written.parse();
        cause
    }
}

impl Serialize for Cause {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cause {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.as_str().into())
    }
}

vocabulary! {
    /// A remedy of a difference, and so whose it is; those of dongbo's operator come first.
    pub enum Remedy
    texts {
        /// The person who has to act, and how.
        owner
    }
    {
        /// Sending the dossier again.
        Repair = "repair",
            ["Quản trị dongbo: dongbo reconcile --repair.", "Dongbo's operator: dongbo reconcile --repair."];
        /// Having a vendor's bridge send the dossier again.
        Resend = "resend", ["Quản trị dongbo: nhờ cầu nối gửi lại, dongbo resend.", "Dongbo's operator: have the bridge send again, dongbo resend."];
        /// Looking up the dossiers of a cell whose difference nothing accounts for yet.
        LookUp = "look_up",
            ["Quản trị dongbo: dongbo reconcile --scope … --full.", "Dongbo's operator: dongbo reconcile --scope … --full."];
        /// Accepting the portal's steps as they are.
        AcceptSteps = "accept_steps", [
            "Quản trị dongbo: dongbo accept-steps, nếu Cổng không xóa bước thừa.",
            "Dongbo's operator: dongbo accept-steps, unless the portal removes the step."
        ];
        /// Sending, which takes too long.
        Send = "send", ["Quản trị dongbo: dongbo status.", "Dongbo's operator: dongbo status."];
        /// The person who sees to what holds the dossier.
        Person = "person", ["Xem: dongbo held và dongbo why.", "See dongbo held and dongbo why."];
        /// The unit, on the portal or in its one-stop system.
        Unit = "unit", [
            "Đơn vị: tìm trên Cổng các hồ sơ không có ở hệ thống một cửa và tiếp nhận, hoặc đề nghị Cổng hủy.",
            "The unit: find on the portal what the one-stop system does not have, and accept it or have it removed."
        ];
        /// The portal's operators, and nobody else.
        Portal = "portal", [
            "Quản trị Cổng: chỉ Cổng sửa được; gửi kèm mã hồ sơ.",
            "The portal's operators: only they can correct it; give them the dossier's code."
        ];
        /// Time alone: it goes by itself.
        Nothing = "nothing", ["Không ai, đến khi quá hạn.", "Nobody, until it is a mismatch."];
    }
}

impl Remedy {
    /// The remedy of a difference of this kind, cause and age. `mendable` says whether sending its dossier again can put
    /// it right.
    #[must_use]
    pub const fn of(kind: DifferenceKind, cause: &Cause, age: Age, mendable: bool) -> Self {
        let on_portal = matches!(
            kind,
            DifferenceKind::Duplicated | DifferenceKind::StepExtra | DifferenceKind::StepOrder
        );
        let cause = match cause {
            Cause::Plain(cause) => *cause,
            Cause::Finding(..) | Cause::Newer(_) if on_portal => return Self::Portal,
            Cause::Finding(..) | Cause::Newer(_) => return Self::Person,
        };
        match cause {
            PlainCause::BornOnPortal | PlainCause::DeletedLocally => Self::Unit,
            PlainCause::AppliedTwice => Self::AcceptSteps,
            _ if on_portal => Self::Portal,
            PlainCause::NotBrought => Self::Resend,
            PlainCause::ToldOneByOne => Self::Nothing,
            PlainCause::NotFetched if !matches!(age, Age::Mismatch) => Self::Nothing,
            PlainCause::InFlight => Self::Send,
            PlainCause::Unexplained => Self::LookUp,
            PlainCause::LostOnPortal
            | PlainCause::ChangedOnPortal
            | PlainCause::LostAnswer
            | PlainCause::NotFetched => {
                if mendable {
                    Self::Repair
                } else {
                    Self::Portal
                }
            }
            PlainCause::Held => Self::Person,
        }
    }

    /// The person who has to act on a difference of this cause, and how.
    #[must_use]
    pub const fn owner_of(self, lang: Lang, cause: &Cause) -> &'static str {
        match (self, cause) {
            (Self::Unit, Cause::Plain(PlainCause::DeletedLocally)) => lang.pick(
                "Đơn vị: xác nhận việc xóa; Cổng không cho dongbo xóa, hãy đề nghị quản trị Cổng.",
                "The unit: confirm the deletion; dongbo cannot delete on the portal, so ask its operators.",
            ),
            (Self::Nothing, Cause::Plain(PlainCause::ToldOneByOne)) => lang.pick(
                "Không ai: hết khi các hồ sơ kia khớp.",
                "Nobody: it is closed when those dossiers are equal.",
            ),
            _ => self.owner(lang),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Remedy};
    use crate::{Age, DifferenceKind};

    #[test]
    fn each_difference_is_somebodys() {
        for (kind, cause, age, mendable, remedy) in [
            ("missing", "lost_on_portal", Age::Mismatch, true, Remedy::Repair),
            ("step_missing", "changed_on_portal", Age::Mismatch, false, Remedy::Portal),
            ("step_extra", "changed_on_portal", Age::Late, false, Remedy::Portal),
            ("step_extra", "applied_twice", Age::Late, false, Remedy::AcceptSteps),
            ("file_unfetched", "not_fetched", Age::Late, true, Remedy::Nothing),
            ("file_unfetched", "not_fetched", Age::Mismatch, true, Remedy::Repair),
            ("content", "held", Age::Mismatch, true, Remedy::Person),
            ("missing", "unmapped_procedure:XX99", Age::Mismatch, false, Remedy::Person),
            ("unsent", "in_flight", Age::Late, false, Remedy::Send),
            ("counted_less", "unexplained", Age::Mismatch, false, Remedy::LookUp),
            ("counted_less", "told_one_by_one", Age::Mismatch, false, Remedy::Nothing),
            ("counted_more", "born_on_portal", Age::Mismatch, false, Remedy::Unit),
            ("unknown_locally", "deleted_locally", Age::Mismatch, false, Remedy::Unit),
        ] {
            let what = DifferenceKind::from_name(kind).unwrap();
            assert_eq!(Remedy::of(what, &cause.into(), age, mendable), remedy, "{kind} {cause} {age:?}");
        }
    }

    #[test]
    fn a_cause_is_written_as_it_is_read() {
        for (written, is_newer) in [
            ("held", false),
            ("deleted_locally", false),
            ("deleted_locally:x", false),
            ("unmapped_procedure:XX99", false),
            ("refused:steps:-7", false),
            ("unmade:so far", true),
        ] {
            let cause = Cause::from(written);
            assert_eq!(cause.to_string(), written);
            assert_eq!(matches!(cause, Cause::Newer(_)), is_newer, "{written}");
        }
    }
}
