//! The proxy of outgoing calls: the one that a key names, or the one that the environment does.
//!
//! What a key says comes first. Without it `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY` hold, in capitals or not, except
//! for the hosts that `NO_PROXY` names, and never for this machine itself.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use dongbo_model::ErrorClass;
use ipnet::IpNet;
use url::{Host, Url};

use crate::host::is_this_machine;
use crate::secret::{Secret, SecretError};

/// A proxy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The text is no address of a proxy. It may hold a password, so that it is not repeated.
    #[error(
        "{origin} is not the address of a proxy: write \"http://\", its host and its port, without user and password"
    )]
    Address {
        /// The key or variable that holds it.
        origin: String,
    },
    /// The file of credentials cannot be read.
    #[error("{key}: {source}")]
    File {
        /// The key that names the file.
        key: String,
        /// The reason.
        source: SecretError,
    },
    /// The file of credentials holds something else.
    #[error("{key}: the file must hold one line of the form user:password")]
    Credentials {
        /// The key that names the file.
        key: String,
    },
}

impl ProxyError {
    /// The class, which says who has to act.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Config
    }
}

/// A user and a password for a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyCredentials {
    /// The user.
    pub user: Secret,
    /// The password.
    pub password: Secret,
}

/// The proxy of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its address, without user and password.
    pub url: Url,
    /// The key or variable that names it.
    pub origin: String,
    /// What it knows us by.
    pub credentials: Option<ProxyCredentials>,
}

impl Proxy {
    /// Its host and port.
    #[must_use]
    pub fn host(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }
}

/// The proxies of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProxyEnvironment {
    https: Option<Proxy>,
    http: Option<Proxy>,
    /// Hosts that are called without one.
    direct: Vec<Direct>,
}

/// Hosts that are called without a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Direct {
    Everything,
    Network(IpNet),
    /// The name itself and all below it, and the port where one is given.
    Name(String, Option<u16>),
}

/// The proxies of one kind of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxies {
    /// None.
    Direct,
    /// Always this one.
    Through(Box<Proxy>),
    /// The environment's, with the credentials of a file in the place of theirs.
    Environment(Box<ProxyEnvironment>, Option<ProxyCredentials>),
}

/// The variables of this process that are text.
#[must_use]
pub fn variables() -> Vec<(String, String)> {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// Checks the text of a key that names a proxy: empty, `none`, or an address.
///
/// # Errors
/// When it is none of them.
pub fn check(key: &str, text: &str) -> Result<(), ProxyError> {
    match text {
        "" | "none" => Ok(()),
        text => address(text, key, false).map(drop),
    }
}

impl Proxies {
    /// The proxies that `text`, the value of `key`, and the `environment` name. The file of credentials is read.
    ///
    /// # Errors
    /// When an address or the file of credentials cannot be used.
    pub fn new(
        key: &str,
        text: &str,
        credentials_file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ProxyError> {
        let credentials = credentials_file.map(|path| credentials(key, path)).transpose()?;
        match text {
            "none" => Ok(Self::Direct),
            "" => Ok(Self::Environment(Box::new(ProxyEnvironment::of(environment)?), credentials)),
            text => {
                let proxy = address(text, key, false)?;
                Ok(Self::Through(Box::new(Proxy { credentials, ..proxy })))
            }
        }
    }

    /// The proxy of a call to `url`; `None` when it goes straight there.
    #[must_use]
    pub fn of(&self, url: &Url) -> Option<Proxy> {
        match self {
            Self::Direct => None,
            Self::Through(proxy) => Some(proxy.as_ref().clone()),
            Self::Environment(environment, credentials) => {
                let proxy = environment.of_url(url)?;
                let credentials = credentials.clone().or_else(|| proxy.credentials.clone());
                Some(Proxy { credentials, ..proxy.clone() })
            }
        }
    }

    /// The host of the address `text`, and the proxy of a call there; `None` when it is no address.
    #[must_use]
    pub fn way(&self, text: &str) -> Option<(String, Option<Proxy>)> {
        let url = Url::parse(text).ok()?;
        Some((url.host_str()?.to_owned(), self.of(&url)))
    }

    /// The names of the hosts of all proxies that may be used.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let all: Vec<&Proxy> = match self {
            Self::Direct => Vec::new(),
            Self::Through(proxy) => vec![proxy],
            Self::Environment(environment, _) => {
                [&environment.https, &environment.http].into_iter().flatten().collect()
            }
        };
        all.iter().filter_map(|proxy| proxy.url.host_str()).map(str::to_owned).collect()
    }
}

