//! One layer's dossiers by their state, as commands and pages for programs tell it.

use schemars::JsonSchema;
use serde::Serialize;

use dongbo_ledger::{Layer, LayerState, Overview};

/// One layer: its dossiers by state add up to all.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "LayerCounts")]
pub struct LayerView {
    /// Its name.
    #[schemars(with = "Layer")]
    pub layer: &'static str,
    /// Dossiers of which the portal has accepted everything in it.
    pub synced: u64,
    /// Those that are sent as soon as it is their turn.
    pub due: u64,
    /// Those that are being sent.
    pub in_flight: u64,
    /// Those that are sent at a later time.
    pub waiting: u64,
    /// Those that a person has to act on.
    pub held: u64,
    /// Those that the mapping does not send at their status.
    pub not_sent: u64,
    /// Those of which nothing proves whether the portal has it.
    pub unproved: u64,
    /// The share of those synced among all that are sent; `null` when none is.
    pub completeness: Option<f64>,
}

impl LayerView {
    /// The counts of one layer.
    #[must_use]
    pub fn of(overview: &Overview, layer: Layer) -> Self {
        let counts = overview.counts.of(layer);
        Self {
            layer: layer.name(),
            synced: counts.of(LayerState::Synced),
            due: counts.of(LayerState::Due),
            in_flight: counts.of(LayerState::InFlight),
            waiting: counts.of(LayerState::Waiting),
            held: counts.of(LayerState::Held),
            not_sent: counts.of(LayerState::NotSent),
            unproved: counts.of(LayerState::Unproved),
            completeness: overview.completeness(layer),
        }
    }
}
