//! The width of text on a terminal, and lines that fit it: broken between words, never within one.

use unicode_width::UnicodeWidthChar as _;

use super::terminal;

/// A terminal narrower than this is not believed.
const NARROWEST: usize = 20;

/// The columns that standard output has: those of `COLUMNS` where that is set, else the terminal's. `None` when it is no
/// terminal: what goes on to another program is never broken.
pub(super) fn columns() -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    told.or_else(terminal::columns).filter(|columns| *columns >= NARROWEST)
}

/// The columns of a terminal that `text` takes: a letter takes one, a combining mark or a colour none, some signs two.
pub(super) fn width(text: &str) -> usize {
    let letters = text.chars().filter(|c| !terminal::is_colour(*c));
    letters.map(|c| c.width().unwrap_or_default()).sum()
}

/// The width of the longest word of `text`.
pub(super) fn longest_word(text: &str) -> usize {
    text.split(' ').map(width).max().unwrap_or_default()
}

/// `text` in lines of at most `columns`, broken between words; every line but the first begins with `hang` blanks. A word that
/// is longer than that stands alone.
pub(super) fn wrapped(text: &str, columns: usize, hang: usize) -> Vec<String> {
    if width(text) <= columns {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut has_word = false;
    for piece in text.split_inclusive(' ') {
        let word = piece.trim_end_matches(' ');
        if has_word && !word.is_empty() && width(&line) + width(word) > columns {
            lines.push(line.trim_end_matches(' ').to_owned());
            line = " ".repeat(hang);
        }
        line.push_str(piece);
        has_word |= !word.is_empty();
    }
    lines.push(line.trim_end_matches(' ').to_owned());
    lines
}

/// The blanks with which a line begins, and two more behind the mark of a list.
pub(super) fn hang_of(line: &str) -> usize {
    let words = line.trim_start_matches(' ');
    let indent = line.len() - words.len();
    // A colour may stand before the mark.
    let bare = words.trim_start_matches(terminal::is_colour);
    indent + if bare.starts_with("- ") || bare.starts_with("→ ") { 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{hang_of, longest_word, width, wrapped};

    #[test]
    fn accents_colours_and_wide_signs_take_the_columns_that_they_take() {
        for (text, columns) in
            [("Cổng", 4), ("Bu\u{31b}\u{301}c", 3), ("\u{fdd2}đỏ\u{fdef}", 2), ("漢字", 4), ("a\u{200b}b", 2)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
        assert_eq!(longest_word("hồ sơ không khớp"), 5);
    }

    #[test]
    fn lines_break_between_words_and_never_within_one() {
        let text = "  - Hồ sơ không gửi được vì thiếu mã thủ tục quốc gia";
        let lines = wrapped(text, 24, hang_of(text));
        assert_eq!(lines, ["  - Hồ sơ không gửi được", "    vì thiếu mã thủ tục", "    quốc gia"]);
        assert!(lines.iter().all(|line| width(line) <= 24));
        let long = "000.00.19.H26-220915-0001 đã gửi";
        assert_eq!(wrapped(long, 20, 0), ["000.00.19.H26-220915-0001", "đã gửi"]);
        assert_eq!(wrapped("vừa", 20, 0), ["vừa"]);
    }
}
