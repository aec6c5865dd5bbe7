//! Words of commands that people copy into a shell.

use std::borrow::Cow;

/// `text` as one word of a command line: as it is, or between quotes where a shell would read it otherwise.
#[must_use]
pub fn word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-._/".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', "'\\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_code_is_one_word_whatever_is_in_it() {
        for (text, typed) in
            [("H48.57", "H48.57"), ("", "''"), ("a b", "'a b'"), ("x'; rm -rf ~", "'x'\\''; rm -rf ~'")]
        {
            assert_eq!(word(text), typed);
        }
    }
}
