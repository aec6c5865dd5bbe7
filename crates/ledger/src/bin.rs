//! How a dossier and a file stand, as the tallies keep count of it: one number with a bit for each thing that is counted.

use dongbo_model::{Lane, Layer, LayerState};

use crate::files::{FileState, Signature};

/// The bin in `dossier_tally` that stands for all dossiers of a unit.
pub(super) const EVERY_DOSSIER: i64 = -1;
/// The bin in `dossier_tally` that stands for all links of somebody else's in the dossiers of a unit.
pub(super) const EVERY_LINK: i64 = -2;

/// The number in the column `dossier.bin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bin(pub(super) i64);

impl Bin {
    pub(super) const CONTENT_ACCEPTED: i64 = 256;
    const HAS_LINKS: i64 = 2_048;
    pub(super) const ON_PORTAL: i64 = 128;
    pub(super) const STEPS_ACCEPTED: i64 = 512;
    const UNREAD: i64 = 1_024;

    /// The state of what the portal lacks of the dossier; `later` says that its time comes later.
    pub(super) const fn state(self, later: bool) -> LayerState {
        match self.0 & 7 {
            0 if later => LayerState::Waiting,
            0 => LayerState::Due,
            1 => LayerState::Held,
            2 => LayerState::NotSent,
            4 => LayerState::InFlight,
            _ => LayerState::Synced,
        }
    }

    /// Whether it is due, now or later.
    pub(super) const fn is_due(self) -> bool {
        self.0 & 7 == 0
    }

    /// The lane of one that is due or leased.
    pub(super) fn lane(self) -> Lane {
        Lane::from_number((self.0 >> 3) & 3)
    }

    /// The number of its doubt.
    pub(super) const fn doubt(self) -> i64 {
        (self.0 >> 5) & 3
    }

    /// The state of `layer`; of files when none of them is open, which is unknown while it was not read since it changed.
    pub(super) const fn layer(self, layer: Layer, later: bool) -> LayerState {
        let bit = match layer {
            Layer::Presence => Self::ON_PORTAL,
            Layer::Status => Self::CONTENT_ACCEPTED,
            Layer::Steps => Self::STEPS_ACCEPTED,
            Layer::Files => return self.files(later),
        };
        if self.0 & bit == 0 { self.state(later) } else { LayerState::Synced }
    }

    const fn files(self, later: bool) -> LayerState {
        match self.state(later) {
            LayerState::Synced if self.0 & 7 == 3 => LayerState::Unproved,
            LayerState::Synced => LayerState::Synced,
            state if self.0 & Self::UNREAD != 0 => state,
            _ if self.0 & Self::HAS_LINKS != 0 => LayerState::Unproved,
            _ => LayerState::Synced,
        }
    }
}

/// The state of a dossier's files of which the worst is `worst`, a number of [`open_file`].
pub(super) const fn file_layer(worst: i64) -> LayerState {
    match worst {
        2 => LayerState::Waiting,
        3 => LayerState::Due,
        4 => LayerState::InFlight,
        _ => LayerState::Held,
    }
}

/// The graver of two states that the files of one dossier can be in.
pub(super) const fn graver(one: LayerState, other: LayerState) -> LayerState {
    if gravity(one) < gravity(other) { other } else { one }
}

const fn gravity(state: LayerState) -> u8 {
    match state {
        LayerState::Synced => 0,
        LayerState::Unproved => 1,
        LayerState::Waiting => 2,
        LayerState::Due => 3,
        LayerState::InFlight => 4,
        LayerState::Held => 5,
        LayerState::NotSent => 6,
    }
}

/// How grave it is that a file is open at the moment that the parameter `$now` gives; see [`file_layer`].
macro_rules! open_file {
    ($now:literal) => {
        concat!(
            "CASE WHEN state = 'held' THEN 5 WHEN lease_owner IS NOT NULL THEN 4 WHEN state = 'announced' OR due_at > ",
            $now,
            " THEN 2 ELSE 3 END"
        )
    };
}
pub(super) use open_file;

/// The state and the signature that a number in the column `file.bin` means.
pub(super) fn of_file(bin: i64) -> (FileState, Option<Signature>) {
    let state = match bin >> 2 {
        1 => FileState::Ready,
        2 => FileState::Announced,
        3 => FileState::Arrived,
        4 => FileState::Held,
        _ => FileState::New,
    };
    let signature = bin & 3;
    (state, (signature < 3).then(|| Signature::from_number(signature)))
}
