//! The fair turn of units: due work is taken unit by unit, so that no unit's backlog delays another unit's change.

use dongbo_model::locks::lock;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::store::{Sql, Tx, Value, values};
use dongbo_model::clock::later;
use dongbo_model::{Lane, SourceId};

/// The statements of one kind of work that waits by lane and unit. Each gives one row of JSON: a row for each unit or piece would
/// cost more than to find it.
pub(super) struct Turn {
    /// `[unit, due_at]` of each unit with work in lane $1, with the first time that something of it is due; of dossiers those of
    /// source $2.
    pub(super) units: &'static Sql,
    /// `[unit, piece]` of work of lane $1 that is due at $2: of each of the units in $3, in their order, up to $4 pieces, first due
    /// first, behind the first $5 of it; of all of them up to $6. Of dossiers those of source $7.
    pub(super) take: &'static Sql,
}

/// The units with work that `$from` finds in lane $1, hopping over its index from unit to unit.
macro_rules! units {
    ($name:literal, $from:expr) => {
        $crate::store::Sql::new(
            $name,
            concat!(
                "WITH RECURSIVE units (unit) AS (
                     SELECT min(unit) FROM ",
                $from,
                " AND lane = $1
                     UNION ALL
                     SELECT (SELECT min(unit) FROM ",
                $from,
                " AND lane = $1 AND unit > units.unit)
                     FROM units WHERE units.unit IS NOT NULL
                 )
                 SELECT CAST({list}({array}(unit, due_at)) AS TEXT) FROM (
                     SELECT unit, (SELECT min(due_at) FROM ",
                $from,
                " AND lane = $1 AND unit = units.unit) AS due_at FROM units WHERE unit IS NOT NULL) AS waiting"
            ),
        )
    };
}
pub(super) use units;

/// Due pieces of the work that `$from` finds, each with the columns `$piece`.
macro_rules! take {
    ($name:literal, $piece:literal, $from:expr) => {
        $crate::store::Sql::new(
            $name,
            concat!(
                "SELECT CAST({list}({array}(unit, {json}(piece))) AS TEXT) FROM (
                     SELECT given.value AS unit, taken.value AS piece FROM {texts $3} AS given
                     CROSS JOIN {elements}((SELECT {list}({array}(",
                $piece,
                ")) FROM (SELECT ",
                $piece,
                " FROM ",
                $from,
                " AND lane = $1 AND unit = given.value AND due_at <= $2
                         ORDER BY due_at LIMIT $4 OFFSET $5 {skip}) AS due)) AS taken {value}
                     LIMIT $6) AS pieces"
            ),
        )
    };
}
pub(super) use take;

/// The units that had more work than a claim took, so that the next one need not look for them. They are known for a second at
/// most, and no longer than nobody hears of changes here: a unit with new work waits no longer than that for its share.
#[derive(Debug, Default)]
pub(super) struct Backlogs {
    known: Mutex<HashMap<Key, Backlog>>,
    heard: AtomicU64,
}

/// The name of a statement, a lane, and whose dossiers.
type Key = (&'static str, Lane, Option<SourceId>);
/// Units, when they were looked for, and the changes that had been heard of by then.
type Backlog = (Vec<String>, DateTime<Utc>, u64);

/// The time for which the units of a backlog are known.
const KNOWN_FOR: Duration = Duration::from_secs(1);

impl Backlogs {
    /// Notes that changes were heard of.
    pub(super) fn hear(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    fn units(&self, key: Key, now: DateTime<Utc>) -> Option<Vec<String>> {
        let known = lock(&self.known);
        let (units, since, heard) = known.get(&key)?;
        let holds = *heard == self.heard() && (*since..later(*since, KNOWN_FOR)).contains(&now);
        holds.then(|| units.clone())
    }

    fn keep(&self, key: Key, backlog: Option<Backlog>) {
        let mut known = lock(&self.known);
        match backlog {
            Some(backlog) => known.insert(key, backlog),
            None => known.remove(&key),
        };
    }
}

/// The units, from the one on with which the round of `turn` begins.
fn turned(mut units: Vec<String>, turn: usize) -> Vec<String> {
    let begin = turn.checked_rem(units.len()).unwrap_or(0);
    units.rotate_left(begin);
    units
}

/// The values of a statement, with the source of the dossiers that it is about.
fn of(mut values: Vec<Value<'_>>, source: Option<SourceId>) -> Vec<Value<'_>> {
    values.extend(source.into_iter().flat_map(|source| values![source.0]));
    values
}

impl Turn {
    /// Takes up to `limit` pieces of due work of `lane` into `taken`, beginning at the unit that `turn` says, and tells
    /// when the next falls due of the units that have none yet, where there was less than `limit`.
    #[expect(clippy::too_many_arguments, reason = "each is another thing, and nobody else calls it")]
    pub(super) async fn take<P: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        backlogs: &Backlogs,
        (lane, source): (Lane, Option<SourceId>),
        limit: usize,
        turn: usize,
        now: DateTime<Utc>,
        taken: &mut Vec<P>,
    ) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let before = taken.len();
        let key = (self.take.name(), lane, source);
        let heard = backlogs.heard();
        if let Some(units) = backlogs.units(key, now) {
            self.take_in_turn(tx, (lane, source), turned(units, turn), limit, now, taken).await?;
            if taken.len().saturating_sub(before) >= limit {
                return Ok(None);
            }
            // They have less than there was: all units are looked at again, and what they gave.
            taken.truncate(before);
        }
        let (units, next_due) = self.due_units(tx, (lane, source), now).await?;
        self.take_in_turn(tx, (lane, source), turned(units.clone(), turn), limit, now, taken).await?;
        backlogs.keep(key, (taken.len().saturating_sub(before) >= limit).then_some((units, now, heard)));
        Ok(next_due)
    }

    /// Whether some work of any lane is due, and else when the first piece will be.
    pub(super) async fn is_due(
        &self,
        tx: &mut Tx,
        now: DateTime<Utc>,
    ) -> Result<(bool, Option<DateTime<Utc>>), LedgerError> {
        let mut first = None;
        for &lane in Lane::ALL {
            let (units, next_due) = self.due_units(tx, (lane, None), now).await?;
            if !units.is_empty() {
                return Ok((true, None));
            }
            first = [first, next_due].into_iter().flatten().min();
        }
        Ok((false, first))
    }

    /// The units with due work, and the next due time of those that have none yet.
    async fn due_units(
        &self,
        tx: &mut Tx,
        (lane, source): (Lane, Option<SourceId>),
        now: DateTime<Utc>,
    ) -> Result<(Vec<String>, Option<DateTime<Utc>>), LedgerError> {
        let all: Vec<(String, i64)> = tx.read_list(self.units, of(values![lane.number()], source)).await?;
        let (due, later): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, due_at)| *due_at <= micros(now));
        let next_due = later.into_iter().map(|(_, due_at)| time(due_at)).min();
        Ok((due.into_iter().map(|(unit, _)| unit).collect(), next_due))
    }

    /// Goes round the units, each time with an equal share of what is left, until the limit or the end of all work.
    async fn take_in_turn<P: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        (lane, source): (Lane, Option<SourceId>),
        mut units: Vec<String>,
        limit: usize,
        now: DateTime<Utc>,
        all: &mut Vec<P>,
    ) -> Result<(), LedgerError> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (mut left, mut behind) = (limit, 0);
        while left > 0 && !units.is_empty() {
            let share = left.div_ceil(units.len());
            let asked = encode(self.take.name(), &units)?;
            let values =
                values![lane.number(), micros(now), asked, number(share), number(behind), number(left)];
            let taken: Vec<(String, P)> = tx.read_list(self.take, of(values, source)).await?;
            left = left.saturating_sub(taken.len());
            behind = behind.saturating_add(share);
            let mut counts: HashMap<String, usize> = HashMap::new();
            for (unit, piece) in taken {
                all.push(piece);
                *counts.entry(unit).or_default() += 1;
            }
            // A unit that gave less has no more.
            units.retain(|unit| counts.get(unit).is_some_and(|count| *count >= share));
        }
        Ok(())
    }
}
