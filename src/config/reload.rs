//! What of a new configuration only a restart can bring into force.

use super::Config;

/// The keys that differ between `old` and `new` and cannot change while the daemon runs: they name what it holds open
/// from start to end.
#[must_use]
pub fn restart_needed(old: &Config, new: &Config) -> Vec<&'static str> {
    [
        ("ledger.path", old.ledger.path != new.ledger.path),
        ("ledger.url", old.ledger.url != new.ledger.url),
        ("ledger.password_file", old.ledger.password_file != new.ledger.password_file),
        ("ledger.connect_timeout", old.ledger.connect_timeout != new.ledger.connect_timeout),
        ("ledger.statement_timeout", old.ledger.statement_timeout != new.ledger.statement_timeout),
        ("ledger.max_connections", old.ledger.max_connections != new.ledger.max_connections),
        ("http.listen", old.http.listen != new.http.listen),
        ("control.socket", old.control.socket != new.control.socket),
        ("log.format", old.log.format != new.log.format),
        ("log.repeats_every", old.log.repeats_every != new.log.repeats_every),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::restart_needed;
    use crate::config::{Config, DEFAULTS};
    use crate::log::LogFormat;

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
        new.log.format = LogFormat::Json;
        let fixed = ["ledger.path", "http.listen", "control.socket", "log.format"];
        assert_eq!(restart_needed(&old, &new), fixed);
    }
}
