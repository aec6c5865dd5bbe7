//! What has to be acted on: when it is told, and when its end is.
//!
//! A reason of the verdict is told once it has stood for a while, and its end once it has been gone for a while. One that comes back
//! within a day is the same alert, and is given twice as long before its end is believed again: what comes and goes is told once, with
//! how often it came.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;
use dongbo_model::Owner;
use dongbo_model::clock::later;
use dongbo_sync::health::{Facts, Health, Reason, ReasonKind, Standing};

/// The time for which an alert that is over is remembered.
const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// The longest that something has to be gone before its end is told.
const LONGEST_GONE: Duration = Duration::from_secs(6 * 3_600);
/// Doublings of that time after which it is the longest anyway.
const MOST_DOUBLINGS: u32 = 16;
/// The name of the one alert that is no reason of the verdict.
const OLDEST_UNSENT: &str = "oldest_unsent";

/// A kind of alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// A reason of the verdict, for which a person is needed or nobody knows how things stand.
    Reason(ReasonKind),
    /// The portal has not accepted the oldest change for too long.
    OldestUnsent,
}

impl AlertKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reason(kind) => kind.name(),
            Self::OldestUnsent => OLDEST_UNSENT,
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == OLDEST_UNSENT {
            Some(Self::OldestUnsent)
        } else {
            ReasonKind::from_name(name).map(Self::Reason)
        }
    }

    /// Whether it goes through quiet hours: nobody knows how things stand.
    const fn is_urgent(self) -> bool {
        matches!(self, Self::Reason(kind) if matches!(kind.standing(), Standing::NotKnown))
    }
}

impl Serialize for AlertKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for AlertKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom("no alert of this version"))
    }
}

/// Something that has to be acted on, or had to be until lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its kind.
    pub kind: AlertKind,
    /// The source that it is about, where there are several; else empty.
    pub source: String,
    /// Since when it stands, or stood.
    pub since: DateTime<Utc>,
    /// How many it was last about, where that can be counted.
    pub many: Option<u64>,
    /// Whether it was seen by a dongbo that only watches.
    pub watches: bool,
    /// How often it has come within a day.
    pub times: u32,
    /// Since when it is gone; `None` while it stands.
    pub gone_at: Option<DateTime<Utc>>,
}

impl Alert {
    /// The reason of the verdict that it is, with its words; `None` when it is none.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self.kind {
            AlertKind::Reason(kind) => Some(Reason::seen(kind, &self.source, self.many, self.watches)),
            AlertKind::OldestUnsent => None,
        }
    }

    /// Whether it and the other are one.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.source == other.source
    }

    /// Whether it is over: gone for so long that its end is believed.
    pub(crate) fn is_over(&self, settings: &Settings, now: DateTime<Utc>) -> bool {
        let doublings = self.times.saturating_sub(1).min(MOST_DOUBLINGS);
        let wait = settings.over_after.saturating_mul(1 << doublings);
        let wait = wait.min(LONGEST_GONE.max(settings.over_after));
        self.gone_at.is_some_and(|at| later(at, wait) <= now)
    }

    /// Whether it has stood long enough to be told.
    pub(crate) fn is_raised(&self, settings: &Settings, now: DateTime<Utc>) -> bool {
        self.gone_at.is_none() && later(self.since, settings.raise_after) <= now
    }

    /// Whether it is told at `now` by whoever has these quiet hours.
    pub(crate) fn may_be_told(&self, settings: &Settings, is_quiet: bool) -> bool {
        !is_quiet || (settings.urgent_in_quiet && self.kind.is_urgent())
    }
}

