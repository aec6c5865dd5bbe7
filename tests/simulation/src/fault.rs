//! What can go wrong, and the count of what did.

use std::collections::BTreeMap;

/// Everything that the simulation can let go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    // On the way to the portal, or in it: each strikes one call.
    ConnectionRefused,
    RequestLost,
    AnswerLost,
    /// The portal applies the request after the client gave it up, and before `lookup_after` has passed.
    AppliedLate,
    /// The portal applies the request when it has been looked up and sent again already: not promised to do no harm, but
    /// to be found.
    AppliedVeryLate,
    Status500Applied,
    Status502NotApplied,
    Throttled,
    Html,
    JsonCut,
    Lie,
    HalfApplied,
    SessionEnded,
    // Windows of time.
    PortalAway,
    LedgerAway,
    SourceAway,
    Refusal,
    // At a moment.
    CommitUnheard,
    Crash,
    CrashAfterCommit,
    CrashInCall,
    Restart,
    ClockForward,
    ClockBack,
    LateCommit,
    /// Committed so late that only a sweep finds it.
    VeryLateCommit,
}

impl Fault {
    pub const ALL: [Self; 26] = [
        Self::ConnectionRefused,
        Self::RequestLost,
        Self::AnswerLost,
        Self::AppliedLate,
        Self::AppliedVeryLate,
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
            Self::AppliedLate | Self::AppliedVeryLate | Self::Lie | Self::HalfApplied | Self::CrashInCall
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

    pub(crate) fn armed(&self) -> usize {
        self.armed.len()
    }

    /// Kinds that were planned and never struck.
    pub(crate) fn silent(&self) -> Vec<Fault> {
        self.planned.keys().copied().filter(|fault| !self.fired.contains_key(fault)).collect()
    }
}
