//! The failures that stand now, written by the place that met each and taken away by its next success: since when, of
//! which class, and in which words.

use dongbo_model::locks::lock;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use dongbo_model::clock::Clock;
use dongbo_model::{ErrorClass, vocabulary};

vocabulary! {
    /// A kind of work that can fail for a while.
    pub enum Work {
        /// Polls of the local database; each query for changes by itself.
        Poll = "poll";
        /// Reading the dossiers that are to be sent; each stream by itself.
        Read = "read";
        /// Full sweeps of the local database.
        Sweep = "sweep";
        /// Proofs of the mapping against the local database.
        Proof = "proof";
        /// Reading and writing the ledger.
        Ledger = "ledger";
        /// Writing the ledger on a disk that has room.
        Room = "room";
        /// Comparing both sides.
        Compare = "compare";
        /// Drawing up reports on schedule; each report by itself.
        Report = "report";
        /// Taking over a changed configuration.
        Reload = "reload";
    }
}

impl Work {
    /// Whether it is the work of one engine, so that another one begins without its failures.
    const fn is_of_engine(self) -> bool {
        match self {
            Self::Poll | Self::Read | Self::Sweep | Self::Proof | Self::Report => true,
            Self::Ledger | Self::Room | Self::Compare | Self::Reload => false,
        }
    }

    /// Whether only the daemon that leads does it.
    const fn is_of_leader(self) -> bool {
        match self {
            Self::Poll | Self::Sweep | Self::Proof | Self::Report => true,
            Self::Read | Self::Ledger | Self::Room | Self::Compare | Self::Reload => false,
        }
    }
}

/// A failure that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The work that fails.
    pub work: Work,
    /// The source whose work it is; empty when there is only one, or it is of none.
    #[serde(default)]
    pub source: String,
    /// The query or stream whose work it is; empty when there is only one.
    pub of: String,
    /// The class of the last failure.
    pub class: ErrorClass,
    /// The last failure in words, which hold no personal data.
    pub words: String,
    /// When the first one in a row happened.
    pub since: DateTime<Utc>,
}

/// Work, its source, and the query or stream.
type Of = (Work, String, String);

/// The failures that stand now. They outlive engines.
#[derive(Debug)]
pub struct Failures {
    clock: Clock,
    standing: Mutex<BTreeMap<Of, Failing>>,
}

impl Failures {
    /// None so far.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, standing: Mutex::default() }
    }

    /// `work` of a source failed.
    pub fn failed(&self, work: Work, source: &str, of: &str, class: ErrorClass, words: impl Into<String>) {
        let now = self.clock.now();
        let mut standing = self.lock();
        let key = (work, source.to_owned(), of.to_owned());
        let since = standing.get(&key).map_or(now, |failing| failing.since);
        let (source, of) = (source.to_owned(), of.to_owned());
        standing.insert(key, Failing { work, source, of, class, words: words.into(), since });
    }

    /// `work` of a source succeeded.
    pub fn worked(&self, work: Work, source: &str, of: &str) {
        self.lock().retain(|(failing, whose, what), _| *failing != work || whose != source || what != of);
    }

    /// Forgets what an engine that was replaced left behind.
    pub(crate) fn begin_engine(&self) {
        self.lock().retain(|(work, ..), _| !work.is_of_engine());
    }

    /// Forgets what another daemon does from now on.
    pub(crate) fn follow(&self) {
        self.lock().retain(|(work, ..), _| !work.is_of_leader());
    }

    /// Everything that fails now.
    #[must_use]
    pub fn standing(&self) -> Vec<Failing> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Of, Failing>> {
        lock(&self.standing)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Failures, Work};
    use dongbo_model::ErrorClass;
    use dongbo_model::clock::Clock;

    #[test]
    fn a_failure_stands_since_its_first_time_until_its_own_work_succeeds() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let failures = Failures::new(clock.clone());
        failures.failed(Work::Poll, "", "changed", ErrorClass::Transient, "away");
        clock.advance_to(DateTime::UNIX_EPOCH + TimeDelta::seconds(9));
        failures.failed(Work::Poll, "", "changed", ErrorClass::Auth, "refused");
        failures.failed(Work::Read, "", "live", ErrorClass::Transient, "away");
        failures.worked(Work::Poll, "", "changed.other");
        failures.worked(Work::Poll, "other", "changed");
        failures.worked(Work::Read, "", "background");
        let standing = failures.standing();
        assert_eq!(standing.len(), 2);
        assert_eq!((standing[0].since, standing[0].class), (DateTime::UNIX_EPOCH, ErrorClass::Auth));
        failures.follow();
        assert_eq!(failures.standing()[0].work, Work::Read);
        failures.begin_engine();
        assert!(failures.standing().is_empty());
    }
}
