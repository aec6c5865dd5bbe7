//! The time of the newest change, which tells whether the mapping's zone is that of the local system.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::SourceError;
use crate::scan::Scan;
use crate::source::Source;

/// The distance from now within which a change counts: no two zones are farther apart.
const REACH: TimeDelta = TimeDelta::hours(14);
/// The search ends when the newest change is known as closely as this.
const CLOSE: TimeDelta = TimeDelta::seconds(30);

/// The time of the newest change, as the mapping reads it, within fourteen hours of `now`; `None` when there is none. It is
/// found by halving, for the query gives the oldest changes first.
///
/// # Errors
/// As [`Source::changed`].
pub async fn newest_change(
    source: &Source,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, SourceError> {
    if let Some(office) = source.office() {
        let times = office.newest().await?.into_iter().filter_map(|row| row.changed_at.ok());
        return Ok(times
            .filter_map(DateTime::from_timestamp_micros)
            .filter(|at| (*at - now).abs() <= REACH)
            .max());
    }
    let mut newest = None;
    for place in 0..source.change_queries().len() {
        newest = newest.max(newest_by(source, place, now - REACH..now + REACH).await?);
    }
    Ok(newest)
}

/// The newest change in `range` that the query at `place` gives.
pub(crate) async fn newest_by(
    source: &Source,
    place: usize,
    range: Range<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>, SourceError> {
    let (mut from, mut until) = (range.start, range.end);
    let mut newest = None;
    while until - from > CLOSE {
        let middle = if newest.is_none() { from } else { from + (until - from) / 2 };
        let mut scan = Scan::since(Some(middle), Duration::ZERO).by(place);
        let page = source.changed(&mut scan).await?;
        let met = page.iter().filter(|change| !change.is_undated()).map(|change| change.changed_at);
        let latest = met.filter(|at| (middle..range.end).contains(at)).max();
        match latest {
            None if newest.is_none() => return Ok(None),
            None => until = middle,
            Some(at) => {
                newest = newest.max(Some(at));
                from = from.max(at);
                if scan.is_over() {
                    break;
                }
            }
        }
    }
    Ok(newest)
}
