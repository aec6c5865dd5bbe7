//! Walks over the changes and over all dossiers: where they stand, and where the next page begins.

use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use dongbo_model::{DossierCode, Finding, FindingKind};

use crate::engines::Mark;
use crate::order::Expected;

/// A row of the local database that may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The local key of the row, to find it by when it has no code; `?` and its time of change when it has no key either.
    pub key: String,
    /// The dossier; `None` when the row has no usable code.
    pub code: Option<DossierCode>,
    /// The code as the database has it, which is the place of the row in a sweep; `None` when it is no text.
    pub written_code: Option<String>,
    /// The national code of the unit, or the local one when the mapping does not know it; may be empty.
    pub unit: String,
    /// The time of the change; the moment of reading when it cannot be read.
    pub changed_at: DateTime<Utc>,
    /// The defect of the row itself. The dossier behind it may still be whole.
    pub finding: Option<Finding>,
}

impl Change {
    /// The code under which the dossier can be read; `None` when the row has none that can be used.
    #[must_use]
    pub fn usable_code(&self) -> Option<&DossierCode> {
        let readable = |finding: &Finding| matches!(finding.kind, FindingKind::BadDate | FindingKind::BadRow);
        self.code.as_ref().filter(|_| self.finding.as_ref().is_none_or(readable))
    }

    /// Whether the time of the change cannot be read.
    #[must_use]
    pub fn is_undated(&self) -> bool {
        self.finding.as_ref().is_some_and(|finding| finding.kind == FindingKind::BadDate)
    }
}

/// One query for changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Its name in the mapping file; empty when it has none.
    pub name: String,
    /// The overlap that the mapping file says for it.
    pub overlap: Option<Duration>,
}

/// One walk over the changes after a cursor.
///
/// Each page begins behind the last row of the page before it, by the database's own value, so that neither
/// timestamps finer than ours nor thousands of rows on one timestamp make it stumble.
#[derive(Debug)]
pub struct Scan {
    /// The place of its query among those for changes.
    pub(crate) query: usize,
    /// Whether it goes over all queries, one after the other.
    pub(crate) goes_on: bool,
    pub(crate) cursor: Option<DateTime<Utc>>,
    pub(crate) overlap: Duration,
    pub(crate) last: Option<(Mark, Mark)>,
    /// The row that must come next.
    pub(crate) expected: Option<Expected>,
    /// Whether a row is still to be found again from its own time.
    pub(crate) proving: bool,
    pub(crate) reached: Option<DateTime<Utc>>,
    /// The only changes that are given; the walk ends with the range.
    pub(crate) range: Option<Range<DateTime<Utc>>>,
    pub(crate) ended: bool,
    /// Where the changes are first gathered: the newest that is known to have nothing missing before it.
    pub(crate) gathered: Option<DateTime<Utc>>,
}

/// The position of a walk, in the database's own terms. It outlives the process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanPosition {
    query: usize,
    last: Option<(Mark, Mark)>,
}

impl Scan {
    /// A walk that begins `overlap` before `cursor`; without a cursor it begins with the first row there is.
    #[must_use]
    pub const fn since(cursor: Option<DateTime<Utc>>, overlap: Duration) -> Self {
        Self {
            query: 0,
            goes_on: false,
            cursor,
            overlap,
            last: None,
            expected: None,
            proving: false,
            reached: cursor,
            range: None,
            ended: false,
            gathered: None,
        }
    }

    /// A walk over all changes of all queries, from the first row that there is.
    #[must_use]
    pub fn over_all() -> Self {
        Self { goes_on: true, ..Self::since(None, Duration::ZERO) }
    }

    /// This walk by the query at `place` among [`ChangeQuery`]s.
    #[must_use]
    pub fn by(self, place: usize) -> Self {
        Self { query: place, ..self }
    }

    /// Goes on with the next query.
    pub(crate) fn go_on(&mut self) {
        self.query = self.query.saturating_add(1);
        self.last = None;
        self.expected = None;
        self.ended = false;
    }

    /// This walk, which also proves that a later walk finds the newest row of the first page from that row's own time.
    #[must_use]
    pub fn proving(self) -> Self {
        Self { proving: true, ..self }
    }

    /// A walk over the changes in `range`, from its beginning or from the position of an earlier walk. Rows whose time of
    /// change cannot be read lie in no range. A page may be empty before the end: see [`Scan::is_over`].
    #[must_use]
    pub fn within(range: Range<DateTime<Utc>>, place: Option<ScanPosition>) -> Self {
        let (query, last) = place.map_or((0, None), |place| (place.query, place.last));
        Self {
            query,
            goes_on: true,
            cursor: Some(range.start),
            overlap: Duration::ZERO,
            last,
            expected: None,
            proving: false,
            reached: None,
            range: Some(range),
            ended: false,
            gathered: None,
        }
    }

    /// The position of the next page; `None` before the first.
    #[must_use]
    pub fn place(&self) -> Option<ScanPosition> {
        let (query, last) = (self.query, self.last.clone());
        (query > 0 || last.is_some()).then_some(ScanPosition { query, last })
    }

    /// `true` when no further page comes.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.ended
    }

    /// The cursor for the next walk: the latest change so far, never before this walk's own cursor and never in the
    /// future, so that one row with a wrong clock does not leap over others. `None` while there was no change.
    #[must_use]
    pub const fn reached(&self) -> Option<DateTime<Utc>> {
        self.reached
    }
}

/// One walk over every dossier, in the database's order of codes.
#[derive(Debug, Clone)]
pub struct Sweep {
    pub(crate) last: String,
    pub(crate) ended: bool,
    /// Whether all dossiers are listed, where they are first gathered.
    pub(crate) gathered: bool,
}

impl Sweep {
    /// A walk from the first code.
    #[must_use]
    pub const fn start() -> Self {
        Self { last: String::new(), ended: false, gathered: false }
    }

    /// A walk that goes on behind `code`, where an earlier one was broken off.
    #[must_use]
    pub fn after(code: &DossierCode) -> Self {
        Self::behind(code.as_str())
    }

    /// A walk that begins shortly before `code` in the order of bytes.
    #[must_use]
    pub(crate) fn before(code: &DossierCode) -> Self {
        let mut place = code.to_string();
        let last = place.pop();
        let less = last.and_then(|last| char::from_u32(u32::from(last).saturating_sub(1)));
        place.extend(less);
        place.push('~');
        Self::behind(&place)
    }

    /// A walk that goes on behind the place that an earlier one had reached.
    #[must_use]
    pub fn behind(place: &str) -> Self {
        Self { last: place.to_owned(), ended: false, gathered: false }
    }

    /// `true` when no further page comes; a page may be empty before.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.ended
    }

    /// The code, as the database has it, behind which the next page begins; empty before the first page.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.last
    }
}
