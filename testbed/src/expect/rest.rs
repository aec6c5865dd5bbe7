//! The expectation in the fields of dialect `rest`, as far as that carries it, and the portal's records in them.
//!
//! Files are left out: the mock portal's list of files says which bytes belong to which dossier.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Expectation, ExpectedDossier, Held, Report, compare};

/// The statuses with which fees travel.
const WITH_FEES: [&str; 3] = ["5", "6", "9"];
/// The statuses after which nothing comes; fees reach them by way of another.
const FINAL: [&str; 4] = ["3", "7", "8", "10"];

/// As [`compare()`], with dossiers that the mock portal took in in dialect `rest`.
#[must_use]
pub fn compare_rest<'a>(expected: &Expectation, portal: impl IntoIterator<Item = &'a Value>) -> Report {
    let mut wanted = Expectation { dossiers: BTreeMap::new(), held: expected.held.clone() };
    for (code, dossier) in &expected.dossiers {
        match in_rest(dossier) {
            Some(dossier) => {
                wanted.dossiers.insert(code.clone(), dossier);
            }
            None => wanted.held.push(Held {
                id: 0,
                code: Some(code.clone()),
                reasons: vec!["LoaiDoiTuong has no code in dialect rest".to_owned()],
            }),
        }
    }
    let pages: Vec<Value> = portal.into_iter().map(shown).collect();
    compare(&wanted, &pages)
}

/// `None` when the applicant's kind cannot be said.
fn in_rest(dossier: &ExpectedDossier) -> Option<ExpectedDossier> {
    let text = |name: &str| dossier.scalars.get(name).cloned().unwrap_or_default();
    let kind = match text("LoaiDoiTuong").as_str() {
        "1" => "0",
        "2" => "1",
        _ => return None,
    };
    let status = text("TrangThaiHoSo");
    let identities = dossier.lists.get("DinhDanhCHS").and_then(|list| list.get(0));
    let identity = identities.and_then(|one| one.get("SoDinhDanh")).cloned().unwrap_or_else(|| json!(""));
    let mut lists = BTreeMap::from([
        ("ThanhPhanHoSo".to_owned(), components(dossier)),
        (
            "ThongTinNguoiNop".to_owned(),
            json!({
                "LoaiDoiTuong": kind,
                "IdDoiTuong": "",
                "ThongTinChiTiet": {
                    "TenNguoiNop": text("ChuHoSo"), "SoDinhDanh": &identity, "NgayCapDinhDanh": "", "NgaySinh": "",
                    "SoDienThoai": text("SoDienThoai"), "Email": text("Email"), "Fax": text("Fax"), "MaTinh": "",
                    "MaHuyen": "", "MaXa": "", "DiaChiChiTiet": "", "TenChuHs": text("ChuHoSo"),
                    "SoDinhDanhChuHs": &identity, "MaTinhChuHs": "", "MaXaChuHs": "", "DiaChiChiTietChuHs": "",
                },
            }),
        ),
    ]);
    if carries_fees(&status) {
        let fees = dossier.lists.get("DanhSachLePhi").cloned().unwrap_or_else(|| json!([]));
        lists.insert("DanhSachLePhi".to_owned(), fees);
    }
    let scalars = [
        ("MaHoSo", text("MaHoSo")),
        ("MaTTHC", text("MaTTHC")),
        ("MaDichVuCong", text("MaTTHC")),
        ("ChuHoSo", text("ChuHoSo")),
        ("LoaiDoiTuong", kind.to_owned()),
        ("MaDonViTiepNhan", text("DonViXuLy")),
        ("NgayNop", written(&text("NgayNopHoSo"), " ", "")),
        ("NgayTiepNhan", written(&text("NgayTiepNhan"), " ", "")),
        ("TrangThai", status),
        ("NoiDungYKien", text("GhiChu")),
    ];
    Some(ExpectedDossier {
        scalars: scalars.map(|(name, text)| (name.to_owned(), text)).into(),
        lists,
        steps: dossier.steps.iter().map(step).collect(),
    })
}

fn step(step: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut step = step.clone();
    step.remove("ChucDanh");
    for name in ["ThoiDiemXuLy", "NgayBatDau", "NgayKetThucTheoQuyDinh"] {
        if let Some(date) = step.get_mut(name) {
            *date = written(date, "T", ".000");
        }
    }
    step
}

/// The papers handed in, by component.
fn components(dossier: &ExpectedDossier) -> Value {
    let mut by_code: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for paper in dossier.lists.get("TaiLieuNop").and_then(Value::as_array).into_iter().flatten() {
        let code = paper.get("MaThanhPhanHoSo").and_then(Value::as_str).unwrap_or_default();
        by_code.entry(code.to_owned()).or_default().push(paper);
    }
    let digitised = |paper: &&Value| paper.get("DuocSoHoa") == Some(&json!("1"));
    by_code
        .into_iter()
        .map(|(code, papers)| {
            json!({
                "MaThanhPhanHoSo": code, "TenThanhPhanHoSo": "", "SoLuong": papers.len().to_string(),
                "LoaiBan": if papers.iter().all(digitised) { "2" } else { "" },
            })
        })
        .collect()
}

/// `yyyyMMddHHmmss` in this dialect's form.
fn written(date: &str, between: &str, after: &str) -> String {
    let part = |from: usize, to: usize| date.get(from..to).unwrap_or_default();
    if date.is_empty() {
        return String::new();
    }
    format!(
        "{}-{}-{}{between}{}:{}:{}{after}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    )
}

fn carries_fees(status: &str) -> bool {
    WITH_FEES.contains(&status) || FINAL.contains(&status)
}

/// A page of the portal without what is the portal's own, files, and what its status does not carry.
fn shown(page: &Value) -> Value {
    let mut page = page.clone();
    if let Some(fields) = page.get_mut("fields").and_then(Value::as_object_mut) {
        for name in ["IdHoSo", "PhongBanXuLy", "NoiDungXuLy", "DanhSachGiayToKetQua"] {
            fields.remove(name);
        }
        let status = fields.get("TrangThai").and_then(Value::as_str).unwrap_or_default().to_owned();
        if carries_fees(&status) {
            // With none there is nothing to be sent by way of another status.
            fields.entry("DanhSachLePhi").or_insert_with(|| json!([]));
        } else {
            fields.remove("DanhSachLePhi");
        }
        each(fields.get_mut("ThanhPhanHoSo"), |component| drop(component.remove("GiayToDinhKem")));
    }
    each(page.get_mut("steps"), |step| drop(step.remove("IDHoSo")));
    page
}

fn each(list: Option<&mut Value>, change: impl Fn(&mut Map<String, Value>)) {
    list.and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
        .for_each(change);
}
