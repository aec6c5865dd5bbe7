//! In what exactly the portal shows a dossier otherwise than it is to, field by field.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::compare::{Canon, RESULTS, canon, scalar};
use dongbo_model::{DifferenceKind, Differing, Dossier};

/// Where a result paper's identifier (in dialect `ndxp`, in `rest`), link and hash stand.
const PAPER_IDS: [&str; 2] = ["GiayToId", "IdGiayTo"];
const PAPER_LINK: &str = "DuongDanTepTinKetQua";
const PAPER_HASH: &str = "HashTepTin";
/// The longest value of the portal that is kept as it came.
const LONGEST_KEPT: usize = 60;

/// The kind of a difference in this field; `None` for other content.
fn kind_of(field: &str) -> Option<DifferenceKind> {
    Some(match field {
        "TrangThaiHoSo" | "TrangThai" => DifferenceKind::Status,
        "NgayHenTra" => DifferenceKind::DueDate,
        "NgayTiepNhan" | "NgayNopHoSo" | "NgayNop" | "NgayTra" | "NgayKetThucXuLy" | "NgayTuChoi" => {
            DifferenceKind::Date
        }
        "DanhSachLePhi" => DifferenceKind::Fee,
        "DonViXuLy" | "MaDonViTiepNhan" => DifferenceKind::Unit,
        "MaTTHC" => DifferenceKind::Procedure,
        _ => return None,
    })
}

/// The fields of `wanted`, which is ours, that `theirs` has otherwise: those with a kind of their own one by one, the
/// rest as one difference that names them. Result papers are told by [`papers`].
pub(super) fn fields(wanted: &Map<String, Value>, theirs: &Value) -> Vec<Differing> {
    let mut found = Vec::new();
    let mut rest: Vec<&str> = Vec::new();
    let (mut rest_ours, mut rest_theirs) = (String::new(), String::new());
    for (field, ours) in wanted.iter().filter(|(field, _)| *field != RESULTS) {
        let shown = theirs.get(field);
        let (mine, other) = (canon(Some(ours), ours), canon(shown, ours));
        if mine == other {
            continue;
        }
        let Some(kind) = kind_of(field) else {
            rest.push(field);
            rest_ours.push_str(&format!("{mine:?}"));
            rest_theirs.push_str(&format!("{other:?}"));
            continue;
        };
        let of = |value: Option<&Value>, canon: &Canon| match kind {
            DifferenceKind::Fee => amounts(value, canon),
            _ => value.and_then(|value| scalar(value, "")).map(|text| kept(&text)).unwrap_or_default(),
        };
        let raw = |value: Option<&Value>| match value {
            Some(Value::String(text)) => kept(text),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Some(value @ (Value::Array(_) | Value::Object(_))) => hashed(&value.to_string()),
            Some(Value::Null) | None => String::new(),
        };
        found.push(Differing {
            kind,
            subject: field.clone(),
            ours: of(Some(ours), &mine),
            theirs: of(shown, &other),
            ours_raw: raw(Some(ours)),
            theirs_raw: raw(shown),
            mendable: kind.is_mendable(),
        });
    }
    if !rest.is_empty() {
        let (mine, other) = (hashed(&rest_ours), hashed(&rest_theirs));
        found.push(Differing::plain(DifferenceKind::Content, rest.join(","), mine, other));
    }
    found
}

