//! Section `[source]`: the local one-stop system's database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dongbo_connections::{
    HOW_SERVER, TlsSettings, is_mysql_url, is_postgres_url, is_sqlserver_url, refuse_connection_string,
    refuse_mysql_url, refuse_postgres_url, refuse_sqlserver_url, refuse_unproven, unproven_host,
};
use dongbo_model::{Mode, vocabulary};
use serde::Deserialize;

use crate::http::{ATTEMPTS, HttpSettings, base_url, is_http_url, plain_host};

/// The most dossiers that one page may ask for: beyond it a page weighs on the source's memory and ours.
const LARGEST_PAGE: u32 = 10_000;
/// PostgreSQL takes no more than some weeks, and a statement that runs for a day is broken.
const LONGEST_STATEMENT: Duration = Duration::from_secs(86_400);

/// The name of a source that is not called otherwise, which is the only one.
pub const DEFAULT_NAME: &str = "motcua";

/// The beginning of the keys of the only source.
const ONLY: &str = "source.";

/// The section of a source: `source`, or `sources.NAME` of one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section(pub String);

impl Default for Section {
    fn default() -> Self {
        Self("source".to_owned())
    }
}

impl Section {
    /// The section of the source `name`, one of several.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(format!("sources.{name}"))
    }

    /// `text`, which names keys as those of the only source, with this section's own.
    #[must_use]
    pub fn named_in(&self, text: &str) -> String {
        let mut parts = text.split(ONLY);
        let mut told = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let goes_before = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            let is_key = part.starts_with(|c: char| c.is_ascii_lowercase()) && !told.ends_with(goes_before);
            if is_key {
                told.push_str(&self.0);
                told.push('.');
            } else {
                told.push_str(ONLY);
            }
            told.push_str(part);
        }
        told
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address of the local database and the pace at which it is read. It is never written to.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Its name: letters, digits and `-`. The ledger, logs and metrics know a source by it.
    pub name: String,
    /// Of several sources that give one dossier it is read from the one with the lowest number; of equal ones from the first by name.
    pub precedence: u32,
    /// The only units whose dossiers are read from it, by the local code; empty for all.
    pub units: Vec<String>,
    /// The section that it stands in, for messages.
    #[serde(skip)]
    pub section: Section,
    /// A `postgres://user@host/database`, `mysql://…`, `mariadb://…` or `sqlserver://…` URL, the path of an SQLite file (also as `sqlite:path`), or the
    /// `https://` address below which a one-stop system is read over HTTP.
    pub url: String,
    /// File with nothing but the password, so that it stands neither here nor in the process list. Read again when
    /// the server refuses the log-in, so that a new password needs no restart.
    pub password_file: Option<PathBuf>,
    /// Whether what the portal lacks is sent, or only looked for, where a vendor's bridge sends.
    pub mode: Mode,
    /// The proof that the server has to give of who it is.
    pub tls: TlsSettings,
    /// The log-in and the pace at a one-stop system that is read over HTTP.
    pub http: HttpSettings,
    /// The mapping file: which SQL reads the vendor's tables and how its codes translate.
    pub mapping: PathBuf,
    /// How often changes are asked for. Each poll costs the source one indexed query.
    #[serde(with = "humantime_serde")]
    pub poll_every: Duration,
    /// How far behind the cursor each poll begins again. It must exceed the longest transaction of the local
    /// system: a row that commits later than this after its timestamp is only found by the sweep.
    #[serde(with = "humantime_serde")]
    pub overlap: Duration,
    /// How often a poll reads the whole overlap again; the polls between look back a few seconds only.
    #[serde(with = "humantime_serde")]
    pub overlap_every: Duration,
    /// How many changes one query fetches. More is faster to backfill and heavier for the source.
    pub page_size: u32,
    /// After how long the source gives a statement up, so that dongbo never blocks the counter.
    #[serde(with = "humantime_serde")]
    pub statement_timeout: Duration,
    /// How long a connection may take to come about.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// The most connections held at once. One more is used for `notify_channel`.
    pub max_connections: u32,
    /// PostgreSQL channel on which the local system tells of changes; empty for none. Polling goes on regardless.
    pub notify_channel: String,
    /// When every dossier is compared (cron with seconds, local time): finds deletions and late commits.
    pub sweep: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: DEFAULT_NAME.to_owned(),
            precedence: 0,
            units: Vec::new(),
            section: Section::default(),
            url: String::new(),
            password_file: None,
            mode: Mode::Push,
            tls: TlsSettings::default(),
            http: HttpSettings::default(),
            mapping: PathBuf::from("/etc/dongbo/mapping.toml"),
            poll_every: Duration::from_secs(2),
            overlap: Duration::from_secs(600),
            overlap_every: Duration::from_secs(30),
            page_size: 500,
            statement_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            max_connections: 4,
            notify_channel: String::new(),
            sweep: "0 0 2 * * *".to_owned(),
        }
    }
}

