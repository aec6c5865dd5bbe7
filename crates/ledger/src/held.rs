//! Held dossiers and files, by cause.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::finding::OpenFinding;
use crate::open::Ledger;
use crate::store::{Row, Sql, Value, values};
use dongbo_model::{Finding, FindingKind, Owner, alike};

/// A selection of held dossiers; the default is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeldFilter {
    /// Only those with a finding of this kind.
    pub kind: Option<FindingKind>,
    /// Only those whose finding is about this.
    pub subject: Option<String>,
    /// Only those of this unit.
    pub unit: Option<String>,
    /// Only those that this one has to see to.
    pub owner: Option<Owner>,
}

/// One cause, and how many dossiers and files wait for its remedy. Refusals have one cause when their words are
/// [alike](fn@dongbo_model::alike).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCause {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The subject of the finding; of files their role and code, and empty where it is the dossier's own code.
    pub subject: String,
    /// The portal's masked words on the example when it refused; otherwise empty.
    pub words: String,
    /// The number of dossiers that it holds, or whose files it holds.
    pub dossiers: u64,
    /// The number of files that it holds; 0 when it is not about files.
    pub files: u64,
    /// The number of their units.
    pub units: u64,
    /// Since when the first of them is held for it.
    pub since: DateTime<Utc>,
    /// The code of one of them.
    pub example: String,
}

impl HeldCause {
    /// The form that its refusals' words have in common; `None` when it is not told apart by the portal's words.
    #[must_use]
    pub fn form(&self) -> Option<String> {
        self.kind.has_portal_words().then(|| alike(&self.words, &self.example))
    }
}

/// The number of those that wait for one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldBy {
    /// Dossiers.
    pub dossiers: u64,
    /// Files.
    pub files: u64,
}

/// The numbers of what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldTotals {
    /// Dossiers with at least one finding that holds.
    pub dossiers: u64,
    /// Files with at least one finding: their dossiers go on without them.
    pub files: u64,
    /// Different causes.
    pub causes: u64,
}

/// One held dossier and one finding that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDossier {
    /// Its unit; empty when the ledger does not know it.
    pub unit: String,
    /// The finding that holds it.
    pub found: OpenFinding,
}

/// The subject of a finding as its cause has it: of a file without the mark that tells it from its siblings, and empty where
/// it is the dossier's own code.
macro_rules! subject {
    () => {
        "CASE WHEN substr(f.kind, 1, 5) = 'file_' THEN rtrim(rtrim(f.subject, '0123456789abcdef'), ':')
             WHEN f.subject = f.code THEN '' ELSE f.subject END"
    };
}
pub(super) use subject;

