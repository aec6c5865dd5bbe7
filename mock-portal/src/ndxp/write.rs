//! Batches of dossiers and steps: checked one by one, applied together.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::answer::Answer;
use super::call::{Call, Item};
use super::node::{Node, text_of};
use super::refusal::{Class, Refusal};
use super::validate::{Strictness, check_dossier, check_step};
use crate::chance;
use crate::clock;
use crate::core::Core;
use crate::journal::Outcome;
use crate::service::Service;
use crate::store::{Operation, Store, Write};
use crate::sync::lock;

/// How a fault changes what is done with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Twist {
    None,
    /// Say what would be said, store nothing.
    Lie,
    /// Refuse this dossier with this message.
    Refuse {
        dossier: String,
        message: String,
    },
    /// Apply half of the batch, chosen by hash, and refuse without saying which.
    Half {
        seed: u64,
    },
}

/// What the portal says when it does not say.
const VAGUE: &str = "Có lỗi xảy ra khi xử lý một số dữ liệu trong danh sách";

pub(super) fn write(core: &Core, call: &Call<'_>, twist: &Twist, seq: u64) -> Result<Answer, Refusal> {
    check_size(core, call)?;
    let latest =
        core.config.rules.refuse_future_receipt.then(|| clock::latest_receipt(core.config.clock_ahead_s));
    let how =
        Strictness { strict_fields: core.config.rules.strict_fields, latest_receipt: latest.as_deref() };
    let checked: Vec<Result<Write<'_>, Refusal>> =
        call.items.iter().map(|item| check(core, call, item, how, twist)).collect();
    let unlucky = match twist {
        Twist::Half { seed } => half(call, *seed),
        Twist::None | Twist::Lie | Twist::Refuse { .. } => Vec::new(),
    };
    let mut store = lock(&core.store);
    let mut created: Vec<&str> = Vec::new();
    // A history is taken in its order: nothing behind a refused step of the same dossier.
    let mut broken_off: Vec<&str> = Vec::new();
    let mut first_refusal = None;
    let mut admitted = Vec::with_capacity(checked.len());
    for (index, (item, part)) in checked.into_iter().zip(&call.items).enumerate() {
        let admission = item.and_then(|write| admit(core, &store, write, &created));
        if admission.is_err() || unlucky.contains(&index) {
            broken_off.push(part.code());
        }
        match admission {
            Ok(write) if unlucky.contains(&index) || broken_off_before(&write, &broken_off) => {
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
    let in_parts = matches!(twist, Twist::Half { .. }) || !core.config.rules.atomic_batches;
    let nothing = admitted.is_empty() || *twist == Twist::Lie || (first_refusal.is_some() && !in_parts);
    if !nothing {
        if let Some(kept) = lock(&core.kept).as_mut() {
            kept.keep(&admitted, seq);
        }
        for write in &admitted {
            store.apply(write, seq);
            if write.operation != Operation::Step {
                core.announce(write.code, write.body);
            }
        }
    }
    drop(store);
    match first_refusal {
        None if *twist == Twist::Lie => {
            let told = super::success(core, "");
            Ok(Answer { outcome: Outcome::NotApplied, ..told })
        }
        None => Ok(super::success(core, "")),
        Some(refusal) if nothing => Err(refusal),
        Some(refusal) => {
            let told = Answer::refusal(&refusal, &core.config);
            Ok(Answer { outcome: Outcome::Partial, ..told })
        }
    }
}

fn check_size(core: &Core, call: &Call<'_>) -> Result<(), Refusal> {
    let rules = &core.config.rules;
    let (most, what) = if call.service == Service::Upsert {
        if call.updating.is_none() {
            return Err(Refusal::new(Class::Content, "Trường isUpdating bắt buộc phải có"));
        }
        (rules.max_dossiers_per_call, "hồ sơ")
    } else {
        (rules.max_steps_per_call, "bước xử lý")
    };
    if call.items.is_empty() {
        return Err(Refusal::new(Class::Content, "Trường data bắt buộc phải có"));
    }
    if call.items.len() > most {
        return Err(Refusal::new(Class::TooMany, format!("Mỗi lần gửi tối đa {most} {what}")));
    }
    Ok(())
}

/// What can be said of an item by itself.
fn check<'c>(
    core: &Core,
    call: &'c Call<'_>,
    item: &'c Item<'_>,
    how: Strictness<'_>,
    twist: &Twist,
) -> Result<Write<'c>, Refusal> {
    let code = item.code();
    let is_step = call.service == Service::AppendSteps;
    let checked = if is_step { check_step(&item.members, how) } else { check_dossier(&item.members, how) };
    checked.map_err(|complaint| Refusal::about(Class::Content, code, complaint.sentence()))?;
    if let Twist::Refuse { dossier, message } = twist
        && dossier == code
    {
        return Err(Refusal::about(Class::Content, code, message.clone()));
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
    let status = text(if is_step { "TrangThai" } else { "TrangThaiHoSo" });
    Ok(Write {
        operation,
        code,
        body: item.raw,
        // The table lets through 1 to 10 only.
        status: status.parse().unwrap_or_default(),
        note: text("GhiChu"),
        at: text("ThoiDiemXuLy"),
        fingerprint: if is_step { fingerprint(item) } else { 0 },
    })
}

/// What can be said only in view of what is stored.
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

fn broken_off_before(write: &Write<'_>, broken_off: &[&str]) -> bool {
    write.operation == Operation::Step && broken_off.contains(&write.code)
}

/// Equal for steps that are equal in all fields; an empty field equals a missing one, as it looks the same.
fn fingerprint(item: &Item<'_>) -> u64 {
    let mut fields: Vec<(&str, &str)> = Vec::with_capacity(item.members.len());
    for (name, node) in &item.members {
        if let Node::Text(text) = node
            && !text.as_str().is_empty()
        {
            fields.push((name.as_str(), text.as_str()));
        }
    }
    fields.sort_unstable();
    let mut hasher = DefaultHasher::new();
    fields.hash(&mut hasher);
    hasher.finish()
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
