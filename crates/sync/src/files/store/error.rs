//! Reasons why a file could not be read, and what can be done about each.

use std::time::Duration;

use dongbo_model::{Detail, ErrorClass, FileTrouble, FindingKind};
use dongbo_settings::SecretError;
use dongbo_source::SourceError;

/// A failure of a store. No text of it holds a key, a path below the root or a file's address, for these may hold the
/// name or number of a person.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store answers, and has nothing under this key.
    #[error("the file store has no such file. The unit has to attach it again in the one-stop system")]
    NotFound,
    /// The key cannot be one of a file in this store.
    #[error("the key of a file {}. Correct it in the one-stop system, or what column \"file\" of the mapping gives", .0.told())]
    BadKey(KeyFault),
    /// A symbolic link on the way leads out of the store's root.
    #[error(
        "a link on the way to a file leads out of the store's root. Put the file itself below the root, or name the \
         common folder as root in the mapping file"
    )]
    Outside,
    /// A folder, pipe, socket or device stands where a file should be.
    #[error("a file's key does not lead to a file. Remove it, and have the unit attach the file again")]
    NotAFile,
    /// The store does not let us read.
    #[error(
        "the file store refuses access: {reason}. Give dongbo's user the right to read, or renew its credentials"
    )]
    Denied {
        /// The reason, in words for the log.
        reason: String,
    },
    /// The root of the store may not be entered.
    #[error("the file store's root may not be entered. Give dongbo's user the right to enter and read it")]
    Closed,
    /// The store ended in the middle of a file.
    #[error("the file store ended in the middle of a file. It is read again")]
    CutShort,
    /// The store's name leads to an address that must not be connected to.
    #[error(
        "the file store's name leads to an address that is not public. If that is right, name its network in \
         allow_private of the mapping file"
    )]
    Address,
    /// The store sends us elsewhere than allowed.
    #[error(
        "the file store redirects {reason}. Set base_url to where the files are, or name the host in redirect_hosts \
         of the mapping file"
    )]
    Redirect {
        /// Whereto, in general words.
        reason: &'static str,
    },
    /// The store is down, away or broken.
    #[error("the file store cannot be read: {reason}. It is tried again; check that it is up")]
    Unreachable {
        /// The reason, in words for the log.
        reason: String,
    },
    /// The store gave no sign of life, or far too little, for as long as it may.
    #[error(
        "the file store stalls for more than {0:?}. It is tried again; check its load, or raise timeout in the \
         mapping file"
    )]
    Stalled(Duration),
    /// The store asks to be asked less.
    #[error("the file store asks for fewer requests. It is tried again later")]
    Throttled,
    /// The file became another one between the first byte and the last.
    #[error("a file was changed while it was read. It is read again")]
    Changed,
    /// The store answers in a way that cannot be worked with.
    #[error(
        "the file store answers wrongly: {reason}. It is tried again; report it to the store's vendor if it lasts"
    )]
    Answer {
        /// The reason, in words for the log.
        reason: String,
    },
    /// A certificate that is not trusted, or a proxy, stands before the store.
    #[error("the file store cannot be reached: {told}")]
    Obstacle {
        /// The class, which says who has to act.
        class: ErrorClass,
        /// What it is and what to do, in words for the log.
        told: String,
    },
    /// The mapping file's settings of the store cannot be used.
    #[error("{0}")]
    Config(String),
    /// A file with credentials cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The local database, in which the files stand, cannot be asked.
    #[error(transparent)]
    Source(SourceError),
}

