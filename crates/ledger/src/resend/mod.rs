//! Having dossiers sent again, by dongbo itself or by a vendor's bridge: an order with its dossiers, of which there is one at a time.

mod types;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::{Ledger, MEMO, REMEMBER};
use crate::reconcile::SEND_AGAIN;
use crate::store::{Row, Sql, Tx, values};

pub use types::{NewResend, Resend, ResendCounts, ResendState, Resent, ResentState};

/// Texts that are looked for at once.
const CODES_AT_ONCE: usize = 2_000;
/// The memo of the last order.
const RESEND: &str = "resend";

impl Ledger {
    /// The last order; `None` when there never was one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn resend(&self) -> Result<Option<Resend>, LedgerError> {
        Ok(self.memo(RESEND).await?.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// The codes of dossiers that something is open about: a difference, or a finding when `kind` is that of one; of this unit, read from
    /// this source, of this kind or cause, and about this subject, as far as these are said.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn to_resend(
        &self,
        (unit, source): (Option<&str>, Option<&str>),
        kind: Option<&str>,
        subject: Option<&str>,
    ) -> Result<Vec<String>, LedgerError> {
        self.store.read_texts(&TO_RESEND, values![unit, kind, subject, source]).await
    }

    /// Those of the codes whose dossiers are read from a source that is only watched.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn watched_among(&self, codes: &[String]) -> Result<HashSet<String>, LedgerError> {
        let mut watched = HashSet::new();
        for some in codes.chunks(CODES_AT_ONCE) {
            watched.extend(
                self.store.read_texts(&WATCHED_AMONG, values![encode("watched_among", &some)?]).await?,
            );
        }
        Ok(watched)
    }

    /// Those of the texts that are codes of dossiers.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn codes_among(&self, texts: &[String]) -> Result<HashSet<String>, LedgerError> {
        let mut codes = HashSet::new();
        for some in texts.chunks(CODES_AT_ONCE) {
            codes.extend(self.store.read_texts(&CODES_AMONG, values![encode("codes_among", &some)?]).await?);
        }
        Ok(codes)
    }

    /// Those of the codes whose dossiers belong to one of `units`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn codes_of_units(
        &self,
        codes: &[String],
        units: &[&str],
    ) -> Result<HashSet<String>, LedgerError> {
        let units = encode("codes_of_units", &units)?;
        let mut theirs = HashSet::new();
        for some in codes.chunks(CODES_AT_ONCE) {
            let values = values![encode("codes_of_units", &some)?, &units];
            theirs.extend(self.store.read_texts(&CODES_OF_UNITS, values).await?);
        }
        Ok(theirs)
    }

    /// Adds dossiers to the order that is open, or gives a new one, by `by`, in the place of one that has ended. A code that is in it
    /// already stays where it is. Returns the order.
    ///
    /// # Errors
    /// When the ledger cannot be written; then nothing is ordered.
    pub async fn order_resend(
        &self,
        new: NewResend<'_>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Resend, LedgerError> {
        let mut tx = self.store.begin("order_resend").await?;
        let mut order = match order(&mut tx).await? {
            Some(open) if matches!(open.state, ResendState::Running | ResendState::Paused) => open,
            _ => {
                tx.execute(&FORGET_RESENDS, Vec::new()).await?;
                let by = by.to_owned();
                Resend {
                    started_at: now,
                    by,
                    state: ResendState::Running,
                    reason: String::new(),
                    per_minute: 0,
                }
            }
        };
        order.per_minute = new.per_minute.unwrap_or(order.per_minute);
        tx.execute(&ADD_RESENDS, values![encode("order_resend", &new.codes)?]).await?;
        remember(&mut tx, &order).await?;
        tx.commit("order_resend").await?;
        Ok(order)
    }

    /// Puts the open order into `state`, for `reason`. Returns it; `None` when none is open, or it is there already.
    ///
    /// # Errors
    /// When the ledger cannot be written; the order goes on then as it was.
    pub async fn turn_resend(&self, state: ResendState, reason: &str) -> Result<Option<Resend>, LedgerError> {
        let mut tx = self.store.begin("turn_resend").await?;
        let Some(open) = order(&mut tx).await? else { return Ok(None) };
        let is_open = matches!(open.state, ResendState::Running | ResendState::Paused);
        if !is_open || open.state == state {
            return Ok(None);
        }
        let turned = Resend { state, reason: reason.to_owned(), ..open };
        remember(&mut tx, &turned).await?;
        tx.commit("turn_resend").await?;
        Ok(Some(turned))
    }

    /// The next dossier of the order that the bridge is to be asked for; `None` when there is none.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn next_resend(&self) -> Result<Option<Resent>, LedgerError> {
        let rows = self.store.read(&NEXT_RESEND, Vec::new()).await?;
        rows.first().map(resent).transpose().map_err(LedgerError::during("next_resend"))
    }

    /// Gives their turn to the next dossiers that dongbo itself sends: so many of them are looked up now, of which no more than `window`
    /// have had their turn without a result. Returns how many were given it.
    ///
    /// # Errors
    /// When the ledger cannot be written; then none had its turn.
    pub async fn begin_resends(
        &self,
        most: u32,
        window: u32,
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let mut tx = self.store.begin("begin_resends").await?;
        let codes = tx.read_texts(&NEXT_OWN_RESENDS, values![most, window]).await?;
        if codes.is_empty() {
            return Ok(0);
        }
        let many = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        let codes = encode("begin_resends", &codes)?;
        tx.execute(&SEND_AGAIN, values![&codes, micros(now)]).await?;
        tx.execute(&BEGUN, values![&codes, micros(now)]).await?;
        tx.commit("begin_resends").await?;
        self.backlogs.hear();
        Ok(many)
    }

    /// Notes that the bridge took a call for a dossier, its `calls`th, with its words where it had any; `look_at` is when the portal is to be looked at, once that was
    /// the last one.
    ///
    /// # Errors
    /// When the ledger cannot be written; the bridge is asked once more then.
    pub async fn asked_resend(
        &self,
        code: &str,
        calls: u32,
        look_at: Option<DateTime<Utc>>,
        said: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let state = if look_at.is_some() { ResentState::Asked } else { ResentState::Waiting };
        let look_at = micros(look_at.unwrap_or_default());
        let values = values![code, state.name(), i64::from(calls), micros(now), said, look_at];
        self.store.execute(&ASKED, values).await.map(drop)
    }

    /// Notes the result of a dossier that the bridge did not take, with its words.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn end_resend(
        &self,
        code: &str,
        state: ResentState,
        said: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.store.execute(&END_RESEND, values![code, state.name(), said, micros(now)]).await.map(drop)
    }

    /// Has the dossiers that a bridge was asked for looked at in their time, and notes what look-ups have shown of them since.
    /// Returns of how many nothing is known yet.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn judge_resends(&self, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let mut tx = self.store.begin("judge_resends").await?;
        tx.execute(&LOOK_AT, Vec::new()).await?;
        tx.execute(&WAITS_FOR_LOOK, Vec::new()).await?;
        tx.execute(&JUDGE_RESENDS, values![micros(now)]).await?;
        tx.commit("judge_resends").await?;
        self.backlogs.hear();
        Ok(self.resend_counts().await?.asked)
    }

    /// How many dossiers of the order stand where.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn resend_counts(&self) -> Result<ResendCounts, LedgerError> {
        self.resend_counts_of(None).await
    }

    /// How many dossiers of the order stand where, of one unit or of all.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn resend_counts_of(&self, unit: Option<&str>) -> Result<ResendCounts, LedgerError> {
        let during = || LedgerError::during("resend_counts");
        let mut counts = ResendCounts::default();
        for row in self.store.read(&COUNT_RESENDS, values![unit]).await? {
            let many = row.count("many").map_err(during())?;
            let state = ResentState::from_name(row.get("state").map_err(during())?);
            if state == Some(ResentState::Waiting) {
                counts.for_bridge += row.count("watched").map_err(during())?;
            }
            *match state {
                Some(ResentState::Waiting) => &mut counts.waiting,
                Some(ResentState::Asked) => &mut counts.asked,
                Some(ResentState::Arrived) => &mut counts.arrived,
                Some(ResentState::Lacking) => &mut counts.lacking,
                _ => &mut counts.failed,
            } += many;
        }
        Ok(counts)
    }

    /// The dossiers of the order, in its order, behind the first `skip`; of one unit or of all.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn resends(
        &self,
        unit: Option<&str>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Resent>, LedgerError> {
        let rows = self.store.read(&RESENDS, values![skip, limit, unit]).await?;
        rows.iter().map(resent).collect::<Result<_, _>>().map_err(LedgerError::during("resends"))
    }
}

