//! Bytes laid out in blocks of one size, each with a look ahead, however they came: so no verdict depends on how a store
//! cuts them.

/// The size of a block.
const BLOCK: usize = 64 * 1024;
/// The distance behind a block's end up to which a mark that begins within it may reach.
pub(super) const AHEAD: usize = 512;

/// A part of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'v> {
    /// Its beginning in the file.
    pub(super) at: u64,
    /// The number of bytes that are this view's own; the rest is only for looking ahead.
    pub(super) own: usize,
    /// The bytes.
    pub(super) bytes: &'v [u8],
}

impl<'v> View<'v> {
    /// The bytes that are this view's own.
    pub(super) fn own(&self) -> &'v [u8] {
        self.bytes.get(..self.own).unwrap_or(self.bytes)
    }

    /// Every place in the view's own bytes where `needle` begins, and what follows it.
    pub(super) fn find<'n>(&self, needle: &'n [u8]) -> impl Iterator<Item = (u64, &'v [u8])> + use<'n, 'v> {
        let (at, own, bytes) = (self.at, self.own, self.bytes);
        memchr::memmem::find_iter(bytes, needle).take_while(move |place| *place < own).map(move |place| {
            let after = bytes.get(place.saturating_add(needle.len())..).unwrap_or_default();
            (at.saturating_add(wide(place)), after)
        })
    }
}

pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Gathers bytes into views.
#[derive(Debug, Default)]
pub(super) struct Window {
    at: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Takes `chunk`, and shows each view that is complete with it.
    pub(super) fn take(&mut self, mut chunk: &[u8], mut see: impl FnMut(View<'_>)) {
        while !chunk.is_empty() {
            let room = (BLOCK + AHEAD).saturating_sub(self.bytes.len()).min(chunk.len());
            let (now, later) = chunk.split_at(room);
            self.bytes.extend_from_slice(now);
            chunk = later;
            if self.bytes.len() == BLOCK + AHEAD {
                see(View { at: self.at, own: BLOCK, bytes: &self.bytes });
                self.bytes.drain(..BLOCK);
                self.at = self.at.saturating_add(wide(BLOCK));
            }
        }
    }

    /// Shows what is left at the end of the file.
    pub(super) fn end(self, mut see: impl FnMut(View<'_>)) {
        see(View { at: self.at, own: self.bytes.len(), bytes: &self.bytes });
    }
}
