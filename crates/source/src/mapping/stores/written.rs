//! The sections of stores as they are written, and the check of them.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;
use serde::Deserialize;

use super::store::{
    DEFAULT_ALLOWED, DEFAULT_MAX_BYTES, FileLimits, FilesConfig, HttpPlace, Reach, S3Place, StoreConfig,
    StorePlace,
};
use crate::mapping::engine_sql::{self, EngineSql};
use crate::settings::Engine;
use dongbo_model::{FileKind, vocabulary};
use dongbo_settings::hint::nearest;
use dongbo_settings::proxy;

/// The most bytes that a mapping may allow: larger files are no papers of a dossier, and `substring` of PostgreSQL counts
/// with 32 bits.
const LARGEST_MAX_BYTES: u64 = 2_000_000_000;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The table `[files]` as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FilesFile {
    results: Option<StoreFile>,
    papers: Option<StoreFile>,
}

vocabulary! {
    /// The kind of a store.
    enum Kind {
        Folder = "folder";
        Column = "column";
        Http = "http";
        S3 = "s3";
    }
}

/// One store as it is written: the keys of all kinds, so that one that belongs to another kind can be told so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreFile {
    kind: Kind,
    #[serde(default = "default_max_bytes", deserialize_with = "dongbo_settings::size::deserialize")]
    max_bytes: u64,
    allowed: Option<Vec<String>>,
    #[serde(default = "default_timeout", with = "humantime_serde")]
    timeout: Duration,
    root: Option<PathBuf>,
    sqlite: Option<String>,
    postgres: Option<String>,
    http: Option<String>,
    mysql: Option<String>,
    sqlserver: Option<String>,
    base_url: Option<String>,
    header_file: Option<PathBuf>,
    redirect_hosts: Option<Vec<String>>,
    bucket: Option<String>,
    endpoint: Option<String>,
    region: Option<String>,
    access_key_file: Option<PathBuf>,
    secret_key_file: Option<PathBuf>,
    prefix: Option<String>,
    allow_private: Option<Vec<String>>,
    ca_file: Option<PathBuf>,
    proxy: Option<String>,
    proxy_credentials_file: Option<PathBuf>,
}

const fn default_max_bytes() -> u64 {
    DEFAULT_MAX_BYTES
}

const fn default_timeout() -> Duration {
    DEFAULT_TIMEOUT
}

impl FilesFile {
    /// Checks both sections and adds what is wrong, each a sentence that names section and key, to `problems`.
    pub(crate) fn check(self, problems: &mut Vec<String>) -> FilesConfig {
        let results = self.results.and_then(|written| written.check("files.results", problems));
        let papers = match self.papers {
            Some(written) => written.check("files.papers", problems),
            None => results.clone(),
        };
        FilesConfig { results, papers }
    }
}

/// Gathers the problems of one section.
struct Section<'s> {
    name: &'static str,
    problems: &'s mut Vec<String>,
}

impl Section<'_> {
    fn wrong(&mut self, complaint: impl AsRef<str>) {
        self.problems.push(format!("[{}]: {}", self.name, complaint.as_ref()));
    }

    fn need<T>(&mut self, key: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.wrong(format!("the key {key} is missing"));
        }
        value
    }

    fn url(&mut self, key: &str, text: Option<String>) -> Option<Url> {
        let text = self.need(key, text)?;
        // The text may hold a password, so that it is not repeated.
        let Some(url) = Url::parse(&text).ok().filter(|url| url.has_host()) else {
            self.wrong(format!("{key} is not an address; an example is https://kho.example.gov.vn/tep/"));
            return None;
        };
        if !matches!(url.scheme(), "http" | "https") {
            self.wrong(format!("{key}: only http and https are supported"));
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.wrong(format!("{key} holds a user or password: put them into a file of their own"));
            return None;
        }
        if url.query().is_some() || url.fragment().is_some() {
            self.wrong(format!("{key} must end in a folder, without ? and #"));
            return None;
        }
        Some(url)
    }

    /// Hosts, each with a port unless it is the one that belongs to `scheme`.
    fn hosts(&mut self, scheme: &str, written: Option<Vec<String>>) -> Vec<Url> {
        let mut hosts = Vec::new();
        for text in written.unwrap_or_default() {
            let bare = !text.contains(['/', '?', '#', '@', '\\']);
            match Url::parse(&format!("{scheme}://{text}/")).ok().filter(|_| bare) {
                Some(host) => hosts.push(host),
                None => self.wrong(
                    "redirect_hosts: name a host, or host:port where the port is not the usual one; an example is \
                     kho2.example.gov.vn",
                ),
            }
        }
        hosts
    }

    fn proxy(&mut self, written: Option<String>) -> String {
        let text = written.unwrap_or_default();
        if let Err(error) = proxy::check("proxy", &text) {
            self.wrong(error.to_string());
        }
        text
    }

    fn networks(&mut self, written: Option<Vec<String>>) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for text in written.unwrap_or_default() {
            match text.parse() {
                Ok(network) => networks.push(network),
                Err(_) => self
                    .wrong(format!("allow_private: \"{text}\" is not a network; an example is 10.1.0.0/16")),
            }
        }
        networks
    }

    fn kinds(&mut self, written: Option<Vec<String>>) -> Vec<FileKind> {
        let Some(written) = written else { return DEFAULT_ALLOWED.to_vec() };
        if written.is_empty() {
            self.wrong("allowed is empty: no file would ever be taken");
        }
        let mut kinds = Vec::new();
        for name in written {
            match FileKind::from_name(&name) {
                Some(kind) => kinds.push(kind),
                None => {
                    let names = FileKind::ALL.iter().map(|kind| kind.name());
                    let hint = nearest(&name, names.clone())
                        .map_or_else(String::new, |name| format!(", did you mean \"{name}\"?"));
                    let all = names.collect::<Vec<_>>().join(", ");
                    self.wrong(format!("allowed: \"{name}\" is not a kind of file{hint} (kinds are: {all})"));
                }
            }
        }
        kinds
    }
}

