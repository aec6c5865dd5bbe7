//! The spread of delays by unit and month.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::bucket::Bucket;
use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, record, values};
use dongbo_model::{Month, SourceId};

/// The spread of some delays: how many are in each bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DelaySpread(BTreeMap<Bucket, u64>);

/// The delays of a unit's changes of one month.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delays {
    /// From a change of a dossier until the portal had all of it.
    pub changes: DelaySpread,
    /// From a step until the portal had it.
    pub steps: DelaySpread,
    /// Dossiers with a change of that month that the portal does not have yet, those that wait for a person included.
    pub waiting: u64,
    /// The oldest change among these.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Delays by month and unit.
pub type DelaysIn = BTreeMap<(Month, String), Delays>;

impl DelaySpread {
    /// The number of delays.
    #[must_use]
    pub fn many(&self) -> u64 {
        self.0.values().sum()
    }

    /// The delay that `hundredths` percent of all do not exceed: 5,000 for the median, 10,000 for the longest. No less than the
    /// truth, and at most a sixteenth more. `None` when there are none.
    #[must_use]
    pub fn percentile(&self, hundredths: u32) -> Option<Duration> {
        let wanted = u128::from(self.many()).saturating_mul(hundredths.into()).div_ceil(10_000).max(1);
        let mut so_far = 0_u128;
        let mut buckets = self.0.iter().filter(|(_, many)| **many > 0);
        let found = buckets.find(|(_, many)| {
            so_far += u128::from(**many);
            so_far >= wanted
        });
        found.map(|(bucket, _)| bucket.longest())
    }

    fn add(&mut self, bucket: Bucket, many: u64) {
        *self.0.entry(bucket).or_default() += many;
    }
}

impl Delays {
    /// Adds those of another unit.
    pub fn add(&mut self, other: &Self) {
        for (own, others) in [(&mut self.changes, &other.changes), (&mut self.steps, &other.steps)] {
            others.0.iter().for_each(|(bucket, many)| own.add(*bucket, *many));
        }
        self.waiting += other.waiting;
        self.waiting_since = [self.waiting_since, other.waiting_since].into_iter().flatten().min();
    }
}

record! {
    /// A month with its first moment and the one behind its last.
    struct MonthRow<'a> {
        month: i64,
        begins: i64,
        ends: i64,
        /// Only changes of this unit; all of them without.
        only: Option<&'a str>,
        /// Only changes of this source; all of them without.
        source: Option<i64>,
    }
}

impl Ledger {
    /// The delays of what changed in these months, of all units or one, and of all sources or one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn delays(
        &self,
        months: &[Month],
        unit: Option<&str>,
        source: Option<SourceId>,
    ) -> Result<DelaysIn, LedgerError> {
        let followed = self.following_since().await?;
        let begins = |month: Month| followed.map_or(month.begins(), |since| month.begins().max(since));
        let rows: Vec<MonthRow<'_>> = months
            .iter()
            .map(|month| MonthRow {
                month: month.0,
                begins: micros(begins(*month)),
                ends: micros(Month(month.0 + 1).begins()),
                only: unit,
                source: source.map(|source| source.0),
            })
            .collect();
        let rows = encode("delays", &rows)?;
        let mut found = DelaysIn::new();
        for row in self.store.read(&TALLIES, values![&rows]).await? {
            tally(&mut found, &row).map_err(LedgerError::during("delays"))?;
        }
        for row in self.store.read(&WAITING, values![&rows]).await? {
            waiting(&mut found, &row).map_err(LedgerError::during("delays"))?;
        }
        Ok(found)
    }
}

fn of<'d>(found: &'d mut DelaysIn, row: &Row) -> Result<&'d mut Delays, sqlx::Error> {
    Ok(found.entry((Month(row.get("month")?), row.get("unit")?)).or_default())
}

fn tally(found: &mut DelaysIn, row: &Row) -> Result<(), sqlx::Error> {
    let delays = of(found, row)?;
    let spread = if row.flag("steps")? { &mut delays.steps } else { &mut delays.changes };
    spread.add(Bucket(row.get("bucket")?), row.count("many")?);
    Ok(())
}

fn waiting(found: &mut DelaysIn, row: &Row) -> Result<(), sqlx::Error> {
    let delays = of(found, row)?;
    delays.waiting += row.count("many")?;
    let since = row.get::<Option<i64>, _>("since")?.map(time);
    delays.waiting_since = [delays.waiting_since, since].into_iter().flatten().min();
    Ok(())
}

static TALLIES: Sql = Sql::of(
    "delay_tallies",
    "SELECT tally.unit, tally.month, tally.steps, tally.bucket, CAST(sum(tally.many) AS BIGINT) AS many
     FROM {rows $1: MonthRow} AS one JOIN delay_tally AS tally ON tally.month = one.month
     WHERE (one.only IS NULL OR tally.unit = one.only) AND (one.source IS NULL OR tally.source = one.source)
     GROUP BY tally.unit, tally.month, tally.steps, tally.bucket",
    &[MonthRow::RECORD],
);

/// Changes on their way and those that wait for a person, each by its index.
static WAITING: Sql = Sql::of(
    "delays_waiting",
    "SELECT late.unit, one.month, count(*) AS many, min(late.unsent_since) AS since
     FROM {rows $1: MonthRow} AS one JOIN (
         SELECT source, unit, unsent_since FROM dossier WHERE state IN ('due', 'leased') AND unsent_since IS NOT NULL
         UNION ALL
         SELECT source, unit, unsent_since FROM dossier WHERE state = 'held' AND not_sent = 0 AND unsent_since IS NOT NULL
     ) AS late ON late.unsent_since >= one.begins AND late.unsent_since < one.ends
     WHERE (one.only IS NULL OR late.unit = one.only) AND (one.source IS NULL OR late.source = one.source)
     GROUP BY late.unit, one.month",
    &[MonthRow::RECORD],
);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bucket, DelaySpread};

    #[test]
    fn percentiles_are_those_of_all_delays() {
        let mut spread = DelaySpread::default();
        assert_eq!(spread.percentile(5_000), None);
        for second in 1..=100 {
            spread.add(Bucket::of(Duration::from_secs(second)), 1);
        }
        assert_eq!(spread.many(), 100);
        for (hundredths, seconds) in [(0, 1.0), (5_000, 50.0), (9_900, 99.0), (10_000, 100.0)] {
            let told = spread.percentile(hundredths).unwrap().as_secs_f64();
            assert!((seconds..=seconds * 1.0625).contains(&told), "{hundredths}: {told}");
        }
    }
}
