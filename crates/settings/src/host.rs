//! Names of hosts.

use std::net::IpAddr;

/// Whether `host`, a name or an address as it stands in a URL, is this machine: what is said to it crosses no network. A name
/// below `localhost` is not, for whoever answers for names may answer for that one.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => bare.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_the_loopback_is_this_machine() {
        for host in
            ["localhost", "LocalHost.", "127.0.0.1", "127.8.0.1", "::1", "[::1]", "[::ffff:127.0.0.1]"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "db",
            "localhost.example.vn",
            "db.localhost",
            "0.0.0.0",
            "10.0.0.5",
            "[fd00::1]",
            "",
            "127.0.0.1.vn",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
