//! Masking of personal data in the messages of the portal and of databases, so that they are fit for ledger, logs and console.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;

use crate::DossierCode;

/// The mark in place of personal data.
const MASK: &str = "•••";
/// The longest message kept, in characters.
const MAX_CHARS: usize = 500;
/// The part of a message that is looked at, in characters. It is much longer than what is kept, so that no personal text
/// is cut where it is kept.
const MAX_LOOKED_AT: usize = 8_000;
/// Shorter personal texts are left: they would mask half of every sentence.
const MIN_PERSONAL: usize = 4;
/// The least number of digits that is taken for a telephone or identity number.
const MIN_DIGITS: usize = 9;

/// The texts that must not show, prepared once for all messages of an answer.
#[derive(Debug)]
pub struct Mask {
    /// Personal texts, in plain form.
    texts: Vec<Vec<char>>,
    /// Personal numbers, digits only: they are found whatever stands between their digits.
    numbers: Vec<Vec<char>>,
    /// Dossier codes, in plain form: their digits may show.
    codes: Vec<Vec<char>>,
}

impl Mask {
    /// Covers the texts in `personal`, whatever their case and diacritics, and beside them long numbers that are no
    /// part of one of `codes`, e-mail addresses, and what follows the host in a link.
    #[must_use]
    pub fn new(personal: &[&str], codes: &[&DossierCode]) -> Self {
        let texts: Vec<_> = personal
            .iter()
            .map(|text| plain(&one_line(text)))
            .filter(|text| text.len() >= MIN_PERSONAL)
            .collect();
        let digits = |text: &Vec<char>| text.iter().copied().filter(|c| c.is_numeric()).collect();
        let numbers =
            texts.iter().map(digits).filter(|digits: &Vec<char>| digits.len() >= MIN_DIGITS).collect();
        let codes = codes.iter().map(|code| plain(&one_line(code.as_str()))).collect();
        Self { texts, numbers, codes }
    }

    /// `message` on one line, at most 500 characters, with all that is personal covered.
    #[must_use]
    pub fn apply(&self, message: &str) -> String {
        let text = one_line(message);
        if text.is_empty() {
            return String::new();
        }
        let plain = plain(&text);
        let mut covered = vec![false; text.len()];
        for needle in &self.texts {
            cover_each(&plain, needle, &mut covered);
        }
        cover_words(&text, &mut covered);
        self.cover_numbers(&plain, &mut covered);
        render(&text, &covered)
    }

    fn cover_numbers(&self, text: &[char], covered: &mut [bool]) {
        let mut protected = vec![false; text.len()];
        for code in &self.codes {
            cover_each(text, code, &mut protected);
        }
        let mut start = 0;
        for run in text.chunk_by(|a, b| a.is_numeric() == b.is_numeric()) {
            let long = run.len() >= MIN_DIGITS && run.first().is_some_and(|c| c.is_numeric());
            if long && !protected.iter().skip(start).take(run.len()).all(|place| *place) {
                cover(covered, start, run.len());
            }
            start += run.len();
        }
        if !self.numbers.is_empty() {
            self.cover_spaced_numbers(text, covered);
        }
    }

    /// Covers personal numbers whose digits are written apart, like `0912.345.678`.
    fn cover_spaced_numbers(&self, text: &[char], covered: &mut [bool]) {
        let digits: Vec<(usize, char)> =
            text.iter().copied().enumerate().filter(|(_, c)| c.is_numeric()).collect();
        for number in &self.numbers {
            for window in digits.windows(number.len()) {
                let near = window.iter().zip(window.iter().skip(1)).all(|((a, _), (b, _))| b - a <= 2);
                if near
                    && window.iter().map(|(_, digit)| digit).eq(number)
                    && let (Some((first, _)), Some((last, _))) = (window.first(), window.last())
                {
                    cover(covered, *first, last - first + 1);
                }
            }
        }
    }
}

/// The message of a database on one line, without what it may quote of a row: what stands in quotes or brackets, numbers,
/// words that begin with capitals next to each other, as those of a name do, and what [`Mask::apply`] covers.
#[must_use]
pub fn mask_row_values(message: &str) -> String {
    let text = one_line(message);
    let mut covered = vec![false; text.len()];
    cover_enclosed(&text, &mut covered);
    cover_runs(&text, &mut covered, is_number, 1);
    cover_runs(&text, &mut covered, |word| word.first().is_some_and(|c| c.is_uppercase()), 2);
    cover_words(&text, &mut covered);
    Mask::new(&[], &[]).cover_numbers(&text, &mut covered);
    render(&text, &covered)
}

