//! The whole configuration: every floor's sections, read in layers over the documented defaults.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use dongbo_model::Mode;
use dongbo_settings::{Layered, List};
use dongbo_source::Section;
use serde::Deserialize;

use crate::open_files;

pub use dongbo_settings::{Entry, Origin, SettingsError};

/// The defaults, documented key by key. This file is compiled in, so it holds.
pub const DEFAULTS: &str = include_str!("../config/dongbo.default.toml");

/// The file that is read when none is named, if it exists.
pub const MAIN_FILE: &str = "/etc/dongbo/dongbo.toml";

/// A configuration that can be used, with the origin of each value.
pub type Loaded = dongbo_settings::Loaded<Config>;

/// A configuration as far as it can be had.
pub type Attempt = dongbo_settings::Attempt<Config>;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The local database, when there is one.
    pub source: dongbo_source::Settings,
    /// The local databases by name, when there are several.
    #[serde(default)]
    pub sources: BTreeMap<String, dongbo_source::Settings>,
    /// dongbo's own memory.
    pub ledger: dongbo_ledger::Settings,
    /// The portal.
    pub portal: dongbo_portal::Settings,
    /// The portal's catalogue of procedures.
    pub catalogue: dongbo_sync::catalogue::Settings,
    /// The indicators of Decision 766.
    pub indicators: dongbo_indicators::Settings,
    /// The sending of dossiers.
    pub push: dongbo_sync::push::Settings,
    /// The comparison of both sides.
    pub reconcile: dongbo_sync::reconcile::Settings,
    /// The figures that the portal publishes.
    pub published: dongbo_sync::published::Settings,
    /// The looks into the stores of owners.
    pub owner_store: dongbo_sync::owner_store::Settings,
    /// The watch on a vendor's bridge.
    pub watch: dongbo_sync::push::WatchSettings,
    /// The vendor's bridge that is asked to send again.
    pub bridge: dongbo_sync::resend::Settings,
    /// The delivery of files to the portal.
    pub files: dongbo_sync::files::Settings,
    /// Whose reports they are, and where they are kept.
    pub report: dongbo_reports::Settings,
    /// Metrics and health pages.
    pub http: crate::http::Settings,
    /// The pages for people.
    pub console: dongbo_console::Settings,
    /// What people are told without asking.
    pub notify: dongbo_notify::Settings,
    /// Metrics for hosts that nothing scrapes.
    pub metrics: dongbo_sync::metrics::Settings,
    /// The limits of connections that are taken in.
    pub listeners: dongbo_listeners::Settings,
    /// The socket by which commands reach the running daemon.
    pub control: crate::control::Settings,
    /// The log.
    pub log: crate::log::Settings,
}

impl Layered for Config {
    const DEFAULTS: &'static str = DEFAULTS;
    const FILE: &'static str = MAIN_FILE;
    const LISTS: &'static [List] = &[List { one: "source", many: "sources", order: "precedence" }];

    fn validate(&self) -> Vec<String> {
        let mut wrong = self.sync().validate();
        if !self.sources.is_empty() && self.source != dongbo_source::Settings::default() {
            wrong.push(
                "[source] and [[source]] are both set: each of several sources is a [[source]] with a name, and [source] is \
                 left out"
                    .to_owned(),
            );
        }
        wrong.extend(self.report.validate());
        wrong.extend(self.console.validate());
        wrong.extend(self.notify.validate());
        wrong.extend(self.metrics.validate());
        wrong.extend(self.listeners.validate());
        wrong.extend(self.control.validate());
        wrong.extend(self.log.validate());
        wrong
    }

    fn passwords(&self) -> Vec<String> {
        let sources = self.all_sources().into_iter().map(|source| {
            let is_server = source.engine().is_some_and(dongbo_source::Engine::is_server);
            (source.section.to_string(), is_server || source.is_http())
        });
        let bridge = self.bridge.sign_in == dongbo_sync::resend::SignIn::Basic;
        [
            ("portal".to_owned(), true),
            ("ledger".to_owned(), self.ledger.is_shared()),
            ("bridge".to_owned(), bridge),
        ]
        .into_iter()
        .chain(sources)
        .filter_map(|(section, wanted)| wanted.then_some(section))
        .collect()
    }
}

