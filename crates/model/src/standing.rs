//! The states of a dossier: the layers of completeness, the states of each, and the lanes of the queue.

use crate::lang::Lang;
use crate::mode::Mode;
use crate::vocabulary;

vocabulary! {
    /// A layer of completeness, in order.
    pub enum Layer
    texts {
        /// The name for people.
        text
    }
    {
        /// The dossier is on the portal.
        Presence = "presence", ["Đã có trên Cổng", "Presence"];
        /// Its status, dates and other content are current.
        Status = "status", ["Trạng thái", "Status"];
        /// Every processing step is there, in order, once.
        Steps = "steps", ["Các bước", "Steps"];
        /// The portal has every file, and its bytes are ours.
        Files = "files", ["Tệp", "Files"];
    }
}

vocabulary! {
    /// The state of one layer of one dossier. Exactly one holds at any time, so the counts add up to all dossiers.
    pub enum LayerState
    texts {
        /// The name for people.
        text
    }
    {
        /// The portal accepted what the local database wants.
        Synced = "synced", ["Đã khớp", "Synced"];
        /// To be sent as soon as a worker is free.
        Due = "due", ["Chờ gửi", "Due"];
        /// A worker has it.
        InFlight = "in_flight", ["Đang gửi", "In flight"];
        /// To be sent later: it failed and backs off.
        Waiting = "waiting", ["Hẹn gửi lại", "Waiting"];
        /// A person has to act.
        Held = "held", ["Bị giữ", "Held"];
        /// By the mapping it is not sent at its status.
        NotSent = "not_sent", ["Không gửi", "Not sent"];
        /// Only of files: a result was sent as a link that somebody else serves, and nothing proves that the portal has it.
        Unproved = "unproved", ["Chưa xác minh được", "Unproved"];
    }
}

impl LayerState {
    /// The name for people; where dongbo only watches, nothing is sent, and without a mode it is both.
    #[must_use]
    pub const fn text_in(self, mode: Option<Mode>, lang: Lang) -> &'static str {
        match (mode, self) {
            (None, Self::Due) => lang.pick("Tới lượt ngay", "Due"),
            (None, Self::InFlight) => lang.pick("Đang xử lý", "Under way"),
            (None, Self::Waiting) => lang.pick("Hẹn lại", "Waiting"),
            (Some(Mode::Watch), Self::Due) => lang.pick("Chờ tra cứu", "To look up"),
            (Some(Mode::Watch), Self::InFlight) => lang.pick("Đang tra cứu", "Looked up now"),
            (Some(Mode::Watch), Self::Waiting) => lang.pick("Chưa thấy đủ", "Not seen whole"),
            (Some(Mode::Watch), Self::NotSent) => lang.pick("Không theo dõi", "Not watched"),
            _ => self.text(lang),
        }
    }
}

vocabulary! {
    /// A lane of the queue of work. Lower goes first.
    pub enum Lane
    texts {
        /// The name for people.
        text
    }
    columns {
        /// The number that the ledger stores.
        number: i64
    }
    {
        /// Changed just now.
        Live = "live", ["Mới thay đổi", "Live"] => 0;
        /// Failed before, or waited so long that it is live no more.
        Retry = "retry", ["Gửi lại", "Retry"] => 1;
        /// From before dongbo looked, or only to be verified.
        Backfill = "backfill", ["Tồn đọng", "Backfill"] => 2;
    }
}

impl Lane {
    /// The lane with this number; an unknown one counts as the last.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        Self::ALL.iter().copied().find(|lane| lane.number() == number).unwrap_or(Self::Backfill)
    }
}
