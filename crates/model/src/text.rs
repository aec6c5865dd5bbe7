//! Text in canonical form, and the code of a dossier.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::invisible;

/// Text in NFC, without white space at its ends and without characters that nobody sees: one spelling for one meaning,
/// whatever the database stores.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// Canonicalises `raw`; text that is canonical already is only moved.
    #[must_use]
    pub fn new(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        match invisible::cleaned(&raw) {
            Cow::Borrowed(_) => Self::name_of_file(raw),
            Cow::Owned(clean) => Self::name_of_file(clean),
        }
    }

    /// The key of a file in its store: canonical as other text, but with the characters that nobody sees, for the store
    /// knows it with them.
    #[must_use]
    pub fn name_of_file(raw: impl Into<String>) -> Self {
        let raw = raw.into();
        let trimmed = raw.trim();
        if trimmed.chars().all(is_composed) || is_nfc_quick(trimmed.chars()) == IsNormalized::Yes {
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

/// Whether `c` stands as it is in NFC, whatever stands beside it: the letters of Vietnamese, and all others before the first mark
/// that composes. The tables of Unicode need not be asked for these.
const fn is_composed(c: char) -> bool {
    matches!(c, '\0'..'\u{300}' | '\u{1e00}'..='\u{1eff}')
}

impl fmt::Debug for Text {
    /// Shows the length only: most texts of a dossier are personal, and a debug line may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// The defect for which a code of a dossier is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeFlaw {
    /// Nothing is written there.
    #[error("empty")]
    Empty,
    /// It is longer than [`DossierCode::MAX_BYTES`].
    #[error("{0} bytes, limit {limit}", limit = DossierCode::MAX_BYTES)]
    TooLong(usize),
    /// It begins with `#`, which marks local keys in the ledger.
    #[error("begins with #")]
    Marked,
    /// It has a character that nobody sees, or a blank that is not the plain one.
    #[error("holds the invisible character {}", invisible::shown(&.0.to_string()))]
    Invisible(char),
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
        let code = Text::name_of_file(raw).0;
        let fits = !code.is_empty()
            && !code.starts_with('#')
            && code.len() <= Self::MAX_BYTES
            && !code.chars().any(char::is_control);
        fits.then_some(Self(code))
    }

    /// The code that the local database gives as `raw`, with plain blanks at its ends trimmed. It is stricter than
    /// [`DossierCode::new`], which must also take what an earlier version has written into a ledger.
    ///
    /// # Errors
    /// When it is empty, too long, begins with `#`, or holds a character that nobody sees.
    pub fn local(raw: &str) -> Result<Self, CodeFlaw> {
        let plain = raw.trim_matches(|c: char| c.is_ascii_whitespace());
        if let Some(hidden) = plain.chars().find(|&c| invisible::is_invisible(c) || c.is_control()) {
            return Err(CodeFlaw::Invisible(hidden));
        }
        let code = Text::name_of_file(plain).0;
        match code.len() {
            0 => Err(CodeFlaw::Empty),
            _ if code.starts_with('#') => Err(CodeFlaw::Marked),
            length if length > Self::MAX_BYTES => Err(CodeFlaw::TooLong(length)),
            _ => Ok(Self(code)),
        }
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
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::{CodeFlaw, DossierCode, Text};

    #[test]
    fn decomposed_and_composed_vietnamese_are_one_text() {
        assert_eq!(Text::new("Nguye\u{302}\u{303}n"), Text::new("Nguyễn"));
        assert_eq!(Text::new("  Bờ Y \n").as_str(), "Bờ Y");
    }

    #[test]
    fn what_counts_as_composed_is_so_by_the_tables_of_unicode() {
        for c in ('\0'..='\u{1eff}').filter(|c| super::is_composed(*c)) {
            assert_eq!(is_nfc_quick([c].into_iter()), IsNormalized::Yes, "{}", c.escape_unicode());
        }
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

    #[test]
    fn a_code_of_the_local_database_with_a_character_that_nobody_sees_is_told_by_it() {
        for hidden in
            ['\u{feff}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{ad}', '\u{a0}', '\u{2003}', '\u{7}']
        {
            for code in [
                format!("{hidden}H48.57-0001"),
                format!("H48.57-{hidden}0001"),
                format!("H48.57-0001{hidden}"),
            ] {
                assert_eq!(DossierCode::local(&code), Err(CodeFlaw::Invisible(hidden)));
            }
        }
        assert_eq!(CodeFlaw::Invisible('\u{200b}').to_string(), "holds the invisible character \\u{200b}");
        assert_eq!(DossierCode::local(" H48.57 0001\r\n").unwrap().as_str(), "H48.57 0001");
        assert_eq!(DossierCode::local(" \t"), Err(CodeFlaw::Empty));
        assert_eq!(DossierCode::local("#1"), Err(CodeFlaw::Marked));
        assert_eq!(DossierCode::local(&"9".repeat(101)), Err(CodeFlaw::TooLong(101)));
    }

    #[test]
    fn texts_lose_what_nobody_sees_and_keys_of_files_keep_it() {
        assert_eq!(Text::new("\u{feff} Nguyễn\u{a0}Văn\u{200b} A ").as_str(), "Nguyễn Văn A");
        assert_eq!(Text::name_of_file(" Giấy\u{a0}khai.pdf").as_str(), "Giấy\u{a0}khai.pdf");
    }
}