/// The open findings for which something waits for a person, of the kinds of $1, about $2 and of the unit $3 unless these
/// are missing.
macro_rules! from_held {
    () => {
        concat!(
            " FROM finding f LEFT JOIN dossier d ON d.code = f.code
             WHERE f.closed_at IS NULL AND f.kind IN {texts $1}
                 AND ($2 IS NULL OR f.subject = $2 OR ",
            subject!(),
            " = $2) AND ($3 IS NULL OR d.unit = $3)"
        )
    };
}

/// Stands for the dossier's own code in the words of a group.
const OWN_CODE: &str = "<<code>>";

/// What differs in the dossier's own code alone is one group already; the words of $4 are the portal's. The refused files of
/// one dossier are told apart by its code, so that it is counted once.
static HELD_GROUPS: Sql = Sql::new(
    "held_groups",
    concat!(
        "SELECT f.kind, ",
        subject!(),
        " AS subject, CASE WHEN f.kind IN {texts $4} THEN replace(f.detail, f.code, '<<code>>') ELSE '' END AS words,
             coalesce(d.unit, '') AS unit, CASE WHEN f.kind = 'file_refused' THEN f.code ELSE '' END AS refused,
             count(*) AS many, count(DISTINCT f.code) AS dossiers, min(f.opened_at) AS since, min(f.code) AS example",
        from_held!(),
        " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
    ),
);

static COUNT_HELD: Sql = Sql::new(
    "count_held",
    concat!("SELECT count(DISTINCT f.code)", from_held!(), " AND substr(f.kind, 1, 5) <> 'file_'"),
);

static COUNT_HELD_FILES: Sql = Sql::new(
    "count_held_files",
    concat!(
        "SELECT count(*) FROM (SELECT DISTINCT f.code, substr(f.subject, length(f.subject) - 7)",
        from_held!(),
        " AND substr(f.kind, 1, 5) = 'file_') AS files"
    ),
);

/// The open findings of the kinds of $1, about dossiers of the unit $2 unless it is missing.
macro_rules! of_unit {
    () => {
        " FROM finding f LEFT JOIN dossier d ON d.code = f.code
         WHERE f.closed_at IS NULL AND f.kind IN {texts $1} AND ($2 IS NULL OR d.unit = $2)"
    };
}

/// Of all units, in the order of the index that has the codes: nothing is sorted. No index is to be taken for the kind.
static COUNT_HELD_BY_OF_ALL: Sql = Sql::new(
    "count_held_by_of_all",
    "SELECT count(*) FROM (SELECT code FROM finding WHERE closed_at IS NULL AND kind || '' IN {texts $1} GROUP BY code) AS held",
);

static COUNT_HELD_BY: Sql = Sql::new("count_held_by", concat!("SELECT count(DISTINCT f.code)", of_unit!()));

/// One file may have several findings, which have one subject.
static COUNT_FILES_HELD_BY: Sql = Sql::new(
    "count_files_held_by",
    concat!("SELECT count(*) FROM (SELECT DISTINCT f.code, f.subject", of_unit!(), ") AS files"),
);

static HELD_DOSSIERS: Sql = Sql::new(
    "held_dossiers",
    concat!(
        "SELECT f.code, f.kind, f.subject, f.detail, f.opened_at, coalesce(d.unit, '') AS unit",
        from_held!(),
        " AND (f.opened_at, f.code, f.kind, f.subject) > ($5, $6, $7, $8)
         ORDER BY f.opened_at, f.code, f.kind, f.subject LIMIT $4"
    ),
);

impl Ledger {
    /// Up to `limit` causes for which dossiers or files wait for a person, those that hold most first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_causes(&self, filter: &HeldFilter, limit: u32) -> Result<Vec<HeldCause>, LedgerError> {
        let mut values = filtered(filter)?;
        values.push(encode("held", &portal_worded())?.into());
        let rows = self.store.read(&HELD_GROUPS, values).await?;
        let mut causes = causes(&rows)?;
        causes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(causes)
    }

    /// Counts what waits for `owner`, of one unit or of all.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_by(&self, owner: Owner, unit: Option<&str>) -> Result<HeldBy, LedgerError> {
        let of = |files: bool| -> Vec<&str> {
            FindingKind::ALL
                .iter()
                .filter(|kind| {
                    kind.owner() == owner && (if files { kind.is_of_file() } else { kind.holds() })
                })
                .map(|kind| kind.name())
                .collect()
        };
        let count = async |statement: &'static Sql, kinds: Vec<&str>| match kinds.is_empty() {
            true => Ok(0),
            false => self.store.read_count(statement, values![encode("held_by", &kinds)?, unit]).await,
        };
        let kinds = of(false);
        let dossiers = match unit {
            None if kinds.is_empty() => 0,
            None => self.store.read_count(&COUNT_HELD_BY_OF_ALL, values![encode("held_by", &kinds)?]).await?,
            Some(_) => count(&COUNT_HELD_BY, kinds).await?,
        };
        Ok(HeldBy { dossiers, files: count(&COUNT_FILES_HELD_BY, of(true)).await? })
    }

    /// Counts the dossiers and files that are held, and their causes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_totals(&self, filter: &HeldFilter) -> Result<HeldTotals, LedgerError> {
        let mut tx = self.store.snapshot("held_totals").await?;
        let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let mut groups = filtered(filter)?;
        groups.push(encode("held", &portal_worded())?.into());
        let causes = causes(&tx.read(&HELD_GROUPS, groups).await?)?;
        Ok(HeldTotals {
            dossiers: count(tx.read_number(&COUNT_HELD, filtered(filter)?).await?),
            files: count(tx.read_number(&COUNT_HELD_FILES, filtered(filter)?).await?),
            causes: u64::try_from(causes.len()).unwrap_or(u64::MAX),
        })
    }

    /// Up to `limit` findings for which a dossier or a file is held, the oldest first; only those behind the finding `after`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn held_dossiers(
        &self,
        filter: &HeldFilter,
        after: Option<&OpenFinding>,
        limit: u32,
    ) -> Result<Vec<HeldDossier>, LedgerError> {
        let mut values = filtered(filter)?;
        values.push(limit.into());
        values.extend(match after {
            None => values![i64::MIN, "", "", ""],
            Some(OpenFinding { code, finding, opened_at }) => {
                values![micros(*opened_at), code, finding.kind.name(), &finding.subject]
            }
        });
        let rows = self.store.read(&HELD_DOSSIERS, values).await?;
        let mut held = Vec::with_capacity(rows.len());
        for row in &rows {
            held.extend(held_dossier(row).map_err(LedgerError::during("held_dossiers"))?);
        }
        Ok(held)
    }
}

