//! The points of each group from those of its indicators.

use serde::Serialize;

use crate::exact::Hundredths;
use crate::formulas::Value;
use crate::indicator::Indicator;
use crate::published::Group;

impl Group {
    /// The indicators that give its points, which together are all that it has.
    #[must_use]
    pub const fn indicators(self) -> &'static [Indicator] {
        match self {
            Self::Disclosure => &[
                Indicator::PublishedOnTime,
                Indicator::UpdatedOnTime,
                Indicator::PublishedInFull,
                Indicator::Synchronised,
            ],
            Self::Progress => &[Indicator::OnTime],
            Self::OnlineService => {
                &[Indicator::ServicesFull, Indicator::ServicesUsed, Indicator::OnlineShare]
            }
            Self::Payment => &[Indicator::FeesSynchronised, Indicator::ProceduresPaid, Indicator::PaidOnline],
            Self::Satisfaction => {
                &[Indicator::PetitionsOnTime, Indicator::PetitionsSatisfaction, Indicator::Satisfaction]
            }
            Self::Digitisation => &[
                Indicator::ElectronicResult,
                Indicator::Digitised,
                Indicator::Reused,
                Indicator::PersonalStore,
                Indicator::PopulationDossiers,
                Indicator::PopulationProcedures,
                Indicator::CertifiedCopies,
            ],
        }
    }
}

/// The points of a group, or of all groups, as far as its indicators have values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupScore {
    /// Points of the indicators that have some.
    pub points: Hundredths,
    /// The most that these give.
    pub of: u32,
    /// Indicators without points: nobody entered them, or there is nothing to divide by.
    pub without: Vec<Indicator>,
}

impl GroupScore {
    /// The score of these indicators, each with its value.
    ///
    /// Source: P; each part is rounded once and then added, so that a group lies within some hundredths of what the portal publishes. A
    /// part without a value is left out and named, in place of 0.
    #[must_use]
    pub fn of(indicators: &[Indicator], value: impl Fn(Indicator) -> Option<Value>) -> Self {
        let mut score = Self { points: Hundredths(0), of: 0, without: Vec::new() };
        for &indicator in indicators {
            match value(indicator).and_then(|value| value.points) {
                Some(points) => {
                    score.points.0 += points.0;
                    score.of += indicator.points();
                }
                None => score.without.push(indicator),
            }
        }
        score
    }

    /// The score of all groups together.
    #[must_use]
    pub fn total(groups: &[Self]) -> Self {
        Self {
            points: Hundredths(groups.iter().map(|group| group.points.0).sum()),
            of: groups.iter().map(|group| group.of).sum(),
            without: groups.iter().flat_map(|group| group.without.iter().copied()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GroupScore;
    use crate::exact::Hundredths;
    use crate::formulas::Value;
    use crate::indicator::Indicator;
    use crate::published::Group;

    #[test]
    fn the_indicators_of_each_group_give_the_points_that_it_has_and_all_together_a_hundred() {
        for group in Group::ALL {
            let points: u32 = group.indicators().iter().map(|indicator| indicator.points()).sum();
            assert_eq!(points, group.points(), "{group:?}");
        }
        assert_eq!(Group::ALL.iter().map(|group| group.points()).sum::<u32>(), 100);
    }

    #[test]
    fn what_has_no_value_is_named_and_counts_as_nothing_that_could_be_lost() {
        let value = |indicator| {
            let points = (indicator == Indicator::OnlineShare).then_some(Hundredths(450));
            Some(Value { points, ..Value::default() })
        };
        let score = GroupScore::of(Group::OnlineService.indicators(), value);
        assert_eq!((score.points, score.of), (Hundredths(450), 6));
        assert_eq!(score.without, [Indicator::ServicesFull, Indicator::ServicesUsed]);
    }
}
