//! A file as its store describes it.

use std::ops::Range;

use chrono::{DateTime, Utc};

/// A store's word on a file, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Its bytes.
    pub size: u64,
    /// When it was last written; `None` where the store does not say.
    pub changed: Option<DateTime<Utc>>,
    /// Another one means another content (an entity tag); empty where the store has none.
    pub tag: String,
}

/// The part of a file of `size` bytes that `range` means.
pub(super) fn clamped(range: Option<Range<u64>>, size: u64) -> Range<u64> {
    let Some(range) = range else { return 0..size };
    let start = range.start.min(size);
    start..range.end.clamp(start, size)
}
