//! A fault rule: what it does, to which calls, how often.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::service::Service;

/// The kind of a fault. "Applied" means that the portal obeys the call; `after` means that it does so before the fault
/// strikes, so that the client cannot know whether it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Wait before the call is looked at; then other rules and the portal have their turn.
    Delay {
        /// Milliseconds, or the least of them.
        ms: u64,
        /// The most of them; the wait is drawn between the two.
        #[serde(default)]
        ms_max: Option<u64>,
    },
    /// Neither apply nor answer until the client goes away.
    Hang {
        /// Milliseconds until the connection is cut, so that a client without a timeout does not hold it for ever.
        #[serde(default = "two_minutes")]
        max_ms: u64,
    },
    /// Cut the connection at once, and apply the call later: a request that lands late.
    Late {
        /// Milliseconds until it lands.
        ms: u64,
    },
    /// Apply and answer the call, and apply it once more later: something on its way repeats it.
    Repeat {
        /// Milliseconds until it lands again.
        ms: u64,
    },
    /// Close the connection before the body is read, if the rule is for every call, for `auth` or for `TaiTepTin`;
    /// otherwise as soon as the body shows that the rule is about the call.
    RefuseConnection {},
    /// Read the call, apply nothing, cut the connection.
    CloseBefore {},
    /// Apply the call, cut the connection without an answer.
    CloseAfter {},
    /// HTTP 429 with `Retry-After`; nothing is applied.
    Throttle {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// An HTTP error page.
    Status {
        /// 500, 502 or 503.
        code: u16,
        /// Apply first.
        #[serde(default)]
        after: bool,
    },
    /// An HTML page with HTTP 200 in place of JSON.
    Html {
        /// Apply first.
        #[serde(default)]
        after: bool,
    },
    /// The JSON answer cut halfway, with its true length in the header.
    CutJson {
        /// Apply first; otherwise the answer is a cut success, and nothing is applied.
        #[serde(default)]
        after: bool,
    },
    /// All sessions end, and the answer says so.
    SessionLapse {},
    /// A create is answered with `đã tồn tại`, whatever is true.
    AlreadyExists {
        /// Apply the create all the same.
        #[serde(default)]
        applied: bool,
    },
    /// An `error_code` "77" with a message that helps nobody.
    UnknownCode {
        /// Apply first.
        #[serde(default)]
        after: bool,
    },
    /// A write is answered with success, and nothing is stored.
    Lie {},
    /// A dossier is refused for its content.
    RefuseContent {
        /// Message of the refusal.
        #[serde(default = "content_message")]
        message: String,
    },
    /// Half of the batch is applied, and the refusal does not say which half.
    Partial {},
    /// A file arrives with other bytes than were sent, and its receipt says so.
    Damage {},
}

fn two_minutes() -> u64 {
    120_000
}

fn content_message() -> String {
    "thông tin hồ sơ không hợp lệ, đề nghị kiểm tra lại".to_owned()
}

impl FaultKind {
    /// The name of every kind, for a table of the faults met.
    pub const NAMES: [&str; 18] = [
        "delay",
        "hang",
        "late",
        "repeat",
        "refuse_connection",
        "close_before",
        "close_after",
        "throttle",
        "status",
        "html",
        "cut_json",
        "session_lapse",
        "already_exists",
        "unknown_code",
        "lie",
        "refuse_content",
        "partial",
        "damage",
    ];

    /// The name of the kind in the configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delay { .. } => "delay",
            Self::Hang { .. } => "hang",
            Self::Late { .. } => "late",
            Self::Repeat { .. } => "repeat",
            Self::RefuseConnection {} => "refuse_connection",
            Self::CloseBefore {} => "close_before",
            Self::CloseAfter {} => "close_after",
            Self::Throttle { .. } => "throttle",
            Self::Status { .. } => "status",
            Self::Html { .. } => "html",
            Self::CutJson { .. } => "cut_json",
            Self::SessionLapse {} => "session_lapse",
            Self::AlreadyExists { .. } => "already_exists",
            Self::UnknownCode { .. } => "unknown_code",
            Self::Lie {} => "lie",
            Self::RefuseContent { .. } => "refuse_content",
            Self::Partial {} => "partial",
            Self::Damage {} => "damage",
        }
    }

    /// Whether the fault means something for the call; otherwise a rule passes it by.
    pub(crate) fn suits(&self, service: Service, is_create: bool) -> bool {
        match self {
            Self::Lie {} | Self::RefuseContent { .. } | Self::Partial {} => service.is_write(),
            Self::AlreadyExists { .. } => is_create,
            Self::SessionLapse {} => service != Service::Auth,
            Self::Damage {} => service == Service::Upload,
            Self::Delay { .. }
            | Self::Hang { .. }
            | Self::Late { .. }
            | Self::Repeat { .. }
            | Self::RefuseConnection {}
            | Self::CloseBefore {}
            | Self::CloseAfter {}
            | Self::Throttle { .. }
            | Self::Status { .. }
            | Self::Html { .. }
            | Self::CutJson { .. }
            | Self::UnknownCode { .. } => true,
        }
    }
}

