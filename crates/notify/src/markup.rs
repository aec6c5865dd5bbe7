//! Messages as each way writes them. Whatever marks something up there is escaped in every text that is put in.

use std::fmt::Write as _;

use maud::{DOCTYPE, html};

use crate::message::{Line, Message};
use dongbo_model::{Lang, texts};

texts! {
    left_out(lines): "… và {lines} dòng nữa; xem đủ bằng: dongbo notify show", "… and {lines} more lines; all of it: dongbo notify show";
}

/// A message as plain text.
#[must_use]
pub fn plain(message: &Message) -> String {
    written(message, &Marks { escape: str::to_owned, bold: ["", ""], code: ["", ""] }, usize::MAX)
}

/// A message in the HTML of Telegram, which knows few tags, of at most `most` letters.
pub(crate) fn telegram(message: &Message, most: usize) -> String {
    let marks = Marks { escape: angles, bold: ["<b>", "</b>"], code: ["<code>", "</code>"] };
    written(message, &marks, most)
}

/// A message in Slack's own form, of at most `most` letters.
pub(crate) fn slack(message: &Message, most: usize) -> String {
    written(message, &Marks { escape: mrkdwn, bold: ["*", "*"], code: ["`", "`"] }, most)
}

/// A message as plain text of at most `most` letters.
pub(crate) fn short(message: &Message, most: usize) -> String {
    written(message, &Marks { escape: str::to_owned, bold: ["", ""], code: ["", ""] }, most)
}

/// The marks of one way, and how a text is kept from being taken for one.
struct Marks {
    escape: fn(&str) -> String,
    bold: [&'static str; 2],
    code: [&'static str; 2],
}

/// The three characters that begin a tag or an entity, written as entities.
fn angles(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As `angles`, and a character that nobody sees behind each mark of Slack's, which then marks nothing.
fn mrkdwn(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in angles(text).chars() {
        safe.push(c);
        if matches!(c, '*' | '_' | '~' | '`' | '@' | '#') {
            safe.push('\u{200b}');
        }
    }
    safe
}

/// The message in lines, as many as have room.
fn written(message: &Message, marks: &Marks, most: usize) -> String {
    let mut lines = vec![bold(marks, &message.subject)];
    for section in &message.sections {
        lines.push(String::new());
        if !section.heading.is_empty() {
            lines.push(bold(marks, &section.heading));
        }
        for line in &section.lines {
            lines.extend(line_of(line, marks));
        }
    }
    joined(&lines, message.lang, most)
}

fn bold(marks: &Marks, text: &str) -> String {
    let [before, after] = marks.bold;
    format!("{before}{}{after}", (marks.escape)(text))
}

fn line_of(line: &Line, marks: &Marks) -> Vec<String> {
    let mut lines = vec![format!("• {}", (marks.escape)(&line.text))];
    lines.extend(line.notes.iter().map(|note| format!("  {}", (marks.escape)(note))));
    let [before, after] = marks.code;
    // Within the marks of code nothing else marks anything.
    let command =
        line.command.iter().map(|command| format!("  {before}{}{after}", angles_in(command, marks)));
    lines.extend(command);
    lines.extend(line.link.iter().map(|link| format!("  {}", angles_in(link, marks))));
    lines
}

/// A command or an address, which must stay as it is to be of use: only what begins a tag is escaped, and what would end it.
fn angles_in(text: &str, marks: &Marks) -> String {
    match marks.code {
        ["", _] => text.to_owned(),
        ["`", _] => angles(&text.replace('`', "'")),
        _ => angles(text),
    }
}

/// The lines that have room in `most` letters, and how many have not.
fn joined(lines: &[String], lang: Lang, most: usize) -> String {
    let length = |line: &String| line.chars().count().saturating_add(1);
    let all: usize = lines.iter().map(length).sum();
    if all <= most {
        return lines.join("\n");
    }
    let room = most.saturating_sub(left_out(lang, lines.len()).chars().count().saturating_add(1));
    let (mut text, mut used, mut shown) = (String::new(), 0_usize, 0_usize);
    for line in lines {
        used = used.saturating_add(length(line));
        if used > room {
            break;
        }
        // Memory takes any text.
        let _ = writeln!(text, "{line}");
        shown += 1;
    }
    text.push_str(&left_out(lang, lines.len().saturating_sub(shown)));
    text
}

/// A message as a page of mail.
pub(crate) fn page(message: &Message) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(message.lang.name()) {
            head { meta charset="utf-8"; title { (message.subject) } }
            body style="font-family: sans-serif; line-height: 1.5; max-width: 44em" {
                h1 style="font-size: 1.3em" { (message.subject) }
                @for section in &message.sections {
                    @if !section.heading.is_empty() { h2 style="font-size: 1.1em" { (section.heading) } }
                    ul { @for line in &section.lines { li {
                        @match &line.link {
                            Some(link) => a href=(link) { (line.text) },
                            None => (line.text),
                        }
                        @for note in &line.notes { br; span style="color: #555" { (note) } }
                        @if let Some(command) = &line.command { br; code { (command) } }
                    } } }
                }
            }
        }
    };
    page.into_string()
}

#[cfg(test)]
mod tests {
    use super::{page, plain, short, slack, telegram};
    use crate::message::{Line, Message, Occasion, Section};
    use dongbo_model::Lang;

    fn hostile() -> Message {
        let name = "<b>&*_@all`\u{1b}[31m</b>\u{202e}\r\nBcc: x";
        let line = Line {
            text: name.to_owned(),
            notes: vec![name.to_owned()],
            command: Some("dongbo held --cause 'a`b<c'".to_owned()),
            link: Some("https://x.vn/?a=1&b=<".to_owned()),
        };
        Message {
            occasion: Occasion::Bulletin,
            at: chrono::DateTime::UNIX_EPOCH,
            lang: Lang::En,
            subject: name.to_owned(),
            sections: vec![Section { heading: name.to_owned(), lines: vec![line] }],
            data: serde_json::Value::Null,
        }
        .harmless()
    }

    #[test]
    fn a_name_that_marks_up_is_shown_and_marks_nothing_on_any_way() {
        let message = hostile();
        let plain = plain(&message);
        assert!(!plain.contains(['\u{1b}', '\u{202e}', '\r']) && plain.contains("\\u{1b}"), "{plain}");
        assert_eq!(plain.lines().count(), 7, "{plain}");
        let html = page(&message);
        assert!(!html.contains("<b>") && html.contains("&lt;b&gt;"), "{html}");
        let telegram = telegram(&message, 4_096);
        assert_eq!(telegram.matches("<b>").count(), 2, "subject and heading: {telegram}");
        assert!(telegram.contains("<code>dongbo held --cause 'a`b&lt;c'</code>"), "{telegram}");
        let slack = slack(&message, 4_096);
        assert!(!slack.contains('<') && !slack.contains("*_") && !slack.contains("@all"), "{slack}");
        assert!(slack.contains("`dongbo held --cause 'a'b&lt;c'`"), "{slack}");
    }

    #[test]
    fn what_has_no_room_is_counted_and_never_cut_within_a_line() {
        let mut message = hostile();
        message.sections[0].lines = (0..500).map(|at| Line::of(format!("line {at}"))).collect();
        let text = short(&message, 2_000);
        assert!(text.chars().count() <= 2_000);
        let shown = text.lines().filter(|line| line.starts_with("• line ")).count();
        assert!(shown > 100 && text.contains(&format!("{} more lines", 500 - shown)), "{text}");
    }
}
