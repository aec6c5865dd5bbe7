//! The numbers of dossiers by layer, state and lane, for metrics and reports.

use chrono::{DateTime, Utc};

use crate::bin::Bin;
use dongbo_model::{Lane, Layer, LayerState};

/// The numbers of dossiers of one layer by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayerCounts {
    synced: u64,
    due: u64,
    in_flight: u64,
    waiting: u64,
    held: u64,
    not_sent: u64,
    unproved: u64,
}

impl LayerCounts {
    /// The number in `state`.
    #[must_use]
    pub const fn of(&self, state: LayerState) -> u64 {
        match state {
            LayerState::Synced => self.synced,
            LayerState::Due => self.due,
            LayerState::InFlight => self.in_flight,
            LayerState::Waiting => self.waiting,
            LayerState::Held => self.held,
            LayerState::NotSent => self.not_sent,
            LayerState::Unproved => self.unproved,
        }
    }

    const fn of_mut(&mut self, state: LayerState) -> &mut u64 {
        match state {
            LayerState::Synced => &mut self.synced,
            LayerState::Due => &mut self.due,
            LayerState::InFlight => &mut self.in_flight,
            LayerState::Waiting => &mut self.waiting,
            LayerState::Held => &mut self.held,
            LayerState::NotSent => &mut self.not_sent,
            LayerState::Unproved => &mut self.unproved,
        }
    }
}

/// Every layer's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    layers: [LayerCounts; 4],
}

impl Counts {
    /// The counts of `layer`.
    #[must_use]
    pub const fn of(&self, layer: Layer) -> &LayerCounts {
        let [presence, status, steps, files] = &self.layers;
        match layer {
            Layer::Presence => presence,
            Layer::Status => status,
            Layer::Steps => steps,
            Layer::Files => files,
        }
    }

    const fn of_mut(&mut self, layer: Layer) -> &mut LayerCounts {
        let [presence, status, steps, files] = &mut self.layers;
        match layer {
            Layer::Presence => presence,
            Layer::Status => status,
            Layer::Steps => steps,
            Layer::Files => files,
        }
    }
}

/// The work of one lane, apart from what persons have to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneBacklog {
    /// Dossiers that are due, wait for their time or are under way; those to be confirmed by a look-up included.
    pub backlog: u64,
    /// Since when the oldest change waits that the portal has not accepted.
    pub oldest_unsent: Option<DateTime<Utc>>,
}

/// The counts of everything at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// All dossiers that the ledger knows. Each layer's counts add up to it.
    pub dossiers: u64,
    /// By layer and state.
    pub counts: Counts,
    /// By lane, in order; see [`Overview::lane`].
    /// In the order of [`Lane::ALL`](crate::Lane::ALL).
    pub lanes: [LaneBacklog; 3],
    /// Since when the oldest change waits that the portal has not accepted and that no person has to act on.
    pub oldest_unsent: Option<DateTime<Utc>>,
    /// Open findings by kind's stable name.
    pub findings: Vec<(String, u64)>,
    /// Dossiers whose acceptance is still to be confirmed by a look-up.
    pub to_verify: u64,
    /// Dossiers whose outcome is unknown.
    pub in_doubt: u64,
    /// Dossiers that a person has to act on, each once, whatever its layers.
    pub held: u64,
    /// Dossiers that are not sent at their status by the mapping, each once, whatever its layers.
    pub not_sent: u64,
}

/// A claim that is held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The dossier's code.
    pub code: String,
    /// The holder of the lease.
    pub owner: String,
}

impl Overview {
    /// The work of `lane`.
    #[must_use]
    pub const fn lane(&self, lane: Lane) -> &LaneBacklog {
        let [live, retry, backfill] = &self.lanes;
        match lane {
            Lane::Live => live,
            Lane::Retry => retry,
            Lane::Backfill => backfill,
        }
    }

    /// The work of all lanes together.
    #[must_use]
    pub fn backlog(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.backlog).sum()
    }

    /// The dossiers whose `layer` the portal is to have: all but those that the mapping does not send.
    #[must_use]
    pub const fn wanted(&self, layer: Layer) -> u64 {
        self.dossiers.saturating_sub(self.counts.of(layer).of(LayerState::NotSent))
    }

    /// The share of wanted dossiers whose `layer` is synced; `None` when there is none. Never 1 while one lacks it.
    #[must_use]
    pub fn completeness(&self, layer: Layer) -> Option<f64> {
        let synced = self.counts.of(layer).of(LayerState::Synced);
        let wanted = self.wanted(layer);
        if wanted == 0 {
            return None;
        }
        // Counts stay far below 2^53, where a float would begin to round them.
        #[expect(clippy::cast_precision_loss, reason = "counts of dossiers are far below 2^53")]
        let ratio = synced as f64 / wanted as f64;
        Some(ratio)
    }

    /// Adds `many` dossiers of one bin; `later` says that their time comes later.
    pub(super) fn add(&mut self, bin: Bin, later: bool, many: u64) {
        match bin.state(later) {
            LayerState::Held => self.held += many,
            LayerState::NotSent => self.not_sent += many,
            LayerState::Synced | LayerState::Unproved => {}
            LayerState::Due | LayerState::InFlight | LayerState::Waiting => {
                self.lane_mut(bin.lane()).backlog += many;
            }
        }
        match bin.doubt() {
            1 => self.in_doubt += many,
            2 => self.to_verify += many,
            _ => {}
        }
        for &layer in Layer::ALL {
            *self.counts.of_mut(layer).of_mut(bin.layer(layer, later)) += many;
        }
    }

    /// Counts those of all `dossiers` that were not added as synced: they are at rest and lack nothing.
    pub(super) fn complete(&mut self, dossiers: u64) {
        self.dossiers = dossiers;
        for &layer in Layer::ALL {
            let counts = self.counts.of_mut(layer);
            let known: u64 = LayerState::ALL.iter().map(|&state| counts.of(state)).sum();
            *counts.of_mut(LayerState::Synced) += dossiers.saturating_sub(known);
        }
    }

    /// Counts `many` dossiers whose files were taken to be in state `from` as in state `to`.
    pub(super) fn move_files(&mut self, from: LayerState, to: LayerState, many: u64) {
        let files = self.counts.of_mut(Layer::Files);
        *files.of_mut(from) = files.of(from).saturating_sub(many);
        *files.of_mut(to) += many;
    }

    /// Notes since when the oldest change of `lane` waits.
    pub(super) fn waits_since(&mut self, lane: Lane, since: DateTime<Utc>) {
        self.oldest_unsent = [self.oldest_unsent, Some(since)].into_iter().flatten().min();
        self.lane_mut(lane).oldest_unsent = Some(since);
    }

    const fn lane_mut(&mut self, lane: Lane) -> &mut LaneBacklog {
        let [live, retry, backfill] = &mut self.lanes;
        match lane {
            Lane::Live => live,
            Lane::Retry => retry,
            Lane::Backfill => backfill,
        }
    }
}
