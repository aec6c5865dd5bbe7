//! The one way to the terminal. Whatever a database, the portal or a file says reaches it as text alone: control characters
//! and those that turn the order of letters are written out, and only what dongbo itself means moves or colours anything.
//!
//! Within the program colours are characters that no text has; they become what a terminal understands here.

#![expect(clippy::disallowed_methods, reason = "this is the place where texts leave the program")]

use std::io::{self, IsTerminal as _, Write as _};

use super::role::{Role, style};
use dongbo_model::invisible;

/// The characters that begin a colour, a role each.
const BEGINS: [(char, Role); 5] = [
    ('\u{fdd0}', Role::Good),
    ('\u{fdd1}', Role::Warn),
    ('\u{fdd2}', Role::Bad),
    ('\u{fdd3}', Role::Faint),
    ('\u{fdd4}', Role::Strong),
];
/// The character that ends a colour.
const ENDS: char = '\u{fdef}';
/// Writes over the line on which the terminal stands.
const OVER: &str = "\r\u{1b}[K";
/// Empties the terminal.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Whether `c` stands for the beginning or the end of a colour.
pub(super) fn is_colour(c: char) -> bool {
    c == ENDS || BEGINS.iter().any(|(begin, _)| *begin == c)
}

/// `text` in the colour of `role`, for [`shown`].
pub(super) fn painted(role: Role, text: &str) -> String {
    let begin = BEGINS.iter().find(|(_, of)| *of == role).map_or(ENDS, |(begin, _)| *begin);
    format!("{begin}{}{ENDS}", text.replace(is_colour, ""))
}

/// `text` as a terminal gets it: harmless, and with its colours when it is to have any.
pub(super) fn shown(text: &str, coloured: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut open = None;
    for c in invisible::harmless(text).chars() {
        if !is_colour(c) {
            shown.push(c);
            continue;
        }
        let ended = open.take().map(|role: Role| format!("{:#}", style(role)));
        let begun = BEGINS.iter().find(|(begin, _)| *begin == c).map(|(_, role)| *role);
        if coloured {
            shown.extend(ended);
            shown.extend(begun.map(|role| style(role).to_string()));
            open = begun;
        }
    }
    shown
}

/// Writes `text` for people to standard output, on an emptied terminal when it `clears`.
pub(super) fn print(text: &str, coloured: bool, clears: bool) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if clears {
        stdout.write_all(CLEAR.as_bytes())?;
    }
    stdout.write_all(shown(text, coloured).as_bytes())?;
    stdout.flush()
}

/// Writes a JSON document to standard output.
pub(super) fn print_json(json: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(invisible::in_json(json).as_bytes())?;
    stdout.flush()
}

/// Writes a document of dongbo's own to standard output as it is: a manual page, a shell's completions.
pub(super) fn print_document(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Writes a line for people to standard error.
pub(super) fn tell(line: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{}", shown(line, false))
}

/// Writes a JSON document on one line of standard error.
pub(super) fn tell_json(json: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{}", invisible::in_json(json))
}

/// Writes `line` over the line of standard error on which the terminal stands.
pub(super) fn tell_over(line: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{OVER}{}", invisible::on_one_line(line))?;
    stderr.flush()
}

/// Writes a question to standard error, which stays on its line.
pub(super) fn ask(question: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(shown(question, false).as_bytes())?;
    stderr.flush()
}

/// Whether standard output is a terminal.
pub(super) fn is_output() -> bool {
    io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub(super) fn is_errors() -> bool {
    io::stderr().is_terminal()
}

/// The columns of the terminal on standard output.
pub(super) fn columns() -> Option<usize> {
    rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col))
}

#[cfg(test)]
mod tests {
    use super::{painted, shown};
    use crate::cli::role::Role;

    #[test]
    fn colours_are_ours_alone_and_a_text_has_no_command() {
        for (raw, plain, coloured) in [
            (painted(Role::Good, "tốt"), "tốt", "\u{1b}[32mtốt\u{1b}[0m"),
            ("\u{1b}[31mđỏ\u{1b}[0m".to_owned(), "\\u{1b}[31mđỏ\\u{1b}[0m", "\\u{1b}[31mđỏ\\u{1b}[0m"),
            (painted(Role::Bad, "\u{1b}[2J\u{fdd0}"), "\\u{1b}[2J", "\u{1b}[1m\u{1b}[31m\\u{1b}[2J\u{1b}[0m"),
            ("a\u{9b}2J\u{202e}\nb".to_owned(), "a\\u{9b}2J\\u{202e}\nb", "a\\u{9b}2J\\u{202e}\nb"),
        ] {
            assert_eq!((&*shown(&raw, false), &*shown(&raw, true)), (plain, coloured), "{raw:?}");
        }
    }
}
