//! The write log: accepted writes in a file, so that a portal that is killed has forgotten nothing when it is started again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::files::{Book, HeldFile, links_of};
use crate::store::{Operation, Store, Write};

/// The file of accepted writes, one line for each call. A line is one `write` to the system: a kill leaves all of it or
/// nothing. Lines are not synced to the disk, so a power cut may lose some.
#[derive(Debug)]
pub(crate) struct WriteLog(File);

/// A line of the file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    /// The writes of one call.
    Writes(Vec<LoggedWrite>),
    /// A file that the portal fetched whole.
    File(HeldFile),
}

/// One accepted write as a line has it.
#[derive(Serialize, Deserialize)]
struct LoggedWrite {
    call: u64,
    operation: Operation,
    code: String,
    body: String,
    status: u8,
    #[serde(default)]
    is_cancellation: bool,
    note: String,
    at: String,
    fingerprint: u64,
}

impl WriteLog {
    /// Opens the file at `path`, or creates it, and applies its writes to `store` again. `book` takes in links and files
    /// again when the portal pulls.
    pub(crate) fn open(path: &Path, store: &mut Store, mut book: Option<&mut Book>) -> Result<Self, Error> {
        let failed = |source| Error::Keep { path: path.display().to_string(), source };
        let file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(failed)?;
        for line in BufReader::new(&file).lines() {
            let line = serde_json::from_str(&line.map_err(failed)?)
                .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
            let book = book.as_deref_mut();
            match line {
                Line::File(held) => book.into_iter().for_each(|book| book.hold(&held)),
                Line::Writes(writes) => apply_again(&writes, store, book),
            }
        }
        Ok(Self(file))
    }

    /// Appends the writes of one call, before they are applied.
    pub(crate) fn keep_writes(&mut self, writes: &[Write<'_>], call: u64) {
        let logged: Vec<LoggedWrite> = writes.iter().map(|write| LoggedWrite::new(write, call)).collect();
        self.append(&logged);
    }

    /// Appends a file that the portal fetched whole.
    pub(crate) fn keep_file(&mut self, held: &HeldFile) {
        self.append(held);
    }

    fn append(&mut self, line: &impl Serialize) {
        let written = serde_json::to_vec(line).map_err(std::io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            self.0.write_all(&text)
        });
        if let Err(error) = written {
            tracing::error!(%error, "an accepted write is not kept");
        }
    }
}

fn apply_again(writes: &[LoggedWrite], store: &mut Store, mut book: Option<&mut Book>) {
    for logged in writes {
        store.apply(&logged.write(), logged.call);
        if let Some(book) = book.as_deref_mut().filter(|_| logged.operation != Operation::Step) {
            book.announce(&logged.code, links_of(&logged.body));
        }
    }
}

impl LoggedWrite {
    fn new(write: &Write<'_>, call: u64) -> Self {
        Self {
            call,
            operation: write.operation,
            code: write.code.to_owned(),
            body: write.body.to_owned(),
            status: write.status,
            is_cancellation: write.is_cancellation,
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
            is_cancellation: self.is_cancellation,
            note: &self.note,
            at: &self.at,
            fingerprint: self.fingerprint,
        }
    }
}
