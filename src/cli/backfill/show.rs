//! The progress of a backfill: a bar on a terminal, lines elsewhere, JSON lines for machines.

use std::io;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use indicatif::{ProgressBar, ProgressStyle};

use super::super::output::Output;
use super::super::terminal;
use crate::control::BackfillProgress;
use dongbo_ledger::BackfillState;
use dongbo_model::{Lang, invisible, texts};

/// The bar's length in steps of a tenth of a percent.
const STEPS: u64 = 1_000;
/// Time between two lines where there is no terminal.
const LINE_EVERY: TimeDelta = TimeDelta::seconds(10);

texts! {
    range(from, to): "Đồng bộ bù {from} – {to}", "Backfill {from} – {to}";
    reading(percent): "đã đọc {percent}", "{percent} read";
    found(found, touched): "{found} hồ sơ, {touched} được kiểm tra lại", "{found} dossiers, {touched} checked again";
    backlog(many): "còn {many} chờ kiểm tra", "{many} still to be checked";
    left(span): "xong sau khoảng {span}", "done in about {span}";
    done(): "xong", "done";
    broken_off(): "đã bị dừng", "cancelled";
}

/// The display of a backfill's progress.
pub(super) struct Show {
    out: Output,
    bar: Option<ProgressBar>,
    shown_at: Option<DateTime<Utc>>,
}

impl Show {
    pub(super) fn new(out: Output) -> Self {
        let bar = (!out.json() && terminal::is_errors()).then(|| {
            let style = ProgressStyle::with_template("{prefix}\n{bar:50}\n{msg}");
            ProgressBar::new(STEPS).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { out, bar, shown_at: None }
    }

    /// Shows the progress; without a terminal only now and then.
    pub(super) fn update(&mut self, progress: &BackfillProgress, now: DateTime<Utc>) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.set_position(thousandths(progress.read));
            bar.set_prefix(invisible::on_one_line(&headline(self.out.lang(), progress)).into_owned());
            bar.set_message(invisible::on_one_line(&details(self.out.lang(), progress)).into_owned());
            return Ok(());
        }
        if self.shown_at.is_some_and(|at| now - at < LINE_EVERY) {
            return Ok(());
        }
        self.shown_at = Some(now);
        self.write(progress)
    }

    /// Shows the end of the backfill.
    pub(super) fn end(&mut self, progress: &BackfillProgress) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.write(progress)
    }

    /// Ends the display while the backfill goes on, with a last line for people.
    pub(super) fn leave(&mut self, word: &str) -> io::Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !self.out.json() && !word.is_empty() {
            self.out.line(word);
        }
        self.out.flush()
    }

    fn write(&mut self, progress: &BackfillProgress) -> io::Result<()> {
        let line =
            if self.out.json() { serde_json::to_string(progress)? } else { line(self.out.lang(), progress) };
        self.out.line(line);
        self.out.flush()
    }
}

/// The progress in one line.
pub(super) fn line(lang: Lang, progress: &BackfillProgress) -> String {
    format!("{}: {}", headline(lang, progress), details(lang, progress))
}

fn headline(lang: Lang, progress: &BackfillProgress) -> String {
    range(lang, lang.moment(progress.backfill.from), lang.moment(progress.backfill.to))
}

fn details(lang: Lang, progress: &BackfillProgress) -> String {
    let backfill = &progress.backfill;
    let mut parts = vec![
        reading(lang, lang.percent(thousandths(progress.read), STEPS)),
        found(lang, lang.count(backfill.found), lang.count(backfill.touched)),
    ];
    if progress.backlog > 0 {
        parts.push(backlog(lang, lang.count(progress.backlog)));
    }
    if backfill.state == BackfillState::Cancelled {
        parts.push(broken_off(lang));
    } else if progress.is_over() {
        parts.push(done(lang));
    } else if let Some(seconds) = progress.forecast_s {
        parts.push(left(lang, lang.span(Duration::from_secs(seconds))));
    }
    parts.join(" · ")
}

/// A share from 0 to 1 in thousandths, rounded down.
fn thousandths(share: f64) -> u64 {
    (0..=STEPS).rev().find(|step| at_step(*step) <= share).unwrap_or(0)
}

fn at_step(step: u64) -> f64 {
    f64::from(u32::try_from(step).unwrap_or(u32::MAX)) / 1_000.0
}
