//! Everything that is counted, declared once. The doc comment of a field says what its help text says.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::class::{ErrorClass, Trouble};
use crate::dossier::FindingKind;
use crate::ledger::{Layer, LayerState, Overview};
use crate::portal::{CallRecord, SERVICES};
use crate::vitals::Moments;

type Ratio = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LayerStateLabels {
    layer: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LayerLabel {
    layer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    service: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabel {
    service: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TroubleLabel {
    trouble: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PeerLabel {
    peer: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceErrorLabels {
    operation: &'static str,
    class: &'static str,
}

/// The process's metrics. One for each daemon; nothing is global.
pub struct Metrics {
    registry: Registry,
    dossiers: Family<LayerStateLabels, Gauge>,
    known: Gauge,
    completeness: Family<LayerLabel, Ratio>,
    oldest_unsent: Ratio,
    in_doubt: Gauge,
    to_verify: Gauge,
    findings: Family<KindLabel, Gauge>,
    calls: Family<CallLabels, Counter>,
    call_seconds: Family<ServiceLabel, Histogram>,
    settled: Family<ResultLabel, Counter>,
    lease_lost: Counter,
    reclaimed: Counter,
    verification_failed: Counter,
    stopped: Family<TroubleLabel, Gauge>,
    concurrency: Ratio,
    polls: Counter,
    last_poll: Ratio,
    last_sweep: Ratio,
    sweep_differences: Counter,
    source_errors: Family<SourceErrorLabels, Counter>,
    source_without_code: Counter,
    source_ahead: Gauge,
    source_undated: Gauge,
    ledger_errors: Counter,
    clock_offset: Family<PeerLabel, Ratio>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All metrics at zero, every label value that is known beforehand present.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("dongbo"),
            dossiers: Family::default(),
            known: Gauge::default(),
            completeness: Family::default(),
            oldest_unsent: Ratio::default(),
            in_doubt: Gauge::default(),
            to_verify: Gauge::default(),
            findings: Family::default(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(|| {
                Histogram::new([0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
            }),
            settled: Family::default(),
            lease_lost: Counter::default(),
            reclaimed: Counter::default(),
            verification_failed: Counter::default(),
            stopped: Family::default(),
            concurrency: Ratio::default(),
            polls: Counter::default(),
            last_poll: Ratio::default(),
            last_sweep: Ratio::default(),
            sweep_differences: Counter::default(),
            source_errors: Family::default(),
            source_without_code: Counter::default(),
            source_ahead: Gauge::default(),
            source_undated: Gauge::default(),
            ledger_errors: Counter::default(),
            clock_offset: Family::default(),
        };
        metrics.register();
        metrics.zero();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "dossiers",
            "Dossiers by layer and state; each layer's states add up to all dossiers",
            self.dossiers.clone(),
        );
        registry.register("dossiers_known", "Dossiers that the ledger knows", self.known.clone());
        registry.register(
            "completeness_ratio",
            "Share of dossiers whose layer is synced",
            self.completeness.clone(),
        );
        registry.register_with_unit(
            "oldest_unsent_age",
            "Age of the oldest change not accepted yet, held ones apart; 0 when there is none",
            Unit::Seconds,
            self.oldest_unsent.clone(),
        );
        registry.register(
            "dossiers_in_doubt",
            "Dossiers whose outcome on the portal is unknown",
            self.in_doubt.clone(),
        );
        registry.register(
            "dossiers_to_verify",
            "Accepted dossiers that a look-up is still to confirm",
            self.to_verify.clone(),
        );
        registry.register("findings_open", "Open findings by kind", self.findings.clone());
        registry.register("portal_calls", "Calls to the portal by service and outcome", self.calls.clone());
        registry.register_with_unit(
            "portal_call_duration",
            "Time of calls to the portal by service",
            Unit::Seconds,
            self.call_seconds.clone(),
        );
        registry.register("claims_settled", "Claims by how they ended", self.settled.clone());
        registry.register(
            "leases_lost",
            "Outcomes not written because the lease had passed to another",
            self.lease_lost.clone(),
        );
        registry.register(
            "leases_expired",
            "Leases that ran out and were taken back",
            self.reclaimed.clone(),
        );
        registry.register(
            "verifications_failed",
            "Look-ups that found an acceptance not to be true",
            self.verification_failed.clone(),
        );
        registry.register(
            "sending_stopped",
            "1 while sending is stopped for this trouble",
            self.stopped.clone(),
        );
        registry.register(
            "concurrency_limit",
            "Calls that may be under way at once now",
            self.concurrency.clone(),
        );
        registry.register("polls", "Completed polls of the local database", self.polls.clone());
        registry.register(
            "last_poll_timestamp_seconds",
            "When the last poll was completed",
            self.last_poll.clone(),
        );
        registry.register(
            "last_sweep_timestamp_seconds",
            "When the last full sweep was completed; 0 before the first",
            self.last_sweep.clone(),
        );
        registry.register(
            "sweep_differences",
            "Differences that full sweeps found",
            self.sweep_differences.clone(),
        );
        registry.register(
            "source_errors",
            "Failures of the local database by operation and class",
            self.source_errors.clone(),
        );
        registry.register(
            "source_rows_without_code",
            "Local rows met that have no dossier code",
            self.source_without_code.clone(),
        );
        registry.register(
            "source_rows_undated",
            "Local rows of the last deep poll whose time of change cannot be read; sweeps look after them",
            self.source_undated.clone(),
        );
        registry.register(
            "source_rows_ahead",
            "Local rows of the last poll that say they changed in the future",
            self.source_ahead.clone(),
        );
        registry.register("ledger_errors", "Failures of the ledger", self.ledger_errors.clone());
        registry.register_with_unit(
            "clock_offset",
            "The peer's clock less ours",
            Unit::Seconds,
            self.clock_offset.clone(),
        );
    }

    fn zero(&self) {
        for layer in Layer::ALL {
            for state in LayerState::ALL {
                self.dossiers
                    .get_or_create(&LayerStateLabels { layer: layer.name(), state: state.name() })
                    .set(0);
            }
            self.completeness.get_or_create(&LayerLabel { layer: layer.name() }).set(0.0);
        }
        for kind in FindingKind::ALL {
            self.findings.get_or_create(&KindLabel { kind: kind.name().to_owned() }).set(0);
        }
        for trouble in Trouble::ALL {
            self.stopped.get_or_create(&TroubleLabel { trouble: trouble.name() }).set(0);
        }
        for service in SERVICES {
            drop(self.calls.get_or_create(&CallLabels { service, outcome: "delivered" }));
        }
        for result in ["synced", "to_verify", "put_off", "held", "forgotten"] {
            drop(self.settled.get_or_create(&ResultLabel { result }));
        }
    }

    /// A call to the portal ended.
    pub fn called(&self, record: &CallRecord) {
        self.calls
            .get_or_create(&CallLabels { service: record.service, outcome: record.outcome.name() })
            .inc();
        self.call_seconds
            .get_or_create(&ServiceLabel { service: record.service })
            .observe(record.elapsed.as_secs_f64());
        if let Some(offset) = record.clock_offset {
            self.clock_offset("portal", offset);
        }
    }

    /// A peer's clock was compared with ours.
    pub fn clock_offset(&self, peer: &'static str, offset: chrono::TimeDelta) {
        self.clock_offset.get_or_create(&PeerLabel { peer }).set(offset.as_seconds_f64());
    }

    /// A claim ended.
    pub fn settled(&self, result: &'static str) {
        self.settled.get_or_create(&ResultLabel { result }).inc();
    }

    /// Outcomes came too late to be written.
    pub fn lease_lost(&self, many: u64) {
        self.lease_lost.inc_by(many);
    }

    /// Leases had run out.
    pub fn reclaimed(&self, many: u64) {
        self.reclaimed.inc_by(many);
    }

    /// An acceptance turned out not to be true.
    pub fn verification_failed(&self) {
        self.verification_failed.inc();
    }

    /// A poll of the local database was completed.
    pub fn polled(&self, without_code: u64) {
        self.polls.inc();
        self.source_without_code.inc_by(without_code);
    }

    /// A full sweep found differences.
    pub fn sweep_found(&self, differences: u64) {
        self.sweep_differences.inc_by(differences);
    }

    /// Reading the local database failed.
    pub fn source_failed(&self, operation: &'static str, class: ErrorClass) {
        self.source_errors.get_or_create(&SourceErrorLabels { operation, class: class.name() }).inc();
    }

    /// A poll met this many rows from the future.
    pub fn source_ahead(&self, rows: u64) {
        self.source_ahead.set(i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// A deep poll met this many rows whose time of change cannot be read.
    pub fn source_undated(&self, rows: u64) {
        self.source_undated.set(i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// The ledger failed.
    pub fn ledger_failed(&self) {
        self.ledger_errors.inc();
    }

    /// Everything in the OpenMetrics text format, with what the ledger says now.
    ///
    /// # Errors
    /// When formatting fails.
    pub fn render(
        &self,
        overview: &Overview,
        stopped: Option<Trouble>,
        concurrency: f64,
        moments: &Moments,
        now: DateTime<Utc>,
    ) -> Result<String, fmt::Error> {
        self.last_poll.set(moments.last_poll.map_or(0.0, seconds));
        self.last_sweep.set(moments.last_sweep.map_or(0.0, seconds));
        self.known.set(i64::try_from(overview.dossiers).unwrap_or(i64::MAX));
        for layer in Layer::ALL {
            let counts = overview.counts.of(*layer);
            for state in LayerState::ALL {
                let labels = LayerStateLabels { layer: layer.name(), state: state.name() };
                self.dossiers
                    .get_or_create(&labels)
                    .set(i64::try_from(counts.of(*state)).unwrap_or(i64::MAX));
            }
            let labels = LayerLabel { layer: layer.name() };
            self.completeness.get_or_create(&labels).set(overview.completeness(*layer).unwrap_or(0.0));
        }
        let age =
            overview.oldest_unsent.map_or(Duration::ZERO, |since| (now - since).to_std().unwrap_or_default());
        self.oldest_unsent.set(age.as_secs_f64());
        self.in_doubt.set(i64::try_from(overview.in_doubt).unwrap_or(i64::MAX));
        self.to_verify.set(i64::try_from(overview.to_verify).unwrap_or(i64::MAX));
        for kind in FindingKind::ALL {
            let open =
                overview.findings.iter().find(|(name, _)| name == kind.name()).map_or(0, |(_, many)| *many);
            self.findings
                .get_or_create(&KindLabel { kind: kind.name().to_owned() })
                .set(i64::try_from(open).unwrap_or(i64::MAX));
        }
        for trouble in Trouble::ALL {
            let is = i64::from(stopped == Some(*trouble));
            self.stopped.get_or_create(&TroubleLabel { trouble: trouble.name() }).set(is);
        }
        self.concurrency.set(concurrency);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn seconds(at: DateTime<Utc>) -> f64 {
    (at - DateTime::<Utc>::UNIX_EPOCH).as_seconds_f64()
}
