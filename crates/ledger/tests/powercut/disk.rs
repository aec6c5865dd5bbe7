//! A disk that promises no more than `fsync` does.

use std::collections::BTreeMap;
use std::path::Path;

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::trace::Event;

/// The size that a disk writes as a whole or not at all.
const SECTOR: usize = 512;

/// The writes to a disk, and which of them are sure to stay.
#[derive(Default)]
pub(crate) struct Disk(BTreeMap<String, File>);

#[derive(Default)]
struct File {
    sure: Vec<u8>,
    /// Since the last wait for the disk, in order.
    unsure: Vec<Change>,
    /// Removed, and its folder was not waited for since.
    removed: bool,
}

#[derive(Clone)]
enum Change {
    Bytes(usize, Vec<u8>),
    Length(usize),
}

/// The writes that a cut left out.
pub(crate) struct Left {
    pub(crate) dropped: usize,
    pub(crate) torn: usize,
}

impl Disk {
    pub(crate) fn take(&mut self, event: &Event) {
        match event {
            Event::Wrote { file, at, bytes } => {
                self.file(file).unsure.push(Change::Bytes(*at, bytes.clone()));
            }
            Event::Truncated { file, length } => self.file(file).unsure.push(Change::Length(*length)),
            Event::Synced(folder) if folder.is_empty() => self.0.retain(|_, file| !file.removed),
            Event::Synced(file) => {
                let file = self.file(file);
                for change in std::mem::take(&mut file.unsure) {
                    change.apply(&mut file.sure);
                }
            }
            Event::Removed(file) => {
                if let Some(file) = self.0.get_mut(file) {
                    file.removed = true;
                }
            }
            Event::Acknowledged(_) => {}
        }
    }

    /// The file that is written to: a new one, where the last of its name was removed.
    fn file(&mut self, name: &str) -> &mut File {
        let file = self.0.entry(name.to_owned()).or_default();
        if file.removed {
            *file = File::default();
        }
        file
    }

    /// Writes what a cut now may leave into `folder`.
    pub(crate) fn cut(&self, folder: &Path, chance: &mut StdRng) -> Left {
        let mut left = Left { dropped: 0, torn: 0 };
        // The index of the log is shared memory, of which nothing is ever sure.
        for (name, file) in self.0.iter().filter(|(name, _)| !name.ends_with("-shm")) {
            if file.removed && chance.random_bool(0.5) {
                continue;
            }
            let mut bytes = file.sure.clone();
            // All of it, none, its beginning, or any part of it in any order.
            let way = chance.random_range(0..4);
            let until = chance.random_range(0..=file.unsure.len());
            for (place, change) in file.unsure.iter().enumerate() {
                let keep = match way {
                    0 => true,
                    1 => false,
                    2 => place < until,
                    _ => chance.random_bool(0.5),
                };
                if keep {
                    change.apply(&mut bytes);
                } else if chance.random_bool(0.5)
                    && change.tear(chance).is_some_and(|torn| torn.apply(&mut bytes))
                {
                    left.torn += 1;
                } else {
                    left.dropped += 1;
                }
            }
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        left
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) -> bool {
        match self {
            Self::Bytes(at, bytes) => {
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[*at..end].copy_from_slice(bytes);
            }
            Self::Length(length) => file.resize(*length, 0),
        }
        true
    }

    /// The first whole sectors of it, or the last; `None` when it lies within one.
    fn tear(&self, chance: &mut StdRng) -> Option<Self> {
        let Self::Bytes(at, bytes) = self else { return None };
        let first = SECTOR - at % SECTOR;
        let cuts: Vec<usize> =
            (0..).map(|sector| first + sector * SECTOR).take_while(|cut| *cut < bytes.len()).collect();
        let cut = *cuts.get(chance.random_range(0..cuts.len().max(1)))?;
        Some(if chance.random_bool(0.5) {
            Self::Bytes(*at, bytes[..cut].to_vec())
        } else {
            Self::Bytes(at + cut, bytes[cut..].to_vec())
        })
    }
}
