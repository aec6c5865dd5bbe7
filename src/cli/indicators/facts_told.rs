//! The facts of one dossier in words, as each side has them.

use chrono::{DateTime, Utc};

use dongbo_model::{Facts, Fees, Lang, OnlinePayment, texts};
use dongbo_reports::FactOfBoth;
use dongbo_sync::telling::words;

texts! {
    status(): "Trạng thái", "Status";
    submitted(): "Ngày nộp (NgayNopHoSo)", "Handed in (NgayNopHoSo)";
    received(): "Ngày tiếp nhận (NgayTiepNhan)", "Received (NgayTiepNhan)";
    due(): "Ngày hẹn trả (NgayHenTra)", "Due (NgayHenTra)";
    ended(): "Kết thúc theo các bước", "End by its steps";
    finished(): "Kết thúc xử lý (NgayKetThucXuLy)", "Processed (NgayKetThucXuLy)";
    returned(): "Ngày trả (NgayTra)", "Returned (NgayTra)";
    asked(): "Số lần yêu cầu bổ sung", "Requests for further papers";
    waiting(): "Đang chờ bổ sung từ", "Waiting for papers since";
    waited(): "Thời gian chờ bổ sung", "Time waited for papers";
    channel(): "Kênh thực hiện", "Channel";
    fees(): "Phí, lệ phí", "Fees";
    no_fee(): "không có", "none";
    all_zero(): "mọi khoản bằng 0", "all are 0";
    owed(): "có khoản phải nộp", "some are owed";
    paid(): "Thanh toán trực tuyến", "Paid online";
    on_national(): "trên Cổng Dịch vụ công quốc gia", "on the national portal";
    on_local(): "trên hệ thống của tỉnh", "on the province's system";
    not_online(): "không", "no";
    papers(): "Giấy tờ nộp có tệp", "Papers with a file";
    digitised(): "Giấy tờ nộp được số hóa", "Digitised papers";
    digitised_at(): "Số hóa xong giấy tờ nộp lúc", "Papers digitised by";
    reused(): "Giấy tờ dùng lại dữ liệu", "Papers that reuse data";
    results(): "Kết quả có đường dẫn tệp", "Results with a link";
    coded(): "Kết quả có mã và đường dẫn tệp", "Results with code and link";
    yes(): "có", "yes";
    no(): "không", "no";
    empty(): "trống", "empty";
    absent(): "không có hồ sơ", "no dossier";
}

/// A fact's name, and how it is told.
type Told = (String, fn(Lang, &Facts) -> String);

/// Every fact that the formulas of time, channel, payment and papers take, on each side.
pub(super) fn both(lang: Lang, local: Option<&Facts>, portal: Option<&Facts>) -> Vec<FactOfBoth> {
    let told: [Told; 19] = [
        (status(lang), |lang, facts| words::status(lang, facts.status)),
        (submitted(lang), |lang, facts| moment(lang, facts.submitted_at)),
        (received(lang), |lang, facts| moment(lang, facts.received_at)),
        (due(lang), |lang, facts| moment(lang, facts.due_at)),
        (ended(lang), |lang, facts| match facts.ended {
            Some(end) => format!("{}, {}", lang.second(end.at), words::status(lang, end.status)),
            None => empty(lang),
        }),
        (finished(lang), |lang, facts| moment(lang, facts.finished_at)),
        (returned(lang), |lang, facts| moment(lang, facts.returned_at)),
        (asked(lang), |_, facts| facts.asked.to_string()),
        (waiting(lang), |lang, facts| moment(lang, facts.waiting_since)),
        (waited(lang), |lang, facts| lang.span(std::time::Duration::from_secs(facts.waited))),
        (channel(lang), |lang, facts| {
            facts.channel.map_or_else(|| empty(lang), |channel| channel.code().to_owned())
        }),
        (fees(lang), |lang, facts| match facts.fees {
            Fees::None => no_fee(lang),
            Fees::AllZero => all_zero(lang),
            Fees::Owed => owed(lang),
        }),
        (paid(lang), |lang, facts| match facts.paid_online {
            Some(OnlinePayment::National) => on_national(lang),
            Some(OnlinePayment::Local) => on_local(lang),
            Some(_) => not_online(lang),
            None => empty(lang),
        }),
        (papers(lang), |lang, facts| flag(lang, facts.papers.any_with_file)),
        (digitised(lang), |lang, facts| flag(lang, facts.papers.any_digitised)),
        (digitised_at(lang), |lang, facts| moment(lang, facts.digitised_at)),
        (reused(lang), |lang, facts| flag(lang, facts.papers.any_reused)),
        (results(lang), |lang, facts| flag(lang, facts.results.any_with_link)),
        (coded(lang), |lang, facts| flag(lang, facts.results.any_with_link_and_code)),
    ];
    let side = |facts: Option<&Facts>, told: fn(Lang, &Facts) -> String| {
        facts.map_or_else(|| absent(lang), |facts| told(lang, facts))
    };
    let row = |(name, told): Told| FactOfBoth { name, local: side(local, told), portal: side(portal, told) };
    told.into_iter().map(row).collect()
}

fn moment(lang: Lang, at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| empty(lang), |at| lang.second(at))
}

fn flag(lang: Lang, is: bool) -> String {
    if is { yes(lang) } else { no(lang) }
}
