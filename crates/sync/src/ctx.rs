//! The handles that every worker holds.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::vitals::Vitals;
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;

/// The handles that every worker holds; cheap to clone. They outlive an engine: a reload hands them on to the next one.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// dongbo's own memory.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
    /// The counters and gauges.
    pub metrics: Arc<Metrics>,
    /// The work that each part has finished.
    pub vitals: Arc<Vitals>,
    /// Passed by every call to the portal.
    pub gate: Arc<Gate>,
    /// Told when dossiers may have become due.
    pub due: Arc<Notify>,
}

impl Ctx {
    /// Fresh handles around `ledger`, for a gate within `limits`.
    #[must_use]
    pub fn new(ledger: Ledger, clock: Clock, limits: impl Into<crate::gate::Limits>) -> Self {
        Self {
            ledger,
            metrics: Arc::new(Metrics::new(clock.now())),
            vitals: Arc::new(Vitals::new(clock.clone())),
            gate: Gate::new(limits, clock.clone()),
            due: Arc::default(),
            clock,
        }
    }
}
