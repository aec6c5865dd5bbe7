//! Comparison of the processing histories.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Lookup;
use super::canonical::{Canonical, canonical};
use super::expected::Expected;
use dongbo_model::{DifferenceKind, Differing, PortalHistory};
use dongbo_settings::HashKey;

/// The portal's processing history, compared with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepsSeen {
    /// The look-up does not return steps.
    NotReturned,
    /// The portal has exactly our first steps, this many, in order.
    Prefix(usize),
    /// The portal has others, another order, or more.
    Differ {
        /// How many of our steps it shows once too often.
        twice: usize,
    },
}

/// Two histories that do not fit together, each step told by a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histories {
    ours: Vec<String>,
    theirs: Vec<String>,
    twice: usize,
    /// The key of all hashes.
    key: HashKey,
}

impl Histories {
    /// The portal's whole history, for a person to accept as it is.
    #[must_use]
    pub fn of_portal(&self) -> PortalHistory {
        let mut left = self.theirs.clone();
        let mut is_there = |step: &String| {
            let place = left.iter().position(|shown| shown == step);
            place.map(|place| left.swap_remove(place)).is_some()
        };
        // One that it lacks before others that it has could only be appended behind them.
        let covers = (1..).zip(&self.ours).filter(|(_, step)| is_there(step)).map(|(count, _)| count).last();
        PortalHistory {
            shown: self.theirs.len(),
            covers: covers.unwrap_or_default(),
            twice: self.twice,
            hash: self.whole(&self.theirs),
        }
    }

    /// The number of our first steps that the portal has, when its history is the `accepted` one and behind it nothing but what
    /// follows of ours; `None` when it is another.
    #[must_use]
    pub fn covered_by(&self, accepted: &PortalHistory) -> Option<usize> {
        let (kept, since) = self.theirs.split_at_checked(accepted.shown)?;
        let follows = self.ours.get(accepted.covers..)?;
        (self.whole(kept) == accepted.hash && follows.starts_with(since))
            .then(|| accepted.covers.saturating_add(since.len()))
    }

    /// The difference that is left beside an `accepted` history of the portal's: the steps of ours that follow and that it lacks.
    pub(super) fn lacking(&self, accepted: &PortalHistory) -> Option<Option<Differing>> {
        let covered = self.covered_by(accepted)?;
        let (here, there) = (self.ours.len().to_string(), covered.to_string());
        let missing =
            Differing { mendable: true, ..Differing::plain(DifferenceKind::StepMissing, "", here, there) };
        Some((covered < self.ours.len()).then_some(missing))
    }

    /// A hash over steps in their order.
    fn whole(&self, steps: &[String]) -> String {
        self.key.hash(&steps.join(" "))
    }
}

/// Compares the steps that the portal shows with ours, and says in what they differ.
pub(super) fn compare(
    expected: &Expected,
    theirs: &Value,
    Lookup { settings: lookup, key }: &Lookup,
) -> (StepsSeen, Vec<Differing>, Option<Histories>) {
    let Some(Value::Array(shown)) = theirs.get(&lookup.steps_field).filter(|_| lookup.steps) else {
        return (StepsSeen::NotReturned, Vec::new(), None);
    };
    let shown: Vec<Canonical> = shown.iter().map(|step| canonical(Some(step), &expected.step_form)).collect();
    let ours: Vec<Canonical> = expected.steps.iter().map(|step| canonical(Some(step), step)).collect();
    let (here, there) = (ours.len().to_string(), shown.len().to_string());
    let difference = |kind: DifferenceKind, mendable: bool| Differing {
        mendable,
        ..Differing::plain(kind, "", here.clone(), there.clone())
    };
    if ours.starts_with(&shown) {
        let missing = ours.len() > shown.len();
        let missing = missing.then(|| difference(DifferenceKind::StepMissing, true));
        return (StepsSeen::Prefix(shown.len()), missing.into_iter().collect(), None);
    }
    // How often each step is in our history, and how often in the portal's.
    let mut counts: BTreeMap<&Canonical, (usize, usize)> = BTreeMap::new();
    ours.iter().for_each(|step| counts.entry(step).or_default().0 += 1);
    shown.iter().for_each(|step| counts.entry(step).or_default().1 += 1);
    let is_missing = counts.values().any(|(ours, shown)| ours > shown);
    let is_extra = counts.values().any(|(ours, shown)| shown > ours);
    let kinds = [
        (is_missing, DifferenceKind::StepMissing),
        (is_extra, DifferenceKind::StepExtra),
        (!is_missing && !is_extra, DifferenceKind::StepOrder),
    ];
    let kinds = kinds.into_iter().filter(|(holds, _)| *holds);
    let differing = kinds.map(|(_, kind)| difference(kind, false)).collect();
    let of_ours = counts.values().filter(|(ours, _)| *ours > 0);
    let twice = of_ours.map(|(ours, shown)| shown.saturating_sub(*ours)).sum();
    let told = |steps: &[Canonical]| steps.iter().map(|step| key.hash(&format!("{step:?}"))).collect();
    let both = Histories { ours: told(&ours), theirs: told(&shown), twice, key: key.clone() };
    (StepsSeen::Differ { twice }, differing, Some(both))
}
