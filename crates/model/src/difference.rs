//! The kinds of differences between what the local database has and what the portal shows.

/// Declares the kinds, each with its stable name, its layer and its meaning in two languages.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $layer:literal, $vi:literal, $en:literal;)+) => {
        /// What differs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DifferenceKind { $($(#[$doc])* $variant),+ }

        impl DifferenceKind {
            /// Every kind, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name in ledger, logs, metrics and files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The kind with this stable name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// The stable name of the layer of completeness that it lies in.
            #[must_use]
            pub const fn layer(self) -> &'static str {
                match self { $(Self::$variant => $layer),+ }
            }

            /// What it is, in Vietnamese.
            #[must_use]
            pub const fn vietnamese(self) -> &'static str {
                match self { $(Self::$variant => $vi),+ }
            }

            /// What it is, in English.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }
        }
    };
}

kinds! {
    /// The portal does not have the dossier.
    Missing = "missing", "presence", "Không có trên Cổng", "Missing on the portal";
    /// The portal has a dossier that the local database has no more.
    UnknownLocally = "unknown_locally", "presence", "Có trên Cổng, không có ở một cửa", "On the portal, unknown locally";
    /// The portal shows the dossier more than once.
    Duplicated = "duplicated", "presence", "Bị lặp trên Cổng", "Duplicated on the portal";
    /// The portal counts more dossiers of a unit, procedure and month than are known.
    CountedMore = "counted_more", "presence", "Cổng đếm nhiều hơn", "The portal counts more";
    /// The portal counts fewer.
    CountedLess = "counted_less", "presence", "Cổng đếm ít hơn", "The portal counts fewer";
    /// The portal counts another number of finished ones among as many.
    CountedFinished = "counted_finished", "status", "Cổng đếm số đã giải quyết khác", "The portal counts other finished ones";
    /// As many finished ones, but the portal counts another number with a result.
    CountedResults = "counted_results", "files", "Cổng đếm số có kết quả khác", "The portal counts other ones with a result";
    /// Another status.
    Status = "status", "status", "Trạng thái khác", "Another status";
    /// Another date than the due date.
    Date = "date", "status", "Ngày khác", "Another date";
    /// Another due date.
    DueDate = "due_date", "status", "Ngày hẹn trả khác", "Another due date";
    /// Other fees.
    Fee = "fee", "status", "Phí, lệ phí khác", "Other fees";
    /// Another unit.
    Unit = "unit", "status", "Đơn vị khác", "Another unit";
    /// Another procedure.
    Procedure = "procedure", "status", "Thủ tục khác", "Another procedure";
    /// Other content.
    Content = "content", "status", "Nội dung khác", "Other content";
    /// A change that the portal has not been sent in time.
    Unsent = "unsent", "status", "Thay đổi chưa gửi được", "A change not sent in time";
    /// Steps of ours are not there.
    StepMissing = "step_missing", "steps", "Thiếu bước", "A step is missing";
    /// Steps are there that are not ours.
    StepExtra = "step_extra", "steps", "Thừa bước", "A step too many";
    /// The steps are ours, in another order.
    StepOrder = "step_order", "steps", "Sai thứ tự bước", "Steps out of order";
    /// A result paper of ours is not there.
    FileMissing = "file_missing", "files", "Thiếu giấy tờ kết quả", "A result paper is missing";
    /// A result paper is there with another hash or link.
    FileWrong = "file_wrong", "files", "Giấy tờ kết quả sai mã băm hoặc liên kết", "A result paper with another hash or link";
    /// A result paper is there that is not ours.
    FileExtra = "file_extra", "files", "Thừa giấy tờ kết quả", "A result paper too many";
    /// The portal has not fetched a result paper yet.
    FileUnfetched = "file_unfetched", "files", "Cổng chưa tải giấy tờ kết quả", "A result paper is not fetched yet";
}

impl DifferenceKind {
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
    /// What differs.
    pub kind: DifferenceKind,
    /// Which field, step or paper; empty when the kind says it all.
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

#[cfg(test)]
mod tests {
    use super::DifferenceKind;

    #[test]
    fn every_kind_is_found_again_by_its_name_and_lies_in_a_layer() {
        for &kind in DifferenceKind::ALL {
            assert_eq!(DifferenceKind::from_name(kind.name()), Some(kind));
            assert!(["presence", "status", "steps", "files"].contains(&kind.layer()));
        }
        assert_eq!(DifferenceKind::from_name("nothing"), None);
    }
}
