//! The meaning of an answer for the dossiers of the call.

use dongbo_model::ErrorClass;

/// The meaning of an answer for the dossiers of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Applied.
    Delivered,
    /// Not applied: the portal knows this dossier already, so it has to be updated instead.
    Duplicate,
    /// Perhaps applied, perhaps not: only a look-up can tell.
    Unknown,
    /// Not applied: the portal asks for fewer calls.
    Throttled,
    /// Certainly not applied; goes away by itself.
    Transient,
    /// Refused for its content: a person has to act.
    Rejected,
    /// Not applied: the portal does not know the dossier that was to be changed.
    NotFound,
    /// Not applied: log-in, certificate or permission is refused, and an operator has to act.
    Auth,
    /// Not applied: the address or the set-up is wrong, and an operator has to act.
    Config,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Self] = &[
        Self::Delivered,
        Self::Duplicate,
        Self::Unknown,
        Self::Throttled,
        Self::Transient,
        Self::Rejected,
        Self::NotFound,
        Self::Auth,
        Self::Config,
    ];

    /// The stable name in ledger, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Duplicate => "duplicate",
            Self::Unknown => "unknown",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Rejected => "rejected",
            Self::NotFound => "not_found",
            Self::Auth => "auth",
            Self::Config => "config",
        }
    }

    /// The class of a failed call that is about no dossier: the log-in, or a question to the catalogue.
    ///
    /// Such a call says the same each time. When the portal refuses it, waiting does not help and no unit's staff can
    /// correct it: the operator checks account, unit code and paths. (`docs/verdicts.md` says what becomes of the
    /// dossiers of other calls.)
    #[must_use]
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::Unknown | Self::Transient => ErrorClass::Transient,
            Self::Throttled => ErrorClass::Throttled,
            Self::Auth => ErrorClass::Auth,
            Self::Duplicate | Self::Rejected | Self::NotFound | Self::Config => ErrorClass::Config,
            // A success is no failure: to treat it as one is a fault of the program.
            Self::Delivered => ErrorClass::Bug,
        }
    }
}
