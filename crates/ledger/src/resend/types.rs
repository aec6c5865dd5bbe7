//! The types of an order to have dossiers sent again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use dongbo_model::vocabulary;

vocabulary! {
    /// How an order stands.
    pub enum ResendState
    texts {
        /// The state for people.
        text
    }
    {
        /// One dossier after another has its turn.
        Running = "running", ["đang chạy", "running"];
        /// A person, or a bridge that did not answer, made it wait.
        Paused = "paused", ["tạm dừng", "paused"];
        /// Every dossier has its result.
        Done = "done", ["xong", "done"];
        /// A person ended it.
        Cancelled = "cancelled", ["đã dừng hẳn", "cancelled"];
    }
}

vocabulary! {
    /// The result of one dossier of an order.
    pub enum ResentState
    texts {
        /// The state for people.
        text
    }
    columns {
        /// Whether this is the end of it.
        ended: bool
    }
    {
        /// It has not had its turn.
        Waiting = "waiting", ["chờ đến lượt", "waits for its turn"] => false;
        /// The bridge took the request, or it is dongbo's own turn; a look-up is still to come.
        Asked = "asked", ["đã đến lượt, chờ tra cứu", "under way, to be looked up"] => false;
        /// A look-up showed all of it on the portal.
        Arrived = "arrived", ["đã khớp với Cổng", "in step with the portal"] => true;
        /// A look-up showed that the portal lacks something all the same.
        Lacking = "lacking", ["Cổng vẫn chưa có đủ", "still lacking on the portal"] => true;
        /// It waits for a person at this end.
        Held = "held", ["bị giữ", "held"] => true;
        /// The bridge refused it.
        Refused = "refused", ["cầu nối từ chối", "refused by the bridge"] => true;
        /// The bridge gave no answer.
        Failed = "failed", ["cầu nối không trả lời", "the bridge did not answer"] => true;
        /// The local system does not give it as a dossier.
        Unreadable = "unreadable", ["không đọc được ở một cửa", "not readable in the local system"] => true;
    }
}

/// An order to have dossiers sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// When it was given.
    pub started_at: DateTime<Utc>,
    /// The person who gave it.
    pub by: String,
    /// How it stands.
    pub state: ResendState,
    /// Why it waits; empty when it does not.
    #[serde(default)]
    pub reason: String,
    /// Dossiers a minute of which dongbo itself looks up and sends what the portal lacks; 0 for as many as the gate lets through.
    #[serde(default)]
    pub per_minute: u32,
}

/// The dossiers of a new order, or those that an open one is to have too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewResend<'c> {
    /// Their codes.
    pub codes: &'c [String],
    /// The pace of those that dongbo itself sends; 0 for as many as the gate lets through. `None` leaves that of an open order.
    pub per_minute: Option<u32>,
}

/// How many dossiers of an order stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ResendCounts {
    /// Those that have not had their turn.
    pub waiting: u64,
    /// Of these, those that a vendor's bridge is to be asked for.
    #[serde(default)]
    pub for_bridge: u64,
    /// Those that have had it, and are still to be looked up.
    pub asked: u64,
    /// The portal has all of it.
    pub arrived: u64,
    /// The portal lacks something all the same.
    pub lacking: u64,
    /// It is held, the bridge refused it or did not answer, or it cannot be read.
    pub failed: u64,
}

impl ResendCounts {
    /// All dossiers of the order.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.waiting + self.asked + self.arrived + self.lacking + self.failed
    }
}

/// One dossier of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resent {
    /// Its code.
    pub code: String,
    /// Its result so far.
    pub state: ResentState,
    /// Calls that the bridge took.
    pub calls: u32,
    /// When it took the last of them.
    pub asked_at: Option<DateTime<Utc>>,
    /// When its result was known.
    pub ended_at: Option<DateTime<Utc>>,
    /// The bridge's words, masked.
    pub said: String,
}