impl StoreError {
    /// The class, which says who has to act and whether waiting helps.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NotFound | Self::BadKey(_) | Self::Outside | Self::NotAFile => ErrorClass::Rejected,
            Self::Denied { .. } | Self::Closed => ErrorClass::Auth,
            Self::Address | Self::Redirect { .. } | Self::Config(_) => ErrorClass::Config,
            Self::Unreachable { .. }
            | Self::Stalled(_)
            | Self::Changed
            | Self::CutShort
            | Self::Answer { .. } => ErrorClass::Transient,
            Self::Throttled => ErrorClass::Throttled,
            Self::Obstacle { class, .. } => *class,
            Self::Secret(error) => error.class(),
            Self::Source(error) => error.class(),
        }
    }

    /// The trouble that it tells of: the store as a whole, or something about the one file.
    #[must_use]
    pub const fn trouble(&self) -> FileTrouble {
        match self {
            Self::Unreachable { .. } => FileTrouble::StoreDown,
            Self::Stalled(_) => FileTrouble::StoreSlow,
            Self::Throttled => FileTrouble::StoreThrottled,
            Self::Address | Self::Closed | Self::Obstacle { .. } | Self::Config(_) | Self::Secret(_) => {
                FileTrouble::StoreSettings
            }
            Self::Source(_) => FileTrouble::LocalDatabase,
            _ => FileTrouble::OneFile,
        }
    }

    /// The finding that this becomes when it lasts; `None` when it says nothing about the one file.
    #[must_use]
    pub const fn finding(&self) -> Option<FindingKind> {
        match self {
            Self::Denied { .. } => Some(FindingKind::FileDenied),
            Self::Redirect { .. } => Some(FindingKind::FileRedirected),
            Self::Answer { .. } => Some(FindingKind::FileBadAnswer),
            Self::Changed | Self::CutShort => Some(FindingKind::FileUnsteady),
            _ => None,
        }
    }

    /// The cause in a few words, without the remedy.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            Self::Denied { reason } | Self::Unreachable { reason } | Self::Answer { reason } => {
                reason.clone()
            }
            Self::Redirect { reason } => (*reason).to_owned(),
            Self::Stalled(limit) => format!("{limit:?}"),
            Self::Obstacle { told, .. } => told.clone(),
            Self::CutShort => Detail::CutShort.with(&[]),
            Self::Changed => Detail::Changed.with(&[]),
            Self::Source(error) => error.class().name().to_owned(),
            Self::BadKey(fault) => fault.name().to_owned(),
            _ => String::new(),
        }
    }

    pub(super) fn unreachable(reason: impl Into<String>) -> Self {
        Self::Unreachable { reason: reason.into() }
    }

    pub(super) fn answer(reason: impl Into<String>) -> Self {
        Self::Answer { reason: reason.into() }
    }
}

impl From<SourceError> for StoreError {
    fn from(error: SourceError) -> Self {
        match error {
            // It stumbles over this key, and would not over another: a number was expected, say.
            SourceError::Data { damage: false, .. } => Self::BadKey(KeyFault::Refused),
            other => Self::Source(other),
        }
    }
}

impl From<KeyFault> for StoreError {
    fn from(fault: KeyFault) -> Self {
        Self::BadKey(fault)
    }
}

/// The fault of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyFault {
    /// Nothing is written.
    Empty,
    /// Longer than any store takes.
    TooLong,
    /// It holds NUL, a line break or another control character.
    Control,
    /// It holds a backslash, which is a separator to some and a letter to others.
    Backslash,
    /// It begins at the root of the machine.
    Absolute,
    /// It climbs (`..`), stands still (`.`) or has an empty step.
    Climbs,
    /// A dot, slash, backslash, NUL or percent sign is written in percent-encoding.
    Encoded,
    /// It is an address of another scheme than http and https.
    Scheme,
    /// It is an address that holds a user or password.
    Credentials,
    /// It is an address outside the store.
    Elsewhere,
    /// The database refuses it, as by a cast.
    Refused,
    /// It names several files.
    Ambiguous,
}

impl KeyFault {
    /// The stable name for findings and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Control => "control",
            Self::Backslash => "backslash",
            Self::Absolute => "absolute",
            Self::Climbs => "climbs",
            Self::Encoded => "encoded",
            Self::Scheme => "scheme",
            Self::Credentials => "credentials",
            Self::Elsewhere => "elsewhere",
            Self::Refused => "refused",
            Self::Ambiguous => "ambiguous",
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::TooLong => "is too long",
            Self::Control => "holds a control character",
            Self::Backslash => "holds a backslash",
            Self::Absolute => "is an absolute path",
            Self::Climbs => "holds \"..\", \".\" or an empty part",
            Self::Encoded => "holds a percent-encoded dot, slash, NUL or percent sign",
            Self::Scheme => "is an address that is neither http nor https",
            Self::Credentials => "is an address with a user or password in it",
            Self::Elsewhere => "is an address outside the store",
            Self::Refused => "is refused by the database",
            Self::Ambiguous => "names several files",
        }
    }
}
