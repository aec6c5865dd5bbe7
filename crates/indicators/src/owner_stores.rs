//! The number of a sample: dossiers whose results were looked for in the stores of their owners.

use dongbo_ledger::OwnerStoreCount;
use dongbo_model::Period;

use crate::book::Book;

/// Of the dossiers received in `period` whose owners' stores were looked into those that are confirmed, and all; of `unit` and those below
/// it, or of all units. `None` when there is none.
#[must_use]
pub fn owner_stores(
    book: &Book,
    counts: &[OwnerStoreCount],
    period: Period,
    unit: Option<&str>,
) -> Option<(u64, u64)> {
    let is_asked = |one: &&OwnerStoreCount| {
        period.months().contains(&one.month) && unit.is_none_or(|unit| book.is_within(&one.unit, unit))
    };
    let sum = |(confirmed, looked), one: &OwnerStoreCount| (confirmed + one.confirmed, looked + one.looked);
    Some(counts.iter().filter(is_asked).fold((0, 0), sum)).filter(|(_, looked)| *looked > 0)
}
