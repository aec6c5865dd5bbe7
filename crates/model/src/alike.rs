//! The form in which refusals of one cause are alike: without the dossier's own code, without numbers, and without what
//! spelling changes.

use crate::mask::{one_line, plain};

/// Stands for a number, a code or a masked text.
const VALUE: char = '#';

/// The words of a refusal of the dossier `code` without what is its own. Two refusals have one cause when these are equal:
/// case, diacritics, blanks, numbers and the code do not tell them apart. It is no text for people.
#[must_use]
pub fn alike(words: &str, code: &str) -> String {
    let line: String = plain(&one_line(words)).into_iter().collect();
    let code: String = plain(&one_line(code)).into_iter().collect();
    let line = without(&line, &code);
    let mut form = String::with_capacity(line.len());
    for c in line.chars() {
        if c.is_numeric() || c == VALUE || c == '•' {
            begin_value(&mut form);
        } else if c != ' ' || !form.ends_with(' ') {
            form.push(c);
        }
    }
    form.trim_matches(|c: char| !c.is_alphanumeric() && c != VALUE).to_owned()
}

/// The line with a mark of a value in the place of `code`, where that is a word of its own.
fn without(line: &str, code: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(code).filter(|_| !code.is_empty()) {
        kept.push_str(before);
        let inside = kept.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        if inside {
            kept.push_str(code);
        } else {
            kept.push(VALUE);
        }
        rest = after;
    }
    kept + rest
}

/// Ends `form` with one mark of a value; values with nothing but marks between them, as in a date or a list, are one.
fn begin_value(form: &mut String) {
    let before = form.trim_end_matches([' ', '.', ',', ';', ':', '-', '/', '_']);
    if before.ends_with(VALUE) {
        form.truncate(before.len());
    } else {
        form.push(VALUE);
    }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn refusals_that_differ_in_what_is_the_dossiers_own_are_alike() {
        let form =
            alike("Hồ sơ H48.57-260301-0001: ngày hẹn trả 12/03/2026 trước ngày nhận", "H48.57-260301-0001");
        for (words, code) in [
            ("Hồ sơ H48.57-260301-0999: ngày hẹn trả 2/3/2026 trước ngày nhận", "H48.57-260301-0999"),
            ("HỒ SƠ  h48.57-260301-7:\u{a0}ngày hẹn trả 2026-03-12 trước ngày nhận.", "H48.57-260301-7"),
            ("Ho\u{302}\u{300} sơ K1: ngày hẹn trả 12.03.2026 08:00:00 trước ngày nhận", "K1"),
            ("Hồ sơ H7: ngày hẹn trả ••• trước ngày nhận", "H7"),
        ] {
            assert_eq!(alike(words, code), form, "{words}");
        }
        assert_ne!(alike("Hồ sơ H1: ngày hẹn trả 12/03/2026 sau ngày nhận", "H1"), form);
        assert_eq!(alike("dòng 3, 5, 7 thiếu mã", "H1"), alike("Dòng 12 thiếu mã!", "H2"));
        assert_eq!(alike("Thoả thuận", ""), alike("Thỏa thuận", ""), "a tone may stand on either vowel");
    }

    #[test]
    fn words_without_anything_of_their_own_stay_apart() {
        assert_ne!(alike("thiếu CCCD", "H1"), alike("thiếu địa chỉ", "H1"));
        assert_eq!(alike("của hồ sơ A", "A"), "cua ho so #", "a short code is no part of a word");
        assert_eq!(alike("", "H1"), "");
        assert_eq!(alike("100 hồ sơ", "H1"), "# ho so");
    }
}