/// The time in which a rule is in force, in seconds since the portal started.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Start of the time.
    pub from_s: f64,
    /// End of the time, which is no longer in it.
    pub to_s: f64,
}

/// A fault rule. Every condition given must hold; then the draw decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Name in the counters and the log; one is made up if none is given. A rule of the same name is replaced.
    #[serde(default)]
    pub id: Option<String>,
    /// A service by its wire name, `auth`, or `*` for every call.
    #[serde(default = "every_service")]
    pub service: String,
    /// Only calls that carry this dossier.
    #[serde(default)]
    pub dossier: Option<String>,
    /// Only calls that carry a dossier of this percentage, picked by the seeded hash.
    #[serde(default)]
    pub dossier_hash_percent: Option<f64>,
    /// Share of the matching calls that are struck, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// Strike at most this many times.
    #[serde(default)]
    pub count: Option<u64>,
    /// Only in this time.
    #[serde(default)]
    pub window: Option<Window>,
    /// The kind of the fault.
    pub kind: FaultKind,
}

fn every_service() -> String {
    "*".to_owned()
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// A rule that strikes every call; narrow it with the methods below.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self {
            id: None,
            service: every_service(),
            dossier: None,
            dossier_hash_percent: None,
            probability: always(),
            count: None,
            window: None,
            kind,
        }
    }

    /// Names the rule.
    #[must_use]
    pub fn named(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Narrows the rule to calls of this service.
    #[must_use]
    pub fn on(mut self, service: Service) -> Self {
        service.wire_name().clone_into(&mut self.service);
        self
    }

    /// Narrows the rule to calls that carry this dossier.
    #[must_use]
    pub fn for_dossier(mut self, code: &str) -> Self {
        self.dossier = Some(code.to_owned());
        self
    }

    /// Narrows the rule to calls that carry one of the dossiers that the seeded hash picks.
    #[must_use]
    pub fn for_percent_of_dossiers(mut self, percent: f64) -> Self {
        self.dossier_hash_percent = Some(percent);
        self
    }

    /// Sets the share of the matching calls that are struck.
    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Limits the rule to this many strikes.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let wrong = |reason: &str| Err(Error::InvalidRule(format!("{}: {reason}", self.kind.name())));
        if self.service != "*" && Service::from_wire(&self.service).is_none() {
            return wrong(&format!("no service is called `{}`", self.service));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return wrong("probability is not between 0 and 1");
        }
        if self.dossier_hash_percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
            return wrong("dossier_hash_percent is not between 0 and 100");
        }
        // NaN has no order, so it is refused too.
        if self.window.is_some_and(|window| window.from_s.partial_cmp(&window.to_s) != Some(Ordering::Less)) {
            return wrong("window does not begin before it ends");
        }
        match self.kind {
            FaultKind::Status { code, .. } if ![500, 502, 503].contains(&code) => {
                wrong("code is none of 500, 502, 503")
            }
            FaultKind::Delay { ms, ms_max: Some(most) } if most < ms => wrong("ms_max is below ms"),
            _ => Ok(()),
        }
    }

    /// Whether the rule can be decided before the body is read: it is about connections, not about services.
    pub(crate) fn strikes_early(&self) -> bool {
        matches!(self.kind, FaultKind::RefuseConnection {})
            && self.dossier.is_none()
            && self.dossier_hash_percent.is_none()
            && matches!(self.service.as_str(), "*" | "auth" | "TaiTepTin")
    }
}
