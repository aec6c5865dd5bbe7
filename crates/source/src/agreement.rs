//! Whether the queries that find dossiers and the one that reads them agree, tried on a few dossiers.

use std::collections::BTreeSet;
use std::time::Duration;

use dongbo_model::DossierCode;

use crate::dossiers::{Observe, ObservedReading, Reading};
use crate::error::SourceError;
use crate::plan::FullScan;
use crate::sample::newest_codes;
use crate::scan::{Change, Scan, Sweep};
use crate::source::Source;

/// The pages that are read from the beginning.
const PAGES: usize = 3;
/// The most dossiers that are looked for in another query one by one.
const ONE_BY_ONE: usize = 10;
/// How far back the newest changes are looked for, in hours.
const BACK: [u64; 4] = [1, 24, 24 * 31, 24 * 3_660];

/// Dossiers of one query that another does not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The query that gives them.
    pub given_by: &'static str,
    /// The query that does not.
    pub lacks: &'static str,
    /// The number of them.
    pub dossiers: usize,
    /// One of them.
    pub example: String,
}

/// What was found wrong with the queries when they were tried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreement {
    /// Dossiers that not every query gives.
    pub lacking: Vec<Lacking>,
    /// Large tables that are read from end to end for each page of changes.
    pub full_scans: Vec<FullScan>,
    /// The forms of times, when they are several and no times.
    pub mixed_times: Vec<String>,
}

/// Tries the queries on the oldest and the newest changes and on the first dossiers of the sweep.
///
/// # Errors
/// As [`Source::changed`]; an order that loses rows, and a row that is not found from its own time, are such.
pub async fn agreement(source: &Source) -> Result<Agreement, SourceError> {
    let mut found = Agreement::default();
    if source.is_http() {
        // Its lists are of one kind, and to read them whole takes long.
        let codes = newest_codes(source).await?;
        let absent = absent(source, &codes).await?;
        found.add("changed", "dossiers", &absent.iter().collect::<Vec<_>>());
        return Ok(found);
    }
    let mut codes = BTreeSet::new();
    for (place, _) in source.change_queries().iter().enumerate() {
        let mut walk = Scan::since(None, Duration::ZERO).by(place).proving();
        for _ in 0..PAGES {
            let page = source.changed(&mut walk).await?;
            codes.extend(page.iter().filter_map(|change| change.usable_code().cloned()));
        }
        codes.extend(newest(source, place).await?);
        found.full_scans.extend(source.full_scans(place).await?);
    }
    let codes: Vec<DossierCode> = codes.into_iter().collect();
    let absent = absent(source, &codes).await?;
    found.add("changed", "dossiers", &absent.iter().collect::<Vec<_>>());
    let mut unswept = Vec::new();
    for code in codes.iter().take(ONE_BY_ONE) {
        let page = source.sweep(&mut Sweep::before(code)).await?;
        if !page.iter().any(|change| change.usable_code() == Some(code)) {
            unswept.push(code);
        }
    }
    found.add("changed", "sweep", &unswept);
    let swept = source.sweep(&mut Sweep::start()).await?;
    let mut unchanged = Vec::new();
    for change in swept.iter().filter(|change| !change.is_undated()).take(ONE_BY_ONE) {
        if let Some(code) = change.usable_code()
            && !is_among_changes(source, change, code).await?
        {
            unchanged.push(code);
        }
    }
    found.add("sweep", "changed", &unchanged);
    found.mixed_times = source.mixed_times();
    Ok(found)
}

impl Agreement {
    fn add(&mut self, given_by: &'static str, lacks: &'static str, codes: &[&DossierCode]) {
        if let Some(example) = codes.first() {
            let example = example.to_string();
            self.lacking.push(Lacking { given_by, lacks, dossiers: codes.len(), example });
        }
    }
}

/// Those that [dossiers] does not give.
async fn absent(source: &Source, codes: &[DossierCode]) -> Result<Vec<DossierCode>, SourceError> {
    let mut absent = Vec::new();
    let note = |code: &DossierCode, read: ObservedReading| {
        absent.extend(matches!(read.reading, Reading::Absent).then(|| code.clone()));
    };
    source.read_each(codes, Observe::Nothing, note).await?;
    Ok(absent)
}

/// The codes of the newest changes, of which one is found again from its own time.
async fn newest(source: &Source, place: usize) -> Result<Vec<DossierCode>, SourceError> {
    for hours in BACK {
        let back = Duration::from_secs(hours * 3_600);
        let mut walk = Scan::since(Some(source.now()), back).by(place).proving();
        let page = source.changed(&mut walk).await?;
        if !page.is_empty() {
            return Ok(page.iter().filter_map(|change| change.usable_code().cloned()).collect());
        }
    }
    Ok(Vec::new())
}

/// Whether some query gives the dossier from its own time on; so it is taken when that is too far to look.
async fn is_among_changes(source: &Source, change: &Change, code: &DossierCode) -> Result<bool, SourceError> {
    for (place, _) in source.change_queries().iter().enumerate() {
        let mut walk = Scan::since(Some(change.changed_at), Duration::ZERO).by(place);
        for _ in 0..PAGES {
            if source.changed(&mut walk).await?.iter().any(|given| given.usable_code() == Some(code)) {
                return Ok(true);
            }
        }
        if !walk.is_over() {
            return Ok(true);
        }
    }
    Ok(false)
}
