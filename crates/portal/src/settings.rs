//! Section `[portal]`: the address of the national portal's adapter, the account there, and the reading of its answers.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use crate::ndxp::settings::{NdxpForm, NdxpSettings};
use crate::rest::settings::RestSettings;
use crate::verdict::VerdictRule;
use dongbo_model::{Contract, vocabulary};
use dongbo_settings::{HashKey, is_this_machine, proxy};

/// Section `[portal]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The dialect in which the portal is called.
    pub dialect: Dialect,
    /// The version of the portal's contract in dialect `ndxp`: which fields a dossier needs and which are sent.
    pub contract: Contract,
    /// Base address of the adapter, for example `https://adapter.example.gov.vn/VXPAdapter/RestService`. Required.
    pub adapter_url: String,
    /// Path of the log-in call below `adapter_url`.
    pub auth_path: String,
    /// Path of the services below `adapter_url`.
    pub integration_path: String,
    /// Path of the list services below `adapter_url`.
    pub share_path: String,
    /// Routing code of the portal on the exchange platform (header `dstcode`). Required in dialect `ndxp`.
    pub dstcode: String,
    /// The unit code that the portal knows this system by (`madonvi`). Required in dialect `ndxp`.
    pub unit_code: String,
    /// Account at the adapter; in dialect `rest` the `client_id`. Required.
    pub username: String,
    /// File that holds the account's password, in dialect `rest` the `client_secret`, and nothing else.
    pub password_file: PathBuf,
    /// How long name look-up, TCP and TLS may take together. Raise it on a slow line only: a call that is given up
    /// here was certainly not applied.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// How long the portal may stay silent in a call. Do not lower it under the slowest answer that is normal: a
    /// call given up after sending may have been applied, and costs a look-up.
    #[serde(with = "humantime_serde")]
    pub read_timeout: Duration,
    /// How long a call may take in all. Bounds how long a portal that sends one byte at a time can hold a call up.
    #[serde(with = "humantime_serde")]
    pub total_timeout: Duration,
    /// How long an unused connection is kept. Keep it under the portal's own limit: a call sent into a connection
    /// that the portal has just closed has an unknown outcome.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// How many unused connections are kept. Fewer than workers means handshakes under load.
    pub max_idle_connections: usize,
    /// How long no further log-in is tried after the portal has refused one, so that the account is not locked.
    #[serde(with = "humantime_serde")]
    pub login_pause: Duration,
    /// Most dossiers in one create or update. Gains flatten at 50, and a refused batch is halved to find the culprit.
    pub batch_size: usize,
    /// Most steps in one call; `None`: as many as the contract takes.
    pub steps_per_call: Option<usize>,
    /// Longest answer taken, in bytes; `"4 MiB"` in the file. What is longer is not read, and its outcome is unknown.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub max_response_bytes: usize,
    /// The key under which values that may be personal are hashed in differences; without one they are told apart in one run only.
    #[serde(skip)]
    pub hash_key: Option<HashKey>,
    /// PEM file with the certificate authorities of the adapter. When given, only they are trusted; else the
    /// system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file with our certificate, its chain and its private key, when the adapter asks for one.
    pub client_certificate_file: Option<PathBuf>,
    /// Proxy of the calls to the adapter and to the evaluation API, as `http://proxy.example.vn:3128`. Empty: the one that
    /// the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, but for the hosts in `NO_PROXY`); `none`: none,
    /// whatever the environment says.
    pub proxy: String,
    /// File with one line `user:password` that the proxy knows us by, in the place of what the environment says.
    pub proxy_credentials_file: Option<PathBuf>,
    /// Allow `http://` to a host other than this one. Password and personal data then travel in the clear: only
    /// within a closed network.
    pub allow_plain_http: bool,
    /// The content of a look-up.
    pub lookup: LookupSettings,
    /// The form of dialect `ndxp`.
    pub ndxp: NdxpSettings,
    /// The parts of dialect `rest` that differ from platform to platform.
    pub rest: RestSettings,
    /// Rules on how answers are read, before the ones compiled in (`crates/portal/src/ndxp/verdicts.toml`). The first that
    /// matches wins.
    pub verdicts: Vec<VerdictRule>,
    /// Forms of `result` (`data` in dialect `rest`) in the answer to a write that say nothing about what became of it, as
    /// dongbo tells them when it does not know one.
    pub harmless_results: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dialect: Dialect::Ndxp,
            contract: Contract::default(),
            adapter_url: String::new(),
            auth_path: "/auth".to_owned(),
            integration_path: "/integration".to_owned(),
            share_path: "/share".to_owned(),
            dstcode: String::new(),
            unit_code: String::new(),
            username: String::new(),
            password_file: PathBuf::from("/etc/dongbo/portal.password"),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(15),
            max_idle_connections: 32,
            login_pause: Duration::from_secs(10),
            batch_size: 50,
            steps_per_call: None,
            max_response_bytes: 4 * 1024 * 1024,
            hash_key: None,
            ca_file: None,
            client_certificate_file: None,
            proxy: String::new(),
            proxy_credentials_file: None,
            allow_plain_http: false,
            lookup: LookupSettings::default(),
            ndxp: NdxpSettings::default(),
            rest: RestSettings::default(),
            verdicts: Vec::new(),
            harmless_results: Vec::new(),
        }
    }
}

