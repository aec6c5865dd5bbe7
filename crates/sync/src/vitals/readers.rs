//! When each source was last read and will be read next.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Moments;

/// When the readers of one source last did something and will next; `None` when they never did, or it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReaderMoments {
    /// Whether a poll was completed since this daemon began to lead.
    pub has_read: bool,
    /// How often it is polled.
    pub poll_every: Duration,
    /// The last poll that was completed.
    pub last_poll: Option<DateTime<Utc>>,
    /// When a page of changes last came into the ledger.
    pub last_page: Option<DateTime<Utc>>,
    /// The next poll.
    pub next_poll: Option<DateTime<Utc>>,
    /// The last full sweep that was completed.
    pub last_sweep: Option<DateTime<Utc>>,
    /// The next full sweep.
    pub next_sweep: Option<DateTime<Utc>>,
}

/// The readers of all sources by the name under which their handles know them: the only one has none.
#[derive(Debug, Default)]
pub(super) struct Readers(BTreeMap<String, ReaderMoments>);

impl Readers {
    pub(super) fn of(&mut self, source: &str) -> &mut ReaderMoments {
        self.0.entry(source.to_owned()).or_default()
    }

    /// Forgets the sources that are not among `names`.
    pub(super) fn keep(&mut self, names: &[&str]) {
        self.0.retain(|name, _| names.contains(&name.as_str()));
    }

    /// A daemon that begins or ends to lead has read nothing yet, and one that does not has nothing to come.
    pub(super) fn lead(&mut self, leads: bool) {
        for reader in self.0.values_mut() {
            reader.has_read = false;
            if !leads {
                reader.next_poll = None;
                reader.next_sweep = None;
            }
        }
    }

    pub(super) fn each(&self) -> Vec<(String, ReaderMoments)> {
        self.0.iter().map(|(name, reader)| (name.clone(), reader.clone())).collect()
    }

    /// `moments` with what the readers know: of several the last of each kind that all of them have reached, and the next that any
    /// comes to.
    pub(super) fn over(&self, moments: Moments) -> Moments {
        let readers = || self.0.values();
        let oldest = |of: fn(&ReaderMoments) -> Option<DateTime<Utc>>, recalled| {
            readers().map(|reader| of(reader).or(recalled)).min().unwrap_or(recalled)
        };
        Moments {
            last_poll: oldest(|reader| reader.last_poll, moments.last_poll),
            last_sweep: oldest(|reader| reader.last_sweep, moments.last_sweep),
            last_page: readers().filter_map(|reader| reader.last_page).max(),
            next_poll: readers().filter_map(|reader| reader.next_poll).min(),
            next_sweep: readers().filter_map(|reader| reader.next_sweep).min(),
            has_read: !self.0.is_empty() && readers().all(|reader| reader.has_read),
            poll_every: readers().map(|reader| reader.poll_every).max().unwrap_or_default(),
            ..moments
        }
    }
}