/// The parameters that select findings.
fn filtered(filter: &HeldFilter) -> Result<Vec<Value<'_>>, LedgerError> {
    let kinds: Vec<&str> = FindingKind::ALL
        .iter()
        .filter(|kind| match filter.kind {
            Some(only) => **kind == only,
            None => kind.holds() || kind.is_of_file(),
        })
        .filter(|kind| filter.owner.is_none_or(|owner| kind.owner() == owner))
        .map(|kind| kind.name())
        .collect();
    Ok(values![encode("held", &kinds)?, filter.subject.as_deref(), filter.unit.as_deref()])
}

/// The kinds of finding whose words are the portal's.
fn portal_worded() -> Vec<&'static str> {
    FindingKind::ALL.iter().filter(|kind| kind.has_portal_words()).map(|kind| kind.name()).collect()
}

/// The causes of groups: those whose words are alike are one.
fn causes(rows: &[Row]) -> Result<Vec<HeldCause>, LedgerError> {
    let mut places: HashMap<(FindingKind, String, String), usize> = HashMap::new();
    let mut merged: Vec<Merged> = Vec::new();
    for row in rows {
        // A kind that a newer version wrote is passed over.
        let Some((group, unit)) = group(row).map_err(LedgerError::during("held_groups"))? else { continue };
        let form = alike(&group.words, &group.example);
        let place = *places.entry((group.kind, group.subject.clone(), form)).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(known) => known.add(group, unit),
            None => merged.push(Merged::new(group, unit)),
        }
    }
    let mut causes: Vec<HeldCause> = merged.into_iter().map(|known| known.cause).collect();
    causes.sort_by(|one, other| {
        let order = |cause: &HeldCause| (Reverse(cause.dossiers), cause.since);
        let name = |cause: &HeldCause| (cause.kind.name(), cause.subject.clone(), cause.words.clone());
        order(one).cmp(&order(other)).then_with(|| name(one).cmp(&name(other)))
    });
    Ok(causes)
}

/// One cause while groups are added to it.
struct Merged {
    cause: HeldCause,
    units: HashSet<String>,
    /// Dossiers of refused files, each of which is in as many groups as the portal had words.
    refused: HashSet<String>,
}

impl Merged {
    fn new(cause: HeldCause, unit: String) -> Self {
        let refused = HashSet::from([cause.example.clone()]);
        Self { units: HashSet::from([unit]), refused, cause }
    }

    fn add(&mut self, group: HeldCause, unit: String) {
        let counted = group.kind == FindingKind::FileRefused && !self.refused.insert(group.example.clone());
        let cause = &mut self.cause;
        cause.dossiers += if counted { 0 } else { group.dossiers };
        cause.files += group.files;
        cause.since = cause.since.min(group.since);
        self.units.insert(unit);
        cause.units = u64::try_from(self.units.len()).unwrap_or(u64::MAX);
        if group.example < cause.example {
            (cause.example, cause.words) = (group.example, group.words);
        }
    }
}

/// One group as a cause of its own, and its unit.
fn group(row: &Row) -> Result<Option<(HeldCause, String)>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.get("kind")?) else { return Ok(None) };
    let example: String = row.get("example")?;
    let cause = HeldCause {
        kind,
        subject: row.get("subject")?,
        words: row.get::<String, _>("words")?.replace(OWN_CODE, &example),
        dossiers: row.count("dossiers")?,
        files: if kind.is_of_file() { row.count("many")? } else { 0 },
        units: 1,
        since: time(row.get("since")?),
        example,
    };
    Ok(Some((cause, row.get("unit")?)))
}

fn held_dossier(row: &Row) -> Result<Option<HeldDossier>, sqlx::Error> {
    let Some(kind) = FindingKind::from_name(row.get("kind")?) else { return Ok(None) };
    let finding = Finding::new(kind, row.get::<String, _>("subject")?, row.get::<String, _>("detail")?);
    let found = OpenFinding { code: row.get("code")?, finding, opened_at: time(row.get("opened_at")?) };
    Ok(Some(HeldDossier { unit: row.get("unit")?, found }))
}
