//! Whether the service port is open, shut for a while, or gone for good.

use tokio::sync::watch;

/// State of the service port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    /// Connections are accepted and closed at once; those that were open are cut.
    Down,
    Stopped,
}

/// Turns the gate and lets every connection watch it.
#[derive(Debug)]
pub(crate) struct GateKeeper(watch::Sender<Gate>);

impl GateKeeper {
    pub(crate) fn new(down: bool) -> Self {
        Self(watch::Sender::new(if down { Gate::Down } else { Gate::Open }))
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.0.borrow() == Gate::Open
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Gate> {
        self.0.subscribe()
    }

    /// Only a real change wakes the watchers, because a connection takes any change as its end.
    pub(crate) fn turn(&self, to: Gate) {
        self.0.send_if_modified(|now| {
            let changes = *now != to && *now != Gate::Stopped;
            if changes {
                *now = to;
            }
            changes
        });
    }
}

/// Waits until the gate is gone for good; a keeper that was dropped counts as gone.
pub(crate) async fn stopped(mut gate: watch::Receiver<Gate>) {
    let _keeper_gone = gate.wait_for(|state| *state == Gate::Stopped).await.is_err();
}
