//! The kinds of differences between what the local database has and what the portal shows.

use crate::standing::Layer;
use crate::vocabulary;

vocabulary! {
    /// A kind of difference, in the order of the layers.
    pub enum DifferenceKind
    texts {
        /// The kind in a few words.
        text
    }
    columns {
        /// The layer of completeness that it lies in.
        layer: Layer
    }
    {
        /// The portal does not have the dossier.
        Missing = "missing", ["Không có trên Cổng", "Missing on the portal"] => Layer::Presence;
        /// The portal has a dossier that the local database has no more.
        UnknownLocally = "unknown_locally", ["Có trên Cổng, không có ở một cửa", "On the portal, unknown locally"] => Layer::Presence;
        /// The portal shows the dossier more than once.
        Duplicated = "duplicated", ["Bị lặp trên Cổng", "Duplicated on the portal"] => Layer::Presence;
        /// The portal counts more dossiers of a unit, procedure and month than are known.
        CountedMore = "counted_more", ["Cổng đếm nhiều hơn", "The portal counts more"] => Layer::Presence;
        /// The portal counts fewer.
        CountedLess = "counted_less", ["Cổng đếm ít hơn", "The portal counts fewer"] => Layer::Presence;
        /// The portal counts another number of finished ones among as many.
        CountedFinished = "counted_finished", ["Cổng đếm số đã giải quyết khác", "The portal counts another number of finished dossiers"] => Layer::Status;
        /// As many finished ones, but the portal counts another number with a result.
        CountedResults = "counted_results", ["Cổng đếm số có kết quả khác", "The portal counts another number of dossiers with a result"] => Layer::Files;
        /// Another status.
        Status = "status", ["Trạng thái khác", "Another status"] => Layer::Status;
        /// Another date than the due date.
        Date = "date", ["Ngày khác", "Another date"] => Layer::Status;
        /// Another due date.
        DueDate = "due_date", ["Ngày hẹn trả khác", "Another due date"] => Layer::Status;
        /// Other fees.
        Fee = "fee", ["Phí, lệ phí khác", "Other fees"] => Layer::Status;
        /// Another unit.
        Unit = "unit", ["Đơn vị khác", "Another unit"] => Layer::Status;
        /// Another procedure.
        Procedure = "procedure", ["Thủ tục khác", "Another procedure"] => Layer::Status;
        /// Other content.
        Content = "content", ["Nội dung khác", "Other content"] => Layer::Status;
        /// A change that the portal has not been sent in time.
        Unsent = "unsent", ["Thay đổi chưa gửi được", "A change not sent in time"] => Layer::Status;
        /// Steps of ours are not there.
        StepMissing = "step_missing", ["Thiếu bước", "A step is missing"] => Layer::Steps;
        /// Steps are there that are not ours.
        StepExtra = "step_extra", ["Thừa bước", "An extra step"] => Layer::Steps;
        /// The steps are ours, in another order.
        StepOrder = "step_order", ["Sai thứ tự bước", "Steps out of order"] => Layer::Steps;
        /// A result paper of ours is not there.
        FileMissing = "file_missing", ["Thiếu giấy tờ kết quả", "A result paper is missing"] => Layer::Files;
        /// A result paper is there with another hash or link.
        FileWrong = "file_wrong", ["Giấy tờ kết quả sai mã băm hoặc liên kết", "A result paper with another hash or link"] => Layer::Files;
        /// A result paper is there that is not ours.
        FileExtra = "file_extra", ["Thừa giấy tờ kết quả", "An extra result paper"] => Layer::Files;
        /// The portal has not fetched a result paper yet.
        FileUnfetched = "file_unfetched", ["Cổng chưa tải giấy tờ kết quả", "A result paper is not fetched yet"] => Layer::Files;
    }
}

vocabulary! {
    /// The way in which a difference was found. A difference is found gone only in the way in which it was found.
    pub enum FoundBy {
        /// The portal's counts.
        Counts = "counts";
        /// The ledger: it knows what was not accepted.
        Ledger = "ledger";
        /// A look-up.
        LookUp = "look_up";
    }
}

vocabulary! {
    /// The gravity of a difference by its age.
    pub enum Age
    texts {
        /// The name for people.
        text
    }
    {
        /// So young that it may be on its way.
        Pending = "pending", ["chờ", "pending"];
        /// It should have gone by now.
        Late = "late", ["trễ", "late"];
        /// Both sides differ.
        Mismatch = "mismatch", ["lệch", "mismatch"];
    }
}

impl DifferenceKind {
    /// Whether it is about the links of papers, of which a vendor's bridge has its own.
    #[must_use]
    pub const fn is_of_links(self) -> bool {
        matches!(self, Self::FileWrong | Self::FileExtra | Self::FileUnfetched)
    }

    /// Whether the ordinary push can put it right: the portal is only added to or updated. Missing steps can be appended
    /// only behind those that are there, which their `mendable` says.
    #[must_use]
    pub const fn is_mendable(self) -> bool {
        !matches!(
            self,
            Self::UnknownLocally
                | Self::Duplicated
                | Self::CountedMore
                | Self::CountedLess
                | Self::CountedFinished
                | Self::CountedResults
                | Self::StepExtra
                | Self::StepOrder
        )
    }
}

/// One thing in which the portal shows a dossier otherwise than it is to. No personal data: such values are hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The kind of the difference.
    pub kind: DifferenceKind,
    /// The field, step or paper; empty when the kind says it all.
    pub subject: String,
    /// Our value, canonical.
    pub ours: String,
    /// The portal's value, canonical.
    pub theirs: String,
    /// Our value as it is written to the portal.
    pub ours_raw: String,
    /// The portal's value as it came.
    pub theirs_raw: String,
    /// Whether sending the dossier again can put it right.
    pub mendable: bool,
}

impl Differing {
    /// A difference whose canonical and raw values are the same.
    #[must_use]
    pub fn plain(
        kind: DifferenceKind,
        subject: impl Into<String>,
        ours: impl Into<String>,
        theirs: impl Into<String>,
    ) -> Self {
        let (ours, theirs) = (ours.into(), theirs.into());
        Self {
            kind,
            subject: subject.into(),
            ours_raw: ours.clone(),
            theirs_raw: theirs.clone(),
            ours,
            theirs,
            mendable: kind.is_mendable(),
        }
    }
}
