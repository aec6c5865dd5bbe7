//! What is wrong with a file, in words for the staff of the unit that has to mend it.

use crate::dossier::FileKind;

use super::super::store::StoreError;

/// Why a file cannot be named to the portal as what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Defect {
    /// The store has no file under the key.
    Missing,
    /// The file has no bytes.
    Empty,
    /// The file is larger than is taken.
    TooLarge {
        /// The most bytes that are taken.
        limit: u64,
    },
    /// The bytes are of another kind than the file's name says.
    KindMismatch {
        /// What the end of the name promises.
        name_says: FileKind,
        /// What the bytes are.
        bytes_say: FileKind,
    },
    /// The bytes are of a kind that is not taken.
    KindNotAllowed {
        /// What the bytes are.
        kind: FileKind,
    },
    /// The end of the document is missing: a scan or copy was broken off.
    CutOff,
    /// The file was another one at the end of reading than at its beginning.
    ChangedWhileRead,
    /// What stands under the key cannot be read as a file.
    Unreadable,
}

impl Defect {
    /// The stable name in the ledger, in findings and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::KindMismatch { .. } => "kind_mismatch",
            Self::KindNotAllowed { .. } => "kind_not_allowed",
            Self::CutOff => "cut_off",
            Self::ChangedWhileRead => "changed_while_read",
            Self::Unreadable => "unreadable",
        }
    }

    /// The defect that a failure of the store means; `None` when the store is to blame, and the file is not judged.
    #[must_use]
    pub const fn of(error: &StoreError) -> Option<Self> {
        match error {
            StoreError::NotFound => Some(Self::Missing),
            StoreError::BadKey(_) | StoreError::Outside | StoreError::NotAFile => Some(Self::Unreadable),
            StoreError::Changed => Some(Self::ChangedWhileRead),
            _ => None,
        }
    }

    /// What is wrong and what to do, in English.
    #[must_use]
    pub fn english(self) -> String {
        match self {
            Self::Missing => {
                "The file is not in the store. Attach it anew in the one-stop system.".to_owned()
            }
            Self::Empty => "The file is empty. Scan or export it again and attach it anew.".to_owned(),
            Self::TooLarge { limit } => format!(
                "The file is larger than {} MB. Scan it with fewer dots per inch, or split it, and attach it anew.",
                megabytes(limit)
            ),
            Self::KindMismatch { name_says, bytes_say } => format!(
                "The file is called {} and is {}. Open it, save it in the right form and attach it anew.",
                written(name_says),
                english_kind(bytes_say)
            ),
            Self::KindNotAllowed { kind } => format!(
                "The file is {}, which is not taken. Save it as PDF and attach it anew.",
                english_kind(kind)
            ),
            Self::CutOff => {
                "The file breaks off before its end. Scan or copy it again in full and attach it anew."
                    .to_owned()
            }
            Self::ChangedWhileRead => {
                "The file was changed while it was read. Nothing needs to be done: it is read again."
                    .to_owned()
            }
            Self::Unreadable => {
                "What is attached cannot be read as a file. Remove it and attach the file anew.".to_owned()
            }
        }
    }

    /// What is wrong and what to do, in Vietnamese.
    #[must_use]
    pub fn vietnamese(self) -> String {
        match self {
            Self::Missing => {
                "Không tìm thấy tệp trong kho. Hãy đính kèm lại tệp trên hệ thống một cửa.".to_owned()
            }
            Self::Empty => "Tệp rỗng. Hãy quét hoặc xuất lại rồi đính kèm lại.".to_owned(),
            Self::TooLarge { limit } => format!(
                "Tệp lớn hơn {} MB. Hãy quét với độ phân giải thấp hơn hoặc tách tệp rồi đính kèm lại.",
                megabytes(limit)
            ),
            Self::KindMismatch { name_says, bytes_say } => format!(
                "Tên tệp ghi là {} nhưng nội dung là {}. Hãy mở tệp, lưu đúng định dạng rồi đính kèm lại.",
                written(name_says),
                vietnamese_kind(bytes_say)
            ),
            Self::KindNotAllowed { kind } => format!(
                "Nội dung tệp là {}, không thuộc định dạng được nhận. Hãy lưu thành PDF rồi đính kèm lại.",
                vietnamese_kind(kind)
            ),
            Self::CutOff => {
                "Tệp bị cắt, thiếu phần cuối. Hãy quét hoặc sao chép lại đầy đủ rồi đính kèm lại.".to_owned()
            }
            Self::ChangedWhileRead => {
                "Tệp bị thay đổi trong khi đang đọc. Không cần làm gì: tệp sẽ được đọc lại.".to_owned()
            }
            Self::Unreadable => {
                "Nội dung đính kèm không đọc được như một tệp. Hãy gỡ ra và đính kèm lại tệp.".to_owned()
            }
        }
    }
}

/// Rounded down, so that what is called too large is larger than what is said.
const fn megabytes(bytes: u64) -> u64 {
    bytes / (1 << 20)
}

const fn written(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Pdf => "PDF",
        FileKind::Jpeg => "JPEG",
        FileKind::Png => "PNG",
        FileKind::Tiff => "TIFF",
        FileKind::Gif => "GIF",
        FileKind::Xml => "XML",
        FileKind::Zip => "ZIP/Office",
        FileKind::Other => "?",
    }
}

const fn english_kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Zip => "an archive or office document",
        FileKind::Other => "of an unknown form, as a web page of an error message is",
        other => written(other),
    }
}

const fn vietnamese_kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Zip => "tệp nén hoặc tài liệu văn phòng",
        FileKind::Other => "định dạng không xác định (ví dụ trang web báo lỗi)",
        other => written(other),
    }
}

#[cfg(test)]
mod tests {
    use super::Defect;
    use crate::dossier::FileKind;
    use crate::files::store::{KeyFault, StoreError};

    #[test]
    fn every_defect_says_in_both_languages_what_to_do() {
        let all = [
            Defect::Missing,
            Defect::Empty,
            Defect::TooLarge { limit: 5 << 20 },
            Defect::KindMismatch { name_says: FileKind::Pdf, bytes_say: FileKind::Other },
            Defect::KindNotAllowed { kind: FileKind::Zip },
            Defect::CutOff,
            Defect::ChangedWhileRead,
            Defect::Unreadable,
        ];
        for defect in all {
            assert!(defect.english().contains("anew") || defect.english().contains("again"), "{defect:?}");
            assert!(defect.vietnamese().contains("lại"), "{defect:?}");
            assert!(defect.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        }
        assert!(Defect::TooLarge { limit: 5 << 20 }.vietnamese().contains("5 MB"));
    }

    #[test]
    fn a_store_that_is_away_says_nothing_about_the_file() {
        assert_eq!(Defect::of(&StoreError::NotFound), Some(Defect::Missing));
        assert_eq!(Defect::of(&StoreError::BadKey(KeyFault::Climbs)), Some(Defect::Unreadable));
        assert_eq!(Defect::of(&StoreError::Changed), Some(Defect::ChangedWhileRead));
        assert_eq!(Defect::of(&StoreError::Throttled), None);
        assert_eq!(Defect::of(&StoreError::Unreachable { reason: String::new() }), None);
    }
}
