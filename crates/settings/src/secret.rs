//! A value that must not be seen: it cannot be printed or serialised by accident.

use std::fmt;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dongbo_model::ErrorClass;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

/// The longest secret, in bytes; a file of links' keys is one, too.
const LONGEST: u64 = 64 << 10;

/// A password, token or key. Only [`Secret::expose`] shows it, so a search for that word finds every use. Its memory is wiped when
/// it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}

impl Secret {
    /// Wraps `value`.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Reads the secret that a file holds, without what editors add unseen: a byte order mark before it, line breaks at its
    /// end.
    ///
    /// # Errors
    /// The file cannot be read, is empty or is no UTF-8 text.
    pub fn from_file(path: &Path) -> Result<Self, SecretError> {
        let bytes = read(path).map(Zeroizing::new).map_err(|source| SecretError::unread(path, source))?;
        let text = str::from_utf8(&bytes).map_err(|_| SecretError::NotText { path: path.to_owned() })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(SecretError::Empty { path: path.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }

    /// `true` when the secret begins or ends with a blank or an invisible character, which is seldom meant.
    #[must_use]
    pub fn has_unseen_ends(&self) -> bool {
        let unseen = |end: char| {
            end.is_whitespace()
                || end.is_control()
                || matches!(end, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
        };
        self.0.starts_with(unseen) || self.0.ends_with(unseen)
    }

    /// The secret itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// The content of a file that is no longer than any secret: a path may lead to a device that never ends.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Room for all of it from the beginning: a text that grows leaves pieces of itself behind.
    let mut bytes = Vec::with_capacity(usize::try_from(LONGEST).unwrap_or_default());
    std::fs::File::open(path)?.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A sentence with the remedy when the group of `path` or others can read it; `None` when only its owner can, and when
/// the file cannot be looked at.
#[must_use]
pub(crate) fn exposure(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o044 != 0).then(|| {
        format!(
            "{0} holds a secret, and users other than its owner can read it (mode {mode:04o}): chmod 0400 {0}",
            path.display()
        )
    })
}

/// A secret that cannot be read. The error names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot read the secret file {}: {}", path.display(), remedy(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Nothing is in it.
    #[error("the secret file {} is empty: write the secret into it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is no text.
    #[error("the secret file {} is not UTF-8 text: write the secret as plain text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
}

/// The system's words and what to do: a file that is root's alone is handed to the service by systemd, and to nobody else.
fn remedy(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::PermissionDenied {
        format!("{error}; run this as root (sudo dongbo ...), or let only dongbo's user read it (mode 0400)")
    } else {
        format!("{error}; create it, and let only root or dongbo's user read it (mode 0600)")
    }
}

impl SecretError {
    /// The error for a file that cannot be read. That nothing is in it can be seen without the right to read it.
    fn unread(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match std::fs::metadata(&path) {
            Ok(file) if file.is_file() && file.len() == 0 => Self::Empty { path },
            _ => Self::Read { path, source },
        }
    }

    /// The class, which says who has to act.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Config
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Secret, SecretError};

    fn read(content: &[u8]) -> Result<Secret, SecretError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        Secret::from_file(file.path())
    }

    #[test]
    fn what_an_editor_adds_unseen_is_no_part_of_it() {
        for content in
            ["pa ss", "pa ss\n", "pa ss\r\n", "pa ss\n\n", "\u{feff}pa ss", "\u{feff}pa ss\r\n\r\n"]
        {
            let secret = read(content.as_bytes()).unwrap();
            assert_eq!(secret.expose(), "pa ss", "{content:?}");
            assert!(!secret.has_unseen_ends(), "{content:?}");
        }
    }

    #[test]
    fn blanks_and_invisible_characters_at_its_ends_stay_and_are_noticed() {
        for content in ["pass ", " pass", "pass\t\n", "pass\u{a0}", "pass\u{200b}\n", "\u{feff}\u{feff}pass"]
        {
            let secret = read(content.as_bytes()).unwrap();
            assert!(secret.has_unseen_ends(), "{content:?}");
            assert_ne!(secret.expose(), "pass", "{content:?}");
        }
    }

    #[test]
    fn an_empty_a_binary_and_a_missing_file_are_named_with_a_remedy_and_without_content() {
        for content in [&b""[..], b"\n", b"\r\n", b"\xef\xbb\xbf\n"] {
            assert!(matches!(read(content), Err(SecretError::Empty { .. })));
        }
        let binary = read(b"canary\xff").unwrap_err();
        assert!(!format!("{binary} {binary:?}").contains("canary"));
        let missing = Secret::from_file(Path::new("/nowhere/password")).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/password"), "{missing}");
    }

    #[test]
    fn it_is_wiped_when_it_goes_and_never_longer_than_a_secret() {
        fn wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        wiped(&Secret::new("canary"));
        assert_eq!(Secret::from_file(Path::new("/dev/zero")).unwrap().expose().len(), 64 << 10);
    }

    #[test]
    fn it_is_never_printed() {
        let secret = Secret::new("canary");
        assert!(!format!("{secret} {secret:?} {secret:#?}").contains("canary"));
    }
}
