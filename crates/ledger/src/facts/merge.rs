//! From the facts that are known of a dossier, and the news, to the rows that are to be written. Pure.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use dongbo_model::{Cell, Facts};

use super::packed::pack;
use super::times::extended;
use super::{BOTH, FactsNews, Side, SideNews};

/// Facts as they are stored, in the cell that they are counted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) cell: Cell,
    pub(super) packed: String,
}

impl Stored {
    fn of(facts: &Facts) -> Self {
        Self { cell: facts.cell(), packed: pack(facts) }
    }
}

/// The facts of a dossier on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sides {
    pub(super) local: Option<Stored>,
    pub(super) portal: Option<Stored>,
    /// When the portal accepted each step; empty when it does not have the dossier.
    pub(super) accepted: String,
}

/// Steps that the portal accepted: those from this place on, at this time.
pub(super) type Accepted = Option<(usize, DateTime<Utc>)>;

impl Sides {
    /// Takes in a row as it is read.
    pub(super) fn take_in(&mut self, side: i64, stored: Stored, accepted: String) {
        if side != Side::Local.number() {
            self.accepted = accepted;
            self.portal = Some(stored.clone());
        }
        if side != Side::Portal.number() {
            self.local = Some(stored);
        }
    }

    /// These with the news.
    pub(super) fn with(&self, news: &FactsNews, accepted: Accepted) -> Self {
        let side = |news: &SideNews, known: &Option<Stored>| match news {
            SideNews::Unchanged => known.clone(),
            SideNews::Gone => None,
            SideNews::Known(facts) => Some(Stored::of(facts)),
        };
        let portal = side(&news.portal, &self.portal);
        let (since, at) = accepted.unzip();
        let accepted = match (&portal, &news.portal) {
            (None, _) => String::new(),
            (Some(_), SideNews::Known(_)) => extended(&self.accepted, news.steps, since, at),
            (Some(_), _) => self.accepted.clone(),
        };
        Self { local: side(&news.local, &self.local), portal, accepted }
    }

    /// The rows that say so: side, facts, and the times of steps.
    pub(super) fn rows(&self) -> Vec<(i64, &Stored, &str)> {
        match (&self.local, &self.portal) {
            (Some(local), Some(portal)) if local == portal => vec![(BOTH, local, &self.accepted)],
            (local, portal) => {
                let local = local.iter().map(|local| (Side::Local.number(), local, ""));
                let portal =
                    portal.iter().map(|portal| (Side::Portal.number(), portal, self.accepted.as_str()));
                local.chain(portal).collect()
            }
        }
    }

    /// The cells whose sums are other ones when these become `new`.
    pub(super) fn cells_changed<'s>(&'s self, new: &'s Self) -> BTreeSet<&'s Cell> {
        [(&self.local, &new.local), (&self.portal, &new.portal)]
            .into_iter()
            .filter(|(before, after)| before != after)
            .flat_map(|(before, after)| [before, after])
            .flatten()
            .map(|stored| &stored.cell)
            .collect()
    }
}
