//! Dossiers that several sources give: each is read from one of them, the first in the order of precedence that gives it, and the
//! others are known, so that the next takes over when that one gives it no more.

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, Tx, record, values};
use crate::touch::TouchRow;
use dongbo_model::{DossierCode, SourceId};

record! {
    /// The source that a dossier is to be read from.
    struct WinnerRow<'a> {
        code: &'a str,
        giver: i64,
    }
}

impl Ledger {
    /// Notes which of these dossiers are read from another source than the one that gives them here, and has each read from the
    /// source that comes first. Returns how many are read from here from now on. A ledger of one source has none.
    pub(super) async fn contest(
        &self,
        tx: &mut Tx,
        rows: &[TouchRow<'_>],
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        if self.alone || rows.is_empty() {
            return Ok(0);
        }
        let given = encode("contest", &rows)?;
        let contested = tx.read_texts(&NOTE_GIVERS, values![given, self.source.0, micros(now)]).await?;
        Self::settle_givers(tx, &contested, now).await
    }

    /// The name under which a row without a usable code is kept: its key, with the number of every further source.
    pub(super) fn without_code(&self, key: &str) -> String {
        if self.source == SourceId::FIRST { format!("#{key}") } else { format!("#@{}:{key}", self.source.0) }
    }

    /// Forgets that this source gives dossiers besides others, of those behind `after` up to `last` that are not among `codes`.
    pub(super) async fn give_no_more(
        &self,
        tx: &mut Tx,
        codes: &str,
        (after, last): (&str, Option<&str>),
        began: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        if self.alone {
            return Ok(());
        }
        let of_page = values![codes, after, micros(began), self.source.0];
        let gone = match last {
            Some(last) => {
                let bounded = of_page.into_iter().chain(values![last]).collect();
                tx.read_texts(&FORGET_GIVERS, bounded).await?
            }
            None => tx.read_texts(&FORGET_GIVERS_TO_THE_END, of_page).await?,
        };
        Self::settle_givers(tx, &gone, began).await.map(drop)
    }

    /// Has a dossier that its source gives no more read from the next source that gives it. Its claim, if there is one, can be given
    /// back then. Returns whether there is another.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is changed then.
    pub async fn hand_over(&self, code: &DossierCode, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        if self.alone {
            return Ok(false);
        }
        let codes = [code.as_str().to_owned()];
        let mut tx = self.store.begin("hand_over").await?;
        tx.execute(&GIVEN_NO_MORE, values![encode("hand_over", &codes)?, self.source.0]).await?;
        let moved = Self::settle_givers(&mut tx, &codes, now).await?;
        if moved > 0 {
            self.finish_news(tx, "hand_over").await?;
        }
        Ok(moved > 0)
    }

    /// Has each of the dossiers `codes` read from the first of the sources that give it, and opens and closes the findings that say
    /// that others do. Returns how many are read from another source than before; they are due.
    pub(super) async fn settle_givers(
        tx: &mut Tx,
        codes: &[String],
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        if codes.is_empty() {
            return Ok(0);
        }
        let named = encode("settle_givers", &codes)?;
        let winners: Vec<(String, i64)> = tx.read_list(&WINNERS, values![&named]).await?;
        let mut moved = 0;
        if !winners.is_empty() {
            let rows: Vec<WinnerRow<'_>> =
                winners.iter().map(|(code, giver)| WinnerRow { code, giver: *giver }).collect();
            let rows = encode("settle_givers", &rows)?;
            tx.execute(&YIELD, values![&rows, micros(now)]).await?;
            moved = tx.execute(&MOVE, values![&rows, micros(now)]).await?;
            tx.execute(&FORGET_OWN, values![&named]).await?;
        }
        tx.execute(&CLOSE_GIVEN_TWICE, values![&named, micros(now)]).await?;
        tx.execute(&OPEN_GIVEN_TWICE, values![&named, micros(now)]).await?;
        Ok(moved)
    }
}

/// A giver that is known already is written only when it has changed, and told all the same.
static NOTE_GIVERS: Sql = Sql::of(
    "note_givers",
    "INSERT INTO other_giver (code, source, unit, changed_at, since)
     SELECT one.code, $2, one.unit, one.changed_at, $3
     FROM {rows $1: TouchRow} AS one JOIN dossier ON dossier.code = one.code WHERE dossier.source <> $2
     ON CONFLICT (code, source) DO UPDATE SET unit = excluded.unit, changed_at = excluded.changed_at
     RETURNING code",
    &[TouchRow::RECORD],
);

macro_rules! forget_givers {
    ($bound:literal) => {
        concat!(
            "DELETE FROM other_giver WHERE source = $4 AND code > $2 ",
            $bound,
            " AND since <= $3 AND code NOT IN {texts $1} RETURNING code"
        )
    };
}

static FORGET_GIVERS: Sql = Sql::new("forget_givers", forget_givers!("AND code <= $5"));

static FORGET_GIVERS_TO_THE_END: Sql = Sql::new("forget_givers_to_the_end", forget_givers!(""));

static GIVEN_NO_MORE: Sql = Sql::new(
    "given_no_more",
    "UPDATE dossier SET listed = 0 WHERE code IN {texts $1} AND source = $2
         AND EXISTS (SELECT 1 FROM other_giver WHERE other_giver.code = dossier.code)",
);

/// A source that was left gives nothing, and a dossier that is not listed is not given by the one that it was read from.
static WINNERS: Sql = Sql::new(
    "winners",
    "SELECT CAST({list}({array}(code, giver)) AS TEXT) FROM (
         SELECT other_giver.code AS code, other_giver.source AS giver
         FROM other_giver
         JOIN source AS next ON next.id = other_giver.source
         JOIN dossier ON dossier.code = other_giver.code
         JOIN source AS owner ON owner.id = dossier.source
         WHERE other_giver.code IN {texts $1} AND next.left_at IS NULL AND other_giver.source <> dossier.source
             AND (owner.left_at IS NOT NULL OR dossier.listed = 0 OR next.place < owner.place)
             AND NOT EXISTS (SELECT 1 FROM other_giver AS rival JOIN source AS its ON its.id = rival.source
                 WHERE rival.code = other_giver.code AND its.left_at IS NULL AND its.place < next.place)) AS won",
);

