//! The figures of an index, as whoever gathers them gives them.

use chrono::{DateTime, Utc};
use dongbo_model::Month;

use crate::figures::Figure;

/// The index of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// The options that narrow its commands to what it is about, `--unit` of one unit; empty for all.
    pub scope: String,
    /// The set of formulas, by name and in words.
    pub set: (String, String),
    /// The indicators, in order.
    pub indicators: Vec<Measured>,
    /// When the portal gave the oldest of its own figures of the period; `None` while there are none.
    pub published_at: Option<DateTime<Utc>>,
    /// The groups, in order.
    pub groups: Vec<GroupPoints>,
    /// Hundredths of the points in all that the portal published; `None` when it did not.
    pub published_total: Option<u32>,
    /// The names of all sets of formulas, and by indicator its value by each.
    pub by_set: BySet,
    /// The targets of the plans.
    pub targets: Vec<Aim>,
    /// The ids of the indicators that are shown by unit and in the chart of months.
    pub chosen: Vec<String>,
    /// By unit.
    pub units: Vec<UnitMeasured>,
    /// The months, in order, each with a value for each indicator.
    pub months: Vec<(Month, Vec<Option<u32>>)>,
}

/// Values by each set of formulas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BySet {
    /// The names of the sets.
    pub sets: Vec<String>,
    /// A value for each set, in hundredths, for each indicator in the order of [`Index::indicators`].
    pub values: Vec<Vec<Option<u32>>>,
}

/// An indicator of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Its id.
    pub id: String,
    /// Its number in the index; empty where the index gives it none.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Whether people entered it.
    pub is_entered: bool,
    /// Whether its value is a number of days and no percentage.
    pub is_days: bool,
    /// Whether its numerator, and its denominator, can be listed as so many dossiers.
    pub is_listed: (bool, bool),
    /// By what the portal accepted.
    pub portal: Measure,
    /// By the local facts.
    pub local: Measure,
    /// As the portal published it.
    pub published: PublishedMeasure,
}

/// An indicator as the portal published it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishedMeasure {
    /// Hundredths of a percent or of a day; `None` when it is not published.
    pub value: Option<u32>,
    /// Hundredths of a point; `None` when they are not published.
    pub points: Option<u32>,
    /// The portal's remark on its data.
    pub remark: Option<String>,
}

/// An indicator by one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    /// Its numerator.
    pub numerator: u64,
    /// Its denominator.
    pub denominator: u64,
    /// Hundredths of a percent or of a day; `None` when it cannot be computed.
    pub value: Option<u32>,
    /// Hundredths of a point; `None` when it gives none.
    pub points: Option<u32>,
}

/// The points of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPoints {
    /// Its name.
    pub name: String,
    /// The most points that it has.
    pub most: u32,
    /// By what the portal accepted.
    pub portal: Points,
    /// By the local facts.
    pub local: Points,
    /// Hundredths of the points that the portal published; `None` when it did not.
    pub published: Option<u32>,
    /// The numbers, else the names, of its indicators without points.
    pub without: Vec<String>,
}

/// Points, of those that could be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Points {
    /// Hundredths of points.
    pub points: u32,
    /// The most points of the indicators that have some.
    pub of: u32,
}

/// A target of a plan, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The plan and whose it is.
    pub plan: String,
    /// The plan's words.
    pub words: String,
    /// The level that has to be reached, in words.
    pub wanted: String,
    /// The percentage that has to be reached, in hundredths, where it is one.
    pub percent: Option<u32>,
    /// Its value.
    pub value: Figure,
    /// The percentage that it stands at, in hundredths, where it is one.
    pub stands_at: Option<u32>,
    /// Whether it is reached; `None` when there is no number.
    pub is_met: Option<bool>,
}

/// The indicators of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitMeasured {
    /// Its name.
    pub name: String,
    /// The options that narrow a command to it.
    pub scope: String,
    /// Dossiers received.
    pub received: u64,
    /// A percentage in hundredths for each chosen indicator.
    pub values: Vec<Option<u32>>,
}
