//! Hearing of changes: the one way in which a dossier becomes due.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::open::MOVE_CURSOR;
use crate::store::{Sql, Tx, record, values};
use dongbo_model::Lane;
use dongbo_model::clock::earlier;
use dongbo_model::{DossierCode, Finding, FindingKind};

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
    /// A finding about the row itself; of kind `bad_row` when the dossier behind it can be read all the same.
    pub finding: Option<Finding>,
}

impl Touch {
    /// The code under which the dossier can be read; `None` when the row has none that can be used.
    fn usable_code(&self) -> Option<&DossierCode> {
        let unusable = self.finding.as_ref().is_some_and(|finding| finding.kind != FindingKind::BadRow);
        self.code.as_ref().filter(|_| !unusable)
    }

    /// The code and the finding of a row that can be read and not be followed.
    fn flaw(&self) -> Option<(&DossierCode, &Finding)> {
        self.usable_code().zip(self.finding.as_ref())
    }
}

/// The outcome of a round of touching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Touched {
    /// Dossiers that were new or changed and are due now.
    pub due: u64,
    /// Local rows without a usable dossier code.
    pub without_code: u64,
    /// Whether some of the changes were too old for the live lane.
    pub some_old: bool,
}

record! {
    /// One touch as its statement takes it.
    pub(super) struct TouchRow<'a> {
        code: &'a str,
        unit: &'a str,
        changed_at: i64,
        lane: i64,
    }
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
        let mut tx = self.store.begin("touch").await?;
        self.begin_following(&mut tx, now).await?;
        let due = self.touch_rows(&mut tx, rows(touches, lane), now, granularity).await?;
        self.write_flaws(&mut tx, touches, now).await?;
        let without_code = self.touch_without_code(&mut tx, touches, now).await?;
        if let Some((name, at)) = cursor {
            tx.execute(&MOVE_CURSOR, values![name, micros(at)]).await?;
        }
        self.finish_news(tx, "touch").await?;
        let some_old = touches.iter().any(|touch| lane(touch) != Lane::Live);
        Ok(Touched { due, without_code, some_old })
    }

    /// Commits what may have made dossiers of new units due.
    pub(super) async fn finish_news(&self, tx: Tx, operation: &'static str) -> Result<(), LedgerError> {
        let committed = tx.commit(operation).await;
        // Afterwards: what is looked for before that is not there yet.
        self.backlogs.hear();
        committed
    }

    /// Makes new and changed dossiers due; returns how many. Those that are read from another source are noted to be given here too.
    pub(super) async fn touch_rows(
        &self,
        tx: &mut Tx,
        mut rows: Vec<TouchRow<'_>>,
        now: DateTime<Utc>,
        granularity: Duration,
    ) -> Result<u64, LedgerError> {
        if rows.is_empty() {
            return Ok(0);
        }
        // Whoever writes many rows takes them in the order of their codes, so that two never wait for each other. A dossier
        // that comes more than once is written once, by its latest change.
        rows.sort_unstable_by(|one, other| {
            one.code.cmp(other.code).then(other.changed_at.cmp(&one.changed_at))
        });
        rows.dedup_by(|one, other| one.code == other.code);
        let granularity = i64::try_from(granularity.as_micros()).unwrap_or(i64::MAX);
        let values = values![encode("touch", &rows)?, micros(now), granularity, self.source.0];
        let due = tx.execute(&TOUCH, values).await?;
        Ok(due.saturating_add(self.contest(tx, &rows, now).await?))
    }

    /// Makes known dossiers due because what the ledger holds of them is in question: a sweep found a difference.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the batch is written then.
    pub async fn touch_codes(&self, codes: &[&str], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let batch = encode("touch_codes", &codes)?;
        let touched = self.store.execute(&TOUCH_CODES, values![batch, micros(now), true]).await;
        self.backlogs.hear();
        touched
    }

    /// Writes down what rows themselves are like, without making their dossiers due: those without a usable code, and those
    /// that cannot be followed.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn note_rows(&self, touches: &[Touch], now: DateTime<Utc>) -> Result<(), LedgerError> {
        let mut tx = self.store.begin("note_rows").await?;
        let given = rows(touches, |_| Lane::Backfill);
        let moved = self.contest(&mut tx, &given, now).await?;
        self.move_units(&mut tx, &given).await?;
        self.write_flaws(&mut tx, touches, now).await?;
        self.touch_without_code(&mut tx, touches, now).await?;
        match moved {
            0 => tx.commit("note_rows").await,
            _ => self.finish_news(tx, "note_rows").await,
        }
    }

    /// Has known dossiers counted under the unit that has them now, without making them due.
    async fn move_units(&self, tx: &mut Tx, given: &[TouchRow<'_>]) -> Result<(), LedgerError> {
        let rows = encode("note_rows", &given)?;
        let moved = tx.read_texts(&MOVE_UNITS, values![rows, self.source.0]).await?;
        if !moved.is_empty() {
            tx.execute(&MOVE_UNITS_OF_FILES, values![encode("note_rows", &moved)?]).await?;
        }
        Ok(())
    }

    /// A row that cannot be followed has its finding beside its dossier, until it is met without.
    async fn write_flaws(
        &self,
        tx: &mut Tx,
        touches: &[Touch],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let now = micros(now);
        let sound: Vec<&str> = touches
            .iter()
            .filter(|touch| touch.finding.is_none())
            .filter_map(|touch| touch.usable_code().map(DossierCode::as_str))
            .collect();
        if !sound.is_empty() {
            tx.execute(&CLOSE_FLAWS, values![encode("touch", &sound)?, now, self.source.0]).await?;
        }
        for (code, finding) in touches.iter().filter_map(Touch::flaw) {
            let (kind, subject, detail) = (finding.kind.name(), &finding.subject, &finding.detail);
            tx.execute(&FIND, values![code.as_str(), kind, now, subject, detail]).await?;
        }
        Ok(())
    }

    /// A row without a usable code is counted and held under its local key, and let go once the row has one.
    async fn touch_without_code(
        &self,
        tx: &mut Tx,
        touches: &[Touch],
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let now = micros(now);
        let coded: Vec<String> = touches
            .iter()
            .filter(|touch| touch.usable_code().is_some())
            .map(|touch| self.without_code(&touch.key))
            .collect();
        let named = tx.read_texts(&RELEASE_CODED, values![encode("touch", &coded)?]).await?;
        if !named.is_empty() {
            tx.execute(&CLOSE_ALL, values![encode("touch", &named)?, now]).await?;
        }
        let mut without_code = 0;
        for touch in touches.iter().filter(|touch| touch.usable_code().is_none()) {
            without_code += 1;
            let code = self.without_code(&touch.key);
            let changed_at = micros(touch.changed_at);
            let values = values![&code, &touch.unit, changed_at, now, self.source.0];
            tx.execute(&HOLD_WITHOUT_CODE, values).await?;
            let missing = Finding::new(FindingKind::MissingCode, "code", "");
            let finding = touch.finding.as_ref().unwrap_or(&missing);
            let (kind, subject, detail) = (finding.kind.name(), &finding.subject, &finding.detail);
            tx.execute(&FIND, values![&code, kind, now, subject, detail]).await?;
        }
        Ok(without_code)
    }
}

