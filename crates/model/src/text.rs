//! Text in canonical form, and the code of a dossier.

use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Text in NFC without white space at its ends: one spelling for one meaning, whatever the database stores.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// Canonicalises `raw`; text that is canonical already is only moved.
    #[must_use]
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let trimmed = raw.trim();
        if is_nfc_quick(trimmed.chars()) == IsNormalized::Yes {
            if trimmed.len() == raw.len() { Self(raw) } else { Self(trimmed.to_owned()) }
        } else {
            Self(trimmed.nfc().collect())
        }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is written here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Text {
    /// Shows the length only: most texts of a dossier are personal, and a debug line may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// The code that names a dossier on both sides. Opaque: no meaning is read out of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DossierCode(String);

impl DossierCode {
    /// The longest code taken, in bytes. Real ones have about 25.
    pub const MAX_BYTES: usize = 100;

    /// A code with its blanks trimmed; `None` when nothing is left, it is too long, it holds control characters or it
    /// begins with `#`, which marks local keys in the ledger.
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        let code = Text::new(raw).0;
        let fits = !code.is_empty()
            && !code.starts_with('#')
            && code.len() <= Self::MAX_BYTES
            && !code.chars().any(char::is_control);
        fits.then_some(Self(code))
    }

    /// The code itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DossierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identifier that a portal of dialect `rest` gives a dossier (`idHoSo`). Opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PortalId(String);

impl PortalId {
    /// The longest identifier taken, in bytes. A UUID has 36.
    pub const MAX_BYTES: usize = 64;

    /// An identifier from outside; `None` when it is empty, too long, or holds anything but visible ASCII.
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        let fits = !raw.is_empty()
            && raw.len() <= Self::MAX_BYTES
            && raw.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(raw.to_owned()))
    }

    /// The identifier itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{DossierCode, Text};

    #[test]
    fn decomposed_and_composed_vietnamese_are_one_text() {
        assert_eq!(Text::new("Nguye\u{302}\u{303}n"), Text::new("Nguyễn"));
        assert_eq!(Text::new("  Bờ Y \n").as_str(), "Bờ Y");
    }

    #[test]
    fn debug_output_never_shows_the_text() {
        assert!(!format!("{:?}", Text::new("Nguyễn Văn A")).contains("Nguyễn"));
    }

    #[test]
    fn a_code_is_trimmed_and_must_name_something() {
        assert_eq!(DossierCode::new(" H48.57-250915-0012 ").unwrap().as_str(), "H48.57-250915-0012");
        assert!(DossierCode::new("   ").is_none());
        assert!(DossierCode::new("H48\u{0}1").is_none());
        assert!(DossierCode::new(&"9".repeat(101)).is_none());
    }
}
