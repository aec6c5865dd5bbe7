//! A finding: something about one dossier that a person has to see to, without personal data.

/// What is wrong. Each kind has a stable name for the ledger and metrics, and a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A local row has no dossier code.
    MissingCode,
    /// A field that the portal requires is empty.
    MissingField,
    /// The vendor's status is not in the mapping.
    UnmappedStatus,
    /// The local procedure is not in the mapping.
    UnmappedProcedure,
    /// The local unit is not in the mapping.
    UnmappedUnit,
    /// A date cannot be read, or lies outside 1900–2100.
    BadDate,
    /// A text is longer than the portal takes.
    TooLong,
    /// A text is no UTF-8.
    BadText,
    /// A value is none of those that the portal knows.
    BadValue,
    /// Two local rows have the same dossier code.
    DuplicateCode,
    /// Steps that the portal already shows were changed locally; the portal only appends.
    StepsRewritten,
    /// The portal shows steps that the local history does not have, or has them twice.
    StepsDiffer,
    /// The new status cannot follow the one that the portal accepted.
    StatusLeap,
    /// The dossier is no longer in the local database.
    DeletedLocally,
    /// The portal's catalogue does not have the procedure.
    UnknownProcedure,
    /// Neither the mapping nor the portal's catalogue has the procedure's national name and field.
    UnnamedProcedure,
    /// The portal refused the content.
    Refused,
    /// A file that the dossier lists is not in its store.
    FileMissing,
    /// A file has no bytes.
    FileEmpty,
    /// A file is larger than is taken.
    FileTooLarge,
    /// A file's bytes are of another kind than its name says.
    FileKindMismatch,
    /// A file is of a kind that is not taken.
    FileKindNotAllowed,
    /// A file breaks off before its end.
    FileCutOff,
    /// What is attached cannot be read as a file.
    FileUnreadable,
    /// The portal refused a file.
    FileRefused,
    /// The portal was told of a file several times and has not fetched it.
    FileNotFetched,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::MissingCode,
        Self::MissingField,
        Self::UnmappedStatus,
        Self::UnmappedProcedure,
        Self::UnmappedUnit,
        Self::BadDate,
        Self::TooLong,
        Self::BadText,
        Self::BadValue,
        Self::DuplicateCode,
        Self::StepsRewritten,
        Self::StepsDiffer,
        Self::StatusLeap,
        Self::DeletedLocally,
        Self::UnknownProcedure,
        Self::UnnamedProcedure,
        Self::Refused,
        Self::FileMissing,
        Self::FileEmpty,
        Self::FileTooLarge,
        Self::FileKindMismatch,
        Self::FileKindNotAllowed,
        Self::FileCutOff,
        Self::FileUnreadable,
        Self::FileRefused,
        Self::FileNotFetched,
    ];

    /// The stable name in ledger, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingCode => "missing_code",
            Self::MissingField => "missing_field",
            Self::UnmappedStatus => "unmapped_status",
            Self::UnmappedProcedure => "unmapped_procedure",
            Self::UnmappedUnit => "unmapped_unit",
            Self::BadDate => "bad_date",
            Self::TooLong => "too_long",
            Self::BadText => "bad_text",
            Self::BadValue => "bad_value",
            Self::DuplicateCode => "duplicate_code",
            Self::StepsRewritten => "steps_rewritten",
            Self::StepsDiffer => "steps_differ",
            Self::StatusLeap => "status_leap",
            Self::DeletedLocally => "deleted_locally",
            Self::UnknownProcedure => "unknown_procedure",
            Self::UnnamedProcedure => "unnamed_procedure",
            Self::Refused => "refused",
            Self::FileMissing => "file_missing",
            Self::FileEmpty => "file_empty",
            Self::FileTooLarge => "file_too_large",
            Self::FileKindMismatch => "file_kind_mismatch",
            Self::FileKindNotAllowed => "file_kind_not_allowed",
            Self::FileCutOff => "file_cut_off",
            Self::FileUnreadable => "file_unreadable",
            Self::FileRefused => "file_refused",
            Self::FileNotFetched => "file_not_fetched",
        }
    }

    /// The kind with this stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether the dossier waits for a person. A finding that does not hold is shown, and the dossier goes on.
    #[must_use]
    pub const fn holds(self) -> bool {
        !matches!(self, Self::StatusLeap) && !self.is_of_file()
    }

    /// Whether it is about one file: then that file waits, and its dossier goes on without it.
    #[must_use]
    pub const fn is_of_file(self) -> bool {
        matches!(
            self,
            Self::FileMissing
                | Self::FileEmpty
                | Self::FileTooLarge
                | Self::FileKindMismatch
                | Self::FileKindNotAllowed
                | Self::FileCutOff
                | Self::FileUnreadable
                | Self::FileRefused
                | Self::FileNotFetched
        )
    }

    /// What it means and what to do, in Vietnamese, for the unit's staff.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::MissingCode => "Hồ sơ chưa có mã. Cấp mã hồ sơ trong hệ thống một cửa.",
            Self::MissingField => "Thiếu trường bắt buộc. Bổ sung trong hệ thống một cửa.",
            Self::UnmappedStatus => "Trạng thái chưa có ánh xạ. Thêm vào bảng [status] của tệp ánh xạ.",
            Self::UnmappedProcedure => "Thủ tục chưa có ánh xạ. Thêm vào bảng [procedure] của tệp ánh xạ.",
            Self::UnmappedUnit => "Đơn vị chưa có ánh xạ. Thêm vào bảng [unit] của tệp ánh xạ.",
            Self::BadDate => "Ngày không đọc được hoặc ngoài khoảng 1900–2100. Sửa trong hệ thống một cửa.",
            Self::TooLong => "Nội dung dài hơn giới hạn của Cổng. Rút gọn trong hệ thống một cửa.",
            Self::BadText => "Nội dung sai mã ký tự (không phải UTF-8). Nhập lại trong hệ thống một cửa.",
            Self::BadValue => "Giá trị không hợp lệ. Sửa trong hệ thống một cửa hoặc tệp ánh xạ.",
            Self::DuplicateCode => "Nhiều bản ghi trùng một mã hồ sơ. Sửa trong hệ thống một cửa.",
            Self::StepsRewritten => "Quá trình xử lý đã gửi bị sửa lại; Cổng chỉ nhận thêm bước mới.",
            Self::StepsDiffer => "Quá trình xử lý trên Cổng khác với hệ thống một cửa. Cần đối soát.",
            Self::StatusLeap => "Trạng thái mới không thể đi sau trạng thái Cổng đã nhận. Cần kiểm tra.",
            Self::DeletedLocally => "Hồ sơ không còn trong hệ thống một cửa nhưng vẫn còn trên Cổng.",
            Self::UnknownProcedure => {
                "Danh mục của Cổng không có mã thủ tục này. Sửa mã quốc gia trong bảng [procedure]; khi Cổng có mã, hồ sơ tự gửi."
            }
            Self::UnnamedProcedure => {
                "Chưa biết tên hoặc lĩnh vực quốc gia của thủ tục. Điền vào [procedure] hoặc chờ danh mục của Cổng."
            }
            Self::Refused => "Cổng từ chối nội dung hồ sơ. Xem lý do của Cổng, sửa rồi hồ sơ tự gửi lại.",
            Self::FileMissing => "Không tìm thấy tệp trong kho. Đính kèm lại tệp trong hệ thống một cửa.",
            Self::FileEmpty => "Tệp rỗng. Quét hoặc xuất lại rồi đính kèm lại.",
            Self::FileTooLarge => {
                "Tệp lớn hơn giới hạn. Quét với độ phân giải thấp hơn hoặc tách tệp rồi đính kèm lại."
            }
            Self::FileKindMismatch => {
                "Nội dung tệp không đúng với đuôi tên tệp. Mở tệp, lưu đúng định dạng rồi đính kèm lại."
            }
            Self::FileKindNotAllowed => {
                "Tệp không thuộc định dạng được nhận. Lưu thành PDF rồi đính kèm lại."
            }
            Self::FileCutOff => {
                "Tệp bị cắt, thiếu phần cuối. Quét hoặc sao chép lại đầy đủ rồi đính kèm lại."
            }
            Self::FileUnreadable => {
                "Nội dung đính kèm không đọc được như một tệp. Gỡ ra và đính kèm lại tệp."
            }
            Self::FileRefused => "Cổng từ chối tệp. Xem lý do của Cổng, thay tệp rồi tệp tự gửi lại.",
            Self::FileNotFetched => {
                "Cổng chưa tải tệp dù đã được báo nhiều lần. Quản trị kiểm tra đường từ Cổng đến files.public_url."
            }
        }
    }

    /// The same in English.
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::MissingCode => "The dossier has no code yet. Give it one in the one-stop system.",
            Self::MissingField => "A required field is empty. Fill it in in the one-stop system.",
            Self::UnmappedStatus => "The status has no mapping. Add it to [status] of the mapping file.",
            Self::UnmappedProcedure => {
                "The procedure has no mapping. Add it to [procedure] of the mapping file."
            }
            Self::UnmappedUnit => "The unit has no mapping. Add it to [unit] of the mapping file.",
            Self::BadDate => {
                "A date cannot be read or lies outside 1900-2100. Correct it in the one-stop system."
            }
            Self::TooLong => "A text is longer than the portal takes. Shorten it in the one-stop system.",
            Self::BadText => "A text is no UTF-8. Enter it again in the one-stop system.",
            Self::BadValue => "A value is not legal. Correct it in the one-stop system or the mapping file.",
            Self::DuplicateCode => "Several rows have one dossier code. Correct them in the one-stop system.",
            Self::StepsRewritten => "Steps already sent were rewritten; the portal only appends.",
            Self::StepsDiffer => "The portal's steps differ from the one-stop system's. Compare them.",
            Self::StatusLeap => "The new status cannot follow the one that the portal accepted. Check it.",
            Self::DeletedLocally => "The dossier is gone from the one-stop system and still on the portal.",
            Self::UnknownProcedure => {
                "The portal's catalogue lacks this procedure. Correct its code in [procedure]; once there, it is sent."
            }
            Self::UnnamedProcedure => {
                "The procedure's national name or field is unknown. Fill it in in [procedure], or wait for the catalogue."
            }
            Self::Refused => {
                "The portal refused the content. See its reason; once corrected, it is sent again."
            }
            Self::FileMissing => "The file is not in its store. Attach it anew in the one-stop system.",
            Self::FileEmpty => "The file is empty. Scan or export it again and attach it anew.",
            Self::FileTooLarge => {
                "The file is larger than is taken. Scan it with fewer dots per inch, or split it, and attach it anew."
            }
            Self::FileKindMismatch => {
                "The file is not what its name says. Open it, save it in the right form and attach it anew."
            }
            Self::FileKindNotAllowed => {
                "The file is of a kind that is not taken. Save it as PDF and attach it anew."
            }
            Self::FileCutOff => {
                "The file breaks off before its end. Scan or copy it again in full and attach it anew."
            }
            Self::FileUnreadable => {
                "What is attached cannot be read as a file. Remove it and attach the file anew."
            }
            Self::FileRefused => {
                "The portal refused the file. See its reason; once replaced, it is sent again."
            }
            Self::FileNotFetched => {
                "The portal was told of the file several times and has not fetched it. Check its way to files.public_url."
            }
        }
    }
}

/// One finding about one dossier.
///
/// `subject` and `detail` never hold personal data: they name fields, codes and lengths, not what a citizen wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// The thing it is about: a field, a vendor's status code, a procedure's code.
    pub subject: String,
    /// What was met, in a few words: a length, a limit, the portal's masked words.
    pub detail: String,
}

impl Finding {
    /// A finding of `kind` about `subject`.
    #[must_use]
    pub fn new(kind: FindingKind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), detail: detail.into() }
    }
}
