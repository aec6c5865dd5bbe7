//! The portal's published figures as the ledger keeps them: whose they are, when they came, and what is missing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use dongbo_ledger::{Ledger, LedgerError, PublicationKey, PublicationOutcome, PublicationState};
use dongbo_model::Period;
use dongbo_portal::{Figures, Odd, Published, PublishedRow, Topic};

use crate::indicator::Indicator;
use crate::official::Official;

/// A question about the figures of one topic in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The topic.
    pub topic: Topic,
    /// The period.
    pub period: Period,
}

impl Question {
    /// Its key in the ledger, when it is asked below `root`.
    #[must_use]
    pub fn key(self, root: &str) -> PublicationKey {
        PublicationKey {
            topic: self.topic.name().to_owned(),
            root: if self.topic.has_root() { root } else { "" }.to_owned(),
            period: self.period.to_string(),
        }
    }
}

/// The newest answer to a question that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// When the portal gave it first.
    pub fetched_at: DateTime<Utc>,
    /// When the portal gave it last.
    pub seen_at: DateTime<Utc>,
    /// Answers before it that are kept, at most as many as were asked for.
    pub earlier: usize,
    /// Its figures. What can no longer be read has none.
    pub published: Published,
}

/// The newest answer to `question`, asked below `root`, among `most` that are kept; `None` while none was fetched.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn kept(
    ledger: &Ledger,
    question: Question,
    root: &str,
    most: u32,
) -> Result<Option<Kept>, LedgerError> {
    let mut kept = ledger.publication(&question.key(root), most).await?.into_iter();
    let Some(newest) = kept.next() else { return Ok(None) };
    let pages: Vec<&str> = newest.pages.iter().map(|page| page.raw.as_str()).collect();
    Ok(Some(Kept {
        fetched_at: newest.fetched_at,
        seen_at: newest.seen_at,
        earlier: kept.count(),
        published: Published::read(question.topic, &pages).unwrap_or_default(),
    }))
}

/// Where the figures of our units stand among those that are published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Departments {
    /// The department below which the portal is asked; empty for its root.
    pub root: String,
    /// What the portal calls units whose codes it does not use.
    pub called: BTreeMap<String, String>,
    /// The most answers to a question that are kept.
    pub keep: u32,
}

impl Departments {
    /// The row of a unit, by its code; without one that of all together.
    #[must_use]
    pub fn row_of<'p>(&self, published: &'p Published, unit: Option<&str>) -> Option<&'p PublishedRow> {
        let called = unit.map(|unit| self.called.get(unit).map_or(unit, String::as_str));
        match called {
            Some(called) if called != self.root => published.of_unit(called),
            _ => published.whole.as_ref().or_else(|| published.of_unit(&self.root)),
        }
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
#[derive(Debug, Clone)]
pub struct OfPeriod {
    departments: Departments,
    topics: BTreeMap<Topic, Kept>,
    /// What became of the questions.
    pub standing: Standing,
}

impl OfPeriod {
    /// Reads the newest figures of a period.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(
        ledger: &Ledger,
        departments: &Departments,
        period: Period,
    ) -> Result<Self, LedgerError> {
        let states: BTreeMap<PublicationKey, PublicationState> =
            ledger.publications().await?.into_iter().map(|state| (state.key.clone(), state)).collect();
        let (mut topics, mut standing) = (BTreeMap::new(), Standing::default());
        for &topic in Topic::ALL {
            let about = Question { topic, period };
            match states.get(&about.key(&departments.root)).map(|state| state.outcome) {
                None => standing.waiting.push(topic),
                Some(PublicationOutcome::Missing) => standing.missing.push(topic),
                Some(PublicationOutcome::Failed) => standing.failed.push(topic),
                Some(PublicationOutcome::Published) => {}
            }
            if let Some(newest) = kept(ledger, about, &departments.root, departments.keep).await? {
                topics.insert(topic, newest);
            }
        }
        Ok(Self { departments: departments.clone(), topics, standing })
    }

    /// The figures of a unit, by its code; without one those of all together.
    #[must_use]
    pub fn of(&self, unit: Option<&str>) -> Official {
        let of = |(topic, newest): (&Topic, &Kept)| -> Option<(Topic, Figures)> {
            Some((*topic, self.departments.row_of(&newest.published, unit)?.figures.clone()))
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
