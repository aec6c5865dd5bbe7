//! The ways in which a request for a file ends.

/// The end of a request for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOutcome {
    /// The whole file went out.
    Whole,
    /// A range of it went out.
    Part,
    /// Only its headers were asked for.
    Head,
    /// The link is not one of ours.
    Forged,
    /// The link has run out.
    Expired,
    /// No file of ours is behind the link.
    Unknown,
    /// The range lies outside of the file.
    BadRange,
    /// Too many requests at once, or too many a second.
    Busy,
    /// The store holds something else than was announced.
    Changed,
    /// The store, the ledger or the local database failed.
    Failed,
    /// The portal went away before the end.
    Broken,
}

impl FileOutcome {
    /// Every outcome.
    pub const ALL: &'static [Self] = &[
        Self::Whole,
        Self::Part,
        Self::Head,
        Self::Forged,
        Self::Expired,
        Self::Unknown,
        Self::BadRange,
        Self::Busy,
        Self::Changed,
        Self::Failed,
        Self::Broken,
    ];

    /// The stable name in metrics and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Head => "head",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
            Self::BadRange => "bad_range",
            Self::Busy => "busy",
            Self::Changed => "changed",
            Self::Failed => "failed",
            Self::Broken => "broken",
        }
    }
}
