//! The differences between both sides that were found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::store::{Row, Sql, values};
use super::{Ledger, LedgerError, encode, micros, time};
use dongbo_model::{Cell, DifferenceKind, Differing, Month, vocabulary};

vocabulary! {
    /// How a difference was found. What one way finds, only the same way can find gone.
    pub enum FoundBy {
        /// The portal's counts.
        Counts = "counts";
        /// What the ledger knows has not been accepted.
        Ledger = "ledger";
        /// A look-up.
        LookUp = "look_up";
    }
}

vocabulary! {
    /// How grave a difference is by its age.
    pub enum Age
    texts {
        /// The name for people.
        text
    }
    {
        /// So young that it may be on its way.
        Pending = "pending", ["chờ", "pending"];
        /// It should have gone by now.
        Late = "late", ["trễ", "late"];
        /// Both sides differ.
        Mismatch = "mismatch", ["lệch", "mismatch"];
    }
}

/// A difference as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which dossier, or `@` and the cell of the portal's counts.
    pub code: String,
    /// The cell that it lies in; empty when that is not known.
    pub cell: Cell,
    /// What differs.
    pub differing: Differing,
    /// Why, by a stable name, with what it is about behind a colon.
    pub cause: String,
    /// How grave it is.
    pub age: Age,
    /// Since when both sides should have been equal.
    pub since: DateTime<Utc>,
}

/// A difference as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which dossier, or `@` and the cell of the portal's counts.
    pub code: String,
    /// What differs, by its stable name.
    pub kind: String,
    /// Which field, step or paper.
    pub subject: String,
    /// How it was found.
    pub found_by: FoundBy,
    /// The layer, by its stable name.
    pub layer: String,
    /// The cell that it lies in.
    pub cell: Cell,
    /// Why, by a stable name, with what it is about behind a colon.
    pub cause: String,
    /// How grave it is.
    pub age: Age,
    /// Whether sending the dossier again can put it right.
    pub mendable: bool,
    /// Our value, canonical.
    pub ours: String,
    /// The portal's value, canonical.
    pub theirs: String,
    /// Our value as it is written to the portal.
    pub ours_raw: String,
    /// The portal's value as it came.
    pub theirs_raw: String,
    /// Since when both sides should have been equal.
    pub since: DateTime<Utc>,
    /// When it was found first.
    pub opened_at: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
    /// When its dossier was last sent on its way to be put right.
    pub repaired_at: Option<DateTime<Utc>>,
    /// When it was gone; `None` while it is open.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Open differences of one kind, cause and age, those that can be put right from here apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceCause {
    /// What differs, by its stable name.
    pub kind: String,
    /// Why.
    pub cause: String,
    /// How grave they are.
    pub age: Age,
    /// How many.
    pub many: u64,
    /// Since when the oldest is open.
    pub since: DateTime<Utc>,
    /// One of them, if there is one that was sent again in vain.
    pub example: String,
    /// Whether sending them again can put them right.
    pub mendable: bool,
    /// Of these, those that were sent again and not looked at since.
    pub sent_again: u64,
    /// Of these, those that were sent again and still differed afterwards.
    pub unmended: u64,
}

/// What recording did: which differences are new, and which are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Places in the batch of what was not open before.
    pub opened: Vec<usize>,
    /// What was open and is gone.
    pub closed: Vec<Difference>,
}

#[derive(Serialize)]
struct FoundRow<'a>(
    &'a str,
    &'static str,
    &'a str,
    &'static str,
    &'static str,
    &'a str,
    &'a str,
    i64,
    &'a str,
    &'static str,
    i64,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    i64,
);

