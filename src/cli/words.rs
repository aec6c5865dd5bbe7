//! What people call the ledger's layers, states, lanes, causes and calls.

use dongbo_ledger::{FileState, Lane, Layer, LayerState};
use dongbo_model::{FindingKind, Status};

use super::lang::{Lang, texts};
use super::role::Role;

texts! {
    missing_code(): "Hồ sơ chưa có mã", "A dossier has no code";
    missing_field(subject): "Thiếu trường {subject}", "Field {subject} is empty";
    unmapped_status(subject): "Trạng thái {subject} chưa có ánh xạ", "Status {subject} has no mapping";
    unmapped_procedure(subject): "Thủ tục {subject} chưa có ánh xạ", "Procedure {subject} has no mapping";
    unmapped_unit(subject): "Đơn vị {subject} chưa có ánh xạ", "Unit {subject} has no mapping";
    bad_date(subject): "Ngày không hợp lệ ở {subject}", "A bad date in {subject}";
    too_long(subject): "Nội dung quá dài ở {subject}", "Too long a text in {subject}";
    bad_text(subject): "Sai mã ký tự ở {subject}", "Not UTF-8 in {subject}";
    bad_value(subject): "Giá trị không hợp lệ ở {subject}", "An illegal value in {subject}";
    duplicate_code(subject): "Nhiều bản ghi trùng mã {subject}", "Several rows have the code {subject}";
    steps_rewritten(): "Bước đã gửi bị sửa lại", "Steps already sent were rewritten";
    steps_differ(): "Các bước trên Cổng khác với một cửa", "The portal's steps differ";
    status_leap(subject): "Trạng thái nhảy bước ({subject})", "The status leaps ({subject})";
    deleted_locally(): "Đã mất ở một cửa, còn trên Cổng", "Gone locally, still on the portal";
    unknown_procedure(code): "Danh mục của Cổng không có thủ tục {code}", "The portal's catalogue lacks procedure {code}";
    unnamed_procedure(code): "Chưa biết tên hoặc lĩnh vực của thủ tục {code}", "Name or field of procedure {code} is not known";
    refused_for(layer, code): "Cổng từ chối {layer}, mã {code}", "The portal refuses {layer}, code {code}";
    refused(layer): "Cổng từ chối {layer}", "The portal refuses {layer}";
}

/// One line on a cause: what is wrong, with the thing that it is about.
pub(in crate::cli) fn cause(lang: Lang, kind: FindingKind, subject: &str) -> String {
    match kind {
        FindingKind::MissingCode => missing_code(lang),
        FindingKind::MissingField => missing_field(lang, subject),
        FindingKind::UnmappedStatus => unmapped_status(lang, subject),
        FindingKind::UnmappedProcedure => unmapped_procedure(lang, subject),
        FindingKind::UnmappedUnit => unmapped_unit(lang, subject),
        FindingKind::BadDate => bad_date(lang, subject),
        FindingKind::TooLong => too_long(lang, subject),
        FindingKind::BadText => bad_text(lang, subject),
        FindingKind::BadValue => bad_value(lang, subject),
        FindingKind::DuplicateCode => duplicate_code(lang, subject),
        FindingKind::StepsRewritten => steps_rewritten(lang),
        FindingKind::StepsDiffer => steps_differ(lang),
        FindingKind::StatusLeap => status_leap(lang, subject),
        FindingKind::DeletedLocally => deleted_locally(lang),
        FindingKind::UnknownProcedure => unknown_procedure(lang, subject),
        FindingKind::UnnamedProcedure => unnamed_procedure(lang, subject),
        FindingKind::Refused => match subject.split_once(':') {
            Some((part, code)) if !code.is_empty() => refused_for(lang, refused_part(lang, part), code),
            Some((part, _)) => refused(lang, refused_part(lang, part)),
            None => refused(lang, refused_part(lang, subject)),
        },
        FindingKind::FileMissing
        | FindingKind::FileEmpty
        | FindingKind::FileTooLarge
        | FindingKind::FileKindMismatch
        | FindingKind::FileKindNotAllowed
        | FindingKind::FileCutOff
        | FindingKind::FileUnreadable
        | FindingKind::FileRefused
        | FindingKind::FileNotFetched => {
            let whole = explanation(lang, kind);
            let what = whole.split_once(". ").map_or(whole, |(what, _)| what);
            // The role, the code that its unit knows it by, and what tells it from its siblings.
            match subject.split(':').nth(1) {
                Some(code) if !code.is_empty() => format!("{what} ({code})"),
                _ => what.to_owned(),
            }
        }
    }
}

fn refused_part(lang: Lang, part: &str) -> &str {
    match part {
        "steps" => lang.pick("các bước", "the steps"),
        "content" => lang.pick("nội dung hồ sơ", "the content"),
        other => other,
    }
}

