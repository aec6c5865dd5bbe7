//! The files that the process may have open: some are kept back for work, and connections that are taken in share the rest.

use rustix::process::{Resource, getrlimit};

use crate::config::Config;
use dongbo_portal::Dialect;

/// The listeners that share what is left: pages for machines and for people, the portal's fetches of files, the
/// control socket.
pub(crate) const LISTENERS: u64 = 4;

/// Streams, timers, the log, temporary files and look-ups of names.
const OWN: u64 = 64;
/// Log-ins, look-ups, counts and the catalogue, beside what is sent.
const OTHER_CALLS: u64 = 8;
/// The files of one connection to SQLite: the database, its log, and the index of that.
const SQLITE_FILES: u64 = 3;
/// Connections to a ledger that is a file, and one for its check.
const LEDGER_CONNECTIONS: u64 = 4;
/// While a configuration is taken over, the old one and the new one are both connected.
const AT_RELOAD: u64 = 2;

/// How the files are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// Most files that the process may have open; `None` for no limit.
    pub(crate) most: Option<u64>,
    /// Those that are kept back for the portal, the local database and the ledger.
    pub(crate) kept: u64,
}

impl Share {
    /// The share of this process under `config`.
    pub(crate) fn of(config: &Config) -> Self {
        Self { most: getrlimit(Resource::Nofile).current, kept: kept(config) }
    }

    /// Files for connections that are taken in.
    pub(crate) fn for_connections(self) -> u64 {
        self.most.map_or(u64::MAX, |most| most.saturating_sub(self.kept))
    }

    /// The limit that `config` needs for as many connections as it allows.
    pub(crate) fn wanted(self, config: &Config) -> u64 {
        let each = u64::try_from(config.listeners.max_connections).unwrap_or(u64::MAX);
        self.kept.saturating_add(each.saturating_mul(LISTENERS))
    }

    /// Whether there are too few, so that fewer connections are taken in than `config` allows.
    pub(crate) fn is_short(self, config: &Config) -> bool {
        self.most.is_some_and(|most| most < self.wanted(config))
    }
}

/// The files that work needs at most.
fn kept(config: &Config) -> u64 {
    let files = u64::from(config.files.concurrency);
    let served = match config.portal.dialect {
        Dialect::Rest => 0,
        _ => u64::try_from(config.files.serve_concurrency).unwrap_or(u64::MAX),
    };
    let calls = u64::from(config.push.max_concurrency).saturating_add(OTHER_CALLS).saturating_add(files);
    let sources = config.all_sources();
    let source = sources
        .iter()
        .map(|source| u64::from(source.max_connections).saturating_add(1).saturating_mul(SQLITE_FILES))
        .fold(0, u64::saturating_add);
    let ledger = if config.ledger.is_shared() {
        u64::from(config.ledger.max_connections).saturating_add(1)
    } else {
        LEDGER_CONNECTIONS.saturating_mul(SQLITE_FILES)
    };
    [OWN, ledger, files, served]
        .into_iter()
        .fold(calls.saturating_add(source).saturating_mul(AT_RELOAD), u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::Share;
    use crate::config::{Config, DEFAULTS};

    #[test]
    fn the_defaults_fit_the_limit_that_a_shell_has_and_fewer_files_leave_the_reserve_alone() {
        let config: Config = toml::from_str(DEFAULTS).unwrap();
        let kept = Share::of(&config).kept;
        let share = |most| Share { most, kept };
        assert!((100..400).contains(&kept), "{kept}");
        assert!(!share(Some(1_024)).is_short(&config));
        assert!(!share(None).is_short(&config));
        assert!(share(Some(512)).is_short(&config));
        assert_eq!(share(Some(512)).for_connections(), 512 - kept);
        assert_eq!(share(Some(10)).for_connections(), 0);
    }
}
