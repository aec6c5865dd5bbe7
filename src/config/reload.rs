//! What of a new configuration only a restart can bring into force.

use super::Config;

/// The keys that differ between `old` and `new` and cannot change while the daemon runs: they name what it holds open
/// from start to end.
#[must_use]
pub fn restart_needed(old: &Config, new: &Config) -> Vec<&'static str> {
    [
        ("ledger.path", old.ledger.path != new.ledger.path),
        ("http.listen", old.http.listen != new.http.listen),
        ("control.socket", old.control.socket != new.control.socket),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::restart_needed;
    use crate::config::{Config, DEFAULTS};

    #[test]
    fn what_the_daemon_holds_open_needs_a_restart_and_nothing_else_does() {
        let old: Config = toml::from_str(DEFAULTS).unwrap();
        let mut new = old.clone();
        new.push.calls_per_second = 7;
        new.log.level = "debug".to_owned();
        assert_eq!(restart_needed(&old, &new), Vec::<&str>::new());
        new.ledger.path = "/elsewhere".into();
        new.http.listen.set_port(1);
        new.control.socket = "/elsewhere.sock".into();
        assert_eq!(restart_needed(&old, &new), ["ledger.path", "http.listen", "control.socket"]);
    }
}
