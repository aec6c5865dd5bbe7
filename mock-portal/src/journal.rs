//! The log of calls, and the counts of calls and connections.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::counters::Traffic;
use crate::outcome::{ErrorCode, Outcome};
use crate::service::Service;
use crate::sync::lock;

/// One call in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEntry {
    /// Number of the call, in order of arrival, from 1.
    pub seq: u64,
    /// Milliseconds since the portal started.
    pub at: u64,
    /// The service that was called.
    pub service: Service,
    /// The dossiers that it was about.
    pub dossiers: Vec<String>,
    /// Number of steps that it carried.
    pub steps: usize,
    /// The real effect of the call.
    pub outcome: Outcome,
    /// HTTP status sent; `None` if the connection was cut.
    pub http: Option<u16>,
    /// `error_code` sent; `None` if the answer had none.
    pub error_code: Option<ErrorCode>,
    /// The fault rule that struck.
    pub fault: Option<String>,
    /// The request, if bodies are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The answer that the client got, as far as it is logged.
#[derive(Debug, Clone, Default)]
pub(crate) struct SentAnswer {
    pub(crate) http: Option<u16>,
    pub(crate) error_code: Option<ErrorCode>,
}

#[derive(Debug, Default)]
struct Log {
    calls: VecDeque<CallEntry>,
    last: u64,
    traffic: Traffic,
}

/// The log of calls, and the counts of the traffic.
#[derive(Debug)]
pub(crate) struct Journal {
    log: Mutex<Log>,
    started: Instant,
    capacity: usize,
    connections: AtomicU64,
    refused: AtomicU64,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            log: Mutex::default(),
            started: Instant::now(),
            capacity,
            connections: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connection_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of accepted connections, and of those closed at once.
    pub(crate) fn connections(&self) -> (u64, u64) {
        (self.connections.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    /// Enters a call on arrival, so that one which never ends is seen too.
    pub(crate) fn begin(
        &self,
        service: Service,
        dossiers: Vec<String>,
        steps: usize,
        body: Option<String>,
    ) -> u64 {
        let at = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut log = lock(&self.log);
        log.last += 1;
        let seq = log.last;
        *log.traffic.calls.entry(service).or_default() += 1;
        if self.capacity > 0 {
            if log.calls.len() >= self.capacity {
                log.calls.pop_front();
            }
            log.calls.push_back(CallEntry {
                seq,
                at,
                service,
                dossiers,
                steps,
                outcome: Outcome::Pending,
                http: None,
                error_code: None,
                fault: None,
                body,
            });
        }
        seq
    }

    /// Counts a rule that fired, and notes it at the call, if there is one already.
    pub(crate) fn fault_fired(&self, seq: Option<u64>, rule: &str, kind: &'static str) {
        let mut log = lock(&self.log);
        *log.traffic.faults.entry(rule.to_owned()).or_default() += 1;
        *log.traffic.fault_kinds.entry(kind).or_default() += 1;
        if let Some(entry) = seq.and_then(|seq| log.entry(seq)) {
            entry.fault = Some(rule.to_owned());
        }
    }

    /// Enters the end of a call: its real effect, and the answer that the client got.
    pub(crate) fn finish(&self, seq: u64, service: Service, outcome: Outcome, sent: SentAnswer) {
        let mut log = lock(&self.log);
        *log.traffic.outcomes.entry((service, outcome)).or_default() += 1;
        if let Some(entry) = log.entry(seq) {
            entry.outcome = outcome;
            entry.http = sent.http;
            entry.error_code = sent.error_code;
        }
    }

    pub(crate) fn calls(&self, after: u64, limit: usize) -> Vec<CallEntry> {
        let log = lock(&self.log);
        let first = log.calls.front().map_or(0, |entry| entry.seq);
        let skip = usize::try_from((after + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        log.calls.iter().skip(skip).take(limit).cloned().collect()
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Traffic) -> T) -> T {
        look(&lock(&self.log).traffic)
    }

    /// Sets the counters to zero; the log stays, because it is addressed by number.
    pub(crate) fn reset(&self) {
        lock(&self.log).traffic = Traffic::default();
        self.connections.store(0, Ordering::Relaxed);
        self.refused.store(0, Ordering::Relaxed);
    }
}

impl Log {
    /// Entries are numbered without a gap, so the place follows from the number.
    fn entry(&mut self, seq: u64) -> Option<&mut CallEntry> {
        let first = self.calls.front()?.seq;
        let place = usize::try_from(seq.checked_sub(first)?).ok()?;
        self.calls.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_drops_the_oldest_and_pages_by_number() {
        let journal = Journal::new(3);
        for _ in 0..5 {
            journal.begin(Service::LookUp, Vec::new(), 0, None);
        }
        let numbers = |after, limit| -> Vec<u64> {
            journal.calls(after, limit).iter().map(|entry| entry.seq).collect()
        };
        assert_eq!(numbers(0, 10), [3, 4, 5]);
        assert_eq!(numbers(3, 1), [4]);
        assert_eq!(numbers(5, 10), [0; 0]);
        // The call fell out of the log while it ran: counted, not logged.
        journal.finish(1, Service::LookUp, Outcome::Accepted, SentAnswer::default());
        journal.finish(
            4,
            Service::LookUp,
            Outcome::Rejected,
            SentAnswer { http: Some(200), error_code: None },
        );
        assert_eq!(journal.calls(3, 1)[0].outcome, Outcome::Rejected);
    }
}