vocabulary! {
    /// A dialect in which the portal is called.
    pub enum Dialect {
        /// The adapter on the national data exchange platform.
        Ndxp = "ndxp";
        /// Calls with a token, on provinces' and ministries' new platforms.
        Rest = "rest";
    }
}

/// Section `[portal.lookup]`: the content of a look-up, which is not published and may differ from portal to portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookupSettings {
    /// Whether the steps come back. Without them a step whose outcome is unknown may be shown twice.
    pub steps: bool,
    /// The field that holds the steps, oldest first.
    pub steps_field: String,
    /// Whether the result papers come back. Without them they are not compared.
    pub files: bool,
}

impl Default for LookupSettings {
    fn default() -> Self {
        Self { steps: true, steps_field: "DanhSachTienDo".to_owned(), files: true }
    }
}

impl Settings {
    /// Whether the portal asks for an account: a province's proxy does not.
    #[must_use]
    pub fn logs_in(&self) -> bool {
        self.dialect == Dialect::Rest || self.ndxp.form == NdxpForm::Adapter
    }

    /// Whether dossiers can be looked up: a province's proxy need not have that.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        self.logs_in() || !self.ndxp.lookup_path.is_empty()
    }

    /// Most steps in one call.
    #[must_use]
    pub fn steps_per_call(&self) -> usize {
        self.steps_per_call.unwrap_or_else(|| self.contract.steps_per_call())
    }

    /// Everything that is wrong here, each as a sentence for the operator. Uses no file and no network.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.check_address(&mut problems);
        let required: &[(&str, &String)] = match self.dialect {
            Dialect::Ndxp if !self.logs_in() => &[("unit_code", &self.unit_code)],
            Dialect::Ndxp => {
                &[("dstcode", &self.dstcode), ("unit_code", &self.unit_code), ("username", &self.username)]
            }
            Dialect::Rest => &[("username", &self.username)],
        };
        for (key, _) in required.iter().filter(|(_, value)| value.trim().is_empty()) {
            problems.push(format!("portal.{key} is missing"));
        }
        if self.dialect == Dialect::Rest {
            problems.extend(self.rest.validate());
            if self.contract != Contract::default() {
                problems.push("portal.contract is for dialect ndxp: leave it out in dialect rest".to_owned());
            }
        }
        if self.dstcode.chars().any(|c| !c.is_ascii_graphic()) {
            problems.push("portal.dstcode goes into a header: only visible ASCII without blanks".to_owned());
        }
        if !self.logs_in() {
            problems.extend(self.ndxp.validate());
        }
        if self.logs_in() && self.password_file.as_os_str().is_empty() {
            problems.push("portal.password_file is missing".to_owned());
        }
        problems.extend(proxy::check("portal.proxy", &self.proxy).err().map(|error| error.to_string()));
        self.check_limits(&mut problems);
        if self.lookup.steps && self.lookup.steps_field.is_empty() {
            problems.push("portal.lookup.steps_field is empty while portal.lookup.steps is on".to_owned());
        }
        for (index, rule) in self.verdicts.iter().enumerate() {
            problems.extend(
                rule.problems().into_iter().map(|problem| format!("portal.verdicts[{index}] {problem}")),
            );
        }
        problems
    }

    fn check_address(&self, problems: &mut Vec<String>) {
        if self.adapter_url.is_empty() {
            problems.push("portal.adapter_url is missing".to_owned());
        } else {
            match Url::parse(&self.adapter_url) {
                Err(error) => problems.push(format!("portal.adapter_url is no URL: {error}")),
                Ok(url) => problems.extend(self.address_problem(&url)),
            }
        }
        let paths = [
            ("auth_path", &self.auth_path),
            ("integration_path", &self.integration_path),
            ("share_path", &self.share_path),
        ];
        for (key, path) in paths {
            if !path.starts_with('/') {
                problems.push(format!("portal.{key} must begin with /"));
            }
        }
    }

    fn address_problem(&self, url: &Url) -> Option<String> {
        let Some(host) = url.host_str() else {
            return Some("portal.adapter_url names no host".to_owned());
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Some("portal.adapter_url must hold no user name or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Some(
                "portal.adapter_url must have neither ? nor #: the paths are put behind it".to_owned(),
            );
        }
        match url.scheme() {
            "https" => None,
            "http" if is_this_machine(host) || self.allow_plain_http => None,
            "http" => Some(
                "portal.adapter_url is plain http, which shows password and personal data on the way: use https, \
                 or set portal.allow_plain_http = true within a closed network"
                    .to_owned(),
            ),
            other => Some(format!("portal.adapter_url has scheme {other}: use https")),
        }
    }

    fn check_limits(&self, problems: &mut Vec<String>) {
        for (key, value) in [
            ("batch_size", self.batch_size),
            ("steps_per_call", self.steps_per_call()),
            ("max_response_bytes", self.max_response_bytes),
        ] {
            if value == 0 {
                problems.push(format!("portal.{key} must be more than 0"));
            }
        }
        let parts = [("connect_timeout", self.connect_timeout), ("read_timeout", self.read_timeout)];
        for (key, value) in parts {
            if value.is_zero() {
                problems.push(format!("portal.{key} must be more than 0"));
            }
            if value > self.total_timeout {
                problems.push(format!(
                    "portal.{key} ({value:?}) must not be longer than portal.total_timeout ({:?}), which would cut \
                     it short: lower the one or raise the other",
                    self.total_timeout
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NdxpSettings, Settings};

    const GOOD: &str = r#"
        adapter_url = "https://adapter.example.gov.vn/rest"
        dstcode = "VN:GOV:000.00.00.G22:dvcqg"
        unit_code = "000.00.00.H48"
        username = "quangngai"
        password_file = "/run/credentials/portal"
    "#;

    fn parse(more: &str) -> Settings {
        toml::from_str(&format!("{more}\n{GOOD}")).unwrap()
    }

    #[test]
    fn the_least_that_is_needed_is_enough() {
        assert_eq!(parse("").validate(), Vec::<String>::new());
        let full: Settings = toml::from_str(&format!(
            "{GOOD}\nread_timeout = '20s'\n[lookup]\nsteps = false\n[[verdicts]]\ncode = ['17']\noutcome = 'rejected'"
        ))
        .unwrap();
        assert_eq!(full.validate(), Vec::<String>::new());
        assert!(!full.lookup.steps && full.lookup.files);
    }

    #[test]
    fn unknown_keys_are_refused() {
        for text in ["adress = 'x'", "[lookup]\nstep = true", "[[verdicts]]\noutcome = 'maybe'"] {
            assert!(toml::from_str::<Settings>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let problems = Settings { password_file: "".into(), ..Settings::default() }.validate();
        for key in ["adapter_url", "dstcode", "unit_code", "username", "password_file"] {
            assert!(problems.iter().any(|problem| problem.contains(key)), "{key}: {problems:?}");
        }
    }

    #[test]
    fn addresses_that_would_leak_or_break_are_refused() {
        for (url, fits) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("http://10.0.0.5", false),
            ("ftp://example.vn", false),
            ("https://user:pass@example.vn", false),
            ("https://example.vn/?x=1", false),
            ("example.vn", false),
        ] {
            let config = Settings { adapter_url: url.to_owned(), ..parse("") };
            assert_eq!(config.validate().is_empty(), fits, "{url}: {:?}", config.validate());
            assert!(!config.validate().concat().contains("pass@"));
        }
        let closed =
            Settings { adapter_url: "http://10.0.0.5".to_owned(), allow_plain_http: true, ..parse("") };
        assert!(closed.validate().is_empty());
    }

    #[test]
    fn steps_a_call_follow_the_contract_unless_they_are_given() {
        assert_eq!(parse("").steps_per_call(), 10);
        assert_eq!(parse("contract = 'guide-2020'").steps_per_call(), 11);
        assert_eq!(parse("contract = 'guide-2020'\nsteps_per_call = 7").steps_per_call(), 7);
        assert!(toml::from_str::<Settings>("contract = 'guide-1999'").is_err());
        let rest = parse("dialect = 'rest'\ncontract = 'guide-2020'").validate();
        assert!(rest.len() == 1 && rest[0].contains("portal.contract"), "{rest:?}");
    }

    #[test]
    fn a_proxy_needs_a_unit_and_no_account() {
        let proxy = |more: &str| {
            let text = format!("adapter_url = 'https://tinh.example.vn/api'\n{more}\n[ndxp]\nform = 'proxy'");
            toml::from_str::<Settings>(&text).unwrap()
        };
        assert_eq!(proxy("unit_code = '000.00.01.H22'").validate(), Vec::<String>::new());
        assert!(!proxy("unit_code = 'H22'").logs_in() && parse("").logs_in());
        assert_eq!(proxy("").validate(), ["portal.unit_code is missing"]);
        let wrong = Settings {
            ndxp: NdxpSettings {
                steps_path: "steps".to_owned(),
                unit_parameter: String::new(),
                ..proxy("").ndxp
            },
            ..proxy("unit_code = 'H22'")
        };
        assert_eq!(wrong.validate().len(), 2, "{:?}", wrong.validate());
    }

    #[test]
    fn limits_and_rules_are_checked() {
        let config = parse("batch_size = 0\nsteps_per_call = 0\nread_timeout = '2m'\nauth_path = 'auth'");
        assert_eq!(config.validate().len(), 4, "{:?}", config.validate());
        for rule in [
            "outcome = 'rejected'",
            "http = '5x'\noutcome = 'unknown'",
            "code = []\noutcome = 'unknown'",
            "message_contains = ['']\noutcome = 'unknown'",
            "http = '200'\noutcome = 'delivered'",
        ] {
            let config: Settings = toml::from_str(&format!("{GOOD}\n[[verdicts]]\n{rule}")).unwrap();
            assert_eq!(config.validate().len(), 1, "{rule}");
        }
    }
}
