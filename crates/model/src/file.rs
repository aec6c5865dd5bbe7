//! What a file of a dossier may be.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRole {
    /// A result paper that the unit issued (giấy tờ kết quả).
    Result,
    /// A paper that the applicant handed in (giấy tờ nộp).
    Paper,
}

impl FileRole {
    /// Every role.
    pub const ALL: &'static [Self] = &[Self::Result, Self::Paper];

    /// The stable name in the ledger, in logs and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Result => "result",
            Self::Paper => "paper",
        }
    }

    /// The role with this stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}

/// What form a file has, told from its first bytes or promised by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A PDF document.
    Pdf,
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A TIFF picture, as scanners write it.
    Tiff,
    /// A GIF picture.
    Gif,
    /// An XML document.
    Xml,
    /// A ZIP archive, which an office document of today also is (DOCX, XLSX, ODT).
    Zip,
    /// Anything else.
    Other,
}

impl FileKind {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::Pdf, Self::Jpeg, Self::Png, Self::Tiff, Self::Gif, Self::Xml, Self::Zip, Self::Other];

    /// The stable name in the mapping file, in the ledger and in findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Tiff => "tiff",
            Self::Gif => "gif",
            Self::Xml => "xml",
            Self::Zip => "zip",
            Self::Other => "other",
        }
    }

    /// The usual end of the name of such a file.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
            Self::Other => "bin",
            Self::Pdf | Self::Png | Self::Gif | Self::Xml | Self::Zip => self.name(),
        }
    }

    /// The kind that [`FileKind::name`] names.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What the end of a file's name promises; `None` when it promises nothing that can be told from bytes.
    #[must_use]
    pub fn promised_by(file_name: &str) -> Option<Self> {
        let (_, end) = file_name.trim_end().rsplit_once('.')?;
        match end.to_ascii_lowercase().as_str() {
            "pdf" => Some(Self::Pdf),
            "jpg" | "jpeg" | "jpe" | "jfif" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "tif" | "tiff" => Some(Self::Tiff),
            "gif" => Some(Self::Gif),
            "xml" => Some(Self::Xml),
            "zip" | "docx" | "xlsx" | "pptx" | "odt" | "ods" => Some(Self::Zip),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FileKind;

    #[test]
    fn the_end_of_a_name_promises_a_kind_or_nothing() {
        for (name, promised) in [
            ("Giấy khai sinh.PDF", Some(FileKind::Pdf)),
            ("a.b.jpg ", Some(FileKind::Jpeg)),
            ("đơn.docx", Some(FileKind::Zip)),
            ("quyết định số 12.2026", None),
            ("pdf", None),
        ] {
            assert_eq!(FileKind::promised_by(name), promised, "{name}");
        }
        for kind in FileKind::ALL {
            assert_eq!(FileKind::of_name(kind.name()), Some(*kind));
        }
    }
}
