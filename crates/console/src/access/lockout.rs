//! Log-ins that fail too often: a name or an address is refused for a while, whatever it sends.

use dongbo_model::locks::lock;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use dongbo_model::clock::later;

/// Time in which failures add up, and for which one is refused then.
pub(super) const REFUSED_FOR: Duration = Duration::from_mins(15);
/// Failures of one name before it is refused.
const MOST_OF_NAME: u32 = 5;
/// Failures from one address before it is refused: behind it may be a whole office.
const MOST_OF_ADDRESS: u32 = 30;
/// Names and addresses that are kept in mind.
const MOST_KEPT: usize = 5_000;

/// The name or the address that failures are counted of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Of {
    Name(String),
    Address(IpAddr),
}

impl Of {
    /// An address: of IPv6 the network, for one client has all of that.
    pub(super) fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V6(long) => {
                let bits = long.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(bits))
            }
            short @ IpAddr::V4(_) => short,
        })
    }

    const fn most(&self) -> u32 {
        match self {
            Self::Name(_) => MOST_OF_NAME,
            Self::Address(_) => MOST_OF_ADDRESS,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    many: u32,
    since: DateTime<Utc>,
}

/// The failures of late.
#[derive(Debug, Default)]
pub(super) struct Lockout(Mutex<HashMap<Of, Failures>>);

/// The answer to one who tries to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// The password may be looked at; `last` is whether it is the last one before a refusal.
    Given { last: bool },
    /// Nothing is looked at before then.
    Refused { until: DateTime<Utc> },
}

impl Lockout {
    /// Counts a try of `whose` as a failure until [`Lockout::worked`] says otherwise, so that many at once are as many.
    pub(super) fn tries(&self, whose: &[Of], now: DateTime<Utc>) -> Leave {
        let mut kept = lock(&self.0);
        kept.retain(|_, failures| now < later(failures.since, REFUSED_FOR));
        let refused = whose.iter().filter_map(|one| {
            let failures = kept.get(one)?;
            (failures.many >= one.most()).then(|| later(failures.since, REFUSED_FOR))
        });
        if let Some(until) = refused.max() {
            return Leave::Refused { until };
        }
        let mut last = false;
        for one in whose {
            let failures = kept.entry(one.clone()).or_insert(Failures { many: 0, since: now });
            failures.many = failures.many.saturating_add(1);
            if failures.many >= one.most() {
                // From here on it is refused for the whole time.
                failures.since = now;
                last = true;
            }
        }
        while kept.len() > MOST_KEPT {
            let oldest = kept
                .iter()
                .filter(|(one, _)| !whose.contains(one))
                .min_by_key(|(_, failures)| failures.since);
            let Some(one) = oldest.map(|(one, _)| one.clone()) else { break };
            kept.remove(&one);
        }
        Leave::Given { last }
    }

    /// The try was none that failed: its name is free of what came before, and the address of this one try.
    pub(super) fn worked(&self, whose: &[Of]) {
        let mut kept = lock(&self.0);
        for one in whose {
            match (one, kept.get_mut(one)) {
                (Of::Address(_), Some(failures)) if failures.many > 1 => failures.many -= 1,
                _ => {
                    kept.remove(one);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Leave, Lockout, MOST_KEPT, MOST_OF_ADDRESS, Of, REFUSED_FOR};

    fn name(name: &str) -> Of {
        Of::Name(name.to_owned())
    }

    fn address(text: &str) -> Of {
        Of::address(text.parse().unwrap())
    }

    #[test]
    fn a_name_is_refused_after_five_failures_for_a_quarter_of_an_hour_and_others_are_not() {
        let (lockout, now): (_, DateTime<Utc>) =
            (Lockout::default(), "2026-03-02T01:00:00Z".parse().unwrap());
        let whose = |from: &str| [name("lan"), address(from)];
        for number in 1..=5 {
            let leave = lockout.tries(&whose(&format!("10.0.0.{number}")), now);
            assert_eq!(leave, Leave::Given { last: number == 5 });
        }
        let until = now + REFUSED_FOR;
        assert_eq!(lockout.tries(&whose("10.0.0.9"), now), Leave::Refused { until });
        assert!(matches!(lockout.tries(&[name("minh"), address("10.0.0.1")], now), Leave::Given { .. }));
        assert!(matches!(lockout.tries(&whose("10.0.0.9"), until), Leave::Given { last: false }));
        lockout.worked(&whose("10.0.0.9"));
        for _ in 0..4 {
            assert_eq!(
                lockout.tries(&whose("10.0.0.9"), until),
                Leave::Given { last: false },
                "it begins anew"
            );
        }
    }

    #[test]
    fn an_address_is_refused_too_and_one_client_of_ipv6_has_one() {
        let (lockout, mut now) =
            (Lockout::default(), "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap());
        for number in 0..MOST_OF_ADDRESS {
            now += TimeDelta::seconds(1);
            let from = address(&format!("2001:db8::{number:x}"));
            assert!(matches!(lockout.tries(&[name(&number.to_string()), from], now), Leave::Given { .. }));
        }
        let refused = lockout.tries(&[name("lan"), address("2001:db8::ffff")], now);
        assert!(matches!(refused, Leave::Refused { .. }), "{refused:?}");
        assert!(matches!(
            lockout.tries(&[name("lan"), address("2001:db8:0:1::1")], now),
            Leave::Given { .. }
        ));
    }

    #[test]
    fn whoever_tries_a_hundred_thousand_names_takes_no_more_room() {
        let (lockout, now) = (Lockout::default(), "2026-03-02T01:00:00Z".parse::<DateTime<Utc>>().unwrap());
        for number in 0..u32::try_from(MOST_KEPT).unwrap() + 300 {
            lockout.tries(&[name(&number.to_string())], now + TimeDelta::microseconds(number.into()));
        }
        assert_eq!(lockout.0.lock().unwrap().len(), MOST_KEPT);
    }
}
