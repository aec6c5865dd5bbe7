//! `[console]`: the address of the pages for people.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer, de};

/// The section `[console]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port of the console; port 0 takes a free one, and `None` serves none.
    #[serde(deserialize_with = "address")]
    pub listen: Option<SocketAddr>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9_768))) }
    }
}

impl Settings {
    /// The rules that the values break, each in a sentence.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let open = self.listen.filter(|address| !address.ip().is_loopback());
        open.map(|address| {
            format!(
                "console.listen: {address} can be reached from other hosts, and the console asks nobody who they are: use an \
                 address of this host alone, such as 127.0.0.1:9768, and a tunnel or a proxy that asks (docs/console.md)"
            )
        })
        .into_iter()
        .collect()
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

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn only_this_host_may_reach_the_console_which_asks_nobody_who_they_are() {
        let of = |listen: &str| toml::from_str::<Settings>(&format!("listen = \"{listen}\""));
        for listen in ["", "127.0.0.1:0", "127.8.8.8:9768", "[::1]:9768"] {
            assert_eq!(of(listen).unwrap().validate(), Vec::<String>::new(), "{listen}");
        }
        for listen in ["0.0.0.0:9768", "10.0.0.4:80", "[::]:9768", "[fe80::1]:9768"] {
            let wrong = of(listen).unwrap().validate();
            assert!(wrong.len() == 1 && wrong[0].contains("console.listen"), "{wrong:?}");
        }
        assert!(of("here").unwrap_err().to_string().contains("127.0.0.1:9768"));
    }
}