/// How far a file has come.
pub(super) const fn file_state(lang: Lang, state: FileState) -> &'static str {
    match state {
        FileState::New => lang.pick("Chờ kiểm tra", "To be looked at"),
        FileState::Ready => lang.pick("Chờ báo Cổng", "To be told"),
        FileState::Announced => lang.pick("Chờ Cổng tải", "To be fetched"),
        FileState::Arrived => lang.pick("Đã đến Cổng", "On the portal"),
        FileState::Held => lang.pick("Bị giữ", "Held"),
    }
}

/// What a finding means and what to do, in whole sentences.
pub(super) const fn explanation(lang: Lang, kind: FindingKind) -> &'static str {
    lang.pick(kind.vietnamese(), kind.english())
}

/// What to do: what follows the first sentence, or that itself when there is one only.
pub(super) fn remedy(lang: Lang, kind: FindingKind) -> &'static str {
    let whole = explanation(lang, kind);
    whole.split_once(". ").map_or(whole, |(_, remedy)| remedy)
}

/// A layer's name.
pub(super) const fn layer(lang: Lang, layer: Layer) -> &'static str {
    match layer {
        Layer::Presence => lang.pick("Có mặt", "Presence"),
        Layer::Status => lang.pick("Trạng thái", "Status"),
        Layer::Steps => lang.pick("Các bước", "Steps"),
        Layer::Files => lang.pick("Tệp", "Files"),
    }
}

/// A state's name.
pub(super) const fn state(lang: Lang, state: LayerState) -> &'static str {
    match state {
        LayerState::Synced => lang.pick("Đã khớp", "Synced"),
        LayerState::Due => lang.pick("Chờ gửi", "Due"),
        LayerState::InFlight => lang.pick("Đang gửi", "In flight"),
        LayerState::Waiting => lang.pick("Chờ đến giờ", "Waiting"),
        LayerState::Held => lang.pick("Bị giữ", "Held"),
        LayerState::Unproved => lang.pick("Chưa chứng minh", "Unproved"),
    }
}

/// The colour of a state that somebody is in.
pub(super) const fn state_role(state: LayerState) -> Role {
    match state {
        LayerState::Synced => Role::Good,
        LayerState::Due | LayerState::InFlight | LayerState::Waiting => Role::Warn,
        LayerState::Held | LayerState::Unproved => Role::Bad,
    }
}

/// A lane's name.
pub(super) const fn lane(lang: Lang, lane: Lane) -> &'static str {
    match lane {
        Lane::Live => lang.pick("Mới thay đổi", "Live"),
        Lane::Retry => lang.pick("Gửi lại", "Retry"),
        Lane::Backfill => lang.pick("Tồn đọng", "Backfill"),
    }
}

/// A national status, with its code.
pub(super) fn status(lang: Lang, status: Status) -> String {
    format!("{} ({})", lang.pick(status.vietnamese(), status.english()), status.code())
}

/// The calls of an attempt, which are stored by their stable names with commas between.
pub(super) fn operations(lang: Lang, names: &str) -> String {
    let one = |name: &str| match name {
        "look_up" => lang.pick("tra cứu", "look up").to_owned(),
        "create" => lang.pick("tạo", "create").to_owned(),
        "update" => lang.pick("cập nhật", "update").to_owned(),
        "steps" => lang.pick("thêm bước", "append steps").to_owned(),
        other => other.to_owned(),
    };
    names.split(',').map(one).collect::<Vec<_>>().join(", ")
}

/// The outcome of an attempt by its stable name, and its colour.
pub(super) fn outcome(lang: Lang, name: &str) -> (String, Role) {
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

/// Why sending stands still, by the stable name of the trouble or of the pause.
pub(super) fn sending(lang: Lang, name: &str) -> (String, Role) {
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
    use super::{Lang, cause, remedy};
    use dongbo_model::FindingKind;

    #[test]
    fn a_refusal_is_told_with_what_was_refused_and_the_portals_code() {
        assert_eq!(cause(Lang::Vi, FindingKind::Refused, "steps:-7"), "Cổng từ chối các bước, mã -7");
        assert_eq!(cause(Lang::En, FindingKind::Refused, "content:"), "The portal refuses the content");
    }

    #[test]
    fn the_remedy_is_what_follows_the_first_sentence() {
        let remedy = |kind| remedy(Lang::Vi, kind);
        assert_eq!(remedy(FindingKind::UnmappedUnit), "Thêm vào bảng [unit] của tệp ánh xạ.");
        assert!(FindingKind::ALL.iter().all(|&kind| !remedy(kind).is_empty()));
    }
}
