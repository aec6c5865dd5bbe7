//! The result papers that the portal lacks, has too many, or shows with another hash or link.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::canonical::{canonical, kept, scalar, text};
use super::differences::OtherContent;
use super::expected::RESULTS;
use dongbo_model::{DifferenceKind, Differing, Dossier};
use dongbo_settings::HashKey;

/// The fields of a result paper's identifier (in dialect `ndxp`, in `rest`), link and hash.
const IDS: [&str; 2] = ["GiayToId", "IdGiayTo"];
const LINK: &str = "DuongDanTepTinKetQua";
const HASH: &str = "HashTepTin";

/// A result paper that dongbo delivers.
struct Delivered<'a> {
    sha256: &'a str,
    /// Its name in findings ([`Place::subject`](dongbo_model::Place::subject)).
    subject: String,
}

/// Compares the result papers in `theirs` with those in `wanted`, which is ours. Those that dongbo delivers are named as in
/// findings, others by their identifier.
pub(super) fn compare(
    ours: &Dossier,
    wanted: &Map<String, Value>,
    theirs: &Value,
    key: &HashKey,
) -> Vec<Differing> {
    let delivered = delivered(ours);
    let mut unmatched: Vec<&Value> = items(theirs.get(RESULTS)).iter().collect();
    let (mut found, mut rest) = (Vec::new(), OtherContent::default());
    for paper in items(wanted.get(RESULTS)) {
        let id = id_of(paper);
        let known = delivered.get(id.as_str());
        let subject = known.map_or_else(|| kept(&id, key), |known| known.subject.clone());
        let Some(shown) = take_match(&mut unmatched, paper, &id) else {
            found.push(Differing::plain(DifferenceKind::FileMissing, subject, "1", "0"));
            continue;
        };
        let hashes = known.zip(shown.get(HASH)).map(|(known, hash)| Hashes {
            ours: known.sha256,
            theirs: scalar(hash, "").unwrap_or_default().to_lowercase(),
        });
        if text(paper, LINK) != text(shown, LINK) {
            let side = |item: &Value| key.hash(&text(item, LINK));
            let subject = format!("{subject} {LINK}");
            found.push(Differing::plain(DifferenceKind::FileWrong, subject, side(paper), side(shown)));
        } else if hashes.as_ref().is_none_or(Hashes::are_equal) {
            rest.push(&canonical(Some(paper), paper), &canonical(Some(shown), paper));
        }
        found.extend(hashes.and_then(|hashes| hashes.differing(subject, key)));
    }
    for extra in unmatched {
        let id = kept(&id_of(extra), key);
        found.push(Differing::plain(DifferenceKind::FileExtra, id, "0", "1"));
    }
    found.extend(rest.differing(RESULTS.to_owned(), key));
    found
}

/// The hash of a delivered file, and the one that the portal shows; empty when it has not fetched the file.
struct Hashes<'a> {
    ours: &'a str,
    theirs: String,
}

impl Hashes<'_> {
    fn are_equal(&self) -> bool {
        self.ours == self.theirs
    }

    fn differing(&self, subject: String, key: &HashKey) -> Option<Differing> {
        if self.theirs.is_empty() {
            return Some(Differing::plain(DifferenceKind::FileUnfetched, subject, self.ours, ""));
        }
        let is_hash = self.theirs.len() == 64 && self.theirs.bytes().all(|byte| byte.is_ascii_hexdigit());
        let shown = if is_hash { self.theirs.clone() } else { key.hash(&self.theirs) };
        (!self.are_equal()).then(|| Differing::plain(DifferenceKind::FileWrong, subject, self.ours, shown))
    }
}

fn items(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn id_of(item: &Value) -> String {
    let id = IDS.iter().find(|field| item.get(*field).is_some());
    id.map(|field| text(item, field)).unwrap_or_default()
}

/// The papers that dongbo delivers, by identifier: dialect `ndxp` has the local one there, and `rest` the one that the portal
/// gave the file.
fn delivered(ours: &Dossier) -> BTreeMap<&str, Delivered<'_>> {
    let shipped = ours.shown_results().filter_map(|result| Some((result, result.shipped.as_ref()?)));
    shipped
        .filter_map(|(result, file)| {
            let subject = result.place()?.subject(result.result_code.as_str());
            Some((result, file, subject))
        })
        .flat_map(|(result, file, subject)| {
            [&result.id, &file.reference].map(|id| {
                let sha256 = file.sha256.as_str();
                (id.as_str(), Delivered { sha256, subject: subject.clone() })
            })
        })
        .collect()
}

/// Takes the item with the identifier of `paper` out of `unmatched`: an equal one where there is one.
fn take_match<'a>(unmatched: &mut Vec<&'a Value>, paper: &Value, id: &str) -> Option<&'a Value> {
    let alike = |item: &Value| id_of(item) == id;
    let equal = |item: &Value| alike(item) && canonical(Some(item), paper) == canonical(Some(paper), paper);
    let place = unmatched.iter().position(|item| equal(item));
    let place = place.or_else(|| unmatched.iter().position(|item| alike(item)));
    place.map(|place| unmatched.swap_remove(place))
}
