//! `[console]`: the address of the pages for people, and who may open them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};

use crate::access::Token;

/// A session of less than this ends while its person reads.
const SHORTEST_SESSION: Duration = Duration::from_secs(60);

/// The section `[console]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port of the console; port 0 takes a free one, and `None` serves none.
    #[serde(deserialize_with = "address")]
    pub listen: Option<SocketAddr>,
    /// The file of those who may log in; `None`: nobody is asked who they are.
    #[serde(deserialize_with = "path")]
    pub users_file: Option<PathBuf>,
    /// The certificate of the console with those between it and its authority, as PEM; `None`: no TLS.
    #[serde(deserialize_with = "path")]
    pub certificate_file: Option<PathBuf>,
    /// The private key of the certificate, as PEM.
    #[serde(deserialize_with = "path")]
    pub key_file: Option<PathBuf>,
    /// The addresses of proxies that speak TLS with the browsers; nobody else is answered then.
    #[serde(deserialize_with = "networks")]
    pub behind_proxy: Vec<IpNet>,
    /// The programs that may ask the API, each with a token of its own.
    #[serde(rename = "token")]
    pub tokens: Vec<Token>,
    /// The time after which a session ends in which nobody asks for anything.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// The time after which every session ends.
    #[serde(with = "humantime_serde")]
    pub session_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9_768))),
            users_file: None,
            certificate_file: None,
            key_file: None,
            behind_proxy: Vec::new(),
            tokens: Vec::new(),
            idle_timeout: Duration::from_mins(30),
            session_timeout: Duration::from_hours(12),
        }
    }
}

impl Settings {
    /// The rules that the values break, each in a sentence.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let has_tls = self.certificate_file.is_some();
        if let Some(address) = self.listen.filter(|address| !address.ip().is_loopback()) {
            if self.users_file.is_none() {
                wrong.push(format!(
                    "console.listen: {address} can be reached from other hosts, and the console asks nobody who they are: set \
                     console.users_file, or use an address of this host alone, such as 127.0.0.1:9768 (docs/console.md)"
                ));
            }
            if !has_tls && self.behind_proxy.is_empty() {
                wrong.push(format!(
                    "console.listen: {address} can be reached from other hosts, and passwords would cross the network in the \
                     clear: set console.certificate_file and console.key_file, or console.behind_proxy (docs/console.md)"
                ));
            }
        }
        if has_tls != self.key_file.is_some() {
            wrong.push(
                "console.certificate_file and console.key_file belong together: set both, or none".to_owned(),
            );
        }
        if !self.behind_proxy.is_empty() {
            if has_tls {
                wrong.push(
                    "console.behind_proxy says that a proxy speaks TLS, and console.certificate_file that the console does: set \
                     one of them"
                        .to_owned(),
                );
            }
            if self.users_file.is_none() {
                wrong.push(
                    "console.behind_proxy is for a console at which people log in: set console.users_file"
                        .to_owned(),
                );
            }
        }
        for (place, token) in self.tokens.iter().enumerate() {
            if self.tokens.iter().take(place).any(|before| before.name == token.name) {
                wrong.push(format!("console.token: two have the name {:?}", token.name));
            }
            wrong.extend(token.validate());
        }
        for (key, time) in [("idle_timeout", self.idle_timeout), ("session_timeout", self.session_timeout)] {
            if time < SHORTEST_SESSION {
                wrong.push(format!("console.{key} must be at least 60s"));
            }
        }
        wrong
    }
}

/// An address, or none where the text is empty.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error| de::Error::custom(format!("{error}: write it like \"127.0.0.1:9768\"")))
}

/// Networks, and single addresses as networks of one.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        let parsed = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        parsed.map_err(|_| {
            de::Error::custom(format!(
                "{text} is no address or network: write it like \"10.0.0.2\" or \"10.0.0.0/24\""
            ))
        })
    };
    Vec::<String>::deserialize(deserializer)?.iter().map(network).collect()
}

/// An empty path is none.
fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    PathBuf::deserialize(deserializer).map(|path| Some(path).filter(|path| !path.as_os_str().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn of(listen: &str, more: &str) -> Vec<String> {
        toml::from_str::<Settings>(&format!("listen = \"{listen}\"\n{more}")).unwrap().validate()
    }

    #[test]
    fn only_this_host_may_reach_a_console_that_asks_nobody_who_they_are() {
        for listen in ["", "127.0.0.1:0", "127.8.8.8:9768", "[::1]:9768"] {
            assert_eq!(of(listen, ""), Vec::<String>::new(), "{listen}");
        }
        for listen in ["0.0.0.0:9768", "10.0.0.4:80", "[::]:9768", "[fe80::1]:9768"] {
            let wrong = of(listen, "");
            assert!(wrong.len() == 2 && wrong[0].contains("users_file"), "{wrong:?}");
        }
        for (text, remedy) in
            [("listen = \"here\"", "127.0.0.1:9768"), ("behind_proxy = [\"nginx\"]", "10.0.0.0/24")]
        {
            let error = toml::from_str::<Settings>(text).unwrap_err().to_string();
            assert!(error.contains(remedy), "{error}");
        }
    }

    #[test]
    fn from_elsewhere_it_is_reached_by_those_who_log_in_and_over_tls_only() {
        let users = "users_file = \"/var/lib/dongbo/users.toml\"\n";
        let tls = "certificate_file = \"/etc/c.pem\"\nkey_file = \"/etc/k.pem\"\n";
        let proxy = "behind_proxy = [\"10.0.0.2\", \"10.1.0.0/16\"]\n";
        for more in [format!("{users}{tls}"), format!("{users}{proxy}")] {
            assert_eq!(of("0.0.0.0:9768", &more), Vec::<String>::new(), "{more}");
        }
        assert_eq!(of("127.0.0.1:9768", users), Vec::<String>::new(), "by a tunnel");
        for (more, named) in [
            (users.to_owned(), "in the clear"),
            (tls.to_owned(), "console.users_file"),
            (proxy.to_owned(), "console.users_file"),
            (format!("{users}{tls}{proxy}"), "set one of them"),
            (format!("{users}{proxy}key_file = \"/etc/k.pem\""), "belong together"),
            (format!("{users}{tls}idle_timeout = \"59s\""), "console.idle_timeout"),
        ] {
            let wrong = of("0.0.0.0:9768", &more);
            assert!(wrong.iter().any(|one| one.contains(named)), "{more}: {wrong:?}");
        }
    }
}
