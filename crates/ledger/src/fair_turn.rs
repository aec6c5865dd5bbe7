//! The fair turn of units: due work is taken unit by unit, so that no unit's backlog delays another unit's change.

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::store::{Row, Sql, Tx, values};
use dongbo_model::Lane;

/// The statements of one kind of work that waits by lane and unit.
pub(super) struct Turn {
    /// Each `unit` with work in lane $1, and its first `due_at`.
    pub(super) units: &'static Sql,
    /// Up to $4 pieces of work of lane $1 and unit $2 that are due at $3, first due first, behind the first $5.
    pub(super) take: &'static Sql,
}

/// A unit with due work in a lane.
struct UnitQueue {
    unit: String,
    taken: i64,
    empty: bool,
}

impl Turn {
    /// Takes up to `limit` pieces of due work of `lane` into `taken`, beginning at the unit that `turn` says, and tells
    /// when the next falls due of the units that have none yet.
    pub(super) async fn take(
        &self,
        tx: &mut Tx,
        lane: Lane,
        limit: usize,
        turn: usize,
        now: DateTime<Utc>,
        taken: &mut Vec<Row>,
    ) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let (mut queues, next_due) = self.unit_queues(tx, lane, now).await?;
        let begin = turn.checked_rem(queues.len()).unwrap_or(0);
        queues.rotate_left(begin);
        self.take_in_turn(tx, lane, &mut queues, limit, now, taken).await?;
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
            let (queues, next_due) = self.unit_queues(tx, lane, now).await?;
            if !queues.is_empty() {
                return Ok((true, None));
            }
            first = [first, next_due].into_iter().flatten().min();
        }
        Ok((false, first))
    }

    /// The units with due work, hopping over the index from unit to unit, and the next due time of those that have none
    /// yet.
    async fn unit_queues(
        &self,
        tx: &mut Tx,
        lane: Lane,
        now: DateTime<Utc>,
    ) -> Result<(Vec<UnitQueue>, Option<DateTime<Utc>>), LedgerError> {
        let rows = tx.read(self.units, values![lane.number()]).await?;
        let mut queues = Vec::new();
        let mut next_due = None;
        for row in rows {
            let due_at: i64 = row.get("due_at").map_err(LedgerError::during("unit_queues"))?;
            if due_at <= micros(now) {
                let unit = row.get("unit").map_err(LedgerError::during("unit_queues"))?;
                queues.push(UnitQueue { unit, taken: 0, empty: false });
            } else {
                next_due = [next_due, Some(time(due_at))].into_iter().flatten().min();
            }
        }
        Ok((queues, next_due))
    }

    /// Goes round the units, each time with an equal share of what is left, until the limit or the end of all work.
    async fn take_in_turn(
        &self,
        tx: &mut Tx,
        lane: Lane,
        queues: &mut [UnitQueue],
        limit: usize,
        now: DateTime<Utc>,
        all: &mut Vec<Row>,
    ) -> Result<(), LedgerError> {
        let mut left = limit;
        loop {
            let open = queues.iter().filter(|queue| !queue.empty).count();
            if left == 0 || open == 0 {
                return Ok(());
            }
            let share = left.div_ceil(open);
            for queue in queues.iter_mut().filter(|queue| !queue.empty) {
                let want = share.min(left);
                if want == 0 {
                    break;
                }
                let want_rows = i64::try_from(want).unwrap_or(i64::MAX);
                let values = values![lane.number(), &queue.unit, micros(now), want_rows, queue.taken];
                let taken = tx.read(self.take, values).await?;
                queue.empty = taken.len() < want;
                queue.taken = queue.taken.saturating_add(i64::try_from(taken.len()).unwrap_or(i64::MAX));
                left = left.saturating_sub(taken.len());
                all.extend(taken);
            }
        }
    }
}
