//! Configuration: compiled-in defaults, then files, then the environment; everything wrong is told at once.

pub mod catalogue;
pub mod control;
pub mod delivery;
pub mod files;
pub mod hint;
pub mod http;
mod layers;
pub mod ledger;
mod loaded;
pub mod log;
pub mod metrics;
pub mod portal;
pub mod push;
pub mod reconcile;
mod reload;
pub mod rest;
pub mod secret;
pub mod size;
pub mod source;
mod tables;

use std::ffi::OsString;
use std::path::Path;

use serde::Deserialize;

pub use layers::MAIN_FILE;
pub use loaded::{Attempt, Loaded, Row};
pub use reload::restart_needed;
pub use tables::Origin;

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
    /// The portal's catalogue of procedures.
    pub catalogue: catalogue::CatalogueConfig,
    /// How dossiers are sent.
    pub push: push::PushConfig,
    /// How both sides are compared.
    pub reconcile: reconcile::ReconcileConfig,
    /// How files reach the portal.
    pub files: delivery::DeliveryConfig,
    /// Metrics and health pages.
    pub http: http::HttpConfig,
    /// Metrics for hosts that nothing scrapes.
    pub metrics: metrics::MetricsConfig,
    /// How commands reach the running daemon.
    pub control: control::ControlConfig,
    /// The log.
    pub log: log::LogConfig,
}

/// How many exchanges one call may take: the call itself, a log-in when its session has lapsed, and the call again.
const EXCHANGES: u32 = 3;

/// A configuration that cannot be used. Every problem names the place, the key and the remedy, and quotes no value that
/// may hold a secret.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong:\n  - {}", .problems.join("\n  - "))]
pub struct ConfigError {
    /// Everything that is wrong, never empty.
    pub problems: Vec<String>,
}

impl Config {
    /// The values of [`Config::load_layers`] with the process's own environment.
    ///
    /// # Errors
    /// See [`Config::load_layers`].
    pub fn load(main: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_layers(main, std::env::vars_os()).map(|loaded| loaded.config)
    }

    /// Loads the layers, each over the one before, key by key: the compiled-in defaults; `main`, or [`MAIN_FILE`] where
    /// that exists; the files `conf.d/*.toml` beside it in byte order of their names; the variables
    /// `DONGBO__SECTION__KEY` of `environment`; and what systemd put into the folder that `CREDENTIALS_DIRECTORY` names,
    /// `portal.password`, `source.password` and `ledger.password`, as the files of these passwords. No secret itself is read.
    ///
    /// # Errors
    /// When a file cannot be read, a key is not known, a value has the wrong form, or values do not go together. All of it
    /// is told at once.
    pub fn load_layers<K: Into<OsString>, V: Into<OsString>>(
        main: Option<&Path>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Loaded, ConfigError> {
        Loaded::new(main, environment)
    }

    /// The same for who wants to know more than the problems: the values are given with them.
    ///
    /// # Errors
    /// When the compiled-in defaults are broken.
    pub fn try_layers<K: Into<OsString>, V: Into<OsString>>(
        main: Option<&Path>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Attempt, ConfigError> {
        Loaded::attempt(main, environment)
    }

    /// What is wrong with the values, by themselves and together; empty when nothing is.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = self.source.validate();
        wrong.extend(self.ledger.validate());
        wrong.extend(self.portal.validate());
        wrong.extend(self.catalogue.validate());
        wrong.extend(self.push.validate());
        wrong.extend(self.reconcile.validate());
        wrong.extend(self.files.validate());
        wrong.extend(self.metrics.validate());
        wrong.extend(self.control.validate());
        wrong.extend(self.log.validate());
        let longest_call = self.portal.total_timeout.saturating_mul(EXCHANGES);
        if self.push.lease < longest_call {
            wrong.push(format!(
                "push.lease ({:?}) must be at least {EXCHANGES} times portal.total_timeout ({:?}), because a call may \
                 log in and be repeated within it: raise push.lease to {longest_call:?} or lower portal.total_timeout",
                self.push.lease, self.portal.total_timeout
            ));
        }
        if self.source.engine() == Some(source::Engine::Sqlite)
            && self.source.sqlite_path() == self.ledger.path
        {
            wrong.push(format!(
                "ledger.path and source.url both name {}: the local database is only ever read, so name another file \
                 as ledger.path",
                self.ledger.path.display()
            ));
        }
        if let Err(error) = self.source.sweep.parse::<Schedule>() {
            wrong.push(format!("source.sweep: {error}"));
        }
        wrong
    }
}
