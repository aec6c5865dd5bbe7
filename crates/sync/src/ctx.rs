//! The handles that every worker holds.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::bells::Bells;
use crate::compare_jobs::Job;
use crate::failures::{Failures, Work};
use crate::gate::{Closed, Gate, Limits, Permit, Stream, Way};
use crate::metrics::Metrics;
use crate::vitals::{Part, Standstill, Vitals};
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::clock::Clock;
use dongbo_settings::HashKey;
use dongbo_source::Section;

/// The name under which the ledger keeps when the last poll was completed.
pub(crate) const POLLED: &str = "intake.polled";
/// The name under which it keeps when the portal last accepted something.
const ACKNOWLEDGED: &str = "push.acknowledged";

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
    /// The failures that stand.
    pub failures: Arc<Failures>,
    /// Passed by every call to the portal.
    pub gate: Arc<Gate>,
    /// Rung when something may have become due.
    pub due: Arc<Bells>,
    /// The source whose workers hold it, where there are several; else empty.
    pub(crate) source: Arc<str>,
    /// The key under which differences hash what may be personal; without one each engine makes its own.
    pub(crate) hash_key: Option<HashKey>,
}

impl Ctx {
    /// Fresh handles around `ledger`, for a gate within `limits`.
    #[must_use]
    pub fn new(ledger: Ledger, clock: Clock, limits: impl Into<Limits>) -> Self {
        Self {
            ledger,
            metrics: Arc::new(Metrics::new(clock.now())),
            vitals: Arc::new(Vitals::new(clock.clone())),
            failures: Arc::new(Failures::new(clock.clone())),
            gate: Gate::new(limits, clock.clone()),
            due: Arc::default(),
            source: Arc::default(),
            hash_key: None,
            clock,
        }
    }

    /// These, with the installation's key for hashes. Without room for it each engine makes one of its own, and what is hashed is
    /// told apart until the next.
    #[must_use]
    pub async fn hashing(self) -> Self {
        let hash_key = self.ledger.hash_key().await;
        if let Err(error) = &hash_key {
            tracing::warn!(event = "ledger.no_hash_key", class = error.class().name(), "{error}");
        }
        Self { hash_key: hash_key.ok(), ..self }
    }

    /// Waits until sending goes on and the gate gives leave for one call. Nobody takes the wait of `part` for a hang.
    pub(crate) async fn pass(&self, part: Part, stream: Stream) -> Permit {
        let _waiting = self.vitals.waits(part);
        loop {
            match self.gate.acquire(stream).await {
                Ok(permit) => return permit,
                Err(Closed) => self.gate.until(Way::Open).await,
            }
        }
    }

    /// The source in a log line; a line of the only one does not name it.
    pub(crate) fn log_source(&self) -> Option<&str> {
        (!self.source.is_empty()).then_some(&*self.source)
    }

    /// A failure of the source in words, which name the keys of its own section.
    pub(crate) fn told(&self, error: &impl ToString) -> String {
        let words = error.to_string();
        self.log_source().map_or_else(|| words.clone(), |name| Section::of(name).named_in(&words))
    }

    /// The source behind the words "local database", where there are several.
    pub(crate) fn named(&self) -> String {
        self.log_source().map(|name| format!(" of {name}")).unwrap_or_default()
    }

    /// Counts a failure of the ledger. One that shows damage ends the daemon, as only a start can set a ledger aside; says
    /// whether it does.
    pub fn ledger_failed(&self, error: &LedgerError) -> bool {
        self.metrics.ledger_failed();
        let work = if error.is_out_of_room() { Work::Room } else { Work::Ledger };
        self.failures.failed(work, "", "", error.class(), error.to_string());
        let Some(damage) = error.damage() else { return false };
        self.vitals.ledger_damaged(damage);
        true
    }

    /// The ledger was written: whatever was the matter with it is over.
    pub(crate) fn ledger_worked(&self) {
        self.failures.worked(Work::Ledger, "", "");
        self.failures.worked(Work::Room, "", "");
    }

    /// The part that stands still, if one does. Sending is not expected to finish anything while it is stopped, or while
    /// the portal has asked for a wait.
    #[must_use]
    pub fn standstill(&self, now: DateTime<Utc>) -> Option<Standstill> {
        let next_probe = self.gate.closed().map(|(_, probe_at)| probe_at);
        self.vitals.standstill(next_probe.max(self.gate.paused_until()), now)
    }

    /// Recalls when a daemon before this one last polled, swept and was heard by the portal.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn recall(&self) -> Result<(), LedgerError> {
        let ledger = &self.ledger;
        let (polled, acknowledged) = (ledger.cursor(POLLED).await?, ledger.cursor(ACKNOWLEDGED).await?);
        self.vitals.recall(polled, acknowledged, ledger.cursor(Job::Sweep.cursor()).await?);
        Ok(())
    }

    /// Writes down when this daemon last polled and was heard by the portal, for the next one. It tries the ledger, too: one
    /// that cannot be written is known of while nothing else is to be written.
    pub async fn remember(&self) {
        let moments = self.vitals.moments();
        // Only the daemon that leads polls.
        let polled = moments.last_poll.filter(|_| moments.leads);
        for (name, at) in [(POLLED, polled), (ACKNOWLEDGED, moments.last_acknowledged)] {
            let Some(at) = at else { continue };
            match self.ledger.move_cursor(name, at).await {
                Ok(()) => self.ledger_worked(),
                Err(error) => {
                    self.ledger_failed(&error);
                }
            }
        }
    }

    /// Closes or opens the gate as the ledger says of the operator's pause, and logs it when that is news.
    ///
    /// # Errors
    /// When the ledger cannot be read; the gate stays as it is then.
    pub async fn adopt_pause(&self) -> Result<(), LedgerError> {
        let Self { gate, ledger, .. } = self;
        let _alone = gate.adopting.lock().await;
        match ledger.pause().await? {
            Some(pause) => {
                if gate.pause(true) {
                    tracing::warn!(
                        event = "sending.paused",
                        by = %pause.by,
                        reason = %pause.reason,
                        since = %pause.since,
                        "Sending is paused by {}: {}; `dongbo resume` ends it",
                        shown(&pause.by),
                        shown(&pause.reason)
                    );
                }
            }
            None => {
                if gate.pause(false) {
                    let by = ledger.last_resumption().await?.map(|end| end.by).unwrap_or_default();
                    tracing::info!(event = "sending.resumed", %by, "Sending goes on; {} ended the pause", shown(&by));
                }
            }
        }
        Ok(())
    }
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "(not said)" } else { text }
}