/// Covers what stands between two marks; without the second one all that follows.
fn cover_enclosed(text: &[char], covered: &mut [bool]) {
    let mut open: Option<(char, usize)> = None;
    let mut before = ' ';
    for (at, c) in text.iter().enumerate() {
        match open {
            Some((end, start)) if *c == end => {
                cover(covered, start, at - start);
                open = None;
            }
            Some(_) => {}
            // The apostrophe of "can't" encloses nothing.
            None => {
                open =
                    closing(*c).filter(|_| *c != '\'' || !before.is_alphanumeric()).map(|end| (end, at + 1))
            }
        }
        before = *c;
    }
    if let Some((_, start)) = open {
        cover(covered, start, text.len().saturating_sub(start));
    }
}

/// The mark that ends what this one begins.
const fn closing(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => return None,
    })
}

/// Digits with the marks between them, as of a date, an amount or a telephone.
fn is_number(word: &[char]) -> bool {
    word.iter().any(|c| c.is_numeric()) && !word.iter().any(|c| c.is_alphabetic())
}

/// Covers the words that are `meant`, where at least `least` of them stand next to each other.
fn cover_runs(text: &[char], covered: &mut [bool], meant: impl Fn(&[char]) -> bool, least: usize) {
    let (mut at, mut start, mut words) = (0_usize, 0, 0);
    for word in text.split(|c| *c == ' ').chain([&[][..]]) {
        if meant(word) {
            start = if words == 0 { at } else { start };
            words += 1;
        } else {
            if words >= least {
                let run = text.get(start..at.saturating_sub(1)).unwrap_or_default();
                // The mark that closes a quotation stays.
                let length = run.iter().rposition(|c| c.is_alphanumeric()).map_or(0, |last| last + 1);
                cover(covered, start, length);
            }
            words = 0;
        }
        at += word.len() + 1;
    }
}

/// Composed characters, with each run of blanks and control characters as one blank and none at the ends.
pub(crate) fn one_line(text: &str) -> Vec<char> {
    let mut line = Vec::with_capacity(text.len().min(MAX_LOOKED_AT));
    for c in text.nfc().take(MAX_LOOKED_AT) {
        let blank = c.is_whitespace() || c.is_control();
        if !blank {
            line.push(c);
        } else if line.last().is_some_and(|last| *last != ' ') {
            line.push(' ');
        }
    }
    if line.last() == Some(&' ') {
        line.pop();
    }
    line
}

/// Each character without case and diacritics, so that `NGUYEN` finds `Nguyễn`. One for one: places stay the same.
pub(crate) fn plain(text: &[char]) -> Vec<char> {
    text.iter()
        .map(|&c| {
            let mut base = None;
            decompose_canonical(c, |part| {
                base.get_or_insert(part);
            });
            match base.unwrap_or(c).to_lowercase().next().unwrap_or(c) {
                'đ' => 'd',
                lower => lower,
            }
        })
        .collect()
}

fn cover(covered: &mut [bool], from: usize, length: usize) {
    covered.iter_mut().skip(from).take(length).for_each(|place| *place = true);
}

fn cover_each(text: &[char], needle: &[char], covered: &mut [bool]) {
    // Windows of no length do not exist.
    if needle.is_empty() {
        return;
    }
    for (start, window) in text.windows(needle.len()).enumerate() {
        if window == needle {
            cover(covered, start, needle.len());
        }
    }
}

/// Covers e-mail addresses, and links behind their host: a path or query may be a key to a citizen's file.
fn cover_words(text: &[char], covered: &mut [bool]) {
    let mut start = 0;
    for word in text.split(|c| " <>()[]{}\"',;".contains(*c)) {
        let inside = word.iter().skip(1).rev().skip(1).any(|c| *c == '@');
        if inside {
            cover(covered, start, word.len());
        }
        if let Some(scheme) = word.windows(3).position(|window| window == [':', '/', '/']) {
            let host = scheme + 3;
            let path = word.iter().skip(host).position(|c| *c == '/' || *c == '?');
            if let Some(path) = path {
                cover(covered, start + host + path + 1, word.len().saturating_sub(host + path + 1));
            }
        }
        start += word.len() + 1;
    }
}

