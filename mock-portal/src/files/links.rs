//! The links that a dossier names, read from its body.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::file::Role;

/// A link as a dossier names it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    pub(super) role: Role,
    pub(super) file: String,
    pub(super) link: Cow<'a, str>,
}

/// The ids of the files of one list of a dossier: their own, or else their names. Where two are equal, their order
/// tells them apart.
#[derive(Debug, Default)]
pub(crate) struct FileIds(BTreeSet<String>);

impl FileIds {
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

/// The links that a dossier names, but for those of papers that it calls deleted.
pub(crate) fn links_of(body: &str) -> Vec<Link<'_>> {
    // A portal that is lax about fields may have taken lists of another shape: nothing to fetch.
    let Ok(lists) = serde_json::from_str::<Lists<'_>>(body) else { return Vec::new() };
    let (mut result_ids, mut paper_ids) = (FileIds::default(), FileIds::default());
    let results = lists.results.into_iter().map(|paper| Link {
        role: Role::Result,
        file: result_ids.next(&paper.id, &paper.name),
        link: paper.link,
    });
    let papers = lists.papers.into_iter().filter(|paper| paper.deleted != "True").map(|paper| Link {
        role: Role::Paper,
        file: paper_ids.next(&paper.id, &paper.name),
        link: paper.link,
    });
    results.chain(papers).collect()
}