impl Config {
    /// The values of [`Loaded::new`] with the process's own environment.
    ///
    /// # Errors
    /// See [`Loaded::new`].
    pub fn load(main: Option<&Path>) -> Result<Self, SettingsError> {
        Self::load_layers(main, std::env::vars_os()).map(|loaded| loaded.config)
    }

    /// See [`Loaded::new`].
    ///
    /// # Errors
    /// See [`Loaded::new`].
    pub fn load_layers<K: Into<OsString>, V: Into<OsString>>(
        main: Option<&Path>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Loaded, SettingsError> {
        Loaded::new(main, environment)
    }

    /// See [`Loaded::attempt`].
    ///
    /// # Errors
    /// See [`Loaded::attempt`].
    pub fn try_layers<K: Into<OsString>, V: Into<OsString>>(
        main: Option<&Path>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Attempt, SettingsError> {
        Loaded::attempt(main, environment)
    }

    /// The local databases, one at least, in their order of precedence.
    #[must_use]
    pub fn all_sources(&self) -> Vec<dongbo_source::Settings> {
        if self.sources.is_empty() {
            return vec![self.source.clone()];
        }
        let named = |(name, source): (&String, &dongbo_source::Settings)| dongbo_source::Settings {
            name: name.clone(),
            section: Section::of(name),
            ..source.clone()
        };
        let mut all: Vec<_> = self.sources.iter().map(named).collect();
        all.sort_by_key(|source| source.precedence);
        all
    }

    /// Whether any source is sent for, or any only watched.
    #[must_use]
    pub fn any_is(&self, mode: Mode) -> bool {
        self.all_sources().iter().any(|source| source.mode == mode)
    }

    /// The keys of this name of the sources of this mode, with commas between.
    #[must_use]
    pub fn keys_of(&self, mode: Mode, key: &str) -> String {
        let sources = self.all_sources();
        let keys = sources.iter().filter(|source| source.mode == mode);
        keys.map(|source| format!("{}.{key}", source.section)).collect::<Vec<_>>().join(", ")
    }

    /// The limits of connections, of which there are no more than the process has files for.
    #[must_use]
    pub fn limits(&self) -> dongbo_listeners::Limits {
        let files = open_files::Share::of(self);
        self.listeners.within(files.for_connections(), open_files::LISTENERS)
    }

    /// The part of it that the console shows or needs, with its `entries`.
    #[must_use]
    pub fn shown(&self, entries: Vec<Entry>) -> dongbo_console::InForce {
        dongbo_console::InForce {
            entries,
            lands_within: self.push.lands_within,
            keep_runs: self.reconcile.keep_runs,
            bridge: self.bridge.clone(),
            indicators: self.indicators.clone(),
            report: self.report.clone(),
            publishing: self.publishing(),
        }
    }

    /// The part of it by which published figures are found.
    #[must_use]
    pub fn publishing(&self) -> dongbo_sync::views::Publishing {
        dongbo_sync::views::Publishing {
            departments: self.departments(),
            is_fetched: !self.reconcile.evaluation_url.is_empty() && self.published.schedule().is_some(),
        }
    }

    /// Where the figures of our units stand among those that the portal publishes.
    #[must_use]
    pub fn departments(&self) -> dongbo_indicators::fetched::Departments {
        self.reconcile.departments(self.published.keep)
    }

    /// The part of it that the numbers of the bulletin need.
    #[must_use]
    pub fn basis(&self) -> dongbo_notify::Basis {
        let province = self.portal.unit_code.split('.').next().unwrap_or_default().to_owned();
        dongbo_notify::Basis {
            indicators: self.indicators.clone(),
            root_department: self.reconcile.root_department.clone(),
            keep: self.published.keep,
            province,
        }
    }

    /// The sections for synchronisation.
    #[must_use]
    pub fn sync(&self) -> dongbo_sync::Settings {
        dongbo_sync::Settings {
            sources: self.all_sources(),
            ledger: self.ledger.clone(),
            portal: self.portal.clone(),
            catalogue: self.catalogue.clone(),
            indicators: self.indicators.clone(),
            push: self.push.clone(),
            reconcile: self.reconcile.clone(),
            report: self.report.clone(),
            published: self.published.clone(),
            owner_store: self.owner_store.clone(),
            watch: self.watch.clone(),
            bridge: self.bridge.clone(),
            files: self.files.clone(),
            listeners: self.limits(),
        }
    }
}

/// Every file with a secret in it that its group or others can read, each in a sentence with the remedy.
#[must_use]
pub fn exposed_secrets(loaded: &Loaded) -> Vec<String> {
    let config = &loaded.config;
    let sources = config.all_sources();
    let of_sources = sources.iter().flat_map(dongbo_source::Settings::secret_files).collect::<Vec<_>>();
    let mut files = vec![
        ("portal.password_file", Some(config.portal.password_file.as_path())),
        ("portal.client_certificate_file", config.portal.client_certificate_file.as_deref()),
        (
            "owner_store.requester_file",
            Some(config.owner_store.requester_file.as_path()).filter(|file| !file.as_os_str().is_empty()),
        ),
        ("bridge.password_file", config.bridge.password_file.as_deref()),
        ("bridge.proxy_credentials_file", config.bridge.proxy_credentials_file.as_deref()),
        ("ledger.password_file", config.ledger.password_file.as_deref()),
        ("console.key_file", config.console.key_file.as_deref()),
        ("console.users_file", config.console.users_file.as_deref()),
    ];
    let of_tokens: Vec<_> = config.console.tokens.iter().map(|token| (token.key(), &token.file)).collect();
    files.extend(of_tokens.iter().map(|(key, file)| (key.as_str(), Some(file.as_path()))));
    let of_ways = config.notify.secret_files();
    files.extend(of_ways.iter().map(|(key, file)| (key.as_str(), Some(file.as_path()))));
    files.extend(of_sources.iter().map(|(key, file)| (key.as_str(), Some(*file))));
    loaded.exposed_secrets(&files)
}

/// The keys that differ between `old` and `new` and cannot change while the daemon runs: they name what it holds open
/// from start to end.
#[must_use]
pub fn restart_needed(old: &Config, new: &Config) -> Vec<&'static str> {
    [
        ("ledger.path", old.ledger.path != new.ledger.path),
        ("ledger.url", old.ledger.url != new.ledger.url),
        ("ledger.password_file", old.ledger.password_file != new.ledger.password_file),
        ("ledger.connect_timeout", old.ledger.connect_timeout != new.ledger.connect_timeout),
        ("ledger.statement_timeout", old.ledger.statement_timeout != new.ledger.statement_timeout),
        ("ledger.max_connections", old.ledger.max_connections != new.ledger.max_connections),
        ("http.listen", old.http.listen != new.http.listen),
        ("console", old.console != new.console),
        ("listeners", old.listeners != new.listeners),
        ("control.socket", old.control.socket != new.control.socket),
        ("log.format", old.log.format != new.log.format),
        ("log.repeats_every", old.log.repeats_every != new.log.repeats_every),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Config, DEFAULTS, restart_needed};
    use crate::log::LogFormat;

    #[test]
    fn what_the_daemon_holds_open_needs_a_restart_and_nothing_else_does() {
        let old: Config = toml::from_str(DEFAULTS).unwrap();
        let mut new = old.clone();
        new.push.calls_per_second = 7;
        new.log.level = "debug".to_owned();
        assert_eq!(restart_needed(&old, &new), Vec::<&str>::new());
        new.ledger.path = "/elsewhere".into();
        new.http.listen.set_port(1);
        new.control.socket = "/elsewhere.sock".into();
        new.listeners.max_connections = 9;
        new.log.format = LogFormat::Json;
        let fixed = ["ledger.path", "http.listen", "listeners", "control.socket", "log.format"];
        assert_eq!(restart_needed(&old, &new), fixed);
    }
}
