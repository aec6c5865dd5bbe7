//! The progress of a run: one line that is written over on a terminal, lines now and then elsewhere.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::globals::Globals;
use super::super::terminal;
use dongbo_model::{Lang, texts};
use dongbo_sync::reconcile::Progress;

/// Time between two lines where there is no terminal.
const LINE_EVERY: TimeDelta = TimeDelta::seconds(10);

texts! {
    preparing(job): "{job}: đang chuẩn bị", "{job}: getting ready";
    amount(job, done, of, percent): "{job}: {done}/{of} ({percent})", "{job}: {done}/{of} ({percent})";
    runs_for(span): "đã chạy {span}", "running for {span}";
    ends(at): "dự kiến xong lúc {at}", "done at about {at}";
    waits(): "Chờ lần đối chiếu trước xong", "Waiting for the run before it";
    joined(by): "Một lần đối chiếu hai bên {by} đang chạy; lệnh này theo dõi lần đó.", "A comparison {by} is under way; this command watches that one.";
    of_schedule(): "theo lịch", "by schedule";
    of_person(name): "do {name} yêu cầu", "asked for by {name}";
}

/// The display of a run's progress.
pub(super) struct Show {
    lang: Lang,
    /// Whether a line can be written over.
    terminal: bool,
    quiet: bool,
    /// Whether it is still to be said that another's run is watched.
    joined: bool,
    shown_at: Option<DateTime<Utc>>,
}

impl Show {
    pub(super) fn new(globals: &Globals, joined: bool) -> Self {
        let terminal = terminal::is_errors();
        Self { lang: globals.lang, terminal, quiet: globals.json, joined, shown_at: None }
    }

    /// Shows how far the run has come; without a terminal only now and then.
    pub(super) fn update(
        &mut self,
        running: Option<&Progress>,
        waiting: bool,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        let Some(progress) = running.filter(|_| !self.quiet) else { return Ok(()) };
        if std::mem::take(&mut self.joined) {
            terminal::tell(&joined(self.lang, asked_by(self.lang, &progress.by)))?;
        }
        let mut line = line(self.lang, progress, now);
        if waiting {
            line = format!("{} · {line}", waits(self.lang));
        }
        if self.terminal {
            return terminal::tell_over(&line);
        }
        // What is over in a moment needs no line.
        let shown_at = *self.shown_at.get_or_insert(now);
        if now - shown_at >= LINE_EVERY {
            self.shown_at = Some(now);
            terminal::tell(&line)?;
        }
        Ok(())
    }

    /// Clears the line.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if self.terminal && !self.quiet {
            return terminal::tell_over("");
        }
        Ok(())
    }
}

fn asked_by(lang: Lang, by: &str) -> String {
    if by == "schedule" { of_schedule(lang) } else { of_person(lang, by) }
}

/// The progress in one line.
fn line(lang: Lang, progress: &Progress, now: DateTime<Utc>) -> String {
    let job = progress.job.text(lang);
    if progress.of == 0 {
        return preparing(lang, job);
    }
    let percent = lang.percent(progress.done.min(progress.of), progress.of);
    let mut parts = vec![amount(lang, job, lang.count(progress.done), lang.count(progress.of), percent)];
    let span = (now - progress.begun).to_std().unwrap_or_default();
    parts.push(runs_for(lang, lang.span(span)));
    parts.extend(progress.expected_end.map(|end| ends(lang, lang.near(end, now))));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::line;
    use chrono::{DateTime, TimeDelta, Utc};
    use dongbo_model::Lang;
    use dongbo_sync::reconcile::{Job, Progress};

    #[test]
    fn the_progress_names_the_job_its_share_and_its_end() {
        let begun: DateTime<Utc> = "2026-03-02T00:00:00Z".parse().unwrap();
        let of = |of| Progress {
            ticket: 1,
            by: "lan".to_owned(),
            job: Job::LookUps,
            begun,
            done: 240,
            of,
            expected_end: Some(begun + TimeDelta::minutes(42)),
        };
        let told = line(Lang::Vi, &of(5_000), begun + TimeDelta::minutes(2));
        assert!(told.contains(": 240/5.000 (4,8"), "{told}");
        assert!(told.contains("đã chạy 2 phút · dự kiến xong lúc ") && told.contains("07:42"), "{told}");
        assert!(!line(Lang::Vi, &of(0), begun).contains("/0"), "nothing is of nothing");
    }
}
