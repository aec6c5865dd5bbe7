//! Coverage of a mapping: the share of the local database's codes that its code tables know.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use dongbo_model::{DossierCode, Finding, FindingKind};

use crate::dossiers::{Observe, ObservedReading, ObservedValue, Reading};
use crate::error::SourceError;
use crate::scan::Sweep;
use crate::source::Source;

/// The code tables, the one that lacks entries most often first.
const TABLES: [&str; 14] = [
    "procedure",
    "status",
    "unit",
    "result_code",
    "component_code",
    "channel",
    "applicant_kind",
    "identity_kind",
    "handover",
    "submitted_to",
    "online_payment",
    "paper_reuse",
    "fee_moment",
    "fee_kind",
];
/// A column with more different unknown values than this holds no codes, so that there is nothing to learn from more.
const MOST_UNKNOWN: usize = 200;

/// The coverage of the dossiers that were read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// Dossiers read.
    pub dossiers: u64,
    /// Of these, the ones of which every value in a code table's column is known.
    pub covered: u64,
    /// Of these, the ones that could be read whole, so that they can be sent.
    pub whole: u64,
    /// Of these, the ones that the mapping does not send at their status.
    pub not_sent: u64,
    /// The columns for which a declared value is sent, as the local system knows nothing.
    pub not_known: Vec<NotKnown>,
    /// `true` when these are all dossiers of the local database.
    pub all: bool,
    /// Rows of the local database that the mapping's `[eligible]` leaves out; `None` without it, or when that is not known.
    pub left_out: Option<u64>,
    /// The code tables that the dossiers use, each with its values.
    pub tables: Vec<TableCoverage>,
    /// Other defects of dossiers, the most frequent first.
    pub defects: Vec<Defect>,
}

/// One code table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableCoverage {
    /// Its name in the mapping file.
    pub table: &'static str,
    /// The local values: unknown ones first, then by number of dossiers.
    pub values: Vec<ValueCoverage>,
    /// The number of different unknown values beyond those in `values`.
    pub more_unknown: u64,
}

/// One local value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueCoverage {
    /// The value as the local database has it.
    pub local: String,
    /// The national code that it stands for; `None` when the mapping does not know it.
    pub national: Option<String>,
    /// The number of dossiers that use it.
    pub dossiers: u64,
}

/// A column of which the local system knows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotKnown {
    /// The column of `[dossiers]`.
    pub column: &'static str,
    /// The national code that is sent.
    pub sent: &'static str,
    /// The number of dossiers that are sent with it.
    pub dossiers: u64,
}

/// A defect that keeps dossiers from being sent and is no code that a table lacks: the mapping's SQL or the one-stop system
/// has to be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Defect {
    /// The finding's kind by its stable name.
    pub kind: &'static str,
    /// List and column that it is about.
    pub subject: String,
    /// The number of dossiers that have it.
    pub dossiers: u64,
}

impl Coverage {
    /// `true` when every value is known.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.covered == self.dossiers
    }
}

/// Reads these dossiers, and tells which local values the code tables know. It is the reading that sending uses.
///
/// # Errors
/// As [`Source::sweep`] and [`Source::read`].
pub async fn coverage_of(source: &Source, codes: &[DossierCode]) -> Result<Coverage, SourceError> {
    let mut tally = Tally::default();
    let mut absent = Vec::new();
    let add = |code: &DossierCode, read: ObservedReading| match read.reading {
        Reading::Absent => absent.push((code.clone(), read)),
        _ => tally.add(read),
    };
    source.read_each(codes, Observe::Codes, add).await?;
    for (code, read) in absent {
        if is_swept(source, &code).await? {
            tally.add_not_readable();
        } else {
            tally.add(read);
        }
    }
    Ok(Coverage { left_out: source.left_out().await?, ..tally.finish(false) })
}

/// Whether the sweep gives this dossier.
async fn is_swept(source: &Source, code: &DossierCode) -> Result<bool, SourceError> {
    if let Some(office) = source.office() {
        return office.gives(code.as_str()).await;
    }
    let page = source.sweep(&mut Sweep::before(code)).await?;
    Ok(page.iter().any(|row| row.usable_code() == Some(code)))
}

/// Reads all dossiers as [`coverage_of`] does, or the first `most` in the order of their codes.
///
/// # Errors
/// As [`coverage_of`].
pub async fn coverage(source: &Source, most: Option<usize>) -> Result<Coverage, SourceError> {
    coverage_telling(source, most, |_| {}).await
}

/// Measures as [`coverage`] does, and calls `progress` after each page with the number of dossiers read so far.
///
/// # Errors
/// As [`coverage`].
pub async fn coverage_telling(
    source: &Source,
    most: Option<usize>,
    mut progress: impl FnMut(u64),
) -> Result<Coverage, SourceError> {
    let mut tally = Tally::default();
    let mut sweep = Sweep::start();
    let mut left = most.unwrap_or(usize::MAX);
    let mut all = true;
    loop {
        let mut before = sweep.clone();
        let page = source.sweep(&mut sweep).await?;
        if page.is_empty() && !sweep.is_over() {
            continue;
        }
        if page.is_empty() {
            break;
        }
        let codes: BTreeSet<DossierCode> =
            page.iter().filter_map(|change| change.usable_code().cloned()).collect();
        all = codes.len() <= left;
        let codes: Vec<DossierCode> = codes.into_iter().take(left).collect();
        left -= codes.len();
        let mut absent = Vec::new();
        let add = |code: &DossierCode, read: ObservedReading| match read.reading {
            Reading::Absent => absent.push(code.clone()),
            _ => tally.add(read),
        };
        source.read_each(&codes, Observe::Codes, add).await?;
        if !absent.is_empty() {
            // One that was deleted since the page was read is missing in none.
            let page = source.sweep(&mut before).await?;
            let still = |code: &&DossierCode| page.iter().any(|row| row.usable_code() == Some(*code));
            absent.iter().filter(still).for_each(|_| tally.add_not_readable());
        }
        progress(tally.dossiers);
        if !all {
            break;
        }
    }
    Ok(Coverage { left_out: source.left_out().await?, ..tally.finish(all) })
}

