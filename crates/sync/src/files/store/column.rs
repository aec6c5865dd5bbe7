//! A column of the local database. It is read in pieces, so that a large scan is never in memory as a whole, and each
//! piece is a statement of its own, so that no snapshot of the counter's database is held while a file is sent.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{StreamExt as _, try_unfold};

use super::blocks::Blocks;
use super::error::{KeyFault, StoreError};
use super::key;
use super::stat::{Stat, clamped};
use dongbo_model::FileRole;
use dongbo_source::{FileLookup, FilePiece, Source};

/// The size that one statement reads. SQLite reads a blob from its beginning for each piece of it, so that few large
/// pieces are cheaper than many small ones; and most files are one piece.
const PIECE: u32 = 2 << 20;

#[derive(Debug, Clone)]
pub(super) struct Column {
    source: Arc<Source>,
    role: FileRole,
}

impl Column {
    pub(super) const fn new(source: Arc<Source>, role: FileRole) -> Self {
        Self { source, role }
    }

    pub(super) async fn stat(&self, key: &str) -> Result<Stat, StoreError> {
        self.piece(key, 0, 0).await.map(|piece| stat_of(&piece))
    }

    pub(super) async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<(Stat, u64, Blocks), StoreError> {
        let wanted = range.clone().unwrap_or(0..u64::MAX);
        let first = piece_length(wanted.end.saturating_sub(wanted.start));
        let first = self.piece(key, wanted.start, first).await?;
        let stat = stat_of(&first);
        let range = clamped(range, stat.size);
        let length = range.end - range.start;
        let reading = Reading {
            column: self.clone(),
            key: key.to_owned(),
            stat: stat.clone(),
            at: range.start,
            end: range.end,
            ready: Some(first.bytes),
        };
        let blocks = try_unfold(reading, |mut reading| async move {
            let block = reading.next().await?;
            Ok(block.map(|block| (block, reading)))
        });
        Ok((stat, length, blocks.boxed()))
    }

    async fn piece(&self, key: &str, start: u64, length: u32) -> Result<FilePiece, StoreError> {
        key::check_value(key)?;
        match self.source.file_piece(self.role, key, start, length).await? {
            FileLookup::Piece(piece) => Ok(piece),
            FileLookup::Absent => Err(StoreError::NotFound),
            FileLookup::Several => Err(KeyFault::Ambiguous.into()),
        }
    }
}

struct Reading {
    column: Column,
    key: String,
    stat: Stat,
    at: u64,
    end: u64,
    /// The first piece, which came with the size.
    ready: Option<Vec<u8>>,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.at >= self.end {
            return Ok(None);
        }
        let bytes = match self.ready.take() {
            Some(bytes) => bytes,
            None => {
                let piece = self.column.piece(&self.key, self.at, piece_length(self.end - self.at)).await?;
                if stat_of(&piece) != self.stat {
                    return Err(StoreError::Changed);
                }
                piece.bytes
            }
        };
        if bytes.is_empty() {
            return Err(StoreError::Changed);
        }
        self.at = self.at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(Some(bytes.into()))
    }
}

fn piece_length(left: u64) -> u32 {
    u32::try_from(left).unwrap_or(PIECE).min(PIECE)
}

fn stat_of(piece: &FilePiece) -> Stat {
    Stat { size: piece.size, changed: piece.changed, tag: String::new() }
}
