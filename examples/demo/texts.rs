//! Every text of the demo in both languages.

use std::fmt::Display;

use dongbo_ledger::Layer;

use crate::lang::Lang;

/// Each text is a function whose arguments both languages must use.
macro_rules! texts {
    ($($name:ident($($argument:ident),*): $vi:literal, $en:literal;)*) => {
        impl Lang {
            $(pub(crate) fn $name(self, $($argument: impl Display),*) -> String {
                match self {
                    Self::Vi => format!($vi),
                    Self::En => format!($en),
                }
            })*
        }
    };
}

texts! {
    welcome(dossiers):
        "Một năm của xã Bờ Y: {dossiers} hồ sơ ở cơ sở dữ liệu một cửa, một cổng dịch vụ công hay trục trặc, và dongbo ở giữa.",
        "A year of Bờ Y commune: {dossiers} dossiers in the local one-stop database, a portal that misbehaves, and dongbo between them.";
    preparing(folder):
        "Đang dựng dữ liệu trong {folder}",
        "Making the data in {folder}";
    begins(rules, per_second):
        "Cổng thử gây {rules} kiểu sự cố. Trong lúc gửi, một cửa vẫn phát sinh {per_second} thay đổi mỗi giây.",
        "The mock portal throws {rules} sorts of faults. Meanwhile the local system makes {per_second} changes a second.";
    bar(synced, total, rate):
        "{synced}/{total}, {rate} hồ sơ/giây",
        "{synced}/{total}, {rate} dossiers/s";
    calls_line(calls, rate, faults, to_verify, held):
        "{calls} lượt gọi ({rate}/giây), {faults} sự cố, chờ kiểm lại {to_verify}, bị giữ {held}",
        "{calls} calls ({rate}/s), {faults} faults, {to_verify} to verify, {held} held";
    sending_stopped(trouble):
        ", đang ngừng gửi ({trouble}), chờ cổng hồi lại",
        ", sending stopped ({trouble}), probing the portal";
    line(at, presence, status, steps, files, rate):
        "{at} giây: có mặt {presence} hồ sơ, đúng trạng thái {status}, đủ bước {steps}, đủ tệp {files} ({rate}/giây)",
        "{at} s: {presence} dossiers present, {status} status current, {steps} steps complete, {files} files there ({rate}/s)";
    live_ended(changes):
        "Phần lớn đã qua. Một cửa ngừng phát sinh sau {changes} thay đổi; chờ phần còn lại khớp hẳn.",
        "The bulk is through. The local system stops after {changes} changes; the rest catches up.";
    freed(held):
        "Cổng từ chối nội dung, dongbo giữ lại chờ người xem: {held} hồ sơ. Người vận hành xem xong, cho gửi lại.",
        "Refused by the portal for their content and held for a person: {held}. The operator looks and has them sent again.";
    done(dossiers, seconds, changes):
        "Xong: {dossiers} hồ sơ khớp sau {seconds} giây, kể cả {changes} thay đổi phát sinh trong lúc gửi.",
        "Done: {dossiers} dossiers in step after {seconds} s, with {changes} changes made meanwhile.";
    head_layer(): "Tầng", "Layer";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_synced(): "Đã khớp", "Synced";
    head_held(): "Bị giữ", "Held";
    head_share(): "Đầy đủ", "Complete";
    layer_presence(): "Có mặt", "Presence";
    layer_status(): "Trạng thái", "Status";
    layer_steps(): "Các bước", "Steps";
    layer_files(): "Tệp", "Files";
    files_row():
        "Tệp kết quả ở đây là đường dẫn của một cửa: không ai chứng minh được Cổng đã có (docs/files.md).",
        "Result files go as the local system's links here: nothing proves that the portal has them (docs/files.md).";
    faults_met(faults, calls):
        "Sự cố cổng đã gây: {faults} lần trên {calls} lượt gọi",
        "Faults met: {faults} in {calls} calls";
    calls_made(): "Lượt gọi theo dịch vụ", "Calls by service";
    all_calls(): "cộng", "all";
    calls_per(dossier, change, changes):
        "{dossier} lượt cho mỗi hồ sơ, {change} lượt cho mỗi thay đổi ({changes} lần ghi nội dung hồ sơ hoặc bước xử lý)",
        "{dossier} for each dossier, {change} for each change ({changes} writes of a dossier's content or of a step)";
    portal_counted(): "Cổng tự đếm lỗi của bên gửi", "What the portal itself counted against the sender";
    created_twice(): "hồ sơ tạo hai lần", "dossiers created twice";
    steps_twice(): "bước gửi hai lần", "steps sent twice";
    steps_out_of_order(): "bước sai thứ tự", "steps out of order";
    backward(): "hồ sơ đi lùi", "dossiers moved backward";
    compared():
        "So từng trường cổng với một cửa (bộ so sánh riêng, không chung mã với dongbo)",
        "Portal against local database, field by field (a comparator that shares no code with dongbo)";
    equal(equal, all):
        "bằng nhau {equal} trên {all} hồ sơ",
        "equal {equal} of {all} dossiers";
    fields_differ(fields):
        "{fields} trường khác nhau (một cửa / cổng):",
        "{fields} fields differ (local / portal):";
    ledger_is(path):
        "Sổ cái của dongbo vẫn còn đó, xem bằng:\n  sqlite3 {path} \"SELECT operations, outcome, count(*) FROM attempt GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 15\"",
        "dongbo's ledger is kept; look into it with:\n  sqlite3 {path} \"SELECT operations, outcome, count(*) FROM attempt GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 15\"";
    log_is(path): "Nhật ký: {path}", "Log: {path}";
    keeps_on(per_second):
        "Vẫn chạy tiếp, một cửa phát sinh {per_second} thay đổi mỗi giây, cổng vẫn trục trặc. Nhấn Ctrl-C để dừng.",
        "Running on: the local system makes {per_second} changes a second, the portal still misbehaves. Ctrl-C stops it.";
    admin_hint(): "cổng thử, xem mock-portal/README.md", "the mock portal, see mock-portal/README.md";
    kept_line(dossiers, synced, held, calls):
        "{dossiers} hồ sơ, khớp hẳn {synced}, bị giữ {held}, {calls} lượt gọi",
        "{dossiers} dossiers, {synced} complete, {held} held, {calls} calls";
    stopping(): "Đang dừng.", "Stopping.";
    failed_folder(folder, why):
        "Không tạo được thư mục {folder}: {why}. Hãy chọn nơi khác bằng --folder.",
        "The folder {folder} cannot be made: {why}. Choose another with --folder.";
    failed_in_use(folder):
        "Thư mục {folder} còn dữ liệu của lần chạy trước. Hãy xóa đi hoặc chọn nơi khác bằng --folder.",
        "The folder {folder} holds the data of an earlier run. Delete it or choose another with --folder.";
    failed_rig(why):
        "Không khởi động hoặc dừng được bản trình diễn: {why}",
        "The demo cannot be started or stopped: {why}";
    failed_local(why): "Cơ sở dữ liệu một cửa gặp lỗi: {why}", "The local database failed: {why}";
    failed_ledger(why): "Không đọc được sổ cái: {why}", "The ledger cannot be read: {why}";
    failed_stuck(seconds, findings):
        "Không có gì qua thêm trong {seconds} giây. Các phát hiện đang mở: {findings}.",
        "Nothing more got through in {seconds} seconds. Open findings: {findings}.";
    failed_interrupted(): "Dừng theo yêu cầu, chưa xong.", "Stopped on request, unfinished.";
    failed_compare(why):
        "Không so được hồ sơ trên cổng: {why}",
        "The portal's dossiers cannot be compared: {why}";
}

