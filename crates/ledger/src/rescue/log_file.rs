//! The write-ahead log as bytes: whether it still holds everything that was acknowledged.
//!
//! SQLite reads the log up to the first frame whose checksum is wrong, and takes what follows for a transaction that
//! never ended. After a power cut that is right. When a frame in the middle has gone bad, or the file was cut, it drops
//! transactions that had been acknowledged, without an error; the ledger would then be in an older state, in which
//! steps that the portal has are still to be sent. So dongbo checks the log before SQLite opens it.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Length of the log's header.
const HEADER: usize = 32;
/// Length of a frame's header; a page follows it.
const FRAME_HEADER: usize = 24;
/// The first bytes of a log; the last bit says which byte order its checksums go by.
const MAGIC: u32 = 0x377f_0682;
/// Pages are no larger.
const LARGEST_PAGE: usize = 65_536;

/// The reason why the log at `log`, with its index at `index`, cannot be trusted; `None` when it can, or when there is none.
///
/// # Errors
/// When it cannot be read.
pub(super) fn distrust(log: &Path, index: &Path) -> io::Result<Option<&'static str>> {
    let known = Index::read(index);
    let file = match File::open(log) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(known.filter(Index::waits).map(|_| "its log is gone (-wal)"));
        }
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let mut reader = BufReader::new(file);
    let mut header = [0; HEADER];
    if !fill(&mut reader, &mut header)? {
        return Ok(known.filter(Index::waits).map(|_| "its log was cut (-wal)"));
    }
    let Some(walk) = Walk::begin(&header) else {
        // The header is on the disk before any frame is written. Alone it says nothing.
        let frames = length > HEADER as u64;
        return Ok(frames.then_some("the head of its log is damaged (-wal)"));
    };
    let salt = walk.salt;
    let seen = walk.go_on(&mut reader)?;
    if let Some(index) = known
        && index.salt == salt
        && index.frames > seen.good
        && index.waits()
    {
        return Ok(Some("its log holds less than was written (-wal)"));
    }
    // Each commit waits for the disk, so a power cut leaves one that did not end, never two.
    Ok((seen.commits_behind > 1).then_some("its log is damaged in the middle (-wal)"))
}

/// Fills `bytes`; `false` when the file ends before.
fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

fn native(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_ne_bytes(*four))
}

/// SQLite's running checksum: Fletcher's, over pairs of words.
fn checksum(mut sum: (u32, u32), bytes: &[u8], word: fn([u8; 4]) -> u32) -> (u32, u32) {
    let (words, _) = bytes.as_chunks::<4>();
    for pair in words.chunks_exact(2) {
        if let [first, second] = pair {
            sum.0 = sum.0.wrapping_add(word(*first)).wrapping_add(sum.1);
            sum.1 = sum.1.wrapping_add(word(*second)).wrapping_add(sum.0);
        }
    }
    sum
}

/// A walk over the frames, in the order in which they were written.
struct Walk {
    word: fn([u8; 4]) -> u32,
    page: usize,
    salt: [u8; 8],
    sum: (u32, u32),
}

/// The findings of a walk.
struct Seen {
    /// Frames up to the last commit that reads well.
    good: u32,
    /// Frames behind it that end a transaction of the same run of the log.
    commits_behind: u32,
}

impl Walk {
    /// `None` when this is no header of a log.
    fn begin(header: &[u8; HEADER]) -> Option<Self> {
        let magic = number(header, 0)?;
        let word: fn([u8; 4]) -> u32 = match magic.checked_sub(MAGIC) {
            Some(0) => u32::from_le_bytes,
            Some(1) => u32::from_be_bytes,
            _ => return None,
        };
        let page = usize::try_from(number(header, 8)?).ok()?;
        let sum = checksum((0, 0), header.get(..24)?, word);
        let told = (number(header, 24)?, number(header, 28)?);
        let salt = *header.get(16..)?.first_chunk()?;
        let fits = page.is_power_of_two() && (512..=LARGEST_PAGE).contains(&page);
        (fits && sum == told).then_some(Self { word, page, salt, sum })
    }

    fn go_on(mut self, reader: &mut impl Read) -> io::Result<Seen> {
        let mut seen = Seen { good: 0, commits_behind: 0 };
        let mut frame = vec![0; FRAME_HEADER.saturating_add(self.page)];
        let (mut place, mut chained) = (0_u32, true);
        while fill(reader, &mut frame)? {
            place = place.saturating_add(1);
            let (head, page) = frame.split_at(FRAME_HEADER);
            let ours = head.get(8..16) == Some(&self.salt);
            let commits = number(head, 4) != Some(0);
            if chained {
                let sum = checksum(self.sum, head.get(..8).unwrap_or_default(), self.word);
                let sum = checksum(sum, page, self.word);
                chained = ours && (number(head, 16), number(head, 20)) == (Some(sum.0), Some(sum.1));
                self.sum = sum;
            }
            if chained && commits {
                seen.good = place;
            } else if !chained && ours && commits {
                seen.commits_behind = seen.commits_behind.saturating_add(1);
            }
        }
        Ok(seen)
    }
}

/// The log's state as the processes that worked on the ledger last recorded it. A power cut may lose it, a killed
/// process does not, and it is never ahead of what was written.
struct Index {
    frames: u32,
    /// The number of them that are in the main file already.
    carried_over: u32,
    salt: [u8; 8],
}

impl Index {
    /// `None` when there is none that can be trusted.
    fn read(path: &Path) -> Option<Self> {
        let mut bytes = [0; 100];
        File::open(path).ok()?.read_exact(&mut bytes).ok()?;
        let (first, second) = (bytes.get(..48)?, bytes.get(48..96)?);
        let sum = checksum((0, 0), first.get(..40)?, u32::from_ne_bytes);
        let whole = first == second && first.get(12) == Some(&1);
        (whole && (native(first, 40)?, native(first, 44)?) == sum).then_some(Self {
            frames: native(first, 16)?,
            carried_over: native(&bytes, 96)?,
            salt: *first.get(32..)?.first_chunk()?,
        })
    }

    /// Whether the log holds what the main file does not have yet.
    fn waits(&self) -> bool {
        self.carried_over < self.frames
    }
}
