//! Live progress: bars on a terminal, a line a second otherwise.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use dongbo_ledger::{Layer, LayerState, Overview};
use dongbo_sync::gate::Gate;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mock_portal::Counters;

use crate::drain::most_held;
use crate::lang::Lang;
use crate::output;
use crate::rates::{Rates, seconds};

/// Without a terminal, so often a line.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// The state to show at one moment.
pub(crate) struct Scene<'a> {
    pub(crate) overview: &'a Overview,
    pub(crate) counters: &'a Counters,
    pub(crate) gate: &'a Gate,
}

/// The display of the progress.
pub(crate) struct Screen {
    lang: Lang,
    began: Instant,
    rates: Rates<5>,
    kind: Kind,
}

enum Kind {
    Bars { all: MultiProgress, layers: [ProgressBar; 4], below: ProgressBar },
    Lines { last: Instant },
}

impl Screen {
    /// Bars when stdout is a terminal.
    pub(crate) fn new(lang: Lang) -> Self {
        let kind =
            if std::io::stdout().is_terminal() { bars(lang) } else { Kind::Lines { last: Instant::now() } };
        Self { lang, began: Instant::now(), rates: Rates::new(), kind }
    }

    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// Shows where everything stands.
    pub(crate) fn show(&mut self, scene: &Scene<'_>) {
        let lang = self.lang;
        let now = Instant::now();
        let synced = Layer::ALL.iter().map(|&layer| scene.overview.counts.of(layer).of(LayerState::Synced));
        let calls = scene.counters.calls.values().sum();
        let mut counts = [0, 0, 0, 0, calls];
        for (place, synced) in counts.iter_mut().zip(synced) {
            *place = synced;
        }
        let rates = self.rates.per_second(now, counts);
        let [.., calls_per_second] = rates;
        let state = match scene.gate.closed() {
            None => String::new(),
            Some((trouble, _)) => lang.sending_stopped(trouble.name()),
        };
        let rest = lang.calls_line(
            lang.count(calls),
            lang.count(calls_per_second),
            lang.count(scene.counters.faults_by_kind.values().sum()),
            lang.count(scene.overview.to_verify),
            lang.count(most_held(scene.overview)),
        ) + &state;
        let total = scene.overview.dossiers;
        match &mut self.kind {
            Kind::Bars { layers, below, .. } => {
                for ((bar, synced), rate) in layers.iter().zip(counts).zip(rates) {
                    bar.set_length(total.max(1));
                    bar.set_position(synced);
                    bar.set_message(lang.bar(lang.count(synced), lang.count(total), lang.count(rate)));
                }
                below.set_message(rest);
            }
            Kind::Lines { last } => {
                if now.duration_since(*last) >= LINE_EVERY {
                    *last = now;
                    let [presence, status, steps, files, _] = counts.map(|count| lang.count(count));
                    let at = lang.decimal(seconds(now.duration_since(self.began)), 1);
                    let [.., done_per_second, _, _] = rates;
                    let rate = lang.count(done_per_second);
                    let layers = lang.line(
                        at,
                        format!("{presence}/{}", lang.count(total)),
                        status,
                        steps,
                        files,
                        rate,
                    );
                    output::say(&format!("{layers}; {rest}"));
                }
            }
        }
    }

    /// A line that stays.
    pub(crate) fn say(&self, line: &str) {
        match &self.kind {
            Kind::Bars { all, .. } => {
                let _ = all.println(line);
            }
            Kind::Lines { .. } => output::say(line),
        }
    }

    /// Leaves the bars as they are.
    pub(crate) fn close(self) {
        if let Kind::Bars { layers, below, .. } = self.kind {
            layers.iter().for_each(ProgressBar::abandon);
            below.abandon();
            output::say("");
        }
    }
}

fn bars(lang: Lang) -> Kind {
    let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
    let style =
        |template| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let layers = [Layer::Presence, Layer::Status, Layer::Steps, Layer::Files].map(|layer| {
        let bar = all.add(ProgressBar::new(1));
        bar.set_style(style("{prefix} {bar:32} {msg}").progress_chars("█▌░"));
        bar.set_prefix(format!("{:<10}", lang.layer(layer)));
        bar
    });
    let below = all.add(ProgressBar::new(1));
    below.set_style(style("{msg}"));
    Kind::Bars { all, layers, below }
}
