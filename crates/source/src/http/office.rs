//! A one-stop system that is read over HTTP: its lists, gathered into an index that the walks of every source read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use tokio::time::Instant;

use dongbo_model::clock::{Clock, earlier};

use super::client::HttpClient;
use super::index::{Index, Listed};
use super::listing::Page;
use super::pager::Pager;
use super::sign_in::SignedIn;
use crate::engines::SqliteDatabase;
use crate::error::SourceError;
use crate::mapping::{Dates, Mapping, Requests};
use crate::settings::Settings;

/// The longest time that one call goes on listing; the next goes on where it stopped.
const SLICE: Duration = Duration::from_secs(5);
/// The most pages that the search for one code goes over.
const MOST_PAGES_OF_ONE: usize = 5;
/// A full list that is so new serves the walks that begin anew, too.
const STILL_WHOLE: TimeDelta = TimeDelta::minutes(1);
/// A full list that is older serves no walk that goes on.
const WHOLE_FOR: TimeDelta = TimeDelta::hours(12);

/// The one-stop system.
#[derive(Debug)]
pub(crate) struct Office {
    pub(super) client: HttpClient,
    pub(super) requests: Requests,
    pub(super) dates: Dates,
    pub(super) index: Index,
    pub(super) at_once: usize,
    pub(super) clock: Clock,
    /// The number of the full list that is being made, or was made last.
    round: AtomicI64,
    changes: Mutex<Changes>,
    whole: Mutex<Whole>,
}

/// How far the list of changes was read.
#[derive(Debug, Default)]
struct Changes {
    /// Everything that changed since is in the index; the least number when everything is.
    complete_since: Option<i64>,
    /// The newest change that the last whole walk met first: behind it there may be more.
    newest: Option<i64>,
    walk: Option<Walk>,
}

/// A walk from the newest change down to what is known.
#[derive(Debug)]
struct Walk {
    floor: i64,
    newest: Option<i64>,
    pager: Pager,
}

/// How far the full list was read.
#[derive(Debug, Default)]
struct Whole {
    walk: Option<Windowed>,
    ended: Option<DateTime<Utc>>,
}

/// A walk over all windows of time.
#[derive(Debug)]
struct Windowed {
    round: i64,
    /// The place of the pair of parameters.
    pair: usize,
    from: DateTime<Utc>,
    pager: Pager,
}

