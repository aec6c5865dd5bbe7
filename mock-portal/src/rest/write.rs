//! The writing calls of dialect `rest`: checked item by item, applied together.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Map, Value, json};

use super::call::{Call, Item};
use super::{id_of, object, success};
use crate::chance;
use crate::clock;
use crate::core::Core;
use crate::journal::Outcome;
use crate::ndxp::node::{Members, Node, text_of};
use crate::ndxp::refusal::{Class, Refusal};
use crate::ndxp::validate::check_object;
use crate::ndxp::{Answer, Twist};
use crate::store::{Operation, Store, Write};
use crate::sync::lock;

/// What the portal says when it does not say.
const VAGUE: &str = "Có lỗi xảy ra khi xử lý một số dữ liệu trong danh sách";

/// One dossier's part of a call, ready to be stored.
struct Change<'a> {
    operation: Operation,
    code: &'a str,
    body: String,
    status: u8,
    note: String,
    at: &'a str,
    fingerprint: u64,
}

impl<'a> Change<'a> {
    fn write(&self) -> Write<'_> {
        Write {
            operation: self.operation,
            code: self.code,
            body: &self.body,
            status: self.status,
            note: &self.note,
            at: self.at,
            fingerprint: self.fingerprint,
        }
    }
}

/// `NopHoSo`: one dossier, new or in place of what was handed in.
pub(super) fn hand_in(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    let item = super::checked(core, call)?;
    let code = item.code();
    content(core, item, twist)?;
    let rules = &core.config.rules;
    // The digits of both are in the same order.
    let received: String = item.text("NgayTiepNhan").chars().filter(char::is_ascii_digit).collect();
    if rules.refuse_future_receipt && received > clock::latest_receipt(core.config.clock_ahead_s) {
        let message = "Trường NgayTiepNhan không được sau thời điểm hiện tại";
        return Err(Refusal::about(Class::Content, code, message));
    }
    if rules.check_procedures && core.config.catalogue.procedure(item.text("MaTTHC")).is_none() {
        let message = format!("mã thủ tục {} không có trong danh mục", item.text("MaTTHC"));
        return Err(Refusal::about(Class::UnknownProcedure, code, message));
    }
    if matches!(twist, Twist::Half { .. }) {
        return Err(Refusal::new(Class::Content, VAGUE));
    }
    let id = id_of(core, code);
    let mut store = lock(&core.store);
    let before = store.bodies(code).map(|(body, _)| object(body));
    let named = item.text("IdHoSo");
    match &before {
        None if !named.is_empty() => return Err(Refusal::unknown_dossier(code)),
        Some(_) if !named.is_empty() && named != id => return Err(Refusal::unknown_dossier(code)),
        Some(_) if named.is_empty() && rules.refuse_known_create => return Err(Refusal::exists(code)),
        Some(_) if !named.is_empty() && !core.config.rest.resubmit => return Err(Refusal::exists(code)),
        _ => {}
    }
    let operation = if named.is_empty() { Operation::Create } else { Operation::Update };
    // A dossier begins as registered; handing it in again leaves its status alone.
    let mut fields = before.unwrap_or_else(|| Map::from_iter([("TrangThai".to_owned(), json!("1"))]));
    fields.extend(object(item.raw));
    fields.insert("IdHoSo".to_owned(), id.clone().into());
    let change = change(operation, code, &fields);
    let answer = success(core, &json!({ "idHoSo": id, "maHoSo": code }));
    Ok(store_all(core, &mut store, &[change], twist, answer, seq))
}

