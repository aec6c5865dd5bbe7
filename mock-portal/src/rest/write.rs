//! The writing calls of dialect `rest`: checked item by item, applied together.

use serde_json::{Map, Value, json};

use super::answer;
use super::call::{Call, Item};
use super::check::{check_content, check_fields, check_known, dossier_id, only_item};
use crate::chance;
use crate::clock;
use crate::core::Core;
use crate::outcome::Outcome;
use crate::store::{Operation, Store, Write, object};
use crate::sync::lock;
use crate::wire::answer::Answer;
use crate::wire::batch::{Twist, VAGUE, fingerprint};
use crate::wire::refusal::{Class, Refusal};

/// The part of a call that is about one dossier, ready to be stored.
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
    /// A change after which the dossier has these fields.
    fn of_dossier(operation: Operation, code: &'a str, fields: &Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        Self {
            operation,
            code,
            status: text("TrangThai").parse().unwrap_or_default(),
            note: text("NoiDungYKien").to_owned(),
            body: Value::Object(fields.clone()).to_string(),
            at: "",
            fingerprint: 0,
        }
    }

    fn of_step(item: &'a Item<'_>) -> Self {
        Self {
            operation: Operation::Step,
            code: item.code(),
            body: item.raw.to_owned(),
            status: item.text("TrangThai").parse().unwrap_or_default(),
            note: String::new(),
            at: item.text("ThoiDiemXuLy"),
            fingerprint: fingerprint(&item.members),
        }
    }

    fn write(&self) -> Write<'_> {
        Write {
            operation: self.operation,
            code: self.code,
            body: &self.body,
            status: self.status,
            is_cancellation: false,
            note: &self.note,
            at: self.at,
            fingerprint: self.fingerprint,
        }
    }
}

/// `NopHoSo`: one dossier, new or in place of the one that was handed in.
pub(super) fn hand_in(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    let item = only_item(core, call)?;
    let code = item.code();
    check_content(core, item, twist)?;
    check_receipt(core, item)?;
    if twist.is_half() {
        return Err(Refusal::new(Class::Content, VAGUE));
    }
    let id = dossier_id(core, code);
    let mut store = lock(&core.store);
    let before = store.bodies(code).map(|(body, _)| object(body));
    let operation = hand_in_operation(core, item, &id, before.is_some())?;
    // A dossier begins as registered; handing it in again leaves its status alone.
    let mut fields = before.unwrap_or_else(|| Map::from_iter([("TrangThai".to_owned(), json!("1"))]));
    fields.extend(object(item.raw));
    fields.insert("IdHoSo".to_owned(), id.clone().into());
    let change = Change::of_dossier(operation, code, &fields);
    let success = answer::success(core, &json!({ "idHoSo": id, "maHoSo": code }));
    Ok(store_all(core, &mut store, &[change], twist, success, seq))
}

/// Checks the date of receipt and the procedure of a dossier that is handed in.
fn check_receipt(core: &Core, item: &Item<'_>) -> Result<(), Refusal> {
    let rules = &core.config.rules;
    // The digits of both are in the same order.
    let received: String = item.text("NgayTiepNhan").chars().filter(char::is_ascii_digit).collect();
    if rules.refuse_future_receipt && received > clock::latest_receipt(core.config.clock_ahead_s) {
        let message = "Trường NgayTiepNhan không được sau thời điểm hiện tại";
        return Err(Refusal::about(Class::Content, item.code(), message));
    }
    let procedure = item.text("MaTTHC");
    if rules.check_procedures && core.config.catalogue.procedure(procedure).is_none() {
        let message = format!("mã thủ tục {procedure} không có trong danh mục");
        return Err(Refusal::about(Class::UnknownProcedure, item.code(), message));
    }
    Ok(())
}

/// Decides whether handing in creates or replaces: `IdHoSo` names a dossier that is there, and its lack a new one.
fn hand_in_operation(core: &Core, item: &Item<'_>, id: &str, is_known: bool) -> Result<Operation, Refusal> {
    let code = item.code();
    let named = item.text("IdHoSo");
    match (is_known, named.is_empty()) {
        (false, false) => Err(Refusal::unknown_dossier(code)),
        (true, false) if named != id => Err(Refusal::unknown_dossier(code)),
        (true, false) if !core.config.rest.resubmit => Err(Refusal::exists(code)),
        (true, true) if core.config.rules.refuse_known_create => Err(Refusal::exists(code)),
        (true, false) => Ok(Operation::Update),
        (_, true) => Ok(Operation::Create),
    }
}

