//! Defects of files.

use dongbo_model::{FileKind, Finding, FindingKind};

use super::super::store::StoreError;

/// Reasons why a file cannot be named to the portal as what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Defect {
    /// The store has no file under the key.
    Missing,
    /// The file has no bytes.
    Empty,
    /// The file is larger than the limit.
    TooLarge {
        /// The most bytes that are taken.
        limit: u64,
    },
    /// The bytes are of another kind than the file's name says.
    KindMismatch {
        /// The kind that the end of the name promises.
        name_says: FileKind,
        /// The kind of the bytes.
        bytes_say: FileKind,
    },
    /// The bytes are of a kind that is not taken.
    KindNotAllowed {
        /// The kind of the bytes.
        kind: FileKind,
    },
    /// The end of the document is missing: a scan or copy was broken off.
    CutOff,
    /// The file was another one at the end of reading than at its beginning.
    ChangedWhileRead,
    /// The store gives a page, of an error or for logging in, in the place of the file.
    Page {
        /// Its media type.
        media: &'static str,
    },
    /// Under the key stands something that cannot be read as a file.
    Unreadable,
}

impl Defect {
    /// The stable name in the ledger, in findings and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::KindMismatch { .. } => "kind_mismatch",
            Self::KindNotAllowed { .. } => "kind_not_allowed",
            Self::CutOff => "cut_off",
            Self::ChangedWhileRead => "changed_while_read",
            Self::Unreadable => "unreadable",
            Self::Page { .. } => "page",
        }
    }

    /// The defect that a failure of the store means; `None` when the store is to blame, and the file is not judged.
    #[must_use]
    pub const fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::NotFound => Some(Self::Missing),
            StoreError::BadKey(_) | StoreError::Outside | StoreError::NotAFile => Some(Self::Unreadable),
            StoreError::Changed => Some(Self::ChangedWhileRead),
            _ => None,
        }
    }

    /// The finding that the staff of the unit read, about the file that `subject` names.
    #[must_use]
    pub fn finding(self, subject: &str) -> Finding {
        let (kind, detail) = match self {
            Self::Missing => (FindingKind::FileMissing, String::new()),
            Self::Empty => (FindingKind::FileEmpty, String::new()),
            // Rounded down, so that what is called too large is larger than what is said.
            Self::TooLarge { limit } => (FindingKind::FileTooLarge, format!("> {} MiB", limit / (1 << 20))),
            Self::KindMismatch { name_says, bytes_say } => {
                (FindingKind::FileKindMismatch, format!("{} -> {}", name_says.name(), bytes_say.name()))
            }
            Self::KindNotAllowed { kind } => (FindingKind::FileKindNotAllowed, kind.name().to_owned()),
            Self::CutOff => (FindingKind::FileCutOff, String::new()),
            Self::Page { media } => (FindingKind::FileBadAnswer, media.to_owned()),
            Self::ChangedWhileRead | Self::Unreadable => (FindingKind::FileUnreadable, String::new()),
        };
        Finding::new(kind, subject, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::Defect;
    use crate::files::store::{KeyFault, StoreError};

    #[test]
    fn a_store_that_is_away_says_nothing_about_the_file() {
        assert_eq!(Defect::of(&StoreError::NotFound), Some(Defect::Missing));
        assert_eq!(Defect::of(&StoreError::BadKey(KeyFault::Climbs)), Some(Defect::Unreadable));
        assert_eq!(Defect::of(&StoreError::Changed), Some(Defect::ChangedWhileRead));
        assert_eq!(Defect::of(&StoreError::Throttled), None);
        assert_eq!(Defect::of(&StoreError::Unreachable { reason: String::new() }), None);
    }
}
