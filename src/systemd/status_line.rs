//! The line that `systemctl status` shows: how complete the portal is, and whether it can be reached.

use std::time::Duration;

use crate::systemd::notify::Notifier;
use dongbo_ledger::{Layer, LayerState, Ledger, Overview};
use dongbo_model::Trouble;
use dongbo_model::clock::Clock;
use dongbo_sync::gate::Gate;

/// How often the ledger is counted for it.
const REFRESH_EVERY: Duration = Duration::from_secs(5);

/// Sends it whenever it has changed, at most every five seconds. Ends at once when nobody listens, and never otherwise.
pub async fn run(notifier: &Notifier, ledger: &Ledger, gate: &Gate, clock: &Clock) {
    if notifier.is_silent() {
        return;
    }
    let mut told = String::new();
    loop {
        // A ledger that cannot be read is reported by whoever works with it, and the old line stays.
        if let Ok(overview) = ledger.overview(clock.now()).await {
            let line = status_line(&overview, gate.closed().map(|(trouble, _)| trouble), gate.paused());
            if line != told {
                notifier.status(&line);
                told = line;
            }
        }
        clock.sleep(REFRESH_EVERY).await;
    }
}

/// `99.98 % · 3 held · portal up`: the share of dossiers synced in the least complete layer, how many a person has to
/// act on, and the portal; then whether the operator has paused sending. The share is rounded down, so that 100.00 % means
/// all.
#[must_use]
pub fn status_line(overview: &Overview, portal: Option<Trouble>, paused: bool) -> String {
    let synced = |&layer: &Layer| overview.counts.of(layer).of(LayerState::Synced);
    let least = Layer::ALL.iter().map(synced).min().unwrap_or(0);
    let portal = match portal {
        None => "portal up",
        Some(Trouble::Down) => "portal down",
        Some(Trouble::Auth) => "portal refuses log-in",
        Some(Trouble::Config) => "portal not at its address",
        Some(Trouble::Drift) => "portal answers unknown",
    };
    let paused = if paused { " · sending paused" } else { "" };
    format!("{} · {} held · {portal}{paused}", share(least, overview.dossiers), overview.held)
}

/// `part` of `whole` in percent, rounded down.
fn share(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part).saturating_mul(10_000).checked_div(u128::from(whole));
    hundredths
        .map_or_else(|| "no dossiers".to_owned(), |share| format!("{}.{:02} %", share / 100, share % 100))
}

#[cfg(test)]
mod tests {
    use super::{share, status_line};
    use dongbo_ledger::Overview;
    use dongbo_model::Trouble;

    #[test]
    fn a_share_is_never_rounded_up_to_all() {
        assert_eq!(share(0, 0), "no dossiers");
        assert_eq!(share(1, 3), "33.33 %");
        assert_eq!(share(99_989, 100_000), "99.98 %");
        assert_eq!(share(9_999_999, 10_000_000), "99.99 %");
        assert_eq!(share(10_000_000, 10_000_000), "100.00 %");
        assert_eq!(share(5, 10_000), "0.05 %");
    }

    #[test]
    fn it_tells_the_held_the_portal_and_a_pause() {
        let overview = Overview { held: 3, ..Overview::default() };
        assert_eq!(status_line(&overview, None, false), "no dossiers · 3 held · portal up");
        let down = status_line(&overview, Some(Trouble::Down), true);
        assert_eq!(down, "no dossiers · 3 held · portal down · sending paused");
    }
}
