//! The faults of a simulated world, and the count of those that struck.

use std::collections::BTreeMap;

/// A fault that the simulation can bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    // On the way to the portal, or in it: each strikes one call.
    /// The portal refuses the connection.
    ConnectionRefused,
    /// The request never reaches the portal.
    RequestLost,
    /// The portal applies the request, and its answer is lost.
    AnswerLost,
    /// The portal applies the request after the client gave it up, and before `lookup_after` has passed.
    AppliedLate,
    /// The portal applies the request when it has been looked up and sent again already, within `lands_within`: not promised to do no
    /// harm to steps, but to be found and put right.
    AppliedVeryLate,
    /// The portal applies the request and answers, and something on the way hands it over once more within `lands_within`.
    Repeated,
    /// The portal applies the request and answers with HTTP 500.
    Status500Applied,
    /// A gateway answers with HTTP 502, and the portal hears nothing.
    Status502NotApplied,
    /// The portal answers with HTTP 429 and a `Retry-After`.
    Throttled,
    /// A page in place of an answer, with HTTP 200.
    Html,
    /// The answer ends in its middle.
    JsonCut,
    /// The portal says that it took the request, and did not.
    Lie,
    /// The portal stores half of a batch and does not say which half.
    HalfApplied,
    /// The portal forgets the session.
    SessionEnded,
    // Windows of time.
    /// A daemon cannot reach the portal.
    PortalAway,
    /// A daemon cannot reach the ledger.
    LedgerAway,
    /// A daemon cannot reach the local database; of two, the first.
    SourceAway,
    /// A daemon cannot reach the second of two local databases.
    SecondSourceAway,
    /// The portal refuses the content of a dossier.
    Refusal,
    // At a moment.
    /// The ledger commits, and its answer is lost.
    CommitUnheard,
    /// A daemon ends at any moment.
    Crash,
    /// A daemon ends right after a commit of its ledger.
    CrashAfterCommit,
    /// A daemon ends while the portal works on its call.
    CrashInCall,
    /// A daemon is stopped in order and started again.
    Restart,
    /// A host's clock is set forward.
    ClockForward,
    /// A host's clock is set back.
    ClockBack,
    /// The local system commits after the poll that should have read it.
    LateCommit,
    /// The local system commits so late that only a sweep finds it.
    VeryLateCommit,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 28] = [
        Self::ConnectionRefused,
        Self::RequestLost,
        Self::AnswerLost,
        Self::AppliedLate,
        Self::AppliedVeryLate,
        Self::Repeated,
        Self::Status500Applied,
        Self::Status502NotApplied,
        Self::Throttled,
        Self::Html,
        Self::JsonCut,
        Self::Lie,
        Self::HalfApplied,
        Self::SessionEnded,
        Self::PortalAway,
        Self::LedgerAway,
        Self::SourceAway,
        Self::SecondSourceAway,
        Self::Refusal,
        Self::CommitUnheard,
        Self::Crash,
        Self::CrashAfterCommit,
        Self::CrashInCall,
        Self::Restart,
        Self::ClockForward,
        Self::ClockBack,
        Self::LateCommit,
        Self::VeryLateCommit,
    ];

    /// Whether it waits for a call to the portal.
    pub fn strikes_calls(self) -> bool {
        self <= Self::SessionEnded || self == Self::CrashInCall
    }

    /// Whether it only makes sense on a call that writes.
    pub fn needs_write(self) -> bool {
        matches!(
            self,
            Self::AppliedLate
                | Self::AppliedVeryLate
                | Self::Repeated
                | Self::Lie
                | Self::HalfApplied
                | Self::CrashInCall
        )
    }

    /// Whether it waits for a commit of the ledger.
    pub fn strikes_commits(self) -> bool {
        matches!(self, Self::CommitUnheard | Self::CrashAfterCommit)
    }
}

/// Faults that are armed and those that have struck.
#[derive(Debug, Default)]
pub(crate) struct Board {
    armed: Vec<Fault>,
    pub planned: BTreeMap<Fault, u32>,
    pub fired: BTreeMap<Fault, u32>,
}

impl Board {
    pub(crate) fn plan(&mut self, fault: Fault) {
        *self.planned.entry(fault).or_default() += 1;
    }

    pub(crate) fn arm(&mut self, fault: Fault) {
        self.armed.push(fault);
    }

    /// Takes the first armed fault that `fits`, which then has struck.
    pub(crate) fn strike(&mut self, fits: impl Fn(Fault) -> bool) -> Option<Fault> {
        let place = self.armed.iter().position(|fault| fits(*fault))?;
        let fault = self.armed.remove(place);
        self.fire(fault);
        Some(fault)
    }

    pub(crate) fn fire(&mut self, fault: Fault) {
        *self.fired.entry(fault).or_default() += 1;
    }

    pub(crate) fn has_struck(&self, fault: Fault) -> bool {
        self.fired.contains_key(&fault)
    }

    pub(crate) fn armed(&self) -> usize {
        self.armed.len()
    }

    /// Kinds that were planned and never struck.
    pub(crate) fn silent(&self) -> Vec<Fault> {
        self.planned.keys().copied().filter(|fault| !self.fired.contains_key(fault)).collect()
    }
}
