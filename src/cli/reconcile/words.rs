//! What people call causes, ages and jobs, and who has to act.

use super::super::role::Role;
use dongbo_ledger::Age;
use dongbo_model::{DifferenceKind, FindingKind};
use dongbo_model::{Lang, texts};
use dongbo_sync::reconcile::{Job, Remedy};

texts! {
    waits(many): "{many} chờ tra lại", "{many} to be looked at";
    still_differ(many): "{many} vẫn lệch", "{many} still differ";
    unlisted(code): "Cổng không liệt kê thủ tục {code}: các ô đếm của nó không được so", "The portal lists no procedure {code}: its counts are not compared";
    failed(month): "Cổng không trả số đếm của tháng {month}", "The portal gave no counts of {month}";
    guarded(month): "Tháng {month} có quá nhiều khác biệt để tự gửi lại: xem trước, rồi thêm --yes", "Too much of {month} differs to be sent again unasked: look first, then add --yes";
}

/// What differs.
pub(super) fn kind(lang: Lang, name: &str) -> String {
    let kind = DifferenceKind::from_name(name);
    kind.map_or_else(|| name.to_owned(), |kind| kind.text(lang).to_owned())
}

/// Why.
pub(super) fn cause(lang: Lang, cause: &str) -> String {
    let known = match cause {
        "held" => lang.pick("bị giữ", "held"),
        "in_flight" => lang.pick("đang trên đường gửi, quá lâu", "in flight, for too long"),
        "not_fetched" => lang.pick("Cổng chưa tải tệp", "the portal has not fetched the file"),
        "lost_on_portal" => lang.pick("đã gửi, mất trên Cổng", "accepted, and lost on the portal"),
        "changed_on_portal" => lang.pick("bị sửa trên Cổng", "changed on the portal"),
        "lost_answer" => lang.pick("mất câu trả lời", "an answer was lost"),
        "deleted_locally" => lang.pick("đã xóa ở một cửa", "deleted locally"),
        "told_one_by_one" => lang.pick("do các hồ sơ được nêu riêng", "accounted for by single dossiers"),
        "born_on_portal" => {
            lang.pick("sinh ra trên Cổng hoặc không có ở một cửa", "born on the portal, or unknown locally")
        }
        "unexplained" => lang.pick("chưa rõ", "not explained yet"),
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let (finding, subject) = cause.split_once(':').unwrap_or((cause, ""));
    FindingKind::from_name(finding).map_or_else(|| cause.to_owned(), |kind| kind.line_about(lang, subject))
}

/// Who has to act, and how.
pub(super) fn owner(lang: Lang, cause: &str, remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Unit if cause == "deleted_locally" => lang.pick(
            "Đơn vị: xác nhận việc xóa; Cổng không cho dongbo xóa, hãy đề nghị quản trị Cổng.",
            "The unit: confirm the deletion; dongbo cannot delete on the portal, so ask its operators.",
        ),
        Remedy::Unit => lang.pick(
            "Đơn vị: tìm trên Cổng các hồ sơ không có ở hệ thống một cửa và tiếp nhận, hoặc đề nghị Cổng hủy.",
            "The unit: find on the portal what the one-stop system does not have, and take it in or have it removed.",
        ),
        Remedy::Portal => lang.pick(
            "Quản trị Cổng: chỉ Cổng sửa được; gửi kèm mã hồ sơ.",
            "The portal's operators: only they can put it right; give them the dossier's code.",
        ),
        Remedy::Nothing if cause == "told_one_by_one" => {
            lang.pick("Không ai: hết khi các hồ sơ kia khớp.", "Nobody: it goes when those dossiers are equal.")
        }
        Remedy::Nothing => lang.pick("Không ai, đến khi quá hạn.", "Nobody, until it is a mismatch."),
        Remedy::Send => lang.pick("Quản trị dongbo: dongbo status.", "Dongbo's operator: dongbo status."),
        Remedy::LookUp => lang.pick(
            "Quản trị dongbo: dongbo reconcile --scope … --full.",
            "Dongbo's operator: dongbo reconcile --scope … --full.",
        ),
        Remedy::Repair => {
            lang.pick("Quản trị dongbo: dongbo reconcile --repair.", "Dongbo's operator: dongbo reconcile --repair.")
        }
        Remedy::Person => lang.pick("Xem: dongbo held và dongbo why.", "See dongbo held and dongbo why."),
    }
}

/// What sending again has done to differences: how many wait to be looked at, and how many still differ. Empty when
/// nothing was sent again.
pub(super) fn sent_again(lang: Lang, waiting: u64, in_vain: u64) -> String {
    let told = [
        (waiting > 0).then(|| waits(lang, lang.count(waiting))),
        (in_vain > 0).then(|| still_differ(lang, lang.count(in_vain))),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The colour of an age.
pub(super) const fn age_role(age: Age) -> Role {
    match age {
        Age::Pending => Role::Faint,
        Age::Late => Role::Warn,
        Age::Mismatch => Role::Bad,
    }
}

/// What is compared.
pub(in crate::cli) const fn job(lang: Lang, job: Job) -> &'static str {
    match job {
        Job::Sweep => lang.pick("Rà soát nội bộ", "Sweep"),
        Job::Counts => lang.pick("So số đếm", "Counts"),
        Job::LookUps => lang.pick("Tra cứu hồ sơ", "Look-ups"),
        Job::Catalogue => lang.pick("Danh mục thủ tục", "Catalogue"),
    }
}

/// What a run could not do.
pub(super) fn note(lang: Lang, note: &str) -> String {
    let (name, about) = note.split_once(':').unwrap_or((note, ""));
    let plain = match name {
        "procedure_unlisted" => return unlisted(lang, about),
        "counts_failed" => return failed(lang, about),
        "guarded" => return guarded(lang, about),
        "counts_off" => lang.pick(
            "Không so số đếm: reconcile.evaluation_url trống",
            "No counts were compared: reconcile.evaluation_url is empty",
        ),
        "counts_broken_off" => lang.pick(
            "Cổng từ chối cho số đếm: phần còn lại chưa được so",
            "The portal refused its counts: the rest was not compared",
        ),
        "look_ups_broken_off" => lang.pick(
            "Cổng không trả lời tra cứu: phần còn lại để lần sau",
            "The portal did not answer look-ups: the rest is left for the next run",
        ),
        "over_budget" => lang.pick(
            "Quá hạn mức tra cứu của một lần: phần còn lại để lần sau",
            "Over the run's budget of look-ups: the rest is left for the next run",
        ),
        other => return other.to_owned(),
    };
    plain.to_owned()
}