/// The source that a dossier is taken from goes on to give it, unless it was left or has it no more.
static YIELD: Sql = Sql::of(
    "yield",
    "INSERT INTO other_giver (code, source, unit, changed_at, since)
     SELECT dossier.code, dossier.source, dossier.unit, dossier.changed_at, $2
     FROM {rows $1: WinnerRow} AS one
     JOIN dossier ON dossier.code = one.code
     JOIN source AS owner ON owner.id = dossier.source
     WHERE owner.left_at IS NULL AND dossier.listed <> 0
     ON CONFLICT (code, source) DO UPDATE SET unit = excluded.unit, changed_at = excluded.changed_at",
    &[WinnerRow::RECORD],
);

/// It is due, and read anew. One that backs off keeps its time, and one that is claimed its claim. Of one that comes to be sent and was
/// only watched, or the other way round, nobody knows what somebody else has sent since the last look.
static MOVE: Sql = Sql::of(
    "move",
    "UPDATE dossier SET
         source = next.source,
         unit = next.unit,
         changed_at = next.changed_at,
         seen_at = $2,
         rechecked = 0,
         listed = 1,
         touches = dossier.touches + 1,
         doubt = CASE WHEN giver.mode = (SELECT owner.mode FROM source AS owner WHERE owner.id = dossier.source)
             THEN dossier.doubt ELSE 1 END,
         unsent_since = coalesce(dossier.unsent_since, $2),
         lane = CASE WHEN dossier.state IN ('synced', 'held') THEN 2 ELSE dossier.lane END,
         due_at = CASE WHEN dossier.state IN ('synced', 'held') THEN $2 ELSE dossier.due_at END,
         state = CASE WHEN dossier.state IN ('synced', 'held') THEN 'due' ELSE dossier.state END
     FROM {rows $1: WinnerRow} AS one
     JOIN other_giver AS next ON next.code = one.code AND next.source = one.giver
     JOIN source AS giver ON giver.id = next.source
     WHERE dossier.code = one.code",
    &[WinnerRow::RECORD],
);

static FORGET_OWN: Sql = Sql::new(
    "forget_own",
    "DELETE FROM other_giver WHERE code IN {texts $1}
         AND EXISTS (SELECT 1 FROM dossier WHERE dossier.code = other_giver.code AND dossier.source = other_giver.source)",
);

static CLOSE_GIVEN_TWICE: Sql = Sql::new(
    "close_given_twice",
    "UPDATE finding SET closed_at = $2
     WHERE closed_at IS NULL AND kind = 'given_twice' AND code IN {texts $1}
         AND NOT EXISTS (SELECT 1 FROM other_giver JOIN source ON source.id = other_giver.source
             WHERE other_giver.code = finding.code AND source.left_at IS NULL AND source.name = finding.subject)",
);

/// Its subject is the source that gives it besides, its detail the one that it is read from.
static OPEN_GIVEN_TWICE: Sql = Sql::new(
    "open_given_twice",
    "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
     SELECT other_giver.code, 'given_twice', other.name, owner.name, $2, $2
     FROM other_giver
     JOIN source AS other ON other.id = other_giver.source
     JOIN dossier ON dossier.code = other_giver.code
     JOIN source AS owner ON owner.id = dossier.source
     WHERE other_giver.code IN {texts $1} AND other.left_at IS NULL
     ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL
         DO UPDATE SET seen_at = excluded.seen_at, detail = excluded.detail",
);
