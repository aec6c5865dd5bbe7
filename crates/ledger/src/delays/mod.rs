//! How long local changes take until the portal accepts them: the last one of each dossier, each of its steps, and how they spread
//! by unit and month.

mod bucket;
mod spread;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::{Ledger, MEMO};
use crate::store::{Row, Sql, Tx, record, values};
use crate::types::Settlement;
use bucket::Bucket;
use dongbo_model::{Month, SourceId};

pub use spread::{DelaySpread, Delays, DelaysIn};

/// The memo of when this ledger began to follow the local system, in microseconds.
const FOLLOWING: &str = "following_since";

/// When this ledger began to follow the local system, once that is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Following(Arc<OnceLock<i64>>);

/// News that a claim brought to the portal, of which it can be told how long they took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delayed {
    /// The source that the dossier is read from.
    pub source: SourceId,
    /// The unit that it counts for.
    pub unit: String,
    /// When it was accepted, or seen to be there.
    pub accepted_at: DateTime<Utc>,
    /// The oldest change that was not there before; `None` when some of it is still not.
    pub changed_at: Option<DateTime<Utc>>,
    /// The steps, by their places from 1 on, with their own times.
    pub steps: Vec<(usize, DateTime<Utc>)>,
}

/// One delay of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastDelay {
    /// The step's place from 1 on; `None` for the last change of the dossier.
    pub step: Option<usize>,
    /// The local system's own time of it.
    pub changed_at: DateTime<Utc>,
    /// When the portal accepted it, or was seen to have it.
    pub accepted_at: DateTime<Utc>,
}

impl PastDelay {
    /// Its length.
    #[must_use]
    pub fn took(&self) -> Duration {
        took(self.changed_at, self.accepted_at)
    }
}

/// A time from the future is a clock that is ahead: then nothing was lost.
fn took(changed_at: DateTime<Utc>, accepted_at: DateTime<Utc>) -> Duration {
    (accepted_at - changed_at).to_std().unwrap_or_default()
}

record! {
    /// One delay as its statement takes it.
    struct DelayRow<'a> {
        code: &'a str,
        fence: i64,
        step: usize,
        changed_at: i64,
        accepted_at: i64,
    }
}

record! {
    /// So many delays of one bucket, with the names of their table.
    struct TallyRow<'a> {
        source: i64,
        unit: &'a str,
        month: i64,
        steps: i64,
        bucket: i64,
        many: i64,
    }
}

/// Source, unit, month, whether it is of steps, and bucket.
type Tallied<'a> = (i64, &'a str, i64, i64, i64);

impl Ledger {
    /// Notes that the local system is followed from now on, unless it is already. What changed before is an old stock, of which
    /// nobody can say how long it took.
    pub(crate) async fn begin_following(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.following.0.get().is_none() {
            tx.execute(&BEGIN_FOLLOWING, values![FOLLOWING, micros(now).to_string()]).await?;
        }
        Ok(())
    }

