//! The progress, as it is shown: a table on a terminal, a line now and then otherwise.

use std::time::{Duration, Instant};

use dongbo_model::Lang;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::faults::Strikes;
use crate::output::{self, Tone, WIDTH, paint, wrapped};
use crate::pace::Pace;
use crate::panel::Scene;
use crate::plug::tenths;

/// Without a terminal there is a line when so many more percent of the work are done,
const LINE_EVERY: u64 = 10;
/// and when nothing was said for so long.
const SILENT_FOR: Duration = Duration::from_secs(15);
/// Characters in front of an event, for its time.
const MARGIN: usize = 12;

/// The display of the progress.
pub(crate) struct Screen {
    lang: Lang,
    began: Instant,
    pace: Pace,
    strikes: Strikes,
    kind: Kind,
}

enum Kind {
    Table(ProgressBar),
    Lines { last: Instant, next: u64 },
}

impl Screen {
    /// A table when a person looks at a terminal.
    pub(crate) fn new(lang: Lang) -> Self {
        let kind = if output::is_terminal() {
            let table = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            let style = ProgressStyle::with_template("{msg}");
            table.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            Kind::Table(table)
        } else {
            Kind::Lines { last: Instant::now(), next: LINE_EVERY }
        };
        let began = Instant::now();
        Self { lang, began, pace: Pace::default(), strikes: Strikes::default(), kind }
    }

    /// The language.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Shows where everything stands.
    pub(crate) fn show(&mut self, scene: &Scene<'_>) {
        let now = Instant::now();
        self.pace.read(now, scene.reading(self.lang));
        self.strikes.read(now, &scene.counters.faults_by_kind);
        match &mut self.kind {
            Kind::Table(table) => {
                let took = now.duration_since(self.began);
                table.set_message(scene.lines(self.lang, took, &self.pace, &self.strikes).join("\n"));
            }
            Kind::Lines { last, next } => {
                let percent = scene.reading(self.lang).percent();
                if percent >= *next || now.duration_since(*last) >= SILENT_FOR {
                    *last = now;
                    *next = percent - percent % LINE_EVERY + LINE_EVERY;
                    let line = scene.plain(self.lang);
                    self.say(Tone::Faint, line.trim_end());
                }
            }
        }
    }

    /// An event that stays, with its time.
    pub(crate) fn say(&self, tone: Tone, event: &str) {
        let mut margin = format!("{:>10}  ", tenths(self.lang, self.began.elapsed()));
        for line in wrapped(event, WIDTH - MARGIN) {
            let line = format!("{margin}{line}");
            match &self.kind {
                Kind::Table(table) => table.println(paint(tone, &line)),
                Kind::Lines { .. } => output::say(&line),
            }
            margin = " ".repeat(MARGIN);
        }
    }

    /// Leaves the table as it is; the time since it began.
    pub(crate) fn close(self) -> Duration {
        if let Kind::Table(table) = self.kind {
            table.abandon();
        }
        self.began.elapsed()
    }
}