#[derive(Debug, Default)]
struct Tally {
    dossiers: u64,
    covered: u64,
    whole: u64,
    not_sent: u64,
    not_known: BTreeMap<(&'static str, &'static str), u64>,
    /// The national value and the number of dossiers that use it, by table and local value.
    values: BTreeMap<(&'static str, String), (Option<String>, u64)>,
    unknown: BTreeMap<&'static str, usize>,
    more_unknown: BTreeMap<&'static str, u64>,
    defects: BTreeMap<(FindingKind, String), u64>,
}

impl Tally {
    fn add(&mut self, read: ObservedReading) {
        let mut values = BTreeSet::new();
        let mut unknown = BTreeSet::new();
        for observation in read.observations {
            match observation.value {
                ObservedValue::Code { table, local, national } => {
                    if national.is_none() {
                        unknown.insert(format!("{}.{}", observation.list, observation.column));
                    }
                    values.insert((table, local, national));
                }
                ObservedValue::NotKnown { sent } => {
                    *self.not_known.entry((observation.column, sent)).or_default() += 1;
                }
                _ => {}
            }
        }
        match read.reading {
            Reading::Absent => return,
            Reading::Dossier(_) => self.whole += 1,
            Reading::Defective(findings)
                if findings.iter().any(|found| found.kind == FindingKind::NotForPortal) =>
            {
                self.not_sent += 1;
            }
            Reading::Defective(findings) => {
                // An unknown value is told by its table.
                findings
                    .into_iter()
                    .filter(|finding| !is_unmapped(finding.kind) && !unknown.contains(&finding.subject))
                    .for_each(|finding| {
                        *self.defects.entry((finding.kind, subject(finding))).or_default() += 1
                    });
            }
        }
        self.dossiers += 1;
        self.covered += u64::from(values.iter().all(|(_, _, national)| national.is_some()));
        for (table, local, national) in values {
            self.count(table, local, national);
        }
    }

    /// The queries that find dossiers give it, and [dossiers] does not.
    fn add_not_readable(&mut self) {
        self.dossiers += 1;
        self.covered += 1;
        *self.defects.entry((FindingKind::NotReadable, "dossiers.code".to_owned())).or_default() += 1;
    }

    fn count(&mut self, table: &'static str, local: String, national: Option<String>) {
        let known = self.values.contains_key(&(table, local.clone()));
        if national.is_none() && !known {
            let unknown = self.unknown.entry(table).or_default();
            if *unknown >= MOST_UNKNOWN {
                *self.more_unknown.entry(table).or_default() += 1;
                return;
            }
            *unknown += 1;
        }
        self.values.entry((table, local)).or_insert((national, 0)).1 += 1;
    }

    fn finish(self, all: bool) -> Coverage {
        let Self { dossiers, covered, whole, not_sent, not_known, values, more_unknown, defects, .. } = self;
        let mut tables: BTreeMap<&'static str, Vec<ValueCoverage>> = BTreeMap::new();
        for ((table, local), (national, dossiers)) in values {
            tables.entry(table).or_default().push(ValueCoverage { local, national, dossiers });
        }
        let table = |name: &'static str| {
            let mut values = tables.remove(name)?;
            values.sort_by_key(|value| (value.national.is_some(), std::cmp::Reverse(value.dossiers)));
            let more_unknown = more_unknown.get(name).copied().unwrap_or_default();
            Some(TableCoverage { table: name, values, more_unknown })
        };
        let tables = TABLES.into_iter().filter_map(table).collect();
        let mut defects: Vec<Defect> = defects
            .into_iter()
            .map(|((kind, subject), dossiers)| Defect { kind: kind.name(), subject, dossiers })
            .collect();
        defects.sort_by_key(|defect| std::cmp::Reverse(defect.dossiers));
        let not_known = not_known.into_iter();
        let not_known =
            not_known.map(|((column, sent), dossiers)| NotKnown { column, sent, dossiers }).collect();
        Coverage { dossiers, covered, whole, not_sent, not_known, all, left_out: None, tables, defects }
    }
}

/// `true` when the value itself tells of the finding, as an unknown one of its table.
const fn is_unmapped(kind: FindingKind) -> bool {
    matches!(
        kind,
        FindingKind::UnmappedProcedure
            | FindingKind::UnmappedStatus
            | FindingKind::UnmappedUnit
            | FindingKind::UnmappedResultCode
            | FindingKind::UnmappedComponentCode
    )
}

/// The subject of a defect, equal for equal defects of many dossiers.
fn subject(finding: Finding) -> String {
    match finding.kind {
        // Its subject is the dossier's own code.
        FindingKind::DuplicateCode => "dossiers.code".to_owned(),
        _ => finding.subject,
    }
}
