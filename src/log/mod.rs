//! The log: one line for each thing that happened, with a stable event name, a sentence and fields.
//!
//! Everything in dongbo logs through `tracing`; this module decides which lines are written, where to and in which form.
//! `docs/logging.md` lists every event.

mod journald;
mod levels;
mod line;
mod output;
pub mod panic;
mod repeats;
mod settings;
mod text;

pub use levels::levels;
pub use settings::{LogFormat, Settings};

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use tokio::sync::Notify;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry, reload};

use dongbo_model::clock::Clock;
use dongbo_sync::metrics::LogLines;
use line::Line;
pub use output::Outlet;
use output::Output;
use repeats::Repeats;

/// The reason why the log cannot be started or changed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level cannot be parsed; the one before it stays.
    #[error("log.level: {0}")]
    Level(String),
    /// The process has a log already.
    #[error("the log is started twice; please report this")]
    Started,
    /// The log has ended.
    #[error("the log has ended, so its level cannot change")]
    Ended,
}

/// Starts the log of this process on standard error or the journal, and makes panics a line in it.
///
/// Inside a Tokio runtime a task writes the sums of repeats; outside of one they come with later lines. Call
/// [`LogHandle::flush`] before the process ends.
///
/// # Errors
/// [`LogError::Level`] when the level cannot be parsed, [`LogError::Started`] when the process has a log already.
pub fn start(config: &Settings, clock: Clock) -> Result<LogHandle, LogError> {
    let (subscriber, handle) = build(config, clock, Outlet::stderr())?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Started)?;
    panic::install();
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(handle.clone().sum_up());
    }
    Ok(handle)
}

/// Makes a log that writes to `outlet`, and the handle on it. Nothing is installed.
///
/// # Errors
/// [`LogError::Level`] when the level cannot be parsed.
pub fn build(
    config: &Settings,
    clock: Clock,
    outlet: Outlet,
) -> Result<(impl Subscriber + Send + Sync + 'static, LogHandle), LogError> {
    let (filter, levels) = reload::Layer::new(levels(&config.level).map_err(LogError::Level)?);
    let written = LogLines::default();
    let output = Output::new(config.format, outlet, written.clone());
    let state = State { repeats: Repeats::new(config.repeats_every), output };
    let sink = Arc::new(Sink { clock, state: Mutex::new(state), opened: Notify::new() });
    let subscriber = Registry::default().with(filter).with(Lines(Arc::clone(&sink)));
    Ok((subscriber, LogHandle { levels, sink, written }))
}

/// A handle on a running log, which can change it. Clones are handles on the same log.
#[derive(Clone)]
pub struct LogHandle {
    levels: reload::Handle<Targets, Registry>,
    sink: Arc<Sink>,
    written: LogLines,
}

impl LogHandle {
    /// The count of written lines.
    #[must_use]
    pub fn written(&self) -> LogLines {
        self.written.clone()
    }

    /// Sets the levels of lines that are written: `info`, or `info,dongbo::push=debug`.
    ///
    /// # Errors
    /// [`LogError::Level`] when `directives` cannot be parsed; the levels then stay as they were.
    pub fn set_level(&self, directives: &str) -> Result<(), LogError> {
        let levels = levels(directives).map_err(LogError::Level)?;
        if levels::written(&levels) == self.level() {
            return Ok(());
        }
        self.levels.reload(levels).map_err(|_| LogError::Ended)?;
        let level = self.level();
        // Straight to the sink, as the new levels may hide it.
        self.sink.take(Line {
            at: self.sink.clock.now(),
            level: Level::INFO,
            event: "log.level_set".to_owned(),
            message: format!("The log writes these levels from now on: {level}"),
            fields: vec![("levels", Value::from(level))],
        });
        Ok(())
    }

    /// The levels in force, in the form that [`LogHandle::set_level`] takes; empty when the log has ended.
    #[must_use]
    pub fn level(&self) -> String {
        self.levels.with_current(levels::written).unwrap_or_default()
    }

    /// Writes the sums of all repeats that were held back, without waiting for the end of their windows.
    pub fn flush(&self) {
        let now = self.sink.clock.now();
        let mut state = self.sink.lock();
        let sums = state.repeats.all(now);
        state.output.write_all(&sums);
    }

    /// Writes the sum of repeats whenever a window ends, without end; [`start`] spawns it.
    pub async fn sum_up(self) {
        loop {
            let next = self.sink.lock().repeats.next_end();
            match next {
                Some(end) => {
                    self.sink.clock.sleep_until(end).await;
                    let now = self.sink.clock.now();
                    let mut state = self.sink.lock();
                    let sums = state.repeats.ended(now);
                    state.output.write_all(&sums);
                }
                None => self.sink.opened.notified().await,
            }
        }
    }
}

/// The one place where the lines of all threads meet.
struct Sink {
    clock: Clock,
    state: Mutex<State>,
    /// Notified when a first window opens.
    opened: Notify,
}

struct State {
    repeats: Repeats,
    output: Output,
}

impl Sink {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn take(&self, line: Line) {
        let mut state = self.lock();
        let sums = state.repeats.ended(line.at);
        state.output.write_all(&sums);
        let before = state.repeats.next_end();
        if let Some(line) = state.repeats.take(line) {
            state.output.write_all(&[line]);
        }
        if before.is_none() && state.repeats.next_end().is_some() {
            self.opened.notify_one();
        }
    }
}

/// The layer that hands every event that the levels let through to the sink.
struct Lines(Arc<Sink>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(line) = Line::of(event, self.0.clock.now()) {
            self.0.take(line);
        }
    }
}
