//! Who handled a dossier, without a name.

use std::fmt;

use crate::text::Text;

/// The longest code that is kept, in bytes.
const LONGEST: usize = 60;
/// So many digits in a row may be a telephone or an identity number.
const NUMBER: usize = 9;

/// An officer: the code that the local system has for one, or a keyed hash of the name. Never a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Officer(Text);

impl Officer {
    /// An officer by the mapping's own code, or by the hash that `hash` makes of what is no code but could be a name or a person's
    /// number; `None` for what is empty.
    #[must_use]
    pub fn of(written: &Text, hash: impl FnOnce(&str) -> String) -> Option<Self> {
        let text = written.as_str();
        let run = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
        match text {
            "" => None,
            code if is_code(code) && run < NUMBER => Some(Self(written.clone())),
            name => Self::read(&hash(name)),
        }
    }

    /// An officer as it was written down; `None` for an empty text.
    #[must_use]
    pub fn read(written: &str) -> Option<Self> {
        let text = Text::new(written);
        (!text.is_empty()).then_some(Self(text))
    }

    /// The code or the hash, which begins with `#`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Officer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether `text` is a code, a date or a number by its looks. Codes have few letters, names are all letters.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:/+".contains(c);
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    let has_few_letters = letters <= text.len() / 2 || letters <= 3;
    has_few_letters && text.chars().all(plain) && text.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::{Officer, Text};

    #[test]
    fn a_code_of_an_officer_is_kept_and_whatever_may_be_a_person_is_hashed() {
        let of = |text: &str| {
            let officer = Officer::of(&Text::new(text), |name| format!("#{}", name.len()));
            officer.map(|officer| officer.to_string())
        };
        for code in ["CB-0123", "H48.57.CB012", "1207"] {
            assert_eq!(of(code).as_deref(), Some(code));
        }
        for person in ["Nguyễn Văn A", "nguyenvana", "0912345678", "079123456789", "a.b@xa.vn", "CB 01"] {
            assert_eq!(of(person), Some(format!("#{}", person.len())), "{person}");
        }
        assert_eq!(of(" "), None);
    }
}