impl Ledger {
    /// Writes down what `found_by` shows of `codes` now: what is in `found` is open, what else was open of them is gone.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn record_differences(
        &self,
        found_by: FoundBy,
        codes: &[&str],
        found: &[Found],
        now: DateTime<Utc>,
    ) -> Result<Recorded, LedgerError> {
        let coded = encode("record_differences", &codes)?;
        let mut tx = self.store.begin("record_differences").await?;
        let open = tx.read(&OPEN_OF, values![&coded, found_by.name()]).await?;
        let open = differences(&open)?;
        let is = |difference: &Difference, found: &Found| {
            difference.code == found.code
                && difference.kind == found.differing.kind.name()
                && difference.subject == found.differing.subject
        };
        let news = |(place, it): (usize, &Found)| (!open.iter().any(|known| is(known, it))).then_some(place);
        let opened = found.iter().enumerate().filter_map(news).collect();
        let closed: Vec<Difference> =
            open.iter().filter(|known| !found.iter().any(|it| is(known, it))).cloned().collect();
        if !found.is_empty() {
            let rows: Vec<FoundRow<'_>> = found.iter().map(|it| found_row(it, found_by)).collect();
            tx.execute(&RECORD, values![encode("record_differences", &rows)?, micros(now)]).await?;
        }
        if !closed.is_empty() {
            let gone: Vec<(&str, &str, &str)> =
                closed.iter().map(|it| (it.code.as_str(), it.kind.as_str(), it.subject.as_str())).collect();
            let gone = encode("record_differences", &gone)?;
            tx.execute(&CLOSE, values![gone, found_by.name(), micros(now)]).await?;
        }
        tx.commit("record_differences").await?;
        Ok(Recorded { opened, closed })
    }

    /// Open differences behind `after`, in the order of their codes: of all ways, or of one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn open_differences(
        &self,
        found_by: Option<FoundBy>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Difference>, LedgerError> {
        let way = found_by.map(FoundBy::name);
        differences(&self.store.read(&OPEN_AFTER, values![after, way, limit]).await?)
    }

    /// Every difference of one dossier or cell, the open ones first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn differences_of(&self, code: &str, limit: u32) -> Result<Vec<Difference>, LedgerError> {
        differences(&self.store.read(&DIFFERENCES_OF, values![code, limit]).await?)
    }

    /// Open differences by kind, cause, age and whether they can be put right, the most frequent first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn difference_causes(&self) -> Result<Vec<DifferenceCause>, LedgerError> {
        let rows = self.store.read(&CAUSES, Vec::new()).await?;
        let cause = |row: &Row| {
            Ok(DifferenceCause {
                kind: row.get(0)?,
                cause: row.get(1)?,
                age: Age::from_name(row.get(2)?).unwrap_or(Age::Mismatch),
                many: row.count(3)?,
                since: time(row.get(4)?),
                example: row.get(5)?,
                mendable: row.flag(6)?,
                sent_again: row.count(7)?,
                unmended: row.count(8)?,
            })
        };
        rows.iter().map(cause).collect::<Result<_, _>>().map_err(LedgerError::during("difference_causes"))
    }

    /// Notes that these dossiers were sent on their way to be put right.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn note_repaired(&self, codes: &[&str], now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.execute(&REPAIRED, values![encode("note_repaired", &codes)?, micros(now)]).await
    }
}

fn found_row(found: &Found, found_by: FoundBy) -> FoundRow<'_> {
    let Differing { kind, subject, ours, theirs, ours_raw, theirs_raw, mendable } = &found.differing;
    FoundRow(
        &found.code,
        kind.name(),
        subject,
        found_by.name(),
        kind.layer().name(),
        &found.cell.agency,
        &found.cell.procedure,
        found.cell.month.0,
        &found.cause,
        found.age.name(),
        i64::from(*mendable),
        ours,
        theirs,
        ours_raw,
        theirs_raw,
        micros(found.since),
    )
}

