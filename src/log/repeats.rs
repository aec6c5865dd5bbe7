//! The summing of repeats: the first lines of a kind are written, and then one that says how many more there were.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tracing::Level;

use super::line::{LIBRARY, Line};
use dongbo_model::clock::later;

/// Fields that tell one cause from another. Lines of one event with the same values in them are repeats.
const CAUSES: &[&str] = &["class", "operation", "trouble", "cause", "part", "location", "target"];
/// Events whose every line is written, because each changes what an operator believes.
const ALWAYS: &[&str] = &["portal.stopped", "config.reload_failed"];
/// Lines of one cause that are written in a window when each is about another dossier.
const FIRST_DOSSIERS: u32 = 5;
/// Causes that are counted apart. Further ones are summed by event and level alone, of which there are few.
const MOST_CAUSES: usize = 256;

/// The lines that were written and held back in the windows that are open.
pub(super) struct Repeats {
    every: Duration,
    windows: HashMap<Key, Window>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    event: String,
    level: Level,
    cause: String,
}

struct Window {
    opened: DateTime<Utc>,
    ends: DateTime<Utc>,
    written: u32,
    /// The number of lines that were held back, and the last of them.
    more: u64,
    last: Option<Line>,
}

impl Repeats {
    /// Sums over windows of `every`; zero lets every line be written.
    pub(super) fn new(every: Duration) -> Self {
        Self { every, windows: HashMap::new() }
    }

    /// Gives back `line` when it is to be written, and counts it when it is held back. The windows that ended must have been
    /// closed before: see [`Repeats::ended`].
    pub(super) fn take(&mut self, line: Line) -> Option<Line> {
        let Some(most) = most_written(&line).filter(|_| !self.every.is_zero()) else { return Some(line) };
        let mut key = Key { event: line.event.clone(), level: line.level, cause: cause(&line) };
        if self.windows.len() >= MOST_CAUSES && !self.windows.contains_key(&key) {
            key.cause.clear();
        }
        let window = self.windows.entry(key).or_insert_with(|| Window {
            opened: line.at,
            ends: later(line.at, self.every),
            written: 0,
            more: 0,
            last: None,
        });
        if window.written < most {
            window.written = window.written.saturating_add(1);
            return Some(line);
        }
        window.more = window.more.saturating_add(1);
        window.last = Some(line);
        None
    }

    /// When the next window ends; `None` while none is open.
    pub(super) fn next_end(&self) -> Option<DateTime<Utc>> {
        self.windows.values().map(|window| window.ends).min()
    }

    /// Closes the windows that have ended by `now` and gives the sums of what they held back. A clock that was set back
    /// ends them too.
    pub(super) fn ended(&mut self, now: DateTime<Utc>) -> Vec<Line> {
        self.close(now, |window| window.ends <= now || now < window.opened)
    }

    /// Closes every window and gives the sums of what they held back.
    pub(super) fn all(&mut self, now: DateTime<Utc>) -> Vec<Line> {
        self.close(now, |_| true)
    }

    fn close(&mut self, now: DateTime<Utc>, is_over: impl Fn(&Window) -> bool) -> Vec<Line> {
        let mut over: Vec<Window> =
            self.windows.extract_if(|_, window| is_over(window)).map(|(_, window)| window).collect();
        over.sort_by_key(|window| window.opened);
        over.into_iter().filter_map(|window| sum(window, now)).collect()
    }
}

/// The line that sums up everything that a window held back.
fn sum(window: Window, now: DateTime<Utc>) -> Option<Line> {
    let Window { opened, more, last, .. } = window;
    let mut line = last?;
    let seconds = (now - opened).num_seconds().max(1);
    line.at = now;
    line.message = format!("… {more} more in {seconds} s, the last: {}", line.message);
    line.fields.retain(|(name, _)| CAUSES.contains(name));
    line.fields.push(("repeats", Value::from(more)));
    Some(line)
}

/// Lines of a cause that are written in a window; `None` for a line that is not summed.
fn most_written(line: &Line) -> Option<u32> {
    let about_a_dossier = line.field("code").is_some();
    match line.level {
        _ if ALWAYS.contains(&line.event.as_str()) => None,
        Level::ERROR | Level::WARN | Level::INFO if about_a_dossier => Some(FIRST_DOSSIERS),
        Level::ERROR | Level::WARN => Some(1),
        _ => None,
    }
}

