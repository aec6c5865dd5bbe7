//! Checks of the objects of a call: the table, the dossier that is named, the files that are named.

use std::collections::BTreeMap;

use super::call::{Call, Item};
use crate::chance;
use crate::core::Core;
use crate::store::Store;
use crate::sync::lock;
use crate::wire::batch::Twist;
use crate::wire::check::check_object;
use crate::wire::node::{Members, Node, text_of};
use crate::wire::refusal::{Class, Refusal};

/// The portal's own identifier of a dossier, which follows from its code.
pub(super) fn dossier_id(core: &Core, code: &str) -> String {
    format!("hs-{:016x}", chance::mix(core.config.seed, &["dossier", code]))
}

/// The one object of a call, checked against its table.
pub(super) fn only_item<'c, 'a>(core: &Core, call: &'c Call<'a>) -> Result<&'c Item<'a>, Refusal> {
    if let Some(problem) = &call.problem {
        return Err(problem.clone());
    }
    let Some(item) = call.items.first() else {
        return Err(Refusal::new(Class::Malformed, "Nội dung gửi lên không phải JSON hợp lệ"));
    };
    check_fields(core, call, item)?;
    Ok(item)
}

/// Checks an item against its table.
pub(super) fn check_fields(core: &Core, call: &Call<'_>, item: &Item<'_>) -> Result<(), Refusal> {
    check_object(core.contract.rest(call.service), &item.members, core.config.rules.strict_fields)
        .map_err(|complaint| Refusal::about(Class::Content, item.code(), complaint.sentence()))
}

/// Checks that the dossier is known by both of its names; `id_field` holds the portal's own.
pub(super) fn check_known(
    core: &Core,
    store: &Store,
    item: &Item<'_>,
    id_field: &str,
) -> Result<(), Refusal> {
    let code = item.code();
    if store.knows(code) && item.text(id_field) == dossier_id(core, code) {
        Ok(())
    } else {
        Err(Refusal::unknown_dossier(code))
    }
}

/// Checks that no fault refuses the dossier, and that every file named was uploaded with the hash that the item gives.
pub(super) fn check_content(core: &Core, item: &Item<'_>, twist: &Twist) -> Result<(), Refusal> {
    if let Some(message) = twist.refusal_of(item.code()) {
        return Err(Refusal::about(Class::Content, item.code(), message));
    }
    let mut named = BTreeMap::new();
    collect_files(&item.members, &mut named);
    let uploads = lock(&core.uploads);
    for (id, sha256) in named {
        let problem = match uploads.sha256(id) {
            None => "không có trên hệ thống",
            Some(ours) if ours != sha256 => "có HashTepTin không khớp",
            Some(_) => continue,
        };
        let message = format!("tệp tin {id} {problem}");
        return Err(Refusal::about(Class::Content, item.code(), message));
    }
    Ok(())
}

/// Adds every file within an object, its id and its hash, to `found`.
fn collect_files<'n>(members: &'n Members<'_>, found: &mut BTreeMap<&'n str, &'n str>) {
    if let Some(id) = text_of(members, "IdGiayTo") {
        found.insert(id, text_of(members, "HashTepTin").unwrap_or_default());
    }
    for (_, node) in members {
        let Node::List(items) = node else { continue };
        for item in items {
            if let Node::Object(members) = item {
                collect_files(members, found);
            }
        }
    }
}
