//! The line that `systemctl status` shows: the verdict and its gravest reasons.

use std::time::Duration;

use crate::systemd::notify::Notifier;
use dongbo_model::Lang;
use dongbo_model::clock::Clock;
use dongbo_sync::health::{Health, Lookout};

/// How often it is looked for.
const REFRESH_EVERY: Duration = Duration::from_secs(5);

/// Sends it whenever it has changed, at most every five seconds. Ends at once when nobody listens, and never otherwise.
pub async fn run(notifier: &Notifier, lookout: &Lookout, lang: Lang, clock: &Clock) {
    if notifier.is_silent() {
        return;
    }
    let mut told = String::new();
    loop {
        let line = status_line(&lookout.look().await.health, lang);
        if line != told {
            notifier.status(&line);
            told = line;
        }
        clock.sleep(REFRESH_EVERY).await;
    }
}

/// The verdict, its gravest reason with what is known of it, and the next two.
#[must_use]
pub fn status_line(health: &Health, lang: Lang) -> String {
    let gravest = health.reasons.iter().take(1).map(|reason| reason.text(lang, health.at));
    let next = health.reasons.iter().skip(1).take(2).map(|reason| reason.headline(lang));
    std::iter::once(health.headline(lang)).chain(gravest).chain(next).collect::<Vec<_>>().join(" · ")
}