impl ProxyEnvironment {
    /// The proxies that these variables name.
    ///
    /// # Errors
    /// When one of them is no address of a proxy.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, ProxyError> {
        let known: BTreeMap<String, String> =
            variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let first = |names: &[&str]| {
            let found = names.iter().find_map(|name| known.get_key_value(*name));
            found.map(|(name, value)| address(value.trim(), name, true)).transpose()
        };
        // As curl has it: what runs for a web server may not take `HTTP_PROXY` from a header of the request.
        let for_web_server = known.contains_key("REQUEST_METHOD");
        let http: &[&str] = if for_web_server { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
        let any = first(&["all_proxy", "ALL_PROXY"])?;
        let direct = ["no_proxy", "NO_PROXY"].iter().find_map(|name| known.get(*name));
        Ok(Self {
            https: first(&["https_proxy", "HTTPS_PROXY"])?.or_else(|| any.clone()),
            http: first(http)?.or(any),
            direct: direct
                .map(|list| list.split([',', ' ']).filter_map(Direct::of).collect())
                .unwrap_or_default(),
        })
    }

    fn of_url(&self, url: &Url) -> Option<&Proxy> {
        let proxy = match url.scheme() {
            "https" => self.https.as_ref(),
            "http" => self.http.as_ref(),
            _ => None,
        }?;
        let host = url.host_str()?;
        let here = is_this_machine(host) || host.ends_with(".localhost");
        (!here && !self.direct.iter().any(|direct| direct.covers(url))).then_some(proxy)
    }
}

impl Direct {
    /// One entry of `NO_PROXY`: a name, with or without a point or `*.` before it, an address, a network, or `*`.
    fn of(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_ascii_lowercase();
        if entry == "*" {
            return Some(Self::Everything);
        }
        let bare = entry.trim_start_matches('[').trim_end_matches(']');
        if let Ok(network) = bare.parse() {
            return Some(Self::Network(network));
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (entry.as_str(), None),
        };
        let name = name.trim_start_matches("*.").trim_start_matches('.').trim_end_matches('.');
        (!name.is_empty()).then(|| Self::Name(name.to_owned(), port))
    }

    fn covers(&self, url: &Url) -> bool {
        match (self, url.host()) {
            (Self::Everything, _) => true,
            (Self::Network(network), Some(Host::Ipv4(address))) => network.contains(&IpAddr::V4(address)),
            (Self::Network(network), Some(Host::Ipv6(address))) => {
                network.contains(&IpAddr::V6(address).to_canonical())
            }
            (Self::Name(name, port), Some(host)) => {
                let host = host.to_string();
                let host = host.trim_end_matches('.');
                let below = host.strip_suffix(name.as_str()).is_some_and(|before| before.ends_with('.'));
                let port_fits = port.is_none_or(|port| url.port_or_known_default() == Some(port));
                port_fits && (host == name || below)
            }
            _ => false,
        }
    }
}

/// The proxy at the address `text`. Only the environment may put user and password into it.
fn address(text: &str, origin: &str, with_credentials: bool) -> Result<Proxy, ProxyError> {
    let wrong = || ProxyError::Address { origin: origin.to_owned() };
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let mut url = Url::parse(&whole).map_err(|_| wrong())?;
    let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let is_known = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https")
        || !url.has_host()
        || !plain
        || (is_known && !with_credentials)
    {
        return Err(wrong());
    }
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let credentials = is_known.then(|| ProxyCredentials {
        user: Secret::new(decoded(url.username())),
        password: Secret::new(decoded(url.password().unwrap_or_default())),
    });
    url.set_username("").map_err(|()| wrong())?;
    url.set_password(None).map_err(|()| wrong())?;
    Ok(Proxy { url, origin: origin.to_owned(), credentials })
}

