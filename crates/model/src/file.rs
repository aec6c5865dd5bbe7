//! The roles and forms of a dossier's files.

use crate::vocabulary;

vocabulary! {
    /// The purpose of a file.
    pub enum FileRole {
        /// A result paper that the unit issued (giấy tờ kết quả).
        Result = "result";
        /// A paper that the applicant handed in (giấy tờ nộp).
        Paper = "paper";
    }
}

vocabulary! {
    /// The form of a file, recognised by its first bytes or promised by its name.
    pub enum FileKind {
        /// A PDF document.
        Pdf = "pdf";
        /// A JPEG picture.
        Jpeg = "jpeg";
        /// A PNG picture.
        Png = "png";
        /// A TIFF picture, as scanners write it.
        Tiff = "tiff";
        /// A GIF picture.
        Gif = "gif";
        /// An XML document.
        Xml = "xml";
        /// A ZIP archive, which an office document of today also is (DOCX, XLSX, ODT).
        Zip = "zip";
        /// Anything else.
        Other = "other";
    }
}

impl FileKind {
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

    /// The form that the end of a file's name promises; `None` when it promises nothing that its bytes can show.
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
            assert_eq!(FileKind::from_name(kind.name()), Some(*kind));
        }
    }
}
