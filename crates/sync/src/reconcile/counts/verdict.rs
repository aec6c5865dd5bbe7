//! Verdicts on cells: whether both sides count the same.

use dongbo_ledger::CellCount;
use dongbo_model::DifferenceKind;

/// The portal's counts of a cell; `None` is a count that it has not made, or was not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Theirs {
    pub(super) received: Option<u64>,
    pub(super) finished: Option<u64>,
    pub(super) with_result: Option<u64>,
}

/// The verdict on a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Equal,
    /// The counts differ by no more than is moving.
    Pending,
    Uncounted,
    /// The kind of the difference, our count and theirs.
    Different(DifferenceKind, u64, u64),
}

/// The distance of the portal's counts from one of ours.
struct Off {
    dossiers: u64,
    results: u64,
}

impl Off {
    fn of(ours: &CellCount, received: u64, theirs: Theirs) -> Self {
        let finished = theirs.finished.map_or(0, |finished| finished.abs_diff(ours.finished));
        let results = theirs.with_result.map_or(0, |many| many.abs_diff(ours.with_result));
        Self { dossiers: received.abs_diff(ours.on_portal).max(finished), results }
    }
}

/// Judges a cell: it differs only when it does so before and after the portal was asked, by more than is moving.
pub(super) fn verdict(sides: [&CellCount; 2], theirs: Theirs) -> Verdict {
    let Some(received) = theirs.received else { return Verdict::Uncounted };
    let off = |side: &CellCount| Off::of(side, received, theirs);
    if sides.iter().map(|side| off(side)).any(|off| off.dossiers == 0 && off.results == 0) {
        return Verdict::Equal;
    }
    let moves = |side: &CellCount| {
        let off = off(side);
        off.dossiers <= side.moving && off.results <= side.moving.saturating_add(side.result_unknown)
    };
    if sides.iter().any(|side| moves(side)) {
        return Verdict::Pending;
    }
    let [_, now] = sides;
    let (kind, ours, theirs) = match (received, theirs.finished, theirs.with_result) {
        (received, ..) if received > now.on_portal => (DifferenceKind::CountedMore, now.on_portal, received),
        (received, ..) if received < now.on_portal => (DifferenceKind::CountedLess, now.on_portal, received),
        (_, Some(finished), _) if finished != now.finished => {
            (DifferenceKind::CountedFinished, now.finished, finished)
        }
        (.., with_result) => {
            (DifferenceKind::CountedResults, now.with_result, with_result.unwrap_or_default())
        }
    };
    Verdict::Different(kind, ours, theirs)
}

#[cfg(test)]
mod tests {
    use super::{Theirs, Verdict, verdict};
    use dongbo_ledger::CellCount;
    use dongbo_model::{Cell, DifferenceKind, Month};

    fn ours(on_portal: u64, finished: u64, with_result: u64) -> CellCount {
        let cell = Cell { agency: "H48.57".to_owned(), procedure: "1.001193".to_owned(), month: Month(0) };
        CellCount { cell, known: on_portal, on_portal, finished, with_result, result_unknown: 0, moving: 0 }
    }

    fn theirs(received: u64, finished: u64, with_result: u64) -> Theirs {
        Theirs { received: Some(received), finished: Some(finished), with_result: Some(with_result) }
    }

    #[test]
    fn presence_is_told_before_what_is_finished_and_that_before_results() {
        let side = ours(10, 8, 7);
        let told = |theirs| verdict([&side, &side], theirs);
        assert_eq!(told(theirs(10, 8, 7)), Verdict::Equal);
        assert_eq!(told(theirs(9, 7, 6)), Verdict::Different(DifferenceKind::CountedLess, 10, 9));
        assert_eq!(told(theirs(11, 8, 7)), Verdict::Different(DifferenceKind::CountedMore, 10, 11));
        assert_eq!(told(theirs(10, 7, 6)), Verdict::Different(DifferenceKind::CountedFinished, 8, 7));
        assert_eq!(told(theirs(10, 8, 5)), Verdict::Different(DifferenceKind::CountedResults, 7, 5));
    }

    #[test]
    fn what_is_not_counted_is_no_difference() {
        let side = ours(10, 8, 7);
        let told = |theirs| verdict([&side, &side], theirs);
        assert_eq!(told(Theirs { received: None, ..theirs(10, 8, 7) }), Verdict::Uncounted);
        assert_eq!(told(Theirs { finished: None, with_result: None, ..theirs(10, 0, 0) }), Verdict::Equal);
    }

    #[test]
    fn what_moves_or_is_not_known_explains_as_much_and_no_more() {
        let side = CellCount { moving: 1, result_unknown: 2, ..ours(10, 8, 7) };
        let told = |theirs| verdict([&side, &side], theirs);
        assert_eq!(told(theirs(9, 8, 7)), Verdict::Pending);
        assert_eq!(told(theirs(10, 8, 4)), Verdict::Pending);
        assert_eq!(told(theirs(10, 8, 3)), Verdict::Different(DifferenceKind::CountedResults, 7, 3));
        assert_eq!(told(theirs(8, 8, 7)), Verdict::Different(DifferenceKind::CountedLess, 10, 8));
    }

    #[test]
    fn a_cell_that_agrees_before_or_after_the_portal_was_asked_is_equal() {
        let (before, after) = (ours(10, 8, 7), ours(12, 9, 8));
        assert_eq!(verdict([&before, &after], theirs(10, 8, 7)), Verdict::Equal);
        assert_eq!(verdict([&before, &after], theirs(12, 9, 8)), Verdict::Equal);
    }
}
