//! What the indicators need of each dossier, as the local system has it and as the portal accepted it, and the cells of unit,
//! procedure and month in which something of it has changed.
//!
//! Facts are written in the transaction of whatever tells of them: a settlement, or a page of a sweep. A cell in which one changed is
//! marked in the same transaction; whoever sums cells up reads the marks first, then the facts, and takes away only these marks.

mod ahead;
mod cells;
mod list;
mod merge;
mod packed;
mod sweep;
mod times;
mod write;

pub use ahead::{Waiting, WaitingPage};
pub use cells::{CellSums, DirtyCell, Sums};
pub use list::{CountedFacts, DossierFacts, FactPlace, FactQuery, ListedFacts};
pub use sweep::{FactsPage, FactsRead};
pub(crate) use write::MARK_EVERY_CELL;

use dongbo_model::{Facts, vocabulary};

vocabulary! {
    /// The side whose truth is asked for.
    pub enum Side
    texts {
        /// The name for people.
        text
    }
    {
        /// As the local system has it.
        Local = "local", ["Một cửa", "Local system"];
        /// As the portal accepted it, or was seen to have it.
        Portal = "portal", ["Cổng đã nhận", "Accepted by the portal"];
    }
}

impl Side {
    /// The number of its rows. Those of both sides alike have [`BOTH`].
    const fn number(self) -> i64 {
        match self {
            Self::Local => 1,
            Self::Portal => 2,
        }
    }
}

/// The number of rows that both sides have alike.
const BOTH: i64 = 0;

/// The news about one side of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SideNews {
    /// Nothing is known that was not known before.
    #[default]
    Unchanged,
    /// That side does not have the dossier.
    Gone,
    /// That side has it so.
    Known(Box<Facts>),
}

/// The news about the facts of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactsNews {
    /// In the local system.
    pub local: SideNews,
    /// On the portal: what it accepted, or was seen to have, and nothing of which the outcome is not known.
    pub portal: SideNews,
    /// The number of steps that the portal has, when news of it are known.
    pub steps: usize,
}

impl FactsNews {
    /// Whether nothing is new.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.local == SideNews::Unchanged && self.portal == SideNews::Unchanged
    }
}
