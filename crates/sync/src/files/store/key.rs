//! The keys that a store accepts.

use super::error::KeyFault;

/// The longest key that S3 takes, and longer than any path of a document store needs.
const LONGEST: usize = 1024;

/// Checks a key that is only a parameter of a query.
pub(super) fn check_value(key: &str) -> Result<(), KeyFault> {
    if key.is_empty() {
        Err(KeyFault::Empty)
    } else if key.len() > LONGEST {
        Err(KeyFault::TooLong)
    } else if key.chars().any(char::is_control) {
        Err(KeyFault::Control)
    } else {
        Ok(())
    }
}

/// Checks a key that is a path below the store's root.
pub(super) fn check_path(key: &str) -> Result<(), KeyFault> {
    check_value(key)?;
    if key.contains('\\') {
        Err(KeyFault::Backslash)
    } else if key.starts_with('/') {
        Err(KeyFault::Absolute)
    } else if is_encoded(key) {
        Err(KeyFault::Encoded)
    } else if key.split('/').any(|step| matches!(step, "" | "." | "..")) {
        Err(KeyFault::Climbs)
    } else {
        Ok(())
    }
}

/// Whether something that separates, climbs or ends is written so that only a later decoder sees it.
pub(super) fn is_encoded(key: &str) -> bool {
    key.split('%').skip(1).any(|after| {
        let code = after.get(..2).unwrap_or_default();
        ["2e", "2f", "5c", "00", "25"].iter().any(|bad| code.eq_ignore_ascii_case(bad))
    })
}

#[cfg(test)]
mod tests {
    use super::super::error::KeyFault;
    use super::{check_path, check_value};

    #[test]
    fn a_key_stays_below_the_root_whoever_decodes_it() {
        for (key, fault) in [
            ("", KeyFault::Empty),
            ("../x", KeyFault::Climbs),
            ("a/../../x", KeyFault::Climbs),
            ("a/./x", KeyFault::Climbs),
            ("a//x", KeyFault::Climbs),
            ("a/", KeyFault::Climbs),
            ("/etc/passwd", KeyFault::Absolute),
            ("a\\..\\x", KeyFault::Backslash),
            ("a\0b", KeyFault::Control),
            ("a\nb", KeyFault::Control),
            ("a/%2e%2E/x", KeyFault::Encoded),
            ("a%2Fx", KeyFault::Encoded),
            ("a%5cx", KeyFault::Encoded),
            ("a%00", KeyFault::Encoded),
            ("a%252e", KeyFault::Encoded),
        ] {
            assert_eq!(check_path(key), Err(fault), "{key:?}");
        }
        assert_eq!(check_path(&"x".repeat(1025)), Err(KeyFault::TooLong));
        for key in ["2026/09/Quyết định (số 1).pdf", "100% đúng.pdf", "..a/b..", ".an"] {
            assert_eq!(check_path(key), Ok(()), "{key}");
        }
        assert_eq!(check_value("/a/../b\\c"), Ok(()));
        assert_eq!(check_value("a\0"), Err(KeyFault::Control));
    }
}
