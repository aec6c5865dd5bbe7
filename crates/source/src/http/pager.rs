//! Reading a list page by page while it changes: no row is lost between two pages, and none is read for ever.

use std::collections::VecDeque;

use crate::error::SourceError;

/// How often a list may lose rows between two pages before it is given up for now.
const MOST_GAPS: u32 = 3;
/// How many pages in a row may bring nothing new.
const MOST_REPEATS: u32 = 3;
/// How many rows in a row may be too long by themselves: an interface whose answers never end is one with too many.
const MOST_PASSED_OVER: u32 = 3;

/// The position in one list.
///
/// Pages go by number, and while they are read rows come in at the front or go away. A row that comes in pushes others into the next
/// page, where they are met again; a row that goes away pulls others out of it, where nobody meets them. So each page begins some
/// rows before the end of the one before it, for which its size is chosen, and one of these must be met again.
#[derive(Debug)]
pub(super) struct Pager {
    size: usize,
    overlap: usize,
    /// The rows before the next page.
    offset: usize,
    /// The rows before the farthest place that was reached.
    farthest: usize,
    /// The keys that were met last.
    recent: VecDeque<String>,
    previous: Vec<String>,
    repeats: u32,
    gaps: u32,
    pages: usize,
    /// The most rows of the next page: fewer than `size` behind a page that was too long.
    most: usize,
    /// The place behind the last row that was passed over, from which pages begin.
    behind: usize,
    /// The rows in a row that were passed over.
    passed_over: u32,
    /// The mark or address of the next page, where answers give one.
    pub(super) mark: Option<String>,
}

/// A page to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) page: usize,
    pub(super) size: usize,
}

/// The next thing to do about a page that is longer than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLong {
    /// It is asked for with fewer rows.
    Fewer,
    /// The one row of it is passed over.
    PassOver,
    /// Nothing behind it can be read.
    End,
}

impl Place {
    pub(super) const fn start(self) -> usize {
        self.page.saturating_mul(self.size)
    }
}

impl Pager {
    pub(super) fn new(size: usize, overlap: usize) -> Self {
        Self {
            size: size.max(1),
            overlap,
            offset: 0,
            farthest: 0,
            recent: VecDeque::new(),
            previous: Vec::new(),
            repeats: 0,
            gaps: 0,
            pages: 0,
            most: size.max(1),
            behind: 0,
            passed_over: 0,
            mark: None,
        }
    }

    /// The next page: of all that begin in time, the one that reaches farthest.
    pub(super) fn place(&self) -> Place {
        let overlap = self.overlap.min(self.most / 2);
        let from = self.offset.saturating_sub(overlap).max(self.behind).min(self.offset);
        if from == 0 {
            return Place { page: 0, size: self.most };
        }
        let end = |place: &Place| place.start().saturating_add(place.size);
        let farthest = |from: usize| {
            let places = (1..=self.most).map(|size| Place { page: from / size, size });
            let in_time = places.filter(|place| place.start() >= self.behind.min(from));
            in_time.max_by_key(|place| (end(place), place.size)).filter(|place| end(place) > self.offset)
        };
        let place = farthest(from).or_else(|| farthest(self.offset));
        place.unwrap_or(Place { page: self.offset, size: 1 })
    }

    /// Notes that the page at `place` is longer than is read. Pages that go `by_number` can be read behind a row that is too long by
    /// itself.
    pub(super) fn note_too_long(&mut self, place: Place, by_number: bool) -> TooLong {
        if place.size > 1 {
            self.most = place.size / 2;
            return TooLong::Fewer;
        }
        self.passed_over = self.passed_over.saturating_add(1);
        if !by_number || self.passed_over > MOST_PASSED_OVER {
            return TooLong::End;
        }
        self.offset = place.start().saturating_add(1);
        self.behind = self.offset;
        self.farthest = self.farthest.max(self.offset);
        TooLong::PassOver
    }

    /// Notes that a page could be read: the next one may have more rows again.
    fn grow(&mut self) {
        self.most = self.most.saturating_mul(2).min(self.size);
        self.passed_over = 0;
    }

    /// Notes the page at `place`, of so many `items` that are known by `keys`; `false` when rows went away before it, so that it is read
    /// again from further back.
    pub(super) fn note(
        &mut self,
        query: &str,
        place: Place,
        items: usize,
        keys: Vec<String>,
    ) -> Result<bool, SourceError> {
        self.pages = self.pages.saturating_add(1);
        self.grow();
        let known = keys.iter().filter(|key| self.recent.contains(key)).count();
        let overlaps = self.overlap > 0 && self.pages > 1 && place.start() < self.offset;
        if overlaps && known == 0 && !keys.is_empty() {
            self.gaps = self.gaps.saturating_add(1);
            if self.gaps > MOST_GAPS {
                return Err(protocol(
                    query,
                    "rows go away faster than the pages are read; it begins again".to_owned(),
                ));
            }
            self.offset = self.offset.saturating_sub(self.size.saturating_mul(2));
            return Ok(false);
        }
        self.gaps = 0;
        self.offset = place.start().saturating_add(items);
        // What is read again from further back repeats what was met.
        if self.offset > self.farthest {
            self.farthest = self.offset;
            self.note_repeats(query, known, &keys)?;
        }
        self.remember(keys);
        Ok(true)
    }

