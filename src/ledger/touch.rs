//! Hearing of changes: the one way in which a dossier becomes due.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::open::MOVE_CURSOR;
use super::{Lane, Ledger, LedgerError, micros};
use crate::clock::earlier;
use crate::dossier::{DossierCode, Finding, FindingKind};

/// One local change heard of. Hearing of it twice, late or in any order does no harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The local row's key, for rows that have no dossier code.
    pub key: String,
    /// The dossier's code; `None` when the local row has none yet.
    pub code: Option<DossierCode>,
    /// The local unit.
    pub unit: String,
    /// When it changed, by the local clock.
    pub changed_at: DateTime<Utc>,
    /// What is wrong with the row itself.
    pub finding: Option<Finding>,
}

impl Touch {
    /// The code under which the dossier can be read; `None` when the row has none that can be used.
    fn usable_code(&self) -> Option<&DossierCode> {
        let unusable = self.finding.as_ref().is_some_and(|finding| finding.kind != FindingKind::BadDate);
        self.code.as_ref().filter(|_| !unusable)
    }
}

/// What a round of touching did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Touched {
    /// Dossiers that were new or changed and are due now.
    pub due: u64,
    /// Local rows without a usable dossier code.
    pub without_code: u64,
}

/// One touch as its statement reads it.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    pub(super) code: &'a str,
    unit: &'a str,
    changed_at: i64,
    lane: i64,
}

impl Ledger {
    /// Writes down changes and, in the same transaction, how far the local database has been read.
    ///
    /// A change whose time is known already is passed over, but for once, a `granularity` after we first heard of it:
    /// until then a second write could have carried the same time. A change younger than `live_for` goes into the
    /// live lane, an older one into the backfill.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the batch is written then.
    pub async fn touch(
        &self,
        touches: &[Touch],
        cursor: Option<(&str, DateTime<Utc>)>,
        now: DateTime<Utc>,
        granularity: Duration,
        live_for: Duration,
    ) -> Result<Touched, LedgerError> {
        let live_since = earlier(now, live_for);
        let lane = |touch: &Touch| if touch.changed_at >= live_since { Lane::Live } else { Lane::Backfill };
        let mut tx = self.begin("touch").await?;
        let due = Self::touch_rows(&mut tx, &rows(touches, lane), now, granularity).await?;
        let without_code = Self::touch_without_code(&mut tx, touches, now).await?;
        if let Some((name, at)) = cursor {
            sqlx::query(MOVE_CURSOR)
                .bind(name)
                .bind(micros(at))
                .execute(&mut *tx)
                .await
                .map_err(LedgerError::during("move_cursor"))?;
        }
        tx.commit().await.map_err(LedgerError::during("touch"))?;
        Ok(Touched { due, without_code })
    }

    /// Makes new and changed dossiers due; returns how many.
    pub(super) async fn touch_rows(
        tx: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
        rows: &[Row<'_>],
        now: DateTime<Utc>,
        granularity: Duration,
    ) -> Result<u64, LedgerError> {
        if rows.is_empty() {
            return Ok(0);
        }
        let batch = serde_json::to_string(rows)
            .map_err(|source| LedgerError::Encode { operation: "touch", source })?;
        let done = sqlx::query(TOUCH)
            .bind(batch)
            .bind(micros(now))
            .bind(i64::try_from(granularity.as_micros()).unwrap_or(i64::MAX))
            .execute(&mut **tx)
            .await
            .map_err(LedgerError::during("touch"))?;
        Ok(done.rows_affected())
    }

    /// Makes known dossiers due because what the ledger holds of them is in question: a sweep found a difference.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the batch is written then.
    pub async fn touch_codes(&self, codes: &[&str], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let batch = serde_json::to_string(codes)
            .map_err(|source| LedgerError::Encode { operation: "touch_codes", source })?;
        let done = sqlx::query(TOUCH_CODES)
            .bind(batch)
            .bind(micros(now))
            .bind(true)
            .execute(&self.writer)
            .await
            .map_err(LedgerError::during("touch_codes"))?;
        Ok(done.rows_affected())
    }

    /// A row without a usable code is counted and held under its local key, and let go once the row has one.
    async fn touch_without_code(
        tx: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
        touches: &[Touch],
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let now = micros(now);
        let coded: Vec<&str> = touches
            .iter()
            .filter(|touch| touch.usable_code().is_some())
            .map(|touch| touch.key.as_str())
            .collect();
        let keys = serde_json::to_string(&coded)
            .map_err(|source| LedgerError::Encode { operation: "touch", source })?;
        let named: Vec<String> = sqlx::query_scalar(
            "-- release_coded\nDELETE FROM dossier WHERE code >= '#' AND code < '$'
             AND code IN (SELECT '#' || value FROM json_each(?1)) RETURNING code",
        )
        .bind(keys)
        .fetch_all(&mut **tx)
        .await
        .map_err(LedgerError::during("release_coded"))?;
        for code in named {
            sqlx::query(
                "-- close_coded\nUPDATE finding SET closed_at = ?2 WHERE code = ?1 AND closed_at IS NULL",
            )
            .bind(code)
            .bind(now)
            .execute(&mut **tx)
            .await
            .map_err(LedgerError::during("close_coded"))?;
        }
        let mut without_code = 0;
        for touch in touches.iter().filter(|touch| touch.usable_code().is_none()) {
            without_code += 1;
            let code = format!("#{}", touch.key);
            sqlx::query(
                "-- hold_without_code\nINSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at,
                     unsent_since, touches, read_touches, fence, attempts, doubt, on_portal, steps_wanted, steps_accepted)
                 VALUES (?1, ?2, 'held', 0, ?4, ?3, ?4, min(?3, ?4), 1, 1, 0, 0, 0, 0, 0, 0)
                 ON CONFLICT (code) DO UPDATE SET changed_at = excluded.changed_at, seen_at = excluded.seen_at",
            )
            .bind(&code)
            .bind(&touch.unit)
            .bind(micros(touch.changed_at))
            .bind(now)
            .execute(&mut **tx)
            .await
            .map_err(LedgerError::during("hold_without_code"))?;
            let missing = Finding::new(FindingKind::MissingCode, "code", "");
            let finding = touch.finding.as_ref().unwrap_or(&missing);
            sqlx::query(
                "-- find_without_code\nINSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
                 VALUES (?1, ?2, ?4, ?5, ?3, ?3)
                 ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL DO UPDATE SET seen_at = excluded.seen_at",
            )
            .bind(&code)
            .bind(finding.kind.name())
            .bind(now)
            .bind(&finding.subject)
            .bind(&finding.detail)
            .execute(&mut **tx)
            .await
            .map_err(LedgerError::during("find_without_code"))?;
        }
        Ok(without_code)
    }

