//! The portal's misbehaviour in words, and which of it strikes now.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dongbo_model::Lang;

/// A fault is said to strike for so long after it did.
const SHOWN_FOR: Duration = Duration::from_secs(2);

/// Kinds of faults by their name in the mock's configuration.
const WORDS: [(&str, &str, &str); 17] = [
    ("delay", "trả lời chậm", "slow answer"),
    ("hang", "im lặng đến hết giờ", "silent until the timeout"),
    ("late", "cắt kết nối, lát sau mới ghi", "cut, yet applied later"),
    ("refuse_connection", "từ chối kết nối", "connection refused"),
    ("close_before", "cắt kết nối, không ghi", "cut, not applied"),
    ("close_after", "ghi xong thì cắt kết nối", "cut after it was applied"),
    ("throttle", "yêu cầu chờ (429)", "throttled (429)"),
    ("status", "lỗi máy chủ (500, 502, 503)", "server error (500, 502, 503)"),
    ("html", "trang web thay cho trả lời", "web page for an answer"),
    ("cut_json", "trả lời bị cụt", "answer cut in half"),
    ("session_lapse", "hủy phiên đăng nhập", "session ended"),
    ("already_exists", "nói hồ sơ đã tồn tại", "says the dossier exists"),
    ("unknown_code", "mã lỗi lạ", "unknown error code"),
    ("lie", "báo thành công mà không ghi", "says it worked, does nothing"),
    ("refuse_content", "từ chối nội dung vô cớ", "refuses good content"),
    ("partial", "chỉ ghi một phần lô", "applies part of a batch"),
    ("damage", "lưu hỏng tệp", "damages a file"),
];

/// The portal's behaviour in this kind of fault.
pub(crate) fn words(lang: Lang, kind: &str) -> &str {
    WORDS.iter().find(|(known, _, _)| *known == kind).map_or(kind, |(_, vi, en)| lang.pick(vi, en))
}

/// The faults that strike now.
#[derive(Debug, Default)]
pub(crate) struct Strikes {
    counted: BTreeMap<String, u64>,
    /// The newest first.
    fresh: Vec<(String, Instant)>,
}

impl Strikes {
    /// Takes the portal's counts by kind in.
    pub(crate) fn read(&mut self, now: Instant, by_kind: &BTreeMap<String, u64>) {
        for (kind, many) in by_kind {
            if self.counted.insert(kind.clone(), *many) != Some(*many) {
                self.fresh.retain(|(known, _)| known != kind);
                self.fresh.insert(0, (kind.clone(), now));
            }
        }
        self.fresh.retain(|(_, struck)| now.duration_since(*struck) < SHOWN_FOR);
    }

    /// The newest ones in words, as many as fit into `room` characters.
    pub(crate) fn told(&self, lang: Lang, room: usize) -> String {
        let mut told = String::new();
        for (kind, _) in &self.fresh {
            let words = words(lang, kind);
            let between = if told.is_empty() { "" } else { "; " };
            if told.chars().count() + between.len() + words.chars().count() > room {
                break;
            }
            told.push_str(between);
            told.push_str(words);
        }
        told
    }
}
