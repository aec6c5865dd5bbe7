//! The ways in which requests for files end.

/// How a request ended, for metrics and the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Whole,
    Part,
    Asked,
    Forged,
    Expired,
    Unknown,
    BadRange,
    Busy,
    Changed,
    Failed,
}

impl Outcome {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
            Self::Asked => "head",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
            Self::BadRange => "bad_range",
            Self::Busy => "busy",
            Self::Changed => "changed",
            Self::Failed => "failed",
        }
    }
}

/// Every way in which a request for a file ends, by its stable name.
pub const OUTCOMES: [&str; 11] = [
    "whole",
    "part",
    "head",
    "forged",
    "expired",
    "unknown",
    "bad_range",
    "busy",
    "changed",
    "failed",
    "broken",
];