/// Everything that has to be acted on, as it is seen at `now`.
#[must_use]
pub fn standing(facts: &Facts, health: &Health, settings: &Settings, now: DateTime<Utc>) -> Vec<Alert> {
    let alert = |kind, source: &str, many, watches| Alert {
        kind,
        source: source.to_owned(),
        since: now,
        many,
        watches,
        times: 1,
        gone_at: None,
    };
    let needed =
        |reason: &&Reason| reason.standing() >= Standing::PersonNeeded && reason.owner() != Owner::Nobody;
    let reasons = health.reasons.iter().filter(needed);
    let mut all: Vec<Alert> = Vec::new();
    for reason in reasons {
        let found = alert(AlertKind::Reason(reason.kind), &reason.source, reason.many, reason.watches());
        // Two queries that fail alike are one thing to tell.
        if !all.iter().any(|one| one.is(&found)) {
            all.push(found);
        }
    }
    let oldest = facts.ledger.as_ref().ok().and_then(|ledger| ledger.oldest_unsent);
    let after = settings.unsent_after;
    if !after.is_zero() && oldest.is_some_and(|at| later(at, after) <= now) {
        all.push(alert(AlertKind::OldestUnsent, "", None, false));
    }
    all
}

/// What is known of alerts, brought up to what `stands` at `now`.
pub(crate) fn advance(known: &mut Vec<Alert>, stands: Vec<Alert>, settings: &Settings, now: DateTime<Utc>) {
    for alert in known.iter_mut() {
        if alert.gone_at.is_none() && !stands.iter().any(|one| one.is(alert)) {
            alert.gone_at = Some(now);
        }
    }
    for new in stands {
        match known.iter_mut().find(|alert| alert.is(&new)) {
            Some(alert) => {
                if alert.is_over(settings, now) {
                    alert.times = alert.times.saturating_add(1);
                    alert.since = now;
                }
                alert.gone_at = None;
                (alert.many, alert.watches) = (new.many, new.watches);
            }
            None => known.push(new),
        }
    }
    known.retain(|alert| alert.gone_at.is_none_or(|at| now - at < REMEMBERED));
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Alert, AlertKind, advance};
    use crate::settings::Settings;
    use dongbo_sync::health::ReasonKind;

    fn at(minutes: i64) -> DateTime<Utc> {
        "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
    }

    fn source_down(minutes: i64) -> Alert {
        let kind = AlertKind::Reason(ReasonKind::SourceDown);
        let (source, watches) = (String::new(), false);
        Alert { kind, source, since: at(minutes), many: None, watches, times: 1, gone_at: None }
    }

    #[test]
    fn what_comes_and_goes_at_once_is_one_alert_that_never_was_over() {
        let settings = Settings::default();
        let mut known = Vec::new();
        for minute in 0..60 {
            let stands = if minute % 3 == 0 { vec![source_down(minute)] } else { Vec::new() };
            advance(&mut known, stands, &settings, at(minute));
            assert!(!known[0].is_over(&settings, at(minute)));
        }
        assert_eq!((known.len(), known[0].since, known[0].times), (1, at(0), 1));
    }

    #[test]
    fn its_end_is_told_once_it_is_gone_for_long_and_later_each_time_that_it_comes_back() {
        let settings = Settings::default();
        let mut known = Vec::new();
        let (mut minute, mut waits) = (0, Vec::new());
        for _ in 0..8 {
            advance(&mut known, vec![source_down(minute)], &settings, at(minute));
            advance(&mut known, Vec::new(), &settings, at(minute + 1));
            let over = (0..).find(|more| known[0].is_over(&settings, at(minute + 1 + more))).unwrap();
            waits.push(over);
            minute += 1 + over;
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 360, 360]);
        assert_eq!(known[0].times, 8);
        advance(&mut known, Vec::new(), &settings, at(minute + 1_440));
        assert!(known.is_empty(), "a day later it is forgotten");
    }

    #[test]
    fn the_names_of_kinds_are_read_as_they_are_written() {
        for kind in [AlertKind::OldestUnsent, AlertKind::Reason(ReasonKind::PortalRefuses)] {
            assert_eq!(AlertKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(AlertKind::from_name("other"), None);
    }
}
