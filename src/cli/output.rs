//! The output of a command: aligned and coloured text for people, or one JSON document for machines.
//!
//! A command makes a view, which is a plain serialisable struct, and a function that renders it as text; [`Output::show`]
//! writes one of the two. Rendering writes to memory and cannot fail.

use std::io;

use chrono::{DateTime, Utc};
use clap::ColorChoice;
use serde::Serialize;

use super::role::Role;
use super::table::{Cell, Side, Table};
use super::terminal;
use super::wrap;
use dongbo_model::{Lang, invisible};

/// The output of a command, in the form that was asked for.
#[derive(Debug)]
pub(crate) struct Output {
    lang: Lang,
    json: bool,
    colour: bool,
    now: DateTime<Utc>,
    /// The columns of the terminal; `None` when lines may have any length.
    columns: Option<usize>,
    text: String,
    /// Whether the terminal is emptied before the text.
    clears: bool,
}

impl Output {
    /// Output to standard output. Relative times count from `now`.
    pub(crate) fn new(lang: Lang, json: bool, colour: ColorChoice, now: DateTime<Utc>) -> Self {
        let colour = match colour {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !refused && terminal::is_output()
            }
        };
        Self { lang, json, colour, now, columns: wrap::columns(), text: String::new(), clears: false }
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
        terminal::painted(role, text)
    }

    /// Clears the terminal before what follows.
    pub(crate) fn clear_screen(&mut self) {
        self.clears = true;
    }

    /// Writes a line. One that is longer than the terminal is wide goes on below its own first word.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        let line = invisible::on_one_line(line.as_ref());
        self.hanging(&line, wrap::hang_of(&line));
    }

    /// Writes a line that goes on behind `hang` blanks where it is longer than the terminal is wide.
    pub(crate) fn hanging(&mut self, line: &str, hang: usize) {
        let line = &*invisible::on_one_line(line);
        let lines = match self.columns {
            // So deep that nothing would stand beside it.
            Some(columns) if hang * 2 > columns => wrap::wrapped(line, columns, wrap::hang_of(line)),
            Some(columns) => wrap::wrapped(line, columns, hang),
            None => vec![line.to_owned()],
        };
        for line in lines {
            self.text.push_str(&line);
            self.text.push('\n');
        }
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
        for line in table.lines(self.columns, |role, text| self.paint(role, text)) {
            self.text.push_str(&line);
            self.text.push('\n');
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
            let mut json = serde_json::to_string_pretty(view)?;
            json.push('\n');
            return terminal::print_json(&json);
        }
        render(view, &mut self);
        self.flush()
    }

    /// Writes the text rendered so far to standard output, for commands that go on for a while.
    ///
    /// # Errors
    /// See [`Output::show`].
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        terminal::print(&text, self.colour, std::mem::take(&mut self.clears))
    }

    /// The text rendered so far.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        terminal::shown(&self.text, self.colour)
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
    fn a_long_line_goes_on_below_its_first_word() {
        let mut output = Output { columns: Some(30), ..output(ColorChoice::Never) };
        output.line("  → sửa tên cơ sở dữ liệu ở cuối source.url");
        assert_eq!(output.text(), "  → sửa tên cơ sở dữ liệu ở\n    cuối source.url\n");
    }

    #[test]
    fn headings_stand_apart() {
        let mut output = output(ColorChoice::Never);
        output.heading("Một");
        output.heading("Hai");
        assert_eq!(output.text(), "Một\n\nHai\n");
    }
}
