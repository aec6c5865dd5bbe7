//! The log of calls and what is counted of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::ndxp::ErrorCode;
use crate::service::Service;
use crate::sync::lock;

/// What the portal really did with a call, whatever it told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not decided yet, or the client left before it was.
    Pending,
    /// Done.
    Accepted,
    /// Refused: a create of a known dossier.
    Exists,
    /// Refused for its session.
    SessionLapsed,
    /// Refused for another reason.
    Rejected,
    /// Part of the batch was applied and part refused.
    Partial,
    /// A fault came before anything was done.
    NotApplied,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Exists => "exists",
            Self::SessionLapsed => "session_lapsed",
            Self::Rejected => "rejected",
            Self::Partial => "partial",
            Self::NotApplied => "not_applied",
        }
    }
}

/// One call in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEntry {
    /// Number of the call, in order of arrival, from 1.
    pub seq: u64,
    /// Milliseconds since the portal started.
    pub at: u64,
    /// What was called.
    pub service: Service,
    /// The dossiers it was about.
    pub dossiers: Vec<String>,
    /// How many steps it carried.
    pub steps: usize,
    /// What the portal really did.
    pub outcome: Outcome,
    /// HTTP status told; nothing if the connection was cut.
    pub http: Option<u16>,
    /// `error_code` told; nothing if the answer had none.
    pub error_code: Option<ErrorCode>,
    /// The fault rule that struck.
    pub fault: Option<String>,
    /// The request, if bodies are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// What was told to the client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) http: Option<u16>,
    pub(crate) error_code: Option<ErrorCode>,
}

/// The part of the counters that calls and connections move.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) calls: BTreeMap<Service, u64>,
    pub(crate) outcomes: BTreeMap<(Service, Outcome), u64>,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) fault_kinds: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Default)]
struct Book {
    entries: VecDeque<CallEntry>,
    last: u64,
    traffic: Traffic,
}

/// Log and counters.
#[derive(Debug)]
pub(crate) struct Journal {
    book: Mutex<Book>,
    started: Instant,
    capacity: usize,
    connections: AtomicU64,
    refused: AtomicU64,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            book: Mutex::default(),
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

    /// Accepted connections and those closed at once.
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
        let mut book = lock(&self.book);
        book.last += 1;
        let seq = book.last;
        *book.traffic.calls.entry(service).or_default() += 1;
        if self.capacity > 0 {
            if book.entries.len() >= self.capacity {
                book.entries.pop_front();
            }
            book.entries.push_back(CallEntry {
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
        let mut book = lock(&self.book);
        *book.traffic.faults.entry(rule.to_owned()).or_default() += 1;
        *book.traffic.fault_kinds.entry(kind).or_default() += 1;
        if let Some(entry) = seq.and_then(|seq| book.entry(seq)) {
            entry.fault = Some(rule.to_owned());
        }
    }

    /// Notes what became of a call.
    pub(crate) fn finish(&self, seq: u64, service: Service, outcome: Outcome, told: Told) {
        let mut book = lock(&self.book);
        *book.traffic.outcomes.entry((service, outcome)).or_default() += 1;
        if let Some(entry) = book.entry(seq) {
            entry.outcome = outcome;
            entry.http = told.http;
            entry.error_code = told.error_code;
        }
    }

    pub(crate) fn calls(&self, after: u64, limit: usize) -> Vec<CallEntry> {
        let book = lock(&self.book);
        let first = book.entries.front().map_or(0, |entry| entry.seq);
        let skip = usize::try_from((after + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        book.entries.iter().skip(skip).take(limit).cloned().collect()
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Traffic) -> T) -> T {
        look(&lock(&self.book).traffic)
    }

    /// Counters back to zero; the log stays, because it is addressed by number.
    pub(crate) fn reset(&self) {
        lock(&self.book).traffic = Traffic::default();
        self.connections.store(0, Ordering::Relaxed);
        self.refused.store(0, Ordering::Relaxed);
    }
}

impl Book {
    /// Entries are numbered without a gap, so the place follows from the number.
    fn entry(&mut self, seq: u64) -> Option<&mut CallEntry> {
        let first = self.entries.front()?.seq;
        let place = usize::try_from(seq.checked_sub(first)?).ok()?;
        self.entries.get_mut(place)
    }
}

/// Everything counted since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Calls received, by service.
    pub calls: BTreeMap<String, u64>,
    /// What the portal really did with them, by service and outcome.
    pub by_service_outcome: BTreeMap<String, BTreeMap<String, u64>>,
    /// TCP connections seen on the service port, refused ones included.
    pub connections: u64,
    /// Connections closed without reading a call: the port was down, or a fault refused it.
    pub connections_refused: u64,
    /// Sessions opened.
    pub logins: u64,
    /// Dossiers created.
    pub creates: u64,
    /// Dossiers replaced.
    pub updates: u64,
    /// Steps stored.
    pub steps: u64,
    /// Steps that equal, field by field, one stored before: the citizen sees them twice.
    pub duplicate_steps: u64,
    /// Steps with a `ThoiDiemXuLy` before that of the last stored one.
    pub steps_out_of_order: u64,
    /// Updates that took a dossier back: to a status it cannot reach, or to a lower `rev=` in `GhiChu`.
    pub backward_moves: u64,
    /// Creates accepted for a dossier that was there already; 0 unless `refuse_known_create` is off.
    pub created_twice: u64,
    /// Dossiers held now; not touched by a reset.
    pub dossiers: u64,
    /// Firings by rule id. Rules removed since are still here.
    pub faults: BTreeMap<String, u64>,
    /// Firings by kind.
    pub faults_by_kind: BTreeMap<String, u64>,
    /// Calls refused for any reason but a session.
    pub rejected: u64,
}

impl Counters {
    pub(crate) fn add_traffic(&mut self, traffic: &Traffic) {
        self.calls = traffic.calls.iter().map(|(service, n)| (service.wire_name().to_owned(), *n)).collect();
        for ((service, outcome), n) in &traffic.outcomes {
            let of_service = self.by_service_outcome.entry(service.wire_name().to_owned()).or_default();
            of_service.insert(outcome.name().to_owned(), *n);
            match outcome {
                Outcome::Accepted if *service == Service::Auth => self.logins += n,
                Outcome::Rejected | Outcome::Exists | Outcome::Partial => self.rejected += n,
                Outcome::Pending | Outcome::Accepted | Outcome::SessionLapsed | Outcome::NotApplied => {}
            }
        }
        self.faults.clone_from(&traffic.faults);
        self.faults_by_kind = traffic.fault_kinds.iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect();
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
        journal.finish(1, Service::LookUp, Outcome::Accepted, Told::default());
        journal.finish(4, Service::LookUp, Outcome::Rejected, Told { http: Some(200), error_code: None });
        assert_eq!(journal.calls(3, 1)[0].outcome, Outcome::Rejected);
    }
}
