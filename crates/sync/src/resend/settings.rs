//! `[bridge]`: how a vendor's bridge is asked to send a dossier again.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::template::Template;
use dongbo_model::vocabulary;
use dongbo_settings::is_this_machine;
use dongbo_settings::proxy::{self, Proxies, ProxyError};

vocabulary! {
    /// The way in which the bridge knows who asks.
    pub enum SignIn {
        /// It does not ask.
        None = "none";
        /// By a name and a password in each request.
        Basic = "basic";
        /// By the account that reads the dossier's source over HTTP, whose token it takes.
        Source = "source";
    }
}

/// How a vendor's bridge is asked to send a dossier again.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The address that is asked; empty for none.
    pub url: String,
    /// The type of the body.
    pub content_type: String,
    /// The body, with `{id}`, `{code}`, `{national_code}` and `{updated}` in the places of the dossier's values.
    pub body: String,
    /// How the bridge knows who asks.
    pub sign_in: SignIn,
    /// The account's name.
    pub username: String,
    /// File with the account's password.
    pub password_file: Option<PathBuf>,
    /// Certificates that the bridge's is signed by, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy of the requests, `none` for none; empty for that of the environment.
    pub proxy: String,
    /// File with the user and password by which the proxy knows us.
    pub proxy_credentials_file: Option<PathBuf>,
    /// The text that says that the bridge took it; empty where every answer of status 2xx does.
    pub success: String,
    /// The time between two requests.
    #[serde(with = "humantime_serde")]
    pub between: Duration,
    /// The time from the last request for a dossier until the portal is looked at.
    #[serde(with = "humantime_serde")]
    pub look_up_after: Duration,
    /// The longest that the bridge may take to answer.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            content_type: "application/json".to_owned(),
            body: String::new(),
            sign_in: SignIn::None,
            username: String::new(),
            password_file: None,
            ca_file: None,
            proxy: String::new(),
            proxy_credentials_file: None,
            success: "OK".to_owned(),
            between: Duration::from_secs(20),
            look_up_after: Duration::from_secs(120),
            timeout: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for Settings {
    /// An address may hold a password, and a body the key of a configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("sign_in", &self.sign_in)
            .field("between", &self.between)
            .field("look_up_after", &self.look_up_after)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Whether there is a bridge that can be asked.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !self.url.is_empty()
    }

    /// Requests for each dossier: where the body tells new from changed, first as new and then as changed.
    #[must_use]
    pub fn calls(&self) -> u32 {
        if Template::parse(&self.body).is_ok_and(|body| body.tells_updates()) { 2 } else { 1 }
    }

    /// The proxies of the requests. The file of credentials is read.
    ///
    /// # Errors
    /// When `bridge.proxy`, the file of credentials or a variable of the environment cannot be used.
    pub fn proxies(&self) -> Result<Proxies, ProxyError> {
        let file = self.proxy_credentials_file.as_deref();
        Proxies::new("bridge.proxy", &self.proxy, file, proxy::variables())
    }

    /// The address that is asked; `None` when it is none.
    #[must_use]
    pub fn address(&self) -> Option<Url> {
        Url::parse(&self.url).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
    }

    /// The rules that these values break, each in a sentence that names the key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.is_set() {
            return wrong;
        }
        let mut demand = |holds: bool, complaint: &str| {
            if !holds {
                wrong.push(format!("bridge.{complaint}"));
            }
        };
        match self.address() {
            None => {
                demand(false, "url is no address; an example is https://motcua.example.gov.vn/api/resend")
            }
            Some(url) => {
                demand(
                    url.username().is_empty() && url.password().is_none(),
                    "url holds a user or password: use bridge.username and bridge.password_file",
                );
                let plain = url.scheme() == "http" && !is_this_machine(url.host_str().unwrap_or_default());
                demand(
                    !plain || self.sign_in == SignIn::None,
                    "url: the password would go there unencrypted: write https://",
                );
            }
        }
        demand(!self.body.trim().is_empty(), "body is empty: write what the bridge is to be sent");
        if let Err(unknown) = Template::parse(&self.body) {
            demand(false, &format!("body: {unknown}"));
        }
        if self.sign_in == SignIn::Basic {
            demand(!self.username.is_empty(), "username is empty: name the account");
            demand(self.password_file.is_some(), "password_file is missing: name the file with the password");
        }
        demand(!self.timeout.is_zero(), "timeout must be longer than 0s");
        wrong
    }
}
