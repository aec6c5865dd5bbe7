//! Accepted writes in a file, so that a portal that is killed has forgotten nothing when it is started again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::files::{self, Book, Held};
use crate::store::{Operation, Store, Write};

/// The file of accepted writes, one line for each call. A line is one `write` to the system: a kill leaves all of it or
/// nothing. It does not wait for the disk, for it is not made for power cuts.
#[derive(Debug)]
pub(crate) struct Kept(File);

/// A line of the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    /// The writes of one call.
    Writes(Vec<Line>),
    /// A file that the portal got.
    File(Held),
}

/// One accepted write as a line has it.
#[derive(Serialize, Deserialize)]
struct Line {
    call: u64,
    operation: Operation,
    code: String,
    body: String,
    status: u8,
    note: String,
    at: String,
    fingerprint: u64,
}

impl Kept {
    /// Opens the file at `path`, makes it when it is not there, and has `store` accept again what it holds.
    /// `book` is told of links and files when the portal pulls.
    pub(crate) fn open(path: &Path, store: &mut Store, mut book: Option<&mut Book>) -> Result<Self, Error> {
        let failed = |source| Error::Keep { path: path.display().to_string(), source };
        let file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(failed)?;
        for line in BufReader::new(&file).lines() {
            let entry = serde_json::from_str(&line.map_err(failed)?)
                .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
            let book = book.as_deref_mut();
            match entry {
                Entry::File(held) => book.into_iter().for_each(|book| book.hold(&held)),
                Entry::Writes(lines) => take_again(&lines, store, book),
            }
        }
        Ok(Self(file))
    }

    /// Keeps what one call is about to change.
    pub(crate) fn keep(&mut self, writes: &[Write<'_>], call: u64) {
        let lines: Vec<Line> = writes.iter().map(|write| Line::new(write, call)).collect();
        self.append(&lines);
    }

    /// Keeps what the portal knows of a file that it has got.
    pub(crate) fn keep_file(&mut self, held: &Held) {
        self.append(held);
    }

    fn append(&mut self, line: &impl Serialize) {
        let kept = serde_json::to_vec(line).map_err(std::io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            self.0.write_all(&text)
        });
        if let Err(error) = kept {
            tracing::error!(%error, "an accepted write is not kept");
        }
    }
}

fn take_again(lines: &[Line], store: &mut Store, mut book: Option<&mut Book>) {
    for line in lines {
        store.apply(&line.write(), line.call);
        if let Some(book) = book.as_deref_mut().filter(|_| line.operation != Operation::Step) {
            book.announce(&line.code, files::announced(&line.body));
        }
    }
}

impl Line {
    fn new(write: &Write<'_>, call: u64) -> Self {
        Self {
            call,
            operation: write.operation,
            code: write.code.to_owned(),
            body: write.body.to_owned(),
            status: write.status,
            note: write.note.to_owned(),
            at: write.at.to_owned(),
            fingerprint: write.fingerprint,
        }
    }

    fn write(&self) -> Write<'_> {
        Write {
            operation: self.operation,
            code: &self.code,
            body: &self.body,
            status: self.status,
            note: &self.note,
            at: &self.at,
            fingerprint: self.fingerprint,
        }
    }
}