/// A dossier that backs off after a failure keeps its due time and lane; one that only waits to be verified does not. What
/// is merely looked at once more is unsent from now on at most, however long ago it changed. A
/// fence begins at the present, so that it also rises for a dossier that was forgotten and came back. While the ledger is
/// being rebuilt, what is new to it may be on the portal: it begins in doubt, and no sooner than the memo says.
///
/// `WHERE true` keeps SQLite from reading ON CONFLICT as a join's ON.
static TOUCH: Sql = Sql::of(
    "touch",
    "INSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at, unsent_since, touches, read_touches,
         fence, attempts, doubt, on_portal, steps_wanted, steps_accepted, source)
     SELECT one.code, one.unit, 'due', one.lane,
         coalesce((SELECT GREATEST(CAST(memo.value AS BIGINT), $2) FROM memo WHERE name = 'rebuilding' AND memo.value <> ''),
             $2),
         one.changed_at, $2, LEAST(one.changed_at, $2), 1, 0, $2, 0,
         (SELECT count(*) FROM memo WHERE name = 'rebuilding' AND memo.value <> ''), 0, 0, 0, $4
     FROM {rows $1: TouchRow} AS one WHERE true
     ON CONFLICT (code) DO UPDATE SET
         unit = excluded.unit,
         touches = dossier.touches + 1,
         listed = CASE WHEN dossier.listed = 3 THEN 3 ELSE 1 END,
         changed_at = excluded.changed_at,
         rechecked = CASE WHEN dossier.changed_at = excluded.changed_at THEN 1 ELSE 0 END,
         seen_at = CASE WHEN dossier.changed_at = excluded.changed_at THEN dossier.seen_at ELSE excluded.seen_at END,
         unsent_since = coalesce(dossier.unsent_since,
             CASE WHEN dossier.changed_at = excluded.changed_at THEN $2 ELSE excluded.unsent_since END),
         lane = CASE WHEN dossier.state IN ('synced', 'held') OR dossier.doubt = 2 THEN excluded.lane
             WHEN dossier.attempts = 0 THEN LEAST(dossier.lane, excluded.lane) ELSE dossier.lane END,
         due_at = CASE WHEN dossier.state IN ('synced', 'held') OR dossier.doubt = 2 THEN excluded.due_at
             ELSE dossier.due_at END,
         state = CASE WHEN dossier.state IN ('synced', 'held') THEN 'due' ELSE dossier.state END
     WHERE dossier.source = excluded.source AND (dossier.changed_at <> excluded.changed_at
         OR (dossier.rechecked = 0 AND dossier.seen_at <= $2 - $3))",
    &[TouchRow::RECORD],
);

