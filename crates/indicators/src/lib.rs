//! The indicators of Decision 766/QĐ-TTg as numbers that lead back to their dossiers, and the targets of the plans that bind an
//! office.
//!
//! A [`FormulaSet`] is a named reading of the decision, because the sources of the formulas do not agree. All formulas are pure
//! functions over [`Facts`](dongbo_model::Facts): counted first for a cell (unit, procedure, month of receipt) as a [`Tally`],
//! from which the counts of any month, quarter or year are exact sums ([`Sum`]). Numbers are counts and ratios of counts;
//! each is rounded once, at the end, to two decimals, half up.

mod behind;
mod board;
mod book;
mod calendar;
#[cfg(test)]
mod cases;
mod clocks;
mod counts;
mod cutoff;
pub mod entries;
mod exact;
pub mod fetched;
mod formulas;
mod groups;
mod handled;
mod indicator;
mod official;
mod owner_stores;
#[cfg(test)]
mod points_first;
#[cfg(test)]
mod properties;
mod published;
mod settings;
mod stake;
mod standing;
mod sum;
mod tally;
mod targets;
mod verdict;
mod view_gap;

pub use behind::{Behind, Part, Ringing, each_behind, falsely_late, of_dossier, ringing};
pub use board::{Both, Question, Split, sum_up, sums};
pub use book::{Book, BookError, FileFlaw};
pub use calendar::{Calendar, CalendarError};
pub use clocks::{Clocks, Due, Ring};
pub use counts::{Plain, Raw, Timing};
pub use cutoff::{Cutoff, period_before};
pub use exact::{Exact, Hundredths};
pub use formulas::{Given, Sides, Value, value};
pub use groups::GroupScore;
pub use handled::{Arrival, Exit, Handled, HandledDossier, handled};
pub use indicator::{FormulaSet, Indicator, Origin};
pub use official::{Official, OfficialValue};
pub use owner_stores::owner_stores;
pub use published::{Group, OnlineService, Payment, metric_points, online_service, payment, progress};
pub use settings::Settings;
pub use stake::moved_ahead;
pub use standing::{target_value, values};
pub use sum::Sum;
pub use tally::Tally;
pub use targets::{Every, Plan, PlanError, Standing, Target, Task};
pub use verdict::{Limit, LimitUnit, Rules, Verdict, verdict};
pub use view_gap::{Gap, GapReason};
