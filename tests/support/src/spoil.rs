//! Spoiling dossiers on a mock portal in every way that the ordinary push can put right.

#![allow(clippy::indexing_slicing, reason = "a field that is not there shall stop the test")]

use mock_portal::{Damage, DossierView, MockPortal};
use serde_json::{Map, Value, json};

/// The kinds of differences that spoiling makes, by dongbo's stable names for them.
pub const MENDABLE: [&str; 12] = [
    "missing",
    "status",
    "due_date",
    "date",
    "fee",
    "unit",
    "procedure",
    "content",
    "step_missing",
    "file_missing",
    "file_wrong",
    "file_extra",
];

/// The damage that gives a field of the dossier another value.
pub fn set(field: &str, value: Value) -> Damage {
    Damage { set: Map::from_iter([(field.to_owned(), value)]), ..Damage::default() }
}

fn papers(dossier: &DossierView) -> Vec<Value> {
    dossier.fields["DanhSachGiayToKetQua"].as_array().unwrap().clone()
}

/// Whether a dossier can be spoilt in this way.
pub fn is_fit(kind: &str, dossier: &DossierView) -> bool {
    match kind {
        "status" => dossier.fields["TrangThaiHoSo"] == "10",
        "procedure" => dossier.fields["MaTTHC"] != "1.012812",
        "step_missing" => dossier.steps.len() > 1,
        "file_missing" | "file_wrong" | "file_extra" => papers(dossier).len() == 1,
        _ => true,
    }
}

/// Spoils a dossier in a way that it [is fit](is_fit) for.
pub fn spoil(mock: &MockPortal, kind: &str, dossier: &DossierView) {
    let mut papers = papers(dossier);
    let damage = match kind {
        "missing" => {
            assert!(mock.delete_dossier(&dossier.code));
            return;
        }
        "status" => set("TrangThaiHoSo", json!("9")),
        "due_date" => set("NgayHenTra", json!("20300101170000")),
        "date" => set("NgayNopHoSo", json!("20200101080000")),
        "fee" => set("DanhSachLePhi", json!([{ "TenPhiLePhi": "Lạ", "Gia": "999999" }])),
        "unit" => set("DonViXuLy", json!("H48.99")),
        "procedure" => set("MaTTHC", json!("1.012812")),
        "content" => set("TrichYeuHoSo", json!("Nội dung khác")),
        "step_missing" => Damage { drop_step: Some(dossier.steps.len() - 1), ..Damage::default() },
        "file_missing" => set("DanhSachGiayToKetQua", json!([])),
        "file_wrong" => {
            papers[0]["DuongDanTepTinKetQua"] = json!("https://la.example.vn/x");
            set("DanhSachGiayToKetQua", papers.into())
        }
        "file_extra" => {
            papers.push(json!({ "GiayToId": "999", "TenGiayTo": "Lạ" }));
            set("DanhSachGiayToKetQua", papers.into())
        }
        other => panic!("nobody knows how to make {other}"),
    };
    assert!(mock.damage(&dossier.code, &damage).unwrap());
}
