//! The one vocabulary for failures: who has to act, and whether waiting helps.

/// What kind of failure it is. Each error type says its class at the place that knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// Goes away by itself: a peer is down, slow or restarting. Waiting and trying again is right.
    Transient,
    /// A peer asked us to slow down.
    Throttled,
    /// Log-in, certificate or permission is refused: an operator has to act, all work waits, nothing is lost.
    Auth,
    /// The content of one dossier is refused: the unit's staff has to act; everything else goes on.
    Rejected,
    /// Configuration or mapping is wrong: an operator has to act.
    Config,
    /// dongbo itself is wrong: report it.
    Bug,
}

impl ErrorClass {
    /// The stable name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Throttled => "throttled",
            Self::Auth => "auth",
            Self::Rejected => "rejected",
            Self::Config => "config",
            Self::Bug => "bug",
        }
    }
}

/// Why sending stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The portal does not answer, or answers that it cannot.
    Down,
    /// Log-in or permission is refused.
    Auth,
    /// The address or service is not there: the configuration is wrong, or the portal has moved.
    Config,
    /// The portal answers in a way that nobody taught us.
    Drift,
}

impl Trouble {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Down, Self::Auth, Self::Config, Self::Drift];

    /// The stable name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Auth => "auth",
            Self::Config => "config",
            Self::Drift => "drift",
        }
    }
}
