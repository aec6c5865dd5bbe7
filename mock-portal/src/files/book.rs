//! The book of every file of every dossier: its link, how far the portal is with it, and the hash of its bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::file::{FileState, FileView, Role};
use super::links::Link;

/// One file to fetch, under one of its links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Errand {
    pub(crate) dossier: String,
    pub(crate) role: Role,
    pub(crate) file: String,
    /// Counts the links of the file, so that an errand for an earlier link is recognised and dropped.
    pub(crate) number: u64,
}

/// A file that the portal has whole, as the write log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeldFile {
    pub(crate) dossier: String,
    pub(crate) role: Role,
    pub(crate) file: String,
    pub(crate) link: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A file in the book.
#[derive(Debug)]
pub(crate) struct FileRecord {
    pub(crate) link: String,
    number: u64,
    pub(crate) announced: Instant,
    pub(crate) state: FileState,
    /// Fetched without waiting for its time, until it is whole or failed.
    pub(crate) hurried: bool,
    pub(crate) attempts: u64,
    pub(crate) requests: u64,
    pub(crate) http: Option<u16>,
    bytes: u64,
    sha256: String,
    whole: u64,
    unsteady: bool,
    pub(crate) problem: &'static str,
}

type Files = BTreeMap<(Role, String), FileRecord>;

/// Every file of every dossier, in the order of the codes.
#[derive(Debug, Default)]
pub(crate) struct Book {
    dossiers: BTreeMap<String, Files>,
    /// Errands that nobody has taken yet.
    fresh: Vec<Errand>,
}

impl Book {
    /// Enters the links of an accepted dossier. A link that is known already changes nothing; files that the dossier no
    /// longer names are forgotten.
    pub(crate) fn announce(&mut self, dossier: &str, links: Vec<Link<'_>>) {
        let mut old = self.dossiers.remove(dossier).unwrap_or_default();
        let mut files = Files::new();
        for Link { role, file, link } in links {
            let key = (role, file);
            let record = match old.remove(&key) {
                Some(known) if known.link == link => known,
                known => {
                    let record = FileRecord::announced(link.into_owned(), known);
                    let (dossier, file) = (dossier.to_owned(), key.1.clone());
                    self.fresh.push(Errand { dossier, role, file, number: record.number });
                    record
                }
            };
            files.insert(key, record);
        }
        if !files.is_empty() {
            self.dossiers.insert(dossier.to_owned(), files);
        }
    }

    /// Enters a file that the portal has whole. Under another link than the last it is ignored.
    pub(crate) fn hold(&mut self, held: &HeldFile) {
        let key = (held.role, held.file.clone());
        let record = self.dossiers.get_mut(&held.dossier).and_then(|files| files.get_mut(&key));
        if let Some(record) = record.filter(|record| record.link == held.link) {
            record.receive(held.bytes, &held.sha256);
        }
    }

    /// `HashTepTin`: the SHA-256 of the bytes that the portal holds for a file; `None` when it holds none.
    pub(crate) fn hash(&self, dossier: &str, role: Role, file: &str) -> Option<&str> {
        let record = self.dossiers.get(dossier)?.get(&(role, file.to_owned()))?;
        (record.whole > 0).then_some(&*record.sha256)
    }

    /// Sets the hash of the bytes that the portal holds for a file, empty for none; says whether the file was there.
    pub(crate) fn spoil(&mut self, dossier: &str, role: Role, file: &str, sha256: &str) -> bool {
        let files = self.dossiers.get_mut(dossier);
        let record = files.and_then(|files| files.get_mut(&(role, file.to_owned())));
        record.map(|record| sha256.clone_into(&mut record.sha256)).is_some()
    }

    pub(crate) fn forget(&mut self, dossier: &str) {
        self.dossiers.remove(dossier);
    }

    /// Errands that nobody has taken yet, and whose link is still the last and not followed.
    pub(super) fn take_fresh(&mut self) -> Vec<Errand> {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.retain(|errand| self.file(errand).is_some_and(|file| file.state != FileState::Whole));
        fresh
    }

    /// The file of an errand, unless its link is not the last any more.
    pub(crate) fn file(&mut self, errand: &Errand) -> Option<&mut FileRecord> {
        let files = self.dossiers.get_mut(&errand.dossier)?;
        let record = files.get_mut(&(errand.role, errand.file.clone()))?;
        (record.number == errand.number).then_some(record)
    }

    /// Marks every file that is not whole and that `is_wanted` accepts to be fetched without waiting; returns them.
    pub(super) fn hurry(&mut self, is_wanted: impl Fn(&str, Role, &str) -> bool) -> Vec<Errand> {
        let mut hurried = Vec::new();
        for (dossier, files) in &mut self.dossiers {
            for ((role, id), record) in files {
                if record.state == FileState::Whole || !is_wanted(dossier, *role, id) {
                    continue;
                }
                let (dossier, file) = (dossier.clone(), id.clone());
                let errand = Errand { dossier, role: *role, file, number: record.number };
                if record.state == FileState::Failed {
                    record.state = FileState::Waiting;
                    self.fresh.push(errand.clone());
                }
                record.hurried = true;
                hurried.push(errand);
            }
        }
        hurried
    }

    /// Whether an errand is done, has failed for good, or is for a link that is not the last any more.
    pub(super) fn is_over(&mut self, errand: &Errand) -> bool {
        self.file(errand).is_none_or(|file| matches!(file.state, FileState::Whole | FileState::Failed))
    }

    /// The files of one dossier, or of all.
    pub(crate) fn views(&self, dossier: Option<&str>) -> Vec<FileView> {
        let wanted = self.dossiers.iter().filter(|(code, _)| dossier.is_none_or(|wanted| *code == wanted));
        wanted
            .flat_map(|(code, files)| files.iter().map(move |((role, id), file)| file.view(code, *role, id)))
            .collect()
    }
}

impl FileRecord {
    /// A file under a new link; the bytes that the portal holds from the last link stay.
    fn announced(link: String, known: Option<Self>) -> Self {
        let (number, bytes, sha256, whole, unsteady) = match known {
            Some(known) => (known.number, known.bytes, known.sha256, known.whole, known.unsteady),
            None => (0, 0, String::new(), 0, false),
        };
        Self {
            link,
            number: number + 1,
            announced: Instant::now(),
            state: FileState::Waiting,
            hurried: false,
            attempts: 0,
            requests: 0,
            http: None,
            bytes,
            sha256,
            whole,
            unsteady,
            problem: "",
        }
    }

    /// Enters that every byte is there.
    pub(crate) fn receive(&mut self, bytes: u64, sha256: &str) {
        self.unsteady |= self.state == FileState::Whole && self.sha256 != sha256;
        self.state = FileState::Whole;
        self.bytes = bytes;
        sha256.clone_into(&mut self.sha256);
        self.whole += 1;
        self.problem = "";
    }

    fn view(&self, dossier: &str, role: Role, file: &str) -> FileView {
        FileView {
            dossier: dossier.to_owned(),
            role,
            file: file.to_owned(),
            link: self.link.clone(),
            links: self.number,
            state: self.state,
            attempts: self.attempts,
            requests: self.requests,
            http: self.http,
            bytes: self.bytes,
            sha256: self.sha256.clone(),
            whole: self.whole,
            unsteady: self.unsteady,
            problem: self.problem.to_owned(),
        }
    }
}