/// The result papers that are missing, too many, or there with another hash or link. Those that dongbo delivers are called
/// as findings call them ([`Place::subject`](dongbo_model::Place::subject)), others by their identifier.
pub(super) fn papers(ours: &Dossier, wanted: &Map<String, Value>, theirs: &Value) -> Vec<Differing> {
    let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (mine, shown) = (items(wanted.get(RESULTS)), items(theirs.get(RESULTS)));
    let text = |item: &Value, field: &str| item.get(field).and_then(|it| scalar(it, "")).unwrap_or_default();
    let mut found = Vec::new();
    let mut unmatched: Vec<&Value> = shown.iter().collect();
    let id_of = |item: &Value| {
        let id = PAPER_IDS.iter().find(|field| item.get(*field).is_some());
        id.map(|field| text(item, field)).unwrap_or_default()
    };
    // Dialect `ndxp` calls a paper by the local identifier, and `rest` by the one that the portal gave its file.
    let shipped = ours.shown_results().filter_map(|result| Some((result, result.shipped.as_ref()?)));
    let delivered: BTreeMap<&str, (&str, String)> = shipped
        .filter_map(|(result, file)| {
            let subject = result.place()?.subject(result.result_code.as_str());
            Some((result, file, subject))
        })
        .flat_map(|(result, file, subject)| {
            [&result.id, &file.reference].map(|id| (id.as_str(), (file.sha256.as_str(), subject.clone())))
        })
        .collect();
    let (mut rest_ours, mut rest_theirs) = (String::new(), String::new());
    for paper in &mine {
        let id = id_of(paper);
        let known = delivered.get(id.as_str());
        let subject = known.map_or_else(|| kept(&id), |(_, subject)| subject.clone());
        let alike = |it: &Value| id_of(it) == id;
        let equal = |it: &Value| alike(it) && canon(Some(it), paper) == canon(Some(paper), paper);
        let place =
            unmatched.iter().position(|it| equal(it)).or_else(|| unmatched.iter().position(|it| alike(it)));
        let Some(there) = place.map(|place| unmatched.swap_remove(place)) else {
            found.push(Differing::plain(DifferenceKind::FileMissing, subject, "1", "0"));
            continue;
        };
        let hash = known
            .zip(there.get(PAPER_HASH))
            .map(|((hash, _), shown)| (*hash, scalar(shown, "").unwrap_or_default().to_lowercase()));
        if text(paper, PAPER_LINK) != text(there, PAPER_LINK) {
            let side = |item: &Value| hashed(&text(item, PAPER_LINK));
            let subject = format!("{subject} {PAPER_LINK}");
            found.push(Differing::plain(DifferenceKind::FileWrong, subject, side(paper), side(there)));
        } else if hash.as_ref().is_none_or(|(hash, shown)| shown == hash)
            && canon(Some(there), paper) != canon(Some(paper), paper)
        {
            rest_ours.push_str(&format!("{:?}", canon(Some(paper), paper)));
            rest_theirs.push_str(&format!("{:?}", canon(Some(there), paper)));
        }
        let Some((hash, shown)) = hash else { continue };
        if shown.is_empty() {
            found.push(Differing::plain(DifferenceKind::FileUnfetched, subject, hash, ""));
        } else if shown != hash {
            let is_hash = shown.len() == 64 && shown.bytes().all(|byte| byte.is_ascii_hexdigit());
            let shown = if is_hash { shown } else { hashed(&shown) };
            found.push(Differing::plain(DifferenceKind::FileWrong, subject, hash, shown));
        }
    }
    for extra in unmatched {
        let id = kept(&id_of(extra));
        found.push(Differing::plain(DifferenceKind::FileExtra, id, "0", "1"));
    }
    if rest_ours != rest_theirs {
        let (mine, other) = (hashed(&rest_ours), hashed(&rest_theirs));
        found.push(Differing::plain(DifferenceKind::Content, RESULTS, mine, other));
    }
    found
}

/// What is wrong with a history that is not the same as ours.
pub(super) fn steps(ours: &[Canon], shown: &[Canon]) -> Vec<Differing> {
    let (here, there) = (ours.len().to_string(), shown.len().to_string());
    let differing = |kind: DifferenceKind, mendable: bool| Differing {
        mendable,
        ..Differing::plain(kind, "", here.clone(), there.clone())
    };
    if ours.starts_with(shown) {
        let missing = ours.len() > shown.len();
        return missing.then(|| differing(DifferenceKind::StepMissing, true)).into_iter().collect();
    }
    let mut counted: BTreeMap<&Canon, (usize, usize)> = BTreeMap::new();
    ours.iter().for_each(|step| counted.entry(step).or_default().0 += 1);
    shown.iter().for_each(|step| counted.entry(step).or_default().1 += 1);
    let missing = counted.values().any(|(ours, shown)| ours > shown);
    let extra = counted.values().any(|(ours, shown)| shown > ours);
    let mut found = Vec::new();
    if missing {
        found.push(differing(DifferenceKind::StepMissing, false));
    }
    if extra {
        found.push(differing(DifferenceKind::StepExtra, false));
    }
    if !missing && !extra {
        found.push(differing(DifferenceKind::StepOrder, false));
    }
    found
}

/// The amounts of a list of fees, with a hash of all that is said of them.
fn amounts(fees: Option<&Value>, canon: &Canon) -> String {
    let of = |fee: &Value| fee.get("Gia").and_then(|amount| scalar(amount, "")).map(|it| kept(&it));
    let amounts: Vec<String> = fees.and_then(Value::as_array).into_iter().flatten().filter_map(of).collect();
    format!("{} ({})", amounts.join("+"), hashed(&format!("{canon:?}")))
}

/// A value that is a code, a date or a number as it is; anything else could be somebody's name, and is hashed.
fn kept(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:/+".contains(c);
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    // Codes have few letters, names are all letters.
    let is_code = text.len() <= LONGEST_KEPT && text.chars().all(plain) && letters <= text.len() / 2;
    if is_code || letters <= 3 && text.chars().all(plain) && text.len() <= LONGEST_KEPT {
        text.to_owned()
    } else {
        hashed(text)
    }
}

fn hashed(text: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(text.as_bytes()));
    digits.truncate(12);
    format!("#{digits}")
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn a_code_is_kept_and_a_name_is_hashed() {
        for code in ["10", "20250915080203", "H48.57", "1.001193", "KQ-1", ""] {
            assert_eq!(kept(code), code);
        }
        for name in ["Nguyen", "Nguyễn Thị Canary", "a@b.vn", &"1".repeat(61)] {
            assert!(kept(name).starts_with('#') && kept(name).len() == 13, "{name}: {}", kept(name));
        }
    }
}
