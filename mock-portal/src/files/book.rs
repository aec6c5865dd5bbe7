//! What is known of every file of every dossier.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{FileState, FileView, Role};

/// Which file, and under which of its links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Errand {
    pub(super) dossier: String,
    pub(super) role: Role,
    pub(super) file: String,
    /// Counts the links of the file; an errand for an earlier link is of no account any more.
    pub(super) number: u64,
}

/// A file that the portal has got whole, as it is kept over a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) dossier: String,
    pub(crate) role: Role,
    pub(crate) file: String,
    pub(crate) link: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A link as a dossier names it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    role: Role,
    file: String,
    link: Cow<'a, str>,
}

#[derive(Debug)]
pub(super) struct File {
    pub(super) link: String,
    pub(super) number: u64,
    pub(super) announced: Instant,
    pub(super) state: FileState,
    /// Not to wait for its time any more, until it is whole or failed.
    pub(super) hurried: bool,
    pub(super) attempts: u64,
    pub(super) requests: u64,
    pub(super) http: Option<u16>,
    bytes: u64,
    sha256: String,
    whole: u64,
    unsteady: bool,
    pub(super) problem: &'static str,
}

type Files = BTreeMap<(Role, String), File>;

/// Every file of every dossier, in the order of the codes.
#[derive(Debug, Default)]
pub(crate) struct Book {
    dossiers: BTreeMap<String, Files>,
    /// Errands that nobody has taken up yet.
    fresh: Vec<Errand>,
}

impl Book {
    /// Notes what a dossier that was accepted names. A link that is known already changes nothing; files that the dossier
    /// no longer names are forgotten.
    pub(crate) fn announce(&mut self, dossier: &str, links: Vec<Link<'_>>) {
        let mut old = self.dossiers.remove(dossier).unwrap_or_default();
        let mut files = Files::new();
        for Link { role, file, link } in links {
            let key = (role, file);
            let file = match old.remove(&key) {
                Some(known) if known.link == link => known,
                known => {
                    let file = File::announced(link.into_owned(), known);
                    let (dossier, file_id) = (dossier.to_owned(), key.1.clone());
                    self.fresh.push(Errand { dossier, role, file: file_id, number: file.number });
                    file
                }
            };
            files.insert(key, file);
        }
        if !files.is_empty() {
            self.dossiers.insert(dossier.to_owned(), files);
        }
    }

    /// Notes a file that the portal has whole, whatever the way it came; under another link than the last it is of no
    /// account.
    pub(crate) fn hold(&mut self, held: &Held) {
        let key = (held.role, held.file.clone());
        let file = self.dossiers.get_mut(&held.dossier).and_then(|files| files.get_mut(&key));
        if let Some(file) = file.filter(|file| file.link == held.link) {
            file.got(held.bytes, &held.sha256);
        }
    }

    /// `HashTepTin`: the SHA-256 of the bytes that the portal holds for a file; `None` when it holds none.
    pub(crate) fn hash(&self, dossier: &str, role: Role, file: &str) -> Option<&str> {
        let file = self.dossiers.get(dossier)?.get(&(role, file.to_owned()))?;
        (file.whole > 0).then_some(&*file.sha256)
    }

    /// From now on the portal holds of this file what hashes to `sha256`, empty for nothing; says whether the file was there.
    pub(crate) fn spoil(&mut self, dossier: &str, role: Role, file: &str, sha256: &str) -> bool {
        let file = self.dossiers.get_mut(dossier).and_then(|files| files.get_mut(&(role, file.to_owned())));
        file.map(|file| sha256.clone_into(&mut file.sha256)).is_some()
    }

    pub(crate) fn forget(&mut self, dossier: &str) {
        self.dossiers.remove(dossier);
    }

    /// Errands that nobody has taken up yet, and whose link is still the last and not followed.
    pub(super) fn take_fresh(&mut self) -> Vec<Errand> {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.retain(|errand| self.file(errand).is_some_and(|file| file.state != FileState::Whole));
        fresh
    }

