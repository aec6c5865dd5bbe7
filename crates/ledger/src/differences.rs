//! The differences between both sides that were found.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, record, values};
use dongbo_model::{Age, Cause, Cell, DifferenceKind, Differing, FoundBy, Layer, Month};

/// A difference as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The dossier's code, or `@` and the cell of the portal's counts.
    pub code: String,
    /// The cell that it lies in; empty when that is not known.
    pub cell: Cell,
    /// The kind of the difference.
    pub differing: Differing,
    /// Its cause.
    pub cause: Cause,
    /// The gravity by age.
    pub age: Age,
    /// Since when both sides should have been equal.
    pub since: DateTime<Utc>,
}

/// A difference as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The dossier's code, or `@` and the cell of the portal's counts.
    pub code: String,
    /// The kind of the difference.
    pub kind: DifferenceKind,
    /// The field, step or paper.
    pub subject: String,
    /// The way in which it was found.
    pub found_by: FoundBy,
    /// The layer of completeness that it lies in.
    pub layer: Layer,
    /// The cell that it lies in.
    pub cell: Cell,
    /// Its cause.
    pub cause: Cause,
    /// The gravity by age.
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
pub struct DifferenceGroup {
    /// The kind of the difference.
    pub kind: DifferenceKind,
    /// Its cause.
    pub cause: Cause,
    /// The gravity by age.
    pub age: Age,
    /// The number of them.
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

/// The outcome of recording: the differences that are new, and those that are gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Places in the batch of what was not open before.
    pub opened: Vec<usize>,
    /// The differences that were open and are gone.
    pub closed: Vec<Difference>,
}

record! {
    /// A difference that was found, with the names of its table.
    struct FoundRow<'a> {
        code: &'a str,
        kind: &'static str,
        subject: &'a str,
        found_by: &'static str,
        layer: &'static str,
        agency: &'a str,
        procedure: &'a str,
        month: i64,
        cause: String,
        age: &'static str,
        mendable: i64,
        ours: &'a str,
        theirs: &'a str,
        ours_raw: &'a str,
        theirs_raw: &'a str,
        since: i64,
    }
}

record! {
    /// A difference that is gone.
    struct GoneRow<'a> {
        code: &'a str,
        kind: &'static str,
        subject: &'a str,
    }
}

/// Differences read at once.
const PAGE: u32 = 1_000;

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
                && difference.kind == found.differing.kind
                && difference.subject == found.differing.subject
        };
        let news =
            |(place, found): (usize, &Found)| (!open.iter().any(|known| is(known, found))).then_some(place);
        let opened = found.iter().enumerate().filter_map(news).collect();
        let closed: Vec<Difference> =
            open.iter().filter(|known| !found.iter().any(|found| is(known, found))).cloned().collect();
        if !found.is_empty() {
            let rows: Vec<FoundRow<'_>> = found.iter().map(|found| found_row(found, found_by)).collect();
            tx.execute(&RECORD, values![encode("record_differences", &rows)?, micros(now)]).await?;
        }
        if !closed.is_empty() {
            let gone: Vec<GoneRow<'_>> = closed
                .iter()
                .map(|known| GoneRow { code: &known.code, kind: known.kind.name(), subject: &known.subject })
                .collect();
            let gone = encode("record_differences", &gone)?;
            tx.execute(&CLOSE, values![gone, found_by.name(), micros(now)]).await?;
        }
        tx.commit("record_differences").await?;
        Ok(Recorded { opened, closed })
    }

    /// Hands every open difference to `take`, in the order of the codes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn each_difference(
        &self,
        found_by: Option<FoundBy>,
        mut take: impl FnMut(&Difference),
    ) -> Result<(), LedgerError> {
        let mut after = String::new();
        loop {
            let mut page = self.open_differences(found_by, &after, PAGE).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            let Some(last) = page.last().map(|difference| difference.code.clone()) else { return Ok(()) };
            // The last code of a full page may go on in the next one.
            if !is_last && page.first().is_some_and(|first| first.code != last) {
                page.retain(|difference| difference.code != last);
            }
            page.iter().for_each(&mut take);
            if is_last {
                return Ok(());
            }
            let Some(read) = page.last() else { return Ok(()) };
            after.clone_from(&read.code);
        }
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
        self.open_differences_of(None, found_by, after, limit).await
    }

    /// Open differences of one unit, or of all, as [`Ledger::open_differences`] gives them.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn open_differences_of(
        &self,
        unit: Option<&str>,
        found_by: Option<FoundBy>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Difference>, LedgerError> {
        let way = found_by.map(FoundBy::name);
        differences(&self.store.read(&OPEN_AFTER, values![after, way, limit, unit]).await?)
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
    pub async fn difference_causes(&self) -> Result<Vec<DifferenceGroup>, LedgerError> {
        self.difference_causes_of(None).await
    }

    /// Open differences of one unit, or of all, by kind, cause and age.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn difference_causes_of(
        &self,
        unit: Option<&str>,
    ) -> Result<Vec<DifferenceGroup>, LedgerError> {
        let rows = self.store.read(&CAUSES, values![unit]).await?;
        let group = |row: &Row| -> Result<Option<DifferenceGroup>, sqlx::Error> {
            let Some(kind) = DifferenceKind::from_name(row.get("kind")?) else { return Ok(None) };
            Ok(Some(DifferenceGroup {
                kind,
                cause: row.get::<&str, _>("cause")?.into(),
                age: Age::from_name(row.get("age")?).unwrap_or(Age::Mismatch),
                many: row.count("many")?,
                since: time(row.get("since")?),
                example: row.get("example")?,
                mendable: row.flag("mendable")?,
                sent_again: row.count("sent_again")?,
                unmended: row.count("unmended")?,
            }))
        };
        let groups = rows.iter().filter_map(|row| group(row).transpose());
        groups.collect::<Result<_, _>>().map_err(LedgerError::during("difference_causes"))
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
    FoundRow {
        code: &found.code,
        kind: kind.name(),
        subject,
        found_by: found_by.name(),
        layer: kind.layer().name(),
        agency: &found.cell.agency,
        procedure: &found.cell.procedure,
        month: found.cell.month.0,
        cause: found.cause.to_string(),
        age: found.age.name(),
        mendable: (*mendable).into(),
        ours,
        theirs,
        ours_raw,
        theirs_raw,
        since: micros(found.since),
    }
}

