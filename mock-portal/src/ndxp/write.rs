//! Batches of dossiers and steps: checked one by one, applied together.

use super::answer;
use super::call::{Call, Item};
use super::validate::{Strictness, check_dossier};
use crate::chance;
use crate::clock;
use crate::core::Core;
use crate::outcome::Outcome;
use crate::service::Service;
use crate::store::{Operation, Store, Write};
use crate::sync::lock;
use crate::wire::answer::Answer;
use crate::wire::batch::{Twist, VAGUE, fingerprint};
use crate::wire::check::check_object;
use crate::wire::node::text_of;
use crate::wire::refusal::{Class, Refusal};

pub(super) fn write(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    check_size(core, call)?;
    let latest =
        core.config.rules.refuse_future_receipt.then(|| clock::latest_receipt(core.config.clock_ahead_s));
    let how =
        Strictness { strict_fields: core.config.rules.strict_fields, latest_receipt: latest.as_deref() };
    let checked: Vec<Result<Write<'_>, Refusal>> =
        call.items.iter().map(|item| check(core, call, item, how, twist)).collect();
    let dropped = match twist {
        Twist::Half { seed } => half(call, *seed),
        Twist::None | Twist::Lie | Twist::Refuse { .. } => Vec::new(),
    };
    let mut store = lock(&core.store);
    let (admitted, first_refusal) = admit_all(core, &store, call, checked, &dropped);
    let in_parts = twist.is_half() || !core.config.rules.atomic_batches;
    let is_lie = *twist == Twist::Lie;
    let stores_nothing = admitted.is_empty() || is_lie || (first_refusal.is_some() && !in_parts);
    if !stores_nothing {
        core.store_writes(&mut store, &admitted, seq);
        for write in admitted.iter().filter(|write| write.operation != Operation::Step) {
            core.announce(write.code, write.body);
        }
    }
    drop(store);
    match first_refusal {
        None if is_lie => Ok(Answer { outcome: Outcome::NotApplied, ..answer::success(core, "") }),
        None => Ok(answer::success(core, "")),
        Some(refusal) if stores_nothing => Err(refusal),
        Some(refusal) => Ok(Answer { outcome: Outcome::Partial, ..answer::refusal(&core.config, &refusal) }),
    }
}

fn check_size(core: &Core, call: &Call<'_>) -> Result<(), Refusal> {
    let rules = &core.config.rules;
    let (most, unit) = if call.service == Service::Upsert {
        if call.updating.is_none() {
            return Err(Refusal::new(Class::Content, "Trường isUpdating bắt buộc phải có"));
        }
        (rules.max_dossiers_per_call, "hồ sơ")
    } else {
        (core.max_steps_per_call(), "bước xử lý")
    };
    if call.items.is_empty() {
        return Err(Refusal::new(Class::Content, "Trường data bắt buộc phải có"));
    }
    if call.items.len() > most {
        return Err(Refusal::new(Class::TooMany, format!("Mỗi lần gửi tối đa {most} {unit}")));
    }
    Ok(())
}

/// Checks an item by itself.
fn check<'c>(
    core: &Core,
    call: &'c Call<'_>,
    item: &'c Item<'_>,
    how: Strictness<'_>,
    twist: &Twist,
) -> Result<Write<'c>, Refusal> {
    let code = item.code();
    let is_step = call.service == Service::AppendSteps;
    let checked = if is_step {
        check_object(&core.contract.step, &item.members, how.strict_fields)
    } else {
        let table = if call.by_proxy { &core.contract.proxy_dossier } else { &core.contract.dossier };
        check_dossier(table, &item.members, how)
    };
    checked.map_err(|complaint| Refusal::about(Class::Content, code, complaint.sentence()))?;
    if let Some(message) = twist.refusal_of(code) {
        return Err(Refusal::about(Class::Content, code, message));
    }
    let text = |name| text_of(&item.members, name).unwrap_or_default();
    if core.config.rules.check_procedures
        && !is_step
        && lock(&core.catalogue).procedure(text("MaTTHC")).is_none()
    {
        let message = format!("mã thủ tục {} không có trong danh mục", text("MaTTHC"));
        return Err(Refusal::about(Class::UnknownProcedure, code, message));
    }
    let operation = match call.updating {
        _ if is_step => Operation::Step,
        Some(true) => Operation::Update,
        Some(false) | None => Operation::Create,
    };
    // The table lets through 1 to 10 only.
    let status: u8 = text(if is_step { "TrangThai" } else { "TrangThaiHoSo" }).parse().unwrap_or_default();
    Ok(Write {
        operation,
        code,
        body: item.raw,
        status,
        // A cancellation brings a dossier back to one of these, by a province's proxy.
        is_cancellation: call.by_proxy && matches!(status, 1 | 2),
        note: text("GhiChu"),
        at: text("ThoiDiemXuLy"),
        fingerprint: if is_step { fingerprint(&item.members) } else { 0 },
    })
}

/// The writes that can be stored, and the first refusal. Items whose place is in `dropped` are refused vaguely.
fn admit_all<'c>(
    core: &Core,
    store: &Store,
    call: &'c Call<'_>,
    checked: Vec<Result<Write<'c>, Refusal>>,
    dropped: &[usize],
) -> (Vec<Write<'c>>, Option<Refusal>) {
    let mut created: Vec<&str> = Vec::new();
    // A history is taken in its order: nothing behind a refused step of the same dossier.
    let mut broken_off: Vec<&str> = Vec::new();
    let mut first_refusal = None;
    let mut admitted = Vec::with_capacity(checked.len());
    for (index, (write, item)) in checked.into_iter().zip(&call.items).enumerate() {
        let admission = write.and_then(|write| admit(core, store, write, &created));
        let is_dropped = dropped.contains(&index);
        if admission.is_err() || is_dropped {
            broken_off.push(item.code());
        }
        match admission {
            Ok(write) if is_dropped || is_broken_off(&write, &broken_off) => {
                first_refusal.get_or_insert_with(|| Refusal::new(Class::Content, VAGUE));
            }
            Ok(write) => {
                if write.operation == Operation::Create {
                    created.push(write.code);
                }
                admitted.push(write);
            }
            Err(refusal) => {
                first_refusal.get_or_insert(refusal);
            }
        }
    }
    (admitted, first_refusal)
}

/// Checks a write against the dossiers that are stored, and those that the same call creates before it.
fn admit<'a>(core: &Core, store: &Store, write: Write<'a>, created: &[&str]) -> Result<Write<'a>, Refusal> {
    let known = store.knows(write.code) || created.contains(&write.code);
    match write.operation {
        Operation::Create if known && core.config.rules.refuse_known_create => {
            Err(Refusal::exists(write.code))
        }
        Operation::Update | Operation::Step if !known => Err(Refusal::unknown_dossier(write.code)),
        Operation::Create | Operation::Update | Operation::Step => Ok(write),
    }
}

fn is_broken_off(write: &Write<'_>, broken_off: &[&str]) -> bool {
    write.operation == Operation::Step && broken_off.contains(&write.code)
}

/// The places of the larger half of the batch in the order of the seeded hash.
fn half(call: &Call<'_>, seed: u64) -> Vec<usize> {
    let mut ranked: Vec<(u64, usize)> = call
        .items
        .iter()
        .enumerate()
        .map(|(index, item)| (chance::mix(seed, &[item.code(), item.raw]), index))
        .collect();
    ranked.sort_unstable();
    ranked.truncate(ranked.len().div_ceil(2));
    ranked.into_iter().map(|(_, index)| index).collect()
}