/// `CapNhatTrangThai`: the elements of a dossier are applied in their order, and only the last one's status stays.
pub(super) fn set_status(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    let codes = call.dossiers();
    check_size(codes.len(), call.items.len(), core.config.rules.max_dossiers_per_call, "hồ sơ")?;
    let checked = |item: &Item<'_>| -> Result<(), Refusal> {
        check(core, call, item)?;
        let lists = ["DanhSachLePhi", "DanhSachGiayToKetQua"];
        let has = |name: &str| item.members.iter().any(|(key, _)| key.as_str() == name);
        let allowed = core.config.rest.lists_with.iter().any(|status| status == item.text("TrangThai"));
        if let Some(list) = lists.into_iter().find(|list| has(list)).filter(|_| !allowed) {
            let message =
                format!("Trường {list} chỉ gửi với trạng thái {}", core.config.rest.lists_with.join(", "));
            return Err(Refusal::about(Class::Content, item.code(), message));
        }
        content(core, item, twist)
    };
    let mut store = lock(&core.store);
    let one = |code: &&'_ str| -> Result<Map<String, Value>, Refusal> {
        let mut fields = Map::new();
        for item in call.items.iter().filter(|item| item.code() == *code) {
            checked(item)?;
            known(core, &store, item, "IdHoSo")?;
            fields.extend(object(item.raw));
        }
        let mut whole = store.bodies(code).map(|(body, _)| object(body)).unwrap_or_default();
        whole.extend(fields);
        Ok(whole)
    };
    if let Some(nameless) = call.items.iter().find(|item| item.code().is_empty()) {
        checked(nameless)?;
    }
    let results: Vec<_> = codes.iter().map(|code| (*code, one(code))).collect();
    let changes = results
        .into_iter()
        .map(|(code, fields)| fields.map(|fields| change(Operation::Update, code, &fields)))
        .collect();
    apply(core, &mut store, changes, twist, seq)
}

/// `CapNhatTienTrinh`.
pub(super) fn progress(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    let steps = call.items.len();
    check_size(steps, steps, core.config.rules.max_steps_per_call, "bước xử lý")?;
    let mut store = lock(&core.store);
    // A history is taken in its order: nothing behind a refused step of the same dossier.
    let mut broken_off: Vec<&str> = Vec::new();
    let mut changes = Vec::with_capacity(steps);
    for item in &call.items {
        let checked = check(core, call, item)
            .and_then(|()| content(core, item, twist))
            .and_then(|()| known(core, &store, item, "IDHoSo"));
        changes.push(match checked {
            Ok(()) if broken_off.contains(&item.code()) => Err(Refusal::new(Class::Content, VAGUE)),
            Ok(()) => Ok(Change {
                operation: Operation::Step,
                code: item.code(),
                body: item.raw.to_owned(),
                status: item.text("TrangThai").parse().unwrap_or_default(),
                note: String::new(),
                at: item.text("ThoiDiemXuLy"),
                fingerprint: fingerprint(&item.members),
            }),
            Err(refusal) => {
                broken_off.push(item.code());
                Err(refusal)
            }
        });
    }
    apply(core, &mut store, changes, twist, seq)
}

/// Applies what may be applied of a batch, and answers.
fn apply(
    core: &Core,
    store: &mut Store,
    changes: Vec<Result<Change<'_>, Refusal>>,
    twist: &Twist,
    seq: u64,
) -> Result<Answer, Refusal> {
    let mut refusal = None;
    let mut admitted = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            Ok(change) => admitted.push(change),
            Err(first) => {
                refusal.get_or_insert(first);
            }
        }
    }
    if let Twist::Half { seed } = twist {
        // Whole dossiers fall out, so that no history has a hole.
        let is_unlucky =
            |change: &Change<'_>| chance::mix(*seed, &[change.code, &seq.to_string()]).is_multiple_of(2);
        let before = admitted.len();
        admitted.retain(|change| !is_unlucky(change));
        if admitted.len() < before {
            refusal.get_or_insert_with(|| Refusal::new(Class::Content, VAGUE));
        }
    }
    let in_parts = matches!(twist, Twist::Half { .. }) || !core.config.rules.atomic_batches;
    match refusal {
        None => Ok(store_all(core, store, &admitted, twist, success(core, &Value::Null), seq)),
        Some(refusal) if admitted.is_empty() || !in_parts => Err(refusal),
        Some(refusal) => {
            let answer = super::refuse(core, &refusal);
            let stored = store_all(core, store, &admitted, twist, answer, seq);
            Ok(Answer { outcome: Outcome::Partial, ..stored })
        }
    }
}

