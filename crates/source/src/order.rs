//! The order of a page of changes: what its query sorts by must be what its condition compares, or rows are lost between pages.

use std::cmp::Ordering;

use chrono::TimeDelta;

use crate::engines::Mark;
use crate::error::SourceError;
use crate::row::Place;

/// Times of one form that lie nearer to each other may be written with fractions that sort otherwise.
const TOLERANCE: TimeDelta = TimeDelta::seconds(1);

/// The row that must be the first of the next page: the one behind the last of a page, in the order in which the query gives them.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// Where the page began.
    pub(crate) from: (Mark, Mark),
    pub(crate) last: Place,
    pub(crate) row: Place,
}

impl Expected {
    /// The row behind `last` in a page that began at `from`; `None` where the next page may rightly begin with another.
    pub(crate) fn of(from: &(Mark, Mark), last: &Place, row: &Place) -> Option<Self> {
        let comparable = |place: &Place| place.mark.is_some() && place.key.is_some();
        let is_other = last.mark != row.mark || last.key != row.key;
        (comparable(last) && comparable(row) && is_other).then(|| Self {
            from: from.clone(),
            last: last.clone(),
            row: row.clone(),
        })
    }

    pub(crate) fn is(&self, row: Option<&Place>) -> bool {
        row.is_some_and(|row| row.mark == self.row.mark && row.key == self.row.key)
    }

    /// The error when the next page does not begin with it.
    pub(crate) fn missed(&self, query: &str) -> SourceError {
        let reason = format!(
            "behind the row with key {} it sorts the row with key {}, which its condition does not give behind it, so that rows \
             are lost between pages; {ORDER}",
            self.last.shown, self.row.shown
        );
        SourceError::Query { query: query.to_owned(), reason }
    }
}

/// Checks that the rows of `query` come in the order of time and key, as far as that can be told from their values.
pub(crate) fn check<'p>(query: &str, rows: impl Iterator<Item = &'p Place>) -> Result<(), SourceError> {
    let mut before: Option<&Place> = None;
    for later in rows {
        let Some(earlier) = before.replace(later) else { continue };
        let order = match times(earlier, later) {
            Some(Ordering::Equal) => keys(earlier, later),
            order => order,
        };
        if order == Some(Ordering::Greater) {
            let as_text = earlier.mark != later.mark && earlier.exact.is_none() && earlier.form.is_some();
            return Err(wrong(query, earlier, later, if as_text { ORDER_AS_TEXT } else { ORDER }));
        }
    }
    Ok(())
}

const ORDER: &str = "its ORDER BY must be what its condition compares: changed_at, then key";
const ORDER_AS_TEXT: &str = "its ORDER BY must be what its condition compares: changed_at, then key; and as text or numbers \
                             changed_at must sort as the times that it names, else make it a time in the SQL";

fn wrong(query: &str, earlier: &Place, later: &Place, wanted: &str) -> SourceError {
    SourceError::Query {
        query: query.to_owned(),
        reason: format!(
            "it gives the row with key {} after the row with key {}, which is not the order of changed_at and key, so that rows \
             would be lost between pages; {wanted}",
            later.shown, earlier.shown
        ),
    }
}

/// How the times of two rows compare; `None` where that is not for us to say.
fn times(one: &Place, other: &Place) -> Option<Ordering> {
    let (mark, next) = one.mark.as_ref().zip(other.mark.as_ref())?;
    if mark == next {
        return Some(Ordering::Equal);
    }
    if let Some((one, other)) = one.exact.zip(other.exact) {
        return Some(one.cmp(&other));
    }
    match (mark, next) {
        (Mark::Int(one), Mark::Int(other)) => Some(one.cmp(other)),
        (Mark::Real(one), Mark::Real(other)) => one.partial_cmp(other),
        (Mark::Text(_), Mark::Text(_)) if one.form.is_some() && one.form == other.form => {
            let (one, other) = one.moment.zip(other.moment)?;
            ((one - other).abs() > TOLERANCE).then(|| one.cmp(&other))
        }
        _ => None,
    }
}

/// How the keys of two rows compare; `None` for texts, whose order is the database's own.
fn keys(one: &Place, other: &Place) -> Option<Ordering> {
    match one.key.as_ref().zip(other.key.as_ref())? {
        (Mark::Int(one), Mark::Int(other)) => Some(one.cmp(other)),
        _ => None,
    }
}
