//! Ranges of bytes: the one that is asked for, and those of a file that the portal has had by now.

use dongbo_model::locks::lock;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;

/// Files that were fetched in part, of which this much is remembered; a portal that fetches more at once fetches again.
const MOST_PARTLY_FETCHED: usize = 4_096;

/// The part of a file of so many bytes that a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// Everything: nothing was asked for, several ranges at once, or something that is no range of bytes (RFC 9110,
    /// section 14.2, lets a server pass over those).
    Whole,
    /// This part, which is not empty.
    Part(Range<u64>),
    /// A part that the file does not have.
    Outside,
}

/// Reads a `Range` header.
pub(super) fn asked(header: Option<&str>, size: u64) -> Asked {
    let Some(spec) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Asked::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else { return Asked::Whole };
    let (first, last) = (first.trim(), last.trim());
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Asked::Whole,
    };
    if range.is_empty() { Asked::Outside } else { Asked::Part(range) }
}

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// The bytes of a file that somebody has had, in whatever pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Had(Vec<Range<u64>>);

impl Had {
    /// Adds a piece.
    fn add(&mut self, piece: Range<u64>) {
        if piece.is_empty() {
            return;
        }
        self.0.push(piece);
        self.0.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::with_capacity(self.0.len());
        for range in self.0.drain(..) {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        self.0 = joined;
    }

    /// Whether it is all of a file of `size` bytes.
    fn is_whole(&self, size: u64) -> bool {
        matches!(self.0.as_slice(), [only] if only.start == 0 && only.end >= size)
    }
}

/// The files that the portal has had in part, by the id of their link.
#[derive(Debug, Default)]
pub(super) struct PartlyFetched(Mutex<HashMap<String, Had>>);

impl PartlyFetched {
    /// Whether the portal has had every byte of the file of `size` bytes, now that it had `range` too.
    pub(super) fn completes(&self, link_id: &str, range: Range<u64>, size: u64) -> bool {
        let mut files = lock(&self.0);
        if range.start == 0 && range.end >= size {
            files.remove(link_id);
            return true;
        }
        if files.len() >= MOST_PARTLY_FETCHED && !files.contains_key(link_id) {
            files.clear();
        }
        let had = files.entry(link_id.to_owned()).or_default();
        had.add(range);
        let whole = had.is_whole(size);
        if whole {
            files.remove(link_id);
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Had, asked};

    #[test]
    fn one_range_is_given_and_everything_else_is_the_whole_file() {
        for (header, expected) in [
            (None, Asked::Whole),
            (Some("bytes=0-9"), Asked::Part(0..10)),
            (Some("bytes=90-"), Asked::Part(90..100)),
            (Some("bytes=-10"), Asked::Part(90..100)),
            (Some("bytes=-1000"), Asked::Part(0..100)),
            (Some("bytes=50-1000"), Asked::Part(50..100)),
            (Some("bytes=100-"), Asked::Outside),
            (Some("bytes=-0"), Asked::Outside),
            (Some("bytes=0-1,5-6"), Asked::Whole),
            (Some("bytes=9-2"), Asked::Whole),
            (Some("bytes=+1-2"), Asked::Whole),
            (Some("bytes=a-b"), Asked::Whole),
            (Some("bytes=99999999999999999999-"), Asked::Whole),
            (Some("pages=1-2"), Asked::Whole),
        ] {
            assert_eq!(asked(header, 100), expected, "{header:?}");
        }
    }

    #[test]
    fn pieces_in_any_order_make_a_whole_and_a_gap_does_not() {
        let mut had = Had::default();
        for piece in [60..100, 0..20, 40..60] {
            had.add(piece);
            assert!(!had.is_whole(100));
        }
        had.add(20..40);
        assert!(had.is_whole(100));
        assert!(!had.is_whole(101));
    }
}