fn cause(line: &Line) -> String {
    let mut cause = String::new();
    for (name, value) in line.fields.iter().filter(|(name, _)| CAUSES.contains(name)) {
        cause.push_str(name);
        cause.push_str(&value.to_string());
    }
    if line.event == LIBRARY {
        // Libraries have no event names; only the message tells one thing from another.
        cause.push_str(&line.message);
    }
    cause
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use serde_json::Value;
    use tracing::Level;

    use super::{Line, MOST_CAUSES, Repeats};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn line(seconds: i64, level: Level, event: &str, fields: &[(&'static str, &str)]) -> Line {
        let fields = fields.iter().map(|(name, value)| (*name, Value::from(*value))).collect();
        Line {
            at: at(seconds),
            level,
            event: event.to_owned(),
            message: format!("said at {seconds}"),
            fields,
        }
    }

    fn repeats() -> Repeats {
        Repeats::new(Duration::from_secs(60))
    }

    #[test]
    fn an_error_is_written_once_in_a_window_and_the_rest_is_a_sum_at_its_end() {
        let mut repeats = repeats();
        let failed = |seconds| line(seconds, Level::ERROR, "intake.failed", &[("class", "transient")]);
        assert!(repeats.take(failed(0)).is_some());
        for seconds in 1..=50 {
            assert!(repeats.take(failed(seconds)).is_none());
        }
        assert!(repeats.ended(at(59)).is_empty());
        let sums = repeats.ended(at(60));
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].message, "… 50 more in 60 s, the last: said at 50");
        assert_eq!((sums[0].level, sums[0].event.as_str()), (Level::ERROR, "intake.failed"));
        assert_eq!(sums[0].fields, [("class", "transient".into()), ("repeats", 50.into())]);
        assert!(repeats.take(failed(61)).is_some(), "the next window begins with a line");
    }

    #[test]
    fn another_cause_is_not_a_repeat_and_another_sentence_is() {
        let mut repeats = repeats();
        for class in ["transient", "auth", "config"] {
            assert!(repeats.take(line(0, Level::ERROR, "intake.failed", &[("class", class)])).is_some());
        }
        assert!(repeats.take(line(1, Level::WARN, "intake.failed", &[("class", "auth")])).is_some());
        let other_words = line(2, Level::ERROR, "intake.failed", &[("class", "auth"), ("retry_in_s", "3")]);
        assert!(repeats.take(other_words).is_none());
    }

    #[test]
    fn of_412_dossiers_held_for_one_cause_five_are_told_and_407_are_a_sum_without_a_code() {
        let mut repeats = repeats();
        let held = |n: i64| {
            let fields = [("code", format!("H48-{n}")), ("cause", "unmapped_procedure".to_owned())];
            line(n / 10, Level::INFO, "dossier.held", &fields.each_ref().map(|(k, v)| (*k, v.as_str())))
        };
        let written = (0..412).filter_map(|n| repeats.take(held(n))).count();
        assert_eq!(written, 5);
        let sums = repeats.ended(at(60));
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].field("repeats"), Some(&407.into()));
        assert_eq!(sums[0].field("code"), None);
        assert_eq!(sums[0].field("cause"), Some(&"unmapped_procedure".into()));
    }

    #[test]
    fn nothing_is_said_of_what_did_not_repeat() {
        let mut repeats = repeats();
        repeats.take(line(0, Level::WARN, "source.undated", &[]));
        assert_eq!(repeats.next_end(), Some(at(60)));
        assert!(repeats.ended(at(60)).is_empty());
        assert_eq!(repeats.next_end(), None);
    }

    #[test]
    fn changes_of_state_ordinary_news_and_a_window_of_nothing_write_every_line() {
        let mut none = Repeats::new(Duration::ZERO);
        let mut repeats = repeats();
        for seconds in 0..10 {
            assert!(repeats.take(line(seconds, Level::ERROR, "portal.stopped", &[])).is_some());
            assert!(repeats.take(line(seconds, Level::INFO, "sweep.done", &[])).is_some());
            assert!(
                repeats.take(line(seconds, Level::DEBUG, "source.not_heard", &[("code", "1")])).is_some()
            );
            assert!(none.take(line(seconds, Level::ERROR, "intake.failed", &[])).is_some());
        }
    }

    #[test]
    fn more_causes_than_are_told_apart_are_summed_by_their_event_and_memory_stays_bounded() {
        let mut repeats = repeats();
        let mut written = 0;
        for n in 0..10_000 {
            let cause = n.to_string();
            written += repeats.take(line(0, Level::ERROR, "x.failed", &[("cause", &cause)])).iter().count();
        }
        assert_eq!(written, MOST_CAUSES + 1);
        assert_eq!(repeats.windows.len(), MOST_CAUSES + 1);
        let sums = repeats.all(at(1));
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].field("repeats").and_then(Value::as_u64), Some(9_743));
    }

    #[test]
    fn a_clock_that_was_set_back_ends_the_windows() {
        let mut repeats = repeats();
        repeats.take(line(1_000, Level::ERROR, "x.failed", &[]));
        repeats.take(line(1_000, Level::ERROR, "x.failed", &[]));
        assert_eq!(repeats.ended(at(10)).len(), 1);
    }
}
