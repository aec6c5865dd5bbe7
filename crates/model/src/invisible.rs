//! Characters that nobody sees: how texts are cleaned of them, and how messages show them.
//!
//! They come from copied web pages, spreadsheets and files with a byte order mark. Two codes that look equal and differ in
//! one of them are two codes to every computer.

use std::borrow::Cow;

/// The kinds of characters by how a reader sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// A letter, a digit, a mark, the plain blank, a tab or a line break.
    Plain,
    /// A blank that is not the plain one.
    Blank,
    /// A line break that is not the plain one.
    Break,
    /// Nothing at all, or a control character.
    Nothing,
}

const fn sight(c: char) -> Sight {
    match c {
        ' '..='~' | '\t' | '\n' | '\r' => Sight::Plain,
        '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Sight::Break,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Sight::Nothing,
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{2800}'
        | '\u{3000}' => Sight::Blank,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            Sight::Nothing
        }
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => Sight::Nothing,
        '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' => {
            Sight::Nothing
        }
        '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => Sight::Nothing,
        _ => Sight::Plain,
    }
}

/// The first character of `text` that nobody sees, or that only looks like a plain blank.
#[must_use]
pub fn find(text: &str) -> Option<char> {
    text.chars().find(|&c| is_invisible(c))
}

/// Whether nobody sees `c`, or it only looks like a plain blank or line break.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    !matches!(sight(c), Sight::Plain)
}

/// `text` with plain blanks and line breaks for the others, and without what nobody sees. No Vietnamese word needs one.
#[must_use]
pub fn cleaned(text: &str) -> Cow<'_, str> {
    if find(text).is_none() {
        return Cow::Borrowed(text);
    }
    let clean = text.chars().filter_map(|c| match sight(c) {
        Sight::Plain => Some(c),
        Sight::Blank => Some(' '),
        Sight::Break => Some('\n'),
        Sight::Nothing => None,
    });
    Cow::Owned(clean.collect())
}

/// `text` with each character that nobody sees written out, as `\u{200b}`, and tabs and line breaks too.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_invisible(c) || c.is_control();
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether `c` could command a terminal, turn the order of what stands beside it, or begin another line.
const fn commands(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || matches!(sight(c), Sight::Nothing | Sight::Break)
}

/// `text` on one line of a terminal: what could command it is written out, as `\u{1b}` or `\n`.
#[must_use]
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    written_out(text, commands)
}

/// `text` on a terminal: as [`on_one_line`], but with its line breaks.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    written_out(text, |c| c != '\n' && commands(c))
}

fn written_out(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if hidden(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// The JSON document `json` with what could command a terminal written as JSON writes it, where its encoder did not.
#[must_use]
pub fn in_json(json: &str) -> Cow<'_, str> {
    // Of those below, an encoder leaves only the breaks and blanks between its own words.
    let hidden = |c: char| c >= '\u{7f}' && commands(c);
    if !json.chars().any(hidden) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::{cleaned, find, harmless, in_json, on_one_line, shown};

    #[test]
    fn what_commands_a_terminal_is_written_out_and_vietnamese_is_not() {
        for (raw, one_line, lines) in [
            ("Mã \u{1b}[2J", "Mã \\u{1b}[2J", "Mã \\u{1b}[2J"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{9b}31m\u{90}q\u{9c}", "\\u{9b}31m\\u{90}q\\u{9c}", "\\u{9b}31m\\u{90}q\\u{9c}"),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                "a\\u{202e}b\\u{2066}c\\u{200f}",
                "a\\u{202e}b\\u{2066}c\\u{200f}",
            ),
            ("một\nhai", "một\\nhai", "một\nhai"),
            ("một\r\nhai\u{2028}ba", "một\\r\\nhai\\u{2028}ba", "một\\r\nhai\\u{2028}ba"),
            (
                "Nguye\u{302}\u{303}n\u{a0}Văn",
                "Nguye\u{302}\u{303}n\u{a0}Văn",
                "Nguye\u{302}\u{303}n\u{a0}Văn",
            ),
        ] {
            assert_eq!((&*on_one_line(raw), &*harmless(raw)), (one_line, lines), "{raw:?}");
        }
    }

    #[test]
    fn a_json_document_means_the_same_and_commands_no_terminal() {
        let text = "Mã\u{1b}[2J\u{9b}0m\u{202e}\u{7f}\u{e0041}\n";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = in_json(&json);
        assert!(!safe.chars().any(|c| c != '\n' && super::commands(c)), "{safe:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [text]);
    }

    #[test]
    fn what_nobody_sees_is_found_cleaned_away_and_shown_by_its_number() {
        for (raw, clean, told) in [
            ("DA_TRA\u{200b}", "DA_TRA", "DA_TRA\\u{200b}"),
            ("\u{feff}A", "A", "\\u{feff}A"),
            ("A\u{a0}B", "A B", "A\\u{a0}B"),
            ("A\u{3000}B", "A B", "A\\u{3000}B"),
            ("A\u{b}B", "A\nB", "A\\u{b}B"),
            ("A\u{202e}B\u{200f}", "AB", "A\\u{202e}B\\u{200f}"),
            ("k\u{ad}\u{2060}h", "kh", "k\\u{ad}\\u{2060}h"),
            ("A\u{1b}[31mB", "A[31mB", "A\\u{1b}[31mB"),
        ] {
            assert!(find(raw).is_some(), "{told}");
            assert_eq!((&*cleaned(raw), &*shown(raw)), (clean, told));
        }
    }

    #[test]
    fn vietnamese_in_either_composition_is_left_as_it_is() {
        for text in
            ["Ủy ban nhân dân xã Bờ Y", "Nguye\u{302}\u{303}n", "dòng 1\r\n\tdòng 2", "Đăk Kôi – 50 %…"]
        {
            assert_eq!((find(text), &*cleaned(text)), (None, text));
        }
        assert_eq!(shown("hai\ndòng"), "hai\\u{a}dòng");
    }
}
