//! `[log]`: what is logged, and how.

use std::time::Duration;

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// systemd's journal, with fields.
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
    /// How long repeats are summed before their sum is written; zero writes every line.
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
        let wrong = levels(&self.level).err();
        wrong.map(|error| format!("log.level: {error}")).into_iter().collect()
    }
}

/// Reads levels as `log.level` has them.
///
/// # Errors
/// What is wrong with them, and what goes.
pub fn levels(text: &str) -> Result<Targets, String> {
    for directive in text.split(',').map(str::trim) {
        let level = directive.split_once('=').map_or(directive, |(_, level)| level.trim());
        // The library takes a word that is no level for a module, which would silence everything else.
        if level.is_empty() || level.parse::<LevelFilter>().is_err() {
            return Err(format!(
                "{directive:?} is no level; use off, error, warn, info, debug or trace, or module=level, divided by commas"
            ));
        }
    }
    let text: String = text.split_whitespace().collect();
    text.parse().map_err(|error| format!("{text:?} cannot be read: {error}"))
}
