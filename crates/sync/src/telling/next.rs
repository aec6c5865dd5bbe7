//! The next thing to happen to a dossier.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::dossier::DossierView;
use super::files::WaitingFile;
use super::role::Role;
use super::watched;
use dongbo_ledger::{Difference, Doubt, RowState, Story};
use dongbo_model::{Age, Lang, texts};

texts! {
    next_nothing():
        "Đã khớp với Cổng. Không cần làm gì; có thay đổi ở một cửa thì tự gửi.",
        "In step with the portal. Nothing to do; a local change is sent automatically.";
    next_unseen():
        "Cổng đã nhận đủ; chưa có lần tra cứu nào xác nhận. Không cần làm gì; có thay đổi ở một cửa thì tự gửi.",
        "The portal accepted everything, and no look-up has confirmed it yet. Nothing to do; a local change is sent automatically.";
    next_differs(many):
        "Cổng khác với hệ thống một cửa ở {many} chỗ, xem ngay dưới đây.",
        "The portal differs from the one-stop system in {many} places, see below.";
    next_files(many):
        "Nội dung đã khớp với Cổng; còn {many} tệp đang trên đường, xem bên dưới.",
        "The content is in step with the portal; of its files {many} are still on the way, see below.";
    next_files_held(many):
        "Nội dung đã khớp với Cổng; {many} tệp cần người xử lý, xem bên dưới.",
        "The content is in step with the portal; {many} of its files need a person to act, see below.";
    next_send_now(): "Chờ gửi: gửi ngay khi tới lượt.", "Due: it is sent next in its lane.";
    next_send_at(at): "Hẹn gửi lại lúc {at}.", "Waiting: it is sent at {at}.";
    next_look_up_now():
        "Chưa rõ kết quả lần gửi trước: tra cứu trên Cổng ngay khi tới lượt, rồi mới gửi phần còn thiếu.",
        "The last outcome is unknown: the portal is asked as soon as possible, then what is missing is sent.";
    next_look_up_at(at):
        "Chưa rõ kết quả lần gửi trước: tra cứu trên Cổng lúc {at}, rồi mới gửi phần còn thiếu.",
        "The last outcome is unknown: the portal is asked at {at}, then what is missing is sent.";
    next_verify(at):
        "Cổng đã nhận đủ; sẽ tra cứu thêm một lần cho chắc, từ {at}.",
        "The portal accepted everything; it is asked once more to be sure, from {at}.";
    next_in_flight(by, until):
        "Đang gửi: {by} đang xử lý, giữ chỗ đến {until}.",
        "Being sent: leased by {by} until {until}.";
    next_not_sent():
        "Không gửi ở trạng thái hiện tại, theo [status] của tệp ánh xạ; gửi khi trạng thái đổi.",
        "Not sent at its status, by [status] of the mapping; sent once its status changes.";
    next_held():
        "Bị giữ: cần người xử lý. Sửa xong và lưu lại ở một cửa, hoặc sửa tệp ánh xạ, thì hồ sơ tự gửi lại.",
        "Held: a person has to act. Once it is corrected in the one-stop system or in the mapping, it is sent automatically.";
    after_failures(many): "Đã lỗi {many} lần liên tiếp.", "It failed {many} times in a row.";
}

/// The next thing to happen to the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
#[schemars(rename = "Next")]
pub enum NextView {
    /// Nothing, until the dossier changes.
    Nothing,
    /// Comparing both sides found that the portal shows something else than it accepted.
    Differs {
        /// The number of open differences.
        open: usize,
    },
    /// The portal has everything but files, which go on by themselves.
    Files {
        /// The files that are on their way.
        waiting: usize,
    },
    /// The portal has everything but files, of which some wait for a person.
    FilesHeld {
        /// The files that wait.
        held: usize,
    },
    /// It is sent as soon as a worker is free.
    Send {
        /// When.
        at: DateTime<Utc>,
        /// Failures in a row before.
        after_failures: u32,
    },
    /// The portal is asked first what it has.
    LookUp {
        /// When.
        at: DateTime<Utc>,
        /// Failures in a row before.
        after_failures: u32,
    },
    /// Everything is accepted; the portal is asked once more.
    Verify {
        /// From when on.
        at: DateTime<Utc>,
    },
    /// A daemon works on it.
    InFlight {
        /// The holder of its lease.
        by: String,
        /// The end of the lease.
        until: DateTime<Utc>,
    },
    /// It waits for a person.
    Held {
        /// The kinds of findings that hold it.
        by: Vec<&'static str>,
    },
    /// By the mapping it is not sent at its status.
    NotSent,
    /// A vendor's bridge sends, and a look-up has shown that the portal lacks something of it.
    Lacking {
        /// When it is looked up again.
        at: DateTime<Utc>,
        /// Whether the portal has it at all.
        on_portal: bool,
    },
}

