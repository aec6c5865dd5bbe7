//! The portal's published figures, for whoever shows them as they came or beside our own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::asked::Numbers;
use crate::config::Config;
use dongbo_indicators::{Indicator, Official};
use dongbo_ledger::{LedgerError, PublicationKey, PublicationOutcome, PublicationState};
use dongbo_model::Period;
use dongbo_portal::{Figures, Odd, Published, PublishedRow, Topic};
use dongbo_sync::published::{Kept, Question, kept};

/// The row of a unit, by its code; without one that of all together.
pub(super) fn row_of<'p>(
    config: &Config,
    published: &'p Published,
    unit: Option<&str>,
) -> Option<&'p PublishedRow> {
    let root = config.reconcile.root_department.as_str();
    let called = unit.map(|unit| config.reconcile.departments.get(unit).map_or(unit, String::as_str));
    match called {
        Some(called) if called != root => published.of_unit(called),
        _ => published.whole.as_ref().or_else(|| published.of_unit(root)),
    }
}

/// What became of the questions about one period.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Standing {
    /// Topics of which nothing is published.
    pub(super) missing: Vec<Topic>,
    /// Topics of which the last answer failed.
    pub(super) failed: Vec<Topic>,
    /// Topics that were never asked about.
    pub(super) waiting: Vec<Topic>,
}

/// All that the portal published of one period.
pub(super) struct OfPeriod {
    topics: BTreeMap<Topic, Kept>,
    pub(super) standing: Standing,
}

impl OfPeriod {
    /// Reads the newest figures of the period that `numbers` are of.
    pub(super) async fn read(numbers: &Numbers) -> Result<Self, LedgerError> {
        let Numbers { config, ledger, question, .. } = numbers;
        let states: BTreeMap<PublicationKey, PublicationState> =
            ledger.publications().await?.into_iter().map(|state| (state.key.clone(), state)).collect();
        let (mut topics, mut standing) = (BTreeMap::new(), Standing::default());
        for &topic in Topic::ALL {
            let about = Question { topic, period: question.period };
            match states.get(&about.key(&config.reconcile.root_department)).map(|state| state.outcome) {
                None => standing.waiting.push(topic),
                Some(PublicationOutcome::Missing) => standing.missing.push(topic),
                Some(PublicationOutcome::Failed) => standing.failed.push(topic),
                Some(PublicationOutcome::Published) => {}
            }
            let (root, most) = (&config.reconcile.root_department, config.published.keep);
            if let Some(newest) = kept(ledger, about, root, most).await? {
                topics.insert(topic, newest);
            }
        }
        Ok(Self { topics, standing })
    }

    /// The figures of a unit, by its code; without one those of all together.
    pub(super) fn of(&self, config: &Config, unit: Option<&str>) -> Official {
        let of = |(topic, newest): (&Topic, &Kept)| -> Option<(Topic, Figures)> {
            Some((*topic, row_of(config, &newest.published, unit)?.figures.clone()))
        };
        Official::of(&self.topics.iter().filter_map(of).collect())
    }

    /// When the portal first gave the figures of `indicator` that are its newest.
    pub(super) fn given_at(&self, indicator: Indicator) -> Option<DateTime<Utc>> {
        Some(self.topics.get(&indicator.topic()?)?.fetched_at)
    }

    /// When the portal first gave the oldest of these figures.
    pub(super) fn since(&self) -> Option<DateTime<Utc>> {
        self.topics.values().map(|newest| newest.fetched_at).min()
    }

    /// Codes and fields that dongbo does not know, by topic.
    pub(super) fn odd(&self) -> BTreeMap<Topic, Vec<Odd>> {
        let odd = self.topics.iter().filter(|(_, newest)| !newest.published.odd.is_empty());
        odd.map(|(topic, newest)| (*topic, newest.published.odd.clone())).collect()
    }

    /// Whether the figures of `period` can be there: it is over.
    pub(super) fn can_be(period: Period, now: DateTime<Utc>) -> bool {
        period.ends() <= now
    }
}
