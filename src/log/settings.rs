//! `[log]`: the levels and the form of the log.

use std::time::Duration;

use serde::Deserialize;

use super::levels::levels;

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
    /// systemd's journal, with fields.
    Journald,
}

/// The section `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `error`, `warn`, `info`, `debug` or `trace`, also by module: `info,dongbo::push=debug`.
    pub level: String,
    /// `text`, `json` or `journald`.
    pub format: LogFormat,
    /// Time over which repeats are summed before their sum is written; zero writes every line.
    #[serde(with = "humantime_serde")]
    pub repeats_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, repeats_every: Duration::from_secs(60) }
    }
}

impl Settings {
    /// The errors in these values by themselves, a sentence each.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let wrong = levels(&self.level).err();
        wrong.map(|error| format!("log.level: {error}")).into_iter().collect()
    }
}