impl Office {
    pub(crate) fn open(
        config: &Settings,
        mapping: &Mapping,
        requests: Requests,
        clock: Clock,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            client: HttpClient::new(config, requests.sign_in, clock.clone())?,
            requests,
            dates: mapping.dates.clone(),
            index: Index::new(config)?,
            at_once: usize::try_from(config.max_connections).unwrap_or(1).max(1),
            clock,
            round: AtomicI64::new(1),
            changes: Mutex::default(),
            whole: Mutex::default(),
        })
    }

    /// The index, as the walks read it.
    pub(crate) const fn index(&self) -> &SqliteDatabase {
        self.index.database()
    }

    /// The account that reads it.
    pub(crate) const fn account(&self) -> &Arc<SignedIn> {
        &self.client.account
    }

    /// The time by which the system's clock was ahead of ours when it last answered.
    pub(crate) fn clock_offset(&self) -> Option<TimeDelta> {
        self.client.clock_offset()
    }

    /// Reads the list of changes from the newest down to what is known, `overlap` below it, and to `from` at least, or to its end.
    /// Returns the newest change that it met first, behind which a walk must not go on; `None` when there is more to read.
    pub(crate) async fn read_changes(
        &self,
        from: Option<DateTime<Utc>>,
        overlap: Duration,
    ) -> Result<Option<DateTime<Utc>>, SourceError> {
        self.index.prepare().await?;
        let mut changes = self.changes.lock().await;
        let floor = changes.floor(from.map_or(i64::MIN, |from| from.timestamp_micros()), overlap);
        let mut walk = match changes.walk.take() {
            Some(walk) if walk.floor <= floor => walk,
            _ => Walk { floor, newest: None, pager: self.pager() },
        };
        let began = Instant::now();
        loop {
            let read = self.read_page_of_changes(&mut walk).await;
            match read {
                Ok(true) => break,
                Ok(false) if began.elapsed() < SLICE => {}
                Ok(false) => {
                    changes.walk = Some(walk);
                    return Ok(None);
                }
                Err(error) => {
                    // A list that fell out of order is read anew; another failure says nothing about what was read.
                    changes.walk = Some(walk).filter(|_| !matches!(error, SourceError::Protocol { .. }));
                    return Err(error);
                }
            }
        }
        changes.complete_since =
            Some(changes.complete_since.map_or(walk.floor, |since| since.min(walk.floor)));
        changes.newest = walk.newest.max(changes.newest);
        Ok(Some(changes.newest()))
    }

    /// Reads one page of `walk`; `true` when it was the last that is needed.
    async fn read_page_of_changes(&self, walk: &mut Walk) -> Result<bool, SourceError> {
        let listing = &self.requests.changed;
        let Page { rows, ends } = self.page(listing, &mut walk.pager, &[]).await?;
        let times: Vec<i64> = rows.iter().filter_map(|row| row.changed_at.clone().ok()).collect();
        if times.windows(2).any(|pair| matches!(pair, [newer, older] if newer < older)) {
            return Err(SourceError::Query {
                query: listing.name.to_owned(),
                reason: "a page does not begin with the newest change: its request must sort by the very time that rows give as \
                         changed_at, newest first"
                    .to_owned(),
            });
        }
        if walk.newest.is_none() {
            let now = self.clock.now().timestamp_micros();
            walk.newest = times.iter().copied().filter(|time| *time <= now).max();
        }
        self.take(&rows).await?;
        Ok(ends || times.iter().any(|time| *time < walk.floor))
    }

    /// Reads the full list, window by window; `false` when there is more to read. A walk that begins `anew` wants one of now.
    pub(crate) async fn read_all(&self, anew: bool) -> Result<bool, SourceError> {
        self.index.prepare().await?;
        let mut whole = self.whole.lock().await;
        let fresh = if anew { STILL_WHOLE } else { WHOLE_FOR };
        if whole.ended.is_some_and(|ended| self.clock.now() - ended < fresh) {
            return Ok(true);
        }
        let mut walk = match whole.walk.take() {
            Some(walk) => walk,
            None => Windowed {
                round: self.round.fetch_add(1, Ordering::Relaxed).saturating_add(1),
                pair: 0,
                from: self.first_day(),
                pager: self.pager(),
            },
        };
        let began = Instant::now();
        loop {
            match self.read_window(&mut walk).await {
                Ok(true) => break,
                Ok(false) if began.elapsed() < SLICE => {}
                Ok(false) => {
                    whole.walk = Some(walk);
                    return Ok(false);
                }
                Err(error) => {
                    if matches!(error, SourceError::Protocol { .. }) {
                        walk.pager = self.pager();
                    }
                    whole.walk = Some(walk);
                    return Err(error);
                }
            }
        }
        self.index.forget_before(walk.round).await?;
        whole.ended = Some(self.clock.now());
        drop(whole);
        let mut changes = self.changes.lock().await;
        if changes.newest.is_some() {
            changes.complete_since = Some(i64::MIN);
        }
        Ok(true)
    }

    /// Reads one page of a window; `true` when it was the last page of the last.
    async fn read_window(&self, walk: &mut Windowed) -> Result<bool, SourceError> {
        let windows = &self.requests.windows;
        let Some([from_name, to_name]) = windows.parameters.get(walk.pair) else { return Ok(true) };
        let end = self.clock.now() + TimeDelta::days(1);
        let length = TimeDelta::from_std(windows.length).unwrap_or(TimeDelta::days(31));
        let to = (walk.from + length).min(end);
        let written =
            |at: DateTime<Utc>| at.with_timezone(&self.dates.zone).format(&windows.moment).to_string();
        let (from_text, to_text) = (written(walk.from), written(to));
        let further = [(from_name.as_str(), from_text.as_str()), (to_name.as_str(), to_text.as_str())];
        let page = self.page(&self.requests.sweep, &mut walk.pager, &further).await?;
        self.take(&page.rows).await?;
        if page.ends {
            walk.pager = self.pager();
            walk.from = to;
            if to >= end {
                walk.pair = walk.pair.saturating_add(1);
                walk.from = self.first_day();
            }
        }
        Ok(walk.pair >= windows.parameters.len())
    }

    fn first_day(&self) -> DateTime<Utc> {
        let midnight = self.requests.windows.since.and_time(chrono::NaiveTime::MIN);
        let local = midnight.and_local_timezone(self.dates.zone).earliest();
        // A day earlier where the clocks skip that midnight.
        local.map_or_else(|| midnight.and_utc() - TimeDelta::days(1), |at| at.with_timezone(&Utc))
    }

    /// The keys of the dossiers with this code, asked for by it.
    pub(super) async fn find(&self, code: &str) -> Result<Vec<String>, SourceError> {
        let listing = &self.requests.find;
        let mut pager = self.pager();
        let mut keys = Vec::new();
        for _ in 0..MOST_PAGES_OF_ONE {
            let page = self.page_of_one(listing, &mut pager, code).await?;
            let found = page.rows.into_iter().filter(|row| row.code.as_deref() == Some(code));
            let found: Vec<Listed> = found.collect();
            self.take(&found).await?;
            keys.extend(found.into_iter().map(|row| row.key));
            if page.ends {
                keys.sort();
                keys.dedup();
                return Ok(keys);
            }
        }
        Err(SourceError::Query {
            query: listing.name.to_owned(),
            reason: format!(
                "it gives more than {MOST_PAGES_OF_ONE} pages for one code, so that it does not look for it; check the name of the \
                 parameter that {{code}} stands in"
            ),
        })
    }

    /// Whether the system gives a dossier with this code now.
    pub(crate) async fn gives(&self, code: &str) -> Result<bool, SourceError> {
        self.index.prepare().await?;
        Ok(!self.find(code).await?.is_empty())
    }

    /// The dossiers that changed last, the newest first, without reading further than one page.
    pub(crate) async fn newest(&self) -> Result<Vec<Listed>, SourceError> {
        self.index.prepare().await?;
        let page = self.page(&self.requests.changed, &mut self.pager(), &[]).await?;
        self.take(&page.rows).await?;
        Ok(page.rows)
    }

    /// Asks for the least there is, to see whether the system answers at all.
    pub(super) async fn check(&self) -> Result<(), SourceError> {
        self.page(&self.requests.changed, &mut Pager::new(1, 0), &[]).await.map(drop)
    }

    /// The codes and keys of the dossiers with these codes, as far as they were listed.
    pub(super) async fn keys(&self, codes: &[&str]) -> Result<Vec<(String, String)>, SourceError> {
        self.index.prepare().await?;
        self.index.keys(codes).await
    }

    /// Forgets a dossier that is not there any more.
    pub(super) async fn forget(&self, key: &str) -> Result<(), SourceError> {
        self.index.forget(key).await
    }

    pub(super) async fn take(&self, rows: &[Listed]) -> Result<(), SourceError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.index.take(rows, self.round.load(Ordering::Relaxed)).await
    }

    fn pager(&self) -> Pager {
        Pager::new(self.requests.size, self.requests.overlap_rows)
    }
}

impl Changes {
    /// The moment down to which a walk has to go: to what the last one met first, and to `wanted` where that was never reached.
    fn floor(&self, wanted: i64, overlap: Duration) -> i64 {
        let known = self.newest.map(|newest| {
            let newest = DateTime::from_timestamp_micros(newest).unwrap_or_default();
            earlier(newest, overlap).timestamp_micros()
        });
        match (self.complete_since, known) {
            (Some(since), Some(known)) if since <= wanted => known,
            (_, Some(known)) => wanted.min(known),
            (_, None) => wanted,
        }
    }

    fn newest(&self) -> DateTime<Utc> {
        self.newest.and_then(DateTime::from_timestamp_micros).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}
