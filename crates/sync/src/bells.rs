//! The bells that are rung when something may have become due, one for each who waits for it.

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// The work that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// Live changes.
    Live,
    /// Retries and what comes with backfills.
    Background,
    /// Files.
    Files,
}

/// One bell for each. Whoever waits looks into the ledger when it rings, which is not for nothing: a bell is rung only when there
/// may be something for them.
#[derive(Debug, Default)]
pub struct Bells {
    live: Notify,
    background: Notify,
    files: Notify,
}

impl Bells {
    /// Rings one.
    pub fn ring(&self, bell: Bell) {
        self.of(bell).notify_waiters();
    }

    /// Rings all.
    pub fn ring_all(&self) {
        for bell in [Bell::Live, Bell::Background, Bell::Files] {
            self.ring(bell);
        }
    }

    /// Waits until it is rung.
    pub(crate) fn rung(&self, bell: Bell) -> Notified<'_> {
        self.of(bell).notified()
    }

    const fn of(&self, bell: Bell) -> &Notify {
        match bell {
            Bell::Live => &self.live,
            Bell::Background => &self.background,
            Bell::Files => &self.files,
        }
    }
}
