//! The portal's published figures, for whoever shows them as they came or beside our own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::numbers::{Numbers, Publishing};
use crate::published::{Kept, Question, kept};
use dongbo_indicators::{Indicator, Official};
use dongbo_ledger::{LedgerError, PublicationKey, PublicationOutcome, PublicationState};
use dongbo_model::Period;
use dongbo_portal::{Figures, Odd, Published, PublishedRow, Topic};

/// The row of a unit, by its code; without one that of all together.
#[must_use]
pub fn row_of<'p>(of: &Publishing, published: &'p Published, unit: Option<&str>) -> Option<&'p PublishedRow> {
    let root = of.root_department.as_str();
    let called = unit.map(|unit| of.departments.get(unit).map_or(unit, String::as_str));
    match called {
        Some(called) if called != root => published.of_unit(called),
        _ => published.whole.as_ref().or_else(|| published.of_unit(root)),
    }
}

/// What became of the questions about one period.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Standing {
    /// Topics of which nothing is published.
    pub missing: Vec<Topic>,
    /// Topics of which the last answer failed.
    pub failed: Vec<Topic>,
    /// Topics that were never asked about.
    pub waiting: Vec<Topic>,
}

/// All that the portal published of one period.
#[derive(Debug)]
pub struct OfPeriod {
    topics: BTreeMap<Topic, Kept>,
    /// What became of the questions.
    pub standing: Standing,
}

impl OfPeriod {
    /// Reads the newest figures of the period that `numbers` are of.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(numbers: &Numbers) -> Result<Self, LedgerError> {
        let Numbers { publishing, ledger, question, .. } = numbers;
        let states: BTreeMap<PublicationKey, PublicationState> =
            ledger.publications().await?.into_iter().map(|state| (state.key.clone(), state)).collect();
        let (mut topics, mut standing) = (BTreeMap::new(), Standing::default());
        for &topic in Topic::ALL {
            let about = Question { topic, period: question.period };
            match states.get(&about.key(&publishing.root_department)).map(|state| state.outcome) {
                None => standing.waiting.push(topic),
                Some(PublicationOutcome::Missing) => standing.missing.push(topic),
                Some(PublicationOutcome::Failed) => standing.failed.push(topic),
                Some(PublicationOutcome::Published) => {}
            }
            let (root, most) = (&publishing.root_department, publishing.keep);
            if let Some(newest) = kept(ledger, about, root, most).await? {
                topics.insert(topic, newest);
            }
        }
        Ok(Self { topics, standing })
    }

    /// The figures of a unit, by its code; without one those of all together.
    #[must_use]
    pub fn of(&self, publishing: &Publishing, unit: Option<&str>) -> Official {
        let of = |(topic, newest): (&Topic, &Kept)| -> Option<(Topic, Figures)> {
            Some((*topic, row_of(publishing, &newest.published, unit)?.figures.clone()))
        };
        Official::of(&self.topics.iter().filter_map(of).collect())
    }

    /// When the portal first gave the figures of `indicator` that are its newest.
    #[must_use]
    pub fn given_at(&self, indicator: Indicator) -> Option<DateTime<Utc>> {
        Some(self.topics.get(&indicator.topic()?)?.fetched_at)
    }

    /// When the portal first gave the oldest of these figures.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.topics.values().map(|newest| newest.fetched_at).min()
    }

    /// Codes and fields that dongbo does not know, by topic.
    #[must_use]
    pub fn odd(&self) -> BTreeMap<Topic, Vec<Odd>> {
        let odd = self.topics.iter().filter(|(_, newest)| !newest.published.odd.is_empty());
        odd.map(|(topic, newest)| (*topic, newest.published.odd.clone())).collect()
    }

    /// Whether the figures of `period` can be there: it is over.
    #[must_use]
    pub fn can_be(period: Period, now: DateTime<Utc>) -> bool {
        period.ends() <= now
    }
}
