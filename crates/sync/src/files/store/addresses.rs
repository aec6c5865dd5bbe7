//! The addresses that may be connected to for a file. They are judged where the connection is made, so that a name which
//! answers differently the second time gains nothing.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::error::StoreError;
use dongbo_source::Addresses;

/// Decides which addresses may be connected to.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    addresses: Addresses,
    /// Hosts of proxies, which the operator names and which may be anywhere. What a proxy connects to is its own affair.
    proxies: Arc<[String]>,
}

/// No address of a name may be connected to.
#[derive(Debug)]
pub(super) struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is not public")
    }
}

impl StdError for NotPublic {}

impl Guard {
    pub(super) fn new(allowed: &[IpNet], proxies: Vec<String>) -> Self {
        Self { addresses: Addresses::public_and(allowed), proxies: proxies.into() }
    }

    pub(super) fn admits(&self, address: IpAddr) -> bool {
        self.addresses.contain(address)
    }

    /// An address that stands in a URL is never looked up, so it is judged here.
    pub(super) fn check(&self, url: &Url) -> Result<(), StoreError> {
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) if !self.admits(address) => Err(StoreError::Address),
            _ => Ok(()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_proxy = guard.proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
            let admitted: Vec<SocketAddr> =
                found.filter(|address| is_proxy || guard.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, StoreError};

    #[test]
    fn only_public_addresses_and_configured_networks_are_admitted() {
        let guard = Guard::new(&["10.1.0.0/16".parse().unwrap(), "fd00:1::/32".parse().unwrap()], Vec::new());
        for admitted in ["8.8.8.8", "203.162.1.1", "2405:4800::1", "10.1.2.3", "fd00:1::9", "::ffff:10.1.2.3"]
        {
            assert!(guard.admits(admitted.parse().unwrap()), "{admitted}");
        }
        for refused in [
            "127.0.0.1",
            "0.0.0.0",
            "10.2.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:0:1::1",
            "ff02::1",
        ] {
            assert!(!guard.admits(refused.parse().unwrap()), "{refused}");
        }
        for url in ["http://127.0.0.1/", "http://[::1]:8/", "http://2130706433/", "http://0x7f.1/"] {
            assert!(matches!(guard.check(&url.parse().unwrap()), Err(StoreError::Address)), "{url}");
        }
        assert!(guard.check(&"http://10.1.0.1/".parse().unwrap()).is_ok());
    }
}
