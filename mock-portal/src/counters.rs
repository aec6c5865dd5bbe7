//! The counters of the admin API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;
use crate::service::Service;

/// The part of the counters that calls and connections move.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) calls: BTreeMap<Service, u64>,
    pub(crate) outcomes: BTreeMap<(Service, Outcome), u64>,
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) fault_kinds: BTreeMap<&'static str, u64>,
}

/// Everything counted since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Calls received, by service.
    pub calls: BTreeMap<String, u64>,
    /// The real effects of the calls, by service and outcome.
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
    /// Strikes by rule id. Rules removed since are still here.
    pub faults: BTreeMap<String, u64>,
    /// Strikes by kind.
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
