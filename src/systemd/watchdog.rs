//! Proof of life for systemd's watchdog: fed by finished work, never by a timer.

use std::time::Duration;

use crate::config::Config;
use crate::systemd::notify::Notifier;
use dongbo_model::backoff::LONGEST_RETRY;
use dongbo_model::clock::Clock;
use dongbo_sync::vitals::{LONGEST_PIECE, Vitals};

/// The least time between two proofs of life.
const LEAST_BETWEEN: Duration = Duration::from_secs(1);

/// Feeds the watchdog each time that every part of the daemon has finished work since it was fed last, or rests until a
/// moment that it has named; at most once a second. Ends at once when the unit has no watchdog, and never otherwise.
pub async fn run(notifier: &Notifier, vitals: &Vitals, clock: &Clock) {
    if notifier.watchdog().is_none() {
        return;
    }
    let mut seen = vitals.progress();
    loop {
        seen = vitals.all_progressed(&seen).await;
        notifier.alive();
        clock.sleep(LEAST_BETWEEN).await;
    }
}

/// Raises the unit's watchdog interval to what `config` needs where that is longer; sets it back to the unit's own
/// where it is not, for a configuration that was reloaded.
pub fn fit(notifier: &Notifier, config: &Config) {
    let Some(given) = notifier.watchdog() else { return };
    let needed = needed(config);
    if needed > given {
        tracing::warn!(
            event = "watchdog.raised",
            unit_s = given.as_secs(),
            needed_s = needed.as_secs(),
            "With these time limits a single operation may take so long that the unit's WatchdogSec ({} s) would \
             kill it; {} s hold instead. Lower source.poll_every, source.statement_timeout, push.lease or \
             push.probe_every to detect a hang sooner",
            given.as_secs(),
            needed.as_secs()
        );
    }
    notifier.set_watchdog(needed.max(given));
}

