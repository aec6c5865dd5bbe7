//! A sample of the local system's dossiers that stands for all of them: the newest, and some of every time.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::SourceError;
use crate::newest::newest_by;
use crate::scan::{Change, Scan, Sweep};
use crate::source::Source;
use dongbo_model::DossierCode;

/// The time within which a change counts: none is older.
const REACH: TimeDelta = TimeDelta::days(3_660);
/// The time ahead of now within which a change counts: a zone may be wrong.
const AHEAD: TimeDelta = TimeDelta::hours(14);
/// How far before the newest change the newest ones are looked for, in hours.
const BACK: [u64; 4] = [1, 24, 24 * 31, 24 * 3_660];
/// The most pages that are walked over in one of these windows.
const PAGES: usize = 20;
/// The number of moments, evenly apart, at which changes are taken.
const MOMENTS: i32 = 10;

/// Up to `most` dossiers: half of them those that changed last, the others spread over the time of all changes, and, where
/// these give too few, the first by code.
///
/// # Errors
/// As [`Source::changed`] and [`Source::sweep`].
pub async fn sample(source: &Source, most: usize) -> Result<Vec<DossierCode>, SourceError> {
    if source.is_http() {
        return Ok(newest_codes(source).await?.into_iter().take(most).collect());
    }
    let mut chosen = Chosen { most, codes: Vec::new(), known: BTreeSet::new() };
    let queries = source.change_queries().len().max(1);
    let share = most.div_ceil(2).div_ceil(queries);
    for place in 0..source.change_queries().len() {
        let now = source.now();
        let Some(newest) = newest_by(source, place, now - REACH..now + AHEAD).await? else { continue };
        for code in codes_back_from(source, place, newest, share).await? {
            chosen.take(code);
        }
        spread(source, place, newest, share, &mut chosen).await?;
    }
    let mut sweep = Sweep::start();
    while !chosen.is_full() {
        let page = source.sweep(&mut sweep).await?;
        if page.is_empty() {
            break;
        }
        page.iter().filter_map(Change::usable_code).for_each(|code| chosen.take(code.clone()));
    }
    Ok(chosen.codes)
}

/// The dossiers that changed last in a one-stop system that is read over HTTP, as one page gives them, the newest first.
pub(crate) async fn newest_codes(source: &Source) -> Result<Vec<DossierCode>, SourceError> {
    let Some(office) = source.office() else { return Ok(Vec::new()) };
    let newest = office.newest().await?;
    Ok(newest.iter().filter_map(|row| DossierCode::local(row.code.as_deref()?).ok()).collect())
}

/// The dossiers that changed last by the query at `place`, of which the newest changed at `newest`; the newest first.
async fn codes_back_from(
    source: &Source,
    place: usize,
    newest: DateTime<Utc>,
    most: usize,
) -> Result<Vec<DossierCode>, SourceError> {
    let mut last = VecDeque::new();
    for hours in BACK {
        let back = Duration::from_secs(hours.saturating_mul(3_600));
        let mut walk = Scan::since(Some(newest), back).by(place);
        last.clear();
        for _ in 0..PAGES {
            let page = source.changed(&mut walk).await?;
            last.extend(page.iter().filter_map(Change::usable_code).cloned());
            last.drain(..last.len().saturating_sub(most));
            if walk.is_over() || page.is_empty() {
                break;
            }
        }
        if last.len() >= most {
            break;
        }
    }
    Ok(last.into_iter().rev().collect())
}

/// Takes some of the changes after each of several moments between the oldest change and the `newest`.
async fn spread(
    source: &Source,
    place: usize,
    newest: DateTime<Utc>,
    most: usize,
    chosen: &mut Chosen,
) -> Result<(), SourceError> {
    let page = source.changed(&mut Scan::since(None, Duration::ZERO).by(place)).await?;
    let Some(oldest) =
        page.iter().filter(|change| !change.is_undated()).map(|change| change.changed_at).min()
    else {
        return Ok(());
    };
    let each = most.div_ceil(usize::try_from(MOMENTS).unwrap_or(1));
    for moment in 0..MOMENTS {
        let at = oldest + (newest - oldest) / MOMENTS * moment;
        let page = source.changed(&mut Scan::since(Some(at), Duration::ZERO).by(place)).await?;
        page.iter().filter_map(Change::usable_code).take(each).for_each(|code| chosen.take(code.clone()));
    }
    Ok(())
}

/// The dossiers taken so far.
struct Chosen {
    most: usize,
    codes: Vec<DossierCode>,
    known: BTreeSet<DossierCode>,
}

impl Chosen {
    fn is_full(&self) -> bool {
        self.codes.len() >= self.most
    }

    fn take(&mut self, code: DossierCode) {
        if !self.is_full() && self.known.insert(code.clone()) {
            self.codes.push(code);
        }
    }
}