async fn order(tx: &mut Tx) -> Result<Option<Resend>, LedgerError> {
    let stored = tx.read_text(&MEMO, values![RESEND]).await?;
    Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()))
}

async fn remember(tx: &mut Tx, order: &Resend) -> Result<(), LedgerError> {
    tx.execute(&REMEMBER, values![RESEND, encode("resend", order)?]).await.map(drop)
}

fn resent(row: &Row) -> Result<Resent, sqlx::Error> {
    let moment =
        |column: &str| -> Result<_, sqlx::Error> { Ok(row.get::<Option<i64>, _>(column)?.map(time)) };
    Ok(Resent {
        code: row.get("code")?,
        // What a newer version wrote has no turn any more.
        state: ResentState::from_name(row.get("state")?).unwrap_or(ResentState::Failed),
        calls: u32::try_from(row.count("calls")?).unwrap_or(u32::MAX),
        asked_at: moment("asked_at")?,
        ended_at: moment("ended_at")?,
        said: row.get("said")?,
    })
}

static TO_RESEND: Sql = Sql::new(
    "to_resend",
    "SELECT code FROM dossier WHERE code NOT LIKE '#%' AND ($1 IS NULL OR unit = $1)
         AND ($4 IS NULL OR source IN (SELECT id FROM source WHERE name = $4)) AND (
         EXISTS (SELECT 1 FROM difference WHERE difference.code = dossier.code AND closed_at IS NULL
             AND ($2 IS NULL OR kind = $2 OR cause = $2) AND ($3 IS NULL OR subject = $3))
         OR EXISTS (SELECT 1 FROM finding WHERE finding.code = dossier.code AND closed_at IS NULL
             AND kind = $2 AND ($3 IS NULL OR subject = $3)))
     ORDER BY code",
);