vocabulary! {
    /// The make of a database, by its key in the mapping file.
    pub enum Engine {
        /// A file read in place.
        Sqlite = "sqlite";
        /// A server.
        Postgres = "postgres";
        /// A server of MySQL or MariaDB.
        Mysql = "mysql";
        /// A server of SQL Server.
        Sqlserver = "sqlserver";
    }
}

impl Engine {
    /// Whether it is a server, which is logged in to.
    #[must_use]
    pub const fn is_server(self) -> bool {
        match self {
            Self::Postgres | Self::Mysql | Self::Sqlserver => true,
            Self::Sqlite => false,
        }
    }
}

impl Settings {
    /// Whether dossiers of this unit are read from it.
    #[must_use]
    pub fn takes(&self, unit: &str) -> bool {
        self.units.is_empty() || self.units.iter().any(|taken| taken == unit)
    }

    /// The engine that the URL names; `None` for a scheme that is not supported, and for connection strings of other programs,
    /// which must not be taken for the name of a file.
    #[must_use]
    pub fn engine(&self) -> Option<Engine> {
        if is_postgres_url(&self.url) {
            Some(Engine::Postgres)
        } else if is_mysql_url(&self.url) {
            Some(Engine::Mysql)
        } else if is_sqlserver_url(&self.url) {
            Some(Engine::Sqlserver)
        } else if self.url.starts_with("sqlite:") || !self.url.contains("://") {
            refuse_connection_string(&self.url, HOW_SERVER).is_none().then_some(Engine::Sqlite)
        } else {
            None
        }
    }

    /// Whether the source is read over HTTP.
    #[must_use]
    pub fn is_http(&self) -> bool {
        is_http_url(&self.url)
    }

    /// Whether the source is read over HTTP from the host and port of `url`.
    #[must_use]
    pub fn is_at(&self, url: &reqwest::Url) -> bool {
        self.is_http() && base_url(&self.url).is_ok_and(|base| base.origin() == url.origin())
    }

    /// The files with secrets, each by its key.
    pub fn secret_files(&self) -> impl Iterator<Item = (String, &Path)> {
        [
            ("password_file", self.password_file.as_deref()),
            ("http.client_secret_file", self.http.client_secret_file.as_deref()),
        ]
        .into_iter()
        .filter_map(|(key, file)| Some((format!("{}.{key}", self.section), file?)))
    }

    /// The longest time that a reading may take before it tells that it goes on. Over HTTP a request is sent several times.
    #[must_use]
    pub fn longest_query(&self) -> Duration {
        let once = self.connect_timeout.saturating_add(self.statement_timeout);
        if self.is_http() { once.saturating_mul(ATTEMPTS.saturating_add(1)) } else { once }
    }

    /// The path of the SQLite file: the URL without its scheme.
    #[must_use]
    pub fn sqlite_path(&self) -> PathBuf {
        let path = self.url.strip_prefix("sqlite:").unwrap_or(&self.url);
        PathBuf::from(path.strip_prefix("//").unwrap_or(path))
    }

