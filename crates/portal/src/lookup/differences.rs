//! The fields in which the portal's record differs from the expected one.

use serde_json::{Map, Value};

use super::canonical::{Canonical, canonical, kept, scalar};
use super::expected::RESULTS;
use dongbo_model::{DifferenceKind, Differing};
use dongbo_settings::HashKey;

/// Differences that have no kind of their own, reported as one.
#[derive(Default)]
pub(super) struct OtherContent {
    ours: String,
    theirs: String,
}

impl OtherContent {
    /// Adds a pair of values, unless they are equal.
    pub(super) fn push(&mut self, ours: &Canonical, theirs: &Canonical) {
        if ours == theirs {
            return;
        }
        self.ours.push_str(&format!("{ours:?}"));
        self.theirs.push_str(&format!("{theirs:?}"));
    }

    /// The one difference; `None` when both sides are equal.
    pub(super) fn differing(&self, subject: String, key: &HashKey) -> Option<Differing> {
        let (ours, theirs) = (key.hash(&self.ours), key.hash(&self.theirs));
        (self.ours != self.theirs).then(|| Differing::plain(DifferenceKind::Content, subject, ours, theirs))
    }
}

/// The kind of a difference in this field; `None` for other content.
pub(super) fn kind_of(field: &str) -> Option<DifferenceKind> {
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
/// rest as one difference that names them. Result papers are compared one by one elsewhere.
pub(super) fn of_fields(wanted: &Map<String, Value>, theirs: &Value, key: &HashKey) -> Vec<Differing> {
    let mut found = Vec::new();
    let (mut rest, mut rest_fields) = (OtherContent::default(), Vec::new());
    for (field, wanted) in wanted.iter().filter(|(field, _)| *field != RESULTS) {
        let shown = theirs.get(field);
        let (ours, theirs) = (canonical(Some(wanted), wanted), canonical(shown, wanted));
        if ours == theirs {
            continue;
        }
        let Some(kind) = kind_of(field) else {
            rest_fields.push(field.as_str());
            rest.push(&ours, &theirs);
            continue;
        };
        found.push(Differing {
            kind,
            subject: field.clone(),
            ours: summary(kind, Some(wanted), &ours, key),
            theirs: summary(kind, shown, &theirs, key),
            ours_raw: raw(Some(wanted), key),
            theirs_raw: raw(shown, key),
            mendable: kind.is_mendable(),
        });
    }
    found.extend(rest.differing(rest_fields.join(","), key));
    found
}

/// A value as a difference of this kind reports it.
fn summary(kind: DifferenceKind, value: Option<&Value>, canonical: &Canonical, key: &HashKey) -> String {
    match kind {
        DifferenceKind::Fee => amounts(value, canonical, key),
        _ => value.and_then(|value| scalar(value, "")).map(|text| kept(&text, key)).unwrap_or_default(),
    }
}

/// A value as it came, fit for the ledger.
fn raw(value: Option<&Value>, key: &HashKey) -> String {
    match value {
        Some(Value::String(text)) => kept(text, key),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        Some(value @ (Value::Array(_) | Value::Object(_))) => key.hash(&value.to_string()),
        Some(Value::Null) | None => String::new(),
    }
}

/// The amounts of a list of fees, with a hash of the whole list.
fn amounts(fees: Option<&Value>, canonical: &Canonical, key: &HashKey) -> String {
    let amount = |fee: &Value| fee.get("Gia").and_then(|amount| scalar(amount, ""));
    let amounts = fees.and_then(Value::as_array).into_iter().flatten().filter_map(amount);
    let amounts: Vec<String> = amounts.map(|amount| kept(&amount, key)).collect();
    format!("{} ({})", amounts.join("+"), key.hash(&format!("{canonical:?}")))
}