/// Those at rest go into the backfill lane; the others, when $3 says that they are meant too, keep theirs.
pub(super) static TOUCH_CODES: Sql = Sql::new(
    "touch_codes",
    "UPDATE dossier SET
         touches = touches + 1, unsent_since = coalesce(unsent_since, $2),
         lane = CASE WHEN state IN ('synced', 'held') THEN 2 ELSE lane END,
         due_at = CASE WHEN state IN ('synced', 'held') THEN $2 ELSE due_at END,
         state = CASE WHEN state IN ('synced', 'held') THEN 'due' ELSE state END
     WHERE code IN (SELECT code FROM dossier WHERE code IN {texts $1} AND ($3 = 1 OR state IN ('synced', 'held'))
         ORDER BY code {lock})",
);

static MOVE_UNITS: Sql = Sql::of(
    "move_units",
    "UPDATE dossier SET unit = one.unit FROM {rows $1: TouchRow} AS one
     WHERE dossier.code = one.code AND dossier.source = $2 AND dossier.unit <> one.unit RETURNING dossier.code",
    &[TouchRow::RECORD],
);

static MOVE_UNITS_OF_FILES: Sql = Sql::new(
    "move_units_of_files",
    "UPDATE file SET unit = (SELECT dossier.unit FROM dossier WHERE dossier.code = file.code) WHERE code IN {texts $1}",
);

static RELEASE_CODED: Sql = Sql::new(
    "release_coded",
    "DELETE FROM dossier WHERE code >= '#' AND code < '$' AND code IN {texts $1} RETURNING code",
);

/// Closes every finding of some codes; also of those that are forgotten.
pub(super) static CLOSE_ALL: Sql =
    Sql::new("close_all", "UPDATE finding SET closed_at = $2 WHERE closed_at IS NULL AND code IN {texts $1}");

static CLOSE_FLAWS: Sql = Sql::new(
    "close_flaws",
    "UPDATE finding SET closed_at = $2 WHERE closed_at IS NULL AND kind = 'bad_row' AND code IN {texts $1}
         AND NOT EXISTS (SELECT 1 FROM dossier WHERE dossier.code = finding.code AND dossier.source <> $3)",
);

static HOLD_WITHOUT_CODE: Sql = Sql::new(
    "hold_without_code",
    "INSERT INTO dossier (code, unit, state, lane, due_at, changed_at, seen_at, unsent_since, touches, read_touches,
         fence, attempts, doubt, on_portal, steps_wanted, steps_accepted, source)
     VALUES ($1, $2, 'held', 0, $4, $3, $4, LEAST($3, $4), 1, 1, 0, 0, 0, 0, 0, 0, $5)
     ON CONFLICT (code) DO UPDATE SET changed_at = excluded.changed_at, seen_at = excluded.seen_at",
);

static FIND: Sql = Sql::new(
    "find",
    "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at) VALUES ($1, $2, $4, $5, $3, $3)
     ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL DO UPDATE SET seen_at = excluded.seen_at",
);

/// The touches as their statement reads them, each in its lane.
pub(super) fn rows(touches: &[Touch], lane: impl Fn(&Touch) -> Lane) -> Vec<TouchRow<'_>> {
    touches
        .iter()
        .filter_map(|touch| {
            let code = touch.usable_code()?.as_str();
            Some(TouchRow {
                code,
                unit: &touch.unit,
                changed_at: micros(touch.changed_at),
                lane: lane(touch).number(),
            })
        })
        .collect()
}