    /// Begins a writing transaction; it takes the write lock at once, so it can never fail half-way for being late.
    pub(super) async fn begin(
        &self,
        operation: &'static str,
    ) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, LedgerError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(LedgerError::during(operation))
    }
}

/// A dossier that backs off after a failure keeps its due time and lane; one that only waits to be verified does not. A
/// fence begins at the present, so that it also rises for a dossier that was forgotten and came back. While the ledger is
/// being rebuilt, what is new to it may be on the portal: it begins in doubt, and no sooner than the memo says.
///
/// `WHERE true` keeps SQLite from reading ON CONFLICT as a join's ON.
const TOUCH: &str = "-- touch
INSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at, unsent_since, touches, read_touches,
    fence, attempts, doubt, on_portal, steps_wanted, steps_accepted)
SELECT value ->> 'code', value ->> 'unit', 'due', value ->> 'lane',
    coalesce((SELECT CASE WHEN CAST(memo.value AS BIGINT) > ?2 THEN CAST(memo.value AS BIGINT) END
        FROM memo WHERE name = 'rebuilding' AND memo.value <> ''), ?2),
    value ->> 'changed_at', ?2, min(value ->> 'changed_at', ?2), 1, 0, ?2, 0,
    (SELECT count(*) FROM memo WHERE name = 'rebuilding' AND memo.value <> ''), 0, 0, 0
FROM json_each(?1) WHERE true
ON CONFLICT (code) DO UPDATE SET
    unit = excluded.unit,
    touches = touches + 1,
    changed_at = excluded.changed_at,
    rechecked = changed_at = excluded.changed_at,
    seen_at = CASE WHEN changed_at = excluded.changed_at THEN seen_at ELSE excluded.seen_at END,
    unsent_since = coalesce(unsent_since, excluded.unsent_since),
    lane = CASE WHEN state IN ('synced', 'held') OR doubt = 2 THEN excluded.lane
        WHEN attempts = 0 THEN min(lane, excluded.lane) ELSE lane END,
    due_at = CASE WHEN state IN ('synced', 'held') OR doubt = 2 THEN excluded.due_at ELSE due_at END,
    state = CASE WHEN state IN ('synced', 'held') THEN 'due' ELSE state END
WHERE changed_at <> excluded.changed_at OR (rechecked = 0 AND seen_at <= ?2 - ?3)";

/// Those at rest go into the backfill lane; the others, when ?3 says that they are meant too, keep theirs.
pub(super) const TOUCH_CODES: &str = "-- touch_codes
UPDATE dossier SET
    touches = touches + 1, unsent_since = coalesce(unsent_since, ?2),
    lane = CASE WHEN state IN ('synced', 'held') THEN 2 ELSE lane END,
    due_at = CASE WHEN state IN ('synced', 'held') THEN ?2 ELSE due_at END,
    state = CASE WHEN state IN ('synced', 'held') THEN 'due' ELSE state END
WHERE code IN (SELECT value FROM json_each(?1)) AND (?3 OR state IN ('synced', 'held'))";

/// The touches as their statement reads them, each in its lane.
pub(super) fn rows(touches: &[Touch], lane: impl Fn(&Touch) -> Lane) -> Vec<Row<'_>> {
    touches
        .iter()
        .filter_map(|touch| {
            Some(Row {
                code: touch.usable_code()?.as_str(),
                unit: &touch.unit,
                changed_at: micros(touch.changed_at),
                lane: lane(touch).number(),
            })
        })
        .collect()
}
