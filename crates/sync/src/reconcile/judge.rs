//! The age of a difference, and its cause.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::settings::Settings;
use dongbo_ledger::{Difference, Standing};
use dongbo_model::clock::later;
use dongbo_model::{Age, Cell, DifferenceKind, Differing, Month, PlainCause, PortalHistory};

/// The ages that differences have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ages {
    late_after: Duration,
    mismatch_after: Duration,
}

impl Ages {
    pub(crate) const fn of(config: &Settings) -> Self {
        Self { late_after: config.late_after, mismatch_after: config.mismatch_after }
    }

    /// The severity of a difference that has existed since `since`.
    pub(crate) fn age(self, since: DateTime<Utc>, now: DateTime<Utc>) -> Age {
        if now >= later(since, self.mismatch_after) {
            Age::Mismatch
        } else if now >= later(since, self.late_after) {
            Age::Late
        } else {
            Age::Pending
        }
    }
}

/// The cause of a difference between what the portal shows of a dossier and what it accepted. `history` is the portal's, when it is no
/// beginning of ours.
pub(super) fn cause(
    differing: &Differing,
    standing: &Standing,
    history: Option<&PortalHistory>,
) -> PlainCause {
    match differing.kind {
        DifferenceKind::StepExtra if history.is_some_and(|shown| shown.twice > 0) => PlainCause::AppliedTwice,
        _ if standing.held => PlainCause::Held,
        DifferenceKind::FileUnfetched => PlainCause::NotFetched,
        DifferenceKind::Missing => PlainCause::LostOnPortal,
        DifferenceKind::UnknownLocally => PlainCause::DeletedLocally,
        _ if standing.in_doubt => PlainCause::LostAnswer,
        _ => PlainCause::ChangedOnPortal,
    }
}

/// The numbers of dossiers, of finished ones and of those with a result that the portal counts more in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Delta {
    pub(super) received: i64,
    pub(super) finished: i64,
    pub(super) with_result: i64,
}

/// The effect of differences of single dossiers on the portal's counts.
#[derive(Debug, Default)]
pub(super) struct Explained {
    deltas: HashMap<Cell, Delta>,
    /// The last dossier that lacked a result; differences come dossier by dossier.
    lacked: String,
}

impl Explained {
    /// The effect on a cell of those that were added.
    pub(super) fn of(&self, cell: &Cell) -> Delta {
        self.deltas.get(cell).copied().unwrap_or_default()
    }

    /// Adds what one difference does.
    pub(super) fn add(&mut self, difference: &Difference) {
        let is_finished = |status: &str| i64::from(matches!(status, "9" | "10"));
        let cell = &difference.cell;
        let moved = match difference.kind {
            DifferenceKind::Missing => {
                self.at(cell).received -= 1;
                return;
            }
            DifferenceKind::Duplicated => {
                let copies = difference.theirs.parse::<i64>().unwrap_or(1);
                self.at(cell).received += copies - 1;
                return;
            }
            DifferenceKind::Status => {
                self.at(cell).finished += is_finished(&difference.theirs) - is_finished(&difference.ours);
                return;
            }
            DifferenceKind::FileMissing => {
                if self.lacked != difference.code {
                    self.at(cell).with_result -= 1;
                    self.lacked.clone_from(&difference.code);
                }
                return;
            }
            DifferenceKind::Unit => Cell { agency: difference.theirs.clone(), ..cell.clone() },
            DifferenceKind::Procedure => Cell { procedure: difference.theirs.clone(), ..cell.clone() },
            DifferenceKind::Date if difference.subject == "NgayTiepNhan" => {
                let (year, month) = (difference.theirs.get(0..4), difference.theirs.get(4..6));
                let month =
                    year.zip(month).and_then(|(year, month)| Month::parse(&format!("{year}-{month}")));
                Cell { month: month.unwrap_or(cell.month), ..cell.clone() }
            }
            _ => return,
        };
        self.at(cell).received -= 1;
        self.at(&moved).received += 1;
    }

    fn at(&mut self, cell: &Cell) -> &mut Delta {
        self.deltas.entry(cell.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};

    use super::Ages;
    use dongbo_model::Age;

    #[test]
    fn a_difference_is_pending_then_late_then_a_mismatch() {
        let ages =
            Ages { late_after: Duration::from_secs(3_600), mismatch_after: Duration::from_secs(86_400) };
        let now: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
        for (hours, age) in [(0, Age::Pending), (1, Age::Late), (23, Age::Late), (24, Age::Mismatch)] {
            assert_eq!(ages.age(now - TimeDelta::hours(hours), now), age, "{hours}");
        }
    }
}