fn render(text: &[char], covered: &[bool]) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_CHARS));
    let mut length = 0;
    let mut before = false;
    // Only the first half: what is personal and crosses the end of what was looked at lies in the second.
    for (c, covered) in text.iter().zip(covered).take(MAX_LOOKED_AT / 2) {
        let (piece, chars) = match (*covered, before) {
            (true, true) => continue,
            (true, false) => (None, MASK.chars().count()),
            (false, _) => (Some(*c), 1),
        };
        before = *covered;
        if length + chars > MAX_CHARS {
            break;
        }
        length += chars;
        match piece {
            Some(c) => out.push(c),
            None => out.push_str(MASK),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Mask, mask_row_values};
    use crate::DossierCode;

    fn mask(message: &str, personal: &[&str], codes: &[&DossierCode]) -> String {
        Mask::new(personal, codes).apply(message)
    }

    #[test]
    fn the_portals_own_words_stay() {
        let message = "Mã hồ sơ H48-250915-12 thiếu trường TenTTHC (mã lỗi 2)";
        assert_eq!(mask(message, &[], &[]), message);
        assert_eq!(mask("", &["Nguyễn"], &[]), "");
    }

    #[test]
    fn personal_texts_go_whatever_their_case_accents_form_and_blanks() {
        let personal = ["Nguyễn Thị Canary", "x"];
        for form in [
            "Nguyễn Thị Canary",
            "NGUYỄN THỊ CANARY",
            "Nguye\u{302}\u{303}n Thi\u{323} Canary",
            "nguyen thi canary",
            "Nguyễn  Thị\tCanary",
        ] {
            let masked = mask(&format!("Công dân {form} chưa xác thực"), &personal, &[]);
            assert_eq!(masked, "Công dân ••• chưa xác thực", "{form}");
        }
        assert_eq!(mask("Ông ĐẶNG ĐỨC ĐÔ", &["Đặng Đức Đô"], &[]), "Ông •••");
        assert_eq!(mask("x x", &personal, &[]), "x x", "too short to be told from other words");
    }

    #[test]
    fn long_numbers_go_unless_they_belong_to_a_dossier_code_of_the_call() {
        let code = DossierCode::new("H48.123456789-0001").unwrap();
        assert_eq!(mask("Số 079123456789, 0912345678.", &[], &[]), "Số •••, •••.");
        assert_eq!(mask("Ngày 20250915 lỗi", &[], &[]), "Ngày 20250915 lỗi");
        let message = "h48.123456789-0001 và H48.987654321-0001";
        assert_eq!(mask(message, &[], &[&code]), "h48.123456789-0001 và H48.•••-0001");
        assert_eq!(mask("１２３４５６７８９", &[], &[]), "•••");
    }

    #[test]
    fn a_personal_number_goes_however_its_digits_are_set_apart() {
        for form in ["0912.345.678", "0912 345 678", "0912-345-678", "0912345678"] {
            assert_eq!(mask(&format!("SĐT {form} sai"), &["0912 345678"], &[]), "SĐT ••• sai");
        }
        let date = "lúc 2025-09-15 10:20:30";
        assert_eq!(mask(date, &["0912345678"], &[]), date);
    }

    #[test]
    fn addresses_and_keys_in_links_go() {
        assert_eq!(mask("Email <a.b@c.vn>; gửi @ai", &[], &[]), "Email <•••>; gửi @ai");
        assert_eq!(
            mask("Không tải được https://tep.h48.vn/k/abc?sig=canary, thử lại", &[], &[]),
            "Không tải được https://tep.h48.vn/•••, thử lại"
        );
        assert_eq!(mask("xem https://tep.h48.vn", &[], &[]), "xem https://tep.h48.vn");
    }

    #[test]
    fn control_characters_become_blanks_and_the_length_is_bounded_in_characters() {
        assert_eq!(mask(" a\r\n\u{0}b\u{1b}[31m ", &[], &[]), "a b [31m");
        assert_eq!(mask(&"ễ".repeat(20_000), &[], &[]).chars().count(), 500);
    }

    #[test]
    fn a_personal_text_at_either_edge_of_what_is_looked_at_does_not_show() {
        let name = "Canary Nguyễn Văn";
        for before in (480..=500).chain(7_980..=8_000) {
            let message = format!("{}{name}", "1".repeat(8).repeat(before / 8 + 1).split_at(before).0);
            assert!(!mask(&message, &[name], &[]).contains("Can"), "{before}");
        }
        let filler = format!("{} ", name).repeat(444);
        assert!(!mask(&filler, &[name], &[]).contains("Can"));
    }

    #[test]
    fn what_a_database_quotes_of_a_row_goes_and_its_own_words_stay() {
        for (message, masked) in [
            (
                "invalid input syntax for type integer: \"Nguyễn Văn A\"",
                "invalid input syntax for type integer: \"•••\"",
            ),
            ("more than one row returned by a subquery", "more than one row returned by a subquery"),
            ("division by zero", "division by zero"),
            ("thiếu ngày sinh của Nguyễn Văn A, CCCD 079 123 456", "thiếu ngày sinh của ••• •••"),
            ("NGUYỄN VĂN A sinh 01/02/1990", "••• sinh •••"),
            ("Key (so_dinh_danh)=(079123456789) can't be read", "Key (•••)=(•••) can't be read"),
            ("lỗi ở 'Trần B", "lỗi ở '•••"),
            ("lỗi «x» “y z” a@b.vn", "lỗi «•••» “•••” •••"),
            ("malformed JSON", "malformed JSON"),
            ("", ""),
        ] {
            assert_eq!(mask_row_values(message), masked);
        }
        assert!(mask_row_values(&"lỗi ".repeat(1_000)).chars().count() <= 500);
    }
}