/// `CapNhatTrangThai`: the elements of a dossier are applied in their order, and only the last one's status stays.
pub(super) fn set_status(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    let codes = call.dossiers();
    check_size(codes.len(), call.items.len(), core.config.rules.max_dossiers_per_call, "hồ sơ")?;
    let mut store = lock(&core.store);
    if let Some(nameless) = call.items.iter().find(|item| item.code().is_empty()) {
        check_status(core, call, nameless, twist)?;
    }
    let changes = codes
        .iter()
        .map(|code| {
            let fields = fields_after(core, &store, call, code, twist);
            fields.map(|fields| Change::of_dossier(Operation::Update, code, &fields))
        })
        .collect();
    apply(core, &mut store, changes, twist, seq)
}

/// Checks a change of status by itself.
fn check_status(core: &Core, call: &Call<'_>, item: &Item<'_>, twist: &Twist) -> Result<(), Refusal> {
    check_fields(core, call, item)?;
    let lists = ["DanhSachLePhi", "DanhSachGiayToKetQua"];
    let has = |name: &str| item.members.iter().any(|(key, _)| key.as_str() == name);
    let lists_with = &core.config.rest.lists_with;
    let allows_lists = lists_with.iter().any(|status| status == item.text("TrangThai"));
    if let Some(list) = lists.into_iter().find(|list| has(list)).filter(|_| !allows_lists) {
        let message = format!("Trường {list} chỉ gửi với trạng thái {}", lists_with.join(", "));
        return Err(Refusal::about(Class::Content, item.code(), message));
    }
    check_content(core, item, twist)
}

/// The fields of a dossier after all elements of a call that are about it.
fn fields_after(
    core: &Core,
    store: &Store,
    call: &Call<'_>,
    code: &str,
    twist: &Twist,
) -> Result<Map<String, Value>, Refusal> {
    let mut fields = store.bodies(code).map(|(body, _)| object(body)).unwrap_or_default();
    for item in call.items.iter().filter(|item| item.code() == code) {
        check_status(core, call, item, twist)?;
        check_known(core, store, item, "IdHoSo")?;
        fields.extend(object(item.raw));
    }
    Ok(fields)
}

/// `CapNhatTienTrinh`.
pub(super) fn append_steps(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    let steps = call.items.len();
    check_size(steps, steps, core.max_steps_per_call(), "bước xử lý")?;
    let mut store = lock(&core.store);
    // A history is taken in its order: nothing behind a refused step of the same dossier.
    let mut broken_off: Vec<&str> = Vec::new();
    let mut changes = Vec::with_capacity(steps);
    for item in &call.items {
        let checked = check_fields(core, call, item)
            .and_then(|()| check_content(core, item, twist))
            .and_then(|()| check_known(core, &store, item, "IDHoSo"));
        changes.push(match checked {
            Ok(()) if broken_off.contains(&item.code()) => Err(Refusal::new(Class::Content, VAGUE)),
            Ok(()) => Ok(Change::of_step(item)),
            Err(refusal) => {
                broken_off.push(item.code());
                Err(refusal)
            }
        });
    }
    apply(core, &mut store, changes, twist, seq)
}

/// Applies the changes of a batch that may be applied, and answers.
fn apply(
    core: &Core,
    store: &mut Store,
    changes: Vec<Result<Change<'_>, Refusal>>,
    twist: &Twist,
    seq: u64,
) -> Result<Answer, Refusal> {
    let mut first_refusal = None;
    let mut admitted = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            Ok(change) => admitted.push(change),
            Err(refusal) => {
                first_refusal.get_or_insert(refusal);
            }
        }
    }
    if let Twist::Half { seed } = twist {
        // Whole dossiers fall out, so that no history has a hole.
        let falls_out =
            |change: &Change<'_>| chance::mix(*seed, &[change.code, &seq.to_string()]).is_multiple_of(2);
        let before = admitted.len();
        admitted.retain(|change| !falls_out(change));
        if admitted.len() < before {
            first_refusal.get_or_insert_with(|| Refusal::new(Class::Content, VAGUE));
        }
    }
    let in_parts = twist.is_half() || !core.config.rules.atomic_batches;
    match first_refusal {
        None => {
            let success = answer::success(core, &Value::Null);
            Ok(store_all(core, store, &admitted, twist, success, seq))
        }
        Some(refusal) if admitted.is_empty() || !in_parts => Err(refusal),
        Some(refusal) => {
            let refused = answer::refusal(core, &refusal);
            let stored = store_all(core, store, &admitted, twist, refused, seq);
            Ok(Answer { outcome: Outcome::Partial, ..stored })
        }
    }
}

/// Stores changes and returns the answer, unless the twist is to lie about it.
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
    core.store_writes(store, &writes, seq);
    answer
}

fn check_size(counted: usize, items: usize, most: usize, unit: &str) -> Result<(), Refusal> {
    if items == 0 {
        return Err(Refusal::new(Class::Content, "Danh sách không được để trống"));
    }
    if counted > most {
        return Err(Refusal::new(Class::TooMany, format!("Mỗi lần gửi tối đa {most} {unit}")));
    }
    Ok(())
}
