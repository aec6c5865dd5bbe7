//! Accepted writes in a file, so that a portal that is killed has forgotten nothing when it is started again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::{Operation, Store, Write};

/// The file of accepted writes, one line for each call. A line is one `write` to the system: a kill leaves all of it or
/// nothing. It does not wait for the disk, for it is not made for power cuts.
#[derive(Debug)]
pub(crate) struct Kept(File);

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
    pub(crate) fn open(path: &Path, store: &mut Store) -> Result<Self, Error> {
        let failed = |source| Error::Keep { path: path.display().to_string(), source };
        let file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(failed)?;
        for line in BufReader::new(&file).lines() {
            let lines: Vec<Line> = serde_json::from_str(&line.map_err(failed)?)
                .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
            for line in &lines {
                store.apply(&line.write(), line.call);
            }
        }
        Ok(Self(file))
    }

    /// Keeps what one call is about to change.
    pub(crate) fn keep(&mut self, writes: &[Write<'_>], call: u64) {
        let lines: Vec<Line> = writes.iter().map(|write| Line::new(write, call)).collect();
        let kept = serde_json::to_vec(&lines).map_err(std::io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            self.0.write_all(&text)
        });
        if let Err(error) = kept {
            tracing::error!(%error, "an accepted write is not kept");
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
