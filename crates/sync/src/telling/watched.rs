//! The words on one dossier where dongbo only watches, and nothing is ever sent.

use chrono::{DateTime, Utc};

use super::dossier::DossierView;
use super::next::NextView;
use super::role::Role;
use dongbo_model::{Lang, texts};

texts! {
    whole(): "Tra cứu thấy Cổng đã có đủ. Không cần làm gì; có thay đổi ở một cửa thì dongbo tự tra cứu.", "Look-ups have shown all of it on the portal. Nothing to do; a local change is looked for automatically.";
    absent(at): "Cổng chưa có hồ sơ này; tra cứu lại {at}.", "The portal does not have this dossier; it is looked up again {at}.";
    behind(at): "Cổng chưa có đủ như ở một cửa; tra cứu lại {at}.", "The portal does not have all that the local system has; it is looked up again {at}.";
    to_look_now(): "Chờ tra cứu trên Cổng, ngay khi tới lượt.", "It is looked up as soon as it has its turn.";
    to_look(at): "Chờ cầu nối đưa lên Cổng; tra cứu {at}.", "The bridge is given time; it is looked up {at}.";
    looking(by, until): "Đang tra cứu: {by} đang xử lý, giữ chỗ đến {until}.", "Being looked up: leased by {by} until {until}.";
    held(): "Bị giữ: cần người xử lý. Sửa xong và lưu lại ở một cửa, hoặc sửa tệp ánh xạ, thì hồ sơ được đọc lại.", "Held: a person has to act. Once it is corrected in the one-stop system or in the mapping, it is read again.";
    ask_bridge(code): "Nhờ cầu nối gửi lại: dongbo resend {code}", "To have the bridge send it again: dongbo resend {code}";
}

/// The next thing to happen; `None` where the words of sending fit, too.
pub(super) fn next(dossier: &DossierView, lang: Lang, now: DateTime<Utc>) -> Option<(String, Role)> {
    Some(match &dossier.next {
        NextView::Nothing => (whole(lang), Role::Good),
        NextView::Lacking { at, on_portal: false } => (absent(lang, lang.near(*at, now)), Role::Bad),
        NextView::Lacking { at, on_portal: true } => (behind(lang, lang.near(*at, now)), Role::Bad),
        NextView::Send { at, .. } | NextView::LookUp { at, .. } | NextView::Verify { at } if *at <= now => {
            (to_look_now(lang), Role::Warn)
        }
        NextView::Send { at, .. } | NextView::LookUp { at, .. } | NextView::Verify { at } => {
            (to_look(lang, lang.near(*at, now)), Role::Warn)
        }
        NextView::InFlight { by, until } => (looking(lang, by, lang.near(*until, now)), Role::Warn),
        NextView::Held { .. } => (held(lang), Role::Bad),
        NextView::Differs { .. }
        | NextView::Files { .. }
        | NextView::FilesHeld { .. }
        | NextView::NotSent => {
            return None;
        }
    })
}

impl DossierView {
    /// How to have the bridge send it again, where that may help.
    #[must_use]
    pub fn bridge_remedy(&self, code: &str, lang: Lang) -> Option<String> {
        matches!(self.next, NextView::Lacking { .. }).then(|| ask_bridge(lang, code))
    }
}