fn credentials(key: &str, path: &Path) -> Result<ProxyCredentials, ProxyError> {
    let key = format!("{key}_credentials_file");
    let line = Secret::from_file(path).map_err(|source| ProxyError::File { key: key.clone(), source })?;
    let (user, password) = line.expose().split_once(':').ok_or(ProxyError::Credentials { key })?;
    Ok(ProxyCredentials { user: Secret::new(user), password: Secret::new(password) })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Proxies, check};

    const VARIABLES: [(&str, &str); 4] = [
        ("HTTPS_PROXY", "http://ke:m%40t@tls.example.vn:3128"),
        ("http_proxy", "plain.example.vn:8080"),
        ("HTTP_PROXY", "http://never.example.vn"),
        ("NO_PROXY", "noibo.example.vn, .tinh.vn,*.xa.vn,10.1.0.0/16 192.168.7.8,port.vn:8443"),
    ];

    fn variables(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn proxy_of(proxies: &Proxies, url: &str) -> Option<String> {
        proxies.of(&Url::parse(url).unwrap()).map(|proxy| proxy.host())
    }

    #[test]
    fn the_environment_names_a_proxy_by_scheme_and_the_hosts_that_need_none() {
        let proxies = Proxies::new("portal.proxy", "", None, variables(&VARIABLES)).unwrap();
        let (tls, plain) = (Some("tls.example.vn:3128"), Some("plain.example.vn:8080"));
        for (url, expected) in [
            ("https://adapter.gov.vn/x", tls),
            ("http://adapter.gov.vn/x", plain),
            ("https://noibo.example.vn/", None),
            ("https://a.noibo.example.vn/", None),
            ("https://khongnoibo.example.vn/", tls),
            ("https://a.tinh.vn/", None),
            ("https://xa.vn/", None),
            ("https://b.xa.vn./", None),
            ("https://10.1.2.3/", None),
            ("https://10.2.2.3/", tls),
            ("https://192.168.7.8:9/", None),
            ("https://port.vn:8443/", None),
            ("https://port.vn/", tls),
            ("https://localhost/", None),
            ("http://127.0.0.1:9/", None),
            ("http://[::1]:9/", None),
        ] {
            assert_eq!(proxy_of(&proxies, url).as_deref(), expected, "{url}");
        }
        let proxy = proxies.of(&Url::parse("https://adapter.gov.vn").unwrap()).unwrap();
        assert_eq!(proxy.origin, "HTTPS_PROXY");
        assert_eq!(proxy.credentials.as_ref().unwrap().password.expose(), "m@t");
        assert!(!format!("{proxies:?} {proxy:?} {}", proxy.url).contains("m@t"));
        assert!(!format!("{proxies:?}").contains("m%40t"));
    }

    #[test]
    fn one_variable_may_hold_for_all_and_everything_may_be_left_out() {
        let all = Proxies::new("k", "", None, variables(&[("ALL_PROXY", "http://p:1")])).unwrap();
        assert_eq!(proxy_of(&all, "https://a.vn").as_deref(), Some("p:1"));
        assert_eq!(proxy_of(&all, "http://a.vn").as_deref(), Some("p:1"));
        let none = Proxies::new("k", "", None, variables(&[("ALL_PROXY", "http://p:1"), ("no_proxy", "*")]));
        assert_eq!(proxy_of(&none.unwrap(), "https://a.vn"), None);
    }

    #[test]
    fn what_the_key_says_comes_before_the_environment() {
        let through = Proxies::new("portal.proxy", "http://ours:3128", None, variables(&VARIABLES)).unwrap();
        for url in ["https://adapter.gov.vn", "https://noibo.example.vn", "http://127.0.0.1"] {
            assert_eq!(proxy_of(&through, url).as_deref(), Some("ours:3128"), "{url}");
        }
        let direct = Proxies::new("portal.proxy", "none", None, variables(&VARIABLES)).unwrap();
        assert_eq!(proxy_of(&direct, "https://adapter.gov.vn"), None);
    }

    #[test]
    fn credentials_come_from_a_file_and_are_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "dongbo:rat:mat\n").unwrap();
        let proxies = Proxies::new("portal.proxy", "http://p:1", Some(file.path()), []).unwrap();
        let proxy = proxies.of(&Url::parse("https://a.vn").unwrap()).unwrap();
        let credentials = proxy.credentials.as_ref().unwrap();
        assert_eq!((credentials.user.expose(), credentials.password.expose()), ("dongbo", "rat:mat"));
        assert!(!format!("{proxies:?} {proxy:?}").contains("mat"));
        std::fs::write(file.path(), "rat-mat").unwrap();
        let error =
            Proxies::new("portal.proxy", "http://p:1", Some(file.path()), []).unwrap_err().to_string();
        assert!(error.contains("portal.proxy_credentials_file") && !error.contains("rat-mat"), "{error}");
    }

    #[test]
    fn what_is_no_proxy_is_told_by_the_name_of_the_key_and_never_repeated() {
        for text in ["socks5://p:1", "http://ke:mat@p:1", "http://", "http://p/duong", "p:khong"] {
            let error = check("portal.proxy", text).unwrap_err().to_string();
            assert!(error.contains("portal.proxy") && !error.contains("mat@"), "{text}: {error}");
        }
        let error = Proxies::new("k", "", None, variables(&[("https_proxy", "socks5://mat@p")])).unwrap_err();
        assert!(
            error.to_string().starts_with("https_proxy ") && !error.to_string().contains("mat"),
            "{error}"
        );
        for text in ["", "none", "http://p", "p:3128", "https://p:443/"] {
            assert!(check("portal.proxy", text).is_ok(), "{text}");
        }
    }
}
