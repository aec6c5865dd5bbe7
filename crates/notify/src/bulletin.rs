//! The bulletin: the numbers of the morning, each taken from the function that the command beside it takes it from.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use dongbo_indicators::fetched;
use dongbo_indicators::{Book, BookError, Question, Ring, falsely_late, ringing};
use dongbo_ledger::{HeldFilter, Ledger, LedgerError, Resend, ResendCounts, ResendState};
use dongbo_model::{FindingKind, Month, Owner, Period};
use dongbo_portal::{Figures, Topic, UnitScore};
use dongbo_sync::health::Health;
use dongbo_sync::reconcile::Summary;

/// The span that "done since" is said of.
const A_DAY: TimeDelta = TimeDelta::days(1);

/// The configuration that the numbers need.
#[derive(Debug, Clone, Default)]
pub struct Basis {
    /// The indicators.
    pub indicators: dongbo_indicators::Settings,
    /// The department below which published figures are asked for.
    pub root_department: String,
    /// The answers of each question about published figures that are kept.
    pub keep: u32,
    /// The code of our province.
    pub province: String,
}

/// The numbers of one moment, in no language yet.
#[derive(Debug, Clone)]
pub struct Bulletin {
    /// The verdict.
    pub health: Health,
    /// All other numbers; `None` where the ledger cannot be read.
    pub numbers: Option<Numbers>,
}

/// The numbers that the ledger gives.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// What is held, by who has to act and by cause.
    pub held: Vec<Held>,
    /// The open dossiers that somebody should look at now, by reason.
    pub rings: Vec<(Ring, u64)>,
    /// The period that `falsely_late` is of.
    pub period: Option<Period>,
    /// Dossiers that are locally on time and late on the portal.
    pub falsely_late: u64,
    /// The scores that the portal has published last.
    pub scores: Vec<Score>,
    /// The last comparison of both sides, when it ended within a day.
    pub compared: Option<Summary>,
    /// The last order to a vendor's bridge, when it was given within a day and is done.
    pub resent: Option<(Resend, ResendCounts)>,
}

/// What is held for one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// Its subject.
    pub subject: String,
    /// Dossiers.
    pub dossiers: u64,
    /// Files; 0 when it is not about files.
    pub files: u64,
    /// Since when the first of them is held.
    pub since: DateTime<Utc>,
}

impl Held {
    /// The number of rows of its list.
    #[must_use]
    pub fn rows(&self) -> u64 {
        if self.kind.is_of_file() { self.files } else { self.dossiers }
    }
}

/// A score that the portal has published.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Of the units below ours, or of the provinces.
    pub topic: Topic,
    /// The period.
    pub period: Period,
    /// The unit, as it is asked about; `None` for all together.
    pub unit: Option<String>,
    /// The score, its change and its rank.
    pub score: UnitScore,
}

/// The reason why there are no numbers.
#[derive(Debug, thiserror::Error)]
pub enum NumbersError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The files of the indicators cannot be used.
    #[error(transparent)]
    Book(#[from] BookError),
}

impl Numbers {
    /// Gathers them as of `now`.
    ///
    /// # Errors
    /// When the ledger cannot be read, or the files of the indicators cannot be used.
    pub async fn gather(ledger: &Ledger, basis: &Basis, now: DateTime<Utc>) -> Result<Self, NumbersError> {
        let book = Book::open(&basis.indicators, ledger.catalogue().await?)?;
        let found = ringing(ledger, &book, None, now).await?;
        let ring = |ring: &Ring| {
            let many = found.iter().filter(|one| one.clocks.rings_for(*ring)).count();
            (*ring, u64::try_from(many).unwrap_or(u64::MAX))
        };
        let rings = Ring::ALL.iter().map(ring).collect();
        // On the first of a month, the month that has just ended.
        let period = Period::Month(Month::of(now - A_DAY));
        let question = Question { period, unit: None, procedures: None, set: book.set, now };
        Ok(Self {
            held: held(ledger).await?,
            rings,
            period: Some(period),
            falsely_late: falsely_late(ledger, &book, &question).await?,
            scores: scores(ledger, basis).await?,
            compared: compared(ledger, now).await?,
            resent: resent(ledger, now).await?,
        })
    }
}

/// What is held by cause, in the order of who has to act; those that differ in the portal's words alone are one.
async fn held(ledger: &Ledger) -> Result<Vec<Held>, LedgerError> {
    let mut merged: BTreeMap<(FindingKind, String), Held> = BTreeMap::new();
    for cause in ledger.held_causes(&HeldFilter::default(), u32::MAX).await? {
        let one = Held {
            kind: cause.kind,
            subject: cause.subject.clone(),
            dossiers: 0,
            files: 0,
            since: cause.since,
        };
        let known = merged.entry((cause.kind, cause.subject)).or_insert(one);
        known.dossiers += cause.dossiers;
        known.files += cause.files;
        known.since = known.since.min(cause.since);
    }
    let mut held: Vec<Held> = merged.into_values().collect();
    let place = |owner: Owner| Owner::ALL.iter().position(|one| *one == owner);
    held.sort_by_key(|one| (place(one.kind.owner()), std::cmp::Reverse(one.rows())));
    Ok(held)
}

/// The newest month's scores: of all units below ours, and of our province among the others.
async fn scores(ledger: &Ledger, basis: &Basis) -> Result<Vec<Score>, LedgerError> {
    let states = ledger.publications().await?;
    let mut scores = Vec::new();
    for (topic, unit) in [(Topic::Units, None), (Topic::Provinces, Some(basis.province.clone()))] {
        let answered =
            states.iter().filter(|state| state.answered_at.is_some() && state.key.topic == topic.name());
        let months = answered.filter_map(|state| match Period::parse(&state.key.period)? {
            Period::Month(month) => Some(month),
            Period::Quarter(..) | Period::Half(..) | Period::Year(_) => None,
        });
        let Some(period) = months.max().map(Period::Month) else { continue };
        let question = fetched::Question { topic, period };
        let Some(answer) = fetched::kept(ledger, question, &basis.root_department, basis.keep).await? else {
            continue;
        };
        let row = match &unit {
            Some(unit) => answer.published.of_unit(unit).cloned(),
            None => answer.published.whole,
        };
        if let Some(Figures::Score(score)) = row.map(|row| row.figures) {
            scores.push(Score { topic, period, unit, score });
        }
    }
    Ok(scores)
}

async fn compared(ledger: &Ledger, now: DateTime<Utc>) -> Result<Option<Summary>, LedgerError> {
    let last = ledger.runs(1).await?.pop().filter(|run| now - run.ended_at < A_DAY);
    // A newer dongbo may have written it otherwise.
    Ok(last.and_then(|run| serde_json::from_str(&run.summary).ok()))
}

async fn resent(ledger: &Ledger, now: DateTime<Utc>) -> Result<Option<(Resend, ResendCounts)>, LedgerError> {
    let order = ledger.resend().await?;
    match order.filter(|order| order.state == ResendState::Done && now - order.started_at < A_DAY) {
        Some(order) => Ok(Some((order, ledger.resend_counts().await?))),
        None => Ok(None),
    }
}
