//! Links of files: what the portal can fetch, and what it never could.

use std::fmt::Write as _;
use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

use dongbo_model::invisible;

use crate::addresses::Addresses;

/// Ends of names that no public name server knows.
const LOCAL_ENDS: [&str; 9] =
    ["localhost", "local", "localdomain", "lan", "home", "internal", "intranet", "corp", "workgroup"];

/// The reason why a text is no link that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoLink {
    /// It is no absolute address of http or https with a host.
    NoAddress,
    /// It holds a log-in.
    LogIn,
    /// Its host is known in a local network only.
    Private,
}

impl NoLink {
    /// The reason in a few words, without the link.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::NoAddress => "no absolute http:// or https:// address with a host",
            Self::LogIn => "it holds a log-in",
            Self::Private => {
                "only the local network knows its host; if the portal reaches it, name it in private_links of the mapping"
            }
        }
    }
}

/// The hosts that links may have, by the mapping.
#[derive(Debug, Clone)]
pub(crate) struct LinkRule {
    addresses: Addresses,
    names: Vec<String>,
}

impl LinkRule {
    /// Checks the key `private_links`, networks and names of hosts, and adds what is wrong with it to `problems`.
    pub(super) fn check(private: &[String], problems: &mut Vec<String>) -> Self {
        let (mut networks, mut names) = (Vec::<IpNet>::new(), Vec::new());
        for text in private {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            if let Ok(network) = text.parse() {
                networks.push(network);
            } else if let Ok(address) = text.parse::<IpAddr>() {
                networks.push(address.into());
            } else if !text.is_empty() && text.chars().all(is_name) && text.parse::<f64>().is_err() {
                names.push(text.to_ascii_lowercase());
            } else {
                let text = invisible::shown(text);
                problems.push(format!(
                    "private_links: \"{text}\" is neither a network nor a host; one is \"10.1.0.0/16\", another \"kho.noibo\""
                ));
            }
        }
        Self { addresses: Addresses::public_and(&networks), names }
    }

    /// The link as it is sent: `text`, with what no address may hold encoded. `text` is no empty one.
    pub(crate) fn link(&self, text: &str) -> Result<String, NoLink> {
        let lower = text.to_ascii_lowercase();
        let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
        let host_begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        if !rest.is_some_and(host_begins) || text.contains('\\') {
            return Err(NoLink::NoAddress);
        }
        let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if authority.contains('@') {
            return Err(NoLink::LogIn);
        }
        if authority.chars().any(|c| !c.is_ascii_graphic() || "<>\"^`{|}%".contains(c)) {
            return Err(NoLink::NoAddress);
        }
        let encoded = encoded(text);
        let url = Url::parse(&encoded).map_err(|_| NoLink::NoAddress)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(NoLink::NoAddress)?;
        if self.admits(host) { Ok(encoded) } else { Err(NoLink::Private) }
    }

    fn admits(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return self.addresses.contain(address);
        }
        let end = bare.rsplit('.').next().unwrap_or_default();
        self.names.iter().any(|name| name == bare) || (bare.contains('.') && !LOCAL_ENDS.contains(&end))
    }
}

