//! Indicators, each in the views that there are of it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::numbers::Numbers;
use super::words::apart;
use dongbo_indicators::{
    Both, Hundredths, Indicator, Official, OfficialValue, Origin, Split, Value, entries, values,
};

/// An indicator in each view, and how far they are apart.
#[derive(Debug, Clone, Serialize)]
pub struct RowView {
    /// The indicator.
    pub indicator: Indicator,
    /// The unit, procedure or month that it was taken apart by.
    pub part: Option<String>,
    /// The catalogue's name of the procedure.
    #[serde(skip)]
    pub part_name: String,
    /// Whether it is computed or entered.
    pub origin: Origin,
    /// As it would be if the portal had all that the local system has.
    pub local: Option<Value>,
    /// By what the portal accepted.
    pub portal: Option<Value>,
    /// As the portal published it.
    pub published: Option<OfficialValue>,
    /// Points of the local value less those of the portal's.
    pub points_apart: Option<f64>,
    /// Percentage points (of a mean time days) of the local value less those of the portal's.
    pub ratio_apart: Option<f64>,
    /// Points of the portal's value less those that it published.
    pub published_points_apart: Option<f64>,
    /// Percentage points (of a mean time days) of the portal's value less those that it published.
    pub published_ratio_apart: Option<f64>,
    /// As it was entered last.
    pub entered: Option<EnteredView>,
    /// Commands that list the dossiers behind the differences.
    pub lists: Vec<String>,
}

/// A value that a person entered.
#[derive(Debug, Clone, Serialize)]
pub struct EnteredView {
    /// The value.
    pub value: Value,
    /// The person who entered it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl RowView {
    /// One indicator of `unit`, of which `Some(None)` is all; figures are entered for whole units, so there is none for other parts.
    #[must_use]
    pub fn of(
        numbers: &Numbers,
        indicator: Indicator,
        both: &Both,
        unit: Option<Option<&str>>,
        official: Option<&Official>,
    ) -> Self {
        let period = numbers.question.period;
        let given = unit.map(|unit| numbers.given(period, unit)).unwrap_or_default();
        let (local, portal) = values(indicator, numbers.question.set, both, period, &given).unzip();
        let entered = unit.and_then(|unit| {
            entries::newest(&numbers.entered, indicator.name(), period, unit.unwrap_or_default())
        });
        let published = official.and_then(|official| official.value(indicator)).cloned();
        let of =
            |value: &Option<Value>, pick: fn(&Value) -> Option<Hundredths>| value.as_ref().and_then(pick);
        let theirs = |pick: fn(&OfficialValue) -> Option<Hundredths>| published.as_ref().and_then(pick);
        let (points, ratio) = (|value: &Value| value.points, |value: &Value| value.ratio);
        let mut row = Self {
            indicator,
            part: None,
            part_name: String::new(),
            origin: indicator.origin(),
            points_apart: apart(of(&local, points), of(&portal, points)),
            ratio_apart: apart(of(&local, ratio), of(&portal, ratio)),
            published_points_apart: apart(of(&portal, points), theirs(|value| value.points)),
            published_ratio_apart: apart(of(&portal, ratio), theirs(|value| value.ratio)),
            local,
            portal,
            published,
            entered: entered.map(|entered| EnteredView {
                value: entries::entered_value(Some(indicator), &entered.figure),
                by: entered.entered_by.clone(),
                at: entered.entered_at,
            }),
            lists: Vec::new(),
        };
        row.lists = row.commands(numbers, None);
        row
    }

    /// This as the part of a whole, with the commands that list the dossiers of the part.
    #[must_use]
    pub fn of_part(self, numbers: &Numbers, split: Split, part: &str) -> Self {
        let lists = self.commands(numbers, Some((split, part)));
        let part_name = numbers.book.name(part).to_owned();
        Self { part: Some(part.to_owned()), part_name, lists, ..self }
    }

    fn commands(&self, numbers: &Numbers, only: Option<(Split, &str)>) -> Vec<String> {
        let differs =
            |one: Option<f64>, other: Option<f64>| [one, other].into_iter().flatten().any(|by| by != 0.0);
        let lacks = self.portal.is_some_and(|portal| portal.numerator < portal.denominator);
        let apart = match self.origin {
            Origin::Sampled => lacks.then_some("missing"),
            Origin::Computed | Origin::Entered | Origin::Plan => {
                (self.local != self.portal).then_some("apart")
            }
        };
        let since =
            differs(self.published_points_apart, self.published_ratio_apart).then_some("accepted-since");
        [apart, since].into_iter().flatten().map(|part| numbers.list(self.indicator, only, part)).collect()
    }
}
