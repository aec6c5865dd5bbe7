//! `[push]`: how dossiers are sent.

use std::time::Duration;

use serde::Deserialize;

use crate::gate::Limits;

/// How dossiers are claimed, sent, retried and verified.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most calls to the portal at one time. Between one and this, the number adapts: up by one with success, down by
    /// half on trouble.
    pub max_concurrency: u32,
    /// Most calls a second, over all lanes and units; 0 sets no limit.
    pub calls_per_second: u32,
    /// How long a claimed dossier belongs to its worker. Must outlast a call that is repeated after a log-in.
    #[serde(with = "humantime_serde")]
    pub lease: Duration,
    /// How long a change counts as live and goes before everything else.
    #[serde(with = "humantime_serde")]
    pub live_for: Duration,
    /// First wait after a failure; doubles with each further one, and the real wait is drawn between nothing and that.
    #[serde(with = "humantime_serde")]
    pub backoff_base: Duration,
    /// Longest wait after failures, however many.
    #[serde(with = "humantime_serde")]
    pub backoff_cap: Duration,
    /// Wait before a dossier of unknown outcome is looked up, so that a request still under way can land first.
    #[serde(with = "humantime_serde")]
    pub lookup_after: Duration,
    /// Wait before an acceptance is confirmed by a look-up, where that is due.
    #[serde(with = "humantime_serde")]
    pub verify_after: Duration,
    /// The longest time in which a request lands that the portal was sent. After an unknown outcome the dossier is looked up once more
    /// when this is over.
    #[serde(with = "humantime_serde")]
    pub lands_within: Duration,
    /// Share of ordinary acceptances that are confirmed by a look-up, from 0 to 1. A send that followed an unknown
    /// outcome is always confirmed.
    pub verify_share: f64,
    /// Failures in a row, over all dossiers, after which sending stops and the portal is only probed.
    pub breaker_failures: u32,
    /// Answers in a row that nobody understands, after which sending stops: the contract has drifted.
    pub breaker_drift: u32,
    /// Writes of a dossier with one content within a day that the portal answers without showing it so afterwards, before it is held.
    /// Of steps, as often as each may be sent.
    pub most_writes_a_day: u32,
    /// Time between probes while sending is stopped.
    #[serde(with = "humantime_serde")]
    pub probe_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_concurrency: 16,
            calls_per_second: 50,
            lease: Duration::from_secs(60),
            live_for: Duration::from_secs(300),
            backoff_base: Duration::from_secs(2),
            backoff_cap: Duration::from_secs(1_800),
            lookup_after: Duration::from_secs(10),
            verify_after: Duration::from_secs(60),
            lands_within: Duration::from_secs(3_600),
            verify_share: 0.01,
            breaker_failures: 5,
            breaker_drift: 5,
            most_writes_a_day: 5,
            probe_every: Duration::from_secs(30),
        }
    }
}

impl From<&Settings> for Limits {
    fn from(settings: &Settings) -> Self {
        Self {
            max_concurrency: settings.max_concurrency,
            calls_per_second: settings.calls_per_second,
            longest_pause: settings.backoff_cap,
            failures: settings.breaker_failures,
            drifts: settings.breaker_drift,
            probe_every: settings.probe_every,
        }
    }
}

impl Settings {
    /// The rules that these values break, each in a sentence that names the key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |fine: bool, text: &str| {
            if !fine {
                wrong.push(text.to_owned());
            }
        };
        check(self.max_concurrency > 0, "push.max_concurrency must be at least 1");
        check(!self.lease.is_zero(), "push.lease must be longer than 0s");
        check(!self.backoff_base.is_zero(), "push.backoff_base must be longer than 0s");
        check(
            self.backoff_base <= self.backoff_cap,
            &format!(
                "push.backoff_base ({:?}) must not be longer than push.backoff_cap ({:?}): lower the one or raise \
                 the other",
                self.backoff_base, self.backoff_cap
            ),
        );
        check(
            self.lands_within >= self.lookup_after,
            &format!(
                "push.lands_within ({:?}) must not be shorter than push.lookup_after ({:?}): the confirmation that it sets comes \
                 after the look-up",
                self.lands_within, self.lookup_after
            ),
        );
        check((0.0..=1.0).contains(&self.verify_share), "push.verify_share must lie between 0 and 1");
        check(self.breaker_failures > 0, "push.breaker_failures must be at least 1");
        check(self.breaker_drift > 0, "push.breaker_drift must be at least 1");
        check(self.most_writes_a_day > 0, "push.most_writes_a_day must be at least 1");
        check(!self.probe_every.is_zero(), "push.probe_every must be longer than 0s");
        wrong
    }
}
