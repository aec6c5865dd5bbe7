//! The rows that each of several queries for changes has given lately. The ledger knows one time of change of a dossier; each of
//! several queries gives another, and the overlap is read again and again.

use dongbo_model::locks::lock;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use dongbo_model::clock::later;
use dongbo_source::Change;

/// The time of change of a row, as one query gave it.
#[derive(Debug, Clone, Copy)]
struct Known {
    changed_at: DateTime<Utc>,
    first: DateTime<Utc>,
    /// Whether it was heard of once more after the smallest step of time.
    again: bool,
}

/// What is to be remembered of a page once it is in the ledger.
#[derive(Debug, Default)]
pub(super) struct News(Vec<(String, Known)>);

/// What was heard of lately, by the place of the query. Nothing of it outlives the process: then each change of the overlap is
/// heard of once more, which does no harm.
#[derive(Debug)]
pub(super) struct Heard {
    queries: Mutex<Vec<HashMap<String, Known>>>,
    /// With one query the ledger knows itself what is news.
    several: bool,
}

impl Heard {
    /// A memory for so many queries.
    pub(super) fn of(queries: usize) -> Self {
        Self { queries: Mutex::new(vec![HashMap::new(); queries]), several: queries > 1 }
    }

    /// Leaves of `page` what the query at `place` has not given before: a change of another time, or for once one of the same
    /// time after a `granularity`, until when a second write could have carried it. Rows without a dossier stay.
    pub(super) fn news(
        &self,
        place: usize,
        page: &mut Vec<Change>,
        granularity: Duration,
        now: DateTime<Utc>,
    ) -> News {
        let mut news = News::default();
        if !self.several {
            return news;
        }
        let all = lock(&self.queries);
        let Some(known) = all.get(place) else { return news };
        page.retain(|change| {
            if change.usable_code().is_none() {
                return true;
            }
            let changed_at = change.changed_at;
            let heard = match known.get(&change.key) {
                Some(known) if known.changed_at != changed_at => {
                    Known { changed_at, first: now, again: false }
                }
                Some(known) if !known.again && now >= later(known.first, granularity) => {
                    Known { again: true, ..*known }
                }
                Some(_) => return false,
                None => Known { changed_at, first: now, again: false },
            };
            news.0.push((change.key.clone(), heard));
            true
        });
        news
    }

    /// Remembers what the ledger has now, and forgets what changed before `since`, which no poll reads again.
    pub(super) fn remember(&self, place: usize, news: News, since: Option<DateTime<Utc>>) {
        let mut all = lock(&self.queries);
        let Some(known) = all.get_mut(place) else { return };
        known.extend(news.0);
        if let Some(since) = since {
            known.retain(|_, known| known.changed_at >= since);
        }
    }
}
