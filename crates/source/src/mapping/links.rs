//! Links of files: what the portal can fetch, and what it never could.

use std::fmt::Write as _;
use std::net::IpAddr;

use ipnet::IpNet;
use reqwest::Url;

use dongbo_model::{Detail, Lang, invisible};

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
    /// No other machine can find its host.
    Unreachable,
}

impl NoLink {
    /// The reason in a few words, without the link.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::NoAddress => Detail::NoAddress.text(Lang::En),
            Self::LogIn => Detail::LogIn.text(Lang::En),
            Self::Unreachable => Detail::Unreachable.text(Lang::En),
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
    /// Checks the key `local_links`, networks and names of hosts, and adds what is wrong with it to `problems`.
    pub(super) fn check(local: &[String], problems: &mut Vec<String>) -> Self {
        let (mut networks, mut names) = (Vec::<IpNet>::new(), Vec::new());
        for text in local {
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
                    "local_links: \"{text}\" is neither a network nor a host; examples are \"127.0.0.0/8\" and \"kho.noibo\""
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
        if self.admits(host) { Ok(encoded) } else { Err(NoLink::Unreachable) }
    }

    fn admits(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return self.addresses.contain(address) || is_of_a_private_network(address);
        }
        let end = bare.rsplit('.').next().unwrap_or_default();
        self.names.iter().any(|name| name == bare) || (bare.contains('.') && !LOCAL_ENDS.contains(&end))
    }
}

/// Whether `address` is of a network that is closed to the public but not to the portal: the state's own network, by which its
/// adapter comes, uses these.
const fn is_of_a_private_network(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
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

    fn rule(local: &[&str]) -> LinkRule {
        let mut problems = Vec::new();
        let local: Vec<String> = local.iter().map(|host| (*host).to_owned()).collect();
        let rule = LinkRule::check(&local, &mut problems);
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
            "http://10.0.80.189:8084/dl.aspx?f=1",
            "http://192.168.1.2/kq.pdf",
            "http://[fd00::1]/kq.pdf",
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
    fn hosts_that_no_other_machine_finds_are_links_only_where_the_mapping_names_them() {
        for (link, local) in [
            ("http://localhost/kq.pdf", "localhost"),
            ("http://127.0.0.1/kq.pdf", "127.0.0.1"),
            ("http://[::1]/kq.pdf", "::1"),
            ("http://0x7f.1/kq.pdf", "127.0.0.0/8"),
            ("http://169.254.1.2/kq.pdf", "169.254.1.2"),
            ("http://MAYCHU/kq.pdf", "maychu"),
            ("http://kho.motcua.local/kq.pdf", "kho.motcua.local"),
        ] {
            assert_eq!(rule(&[]).link(link), Err(NoLink::Unreachable), "{link}");
            assert!(rule(&[local]).link(link).is_ok(), "{link}");
        }
    }

    #[test]
    fn local_links_that_are_neither_networks_nor_hosts_are_told() {
        let mut problems = Vec::new();
        let written = ["10.0.0.0/99", "http://kho/", "", "kho\u{200b}"].map(str::to_owned);
        LinkRule::check(&written, &mut problems);
        assert_eq!(problems.len(), 4, "{problems:?}");
    }
}
