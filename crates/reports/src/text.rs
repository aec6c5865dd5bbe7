//! Texts from outside, made harmless for every form in which a report is written.

use std::borrow::Cow;

use dongbo_model::invisible;

/// `text` on one line, with what nobody sees or what turns the order of letters written out, and without what XML cannot hold.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let line = invisible::on_one_line(text);
    if line.contains(['\u{fffe}', '\u{ffff}']) {
        Cow::Owned(line.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
    } else {
        line
    }
}

/// `text` as the content of an element or of an attribute between quotes, in HTML and XML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in plain(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A sentence whose percentages are not broken before their signs.
pub(crate) fn bound(sentence: &str) -> String {
    sentence.replace(" %", "\u{a0}%")
}

/// The number of things.
pub(crate) fn counted<T>(things: impl Iterator<Item = T>) -> u64 {
    u64::try_from(things.count()).unwrap_or(u64::MAX)
}

/// A count of few things as a number for drawing.
pub(crate) fn real(many: usize) -> f64 {
    f64::from(u32::try_from(many).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_that_is_markup_or_turns_letters_around_stays_a_name() {
        assert_eq!(escaped("<b onload='x'>&\""), "&lt;b onload=&#39;x&#39;&gt;&amp;&quot;");
        assert_eq!(escaped("UBND\u{202e}x\u{1b}[2J\nxã\u{ffff}"), "UBND\\u{202e}x\\u{1b}[2J\\nxã\u{fffd}");
    }
}
