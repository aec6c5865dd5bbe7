//! Spellings that a reader takes for the same.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The name of a field without case, separators and diacritics: `error_code`, `errorCode` and `ErrorCode` are one.
pub(crate) fn plain_name(name: &str) -> String {
    unmarked(name).filter(|c| c.is_alphanumeric()).collect()
}

/// Words in lower case without diacritics, single blanks between them.
pub(crate) fn plain_words(text: &str) -> String {
    let plain: String = unmarked(text).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text without blanks and invisible characters at its ends.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

fn unmarked(text: &str) -> impl Iterator<Item = char> {
    let letters = text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    letters.map(|c| if c == 'đ' { 'd' } else { c })
}

#[cfg(test)]
mod tests {
    use super::{plain_name, plain_words, trimmed};

    #[test]
    fn case_separators_and_diacritics_do_not_matter() {
        for name in ["MaHoSo", "ma_ho_so", "mahoso", "MÃ-HỒ SƠ", "maHoSo"] {
            assert_eq!(plain_name(name), "mahoso");
        }
        assert_eq!(plain_words(" Đồng bộ  THÀNH CÔNG! "), "dong bo thanh cong");
        assert_eq!(trimmed("\u{feff} 0\u{a0}\u{200b}"), "0");
    }
}