fn store_all(
    core: &Core,
    store: &mut Store,
    changes: &[Change<'_>],
    twist: &Twist,
    answer: Answer,
    seq: u64,
) -> Answer {
    if *twist == Twist::Lie {
        return Answer { outcome: Outcome::NotApplied, ..answer };
    }
    let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
    if let Some(kept) = lock(&core.kept).as_mut() {
        kept.keep(&writes, seq);
    }
    for write in &writes {
        store.apply(write, seq);
    }
    answer
}

fn change<'a>(operation: Operation, code: &'a str, fields: &Map<String, Value>) -> Change<'a> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    Change {
        operation,
        code,
        status: text("TrangThai").parse().unwrap_or_default(),
        note: text("NoiDungYKien").to_owned(),
        body: Value::Object(fields.clone()).to_string(),
        at: "",
        fingerprint: 0,
    }
}

fn check_size(counted: usize, items: usize, most: usize, what: &str) -> Result<(), Refusal> {
    if items == 0 {
        return Err(Refusal::new(Class::Content, "Danh sách không được để trống"));
    }
    if counted > most {
        return Err(Refusal::new(Class::TooMany, format!("Mỗi lần gửi tối đa {most} {what}")));
    }
    Ok(())
}

/// What the table says of an item.
fn check(core: &Core, call: &Call<'_>, item: &Item<'_>) -> Result<(), Refusal> {
    check_object(call.table(), &item.members, core.config.rules.strict_fields)
        .map_err(|complaint| Refusal::about(Class::Content, item.code(), complaint.sentence()))
}

/// That the dossier is known by both of its names.
fn known(core: &Core, store: &Store, item: &Item<'_>, field: &str) -> Result<(), Refusal> {
    let code = item.code();
    if store.knows(code) && item.text(field) == id_of(core, code) {
        Ok(())
    } else {
        Err(Refusal::unknown_dossier(code))
    }
}

/// That every file named is there with that hash, and that no fault is against the dossier.
fn content(core: &Core, item: &Item<'_>, twist: &Twist) -> Result<(), Refusal> {
    if let Twist::Refuse { dossier, message } = twist
        && dossier == item.code()
    {
        return Err(Refusal::about(Class::Content, dossier, message.clone()));
    }
    let mut named = BTreeMap::new();
    files(&item.members, &mut named);
    let files = lock(&core.uploads);
    for (id, sha256) in named {
        let problem = match files.sha256(id) {
            None => "không có trên hệ thống",
            Some(ours) if ours != sha256 => "có HashTepTin không khớp",
            Some(_) => continue,
        };
        let message = format!("tệp tin {id} {problem}");
        return Err(Refusal::about(Class::Content, item.code(), message));
    }
    Ok(())
}

/// Every file within an object: name and hash.
fn files<'n>(members: &'n Members<'_>, found: &mut BTreeMap<&'n str, &'n str>) {
    if let Some(id) = text_of(members, "IdGiayTo") {
        found.insert(id, text_of(members, "HashTepTin").unwrap_or_default());
    }
    for (_, node) in members {
        let Node::List(items) = node else { continue };
        for item in items {
            if let Node::Object(members) = item {
                files(members, found);
            }
        }
    }
}

/// Equal for steps that are equal in all fields; an empty field equals a missing one, as it looks the same.
fn fingerprint(members: &Members<'_>) -> u64 {
    let mut fields: Vec<(&str, &str)> = members
        .iter()
        .filter_map(|(name, node)| match node {
            Node::Text(text) if !text.as_str().is_empty() => Some((name.as_str(), text.as_str())),
            _ => None,
        })
        .collect();
    fields.sort_unstable();
    let mut hasher = DefaultHasher::new();
    fields.hash(&mut hasher);
    hasher.finish()
}