    /// The reason why the URL cannot be used, without a letter of it; `None` when it can, or is empty.
    pub(crate) fn refused_url(&self) -> Option<String> {
        match self.engine() {
            _ if self.url.is_empty() => None,
            _ if self.is_http() => base_url(&self.url).err(),
            Some(Engine::Sqlite) => None,
            Some(Engine::Postgres) => refuse_postgres_url(&self.url),
            Some(Engine::Mysql) => refuse_mysql_url(&self.url),
            Some(Engine::Sqlserver) => refuse_sqlserver_url(&self.url),
            None => refuse_connection_string(&self.url, HOW_SERVER).or_else(|| {
                let told = "only postgres://, mysql://, mariadb://, sqlserver:// and https:// URLs and SQLite files can \
                            be read";
                Some(told.to_owned())
            }),
        }
    }

    /// The host of the server, when it is another machine that need not prove who it is.
    #[must_use]
    pub fn unproven_host(&self) -> Option<String> {
        if self.is_http() {
            return base_url(&self.url).ok().and_then(|url| plain_host(&url));
        }
        self.engine().is_some_and(Engine::is_server).then(|| unproven_host(&self.url, &self.tls)).flatten()
    }

    /// Everything wrong with this section, each as a sentence that begins with the key; empty when all is well.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let section = &self.section;
        let mut demand = |holds: bool, complaint: &str| {
            if !holds {
                wrong.push(format!("{section}.{complaint}"));
            }
        };
        demand(
            !self.name.is_empty() && self.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
            "name must have letters, digits and - only",
        );
        demand(!self.units.iter().any(|unit| unit.trim().is_empty()), "units has an empty code");
        demand(!self.url.is_empty(), "url is empty: name the local database");
        if let Some(reason) = self.refused_url() {
            demand(false, &format!("url: {}", section.named_in(&reason)));
        }
        demand(!self.mapping.as_os_str().is_empty(), "mapping is empty: name the mapping file");
        demand(!self.poll_every.is_zero(), "poll_every must be more than 0s");
        demand(!self.overlap.is_zero(), "overlap must be more than 0s, or late commits are missed");
        demand(
            self.poll_every <= self.overlap_every,
            &format!(
                "poll_every ({:?}) must not be longer than {section}.overlap_every ({:?}): a deep poll is one of the \
                 polls; lower the one or raise the other",
                self.poll_every, self.overlap_every
            ),
        );
        demand(
            self.overlap_every <= self.overlap,
            &format!(
                "overlap_every ({:?}) must not be longer than {section}.overlap ({:?}), or what commits late between \
                 two deep polls is missed until the sweep: lower the one or raise the other",
                self.overlap_every, self.overlap
            ),
        );
        demand(
            (1..=LARGEST_PAGE).contains(&self.page_size),
            &format!("page_size must be from 1 to {LARGEST_PAGE}"),
        );
        demand(
            !self.statement_timeout.is_zero() && self.statement_timeout <= LONGEST_STATEMENT,
            "statement_timeout must be more than 0s and at most 1day",
        );
        demand(!self.connect_timeout.is_zero(), "connect_timeout must be more than 0s");
        demand(self.max_connections > 0, "max_connections must be at least 1");
        demand(!self.sweep.trim().is_empty(), "sweep is empty: deletions would never be found");
        // An empty URL names no engine yet.
        let engine = self.engine().filter(|_| !self.url.is_empty());
        if engine.is_some_and(|engine| engine != Engine::Postgres) {
            demand(
                self.notify_channel.is_empty(),
                "notify_channel needs PostgreSQL: leave it empty for other databases",
            );
        }
        if engine == Some(Engine::Sqlite) {
            demand(self.password_file.is_none(), "password_file needs a server: leave it out for SQLite");
        }
        // PostgreSQL cuts longer names silently, and would then listen to another channel than the one notified.
        demand(self.notify_channel.len() <= 63, "notify_channel is longer than PostgreSQL's 63 bytes");
        demand(!self.notify_channel.contains('\0'), "notify_channel holds a NUL character");
        self.http.check(section, self.is_http(), &self.tls, &mut wrong);
        match self.engine() {
            _ if self.is_http() => {
                if self.unproven_host().is_some() && !self.tls.allow_plain {
                    wrong.push(format!(
                        "{section}.url: what is read would come from there unencrypted: write https://, or, within a closed network \
                         only, set {section}.tls.allow_plain = true"
                    ));
                }
                if !self.notify_channel.is_empty() {
                    wrong.push(format!("{section}.notify_channel needs PostgreSQL: leave it empty for HTTP"));
                }
            }
            Some(engine) if engine.is_server() => {
                wrong.extend(refuse_unproven(&section.0, &self.url, &self.tls));
            }
            Some(Engine::Sqlite) if !self.url.is_empty() => wrong.extend(self.tls.without_server(&section.0)),
            _ => {}
        }
        wrong
    }
}