static CODES_AMONG: Sql =
    Sql::new("codes_among", "SELECT code FROM dossier WHERE code NOT LIKE '#%' AND code IN {texts $1}");

static WATCHED_AMONG: Sql = Sql::new(
    "watched_among",
    "SELECT dossier.code FROM dossier JOIN source ON source.id = dossier.source
     WHERE source.mode = 'watch' AND dossier.code IN {texts $1}",
);

static FORGET_RESENDS: Sql = Sql::new("forget_resends", "DELETE FROM resend");

static CODES_OF_UNITS: Sql =
    Sql::new("codes_of_units", "SELECT code FROM dossier WHERE code IN {texts $1} AND unit IN {texts $2}");

static ADD_RESENDS: Sql = Sql::new(
    "add_resends",
    "INSERT INTO resend (code, place, state)
     SELECT value, (SELECT count(*) FROM resend) + row_number() OVER (ORDER BY value), 'waiting'
     FROM {texts $1} AS given WHERE value IN (SELECT code FROM dossier)
     ON CONFLICT (code) DO NOTHING",
);

/// A bridge is asked for none that dongbo sends itself.
static NEXT_RESEND: Sql = Sql::new(
    "next_resend",
    "SELECT resend.* FROM resend JOIN dossier ON dossier.code = resend.code JOIN source ON source.id = dossier.source
     WHERE resend.state = 'waiting' AND source.mode = 'watch' ORDER BY resend.place LIMIT 1",
);

