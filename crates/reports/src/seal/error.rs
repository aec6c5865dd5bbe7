//! The failures of sealing.

use std::io;

use dongbo_model::{ErrorClass, Lang};

/// The reason why nothing was sealed or kept.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}; run this as the user who owns the folder, or name another one with --out")]
    Io {
        /// The file or folder.
        path: String,
        /// The words of the operating system.
        source: io::Error,
    },
    /// The period is not over.
    #[error("{period} is not over yet; it can be sealed from the first day after it")]
    NotOver {
        /// The period.
        period: String,
    },
    /// The period is sealed already.
    #[error("{period} is sealed already; dongbo report addendum adds what came later")]
    AlreadySealed {
        /// The period.
        period: String,
    },
    /// There is nothing to add to.
    #[error("{period} is not sealed, so nothing can be added to it; dongbo report seal seals it")]
    NotSealed {
        /// The period.
        period: String,
    },
    /// There are no reports, or no new ones.
    #[error(
        "{period}: its folder has no file that is not sealed; write reports first, as with dongbo report sync"
    )]
    NoFiles {
        /// The period.
        period: String,
    },
    /// Something in the folder is no file.
    #[error("{path} is no plain file and cannot be sealed; move it out of the folder")]
    NoPlainFile {
        /// Its path.
        path: String,
    },
    /// An entry of the chain cannot be read as one.
    #[error(
        "{path}: this entry of the chain was changed and cannot be read; restore it from a copy, see dongbo report verify"
    )]
    Unreadable {
        /// The entry.
        path: String,
    },
    /// The chain cannot be gone on with.
    #[error("the chain is broken, and nothing is added to a broken one: {flaw}; see dongbo report verify")]
    Broken {
        /// The first flaw.
        flaw: String,
    },
}

impl SealError {
    /// Who has to act.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Io { .. } => ErrorClass::Transient,
            Self::NotOver { .. }
            | Self::AlreadySealed { .. }
            | Self::NotSealed { .. }
            | Self::NoFiles { .. } => ErrorClass::Config,
            Self::NoPlainFile { .. } | Self::Unreadable { .. } | Self::Broken { .. } => ErrorClass::Rejected,
        }
    }

    /// The sentence for people.
    #[must_use]
    pub fn told(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::Io { path, source } => format!(
                "{path}: {source}; hãy chạy bằng người dùng sở hữu thư mục, hoặc chọn thư mục khác bằng --out"
            ),
            Self::NotOver { period } => {
                format!("kỳ {period} chưa kết thúc; niêm phong được từ ngày đầu tiên sau kỳ")
            }
            Self::AlreadySealed { period } => {
                format!("kỳ {period} đã niêm phong; phần bổ sung thì dùng dongbo report addendum")
            }
            Self::NotSealed { period } => {
                format!("kỳ {period} chưa niêm phong nên chưa có gì để bổ sung; hãy dùng dongbo report seal")
            }
            Self::NoFiles { period } => {
                format!(
                    "kỳ {period}: thư mục không có tệp nào chưa niêm phong; hãy lập báo cáo trước, như dongbo report sync"
                )
            }
            Self::NoPlainFile { path } => {
                format!("{path} không phải tệp thường nên không niêm phong được; hãy chuyển ra khỏi thư mục")
            }
            Self::Unreadable { path } => format!(
                "{path}: mắt xích này đã bị sửa, không đọc được; hãy lấy lại từ bản sao, xem dongbo report verify"
            ),
            Self::Broken { flaw } => {
                format!("chuỗi niêm phong bị đứt nên không nối thêm: {flaw}; xem dongbo report verify")
            }
        }
    }
}
