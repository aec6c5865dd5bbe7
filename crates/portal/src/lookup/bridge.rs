//! What a vendor's bridge has of its own in a dossier that it brings: the places of files, and their names there. Where it is only
//! watched, none of that is a difference.

use serde_json::{Map, Value};

use super::canonical::text;
use dongbo_model::{DifferenceKind, Differing, Dossier};

/// The papers handed in (dialect `ndxp`), with the fields of a paper's identifier and link.
const PAPERS: [&str; 3] = ["TaiLieuNop", "TepDinhKemId", "DuongDanTaiTepTin"];
/// The components with papers (dialect `rest`), and the field with the files that the portal has of one.
const COMPONENTS: [&str; 2] = ["ThanhPhanHoSo", "GiayToDinhKem"];

/// The portal's record without papers of which `wanted`, which is ours, says nothing; in `wanted` no paper has a place any more.
pub(super) fn without_its_own(wanted: &mut Map<String, Value>, theirs: &Value) -> Value {
    let ([papers, id, link], [components, files]) = (PAPERS, COMPONENTS);
    let mut theirs = theirs.clone();
    each(wanted.get_mut(components), |component| drop(component.remove(files)));
    each(wanted.get_mut(papers), |paper| drop(paper.remove(link)));
    let ours = wanted.get(papers).and_then(Value::as_array).into_iter().flatten();
    let known: Vec<String> = ours.map(|paper| text(paper, id)).collect();
    if let Some(shown) = theirs.get_mut(papers).and_then(Value::as_array_mut) {
        shown.retain(|paper| known.contains(&text(paper, id)));
    }
    theirs
}

/// The differences that count. Of result papers whose bytes the bridge fetches by itself no name is known, so that they are counted:
/// as many as the local system has must be there, where look-ups show them.
pub(super) fn that_count(
    ours: &Dossier,
    mut differing: Vec<Differing>,
    shows_results: bool,
) -> Vec<Differing> {
    let further = differing.iter().filter(|one| one.kind == DifferenceKind::FileExtra).count();
    differing.retain(|one| !one.kind.is_of_links());
    let unnamed = ours.results.iter().filter(|result| result.address().is_none() && !result.file.is_empty());
    let unnamed = unnamed.count();
    if shows_results && further < unnamed {
        let (here, there) = (unnamed.to_string(), further.to_string());
        differing.push(Differing::plain(DifferenceKind::FileMissing, "", here, there));
    }
    differing
}

fn each(list: Option<&mut Value>, change: impl Fn(&mut Map<String, Value>)) {
    let items = list.and_then(Value::as_array_mut).into_iter().flatten();
    items.filter_map(Value::as_object_mut).for_each(change);
}