    /// Notes the keys of a page to which the answer before it led, and the mark of the one after it.
    pub(super) fn note_marked(
        &mut self,
        query: &str,
        keys: Vec<String>,
        next: Option<String>,
    ) -> Result<(), SourceError> {
        self.pages = self.pages.saturating_add(1);
        self.grow();
        if next.is_some() && next == self.mark {
            return Err(protocol(query, format!("page {} leads to itself", self.pages)));
        }
        let known = keys.iter().filter(|key| self.recent.contains(key)).count();
        self.note_repeats(query, known, &keys)?;
        self.mark = next;
        self.remember(keys);
        Ok(())
    }

    fn note_repeats(&mut self, query: &str, known: usize, keys: &[String]) -> Result<(), SourceError> {
        let brings_nothing = !keys.is_empty() && known == keys.len() && self.pages > 1;
        self.repeats = if brings_nothing { self.repeats.saturating_add(1) } else { 0 };
        if self.repeats >= MOST_REPEATS || (brings_nothing && keys == self.previous && self.repeats > 1) {
            let reason = format!(
                "page {} repeats the rows of the pages before it; the interface does not heed the page that is asked for",
                self.pages
            );
            return Err(protocol(query, reason));
        }
        Ok(())
    }

    fn remember(&mut self, keys: Vec<String>) {
        self.recent.extend(keys.iter().cloned());
        let most = self.size.saturating_mul(4);
        self.recent.drain(..self.recent.len().saturating_sub(most));
        self.previous = keys;
    }
}

fn protocol(query: &str, reason: String) -> SourceError {
    SourceError::Protocol { query: query.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Pager, Place, TooLong};

    /// Reads all of `list`, which `changes` after each page. Returns what was met, and the number of pages.
    fn read(mut list: Vec<String>, mut changes: impl FnMut(&mut Vec<String>, usize)) -> (Vec<String>, usize) {
        let mut pager = Pager::new(50, 5);
        let mut met = Vec::new();
        for page in 1..1_000 {
            let Place { page: number, size } = pager.place();
            let from = (number * size).min(list.len());
            let rows = list[from..(from + size).min(list.len())].to_vec();
            met.extend(rows.iter().cloned());
            let ends = rows.len() < size;
            if pager.note("changed", Place { page: number, size }, rows.len(), rows).unwrap() && ends {
                return (met, page);
            }
            changes(&mut list, page);
        }
        panic!("it does not end");
    }

    fn list(rows: usize) -> Vec<String> {
        (0..rows).map(|row| row.to_string()).collect()
    }

    #[test]
    fn nothing_is_lost_while_rows_go_to_the_front_or_away() {
        for (gone, front) in [(0, 0), (1, 0), (4, 0), (9, 0), (0, 3), (2, 7)] {
            let before = list(1_000);
            let (met, pages) = read(before.clone(), |list, page| {
                if page < 12 {
                    list.drain(..gone);
                    let moved: Vec<String> = list.drain(list.len() - front..).collect();
                    list.splice(0..0, moved);
                }
            });
            // What goes away or to the front meanwhile need not be met here.
            let stays = before.iter().skip(gone * 11).take(before.len() - gone * 11 - front * 11);
            let lost: Vec<_> = stays.filter(|row| !met.contains(row)).collect();
            assert!(lost.is_empty(), "{gone} {front}: {lost:?}");
            assert!(pages < 70, "{pages} pages");
        }
    }

    #[test]
    fn the_overlap_costs_no_more_than_a_third_of_the_pages() {
        let (met, pages) = read(list(5_000), |_, _| {});
        assert!((100..=134).contains(&pages), "{pages}");
        assert!(met.len() < 6_700, "{}", met.len());
    }

    #[test]
    fn rows_that_are_too_long_by_themselves_are_passed_over_and_all_others_met() {
        let long = [0, 1, 53, 54, 130, 399];
        let mut pager = Pager::new(50, 5);
        let (mut met, mut passed, mut asked) = (BTreeSet::new(), Vec::new(), 0);
        loop {
            let place = pager.place();
            let rows = place.start()..(place.start() + place.size).min(400);
            asked += 1;
            if long.iter().any(|row| rows.contains(row)) {
                match pager.note_too_long(place, true) {
                    TooLong::Fewer => {}
                    TooLong::PassOver => passed.push(place.start()),
                    TooLong::End => panic!("{place:?}"),
                }
                continue;
            }
            let (items, ends) = (rows.len(), rows.len() < place.size);
            met.extend(rows.clone());
            let taken = pager.note("changed", place, items, rows.map(|row| row.to_string()).collect());
            if taken.unwrap() && ends {
                break;
            }
        }
        assert_eq!(passed, long);
        assert_eq!(met, (0..400).filter(|row| !long.contains(row)).collect());
        assert!(asked < 100, "{asked} requests");
    }

    #[test]
    fn an_interface_whose_answers_never_end_is_not_read_for_ever() {
        let tried = |by_number: bool| {
            let mut pager = Pager::new(50, 5);
            (1..100).find(|_| pager.note_too_long(pager.place(), by_number) == TooLong::End)
        };
        assert_eq!((tried(true), tried(false)), (Some(9), Some(6)));
    }

    #[test]
    fn a_slice_that_repeats_is_named() {
        let mut pager = Pager::new(50, 5);
        let rows = list(50);
        let told = (0..10)
            .find_map(|_| pager.note("changed", pager.place(), rows.len(), rows.clone()).err())
            .unwrap();
        assert!(told.to_string().contains("repeats the rows of the pages before it"), "{told}");
    }
}