fn differences(rows: &[Row]) -> Result<Vec<Difference>, LedgerError> {
    let one = |row: &Row| -> Result<Difference, sqlx::Error> {
        let moment = |name: &str| -> Result<DateTime<Utc>, sqlx::Error> { Ok(time(row.get(name)?)) };
        let later = |name: &str| -> Result<Option<DateTime<Utc>>, sqlx::Error> {
            Ok(row.get::<Option<i64>, _>(name)?.map(time))
        };
        Ok(Difference {
            code: row.get("code")?,
            kind: row.get("kind")?,
            subject: row.get("subject")?,
            found_by: FoundBy::from_name(row.get("found_by")?).unwrap_or(FoundBy::LookUp),
            layer: row.get("layer")?,
            cell: Cell {
                agency: row.get("agency")?,
                procedure: row.get("procedure")?,
                month: Month(row.get("month")?),
            },
            cause: row.get("cause")?,
            age: Age::from_name(row.get("age")?).unwrap_or(Age::Mismatch),
            mendable: row.flag("mendable")?,
            ours: row.get("ours")?,
            theirs: row.get("theirs")?,
            ours_raw: row.get("ours_raw")?,
            theirs_raw: row.get("theirs_raw")?,
            since: moment("since")?,
            opened_at: moment("opened_at")?,
            seen_at: moment("seen_at")?,
            repaired_at: later("repaired_at")?,
            closed_at: later("closed_at")?,
        })
    };
    rows.iter().map(one).collect::<Result<_, _>>().map_err(LedgerError::during("differences"))
}

impl Difference {
    /// What differs; `None` for a kind that a newer version wrote.
    #[must_use]
    pub fn what(&self) -> Option<DifferenceKind> {
        DifferenceKind::from_name(&self.kind)
    }
}

static OPEN_OF: Sql = Sql::new(
    "open_differences_of",
    "SELECT * FROM difference WHERE closed_at IS NULL AND found_by = $2 AND code IN {texts $1}",
);

static RECORD: Sql = Sql::new(
    "record_differences",
    "INSERT INTO difference (code, kind, subject, found_by, layer, agency, procedure, month, cause, age, mendable, ours,
         theirs, ours_raw, theirs_raw, since, opened_at, seen_at)
     SELECT code, kind, subject, found_by, layer, agency, procedure, month, cause, age, mendable, ours, theirs, ours_raw,
         theirs_raw, since, $2, $2
     FROM {rows $1: code text, kind text, subject text, found_by text, layer text, agency text, procedure text, \
         month bigint, cause text, age text, mendable bigint, ours text, theirs text, ours_raw text, theirs_raw text, \
         since bigint} AS found WHERE true
     ON CONFLICT (code, kind, subject, found_by) WHERE closed_at IS NULL DO UPDATE SET
         seen_at = excluded.seen_at, cause = excluded.cause, age = excluded.age, mendable = excluded.mendable,
         ours = excluded.ours, theirs = excluded.theirs, ours_raw = excluded.ours_raw,
         theirs_raw = excluded.theirs_raw, since = excluded.since",
);

static CLOSE: Sql = Sql::new(
    "close_differences",
    "UPDATE difference SET closed_at = $3 WHERE closed_at IS NULL AND found_by = $2
         AND EXISTS (SELECT 1 FROM {rows $1: code text, kind text, subject text} AS gone WHERE gone.code = difference.code
             AND gone.kind = difference.kind AND gone.subject = difference.subject)",
);

static OPEN_AFTER: Sql = Sql::new(
    "open_differences",
    "SELECT * FROM difference WHERE closed_at IS NULL AND code > $1 AND ($2 IS NULL OR found_by = $2)
     ORDER BY code, kind, subject, found_by LIMIT $3",
);

static DIFFERENCES_OF: Sql = Sql::new(
    "differences_of",
    "SELECT * FROM difference WHERE code = $1
     ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, opened_at DESC, kind, subject LIMIT $2",
);

static CAUSES: Sql = Sql::new(
    "difference_causes",
    "SELECT kind, cause, age, count(*), min(opened_at),
         coalesce(min(CASE WHEN mendable = 1 AND repaired_at < seen_at THEN code END), min(code)), mendable,
         count(CASE WHEN mendable = 1 AND repaired_at >= seen_at THEN 1 END),
         count(CASE WHEN mendable = 1 AND repaired_at < seen_at THEN 1 END)
     FROM difference WHERE closed_at IS NULL
     GROUP BY kind, cause, age, mendable ORDER BY 4 DESC, kind, cause, age, mendable",
);

static REPAIRED: Sql = Sql::new(
    "note_repaired",
    "UPDATE difference SET repaired_at = $2 WHERE closed_at IS NULL AND code IN {texts $1}",
);
