//! Files of the configuration, read up to the length that one can have: a path may lead to a device that never ends.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The longest file of configuration, mapping or certificates, in bytes. A mapping with twenty thousand procedures has two MiB.
const LONGEST: u64 = 8 << 20;

/// The content of the file at `path`.
///
/// # Errors
/// When it cannot be read, or is longer than any.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut content)?;
    if u64::try_from(content.len()).is_ok_and(|length| length <= LONGEST) {
        Ok(content)
    } else {
        Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 8 MiB; is it the right file?"))
    }
}

/// The text of the file at `path`.
///
/// # Errors
/// As [`read`], and when it is no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::Path;

    #[test]
    fn a_file_that_never_ends_is_read_to_the_length_of_any_and_refused() {
        let error = super::read_text(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(super::read_text(Path::new("/dev/null")).unwrap(), "");
    }
}
