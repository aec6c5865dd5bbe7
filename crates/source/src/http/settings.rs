//! Section `[source.http]`: how a one-stop system that is read over HTTP knows us, and how hard it may be asked.

use std::fmt;
use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use crate::settings::Section;
use dongbo_connections::TlsSettings;
use dongbo_settings::is_this_machine;

/// The least and the most bytes of one answer. A page of fifty dossiers has about one MiB.
const BODY: [usize; 2] = [64 << 10, 64 << 20];
/// More calls a second are no longer a reading that nobody notices.
const FASTEST: u32 = 200;

/// The log-in at a one-stop system that is read over HTTP, and the pace of the calls.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Where a token is given, for the ways of signing in that have one. It may be on another host.
    pub token_url: String,
    /// The account's name; its password stands in the file of `source.password_file`.
    pub user: String,
    /// The name of the program at the sign-in service.
    pub client_id: String,
    /// File with the secret that belongs to `client_id`, where it has one.
    pub client_secret_file: Option<PathBuf>,
    /// The most calls a second.
    pub calls_per_second: u32,
    /// The most bytes of an answer.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub max_response_bytes: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            token_url: String::new(),
            user: String::new(),
            client_id: String::new(),
            client_secret_file: None,
            calls_per_second: 10,
            max_response_bytes: 8 << 20,
        }
    }
}

impl fmt::Debug for HttpSettings {
    /// An address may hold a password, so it is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("calls_per_second", &self.calls_per_second)
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}

/// Whether `url` is that of a source which is read over HTTP.
pub(crate) fn is_http_url(url: &str) -> bool {
    let scheme = url.split("://").next().unwrap_or_default();
    url.contains("://") && (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

/// The address of a service, or the reason why it cannot be used, without a letter of it.
pub(crate) fn service_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.has_host() && is_http_url(text))
        .ok_or_else(|| "it is no address; an example is https://motcua.example.gov.vn/api/".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user or password: use source.http.user and source.password_file".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must end in a folder, without ? and #".to_owned());
    }
    Ok(url)
}

/// The base address, below which all requests go.
pub(crate) fn base_url(text: &str) -> Result<Url, String> {
    let mut url = service_url(text)?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// The host of `url`, when it is another machine to which passwords and personal data would go unencrypted.
pub(crate) fn plain_host(url: &Url) -> Option<String> {
    let host = url.host_str().unwrap_or_default();
    (url.scheme() == "http" && !is_this_machine(host)).then(|| host.to_owned())
}

impl HttpSettings {
    /// Adds what is wrong with the section to `wrong`; `is_used` when the source is read over HTTP.
    pub(crate) fn check(&self, section: &Section, is_used: bool, tls: &TlsSettings, wrong: &mut Vec<String>) {
        let mut demand = |holds: bool, complaint: &str| {
            if !holds {
                wrong.push(section.named_in(&format!("source.http.{complaint}")));
            }
        };
        demand(
            (1..=FASTEST).contains(&self.calls_per_second),
            &format!("calls_per_second must be from 1 to {FASTEST}"),
        );
        let [least, most] = BODY;
        demand(
            (least..=most).contains(&self.max_response_bytes),
            "max_response_bytes must be from 64 KiB to 64 MiB",
        );
        if self.token_url.is_empty() {
            return;
        }
        match service_url(&self.token_url) {
            Err(reason) => demand(false, &format!("token_url: {reason}")),
            Ok(url) if is_used => {
                demand(
                    tls.allow_plain || plain_host(&url).is_none(),
                    "token_url: the password would go there unencrypted: write https://, or, within a closed network \
                     only, set source.tls.allow_plain = true",
                );
            }
            Ok(_) => {}
        }
    }
}