static NEXT_OWN_RESENDS: Sql = Sql::new(
    "next_own_resends",
    "SELECT resend.code FROM resend JOIN dossier ON dossier.code = resend.code
         JOIN source ON source.id = dossier.source
     WHERE resend.state = 'waiting' AND source.mode <> 'watch' ORDER BY resend.place
     LIMIT (SELECT CASE WHEN $1 < $2 - count(*) THEN $1 WHEN count(*) < $2 THEN $2 - count(*) ELSE 0 END
         FROM resend WHERE state = 'asked')",
);

static BEGUN: Sql = Sql::new(
    "begun_resends",
    "UPDATE resend SET state = 'asked', asked_at = $2, look_at = NULL WHERE code IN {texts $1}",
);

static ASKED: Sql = Sql::new(
    "asked_resend",
    "UPDATE resend SET state = $2, calls = $3, asked_at = $4, said = $5, look_at = CASE WHEN $6 = 0 THEN NULL ELSE $6 END
     WHERE code = $1",
);

/// One that is held stays so: nobody looks at what cannot be read as a dossier. One that is looked at just now has to come back first.
static LOOK_AT: Sql = Sql::new(
    "look_at_resent",
    "UPDATE dossier SET state = 'due', due_at = resend.look_at, lane = 1, attempts = 0, doubt = 1 FROM resend
     WHERE resend.code = dossier.code AND resend.state = 'asked' AND resend.look_at IS NOT NULL
         AND dossier.state IN ('due', 'synced')",
);

static WAITS_FOR_LOOK: Sql = Sql::new(
    "waits_for_look",
    "UPDATE resend SET look_at = NULL FROM dossier
     WHERE resend.code = dossier.code AND resend.state = 'asked' AND resend.look_at IS NOT NULL
         AND (dossier.state = 'held' OR (dossier.state = 'due' AND dossier.doubt = 1))",
);

static END_RESEND: Sql =
    Sql::new("end_resend", "UPDATE resend SET state = $2, said = $3, ended_at = $4 WHERE code = $1");

/// A dossier that was made due to be looked at is in doubt until that was done. What dongbo sends itself it goes on trying.
static JUDGE_RESENDS: Sql = Sql::new(
    "judge_resends",
    "UPDATE resend SET ended_at = $1, state = CASE dossier.state
         WHEN 'synced' THEN 'arrived' WHEN 'held' THEN 'held' ELSE 'lacking' END
     FROM dossier WHERE resend.code = dossier.code AND resend.state = 'asked' AND resend.look_at IS NULL
         AND (dossier.state IN ('synced', 'held') OR (dossier.state = 'due' AND dossier.doubt <> 1
             AND dossier.source IN (SELECT id FROM source WHERE mode = 'watch')))",
);

static COUNT_RESENDS: Sql = Sql::new(
    "count_resends",
    "SELECT resend.state AS state, count(*) AS many,
         count(CASE WHEN dossier.source IN (SELECT id FROM source WHERE mode = 'watch') THEN 1 END) AS watched
     FROM resend LEFT JOIN dossier ON dossier.code = resend.code
     WHERE $1 IS NULL OR dossier.unit = $1 GROUP BY resend.state",
);

static RESENDS: Sql = Sql::new(
    "resends",
    "SELECT * FROM resend WHERE $3 IS NULL OR code IN (SELECT code FROM dossier WHERE unit = $3)
     ORDER BY place LIMIT $2 OFFSET $1",
);