    /// When this ledger began to follow the local system; `None` before it has.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn following_since(&self) -> Result<Option<DateTime<Utc>>, LedgerError> {
        Ok(following(self.memo(FOLLOWING).await?).map(time))
    }

    /// The dossiers whose newest change the portal accepted from `from` on and before `until`, by the number of the piece of `each`
    /// that it lies in, counted from `from`: of one unit, or of all. Pieces without one are left out.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn accepted_by_time(
        &self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        each: TimeDelta,
        unit: Option<&str>,
    ) -> Result<BTreeMap<usize, u64>, LedgerError> {
        let each = each.num_microseconds().unwrap_or(i64::MAX).max(1);
        let given = values![micros(from), micros(until), each, unit];
        let rows = self.store.read(&ACCEPTED_BY_TIME, given).await?;
        let piece =
            |row: &Row| Ok((usize::try_from(row.count("piece")?).unwrap_or(usize::MAX), row.count("many")?));
        rows.iter().map(piece).collect::<Result<_, _>>().map_err(LedgerError::during("accepted_by_time"))
    }

    /// Writes down how long the settled changes took, as far as they are still ours and new, and returns these.
    pub(crate) async fn settle_delays(
        &self,
        tx: &mut Tx,
        batch: &[Settlement],
    ) -> Result<Vec<PastDelay>, LedgerError> {
        let known: Vec<(&Settlement, &Delayed)> =
            batch.iter().filter_map(|one| Some((one, one.delayed.as_ref()?))).collect();
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let Some(since) = self.followed(tx).await? else { return Ok(Vec::new()) };
        let mut rows: Vec<DelayRow<'_>> =
            known.iter().flat_map(|(one, delayed)| rows(one, delayed)).collect();
        rows.retain(|row| row.changed_at >= since);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let places: BTreeMap<&str, (i64, &str)> = known
            .iter()
            .map(|(one, delayed)| (one.code.as_str(), (delayed.source.0, delayed.unit.as_str())))
            .collect();
        let during = || LedgerError::during(ADD_DELAYS.name());
        let mut tallies: BTreeMap<Tallied<'_>, i64> = BTreeMap::new();
        let mut written = Vec::new();
        for row in tx.read(&ADD_DELAYS, values![encode("settle", &rows)?]).await? {
            let delay = past(&row).map_err(during())?;
            let code: &str = row.get("code").map_err(during())?;
            let Some(place) = places.get(code) else { continue };
            let (month, steps) = (Month::of(delay.changed_at).0, i64::from(delay.step.is_some()));
            *tallies.entry((place.0, place.1, month, steps, Bucket::of(delay.took()).0)).or_default() += 1;
            written.push(delay);
        }
        let tallies: Vec<TallyRow<'_>> = tallies
            .into_iter()
            .map(|((source, unit, month, steps, bucket), many)| TallyRow {
                source,
                unit,
                month,
                steps,
                bucket,
                many,
            })
            .collect();
        if !tallies.is_empty() {
            tx.execute(&ADD_TALLIES, values![encode("settle", &tallies)?]).await?;
        }
        Ok(written)
    }

    async fn followed(&self, tx: &mut Tx) -> Result<Option<i64>, LedgerError> {
        if let Some(since) = self.following.0.get() {
            return Ok(Some(*since));
        }
        let since = following(tx.read_text(&MEMO, values![FOLLOWING]).await?);
        // Whoever comes second read the same.
        since.map(|since| self.following.0.set(since));
        Ok(since)
    }
}

fn following(memo: Option<String>) -> Option<i64> {
    memo.and_then(|memo| memo.parse().ok())
}

fn rows<'a>(one: &'a Settlement, delayed: &'a Delayed) -> impl Iterator<Item = DelayRow<'a>> {
    let change = delayed.changed_at.map(|at| (0, at));
    change.into_iter().chain(delayed.steps.iter().copied()).map(|(step, at)| DelayRow {
        code: one.code.as_str(),
        fence: one.fence,
        step,
        changed_at: micros(at),
        accepted_at: micros(delayed.accepted_at),
    })
}

/// A delay from its row.
pub(crate) fn past(row: &crate::store::Row) -> Result<PastDelay, sqlx::Error> {
    let step: i64 = row.get("step")?;
    Ok(PastDelay {
        step: usize::try_from(step).ok().filter(|step| *step > 0),
        changed_at: time(row.get("changed_at")?),
        accepted_at: time(row.get("accepted_at")?),
    })
}

static ACCEPTED_BY_TIME: Sql = Sql::new(
    "accepted_by_time",
    "SELECT (accepted_at - $1) / $3 AS piece, count(*) AS many FROM delay
     WHERE accepted_at >= $1 AND accepted_at < $2 AND step = 0
         AND ($4 IS NULL OR EXISTS (SELECT 1 FROM dossier WHERE dossier.code = delay.code AND dossier.unit = $4))
     GROUP BY 1 ORDER BY 1",
);

static BEGIN_FOLLOWING: Sql = Sql::new(
    "begin_following",
    "INSERT INTO memo (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
);

/// Runs before the settlements are written, while the claims are still held. A step is accepted once: one that is sent again, because
/// the portal lost it, keeps its time.
static ADD_DELAYS: Sql = Sql::of(
    "add_delays",
    "INSERT INTO delay (code, step, changed_at, accepted_at)
     SELECT one.code, one.step, one.changed_at, one.accepted_at FROM {rows $1: DelayRow} AS one
     JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence AND dossier.state = 'leased' WHERE true
     ON CONFLICT (code, step) DO UPDATE SET changed_at = excluded.changed_at, accepted_at = excluded.accepted_at
         WHERE delay.step = 0
     RETURNING code, step, changed_at, accepted_at",
    &[DelayRow::RECORD],
);

static ADD_TALLIES: Sql = Sql::of(
    "add_delay_tallies",
    "INSERT INTO delay_tally ({columns TallyRow}) SELECT {columns TallyRow} FROM {rows $1: TallyRow} AS one WHERE true {adds}",
    &[TallyRow::RECORD],
);