    /// The file of an errand, unless its link is not the last any more.
    pub(super) fn file(&mut self, errand: &Errand) -> Option<&mut File> {
        let files = self.dossiers.get_mut(&errand.dossier)?;
        let file = files.get_mut(&(errand.role, errand.file.clone()))?;
        (file.number == errand.number).then_some(file)
    }

    /// Has every file that is not whole and that `comes` says yes to be fetched without waiting; returns them.
    pub(super) fn hurry(&mut self, comes: impl Fn(&str, Role, &str) -> bool) -> Vec<Errand> {
        let mut hurried = Vec::new();
        for (dossier, files) in &mut self.dossiers {
            for ((role, id), file) in files {
                if file.state == FileState::Whole || !comes(dossier, *role, id) {
                    continue;
                }
                let (dossier, file_id) = (dossier.clone(), id.clone());
                let errand = Errand { dossier, role: *role, file: file_id, number: file.number };
                if file.state == FileState::Failed {
                    file.state = FileState::Waiting;
                    self.fresh.push(errand.clone());
                }
                file.hurried = true;
                hurried.push(errand);
            }
        }
        hurried
    }

    /// Whether nothing more happens for this errand by itself.
    pub(super) fn is_over(&mut self, errand: &Errand) -> bool {
        self.file(errand).is_none_or(|file| matches!(file.state, FileState::Whole | FileState::Failed))
    }

    pub(crate) fn views(&self, of: Option<&str>) -> Vec<FileView> {
        let wanted = self.dossiers.iter().filter(|(code, _)| of.is_none_or(|of| *code == of));
        wanted
            .flat_map(|(code, files)| files.iter().map(move |((role, id), file)| file.view(code, *role, id)))
            .collect()
    }
}

impl File {
    /// A link that is new; of the file under its last link stays what the portal holds.
    fn announced(link: String, known: Option<Self>) -> Self {
        let (number, bytes, sha256, whole, unsteady) = known.map_or((0, 0, String::new(), 0, false), |it| {
            (it.number, it.bytes, it.sha256, it.whole, it.unsteady)
        });
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

    /// Every byte is there.
    pub(super) fn got(&mut self, bytes: u64, sha256: &str) {
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

/// Gives the files of one list of a dossier their ids: their own, or else their names; told apart by their places where
/// two have one name.
#[derive(Debug, Default)]
pub(crate) struct Ids(BTreeSet<String>);

impl Ids {
    pub(crate) fn next(&mut self, id: &str, name: &str) -> String {
        let plain = if id.is_empty() { name } else { id };
        let mut given = plain.to_owned();
        let mut copies = 1;
        while !self.0.insert(given.clone()) {
            copies += 1;
            given = format!("{plain}#{copies}");
        }
        given
    }
}

#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(rename = "DanhSachGiayToKetQua", default, borrow)]
    results: Vec<ResultPaper<'a>>,
    #[serde(rename = "TaiLieuNop", default, borrow)]
    papers: Vec<Paper<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResultPaper<'a> {
    #[serde(rename = "GiayToId", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "TenGiayTo", borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "DuongDanTepTinKetQua", borrow)]
    link: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paper<'a> {
    #[serde(rename = "TepDinhKemId", borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "TenTepDinhKem", borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "DuongDanTaiTepTin", borrow)]
    link: Cow<'a, str>,
    #[serde(rename = "IsDeleted", borrow)]
    deleted: Cow<'a, str>,
}

/// The links that a dossier names. A paper that is called deleted is not come for.
pub(crate) fn announced(body: &str) -> Vec<Link<'_>> {
    // A portal that is lax about fields may have taken lists of another shape: nothing to come for.
    let Ok(lists) = serde_json::from_str::<Lists<'_>>(body) else { return Vec::new() };
    let (mut result_ids, mut paper_ids) = (Ids::default(), Ids::default());
    let results = lists.results.into_iter().map(|it| Link {
        role: Role::Result,
        file: result_ids.next(&it.id, &it.name),
        link: it.link,
    });
    let papers = lists.papers.into_iter().filter(|it| it.deleted != "True").map(|it| Link {
        role: Role::Paper,
        file: paper_ids.next(&it.id, &it.name),
        link: it.link,
    });
    results.chain(papers).collect()
}
