//! The form of lines for people: Vietnamese time, level, sentence, and then the fields.

use std::fmt::Write as _;

use chrono::SecondsFormat;
use chrono_tz::Asia::Ho_Chi_Minh;
use serde_json::Value;
use tracing::Level;

use super::line::Line;
use dongbo_model::invisible::on_one_line;

/// The line with its break. Whatever text is in it, it stays one line and cannot control a terminal.
pub(super) fn text(line: &Line, coloured: bool) -> String {
    let time = line.at.with_timezone(&Ho_Chi_Minh).to_rfc3339_opts(SecondsFormat::Millis, false);
    let level = format!("{:<5}", line.level.as_str());
    let mut text = match colour(line.level).filter(|_| coloured) {
        Some(colour) => format!("{time} \x1b[{colour}m{level}\x1b[0m {}", on_one_line(&line.message)),
        None => format!("{time} {level} {}", on_one_line(&line.message)),
    };
    // Two blanks set the fields apart from the sentence.
    text.push(' ');
    let event = ("event", Value::from(line.event.as_str()));
    for (name, value) in std::iter::once(&event).chain(&line.fields) {
        // Writing to a string does not fail.
        let _ = write!(text, " {name}={}", shown(value));
    }
    text.push('\n');
    text
}

const fn colour(level: Level) -> Option<u8> {
    match level {
        Level::ERROR => Some(31),
        Level::WARN => Some(33),
        Level::INFO => Some(32),
        _ => None,
    }
}

/// A value as text: a plain word as it is, anything with blanks or quotes in quotes.
fn shown(value: &Value) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '=' | '\\');
    match value {
        Value::String(word)
            if !word.is_empty() && word.chars().all(plain) && on_one_line(word) == word.as_str() =>
        {
            word.clone()
        }
        value => on_one_line(&value.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use tracing::Level;

    use super::text;
    use crate::log::line::Line;

    fn line(message: &str) -> Line {
        Line {
            at: DateTime::parse_from_rfc3339("2026-03-02T00:30:12.5Z").unwrap().to_utc(),
            level: Level::ERROR,
            event: "portal.stopped".to_owned(),
            message: message.to_owned(),
            fields: vec![("trouble", "down".into()), ("http_status", 503.into()), ("said", "bảo trì".into())],
        }
    }

    #[test]
    fn a_line_has_vietnamese_time_level_sentence_and_fields() {
        assert_eq!(
            text(&line("Sending has stopped"), false),
            "2026-03-02T07:30:12.500+07:00 ERROR Sending has stopped  event=portal.stopped trouble=down \
             http_status=503 said=\"bảo trì\"\n"
        );
    }

    #[test]
    fn the_portals_words_can_neither_forge_a_line_nor_command_the_terminal() {
        let text = text(&line("no\n2026 INFO all is well\x1b[2J\u{9b}0m\u{202e}"), false);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            !text.contains(['\x1b', '\u{9b}', '\u{202e}'])
                && text.contains("no\\n2026 INFO all is well\\u{1b}[2J"),
            "{text}"
        );
    }

    #[test]
    fn colour_stands_on_the_level_alone() {
        assert!(text(&line("It"), true).contains(" \x1b[31mERROR\x1b[0m It  event="));
    }
}
