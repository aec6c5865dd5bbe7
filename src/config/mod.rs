//! Configuration: compiled-in defaults, then one file, then the environment; unknown keys are errors.

pub mod control;
pub mod hint;
pub mod http;
pub mod ledger;
pub mod log;
pub mod portal;
pub mod push;
pub mod secret;
pub mod source;

use std::path::Path;

use config::{Environment, File, FileFormat};
use serde::Deserialize;

use crate::schedule::Schedule;

/// The defaults, documented key by key. This file is compiled in, so what it says is what holds.
pub const DEFAULTS: &str = include_str!("../../config/dongbo.default.toml");

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The local database.
    pub source: source::SourceConfig,
    /// dongbo's own memory.
    pub ledger: ledger::LedgerConfig,
    /// The portal.
    pub portal: portal::PortalConfig,
    /// How dossiers are sent.
    pub push: push::PushConfig,
    /// Metrics and health pages.
    pub http: http::HttpConfig,
    /// Where commands talk to the running daemon.
    pub control: control::ControlConfig,
    /// The log.
    pub log: log::LogConfig,
}

/// A configuration that cannot be used. Every message names the key or file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or variable cannot be read, or has a wrong key or value.
    #[error("the configuration cannot be read: {0}")]
    Read(String),
    /// Values that do not go, or do not go together. All of them at once.
    #[error("the configuration is wrong:\n  - {}", .0.join("\n  - "))]
    Invalid(Vec<String>),
}

impl Config {
    /// Loads the defaults, over them `file` when one is given, and over both the variables `DONGBO__SECTION__KEY`.
    ///
    /// # Errors
    /// When a file is missing or malformed, a key is unknown (the message names the nearest known one), a value has the
    /// wrong form, or values do not go together.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_with(file, Environment::with_prefix("DONGBO"))
    }

    /// The same with the variables of `environment`, so that tests need not change the process's own.
    ///
    /// # Errors
    /// See [`Config::load`].
    pub fn load_with(file: Option<&Path>, environment: Environment) -> Result<Self, ConfigError> {
        let mut layers = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        // Variables stay text until a key's own type reads them: a unit code may be all digits and begin with noughts.
        let environment = environment.prefix_separator("__").separator("__");
        let config: Self =
            layers.add_source(environment).build().and_then(config::Config::try_deserialize).map_err(
                |error| {
                    let text = without_excerpt(&error.to_string());
                    let hint = hint::nearest_hint(&text).map(|hint| format!("; {hint}")).unwrap_or_default();
                    ConfigError::Read(format!("{text}{hint}"))
                },
            )?;
        let wrong = config.validate();
        if wrong.is_empty() { Ok(config) } else { Err(ConfigError::Invalid(wrong)) }
    }

    /// What is wrong with the values, by themselves and together; empty when nothing is.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = self.source.validate();
        wrong.extend(self.ledger.validate());
        wrong.extend(self.portal.validate());
        wrong.extend(self.push.validate());
        wrong.extend(self.control.validate());
        wrong.extend(self.log.validate());
        if self.push.lease <= self.portal.total_timeout {
            wrong.push(format!(
                "push.lease ({:?}) must be longer than portal.total_timeout ({:?}), or a dossier could be claimed by two",
                self.push.lease, self.portal.total_timeout
            ));
        }
        if let Err(error) = self.source.sweep.parse::<Schedule>() {
            wrong.push(format!("source.sweep: {error}"));
        }
        wrong
    }
}

/// What a TOML error says, without the lines of the file that it quotes: a password may stand in them.
fn without_excerpt(text: &str) -> String {
    let quotes =
        |line: &&str| line.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit()).starts_with('|');
    text.lines().filter(|line| !quotes(line)).collect::<Vec<_>>().join("\n")
}