/// How long it can take until every part has finished a piece of work while nothing hangs, with as much again for a
/// busy host.
#[must_use]
pub fn needed(config: &Config) -> Duration {
    let (sources, push) = (config.all_sources(), &config.push);
    let longest =
        |of: fn(&dongbo_source::Settings) -> Duration| sources.iter().map(of).max().unwrap_or_default();
    let query = longest(|source| source.connect_timeout.saturating_add(source.statement_timeout));
    // What failed waits for its retry, and may then fail as slowly again.
    let reading = longest(|source| source.poll_every).max(LONGEST_RETRY).saturating_add(query);
    // A call holds the password's exchange and itself.
    let probing = push.probe_every.saturating_add(config.portal.total_timeout.saturating_mul(2));
    // The proof of the mapping has twice the time of a query; a look-up or an upload holds a log-in and is repeated.
    let proving = query.saturating_mul(2);
    let calling = config.portal.total_timeout.saturating_mul(3);
    // Whatever waits for its turn at the portal is given back before its lease ends.
    [reading, probing, proving, calling, push.lease, LONGEST_PIECE]
        .into_iter()
        .fold(Duration::ZERO, Duration::max)
        .saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::sync::Arc;
    use std::time::Duration;

    use chrono::{DateTime, Utc};

    use super::{fit, needed, run};
    use crate::config::{Config, DEFAULTS};
    use crate::systemd::notify::Notifier;
    use dongbo_model::clock::{Clock, later};
    use dongbo_sync::vitals::{Part, Vitals};

    /// A unit with a watchdog of three minutes, and what it is told.
    fn unit(folder: &std::path::Path) -> (Notifier, UnixDatagram) {
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let variable = |name: &str| match name {
            "NOTIFY_SOCKET" => Some(path.clone().into_os_string()),
            "WATCHDOG_USEC" => Some("180000000".into()),
            _ => None,
        };
        (Notifier::from_environment(variable, 1), socket)
    }

    fn told(socket: &UnixDatagram) -> Option<String> {
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).ok()?;
        Some(String::from_utf8(bytes[..length].to_vec()).unwrap())
    }

    fn config(over: &str) -> Config {
        let base: toml::Table = DEFAULTS.parse().unwrap();
        let over: toml::Table = over.parse().unwrap();
        let mut merged = base;
        for (section, values) in over {
            merged[&section].as_table_mut().unwrap().extend(values.as_table().unwrap().clone());
        }
        merged.try_into().unwrap()
    }

    #[tokio::test]
    async fn a_part_that_hangs_starves_it_however_busy_the_others_are() {
        for &hung in Part::ALL {
            let folder = tempfile::tempdir().unwrap();
            let (notifier, socket) = unit(folder.path());
            let clock = Clock::manual(DateTime::<Utc>::UNIX_EPOCH);
            let vitals = Arc::new(Vitals::new(clock.clone()));
            let _on_duty: Vec<_> =
                Part::ALL.iter().map(|&part| vitals.on_duty(part, Duration::from_secs(60))).collect();
            let work = async {
                for _ in 0..100 {
                    for &part in Part::ALL.iter().filter(|part| **part != hung) {
                        vitals.progressed(part);
                    }
                    tokio::task::yield_now().await;
                }
                assert_eq!(told(&socket), None, "{hung:?} hangs");
                vitals.progressed(hung);
                assert_eq!(clock.next_sleeper().await, later(clock.now(), Duration::from_secs(1)));
                assert_eq!(told(&socket).as_deref(), Some("WATCHDOG=1"), "{hung:?} goes on");
            };
            tokio::select! {
                biased;
                () = run(&notifier, &vitals, &clock) => panic!("it ended"),
                () = work => {}
            }
        }
    }

    #[tokio::test]
    async fn a_part_that_sleeps_until_tomorrow_does_not_starve_it_and_one_that_oversleeps_does() {
        let folder = tempfile::tempdir().unwrap();
        let (notifier, socket) = unit(folder.path());
        let clock = Clock::manual(DateTime::<Utc>::UNIX_EPOCH);
        let vitals = Arc::new(Vitals::new(clock.clone()));
        let _on_duty = vitals.on_duty(Part::Housekeeping, Duration::from_secs(30));
        let tomorrow = later(clock.now(), Duration::from_secs(86_400));
        vitals.rests(Part::Housekeeping, tomorrow);
        let busy = || [Part::Reading, Part::Live, Part::Background].map(|part| vitals.progressed(part));
        let work = async {
            for (now, fed) in [
                (later(tomorrow, Duration::from_secs(120)), true),
                (later(tomorrow, Duration::from_secs(121)), false),
            ] {
                clock.advance_to(now);
                tokio::task::yield_now().await;
                busy();
                tokio::task::yield_now().await;
                assert_eq!(told(&socket).is_some(), fed, "{now}");
            }
        };
        tokio::select! {
            biased;
            () = run(&notifier, &vitals, &clock) => panic!("it ended"),
            () = work => {}
        }
    }

    #[tokio::test]
    async fn it_is_fed_once_a_second_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let (notifier, socket) = unit(folder.path());
        let clock = Clock::manual(DateTime::<Utc>::UNIX_EPOCH);
        let vitals = Vitals::new(clock.clone());
        let work = async {
            for second in 1..=3 {
                for &part in Part::ALL.iter().cycle().take(300) {
                    vitals.progressed(part);
                    tokio::task::yield_now().await;
                }
                let wake = clock.next_sleeper().await;
                assert_eq!(told(&socket).as_deref(), Some("WATCHDOG=1"), "second {second}");
                assert_eq!(told(&socket), None, "second {second}");
                clock.advance_to(wake);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = run(&notifier, &vitals, &clock) => panic!("it ended"),
            () = work => {}
        }
    }

    #[test]
    fn the_defaults_fit_the_unit_and_a_slower_configuration_raises_the_interval() {
        let folder = tempfile::tempdir().unwrap();
        let (notifier, socket) = unit(folder.path());
        fit(&notifier, &config(""));
        assert_eq!(told(&socket).as_deref(), Some("WATCHDOG_USEC=180000000"));
        for slow in
            ["[source]\npoll_every = \"5m\"", "[push]\nlease = \"5m\"", "[push]\nprobe_every = \"5m\""]
        {
            let slow = config(slow);
            assert!(needed(&slow) >= Duration::from_secs(600), "{:?}", needed(&slow));
            fit(&notifier, &slow);
            let raised = format!("WATCHDOG_USEC={}", needed(&slow).as_micros());
            assert_eq!(told(&socket), Some(raised));
        }
        fit(&notifier, &config(""));
        assert_eq!(told(&socket).as_deref(), Some("WATCHDOG_USEC=180000000"), "a reload takes it back");
    }
}
