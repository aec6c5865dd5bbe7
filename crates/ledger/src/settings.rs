//! `[ledger]`: dongbo's own memory.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use dongbo_connections::{
    HOW_POSTGRES, TlsSettings, refuse_connection_string, refuse_postgres_url, refuse_unproven, unproven_host,
};
use serde::Deserialize;

const A_DAY: Duration = Duration::from_secs(86_400);

/// The place of the ledger, and the room that it needs.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The SQLite file; made when it is not there. Two more files appear beside it while dongbo runs.
    pub path: PathBuf,
    /// Free bytes on the ledger's disk under which `dongbo check` warns. Under a third of it the check fails.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub warn_free: u64,
    /// A `postgres://user@host/database` URL, which takes the place of `path`: a ledger that any number of daemons share.
    /// Empty for none.
    pub url: String,
    /// File with nothing but the password for `url`. Read again when the server refuses the log-in.
    pub password_file: Option<PathBuf>,
    /// The proof that the server of `url` has to give of who it is.
    pub tls: TlsSettings,
    /// The longest time that a connection to the server may take to come about.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// The longest time that the server may take over one statement before its connection is given up.
    #[serde(with = "humantime_serde")]
    pub statement_timeout: Duration,
    /// The most connections to the server held at once. One more is used for leading.
    pub max_connections: u32,
    /// The time for which attempts, closed findings and closed differences are kept.
    #[serde(with = "humantime_serde")]
    pub keep_history: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            path: PathBuf::from("/var/lib/dongbo/ledger.sqlite"),
            warn_free: 1 << 30,
            url: String::new(),
            password_file: None,
            tls: TlsSettings::default(),
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            max_connections: 8,
            keep_history: 400 * A_DAY,
        }
    }
}

impl Settings {
    /// Whether the ledger is on a server that other daemons may share.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !self.url.is_empty()
    }

    /// The host of the server of `url`, when it is another machine that need not prove who it is.
    #[must_use]
    pub fn unproven_host(&self) -> Option<String> {
        self.is_shared().then(|| unproven_host(&self.url, &self.tls)).flatten()
    }

    /// The faults of these values by themselves.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let rules = [
            (!self.path.as_os_str().is_empty(), "path must name a file"),
            (
                self.is_shared() || self.password_file.is_none(),
                "password_file needs ledger.url: leave it out for a file",
            ),
            (!self.connect_timeout.is_zero(), "connect_timeout must be more than 0s"),
            (!self.statement_timeout.is_zero(), "statement_timeout must be more than 0s"),
            (
                self.max_connections > 2,
                "max_connections must be at least 3: two streams and the writer of outcomes",
            ),
            (self.keep_history >= A_DAY, "keep_history must be at least 1d"),
        ];
        let url = self.is_shared().then(|| refuse_postgres_url(&self.url)).flatten();
        let path = self.path.to_str().and_then(|path| refuse_connection_string(path, HOW_POSTGRES));
        let addresses =
            [url.map(|reason| format!("url: {reason}, or leave it empty for the file of ledger.path"))]
                .into_iter()
                .chain([path.map(|reason| format!("path: {reason}"))])
                .flatten();
        let rules = rules.into_iter().filter(|(holds, _)| !holds).map(|(_, rule)| rule.to_owned());
        let tls = match self.is_shared() {
            true => refuse_unproven("ledger", &self.url, &self.tls),
            false => self.tls.without_server("ledger"),
        };
        rules.chain(addresses).map(|rule| format!("ledger.{rule}")).chain(tls).collect()
    }
}

impl fmt::Debug for Settings {
    /// The URL may hold a password, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("path", &self.path)
            .field("shared", &self.is_shared())
            .field("password_file", &self.password_file)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{A_DAY, Settings};

    #[test]
    fn a_url_of_another_make_and_a_password_for_a_file_are_refused_and_no_password_is_shown() {
        let config = |url: &str| Settings { url: url.to_owned(), ..Settings::default() };
        assert_eq!(config("").validate(), Vec::<String>::new());
        assert_eq!(config("postgres://dongbo@h/d").validate(), Vec::<String>::new());
        assert_eq!(config("mysql://h/d").validate().len(), 1);
        let file = Settings { password_file: Some("/p".into()), ..Settings::default() };
        assert_eq!(file.validate().len(), 1);
        assert!(!format!("{:?}", config("postgres://u:geheim@h/d")).contains("geheim"));
    }

    #[test]
    fn history_is_kept_for_a_day_at_least() {
        let config = |hours| Settings { keep_history: hours * A_DAY / 24, ..Settings::default() };
        assert_eq!(config(24).validate(), Vec::<String>::new());
        assert_eq!(config(23).validate(), ["ledger.keep_history must be at least 1d"]);
    }
}
