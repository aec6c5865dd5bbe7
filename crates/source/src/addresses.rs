//! Addresses that are open to the public network, and those that only a local network knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;

/// Networks that are no public host's (IANA's special-purpose registries of IPv4 and IPv6), and the address at which
/// Azure serves the machines of a customer. The metadata services of other clouds are link-local, ULA or CGNAT.
const NOT_PUBLIC: [&str; 27] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/128",
    "::1/128",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

static CLOSED: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| NOT_PUBLIC.iter().filter_map(|network| network.parse().ok()).collect());

/// The public addresses, and those of some networks that are not public.
#[derive(Debug, Clone)]
pub struct Addresses {
    allowed: Arc<[IpNet]>,
}

impl Addresses {
    /// The public addresses and those of `allowed`.
    #[must_use]
    pub fn public_and(allowed: &[IpNet]) -> Self {
        Self { allowed: allowed.into() }
    }

    /// Whether `address` is one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address))
            || (!CLOSED.iter().any(|network| network.contains(&address))
                && within(address).is_none_or(|inner| self.contain(IpAddr::V4(inner))))
    }
}

/// The IPv4 address that a translator or tunnel takes out of an IPv6 address: NAT64, 6to4, and the old forms `::a.b.c.d`.
fn within(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let (high, low) = match (a, b, c, d, e, f) {
        (0x64, 0xff9b, 0, 0, 0, 0) | (0, 0, 0, 0, 0, 0) => (g, h),
        (0x2002, ..) => (b, c),
        _ => return None,
    };
    let [first, second] = high.to_be_bytes();
    let [third, fourth] = low.to_be_bytes();
    Some(Ipv4Addr::new(first, second, third, fourth)).filter(|_| address != Ipv6Addr::UNSPECIFIED)
}

#[cfg(test)]
mod tests {
    use super::{CLOSED, NOT_PUBLIC};

    #[test]
    fn every_network_of_the_table_can_be_read() {
        assert_eq!(CLOSED.len(), NOT_PUBLIC.len());
    }
}
