//! The words and colours for states, calls and outcomes that have no table of their own.

use std::time::Duration;

use super::role::Role;
use dongbo_model::{Lang, LayerState, Status, texts};

texts! {
    short(): "dưới 1 giây", "under 1 s";
}

/// A delay in words: one of less than a second is no delay that anybody would see.
#[must_use]
pub fn delay(lang: Lang, delay: Duration) -> String {
    if delay < Duration::from_secs(1) { short(lang) } else { lang.span(delay) }
}

/// The colour of a layer's state.
#[must_use]
pub const fn state_role(state: LayerState) -> Role {
    match state {
        LayerState::Synced => Role::Good,
        LayerState::Due | LayerState::InFlight | LayerState::Waiting => Role::Warn,
        LayerState::Held => Role::Bad,
        // Nothing is wrong with either.
        LayerState::NotSent | LayerState::Unproved => Role::Faint,
    }
}

/// A national status, with its code.
#[must_use]
pub fn status(lang: Lang, status: Status) -> String {
    format!("{} ({})", status.text(lang), status.code())
}

/// The calls of an attempt, stored by their stable names with commas between them, in words, each told once.
#[must_use]
pub fn operations(lang: Lang, names: &str) -> String {
    let one = |name: &str| match name {
        "look_up" => lang.pick("tra cứu", "look up").to_owned(),
        "create" => lang.pick("tạo", "create").to_owned(),
        "update" => lang.pick("cập nhật", "update").to_owned(),
        "steps" => lang.pick("thêm bước", "append steps").to_owned(),
        other => other.to_owned(),
    };
    let mut told: Vec<(&str, u32)> = Vec::new();
    for name in names.split(',') {
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => *times += 1,
            None => told.push((name, 1)),
        }
    }
    let each = told.into_iter().map(|(name, times)| match times {
        1 => one(name),
        _ => format!("{} ({times} {})", one(name), lang.pick("lần", "times")),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// The words and the colour for the outcome of an attempt, by its stable name.
#[must_use]
pub fn outcome(lang: Lang, name: &str) -> (String, Role) {
    let (words, role) = match name {
        "delivered" => (lang.pick("Cổng đã nhận", "accepted"), Role::Good),
        "duplicate" => (lang.pick("Cổng đã có", "known already"), Role::Warn),
        "unknown" => (lang.pick("không rõ kết quả", "outcome unknown"), Role::Warn),
        "throttled" => (lang.pick("Cổng yêu cầu chậm lại", "asked to slow down"), Role::Warn),
        "transient" => (lang.pick("lỗi tạm thời", "failed for now"), Role::Warn),
        "rejected" => (lang.pick("Cổng từ chối nội dung", "content refused"), Role::Bad),
        "not_found" => (lang.pick("Cổng chưa có hồ sơ", "not on the portal"), Role::Warn),
        "auth" => (lang.pick("Cổng từ chối đăng nhập", "log-in refused"), Role::Bad),
        "config" => (lang.pick("sai địa chỉ hoặc cấu hình", "address or set-up wrong"), Role::Bad),
        other => return (other.to_owned(), Role::Warn),
    };
    (words.to_owned(), role)
}

/// Whether look-ups go on where dongbo only watches, by the name of how the gate stands.
#[must_use]
pub fn looking(lang: Lang, name: &str) -> (String, Role) {
    let words = match name {
        "open" => lang.pick("đang tra cứu bình thường", "looking normally"),
        "paused" => lang.pick("tạm dừng theo lệnh", "paused on request"),
        _ => lang.pick("ngừng tra cứu, xem lý do ở trên", "look-ups have stopped, see the reason above"),
    };
    (words.to_owned(), sending(lang, name).1)
}

/// The words and the colour for the state of sending, by the stable name of the trouble or of the pause.
#[must_use]
pub fn sending(lang: Lang, name: &str) -> (String, Role) {
    let (words, role) = match name {
        "open" => (lang.pick("đang gửi bình thường", "sending normally"), Role::Good),
        "paused" => (lang.pick("tạm dừng theo lệnh", "paused on request"), Role::Warn),
        "down" => (lang.pick("ngừng gửi: Cổng không trả lời", "stopped: the portal is down"), Role::Bad),
        "auth" => (
            lang.pick("ngừng gửi: Cổng từ chối đăng nhập", "stopped: the portal refuses the log-in"),
            Role::Bad,
        ),
        "config" => (
            lang.pick("ngừng gửi: sai địa chỉ hoặc dịch vụ", "stopped: the address or service is wrong"),
            Role::Bad,
        ),
        "drift" => (
            lang.pick(
                "ngừng gửi: Cổng trả lời theo cách lạ",
                "stopped: the portal's answers are not understood",
            ),
            Role::Bad,
        ),
        other => return (other.to_owned(), Role::Bad),
    };
    (words.to_owned(), role)
}

#[cfg(test)]
mod tests {
    use super::operations;
    use dongbo_model::Lang::{En, Vi};

    #[test]
    fn a_call_that_was_made_again_is_told_once() {
        assert_eq!(operations(Vi, "look_up,update,update"), "tra cứu, cập nhật (2 lần)");
        assert_eq!(operations(En, "create,steps"), "create, append steps");
    }
}