/// Faults by their name in the mock's configuration.
const FAULTS: [(&str, &str, &str); 16] = [
    ("delay", "trả lời chậm", "slow answer"),
    ("hang", "im lặng đến hết giờ", "silent until the timeout"),
    ("late", "cắt kết nối, lát sau mới ghi", "connection cut, applied later all the same"),
    ("refuse_connection", "từ chối kết nối", "connection refused"),
    ("close_before", "cắt kết nối, không ghi", "connection cut, not applied"),
    ("close_after", "cắt kết nối sau khi đã ghi", "connection cut after it was applied"),
    ("throttle", "bắt chờ (429)", "throttled (429)"),
    ("status", "lỗi máy chủ (500, 502, 503)", "server error (500, 502, 503)"),
    ("html", "trang HTML thay cho trả lời", "HTML page in place of an answer"),
    ("cut_json", "trả lời bị cụt", "answer cut in half"),
    ("session_lapse", "hủy phiên đăng nhập", "session ended"),
    ("already_exists", "nói hồ sơ đã tồn tại", "claims that the dossier exists"),
    ("unknown_code", "mã lỗi lạ", "unknown error code"),
    ("lie", "nói thành công mà không ghi", "claims success, applies nothing"),
    ("refuse_content", "từ chối nội dung vô cớ", "refuses the content for no reason"),
    ("partial", "chỉ ghi một phần lô", "applies part of the batch"),
];

/// Services by their name on the wire.
const SERVICES: [(&str, &str, &str); 4] = [
    ("auth", "đăng nhập", "log in"),
    ("DongBoHoSoMC", "tạo và sửa hồ sơ", "create and update dossiers"),
    ("CapNhatTienDoHoSoMC", "thêm bước xử lý", "append steps"),
    ("TraCuuHoSo", "tra cứu", "look up"),
];

impl Lang {
    /// The layer's name.
    pub(crate) fn layer(self, layer: Layer) -> String {
        match layer {
            Layer::Presence => self.layer_presence(),
            Layer::Status => self.layer_status(),
            Layer::Steps => self.layer_steps(),
            Layer::Files => self.layer_files(),
        }
    }

    /// The portal's behaviour in this fault.
    pub(crate) fn fault(self, name: &str) -> String {
        self.named(&FAULTS, name)
    }

    /// The purpose of the service.
    pub(crate) fn service(self, name: &str) -> String {
        self.named(&SERVICES, name)
    }

    fn named(self, names: &[(&str, &str, &str)], name: &str) -> String {
        match (names.iter().find(|(known, _, _)| *known == name), self) {
            (Some((_, vi, _)), Self::Vi) => format!("{vi} ({name})"),
            (Some((_, _, en)), Self::En) => format!("{en} ({name})"),
            (None, _) => name.to_owned(),
        }
    }
}