/// `text` with blanks, letters of other alphabets and the few marks that no address holds as percent signs and digits. What is
/// encoded already stays.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_code = || {
            let digits = text.get(at.saturating_add(1)..at.saturating_add(3));
            digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        if c.is_ascii_graphic() && !"<>\"^`{|}".contains(c) && (c != '%' || is_code()) {
            encoded.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a String cannot fail.
            write!(encoded, "%{byte:02X}").unwrap_or_default();
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{LinkRule, NoLink};

    fn rule(private: &[&str]) -> LinkRule {
        let mut problems = Vec::new();
        let private: Vec<String> = private.iter().map(|host| (*host).to_owned()).collect();
        let rule = LinkRule::check(&private, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        rule
    }

    #[test]
    fn what_the_portal_can_fetch_is_a_link() {
        for link in [
            "https://tep.kontum.gov.vn/kq.pdf",
            "http://203.162.1.1:8084/dl.aspx?f=KQ%201.pdf#trang=2",
            "HTTPS://Tep.KonTum.gov.vn",
            "https://[2405:4800::1]/kq.pdf",
        ] {
            assert_eq!(rule(&[]).link(link).as_deref(), Ok(link));
        }
        for (written, sent) in [
            ("https://a.vn/KQ 1.pdf", "https://a.vn/KQ%201.pdf"),
            ("https://a.vn/Giấy.pdf", "https://a.vn/Gi%E1%BA%A5y.pdf"),
            ("https://a.vn/100%.pdf", "https://a.vn/100%25.pdf"),
            ("https://a.vn/{1}|2.pdf?t=<x>", "https://a.vn/%7B1%7D%7C2.pdf?t=%3Cx%3E"),
        ] {
            assert_eq!(rule(&[]).link(written).as_deref(), Ok(sent));
        }
    }

    #[test]
    fn what_it_never_could_fetch_is_none() {
        for link in [
            "D:\\HoSo\\2025\\KQ.pdf",
            "D:/HoSo/KQ.pdf",
            "/Uploads/2025/KQ 1.pdf",
            "KQ.pdf",
            "//tep.kontum.gov.vn/kq.pdf",
            "file:///srv/kq.pdf",
            "ftp://tep.kontum.gov.vn/kq.pdf",
            "javascript:alert(1)",
            "\\\\server\\share\\KQ.pdf",
            "N/A",
            "-",
            "http://",
            "http:///kq.pdf",
            "http:/tep.kontum.gov.vn/kq.pdf",
            "http:tep.kontum.gov.vn/kq.pdf",
            "https://tep.kontum.gov.vn\\kq.pdf",
            "https:// tep.kontum.gov.vn/kq.pdf",
            "https://tệp.gov.vn/kq.pdf",
            "https://tep kontum.gov.vn/kq.pdf",
            "https://tep.kontum.gov.vn:port/kq.pdf",
            "https://?x=1",
            "https://1.2.3.4.5/kq.pdf",
            "www.kontum.gov.vn/kq.pdf",
        ] {
            assert_eq!(rule(&[]).link(link), Err(NoLink::NoAddress), "{link}");
        }
        for link in ["https://me:secret@a.vn/kq.pdf", "https://me@a.vn/kq.pdf"] {
            assert_eq!(rule(&[]).link(link), Err(NoLink::LogIn), "{link}");
        }
    }

    #[test]
    fn hosts_of_the_local_network_are_links_only_where_the_mapping_names_them() {
        for (link, private) in [
            ("http://10.0.80.189:8084/dl.aspx?f=KQ 1.pdf", "10.0.80.0/24"),
            ("http://localhost/kq.pdf", "localhost"),
            ("http://127.0.0.1/kq.pdf", "127.0.0.1"),
            ("http://[::1]/kq.pdf", "::1"),
            ("http://0x7f.1/kq.pdf", "127.0.0.0/8"),
            ("http://192.168.1.2/kq.pdf", "192.168.0.0/16"),
            ("http://MAYCHU/kq.pdf", "maychu"),
            ("http://kho.motcua.local/kq.pdf", "kho.motcua.local"),
        ] {
            assert_eq!(rule(&[]).link(link), Err(NoLink::Private), "{link}");
            assert!(rule(&[private]).link(link).is_ok(), "{link}");
        }
    }

    #[test]
    fn private_links_that_are_neither_networks_nor_hosts_are_told() {
        let mut problems = Vec::new();
        let written = ["10.0.0.0/99", "http://kho/", "", "kho\u{200b}"].map(str::to_owned);
        LinkRule::check(&written, &mut problems);
        assert_eq!(problems.len(), 4, "{problems:?}");
    }
}
