//! The output of a command: aligned and coloured text for people, or one JSON document for machines.
//!
//! A command makes a view, which is a plain serialisable struct, and a function that renders it as text; [`Output::show`]
//! writes one of the two. Rendering writes to memory and cannot fail.

use std::io::{self, IsTerminal as _, Write as _};

use chrono::{DateTime, Utc};
use clap::ColorChoice;
use serde::Serialize;

use super::role::Role;
use super::table::{Cell, Side, Table};
use dongbo_model::Lang;

/// The output of a command, in the form that was asked for.
#[derive(Debug)]
pub(crate) struct Output {
    lang: Lang,
    json: bool,
    colour: bool,
    now: DateTime<Utc>,
    text: String,
}

impl Output {
    /// Output to standard output. Relative times count from `now`.
    pub(crate) fn new(lang: Lang, json: bool, colour: ColorChoice, now: DateTime<Utc>) -> Self {
        let colour = match colour {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !refused && io::stdout().is_terminal()
            }
        };
        Self { lang, json, colour, now, text: String::new() }
    }

    /// The language of what is shown.
    pub(crate) const fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether one JSON document is wanted in place of text.
    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    /// The moment from which relative times count.
    pub(crate) const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// `text` in the colour of `role`, when there are colours.
    pub(crate) fn paint(&self, role: Role, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = role.style();
        format!("{style}{text}{style:#}")
    }

    /// Clears the terminal before what follows.
    pub(crate) fn clear_screen(&mut self) {
        self.text.push_str("\u{1b}[H\u{1b}[2J");
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Writes an empty line, unless nothing stands before it.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Writes a heading, after an empty line unless nothing stands before it.
    pub(crate) fn heading(&mut self, heading: &str) {
        self.gap();
        let heading = self.paint(Role::Strong, heading);
        self.line(heading);
    }

    /// Writes a table.
    pub(crate) fn table(&mut self, table: &Table) {
        for line in table.lines(|role, text| self.paint(role, text)) {
            self.line(line);
        }
    }

    /// Writes names and their values, one pair a line.
    pub(crate) fn pairs<N: Into<String>>(&mut self, pairs: impl IntoIterator<Item = (N, Cell)>) {
        let mut table = Table::new([(Side::Left, ""), (Side::Left, "")]);
        for (name, value) in pairs {
            table.row([Cell::new(Role::Faint, name), value]);
        }
        self.table(&table);
    }

    /// Writes `view` to standard output: as one JSON document, or as `render` writes it for people.
    ///
    /// # Errors
    /// `BrokenPipe` when the reader has left, which the program takes for a quiet end; else what standard output says.
    pub(crate) fn show<V: Serialize>(
        mut self,
        view: &V,
        render: impl FnOnce(&V, &mut Self),
    ) -> io::Result<()> {
        if self.json {
            self.text = serde_json::to_string_pretty(view)?;
            self.text.push('\n');
        } else {
            render(view, &mut self);
        }
        self.flush()
    }

    /// Writes the text rendered so far to standard output, for commands that go on for a while.
    ///
    /// # Errors
    /// See [`Output::show`].
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(self.text.as_bytes())?;
        self.text.clear();
        stdout.flush()
    }

    /// The text rendered so far.
    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use clap::ColorChoice;

    use super::Output;
    use crate::cli::role::Role;
    use crate::cli::table::Cell;
    use dongbo_model::Lang;

    fn output(colour: ColorChoice) -> Output {
        Output::new(Lang::Vi, false, colour, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn colours_are_there_when_asked_for_and_only_then() {
        let mut plain = output(ColorChoice::Never);
        plain.pairs([("Cổng", Cell::new(Role::Bad, "không trả lời"))]);
        assert_eq!(plain.text(), "  Cổng  không trả lời\n");
        let mut coloured = output(ColorChoice::Always);
        coloured.pairs([("Cổng", Cell::new(Role::Bad, "không trả lời"))]);
        assert!(
            coloured.text().contains("\u{1b}[1m\u{1b}[31mkhông trả lời\u{1b}[0m"),
            "{:?}",
            coloured.text()
        );
    }

    #[test]
    fn headings_stand_apart() {
        let mut output = output(ColorChoice::Never);
        output.heading("Một");
        output.heading("Hai");
        assert_eq!(output.text(), "Một\n\nHai\n");
    }
}