impl fmt::Debug for Settings {
    /// The URL may hold a password, so only its engine is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("engine", &self.engine())
            .field("http", &self.http)
            .field("password_file", &self.password_file)
            .field("tls", &self.tls)
            .field("mode", &self.mode)
            .field("mapping", &self.mapping)
            .field("poll_every", &self.poll_every)
            .field("overlap", &self.overlap)
            .field("page_size", &self.page_size)
            .field("statement_timeout", &self.statement_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_connections", &self.max_connections)
            .field("notify_channel", &self.notify_channel)
            .field("sweep", &self.sweep)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Engine, Section, Settings};

    #[test]
    fn the_keys_of_one_of_several_sources_are_named_by_its_section() {
        let told = Section::of("ban-sao").named_in(
            "correct source.url or source.http.user; the resource.limit of data source. Nothing at sources.url",
        );
        assert_eq!(
            told,
            "correct sources.ban-sao.url or sources.ban-sao.http.user; the resource.limit of data source. Nothing at sources.url"
        );
        let http = Settings {
            section: Section::of("b"),
            url: "http://user@motcua.example/".to_owned(),
            ..Settings::default()
        };
        let wrong = http.validate().join("\n");
        assert!(wrong.contains("use sources.b.http.user") && !wrong.contains("source."), "{wrong}");
    }

    fn with_url(url: &str) -> Settings {
        Settings { url: url.to_owned(), mapping: "m.toml".into(), ..Settings::default() }
    }

    #[test]
    fn the_url_names_the_engine_and_the_path() {
        assert_eq!(with_url("postgresql://u@h/d").engine(), Some(Engine::Postgres));
        assert_eq!(with_url("mysql://u@h/d").engine(), Some(Engine::Mysql));
        assert_eq!(with_url("mariadb://u@h/d").engine(), Some(Engine::Mysql));
        assert_eq!(with_url("sqlserver://u@h/d").engine(), Some(Engine::Sqlserver));
        assert_eq!(with_url("mssql://u@h/d").engine(), None);
        for url in ["/var/lib/x.db", "sqlite:/var/lib/x.db", "sqlite:///var/lib/x.db"] {
            assert_eq!(with_url(url).engine(), Some(Engine::Sqlite), "{url}");
            assert_eq!(with_url(url).sqlite_path(), Path::new("/var/lib/x.db"), "{url}");
        }
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_the_defaults_only_lack_what_none_can_guess() {
        assert_eq!(with_url("x.db").validate(), Vec::<String>::new());
        assert_eq!(Settings::default().validate().len(), 1);
        let wrong = Settings { page_size: 0, notify_channel: "c".to_owned(), ..with_url("x.db") }.validate();
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }

    #[test]
    fn a_connection_string_is_no_name_of_a_file_and_is_not_repeated() {
        for url in [
            "Server=h;Database=d;Password=geheim",
            "host=h password=geheim",
            "u:geheim@h/d",
            "oracle://u:geheim@h/d",
        ] {
            let wrong = with_url(url).validate();
            assert_eq!((with_url(url).engine(), wrong.len()), (None, 1), "{wrong:?}");
            assert!(wrong[0].starts_with("source.url: ") && !wrong[0].contains("geheim"), "{wrong:?}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        assert!(!format!("{:?}", with_url("postgres://u:geheim@h/d")).contains("geheim"));
    }
}
