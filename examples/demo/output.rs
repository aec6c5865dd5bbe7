//! The one place that writes to the terminal: lines, wrapped prose, tables, colours.

#![expect(clippy::disallowed_methods, reason = "the one place where the demo prints what it wrote itself")]

use std::io::{IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};

/// Characters of a line. The narrowest terminal that people still have shows 80.
pub(crate) const WIDTH: usize = 78;

/// The meaning of a piece of text, which decides on its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Busy,
    Bad,
    Strong,
    Faint,
}

/// Prints a line.
pub(crate) fn say(line: &str) {
    // Who reads may have left (`| head`): that is no reason to stop, the dossiers still go through.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints prose, in lines that end between words.
pub(crate) fn tell(prose: &str) {
    wrapped(prose, WIDTH).iter().for_each(|line| say(line));
}

/// Prints a line where errors go.
pub(crate) fn complain(prose: &str) {
    for line in wrapped(prose, WIDTH) {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

/// Whether a person looks at a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// `text` in the colour of `tone`, on a terminal that may have colours.
pub(crate) fn paint(tone: Tone, text: &str) -> String {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if refused || !is_terminal() {
        return text.to_owned();
    }
    let style = match tone {
        Tone::Good => AnsiColor::Green.on_default().bold(),
        Tone::Busy => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Strong => Style::new().bold(),
        Tone::Faint => Style::new().dimmed(),
    };
    format!("{style}{text}{style:#}")
}

/// `prose` in lines of at most `width` characters, which end between words.
pub(crate) fn wrapped(prose: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in prose.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Lays rows out: the first column to the left, the others to the right, two blanks in front of each row.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter().map(|row| laid_out(row, &widths)).collect()
}

fn laid_out(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
        if place == 0 {
            text.push_str(&format!("  {cell:<width$}"));
        } else {
            text.push_str(&format!("  {cell:>width$}"));
        }
    }
    text.trim_end().to_owned()
}