/// The next thing to happen to the dossier of `story`.
pub(super) fn next((story, watches): (&Story, bool), files: &[WaitingFile], open: &[Difference]) -> NextView {
    let after_failures = story.failures;
    match &story.state {
        RowState::Synced if any_serious(open) => NextView::Differs { open: open.len() },
        RowState::Synced => match (files.len(), files.iter().filter(|file| file.is_held()).count()) {
            (0, _) => NextView::Nothing,
            (waiting, 0) => NextView::Files { waiting },
            (_, held) => NextView::FilesHeld { held },
        },
        RowState::Leased { owner, until } => NextView::InFlight { by: owner.clone(), until: *until },
        RowState::Held => {
            let open = story.findings.iter().filter(|found| found.closed_at.is_none() && found.kind.holds());
            NextView::Held { by: open.map(|found| found.kind.name()).collect() }
        }
        RowState::NotSent => NextView::NotSent,
        RowState::Due(at) => match story.doubt {
            Doubt::None if watches && story.failures > 0 => {
                NextView::Lacking { at: *at, on_portal: story.on_portal }
            }
            Doubt::None if watches => NextView::LookUp { at: *at, after_failures },
            Doubt::None => NextView::Send { at: *at, after_failures },
            Doubt::Unknown => NextView::LookUp { at: *at, after_failures },
            Doubt::Verify => NextView::Verify { at: *at },
        },
    }
}

/// Whether one of them is more than pending.
fn any_serious(open: &[Difference]) -> bool {
    open.iter().any(|difference| difference.age != Age::Pending)
}

impl DossierView {
    /// The next thing to happen to it, in words.
    #[must_use]
    pub fn next_in_words(&self, lang: Lang, now: DateTime<Utc>) -> (String, Role) {
        if let Some(told) = self.watches.then(|| watched::next(self, lang, now)).flatten() {
            return told;
        }
        let failed = |words: String, failures: u32| match failures {
            0 => words,
            _ => format!("{words} {}", after_failures(lang, failures)),
        };
        match &self.next {
            NextView::Nothing if self.verified_at.is_none() => (next_unseen(lang), Role::Good),
            NextView::Nothing => (next_nothing(lang), Role::Good),
            NextView::Differs { open } => (next_differs(lang, open), Role::Bad),
            NextView::Files { waiting } => (next_files(lang, waiting), Role::Warn),
            NextView::FilesHeld { held } => (next_files_held(lang, held), Role::Bad),
            NextView::Send { at, after_failures } => {
                let words =
                    if *at <= now { next_send_now(lang) } else { next_send_at(lang, lang.near(*at, now)) };
                (failed(words, *after_failures), Role::Warn)
            }
            NextView::LookUp { at, after_failures } => {
                let words = if *at <= now {
                    next_look_up_now(lang)
                } else {
                    next_look_up_at(lang, lang.near(*at, now))
                };
                (failed(words, *after_failures), Role::Warn)
            }
            NextView::Lacking { at, .. } => (next_send_at(lang, lang.near(*at, now)), Role::Warn),
            NextView::Verify { at } => (next_verify(lang, lang.near(*at, now)), Role::Good),
            NextView::InFlight { by, until } => {
                (next_in_flight(lang, by, lang.near(*until, now)), Role::Warn)
            }
            NextView::Held { .. } => (next_held(lang), Role::Bad),
            NextView::NotSent => (next_not_sent(lang), Role::Warn),
        }
    }
}