/// Leaves out what a newer version wrote of a kind that this one does not know.
fn differences(rows: &[Row]) -> Result<Vec<Difference>, LedgerError> {
    let one = |row: &Row| -> Result<Option<Difference>, sqlx::Error> {
        let Some(kind) = DifferenceKind::from_name(row.get("kind")?) else { return Ok(None) };
        let moment = |name: &str| -> Result<DateTime<Utc>, sqlx::Error> { Ok(time(row.get(name)?)) };
        let later = |name: &str| -> Result<Option<DateTime<Utc>>, sqlx::Error> {
            Ok(row.get::<Option<i64>, _>(name)?.map(time))
        };
        Ok(Some(Difference {
            code: row.get("code")?,
            kind,
            subject: row.get("subject")?,
            found_by: FoundBy::from_name(row.get("found_by")?).unwrap_or(FoundBy::LookUp),
            layer: kind.layer(),
            cell: Cell {
                agency: row.get("agency")?,
                procedure: row.get("procedure")?,
                month: Month(row.get("month")?),
            },
            cause: row.get::<&str, _>("cause")?.into(),
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
        }))
    };
    rows.iter()
        .filter_map(|row| one(row).transpose())
        .collect::<Result<_, _>>()
        .map_err(LedgerError::during("differences"))
}

static OPEN_OF: Sql = Sql::new(
    "open_differences_of",
    "SELECT * FROM difference WHERE closed_at IS NULL AND found_by = $2 AND code IN {texts $1}",
);

static RECORD: Sql = Sql::of(
    "record_differences",
    "INSERT INTO difference ({columns FoundRow}, opened_at, seen_at)
     SELECT {columns FoundRow}, $2, $2 FROM {rows $1: FoundRow} AS found WHERE true
     ON CONFLICT (code, kind, subject, found_by) WHERE closed_at IS NULL DO UPDATE SET
         seen_at = excluded.seen_at, cause = excluded.cause, age = excluded.age, mendable = excluded.mendable,
         ours = excluded.ours, theirs = excluded.theirs, ours_raw = excluded.ours_raw,
         theirs_raw = excluded.theirs_raw, since = excluded.since",
    &[FoundRow::RECORD],
);

static CLOSE: Sql = Sql::of(
    "close_differences",
    "UPDATE difference SET closed_at = $3 WHERE closed_at IS NULL AND found_by = $2
         AND EXISTS (SELECT 1 FROM {rows $1: GoneRow} AS gone WHERE gone.code = difference.code
             AND gone.kind = difference.kind AND gone.subject = difference.subject)",
    &[GoneRow::RECORD],
);

/// What is true of the differences of unit `$unit`, and of all where that is none.
macro_rules! of_unit {
    ($unit:literal) => {
        concat!(
            "(",
            $unit,
            " IS NULL OR agency = ",
            $unit,
            " OR EXISTS (SELECT 1 FROM dossier WHERE dossier.code = difference.code AND dossier.unit = ",
            $unit,
            "))"
        )
    };
}

static OPEN_AFTER: Sql = Sql::new(
    "open_differences",
    concat!(
        "SELECT * FROM difference WHERE closed_at IS NULL AND code > $1 AND ($2 IS NULL OR found_by = $2) AND ",
        of_unit!("$4"),
        " ORDER BY code, kind, subject, found_by LIMIT $3"
    ),
);

static DIFFERENCES_OF: Sql = Sql::new(
    "differences_of",
    "SELECT * FROM difference WHERE code = $1
     ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, opened_at DESC, kind, subject LIMIT $2",
);

static CAUSES: Sql = Sql::new(
    "difference_causes",
    concat!(
        "SELECT kind, cause, age, count(*) AS many, min(opened_at) AS since,
         coalesce(min(CASE WHEN mendable = 1 AND repaired_at < seen_at THEN code END), min(code)) AS example, mendable,
         count(CASE WHEN mendable = 1 AND repaired_at >= seen_at THEN 1 END) AS sent_again,
         count(CASE WHEN mendable = 1 AND repaired_at < seen_at THEN 1 END) AS unmended
     FROM difference WHERE closed_at IS NULL AND ",
        of_unit!("$1"),
        " GROUP BY kind, cause, age, mendable ORDER BY many DESC, kind, cause, age, mendable"
    ),
);

static REPAIRED: Sql = Sql::new(
    "note_repaired",
    "UPDATE difference SET repaired_at = $2 WHERE closed_at IS NULL AND code IN {texts $1}",
);
