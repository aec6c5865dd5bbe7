//! `[log]`: what is logged, and how.

use std::time::Duration;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// Straight to the journal, each field of an event as a field of its entry.
    Journald,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, also by module: `info,dongbo::push=debug`.
    pub level: String,
    /// `text`, `json` or `journald`.
    pub format: LogFormat,
    /// The window in which repeats of one event are summed into one line ("812 more in 60 s").
    #[serde(with = "humantime_serde")]
    pub repeats_every: Duration,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, repeats_every: Duration::from_secs(60) }
    }
}

impl LogConfig {
    /// What is wrong with these values by themselves.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let level = EnvFilter::try_new(&self.level).err().map(|error| format!("log.level: {error}"));
        let window = self.repeats_every.is_zero();
        let window = window.then(|| "log.repeats_every must be longer than 0s".to_owned());
        level.into_iter().chain(window).collect()
    }
}