impl StoreFile {
    /// Keys that are written and belong to other kinds.
    fn strays(&self) -> Vec<&'static str> {
        let network = &[Kind::Http, Kind::S3][..];
        [
            ("root", self.root.is_some(), &[Kind::Folder][..]),
            ("sqlite", self.sqlite.is_some(), &[Kind::Column]),
            ("postgres", self.postgres.is_some(), &[Kind::Column]),
            ("http", self.http.is_some(), &[Kind::Column]),
            ("mysql", self.mysql.is_some(), &[Kind::Column]),
            ("sqlserver", self.sqlserver.is_some(), &[Kind::Column]),
            ("base_url", self.base_url.is_some(), &[Kind::Http]),
            ("header_file", self.header_file.is_some(), &[Kind::Http]),
            ("redirect_hosts", self.redirect_hosts.is_some(), &[Kind::Http]),
            ("bucket", self.bucket.is_some(), &[Kind::S3]),
            ("endpoint", self.endpoint.is_some(), &[Kind::S3]),
            ("region", self.region.is_some(), &[Kind::S3]),
            ("access_key_file", self.access_key_file.is_some(), &[Kind::S3]),
            ("secret_key_file", self.secret_key_file.is_some(), &[Kind::S3]),
            ("prefix", self.prefix.is_some(), &[Kind::S3]),
            ("allow_private", self.allow_private.is_some(), network),
            ("ca_file", self.ca_file.is_some(), network),
            ("proxy", self.proxy.is_some(), network),
            ("proxy_credentials_file", self.proxy_credentials_file.is_some(), network),
        ]
        .into_iter()
        .filter(|(_, written, kinds)| *written && !kinds.contains(&self.kind))
        .map(|(key, ..)| key)
        .collect()
    }

    fn check(self, name: &'static str, problems: &mut Vec<String>) -> Option<StoreConfig> {
        let mut section = Section { name, problems };
        for key in self.strays() {
            section.wrong(format!("the key {key} does not belong to kind \"{}\"", self.kind.name()));
        }
        if self.max_bytes == 0 || self.max_bytes > LARGEST_MAX_BYTES {
            section.wrong(format!("max_bytes must be from 1 to {LARGEST_MAX_BYTES}"));
        }
        if self.timeout.is_zero() {
            section.wrong("timeout must be more than 0s");
        }
        let limits = FileLimits { max_bytes: self.max_bytes, allowed: section.kinds(self.allowed) };
        let reach = Reach {
            allow_private: section.networks(self.allow_private),
            ca_file: self.ca_file,
            proxy: section.proxy(self.proxy),
            proxy_credentials_file: self.proxy_credentials_file,
        };
        let place = match self.kind {
            Kind::Folder => {
                let root = section.need("root", self.root)?;
                if !root.is_absolute() {
                    section.wrong("root must be an absolute path");
                }
                StorePlace::Folder { root }
            }
            Kind::Column => {
                let Self { sqlite, postgres, mysql, sqlserver, http, .. } = self;
                let mut written = [
                    (Engine::Sqlite, sqlite),
                    (Engine::Postgres, postgres),
                    (Engine::Mysql, mysql),
                    (Engine::Sqlserver, sqlserver),
                ];
                let sql = EngineSql::of(http, |engine| {
                    written.iter_mut().find(|(key, _)| *key == engine).and_then(|(_, sql)| sql.take())
                });
                if !sql.is_written() {
                    section.wrong(format!("it has none of the keys {}", engine_sql::keys()));
                }
                StorePlace::Column(sql)
            }
            Kind::Http => {
                let mut base_url = section.url("base_url", self.base_url)?;
                if !base_url.path().ends_with('/') {
                    base_url.set_path(&format!("{}/", base_url.path()));
                }
                let redirect_hosts = section.hosts(base_url.scheme(), self.redirect_hosts);
                StorePlace::Http(HttpPlace { base_url, header_file: self.header_file, redirect_hosts, reach })
            }
            Kind::S3 => {
                let endpoint = section.url("endpoint", self.endpoint);
                let bucket = section.need("bucket", self.bucket);
                let access = section.need("access_key_file", self.access_key_file);
                let secret = section.need("secret_key_file", self.secret_key_file);
                StorePlace::S3(S3Place {
                    endpoint: endpoint?,
                    bucket: bucket?,
                    region: self.region.unwrap_or_else(|| "us-east-1".to_owned()),
                    access_key_file: access?,
                    secret_key_file: secret?,
                    prefix: self.prefix.unwrap_or_default().trim_matches('/').to_owned(),
                    reach,
                })
            }
        };
        Some(StoreConfig { place, limits, timeout: self.timeout })
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::{FilesConfig, StorePlace};
    use super::FilesFile;
    use dongbo_model::{FileKind, FileRole};
    use dongbo_settings::hint::nearest_hint;

    fn checked(text: &str) -> (FilesConfig, Vec<String>) {
        let mut problems = Vec::new();
        let config = toml::from_str::<FilesFile>(text).unwrap().check(&mut problems);
        (config, problems)
    }

    #[test]
    fn papers_are_where_results_are_unless_told_otherwise() {
        let results =
            "[results]\nkind = 'folder'\nroot = '/srv/tep'\nmax_bytes = '5 MiB'\nallowed = ['pdf']\n";
        let (config, problems) = checked(results);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(config.of(FileRole::Paper), config.of(FileRole::Result));
        let limits = &config.papers.as_ref().unwrap().limits;
        assert_eq!((limits.max_bytes, limits.allowed.as_slice()), (5 << 20, &[FileKind::Pdf][..]));
        let (config, problems) =
            checked(&format!("{results}[papers]\nkind = 'http'\nbase_url = 'https://kho.vn/tep'"));
        assert_eq!(problems, Vec::<String>::new());
        let StorePlace::Http(http) = config.papers.unwrap().place else { panic!("another kind") };
        assert_eq!(http.base_url.as_str(), "https://kho.vn/tep/");
        assert_eq!(checked(""), (FilesConfig::default(), Vec::new()));
    }

    #[test]
    fn a_host_to_which_a_store_may_redirect_has_one_port() {
        let section = "[results]\nkind = 'http'\nbase_url = 'https://kho.vn:8443/tep'\nredirect_hosts = ";
        let (config, problems) = checked(&format!("{section}['KHO2.vn', 'kho3.vn:9443', '[::1]:81']"));
        assert_eq!(problems, Vec::<String>::new());
        let StorePlace::Http(http) = config.results.unwrap().place else { panic!("another kind") };
        let hosts: Vec<&str> = http.redirect_hosts.iter().map(reqwest::Url::as_str).collect();
        assert_eq!(hosts, ["https://kho2.vn/", "https://kho3.vn:9443/", "https://[::1]:81/"]);
        for wrong in ["https://kho2.vn", "kho2.vn/tep", "me:geheim@kho2.vn", "kho2.vn:port", ""] {
            let (_, problems) = checked(&format!("{section}['{wrong}']"));
            let told = problems.join("\n");
            assert!(told.contains("redirect_hosts: name a host") && !told.contains("geheim"), "{told}");
        }
    }

    #[test]
    fn everything_wrong_with_a_section_is_said_at_once_and_no_password_with_it() {
        let (_, problems) = checked(
            "[results]\nkind = 's3'\nroot = '/x'\nendpoint = 'https://me:geheim@s3.vn'\nallowed = ['pfd']\n\
             allow_private = ['10.1.0.0/99']\nmax_bytes = 0",
        );
        let all = problems.join("\n");
        for told in [
            "[files.results]: the key root does not belong to kind \"s3\"",
            "max_bytes must be",
            "\"pfd\" is not a kind of file, did you mean \"pdf\"?",
            "\"10.1.0.0/99\" is not a network",
            "endpoint holds a user or password",
            "the key bucket is missing",
            "the key secret_key_file is missing",
        ] {
            assert!(all.contains(told), "{told} is not in\n{all}");
        }
        assert!(!all.contains("geheim"));
    }

    #[test]
    fn a_misspelt_key_is_told_the_nearest_one() {
        let error = toml::from_str::<FilesFile>("[results]\nkind = 'folder'\nrot = '/x'").unwrap_err();
        assert_eq!(nearest_hint(error.message()), Some("did you mean `root`?".to_owned()));
    }
}
