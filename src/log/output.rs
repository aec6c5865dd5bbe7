//! The writer of lines, in the configured form and to the configured place.

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use tracing::Level;

use super::journald::{Journal, SOCKET};
use super::line::Line;
use super::settings::LogFormat;
use super::text::text;
use dongbo_sync::metrics::LogLines;

/// The places that lines can go to.
pub struct Outlet {
    stream: Box<dyn Write + Send>,
    coloured: bool,
    journal: PathBuf,
}

impl Outlet {
    /// Standard error and the system's journal. Coloured on a terminal, unless the variable `NO_COLOR` is set.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the log is the other writer: each of its forms writes out what commands a terminal"
    )]
    pub fn stderr() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let coloured = wanted && io::stderr().is_terminal();
        Self { stream: Box::new(io::stderr()), coloured, journal: PathBuf::from(SOCKET) }
    }

    /// `stream`, without colours, and for the format `journald` the socket at `journal`.
    #[must_use]
    pub fn new(stream: Box<dyn Write + Send>, journal: PathBuf) -> Self {
        Self { stream, coloured: false, journal }
    }
}

enum Form {
    Text,
    Json,
    Journald { journal: Journal, reached: bool },
}

/// The end of the log. A line that cannot be written is lost, as there is no other place to report it.
pub(super) struct Output {
    form: Form,
    stream: Box<dyn Write + Send>,
    coloured: bool,
    written: LogLines,
}

impl Output {
    /// Lines go to `outlet` and are counted in `written`.
    pub(super) fn new(format: LogFormat, outlet: Outlet, written: LogLines) -> Self {
        let form = match format {
            LogFormat::Text => Form::Text,
            LogFormat::Json => Form::Json,
            LogFormat::Journald => Form::Journald { journal: Journal::at(outlet.journal), reached: true },
        };
        Self { form, stream: outlet.stream, coloured: outlet.coloured, written }
    }

    pub(super) fn write_all(&mut self, lines: &[Line]) {
        for line in lines {
            self.written.count(line.level);
            self.write(line);
        }
    }

    fn write(&mut self, line: &Line) {
        match &mut self.form {
            Form::Text => self.write_text(line),
            Form::Json => drop(self.stream.write_all(&line.json())),
            Form::Journald { journal, reached } => match journal.send(line) {
                Ok(()) => *reached = true,
                Err(error) => {
                    let notice = reached.then(|| unreached(line, journal, &error));
                    *reached = false;
                    if let Some(notice) = notice {
                        self.write_text(&notice);
                    }
                    self.write_text(line);
                }
            },
        }
    }

    fn write_text(&mut self, line: &Line) {
        drop(self.stream.write_all(text(line, self.coloured).as_bytes()));
    }
}

/// The warning about a journal that takes no lines, written once until it takes one again.
fn unreached(line: &Line, journal: &Journal, error: &io::Error) -> Line {
    Line {
        at: line.at,
        level: Level::WARN,
        event: "log.no_journal".to_owned(),
        message: format!(
            "The journal does not take lines at {}, so they go to standard error as text: {error}; set log.format = \
             \"text\" where there is no systemd",
            journal.path().display()
        ),
        fields: Vec::new(),
    }
}
