//! Comparison of the processing histories.

use std::collections::BTreeMap;

use serde_json::Value;

use super::canonical::{Canonical, canonical};
use super::expected::Expected;
use crate::settings::LookupSettings;
use dongbo_model::{DifferenceKind, Differing};

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

/// Compares the steps that the portal shows with ours, and says in what they differ.
pub(super) fn compare(
    expected: &Expected,
    theirs: &Value,
    lookup: &LookupSettings,
) -> (StepsSeen, Vec<Differing>) {
    let Some(Value::Array(shown)) = theirs.get(&lookup.steps_field).filter(|_| lookup.steps) else {
        return (StepsSeen::NotReturned, Vec::new());
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
        return (StepsSeen::Prefix(shown.len()), missing.into_iter().collect());
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
    (StepsSeen::Differ { twice }, differing)
}
