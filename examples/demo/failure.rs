//! The failures that can end the demo, and a sentence for each.

use std::path::PathBuf;

use dongbo_ledger::LedgerError;

use dongbo_model::{Lang, texts};

texts! {
    folder_fails(folder, why):
        "Không tạo được thư mục {folder}: {why}. Hãy chọn nơi khác bằng --folder.",
        "The folder {folder} cannot be made: {why}. Choose another with --folder.";
    in_use(folder):
        "Thư mục {folder} còn dữ liệu của lần chạy trước. Hãy xóa đi hoặc chọn nơi khác bằng --folder.",
        "The folder {folder} holds the data of an earlier run. Delete it or choose another with --folder.";
    rig_fails(why):
        "Không khởi động hoặc dừng được bản trình diễn: {why}",
        "The demo cannot be started or stopped: {why}";
    local_fails(why): "Cơ sở dữ liệu một cửa gặp lỗi: {why}", "The local database failed: {why}";
    ledger_fails(why): "Không đọc được sổ theo dõi: {why}", "The ledger cannot be read: {why}";
    stuck(seconds, findings):
        "Không có gì qua thêm trong {seconds} giây. Các phát hiện đang mở: {findings}.",
        "Nothing more got through in {seconds} seconds. Open findings: {findings}.";
    interrupted(): "Dừng theo yêu cầu, chưa xong.", "Stopped on request, unfinished.";
    compare_fails(why):
        "Không so được hồ sơ trên Cổng: {why}",
        "The portal's dossiers cannot be compared: {why}";
    command_fails(why):
        "Không đặt được lệnh dongbo vào thư mục của bản trình diễn: {why}",
        "The command dongbo cannot be put into the demo's folder: {why}";
}

/// The reason why the demo ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The folder cannot be made.
    Folder(PathBuf, std::io::Error),
    /// The folder holds another demo's files.
    InUse(PathBuf),
    /// The local system, the portal or dongbo could not be started or stopped.
    Rig(String),
    /// The simulated local system failed.
    Local(testbed::Error),
    /// The ledger cannot be read.
    Ledger(LedgerError),
    /// Nothing moved for so many seconds; what is not through.
    Stuck(u64, String),
    /// Ctrl-C.
    Interrupted,
    /// The portal's dossiers cannot be put into the form that is compared.
    Compare(serde_json::Error),
    /// The commands cannot be made ready.
    Command(std::io::Error),
}

impl Failure {
    /// The sentence for the person who watches.
    pub(crate) fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Folder(folder, source) => folder_fails(lang, folder.display(), source),
            Self::InUse(folder) => in_use(lang, folder.display()),
            Self::Rig(message) => rig_fails(lang, message),
            Self::Local(source) => local_fails(lang, source),
            Self::Ledger(source) => ledger_fails(lang, source),
            Self::Stuck(seconds, what) => stuck(lang, seconds, what),
            Self::Interrupted => interrupted(lang),
            Self::Compare(source) => compare_fails(lang, source),
            Self::Command(source) => command_fails(lang, source),
        }
    }

    /// 130 for Ctrl-C, as shells have it; 1 otherwise.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(source: LedgerError) -> Self {
        Self::Ledger(source)
    }
}
